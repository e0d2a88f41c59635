import { expect, test } from 'vitest';
import { parseEvidence } from '../../src/evidence/evidence-file.ts';

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
  ['evidence/future', { ...ZONE, observed: '2027-01-15T08:05:01Z' }],
  ['evidence/server-twice', { ...ZONE, servers: [...ZONE.servers, { name: 'ns1.EXAMPLE.', address: '2001:db8::1', serial: 6 }] }],
])('%s is refused: %j', (code, value) => {
  expect(() => parseEvidence(octets(value), 'a.json', NOW)).toThrow(expect.objectContaining({ code }));
});

test('clocks may differ by five minutes', () => {
  expect(parseEvidence(octets({ ...ZONE, observed: '2027-01-15T08:05:00Z' }), 'a.json', NOW).observed).toBe(NOW + 300);
});
