import { describe, expect, test } from 'vitest';
import { compareBytes, toHex } from '../../signer/dns/bytes.ts';
import { parseName } from '../../signer/dns/name.ts';
import { TYPE } from '../../signer/dns/rrtype.ts';
import type { Nsec3Chain } from '../../signer/dnssec/denial.ts';
import { HASH_OCTETS, nsec3Chain, nsec3Hash, writeHashLabel } from '../../signer/dnssec/nsec3.ts';
import { classifyNames } from '../../signer/zone/cuts.ts';
import { chainLines } from './support/denial-text.ts';
import { vectorText, zoneFromText } from './support/vector-zone.ts';

// RFC 5155 appendix B: which record of the chain matches or covers which name is all that a signer has to do with the responses.
const SALT = Uint8Array.of(0xaa, 0xbb, 0xcc, 0xdd);
const unsigned = zoneFromText(vectorText('rfc5155-appendix-a.zone'), 'example.', (type) => type !== TYPE.RRSIG && type !== TYPE.NSEC3);
const chain = nsec3Chain(unsigned, classifyNames(unsigned), { optOut: true, iterations: 12, salt: SALT }, 3600);
const lines = chainLines(unsigned, chain);

const hashOf = (name: string): Uint8Array => nsec3Hash(parseName(name), 12, SALT);
const ownHash = (i: number): Uint8Array => chain.hashes.subarray(i * HASH_OCTETS, (i + 1) * HASH_OCTETS);

/** 1.3: a name is matched if an NSEC3 has its hash, covered if its hash lies between an owner and the next. */
function proof({ count }: Nsec3Chain, name: string): { readonly kind: 'matches' | 'covers'; readonly owner: string } {
  const hash = hashOf(name);
  let last = count - 1;
  for (let i = 0; i < count; i++) {
    const order = compareBytes(ownHash(i), hash);
    if (order === 0) return { kind: 'matches', owner: ownerLabel(i) };
    if (order < 0) last = i;
  }
  return { kind: 'covers', owner: ownerLabel(last) };
}

function ownerLabel(i: number): string {
  const label = new Uint8Array(32);
  writeHashLabel(chain.hashes, i * HASH_OCTETS, label, 0);
  return new TextDecoder().decode(label);
}

const bitmapOf = (owner: string): string =>
  lines
    .find((line) => line.startsWith(owner))!
    .split(' ')
    .slice(7)
    .join(' ');

describe('RFC 5155 B.1, name error a.c.x.w.example.', () => {
  test.each([
    ['x.w.example.', 'matches', 'b4um86eghhds6nea196smvmlo4ors995', 'the closest encloser'],
    ['c.x.w.example.', 'covers', '0p9mhaveqvm6t7vbl5lop2u3t2rp3tom', 'the next closer name'],
    ['*.x.w.example.', 'covers', '35mthgpgcu1qg68fab165klnsnk3dpvl', 'the wildcard at the closest encloser'],
  ])('%s %s %s: %s', (name, kind, owner) => {
    expect(proof(chain, name)).toEqual({ kind, owner });
  });
});

describe('RFC 5155 B.2, no data', () => {
  test('ns1.example. MX: the bitmap has A and RRSIG, not MX and not CNAME', () => {
    expect(proof(chain, 'ns1.example.')).toEqual({ kind: 'matches', owner: '2t7b4g4vsa5smi47k61mv5bv1a22bojr' });
    expect(bitmapOf('2t7b4g4vsa5smi47k61mv5bv1a22bojr')).toBe('A RRSIG');
  });

  test('B.2.1, y.w.example. is an empty non-terminal: its bitmap is empty', () => {
    expect(proof(chain, 'y.w.example.')).toEqual({ kind: 'matches', owner: 'ji6neoaepv8b5o6k4ev33abha8ht9fgc' });
    expect(bitmapOf('ji6neoaepv8b5o6k4ev33abha8ht9fgc')).toBe('');
  });
});

describe('RFC 5155 B.3, referral to the opt-out unsigned zone c.example.', () => {
  test('c.example. is covered by a record with the Opt-Out bit', () => {
    expect(proof(chain, 'c.example.')).toEqual({ kind: 'covers', owner: '35mthgpgcu1qg68fab165klnsnk3dpvl' });
    expect(lines.find((line) => line.startsWith('35mthgpg'))!.split(' ')[3]).toBe('1');
  });

  test('example. is the closest provable encloser', () => {
    expect(proof(chain, 'example.')).toEqual({ kind: 'matches', owner: '0p9mhaveqvm6t7vbl5lop2u3t2rp3tom' });
  });
});

describe('RFC 5155 B.4 and B.5, wildcards', () => {
  test.each([
    ['z.w.example.', 'covers', 'q04jkcevqvmu85r014c7dkba38o0ji5r', 'the next closer name of a.z.w.example.'],
    ['w.example.', 'matches', 'k8udemvp1j2f7eg6jebps17vp3n8i58h', 'the closest encloser'],
    ['*.w.example.', 'matches', 'r53bq7cc2uvmubfu5ocmm6pers9tk9en', 'the wildcard'],
  ])('%s %s %s: %s', (name, kind, owner) => {
    expect(proof(chain, name)).toEqual({ kind, owner });
  });

  test('no AAAA at the wildcard', () => {
    expect(bitmapOf('r53bq7cc2uvmubfu5ocmm6pers9tk9en')).toBe('MX RRSIG');
  });
});

test('RFC 5155 B.6, no DS at the apex of the child', () => {
  expect(bitmapOf('0p9mhaveqvm6t7vbl5lop2u3t2rp3tom')).toBe('NS SOA MX RRSIG DNSKEY NSEC3PARAM');
});

// 7.2.8: each NSEC3 owner name is covered by another NSEC3 RR, effectively negating the existence of the NSEC3 RR.
test('RFC 5155 7.2.8: hashed owners are not in the chain', () => {
  const hashes = new Set(Array.from({ length: chain.count }, (_, i) => toHex(ownHash(i))));
  const known = Array.from({ length: chain.count }, (_, i) => ownerLabel(i)).filter((label) =>
    hashes.has(toHex(hashOf(`${label}.example.`))),
  );
  expect(known).toEqual(['2t7b4g4vsa5smi47k61mv5bv1a22bojr']);
});
