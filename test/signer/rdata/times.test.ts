import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromLatin1 } from '../../../signer/dns/bytes.ts';
import { MAX_SERIAL_STEP, serialAdd, serialCompare, serialFollows } from '../../../signer/dns/serial.ts';
import { parseSerialTime, parseTimeText, printTimeText } from '../../../signer/dns/time.ts';
import { parseTtl } from '../../../signer/dns/ttl.ts';

describe('RFC 4034 3.2: times of signatures', () => {
  test.each([
    ['19700101000000', 0],
    ['20030322173103', 1048354263],
    ['20000229235959', 951868799],
    ['20240229000000', 1709164800],
    ['20380119031408', 2147483648],
    ['21000228235959', 4107542399],
    ['21000301000000', 4107542400],
    ['21060207062815', 4294967295],
  ])('%s is %i', (text, seconds) => {
    expect(parseTimeText(text)).toBe(seconds);
    expect(printTimeText(seconds)).toBe(text);
  });

  test.each([
    '',
    '200303221731',
    '2003032217310',
    '200303221731030',
    '20030322173160',
    '20030322176000',
    '20030322240000',
    '20030332000000',
  ])('%s is refused', (text) => expect(parseTimeText(text)).toBeUndefined());

  test.each(['20030229000000', '21000229000000', '20031301000000', '20030001000000', '20030100000000', '19691231235959', '21060207062816'])(
    '%s is refused',
    (text) => expect(parseTimeText(text)).toBeUndefined(),
  );

  test.each(['2003032217310x', '-1', '4294967296', ' 1', '1e3'])('%s is refused', (text) => expect(parseTimeText(text)).toBeUndefined());

  test('up to ten digits are seconds', () => {
    expect(parseTimeText('0')).toBe(0);
    expect(parseTimeText('4294967295')).toBe(4294967295);
  });

  test('RFC 4034 3.1.5: as serial numbers, later times are taken modulo 2^32', () => {
    const serial = (text: string): number | undefined => parseSerialTime(fromLatin1(text), 0, text.length);
    expect(serial('21060207062815')).toBe(0xffff_ffff);
    expect(serial('21060207062816')).toBe(0);
    expect(serial('21060207062817')).toBe(1);
    expect(serial('4294967295')).toBe(0xffff_ffff);
    expect(serial('4294967296')).toBeUndefined();
    expect(serial('21060230000000')).toBeUndefined();
  });

  test('the calendar agrees with the one of the platform', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff_ffff }), (seconds) => {
        const text = printTimeText(seconds);
        expect(text).toBe(new Date(seconds * 1000).toISOString().replace(/[-:T]|\.000Z/g, ''));
        expect(parseTimeText(text)).toBe(seconds);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('TTL', () => {
  const ttl = (text: string): number | undefined => parseTtl(fromLatin1(text), 0, text.length);
  test.each([
    ['0', 0],
    ['3600', 3600],
    ['007', 7],
    ['1h30m', 5400],
    ['1W2D3h4M5s', 604_800 + 2 * 86_400 + 3 * 3600 + 4 * 60 + 5],
    ['0s', 0],
    ['1s1h', 3601],
    ['2147483647', 2_147_483_647],
    ['2147483648', 2_147_483_648],
    ['4294967295', 4_294_967_295],
    ['7101w', 7101 * 604_800],
  ])('%s is %i seconds', (text, seconds) => expect(ttl(text)).toBe(seconds));

  test.each(['', 'h', '1h30', '1x', '-1', '+1', '1.5h', '4294967296', '7102w', '1hh', '1 h', '0x1', '1y'])('%s is none', (text) =>
    expect(ttl(text)).toBeUndefined(),
  );
});

describe('RFC 1982', () => {
  test('5.1: serials with SERIAL_BITS 32, across the wrap', () => {
    expect(serialCompare(0, 1)).toBe(-1);
    expect(serialCompare(1, 0)).toBe(1);
    expect(serialCompare(7, 7)).toBe(0);
    expect(serialCompare(0xffff_ffff, 0)).toBe(-1);
    expect(serialCompare(0, 0x7fff_ffff)).toBe(-1);
    expect(serialCompare(0, 0x8000_0001)).toBe(1);
  });

  test('3.2: serials 2^31 apart are not ordered', () => {
    expect(serialCompare(0, 0x8000_0000)).toBeUndefined();
    expect(serialCompare(0x8000_0000, 0)).toBeUndefined();
    expect(serialFollows(0x8000_0000, 0)).toBe(false);
    expect(serialFollows(0, 0x8000_0000)).toBe(false);
  });

  test('3.1: a sum is modulo 2^32, the step at most 2^31 - 1', () => {
    expect(serialAdd(0xffff_ffff, 1)).toBe(0);
    expect(serialAdd(1, MAX_SERIAL_STEP)).toBe(0x8000_0000);
    expect(() => serialAdd(0, 0x8000_0000)).toThrow(RangeError);
    expect(() => serialAdd(0, -1)).toThrow(RangeError);
  });

  test('3.1, 3.2: a serial plus any step comes after it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff_ffff }), fc.integer({ min: 1, max: MAX_SERIAL_STEP }), (serial, step) => {
        expect(serialFollows(serialAdd(serial, step), serial)).toBe(true);
        expect(serialFollows(serial, serialAdd(serial, step))).toBe(false);
      }),
    );
  });
});
