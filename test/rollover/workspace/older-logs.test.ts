import fc from 'fast-check';
import { expect, test } from 'vitest';
import { oldVersions } from '../../../keystore/rollover/guards.ts';
import type { Version, ZoneRoll } from '../../../keystore/rollover/model.ts';
import { published, released } from '../../../keystore/rollover/observe.ts';
import type { LoggedKey, LoggedRelease } from '../../../src/audit/entry.ts';
import { ttlsOf } from '../../../src/rollover/release-step.ts';
import type { ZoneState } from '../../../src/state/state.ts';
import { releaseRoll } from '../../../src/state/zone-rolls.ts';

const DAY = 86_400;
const START = 1_800_000_000;

const key = (role: 'ksk' | 'zsk', keyTag: number): LoggedKey => ({
  zone: 'example.',
  role,
  algorithm: 13,
  keyTag,
  dnskey: Buffer.from([1, role === 'ksk' ? 1 : 0, 3, 13, keyTag & 0xff]).toString('base64'),
  id: `0${keyTag}`,
  label: role,
  token: 'zones',
  serial: '1',
});

/** As a release is in logs that were written before there were rollovers. */
const olderRelease = (serial: number, keyTags: readonly number[]): LoggedRelease => ({
  zone: 'example.',
  serial,
  manifest: '0'.repeat(64),
  signed: '0'.repeat(64),
  input: [],
  validFrom: '2027-01-15T08:00:00Z',
  validUntil: '2027-01-29T08:00:00Z',
  refreshAt: '2027-01-25T08:00:00Z',
  keyTags,
  policy: '0'.repeat(64),
  records: 9,
});

const newerRelease = (
  serial: number,
  made: number,
  ttls: { keyTtl: number; signatureTtl: number; negativeTtl: number },
): LoggedRelease => ({
  ...olderRelease(serial, [1, 2]),
  version: { made, ...ttls, isSigned: true },
});

const zoneWith = (...keys: LoggedKey[]): ZoneState => ({ keys, past: [], facts: {}, releases: [] });

// RFC 7583 3.3.5 lets first keys go without waits; of a zone that was signed before, what caches and parent have is not known.
test('keys of releases that had no rollovers are taken over: published since then, their DS awaited, never taken for absent', () => {
  const zone = zoneWith(key('ksk', 1), key('zsk', 2), key('zsk', 3));
  releaseRoll(zone, olderRelease(1, [1, 2]), undefined, START);
  const { keys, roll, parent, wantsDs, versions } = zone.roll!;
  const since = { kind: 'rumoured', since: START, from: 'awaited' };
  expect(keys.map(({ keyTag, records }) => [keyTag, records])).toEqual([
    [1, { dnskey: since, krrsig: since, ds: since }],
    [2, { dnskey: since, zrrsig: since }],
  ]);
  expect([roll, wantsDs, parent.request?.keys]).toEqual([undefined, true, [keys[0]!.name]]);
  expect(versions).toEqual([
    { serial: 1, at: START, from: 'awaited', keyTtl: DAY, signatureTtl: DAY, negativeTtl: DAY, isSigned: true, hasUnknownTtls: true },
  ]);
});

test('a key that a later one of these releases leaves out is withdrawn with it, and one that it has anew is introduced', () => {
  const zone = zoneWith(key('ksk', 1), key('zsk', 2), key('zsk', 3));
  releaseRoll(zone, olderRelease(1, [1, 2]), undefined, START);
  releaseRoll(zone, olderRelease(2, [1, 3]), undefined, START + DAY);
  const dnskeys = zone.roll!.keys.map(({ keyTag, records }) => [keyTag, records.dnskey]);
  expect(dnskeys).toEqual([
    [1, { kind: 'rumoured', since: START, from: 'awaited' }],
    [2, { kind: 'unretentive', since: START + DAY, from: 'awaited' }],
    [3, { kind: 'rumoured', since: START + DAY, from: 'awaited' }],
  ]);
});

test('TTLs that are not on record count with the most that the policy allows, as long as caches may have such a version', () => {
  const zone = zoneWith(key('ksk', 1), key('zsk', 2));
  const ttls = { keyTtl: 300, signatureTtl: 300, negativeTtl: 300 };
  releaseRoll(zone, olderRelease(1, [1, 2]), undefined, START);
  releaseRoll(zone, newerRelease(2, START + 60, ttls), undefined, START + 60);
  expect(ttlsOf(zone.roll!)).toBeUndefined();
  zone.roll = published(zone.roll!, { serial: 2, from: START + 120 }).zone;
  releaseRoll(zone, newerRelease(3, START + 60 * DAY, ttls), undefined, START + 60 * DAY);
  expect(ttlsOf(zone.roll!)).toEqual({ signature: 300, negative: 300 });
});

// RFC 7583 1.4: a record stays in caches for the TTL it was given out with.
test('merged versions: no guard is earlier than with all versions kept', () => {
  const ttl = fc.constantFrom(60, 300, 3600, DAY, 7 * DAY);
  const step = fc.record({
    after: fc.integer({ min: 1, max: DAY }),
    keyTtl: ttl,
    signatureTtl: ttl,
    negativeTtl: ttl,
    seen: fc.boolean(),
    changes: fc.boolean(),
  });
  const merged = { count: 0 };
  fc.assert(
    fc.property(fc.array(step, { minLength: 34, maxLength: 60 }), (steps) => {
      const zone = zoneWith(key('ksk', 1), key('zsk', 2));
      let all: ZoneRoll | undefined;
      let at = START;
      const sinces: number[] = [];
      for (const [i, { after, seen, changes, ...ttls }] of steps.entries()) {
        at += after;
        const release = newerRelease(i + 1, at, ttls);
        releaseRoll(zone, release, undefined, at);
        const version: Version = { serial: i + 1, at, from: 'awaited', ...ttls, isSigned: true };
        all = released(all ?? { ...zone.roll!, versions: [] }, version);
        // At most one change is under way: the newest.
        if (changes && i > 0) {
          const { keys, ...rest } = zone.roll!;
          const state = { kind: 'rumoured', since: at, from: 'awaited' } as const;
          zone.roll = {
            ...rest,
            keys: keys.map((one) => (one.role === 'zsk' ? { ...one, records: { dnskey: state, zrrsig: state } } : one)),
          };
          sinces.splice(0, sinces.length, at);
        }
        if (!seen) continue;
        zone.roll = published(zone.roll!, { serial: i + 1, from: at + 30 }).zone;
        all = published(all, { serial: i + 1, from: at + 30 }).zone;
      }
      if (zone.roll!.versions.length < all!.versions.length) merged.count++;
      for (const since of [...sinces, at])
        for (const record of ['dnskey', 'zrrsig'] as const)
          expect(oldVersions(zone.roll!, record, since, at)).toBeGreaterThanOrEqual(oldVersions(all!, record, since, at));
    }),
    { numRuns: 300 },
  );
  expect(merged.count).toBeGreaterThan(100);
});
