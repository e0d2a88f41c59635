import { describe, expect, test } from 'vitest';
import { MAX_SERIAL_STEP, serialAdd, serialCompare, serialFollows } from '../../signer/dns/serial.ts';
import { Refusal } from '../../signer/errors.ts';
import type { SerialPolicy } from '../../signer/policy.ts';
import { nextSerial } from '../../signer/serial-policy.ts';

const HALF = 2 ** 31;

// RFC 1982 5.2 has SERIAL_BITS 8: the relations hold for 32 bits when every number is taken times 2^24.
const scale = (small: number): number => small * 2 ** 24;

describe('RFC 1982 3.2, comparison', () => {
  // 5.2: 1 > 0, 44 > 0, 100 > 0, 100 > 44, 200 > 100, 255 > 200, 0 > 255, 100 > 255, 0 > 200, and 44 > 200 are all true.
  test.each([
    [1, 0],
    [44, 0],
    [100, 0],
    [100, 44],
    [200, 100],
    [255, 200],
    [0, 255],
    [100, 255],
    [0, 200],
    [44, 200],
  ])('%i > %i', (later, earlier) => {
    expect(serialCompare(scale(earlier), scale(later))).toBe(-1);
    expect(serialCompare(scale(later), scale(earlier))).toBe(1);
    expect(serialFollows(scale(later), scale(earlier))).toBe(true);
    expect(serialFollows(scale(earlier), scale(later))).toBe(false);
  });

  // 3.2: there are some pairs of values s1 and s2 for which s1 is not equal to s2, but for which s1 is neither greater than, nor less
  // than, s2.
  test.each([
    [0, HALF],
    [1, HALF + 1],
    [0xffff_ffff, HALF - 1],
  ])('%i and %i have no order', (a, b) => {
    expect(serialCompare(a, b)).toBeUndefined();
    expect(serialCompare(b, a)).toBeUndefined();
    expect(serialFollows(a, b) || serialFollows(b, a)).toBe(false);
  });

  test('a serial equals itself alone', () => {
    expect(serialCompare(0, 0)).toBe(0);
    expect(serialCompare(0xffff_ffff, 0xffff_ffff)).toBe(0);
    expect(serialFollows(7, 7)).toBe(false);
  });
});

describe('RFC 1982 3.1, addition: s’ = (s + n) modulo (2 ^ SERIAL_BITS)', () => {
  // 5.2: 255+1 == 0, 100+100 == 200, and 200+100 == 44.
  test.each([
    [255, 1, 0],
    [100, 100, 200],
    [200, 100, 44],
  ])('%i + %i = %i', (serial, step, sum) => {
    expect(serialAdd(scale(serial), scale(step))).toBe(scale(sum));
  });

  // Addition of a value outside the range [0 .. (2^(SERIAL_BITS - 1) - 1)] is undefined.
  test('the largest step, and one more', () => {
    expect(MAX_SERIAL_STEP).toBe(HALF - 1);
    expect(serialFollows(serialAdd(5, MAX_SERIAL_STEP), 5)).toBe(true);
    expect(() => serialAdd(5, HALF)).toThrow(RangeError);
    expect(() => serialAdd(5, -1)).toThrow(RangeError);
    expect(serialAdd(5, 0)).toBe(5);
  });
});

const NOW = Date.UTC(2026, 10, 24, 12, 0, 0) / 1000;

// RFC 1982 7: the serial must be increased whenever a change is made; a secondary takes what is greater in this arithmetic.
describe('SOA serial policies', () => {
  test.each<[SerialPolicy, number, number | undefined, number]>([
    ['keep', 7, undefined, 7],
    ['keep', 7, 7, 7],
    ['keep', 8, 7, 8],
    ['keep', 3, 0xffff_fff0, 3],
    ['increment', 7, undefined, 8],
    ['increment', 0xffff_ffff, undefined, 0],
    ['increment', 7, 7, 8],
    ['increment', 5, 7, 8],
    ['increment', 9, 7, 9],
    ['increment', 9, 9 + HALF, 10 + HALF],
    ['increment', 2, 0xffff_ffff, 2],
    ['unixtime', 2_026_112_400 - 500_000_000, undefined, NOW],
    ['unixtime', 5, undefined, NOW],
    ['unixtime', 5, NOW, NOW + 1],
    ['date', 5, undefined, 2_026_112_400],
    ['date', 5, 2_026_112_400, 2_026_112_401],
    ['date', 2_026_112_399, 2_026_112_399, 2_026_112_400],
    ['date', 5, 2_026_112_499, 2_026_112_500],
  ])('%s: input %d, previous %s: %d', (policy, input, previous, expected) => {
    expect(nextSerial(policy, input, previous, NOW)).toBe(expected);
  });

  test.each<[SerialPolicy, number, number | undefined]>([
    ['keep', 7, 8],
    ['keep', 0xffff_fff0, 3],
    ['keep', 5, 5 + HALF],
    ['unixtime', 2_026_112_400, undefined],
    ['unixtime', 5, 2_026_112_400],
    ['date', 5, 2_036_112_400],
  ])('%s: input %d, previous %s: refused', (policy, input, previous) => {
    expect(() => nextSerial(policy, input, previous, NOW)).toThrow(Refusal);
    expect(() => nextSerial(policy, input, previous, NOW)).toThrow(/not ahead of/);
  });
});
