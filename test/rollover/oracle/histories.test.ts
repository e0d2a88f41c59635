import { expect, test } from 'vitest';
import { type CheckOptions, checkWorld } from '../../../keystore/rollover/simulate/check.ts';
import type { World } from '../../../keystore/rollover/simulate/history.ts';
import { storyOf } from '../../../keystore/rollover/simulate/story.ts';
import { A, worldOf } from './world.ts';

/**
 * What took zones off the net, as histories of one shape: the order of steps and the waits that were left out are those of the reports, times and
 * TTLs round numbers.
 */

const HOUR = 3600;
const DAY = 86_400;
const at = (text: string): number => Date.parse(text) / 1000;
const told = (world: World, options: CheckOptions = {}): readonly string[] => storyOf(checkWorld(world, options)!).trimEnd().split('\n');
const shifted = (day: string) => (after: number) => at(`${day}T00:00:00Z`) + after;

test('.nz 2023: the old KSK leaves while DS RRsets with it are remembered for a day, longer than was thought', () => {
  const on = shifted('2023-05-29');
  const world = (wait: number) =>
    worldOf(A, {
      keys: [
        [on(-30 * DAY), 'K1 Z1/K1'],
        [on(-7 * DAY), 'K1 K2 Z1/K1 K2'],
        [on(wait), 'K2 Z1/K2'],
      ],
      data: [[on(-30 * DAY), 'Z1']],
      parent: [
        [on(-30 * DAY), 'K1'],
        [on(0), 'K2'],
      ],
    });
  expect(told(world(2 * HOUR))).toEqual([
    'At 2023-05-29T02:00:00Z a resolver answers SERVFAIL.',
    'It accepts any one valid path (profile L, RFC 6840 5.11), and knows all algorithms.',
    '2023-05-29T01:00:00Z: it gets the DS RRset of K1 from a server of the parent that still gives out what was there before 2023-05-29T00:00:00Z (the last one does so until 2023-05-29T01:00:00Z); TTL 1d, kept until before 2023-05-30T01:00:00Z.',
    '2023-05-29T02:00:00Z: it gets the DNSKEY RRset with K2 and Z1, signed by K2 from a server of the zone; TTL 1h, kept until before 2023-05-29T03:00:00Z.',
    '2023-05-29T02:00:00Z: it gets data (first signed) signed by Z1 from a server of the zone; TTL 1d, kept until before 2023-05-30T02:00:00Z.',
    '2023-05-29T02:00:00Z: the DS RRset names K1, which the DNSKEY RRset does not have: no chain of trust.',
  ]);
  // RFC 7583 3.3.1: Iret = DprpP + TTLds
  expect(checkWorld(world(25 * HOUR - 1))?.at).toBe(on(25 * HOUR - 1));
  expect(checkWorld(world(25 * HOUR))).toBeUndefined();
});

test('slack.com 2021: DNSKEY and signatures leave while the DS is remembered for a day', () => {
  const on = shifted('2021-09-30');
  const world = (wait: number) =>
    worldOf(A, {
      keys: [
        [on(-30 * DAY), 'C1/C1'],
        [on(wait), ''],
      ],
      data: [
        [on(-30 * DAY), 'C1'],
        [on(wait), ''],
      ],
      parent: [
        [on(-30 * DAY), 'C1'],
        [on(0), ''],
      ],
    });
  const insecureAllowed = [{ from: on(0), to: Number.POSITIVE_INFINITY }];
  expect(told(world(HOUR), { insecureAllowed })).toEqual([
    'At 2021-09-30T01:00:00Z a resolver answers SERVFAIL.',
    'It accepts any one valid path (profile L, RFC 6840 5.11), and knows all algorithms.',
    '2021-09-30T01:00:00Z: it gets the DS RRset of C1 from a server of the parent that still gives out what was there before 2021-09-30T00:00:00Z (the last one does so until 2021-09-30T01:00:00Z); TTL 1d, kept until before 2021-10-01T01:00:00Z.',
    '2021-09-30T01:00:00Z: it gets the DNSKEY RRset with C1, signed by C1 from a server of the zone, in the last moment before the next version; TTL 1h, kept until before 2021-09-30T02:00:00Z.',
    '2021-09-30T01:00:00Z: it gets data (first signed) without signature from a server of the zone; TTL 1d, kept until before 2021-10-01T01:00:00Z.',
    '2021-09-30T01:00:00Z: data (first signed) without signature under a DS RRset that says the zone is signed by C1.',
  ]);
  expect(checkWorld(world(25 * HOUR - 1), { insecureAllowed })?.verdict.kind).toBe('bogus');
  expect(checkWorld(world(25 * HOUR), { insecureAllowed, keepers: 'none' })).toBeUndefined();
  expect(checkWorld(world(26 * HOUR), { insecureAllowed })).toBeUndefined();
});

test('going insecure as soon as no cache has the DS: who validated the DNSKEY RRset just before finds unsigned data bogus for TTLkey', () => {
  const on = shifted('2027-03-02');
  const world = (unsigned: number) =>
    worldOf(A, {
      keys: [
        [on(-30 * DAY), 'K1 Z1/K1'],
        [on(unsigned), ''],
      ],
      data: [
        [on(-30 * DAY), 'Z1'],
        [on(unsigned), ''],
      ],
      parent: [
        [on(-30 * DAY), 'K1'],
        [on(0), ''],
      ],
    });
  const insecureAllowed = [{ from: on(0), to: Number.POSITIVE_INFINITY }];
  // DprpP 1 h, TTLds 1 d, TTLkey 1 h.
  expect(checkWorld(world(26 * HOUR), { insecureAllowed })).toBeUndefined();
  expect(checkWorld(world(26 * HOUR - 1), { insecureAllowed })?.at).toBe(on(26 * HOUR - 1));
  expect(told(world(25 * HOUR + 60), { insecureAllowed })).toEqual([
    'At 2027-03-03T01:01:00Z a resolver answers SERVFAIL.',
    'It accepts any one valid path (profile L, RFC 6840 5.11), and knows all algorithms.',
    '2027-03-02T01:00:00Z: it gets the DS RRset of K1 from a server of the parent that still gives out what was there before 2027-03-02T00:00:00Z (the last one does so until 2027-03-02T01:00:00Z); TTL 1d, kept until before 2027-03-03T01:00:00Z.',
    '2027-03-03T01:00:00Z: it gets the DNSKEY RRset with K1 and Z1, signed by K1 from a server of the zone; TTL 1h, kept until before 2027-03-03T02:00:00Z.',
    '2027-03-03T01:00:00Z: it validates the DNSKEY RRset with the DS RRset, in the last moment before that runs out, and keeps it as validated by its own TTL, until before 2027-03-03T02:00:00Z.',
    '2027-03-03T01:01:00Z: it gets data (first signed) without signature from a server of the zone; TTL 1d, kept until before 2027-03-04T01:01:00Z.',
    '2027-03-03T01:01:00Z: data (first signed) without signature for a resolver that has keys of the zone as validated.',
  ]);
});

test('a guide that leaves out the wait for the DS TTL: the old KSK is removed as soon as the parent has the new DS', () => {
  const on = shifted('2027-03-02');
  // All servers of the parent were seen with the new DS: no propagation is left, the TTL is.
  const world = worldOf(
    { ...A, DprpP: 0 },
    {
      keys: [
        [on(-30 * DAY), 'K1 Z1/K1'],
        [on(-2 * HOUR), 'K1 K2 Z1/K1 K2'],
        [on(60), 'K2 Z1/K2'],
      ],
      data: [[on(-30 * DAY), 'Z1']],
      parent: [
        [on(-30 * DAY), 'K1'],
        [on(0), 'K2'],
      ],
    },
  );
  expect(told(world).filter((line) => line.includes('DS RRset'))).toEqual([
    '2027-03-02T00:00:00Z: it gets the DS RRset of K1 from a server of the parent, in the last moment before the next version; TTL 1d, kept until before 2027-03-03T00:00:00Z.',
    '2027-03-02T00:01:00Z: the DS RRset names K1, which the DNSKEY RRset does not have: no chain of trust.',
  ]);
});

test('a manual confirmation of the DS that counts as the end of the wait: the old KSK is gone in the same second', () => {
  const on = shifted('2027-03-02');
  const world = worldOf(A, {
    keys: [
      [on(-30 * DAY), 'K1 Z1/K1'],
      [on(-2 * HOUR), 'K1 K2 Z1/K1 K2'],
      [on(0), 'K2 Z1/K2'],
    ],
    data: [[on(-30 * DAY), 'Z1']],
    parent: [
      [on(-30 * DAY), 'K1'],
      [on(0), 'K2'],
    ],
  });
  expect(told(world)).toEqual([
    'At 2027-03-02T00:00:00Z a resolver answers SERVFAIL.',
    'It accepts any one valid path (profile L, RFC 6840 5.11), and knows all algorithms.',
    '2027-03-02T00:00:00Z: it gets the DS RRset of K1 from a server of the parent, in the last moment before the next version; TTL 1d, kept until before 2027-03-03T00:00:00Z.',
    '2027-03-02T00:00:00Z: it gets the DNSKEY RRset with K2 and Z1, signed by K2 from a server of the zone; TTL 1h, kept until before 2027-03-02T01:00:00Z.',
    '2027-03-02T00:00:00Z: it gets data (first signed) signed by Z1 from a server of the zone; TTL 1d, kept until before 2027-03-03T00:00:00Z.',
    '2027-03-02T00:00:00Z: the DS RRset names K1, which the DNSKEY RRset does not have: no chain of trust.',
  ]);
});

test('.ru 2024, .de 2026: data are signed by another key than the published one, of the same tag: bogus from the first second', () => {
  const on = shifted('2026-05-05');
  const world = worldOf(A, {
    keys: [
      [on(-30 * DAY), 'K1 Z1/K1'],
      [on(-3 * DAY), 'K1 Z1 Z2/K1'],
    ],
    data: [
      [on(-30 * DAY), 'Z1'],
      [on(0), 'Z2-of-the-other-token'],
    ],
    parent: [[on(-30 * DAY), 'K1']],
  });
  expect(told(world)).toEqual([
    'At 2026-05-05T00:00:00Z a resolver answers SERVFAIL.',
    'It accepts any one valid path (profile L, RFC 6840 5.11), and knows all algorithms.',
    '2026-05-05T00:00:00Z: it gets the DS RRset of K1 from a server of the parent; TTL 1d, kept until before 2026-05-06T00:00:00Z.',
    '2026-05-05T00:00:00Z: it gets the DNSKEY RRset with K1, Z1 and Z2, signed by K1 from a server of the zone; TTL 1h, kept until before 2026-05-05T01:00:00Z.',
    '2026-05-05T00:00:00Z: it gets data (first signed) signed by Z2-of-the-other-token from a server of the zone; TTL 1d, kept until before 2026-05-06T00:00:00Z.',
    '2026-05-05T00:00:00Z: data (first signed) signed by Z2-of-the-other-token only, which the DNSKEY RRset does not have as a key to sign with: no signature counts.',
  ]);
});

test('.se 2022: a part of the signatures is not by any key of the zone, while the rest is good', () => {
  const on = shifted('2022-02-04');
  const good = worldOf(A, { keys: [[on(-30 * DAY), 'K1 Z1/K1']], data: [[on(-30 * DAY), 'Z1']], parent: [[on(-30 * DAY), 'K1']] });
  const world: World = {
    ...good,
    operators: good.operators.map((operator) => ({
      ...operator,
      data: [
        ...operator.data,
        {
          name: 'some delegations',
          versions: [
            { at: on(-30 * DAY), content: { signers: ['Z1'], ttl: HOUR } },
            { at: on(0), content: { signers: ['bad signature'], ttl: HOUR } },
          ],
        },
      ],
    })),
  };
  expect(checkWorld(good)).toBeUndefined();
  expect(told(world).slice(-2)).toEqual([
    '2022-02-04T00:00:00Z: it gets data (some delegations) signed by bad signature from a server of the zone; TTL 1h, kept until before 2022-02-04T01:00:00Z.',
    '2022-02-04T00:00:00Z: data (some delegations) signed by bad signature only, which the DNSKEY RRset does not have as a key to sign with: no signature counts.',
  ]);
});
