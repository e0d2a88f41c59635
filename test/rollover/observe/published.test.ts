import fc from 'fast-check';
import { expect, test } from 'vitest';
import { oldVersions } from '../../../keystore/rollover/guards.ts';
import type { RecordState } from '../../../keystore/rollover/model.ts';
import { published, released, servedOlder } from '../../../keystore/rollover/observe.ts';
import { isContradiction } from '../../../keystore/rollover/observe-notes.ts';
import { DAY, HOUR, key, omnipresent, rumoured, stateOf, unretentive, version, zoneOf } from './support.ts';

test('RFC 7583 appendix A: Dprp ends when all servers have the zone; the records that came with it arrive then', () => {
  const zone = zoneOf(
    [key('A', { dnskey: rumoured(100), ds: rumoured(100) }), key('B', { dnskey: unretentive(100), zrrsig: unretentive(200) })],
    [version(1, 0), version(2, 100), version(3, 200)],
  );
  const after = published(zone, { serial: 2, from: 150 });
  expect(after.notes).toEqual([{ kind: 'published', serial: 2, from: 150 }]);
  expect(stateOf(after.zone, 'A', 'dnskey')).toEqual({ kind: 'rumoured', since: 100, from: 150 });
  expect(stateOf(after.zone, 'B', 'dnskey')).toEqual({ kind: 'unretentive', since: 100, from: 150 });
  expect(stateOf(after.zone, 'B', 'zrrsig')).toEqual({ kind: 'unretentive', since: 200, from: 'awaited' });
  // The DS is not in this zone.
  expect(stateOf(after.zone, 'A', 'ds')).toEqual(rumoured(100));
});

test('a later version tells of all before it', () => {
  const zone = zoneOf([key('A', { dnskey: rumoured(100) })], [version(1, 0), version(2, 100), version(3, 200)]);
  const after = published(zone, { serial: 3, from: 250 }).zone;
  expect(after.versions.map(({ from }) => from)).toEqual([250, 250, 250]);
  expect(stateOf(after, 'A', 'dnskey')).toMatchObject({ from: 250 });
});

test('RFC 5011 2.2, RFC 7583 3.3.1: a server that gives out a version without the key takes it from caches again, omnipresent or not', () => {
  const versions = [version(1, 0, { from: 10 }), version(2, 100, { from: 150 }), version(3, 1_000_000, { from: 1_000_050 })];
  const old: RecordState = { kind: 'omnipresent', since: -5 };
  const zone = zoneOf([key('A', { dnskey: old, ds: omnipresent }), key('B', { dnskey: { kind: 'omnipresent', since: 4000 } })], versions);
  const after = servedOlder(zone, { serial: 1, at: 1_000_100 }).zone;
  expect(stateOf(after, 'A', 'dnskey')).toEqual(old);
  expect(stateOf(after, 'B', 'dnskey')).toEqual({ kind: 'rumoured', since: 4000, from: 'awaited' });
  // Made after B was known to be everywhere: the third version has it.
  expect(servedOlder(zone, { serial: 3, at: 1_000_100 }).zone).toEqual(zone);
  const again = published(after, { serial: 3, from: 1_000_200 }).zone;
  expect(stateOf(again, 'B', 'dnskey')).toEqual({ kind: 'rumoured', since: 4000, from: 1_000_200 });
});

test('of two versions that were made within one second the later one has the change for sure', () => {
  const zone = zoneOf([key('A', { dnskey: rumoured(100) })], [version(1, 100, { keyTtl: DAY }), version(2, 100), version(3, 200)]);
  const first = published(zone, { serial: 1, from: 150 }).zone;
  expect(stateOf(first, 'A', 'dnskey')).toEqual(rumoured(100));
  const both = published(first, { serial: 2, from: 180 }).zone;
  expect(stateOf(both, 'A', 'dnskey')).toMatchObject({ from: 180 });
  // RFC 7583 3.2.1: a cache may hold the first one, without the key, for its TTL.
  expect(oldVersions(both, 'dnskey', 100, 180)).toBe(180 + DAY);
});

test('later evidence never moves a time forward, and a sighting twice is known', () => {
  const zone = published(zoneOf([key('A', { dnskey: rumoured(100) })], [version(1, 0), version(2, 100)]), { serial: 2, from: 150 }).zone;
  const again = published(zone, { serial: 2, from: 300 });
  expect(again).toEqual({ zone, notes: [{ kind: 'known', serial: 2, from: 150 }] });
});

test('evidence from before the version was made is a contradiction', () => {
  const zone = zoneOf([key('A', { dnskey: rumoured(100) })], [version(2, 100)]);
  const after = published(zone, { serial: 2, from: 99 });
  expect(after.zone).toBe(zone);
  expect(after.notes.map(isContradiction)).toEqual([true]);
  expect(published(zone, { serial: 9, from: 200 }).notes).toEqual([{ kind: 'unknown-serial', serial: 9, newest: 2 }]);
});

test('RFC 7583 1.13: servers that were down come back with an old zone; the time starts again', () => {
  const versions = [version(1, 0), version(2, 100), version(3, 200)];
  const all = published(zoneOf([key('A', { dnskey: rumoured(100), zrrsig: rumoured(200) })], versions), { serial: 3, from: 250 }).zone;
  const back = servedOlder(all, { serial: 2, at: 260 });
  expect(back.notes).toEqual([{ kind: 'went-back', serial: 3, from: 250, older: 2, at: 260 }]);
  expect(stateOf(back.zone, 'A', 'zrrsig')).toEqual(rumoured(200));
  expect(stateOf(back.zone, 'A', 'dnskey')).toEqual({ kind: 'rumoured', since: 100, from: 250 });
  expect(published(back.zone, { serial: 3, from: 400 }).zone.versions.at(-1)?.from).toBe(400);
  expect(servedOlder(zoneOf([], versions), { serial: 1, at: 210 }).notes).toEqual([{ kind: 'still-older', serial: 1, at: 210 }]);
});

test('RFC 7583 1.4 leaves changed TTLs out: a version is kept as long as caches can hold it with its own TTL', () => {
  const old = published(zoneOf([], [version(1, 0, { from: 0, signatureTtl: 10 * DAY }), version(2, 100)]), { serial: 2, from: 150 }).zone;
  const margin = HOUR;
  expect(released(old, version(3, 150 + 10 * DAY + margin - 1), margin).versions.map(({ serial }) => serial)).toEqual([1, 2, 3]);
  expect(released(old, version(3, 150 + 10 * DAY + margin), margin).versions.map(({ serial }) => serial)).toEqual([2, 3]);
  // No evidence, no time passed.
  const unseen = zoneOf([], [version(1, 0, { from: 0 }), version(2, 100)]);
  expect(released(unseen, version(3, 1000 * DAY), margin).versions).toHaveLength(3);
});

/** A true history: version i is made at `made` and with all servers from `everywhere` on; evidence says only what is true at its time. */
const history = fc.array(
  fc.record({ gap: fc.integer({ min: 1, max: 50 }), spread: fc.integer({ min: 0, max: 200 }), changes: fc.boolean() }),
  { minLength: 1, maxLength: 8 },
);

test('lost, delayed, repeated, reordered and impossible evidence never makes a time earlier than the truth', () => {
  fc.assert(
    fc.property(history, fc.array(fc.tuple(fc.nat(7), fc.nat(400), fc.boolean()), { maxLength: 20 }), (steps, looks) => {
      const made = steps.map(({ spread }, i) => {
        const at = steps.slice(0, i + 1).reduce((sum, { gap }) => sum + gap, 0);
        return { serial: i + 1, at, everywhere: at + spread };
      });
      // No server has an older version once all have a newer one.
      const arrived = made.map((_, i) => Math.min(...made.slice(i).map(({ everywhere }) => everywhere)));
      const keys = made.filter((_, i) => steps[i]!.changes).map((one) => key(`K${one.serial}`, { dnskey: rumoured(one.at) }));
      let zone = zoneOf(
        keys,
        made.map((one) => version(one.serial, one.at)),
      );
      for (const [which, delay, isFalse] of looks) {
        const one = made[which % made.length]!;
        const from = isFalse ? one.at - 1 - delay : arrived[which % made.length]! + delay;
        zone = published(zone, { serial: one.serial, from }).zone;
      }
      for (const [i, one] of made.entries()) {
        const { from } = zone.versions[i]!;
        expect(from === 'awaited' || from >= arrived[i]!).toBe(true);
        const state = stateOf(zone, `K${one.serial}`, 'dnskey');
        if (state?.kind === 'rumoured') expect(state.from).toBe(from);
      }
    }),
    { numRuns: 500 },
  );
});

test('what was seen before a server went back proves nothing: neither the same evidence again nor evidence that comes late', () => {
  const zone = zoneOf([], [version(1, 0), version(2, 100)]);
  const seen = published(zone, { serial: 2, from: 150 }).zone;
  const back = servedOlder(seen, { serial: 1, at: 200 }).zone;
  expect(published(back, { serial: 2, from: 150 }).zone.versions[1]!.from).toBe('awaited');
  expect(published(back, { serial: 2, from: 201 }).zone.versions[1]!.from).toBe(201);
  const older = servedOlder(zone, { serial: 1, at: 200 }).zone;
  expect(published(older, { serial: 2, from: 150 }).zone.versions[1]!.from).toBe('awaited');
});
