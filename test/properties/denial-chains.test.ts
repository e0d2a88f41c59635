import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toHex } from '../../signer/dns/bytes.ts';
import { parseName } from '../../signer/dns/name.ts';
import type { Denial } from '../../signer/dnssec/denial.ts';
import { nsecChain } from '../../signer/dnssec/nsec.ts';
import { HASH_OCTETS, nsec3Chain } from '../../signer/dnssec/nsec3.ts';
import { classifyNames } from '../../signer/zone/cuts.ts';
import { nameOf, type Zone } from '../../signer/zone/zone.ts';
import { arbitraryZone } from './support/arbitrary-zone.ts';
import { authoritativeNames, hashedNames, type Labels, labelsOf, type ReferenceName } from './support/reference.ts';
import { ORIGIN, readZone } from './support/sign-text.ts';

const APEX = labelsOf(parseName(ORIGIN));
const RRSIG = 46;
const NSEC = 47;
const NS = 2;
const DS = 43;

function referenceNames(zone: Zone): readonly ReferenceName[] {
  return Array.from({ length: zone.nameCount }, (_, i) => ({
    labels: labelsOf(nameOf(zone, i)),
    types: new Set(zone.rrsetType.subarray(zone.nameFirstRrset[i]!, zone.nameFirstRrset[i + 1]!)),
  }));
}

const rdataAt = ({ rdata, rdataAt: at }: Denial, i: number): Uint8Array => rdata.bytes.subarray(at[i]!, at[i + 1]!);

/** RFC 4034 4.1.2, read by the letter. */
function bitmapTypes(bitmap: Uint8Array): readonly number[] {
  const types: number[] = [];
  let window = -1;
  for (let at = 0; at < bitmap.length; at += 2 + bitmap[at + 1]!) {
    expect(bitmap[at]!).toBeGreaterThan(window);
    window = bitmap[at]!;
    const length = bitmap[at + 1]!;
    expect(length >= 1 && length <= 32).toBe(true);
    expect(bitmap[at + 1 + length]).not.toBe(0);
    for (let bit = 0; bit < length * 8; bit++)
      if ((bitmap[at + 2 + (bit >> 3)]! & (0x80 >> (bit & 7))) !== 0) types.push(window * 256 + bit);
  }
  return types;
}

const wireOf = (labels: Labels): Uint8Array => Uint8Array.from([...labels.flatMap((label) => [label.length, ...label]), 0]);
const ascending = (types: Iterable<number>): number[] => [...types].sort((a, b) => a - b);

test('the NSEC chain is a ring over exactly the authoritative names, with their types', () => {
  fc.assert(
    fc.property(arbitraryZone, (text) => {
      const zone = readZone(text);
      const chain = nsecChain(zone, classifyNames(zone), 300);
      const expected = authoritativeNames(referenceNames(zone), APEX);
      expect(chain.count).toBe(expected.length);
      expected.forEach((name, i) => {
        const rdata = rdataAt(chain, i);
        const next = wireOf(expected[(i + 1) % expected.length]!.labels);
        expect(toHex(nameOf(zone, chain.names[i]!))).toBe(toHex(wireOf(name.labels)));
        expect(toHex(rdata.subarray(0, next.length))).toBe(toHex(next));
        expect(bitmapTypes(rdata.subarray(next.length))).toEqual(ascending([...name.types, RRSIG, NSEC]));
      });
    }),
    { numRuns: 300 },
  );
});

/** RFC 5155 5 with node:crypto. */
function hash(labels: Labels, salt: Uint8Array, iterations: number): string {
  let octets: Uint8Array = createHash('sha1').update(wireOf(labels)).update(salt).digest();
  for (let i = 0; i < iterations; i++) octets = createHash('sha1').update(octets).update(salt).digest();
  return toHex(octets);
}

test('the NSEC3 chain is a ring over exactly the names of RFC 5155 7.1, with their types', () => {
  const parameters = fc.record({ optOut: fc.boolean(), iterations: fc.nat(3), salt: fc.uint8Array({ maxLength: 4 }) });
  fc.assert(
    fc.property(arbitraryZone, parameters, (text, { optOut, iterations, salt }) => {
      const zone = readZone(text);
      const chain = nsec3Chain(zone, classifyNames(zone), { optOut, iterations, salt }, 300);
      const expected = [...hashedNames(referenceNames(zone), APEX, optOut).values()]
        .map((name) => ({ ...name, hash: hash(name.labels, salt, iterations) }))
        .sort((a, b) => (a.hash < b.hash ? -1 : 1));
      expect(chain.count).toBe(expected.length);
      expected.forEach((name, i) => {
        const rdata = rdataAt(chain, i);
        const head = `01 0${optOut ? 1 : 0} 000${iterations} 0${salt.length} ${toHex(salt)} 14 ${expected[(i + 1) % expected.length]!.hash}`;
        const headHex = head.replaceAll(' ', '');
        expect(toHex(chain.hashes.subarray(i * HASH_OCTETS, (i + 1) * HASH_OCTETS))).toBe(name.hash);
        expect(toHex(rdata).slice(0, headHex.length)).toBe(headHex);
        const insecure = name.labels.length > APEX.length && name.types.has(NS) && !name.types.has(DS);
        const types = name.types.size === 0 || insecure ? name.types : [...name.types, RRSIG];
        expect(bitmapTypes(rdata.subarray(headHex.length / 2))).toEqual(ascending(types));
      });
    }),
    { numRuns: 300 },
  );
});

// RFC 4035 2.2 with RFC 5155 7.1: an empty zone is a ring of one.
test('a zone with nothing but its apex', () => {
  const zone = readZone(`${ORIGIN} 60 IN SOA . . 1 2 3 4 5\n${ORIGIN} 60 IN NS ns.example.net.\n`);
  const kinds = classifyNames(zone);
  const nsec = nsecChain(zone, kinds, 5);
  expect(toHex(rdataAt(nsec, 0)).startsWith(toHex(parseName(ORIGIN)))).toBe(true);
  const nsec3 = nsec3Chain(zone, kinds, { optOut: true, iterations: 0, salt: new Uint8Array() }, 5);
  expect(toHex(rdataAt(nsec3, 0))).toContain(toHex(nsec3.hashes));
  expect([nsec.count, nsec3.count]).toEqual([1, 1]);
});
