import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Refusal } from '../../../signer/errors.ts';
import type { Room } from '../../../src/ceremony/dialogue.ts';
import { askText, readEvidence } from '../../../src/ceremony/spoken.ts';

/** People who say one thing after the other. */
function roomOf(answers: readonly string[]): Room & { readonly told: string[] } {
  const left = [...answers];
  const told: string[] = [];
  return {
    told,
    word: async () => '',
    ask: async () => {
      const next = left.shift();
      if (next === undefined) throw new Refusal('ceremony/unanswered', 'nobody', 'again');
      return next;
    },
    tell: (text) => void told.push(text),
    read: async () => {},
  };
}

describe('what is said goes into the log', () => {
  test('what cannot be there is asked for once more, and says why', async () => {
    const room = roomOf(['  ', 'x'.repeat(1001), 'turned \u202eround', 'a bell \u0007', '  bag 4711, unbroken ']);
    expect(await askText(room, 'what? ')).toBe('bag 4711, unbroken');
    expect(room.told.map((text) => text.trim())).toEqual([
      '!! nothing was said, and it goes into the log; once more, or Ctrl-C',
      '!! these are 1001 characters, 1000 are the most; once more, or Ctrl-C',
      '!! there are characters in it that nobody sees; once more, or Ctrl-C',
      '!! there are characters in it that nobody sees; once more, or Ctrl-C',
    ]);
  });

  test('who does not answer leaves the question', async () => {
    await expect(askText(roomOf(['']), 'what? ')).rejects.toMatchObject({ code: 'ceremony/unanswered' });
  });
});

describe('a file with evidence', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'coldsign-evidence-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('is read as it is', () => {
    writeFileSync(join(folder, 'photo'), Buffer.of(1, 2, 3));
    expect([...readEvidence(join(folder, 'photo'))]).toEqual([1, 2, 3]);
  });

  test('a folder, a pipe that nobody writes into, and one that is not there: refused at once', () => {
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    for (const name of ['.', 'pipe', 'nothing'])
      expect(() => readEvidence(join(folder, name)), name).toThrow(expect.objectContaining({ code: 'ceremony/input-missing' }));
  });

  test('more than a step keeps is refused before it is read', () => {
    const path = join(folder, 'large');
    writeFileSync(path, '');
    truncateSync(path, 16 * 1024 * 1024 + 1);
    expect(() => readEvidence(path)).toThrow(expect.objectContaining({ code: 'ceremony/evidence-too-big' }));
  });
});
