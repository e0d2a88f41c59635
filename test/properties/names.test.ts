import fc from 'fast-check';
import { expect, test } from 'vitest';
import { concatBytes, WireWriter } from '../../signer/dns/bytes.ts';
import { compareNames, parseName, printName, type WireName } from '../../signer/dns/name.ts';
import { makeSortKeys, sortByKey } from '../../signer/zone/sort-key.ts';
import { compareLabels, labelsOf } from './support/reference.ts';

/** Octets around the ones with a meaning: 0 and 1 (escapes of sort keys), letters in both cases, their neighbours, 255. */
const octet = fc.oneof(fc.constantFrom(0, 1, 2, 0x2a, 0x2e, 0x40, 0x41, 0x5a, 0x5b, 0x5c, 0x60, 0x61, 0x7a, 0x7b, 0xff), fc.nat(255));
const label = fc.array(octet, { minLength: 1, maxLength: 4 });
const name: fc.Arbitrary<WireName> = fc
  .array(label, { maxLength: 5 })
  .map((labels) => concatBytes(...labels.map((octets) => Uint8Array.of(octets.length, ...octets)), Uint8Array.of(0)));

const lower = (wire: WireName): WireName =>
  concatBytes(...labelsOf(wire).map((octets) => Uint8Array.of(octets.length, ...octets)), Uint8Array.of(0));

test('compareNames is the order of RFC 4034 6.1, as written down once more', () => {
  fc.assert(
    fc.property(name, name, (a, b) => {
      expect(Math.sign(compareNames(a, b))).toBe(compareLabels(labelsOf(a), labelsOf(b)));
    }),
    { numRuns: 2000 },
  );
});

test('compareNames is a total order', () => {
  fc.assert(
    fc.property(name, name, name, (a, b, c) => {
      expect(Math.sign(compareNames(a, b))).toBe(-Math.sign(compareNames(b, a)) + 0);
      expect(compareNames(a, lower(a))).toBe(0);
      if (compareNames(a, b) <= 0 && compareNames(b, c) <= 0) expect(compareNames(a, c)).toBeLessThanOrEqual(0);
    }),
    { numRuns: 2000 },
  );
});

test('sortByKey sorts as compareNames does, equal names in their first order', () => {
  fc.assert(
    fc.property(fc.array(name, { maxLength: 60 }), fc.constantFrom('.', 'p.test.'), (raw, apex) => {
      const suffix = parseName(apex);
      const names = raw.map((wire) => concatBytes(lower(wire).subarray(0, wire.length - 1), suffix));
      const out = new WireWriter();
      const at = Uint32Array.from(names, (wire) => {
        const start = out.length;
        out.append(wire);
        return start;
      });
      const order = sortByKey(
        makeSortKeys(
          out.bytes,
          at,
          Uint8Array.from(names, (wire) => wire.length),
          names.length,
          suffix.length,
        ),
      );
      const expected = names.map((_, i) => i).sort((i, k) => compareNames(names[i]!, names[k]!) || i - k);
      expect(Array.from(order)).toEqual(expected);
    }),
    { numRuns: 300 },
  );
});

test('sortByKey on many names of one beginning', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(3), fc.nat(40), octet), { minLength: 200, maxLength: 400 }), (triples) => {
      const names = triples.map(([depth, n, o]) =>
        concatBytes(
          ...Array.from({ length: depth }, () => Uint8Array.of(2, n, 1)),
          Uint8Array.of(4, 0x77, 0x77, n, lowerOctet(o)),
          Uint8Array.of(0),
        ),
      );
      const out = new WireWriter();
      const at = Uint32Array.from(names, (wire) => {
        const start = out.length;
        out.append(wire);
        return start;
      });
      const order = sortByKey(
        makeSortKeys(
          out.bytes,
          at,
          Uint8Array.from(names, (wire) => wire.length),
          names.length,
          1,
        ),
      );
      const expected = names.map((_, i) => i).sort((i, k) => compareNames(names[i]!, names[k]!) || i - k);
      expect(Array.from(order)).toEqual(expected);
    }),
    { numRuns: 30 },
  );
});

const lowerOctet = (o: number): number => (o >= 0x41 && o <= 0x5a ? o + 32 : o);

test('parseName and printName are each other’s inverse', () => {
  fc.assert(
    fc.property(name, (wire) => {
      expect(parseName(printName(wire))).toEqual(wire);
      expect(printName(wire)).toMatch(/^[\x21-\x7e]+$/);
    }),
    { numRuns: 1000 },
  );
});
