import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseName } from '../../signer/dns/name.ts';
import { SIGNER_OWNED, TYPE, typeFromText } from '../../signer/dns/rrtype.ts';
import type { SigningPolicy } from '../../signer/policy.ts';
import type { Zone } from '../../signer/zone/zone.ts';
import type { ZoneKey } from '../../signer/zone-key.ts';
import { firstDifference, inputZone, preservationDigest } from '../../src/release/preservation.ts';
import { arbitraryRecords, arbitraryZone, headLines, recordLines, zoneText } from '../properties/support/arbitrary-zone.ts';
import { ORIGIN, POLICY, read, readZone, signText } from '../properties/support/sign-text.ts';
import { keyPair } from '../properties/support/software-signing-key.ts';
import { VECTORS } from '../signer/rdata/vectors.ts';

const ED25519 = 15;
const NSEC3: SigningPolicy = {
  ...POLICY,
  denial: { kind: 'nsec3', optOut: true, iterations: 0, salt: new Uint8Array() },
  cds: true,
  zonemd: ['sha384'],
  serial: 'increment',
};

let keys: readonly ZoneKey[];
beforeAll(() => {
  keys = keyPair(ED25519);
});

/** The input as the gate has it. */
function input(text: string): Zone {
  const { store, findings, errors } = read(text);
  if (errors > 0) throw new Error(findings.map(({ line, text: what }) => `${line}: ${what}`).join('\n'));
  return inputZone(store, parseName(ORIGIN));
}

const digest = (text: string): string => preservationDigest(input(text));

describe('what signing leaves as it was', () => {
  test.each([
    ['NSEC', POLICY],
    ['NSEC3 with opt-out, CDS, ZONEMD and a raised serial', NSEC3],
  ])('any zone keeps its digest: %s', async (_, policy) => {
    await fc.assert(
      fc.asyncProperty(arbitraryZone, async (text) => {
        const { text: signed } = await signText(text, keys, policy);
        const output = readZone(signed);
        expect(firstDifference(input(text), output)).toBeUndefined();
        expect(preservationDigest(output)).toBe(digest(text));
      }),
      { numRuns: 60 },
    );
  });

  test('a record of every type', async () => {
    const lines = VECTORS.filter(({ type }) => type !== 'SOA').map(({ type, wire }, i) => {
      const hex = wire.replaceAll(' ', '');
      return `t${i}.${ORIGIN} 300 IN TYPE${typeFromText(type)} \\# ${hex.length / 2} ${hex}\n`;
    });
    const text = [...headLines(), ...lines].join('');
    const { text: signed } = await signText(text, keys, NSEC3);
    expect(firstDifference(input(text), readZone(signed))).toBeUndefined();
    expect(preservationDigest(readZone(signed))).toBe(digest(text));
  });

  test('the serial is the one thing of the SOA that may differ', () => {
    const soa = (fields: string): string =>
      `${ORIGIN} 3600 IN SOA ns.example.net. host.${ORIGIN} ${fields}\n${ORIGIN} 60 IN NS ns.example.net.\n`;
    expect(digest(soa('1 2 3 4 5'))).toBe(digest(soa('4294967295 2 3 4 5')));
    for (const other of ['1 9 3 4 5', '1 2 9 4 5', '1 2 3 9 5', '1 2 3 4 9'])
      expect(digest(soa(other)), other).not.toBe(digest(soa('1 2 3 4 5')));
  });

  test('RFC 4034 6.2: letter case of names is not data, where the canonical form lowers it', () => {
    const zone = (target: string): string => zoneText([{ owner: `a.${ORIGIN}`, ttl: 60, data: `MX 10 ${target}` }]);
    expect(digest(zone('MAIL.example.'))).toBe(digest(zone('mail.Example.')));
  });

  test('signer-owned types do not count; below the apex CDS, CDNSKEY and ZONEMD are data', () => {
    const bare = digest(zoneText([]));
    const atOwner = (owner: string, type: number): string => {
      const hex = VECTORS.find((vector) => typeFromText(vector.type) === type)!.wire.replaceAll(' ', '');
      return digest(`${zoneText([])}${owner} 60 IN TYPE${type} \\# ${hex.length / 2} ${hex}\n`);
    };
    for (const type of SIGNER_OWNED) {
      expect(atOwner(ORIGIN, type), `${type} at the apex`).toBe(bare);
      const isData = type === TYPE.CDS || type === TYPE.CDNSKEY || type === TYPE.ZONEMD;
      expect(atOwner(`a.${ORIGIN}`, type) === bare, `${type} below it`).toBe(!isData);
    }
  });

  test('records that the program has added to the store are not input', () => {
    const { store } = read(zoneText([]));
    const count = store.count;
    store.addGenerated(store.owner[0]!, TYPE.TXT, 60, Uint8Array.of(1, 0x61));
    expect(preservationDigest(inputZone(store, parseName(ORIGIN), count))).toBe(digest(zoneText([])));
    expect(preservationDigest(inputZone(store, parseName(ORIGIN)))).not.toBe(digest(zoneText([])));
  });
});

describe('what it must not touch', () => {
  const someRecords = arbitraryRecords.filter((records) => records.length > 0);

  test('any record left out is found and named', () => {
    fc.assert(
      fc.property(someRecords, fc.nat(), (records, pick) => {
        const gone = pick % records.length;
        const whole = zoneText(records);
        const less = zoneText(records.filter((_, i) => i !== gone));
        expect(digest(less)).not.toBe(digest(whole));
        const difference = firstDifference(input(whole), readZone(less));
        expect(difference?.type).toBe(records[gone]!.data.split(' ')[0]);
        expect(difference?.text).toMatch(/: in the input .*, not in the output$/);
        expect(firstDifference(input(less), readZone(whole))?.text).toMatch(/: in the output .*, not in the input$/);
      }),
      { numRuns: 150 },
    );
  });

  test('any TTL changed is found', () => {
    fc.assert(
      fc.property(someRecords, fc.nat(), (records, pick) => {
        const { owner, data } = records[pick % records.length]!;
        const type = data.split(' ')[0];
        // All records of the RRset: its TTL is the smallest one (RFC 2181 5.2).
        const isOfRrset = (r: (typeof records)[number]): boolean => r.owner === owner && r.data.split(' ')[0] === type;
        const other = zoneText(records.map((r) => (isOfRrset(r) ? { ...r, ttl: 7 } : r)));
        expect(digest(other)).not.toBe(digest(zoneText(records)));
        expect(firstDifference(input(zoneText(records)), readZone(other))?.text).toMatch(/: TTL \d+ in the input, 7 in the output$/);
      }),
      { numRuns: 60 },
    );
  });

  test('any octet of an address changed is found', () => {
    const zone = (octet: number): string => zoneText([{ owner: `www.${ORIGIN}`, ttl: 60, data: `A 192.0.2.${octet}` }]);
    const seen = new Set(Array.from({ length: 256 }, (_, octet) => digest(zone(octet))));
    expect(seen.size).toBe(256);
  });

  test('the digest does not take the end of one field for the beginning of the next', () => {
    const zones = [
      [`a.${ORIGIN} 60 IN TXT "ab"`, `a.${ORIGIN} 60 IN TXT "a" "b"`],
      [`ab.${ORIGIN} 60 IN TXT "c"`, `a.b.${ORIGIN} 60 IN TXT "c"`],
      [`a.${ORIGIN} 60 IN TYPE65400 \\# 2 0102`, `a.${ORIGIN} 60 IN TYPE65401 \\# 2 0102`],
    ];
    for (const [a, b] of zones) expect(digest(`${zoneText([])}${a}\n`)).not.toBe(digest(`${zoneText([])}${b}\n`));
  });

  test.each([
    ['a record lost', 'A 192.0.2.1', undefined, `www.${ORIGIN} A: in the input 192.0.2.1, not in the output`],
    ['a record added', undefined, 'A 192.0.2.9', `www.${ORIGIN} A: in the output 192.0.2.9, not in the input`],
    ['a record changed', 'A 192.0.2.1', 'A 192.0.2.9', `www.${ORIGIN} A: in the input 192.0.2.1, not in the output`],
    ['another type', 'TXT "x"', 'A 192.0.2.9', `www.${ORIGIN} A: in the output 192.0.2.9, not in the input`],
    ['long data', `TXT "${'x'.repeat(200)}"`, undefined, `www.${ORIGIN} TXT: in the input "${'x'.repeat(119)}…, not in the output`],
  ])('%s, in words', (_, before, after, text) => {
    const zone = (data: string | undefined): string =>
      [...headLines(), ...recordLines(data === undefined ? [] : [{ owner: `www.${ORIGIN}`, ttl: 60, data }])].join('');
    expect(firstDifference(input(zone(before)), readZone(zone(after)))?.text).toBe(text);
  });
});
