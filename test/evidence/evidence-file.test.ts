import { describe, expect, test } from 'vitest';
import { EMPTY_ROLL, type RollKey, type ZoneRoll } from '../../keystore/rollover/model.ts';
import { parseName } from '../../signer/dns/name.ts';
import { dsRdata, keyTag } from '../../signer/dnssec/dnskey.ts';
import { namesOfDs } from '../../src/evidence/ds-names.ts';
import { parseEvidence } from '../../src/evidence/evidence-file.ts';
import { noteText, weighDs, weighZone } from '../../src/evidence/weigh.ts';

const NOW = 1_800_000_000;
const octets = (value: unknown): Uint8Array => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
const ZONE = {
  format: 1,
  kind: 'zone',
  zone: 'Example',
  observed: '2027-01-15T07:00:00Z',
  servers: [{ name: 'NS1.example.', address: '2001:DB8::1', serial: 7 }],
};

test('names are absolute and in lower case; times are seconds', () => {
  expect(parseEvidence(octets(ZONE), 'a.json', NOW)).toEqual({
    kind: 'zone',
    zone: 'example.',
    observed: 1_799_996_400,
    servers: [{ name: 'ns1.example.', address: '2001:db8::1', error: undefined, serial: 7 }],
  });
});

test.each([
  ['evidence/not-json', '{'],
  ['evidence/form', { ...ZONE, format: 2 }],
  ['evidence/form', { ...ZONE, kind: 'mx' }],
  ['evidence/form', { ...ZONE, servers: [] }],
  ['evidence/form', { ...ZONE, servers: [{ name: 'ns1.example.', address: '192.0.2.1' }] }],
  ['evidence/form', { ...ZONE, extra: true }],
  [
    'evidence/form',
    {
      ...ZONE,
      kind: 'ds',
      servers: [{ name: 'a.', address: '192.0.2.1', ttl: 1, ds: [{ keyTag: 1, algorithm: 13, digestType: 2, digest: 'abc' }] }],
    },
  ],
  ['evidence/form', { ...ZONE, servers: [{ ...ZONE.servers[0], dnskey: [{ flags: 257, algorithm: 13, publicKey: 'not base64' }] }] }],
  ['evidence/form', { ...ZONE, servers: [{ ...ZONE.servers[0], dnskey: [{ flags: 257, algorithm: 13, publicKey: '' }] }] }],
  ['evidence/form', { ...ZONE, servers: [{ name: 'nß1.example.', address: '192.0.2.1', serial: 7 }] }],
  ['evidence/form', { ...ZONE, observed: 'now' }],
  ['evidence/form', { ...ZONE, observed: '2027-02-31T00:00:00Z' }],
  ['evidence/form', { ...ZONE, zone: 'a..b' }],
  ['evidence/future', { ...ZONE, observed: '2027-01-15T08:05:01Z' }],
  ['evidence/server-twice', { ...ZONE, servers: [...ZONE.servers, { name: 'ns1.EXAMPLE.', address: '2001:db8::1', serial: 6 }] }],
])('%s is refused: %j', (code, value) => {
  expect(() => parseEvidence(octets(value), 'a.json', NOW)).toThrow(expect.objectContaining({ code }));
});

test('clocks may differ by five minutes', () => {
  expect(parseEvidence(octets({ ...ZONE, observed: '2027-01-15T08:05:00Z' }), 'a.json', NOW).observed).toBe(NOW + 300);
});

describe('DS → keys', () => {
  const dnskey = Uint8Array.of(1, 1, 3, 13, ...new Array(64).fill(7));
  const keys = [{ name: 'k1', dnskey }];
  const record = (digestType: number) => {
    const rdata = dsRdata(parseName('example.'), dnskey, digestType);
    return { keyTag: (rdata[0]! << 8) | rdata[1]!, algorithm: 13, digestType, digest: Buffer.from(rdata.subarray(4)).toString('hex') };
  };

  test('RFC 4509 3: a SHA-1 digest is nothing where there is a better one, and where there is none it is no DS of the key', () => {
    expect(namesOfDs('example.', [record(2), record(1), record(4)], keys)).toEqual(['k1']);
    expect(namesOfDs('example.', [record(1)], keys)).toEqual([expect.stringMatching(/^\?/)]);
  });

  const answer = (name: string, has: boolean | undefined) => ({
    name,
    address: '192.0.2.1',
    error: has === undefined ? 'timed out' : undefined,
    answer: has === undefined ? undefined : { ttl: 60, ds: has ? [record(2)] : [] },
  });
  const file = (...servers: readonly ReturnType<typeof answer>[]) => ({ kind: 'ds' as const, zone: 'example.', observed: 5000, servers });
  const secure: ZoneRoll = {
    ...EMPTY_ROLL,
    wantsDs: true,
    parent: {
      request: { keys: ['k1'], at: 0, submittedAt: undefined },
      observed: { kind: 'settled', keys: ['k1'], from: 10, at: 20, ttl: 60 },
    },
    keys: [
      {
        ...{ name: 'k1', role: 'ksk', algorithm: 13, keyTag: 1, operator: 'self', activeSince: 0, trouble: 'none' },
        goals: { dnskey: 'omnipresent', krrsig: 'omnipresent', ds: 'omnipresent' },
        records: { ds: { kind: 'omnipresent', since: 30 } },
        revocation: { kind: 'none' },
      } as RollKey,
    ],
  };

  test('what a silent server has is not known: it takes nothing from what all caches have', () => {
    const seen = weighDs(secure, file(answer('a.', true), answer('b.', undefined)), keys);
    expect(seen.agree).toBe(false);
    expect(seen.zone.keys[0]!.records.ds).toMatchObject({ kind: 'omnipresent' });
  });

  test('no answer at all is no look at the parent', () => {
    expect(() => weighDs(secure, file(answer('a.', undefined)), keys)).toThrow(expect.objectContaining({ code: 'evidence/server-silent' }));
  });

  test('a server without the DS that all caches were thought to have puts it in doubt', () => {
    const seen = weighDs(secure, file(answer('a.', true), answer('b.', false)), keys);
    expect(seen.zone.keys[0]!.records.ds).toMatchObject({ kind: 'unretentive', from: 'awaited' });
  });
});

// RFC 4035 2.2, 5.2: what validates a zone is its DNSKEY RRset as it is served; a serial alone says nothing of it.
describe('the DNSKEY RRset that a server gives out with a serial', () => {
  const rdata = (first: number): Uint8Array => Uint8Array.of(1, 1, 3, 13, ...new Array(64).fill(first));
  const record = (first: number, flags = 257) => ({
    ...{ flags, algorithm: 13 },
    publicKey: Buffer.from(rdata(first).subarray(4)).toString('base64'),
  });
  const versions = [1, 2].map((serial) => ({
    ...{ serial, at: serial * 100, from: serial === 1 ? 110 : 250, isSigned: true },
    ...{ keyTtl: 60, signatureTtl: 60, negativeTtl: 60 },
  }));
  const zone: ZoneRoll = { ...EMPTY_ROLL, versions: versions as ZoneRoll['versions'] };
  const released = { tag: keyTag(rdata(7)), algorithm: 13, flags: 257 };
  const keys = { known: [{ name: 'k1', dnskey: rdata(7) }], released: (serial: number) => (serial === 2 ? [released] : undefined) };
  const weigh = (...sets: readonly (readonly ReturnType<typeof record>[] | undefined)[]) =>
    weighZone(
      zone,
      {
        ...{ kind: 'zone', zone: 'example.', observed: 300 },
        servers: sets.map((dnskey, i) => ({ name: `ns${i}.`, address: '192.0.2.1', error: undefined, serial: 2, dnskey })),
      },
      keys,
    );
  const fromOf = (weighed: ReturnType<typeof weigh>) => weighed.zone.versions.at(-1)!.from;

  test('that of the release, or none told: the release is published', () => {
    expect(weigh([record(7)], undefined)).toMatchObject({ serial: 2, notes: [{ kind: 'known' }] });
  });

  test.each([
    ['a key more', [record(7), record(8)], /^has DNSKEY \d+\/13 with flags 257 of somebody else$/],
    ['a key less', [], /^lacks DNSKEY \d+\/13 with flags 257$/],
    ['another flag', [record(7, 256)], /^has DNSKEY \d+\/13 with flags 256 and lacks DNSKEY/],
  ])('%s: a contradiction, and what was built on that version is in doubt', (_, set, difference) => {
    const weighed = weigh([record(7)], set);
    expect(weighed.notes[0]).toMatchObject({ kind: 'other-keys', serial: 2, server: 'ns1. 192.0.2.1' });
    expect(weighed.notes[0]).toHaveProperty('difference', expect.stringMatching(difference));
    expect([weighed.serial, fromOf(weighed)]).toEqual([1, 'awaited']);
  });

  test('of the first version there is none before it: nothing is taken for published', () => {
    const [, second] = zone.versions;
    const first = { ...zone, versions: [{ ...second!, from: 'awaited' as const }] };
    const servers = [{ name: 'ns1.', address: '192.0.2.1', error: undefined, serial: 2, dnskey: [record(8)] }];
    const weighed = weighZone(first, { kind: 'zone', zone: 'example.', observed: 300, servers }, keys);
    expect([weighed.zone, weighed.serial, weighed.notes.map(({ kind }) => kind)]).toEqual([first, 2, ['other-keys']]);
  });
});

test('a DS of a key that was destroyed is told by the name of the key, one of no key by what it is', () => {
  const words = (key: string): string => noteText({ kind: 'ds-unknown', key, at: 0 }, (name) => `key ${name}`);
  expect(words('?4711-13-2-abcd')).toBe('the DS 4711-13-2-abcd is of no key of the zone');
  expect(words('13-4711-0123456789abcdef')).toBe('the DS of key 13-4711-0123456789abcdef is there, and that key was destroyed');
});

test('what a file holds that is none moves no terminal', () => {
  const octets = new TextEncoder().encode('\u001b[2J\n$TTL');
  expect(() => parseEvidence(octets, 'a.json', 0)).toThrow(
    expect.objectContaining({ code: 'evidence/not-json', message: expect.not.stringMatching(/\p{Cc}/u) }),
  );
});
