import { describe, expect, test } from 'vitest';
import { reportProgress } from '../../src/print/progress.ts';
import { progressLine } from '../../tui/progress.ts';

describe('one line', () => {
  const half = { label: 'signatures', done: 5000, total: 10_000, seconds: 10 };

  test('bar, share, rate and time left', () => {
    expect(progressLine(half, 80)).toBe(`[${'#'.repeat(16)}${'.'.repeat(15)}] signatures 5,000/10,000 50 % 500/s, 10 s left`);
  });

  test('never wider than the terminal', () => {
    for (let columns = 1; columns < 120; columns++) expect(progressLine(half, columns).length, `${columns}`).toBeLessThan(columns);
  });

  test('nothing done yet, nothing to do', () => {
    expect(progressLine({ ...half, done: 0, seconds: 0 }, 30)).toBe('signatures 0/10,000 0 %');
    expect(progressLine({ ...half, done: 0, total: 0 }, 40)).toContain('100 %');
  });

  test('hours', () => {
    expect(progressLine({ ...half, done: 1, total: 10_001, seconds: 1 }, 60)).toContain('2 h 46 min left');
  });
});

describe('when it is said', () => {
  function record(isTTY: boolean) {
    const lines: string[] = [];
    let now = 0;
    const stream = { isTTY, columns: 80, write: (text: string) => lines.push(text) } as unknown as NodeJS.WriteStream;
    const reporter = reportProgress('signatures', 100, stream, () => now);
    const at = (ms: number, done: number): void => {
      now = ms;
      reporter.report(done);
    };
    return { lines, reporter, at };
  }

  test('not in the first second', () => {
    const { lines, at, reporter } = record(true);
    at(10, 1);
    at(990, 50);
    reporter[Symbol.dispose]();
    expect(lines).toEqual([]);
  });

  test('on a terminal the line is drawn over and taken away in the end', () => {
    const { lines, at, reporter } = record(true);
    at(1100, 50);
    at(1150, 51);
    at(1400, 60);
    reporter[Symbol.dispose]();
    expect(lines).toHaveLength(3);
    expect(lines.at(-1)).toBe('\r\x1b[K');
  });

  test('elsewhere a line every ten seconds', () => {
    const { lines, at, reporter } = record(false);
    for (let ms = 0; ms <= 30_000; ms += 100) at(ms, ms / 300);
    reporter[Symbol.dispose]();
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^\[?.*signatures .*\n$/);
  });
});
