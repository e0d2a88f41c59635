import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromHex } from '../../../signer/dns/bytes.ts';
import { TYPE } from '../../../signer/dns/rrtype.ts';
import { decodeBitmap } from '../../../signer/verify/type-bitmap.ts';
import { typeBitmap } from '../../support/soft-records.ts';

const decode = (hex: string) => decodeBitmap(fromHex(hex)!, 0, hex.length / 2);

test('RFC 4034 4.3: the bitmap of alfa.example.com.', () => {
  expect(decode('0006400100000003041b000000000000000000000000000000000000000000000000000020')).toEqual([
    TYPE.A,
    TYPE.MX,
    TYPE.RRSIG,
    TYPE.NSEC,
    1234,
  ]);
});

test('an empty bitmap shows no type', () => {
  expect(decode('')).toEqual([]);
});

describe('RFC 4034 4.1.2: what is not an encoding', () => {
  test.each([
    ['a block of length 0', '0000'],
    ['a block over 32 octets', `0021${'01'.repeat(33)}`],
    ['trailing zero octets', '00024000'],
    ['blocks that do not ascend', '010140000140'],
    ['the same block twice', '000140000140'],
    ['a block that is cut', '00064001'],
    ['a block without a length', '00'],
  ])('%s', (_what, hex) => {
    expect(decode(hex)).toBeUndefined();
  });
});

test('decode ∘ encode = id, with an encoder of another hand', () => {
  const types = fc.uniqueArray(fc.integer({ min: 1, max: 65535 }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(types, (list) => {
      const wire = typeBitmap(list.map((type) => `TYPE${type}`));
      expect(decodeBitmap(wire, 0, wire.length)).toEqual(list.toSorted((a, b) => a - b));
    }),
  );
});

test('no octets make it throw or show a type twice', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (octets) => {
      const types = decodeBitmap(octets, 0, octets.length) ?? [];
      expect(new Set(types).size).toBe(types.length);
    }),
  );
});
