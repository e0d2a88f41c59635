import { describe, expect, test } from 'vitest';
import { guardClock, readMachineClock } from '../../src/audit/clock.ts';

const BUILT = Date.UTC(2026, 10, 24) / 1000;
const NOW = BUILT + 86_400;
const last = { time: '2026-11-24T23:00:00Z', mono: 1_000_000, boot: 'b7c1' };
const HOUR = 3_600_000;

describe('the clock is held against the log and the time since boot', () => {
  test('an hour later, an hour more since boot: nothing to tell', () => {
    expect(guardClock({ now: NOW, mono: 1_000_000 + HOUR, boot: 'b7c1' }, last, BUILT)).toEqual({});
    expect(guardClock({ now: NOW, mono: 1_000_000 + HOUR + 60_000, boot: 'b7c1' }, last, BUILT)).toEqual({});
    expect(guardClock({ now: NOW, mono: 0, boot: 'b7c1' }, undefined, BUILT)).toEqual({});
  });

  test('the clock was set: the jump has its sign and the time of the last entry', () => {
    const since = NOW - 3600;
    expect(guardClock({ now: NOW, mono: 1_000_000 + HOUR + 61_000, boot: 'b7c1' }, last, BUILT)).toEqual({ jump: { seconds: -61, since } });
    expect(guardClock({ now: NOW, mono: 1_000_000 + 60_000, boot: 'b7c1' }, last, BUILT)).toEqual({ jump: { seconds: 3540, since } });
    expect(guardClock({ now: NOW, mono: 1_000_000 + HOUR - 6000, boot: 'b7c1' }, last, BUILT, 5)).toEqual({ jump: { seconds: 6, since } });
  });

  test('a machine that was put back to an earlier moment of the same boot shows', () => {
    expect(guardClock({ now: NOW, mono: 500_000, boot: 'b7c1' }, last, BUILT).jump?.seconds).toBe(4100);
  });

  test('after another boot nothing can be said', () => {
    expect(guardClock({ now: NOW, mono: 5, boot: 'e0e0' }, last, BUILT)).toEqual({});
  });

  test('earlier than the last entry is refused, with both times; the same second is not', () => {
    const at = Date.parse(last.time) / 1000;
    expect(guardClock({ now: at, mono: 1_000_000, boot: 'b7c1' }, last, BUILT)).toEqual({});
    expect(() => guardClock({ now: at - 1, mono: 5, boot: 'e0e0' }, last, BUILT)).toThrow(
      expect.objectContaining({ code: 'audit/clock-backwards', message: expect.stringMatching(/22:59:59Z.*23:00:00Z/) }),
    );
  });

  test('earlier than the program is refused, also in an empty log', () => {
    expect(guardClock({ now: BUILT, mono: 0, boot: '' }, undefined, BUILT)).toEqual({});
    expect(() => guardClock({ now: BUILT - 1, mono: 0, boot: '' }, undefined, BUILT)).toThrow(
      expect.objectContaining({ code: 'audit/clock-before-build', message: expect.stringContaining('2026-11-23T23:59:59Z') }),
    );
  });

  test('the clock of this machine: the boot stays, the time since does not go back', () => {
    const [first, second] = [readMachineClock(), readMachineClock()];
    expect(first.boot).toMatch(/^[0-9a-f-]{32,36}$/);
    expect(second.boot).toBe(first.boot);
    expect(Number.isSafeInteger(first.mono)).toBe(true);
    expect(second.mono).toBeGreaterThanOrEqual(first.mono);
  });
});
