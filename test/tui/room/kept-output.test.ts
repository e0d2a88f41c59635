import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { KeptOutput } from '../../../src/ceremony/kept-output.ts';
import type { Io } from '../../../src/io.ts';

/** @returns what was kept, what went where it goes, and how often it was told before */
function kept(write: (io: Io) => void) {
  let shown = '';
  let told = 0;
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      shown += chunk.toString();
      done();
    },
  });
  const err = Object.assign(stream, { isTTY: true, columns: 72 }) as unknown as NodeJS.WriteStream;
  const output = new KeptOutput({ out: { write: (text) => stream.write(text) }, err }, () => told++);
  write(output.io);
  return { lines: output.take(), shown, told, again: output.take(), io: output.io };
}

describe('what commands print', () => {
  test('goes where it went, and its lines are kept once', () => {
    const { lines, shown, told, again } = kept(({ out, err }) => {
      out.write('a line\nand ');
      err.write('coldsign: a note\n');
      out.write(Buffer.from('the end'));
    });
    expect(shown).toBe('a line\nand coldsign: a note\nthe end');
    expect(lines).toEqual(['a line', 'and coldsign: a note', 'the end']);
    expect(again).toEqual([]);
    expect(told).toBe(3);
  });

  test('of a bar that was drawn over and over the last one is kept; no control character is', () => {
    const { lines } = kept(({ err }) => {
      err.write('[#...] 1/4\r[##..] 2/4\r[####] 4/4\r\n');
      err.write('\u001b[31mred\u001b[0m\tand \u0007bell\n');
    });
    expect(lines[0]).toBe('[####] 4/4');
    expect(lines.join('')).not.toMatch(/\p{Cc}/u);
    expect(lines[1]).toMatch(/^red {8}and .*bell$/);
  });

  test('a character that came in two pieces is one', () => {
    const octets = Buffer.from('é\n');
    const { lines } = kept(({ out }) => {
      out.write(octets.subarray(0, 1));
      out.write(octets.subarray(1));
    });
    expect(lines).toEqual(['é']);
  });

  test('of very much the last lines are kept, and of a very long line its end', () => {
    const { lines } = kept(({ out }) => {
      for (let i = 0; i < 5000; i++) out.write(`line ${i}\n`);
      out.write('x'.repeat(1_000_000));
    });
    expect(lines).toHaveLength(2001);
    expect(lines.slice(-2).map((line) => line.length)).toEqual([9, 2000]);
    expect(lines.at(-2)).toBe('line 4999');
  });

  test('the stream of the notes is still the terminal that it was', () => {
    const { io } = kept(() => {});
    expect([io.err.isTTY, io.err.columns]).toEqual([true, 72]);
    expect(() => io.err.on('error', () => {})).not.toThrow();
  });
});
