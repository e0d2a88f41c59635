import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AnchorStates, afterSeeing, stateOf } from '../../../keystore/rollover/simulate/anchor-states.ts';
import type { DnskeyContent, Version, World } from '../../../keystore/rollover/simulate/history.ts';
import { checkResolver5011, queryInterval } from '../../../keystore/rollover/simulate/resolver-5011.ts';
import { storyOfStranded } from '../../../keystore/rollover/simulate/story-5011.ts';
import { dnskey, ds, signedBy } from '../oracle/world.ts';

const HOUR = 3600;
const DAY = 86_400;

function trustPoint(dprpC: number, versions: readonly Version<DnskeyContent>[]): World {
  return {
    operators: [{ name: 'zone', dprpC, dnskey: versions, data: [{ name: 'data', versions: [{ at: 0, content: signedBy('Z1', HOUR) }] }] }],
    ds: [{ at: 0, content: ds('', HOUR) }],
    dprpP: 0,
    skew: 0,
  };
}

interface Roll {
  readonly DprpC: number;
  readonly TTLkey: number;
}

/** RFC 7583 3.3.4.1. */
const modifiedQueryInterval = ({ TTLkey }: Roll) => Math.max(HOUR, Math.min(15 * DAY, TTLkey / 2));
const itrp = (t: Roll) => Math.max(30 * DAY, t.TTLkey) + 2 * modifiedQueryInterval(t);
const ipubC = (t: Roll) => t.DprpC + Math.max(itrp(t), t.TTLkey);
const irev = (t: Roll) => t.DprpC + modifiedQueryInterval(t);

/** Double-KSK with revocation: K2 is added on day 100, K1 revoked after `ready`, and gone after `revoked` more. */
function rolled(t: Roll, ready = ipubC(t), revoked = irev(t), polls: 'servers' | 'caches' = 'servers') {
  const world = trustPoint(t.DprpC, [
    { at: 0, content: dnskey('K1 Z1/K1', t.TTLkey) },
    { at: 100 * DAY, content: dnskey('K1 K2 Z1/K1 K2', t.TTLkey) },
    { at: 100 * DAY + ready, content: dnskey('!K1 K2 Z1/K1 K2', t.TTLkey) },
    { at: 100 * DAY + ready + revoked, content: dnskey('K2 Z1/K2', t.TTLkey) },
  ]);
  return checkResolver5011(world, { anchors: ['K1'], from: 50 * DAY, until: 100 * DAY + ready + revoked + 60 * DAY, polls });
}

const ROLLS: readonly (readonly [string, Roll, { readonly ready: number; readonly revoked: number }])[] = [
  ['TTLkey 1 h', { DprpC: HOUR, TTLkey: HOUR }, { ready: 30 * DAY + 3 * HOUR, revoked: 2 * HOUR }],
  ['TTLkey 48 h', { DprpC: HOUR, TTLkey: 48 * HOUR }, { ready: 32 * DAY + HOUR, revoked: DAY + HOUR }],
  ['TTLkey 60 d', { DprpC: HOUR, TTLkey: 60 * DAY }, { ready: 90 * DAY + HOUR, revoked: 15 * DAY + HOUR }],
];

test.each(ROLLS)(
  'RFC 7583 3.3.4: with IpubC = DprpC + max(Itrp, TTLkey) and Irev no resolver of RFC 5011 is stranded, %s',
  (_, t, expected) => {
    expect({ ready: ipubC(t), revoked: irev(t) }).toEqual(expected);
    expect(rolled(t)).toBeUndefined();
  },
);

test('RFC 5011 2.4.1: a key that is revoked before the hold-down of its successor is over strands a resolver', () => {
  const t: Roll = { DprpC: HOUR, TTLkey: HOUR };
  const stranded = rolled(t, 30 * DAY)!;
  expect(stranded.states).toEqual({ K1: 'Valid', K2: 'AddPend' });
  expect(stranded.dnskey.content.keys.find(({ id }) => id === 'K1')?.revoked).toBe(true);
  // K1 is revoked on day 130.
  expect(storyOfStranded(stranded).split('\n').slice(2)).toEqual([
    '1970-05-11T00:00:00Z: it gets the DNSKEY RRset with K1, K2 and Z1, K1 revoked, signed by K1 and K2, published 1970-05-11T00:00:00Z.',
    '1970-05-11T00:00:00Z: none of its trust anchors signs that RRset unrevoked.',
    '',
  ]);
  expect(storyOfStranded(stranded)).toContain('K1 is Valid and K2 is AddPend.');
});

test('every phase counts: what the hold-down takes is found to the second', () => {
  // The last resolver polls in the last second in which a server has the RRset without K2, sees K2 an hour later, and the hold-down of 30 d is a
  // number of hours: the poll at its end makes K2 Valid, unless it sees K1 revoked already.
  const t: Roll = { DprpC: 100, TTLkey: 2 * HOUR };
  const tight = t.DprpC + HOUR + 30 * DAY;
  expect(rolled(t, tight)).toBeUndefined();
  expect(rolled(t, tight - 1)?.states).toEqual({ K1: 'Valid', K2: 'AddPend' });
});

test('polls that caches in between answer take TTLkey longer', () => {
  const t: Roll = { DprpC: 100, TTLkey: 2 * HOUR };
  const tight = t.DprpC + t.TTLkey + HOUR + 30 * DAY;
  expect(rolled(t, tight, irev(t), 'caches')).toBeUndefined();
  expect(rolled(t, tight - 1, irev(t), 'caches')?.states).toEqual({ K1: 'Valid', K2: 'AddPend' });
  expect(tight).toBeGreaterThan(ipubC(t));
});

test('the wait that is found is the one counted in whole polls, whatever the times; the formula is never shorter', () => {
  const anyRoll = fc.record({
    DprpC: fc.integer({ min: 0, max: 2 * DAY }),
    TTLkey: fc.integer({ min: HOUR, max: 4 * DAY }).map((n) => n * 2),
  });
  fc.assert(
    fc.property(anyRoll, (t) => {
      const interval = modifiedQueryInterval(t);
      // The last poll that can miss K2 is DprpC - 1 after its publication; without delay no poll misses it, and the one before is at -1.
      const tight = t.DprpC + interval + Math.ceil((30 * DAY) / interval) * interval;
      expect(tight).toBeLessThanOrEqual(ipubC(t));
      expect(rolled(t, tight)).toBeUndefined();
      expect(rolled(t, tight - 1)).toBeDefined();
    }),
    { numRuns: 60 },
  );
});

test('RFC 5011 2.2: an RRset without the new key, seen while it is held down, starts the count again', () => {
  const slip = (gap: boolean) =>
    trustPoint(HOUR, [
      { at: 0, content: dnskey('K1 Z1/K1', HOUR) },
      { at: 100 * DAY, content: dnskey('K1 K2 Z1/K1 K2', HOUR) },
      ...(gap
        ? [
            { at: 110 * DAY, content: dnskey('K1 Z1/K1', HOUR) },
            { at: 110 * DAY + 600, content: dnskey('K1 K2 Z1/K1 K2', HOUR) },
          ]
        : []),
      { at: 135 * DAY, content: dnskey('K2 Z1/K2', HOUR) },
    ]);
  const resolver = { anchors: ['K1'], from: 90 * DAY, until: 150 * DAY };
  expect(checkResolver5011(slip(false), resolver)).toBeUndefined();
  expect(checkResolver5011(slip(true), resolver)).toMatchObject({ states: { K2: 'AddPend' } });
});

test('RFC 5011 2.3: queryInterval = MAX(1 hr, MIN (15 days, 1/2*OrigTTL, 1/2*RRSigExpirationInterval))', () => {
  expect(queryInterval(dnskey('K1/K1', 60))).toBe(HOUR);
  expect(queryInterval(dnskey('K1/K1', 4 * HOUR))).toBe(2 * HOUR);
  expect(queryInterval(dnskey('K1/K1', 60 * DAY))).toBe(15 * DAY);
  expect(queryInterval({ ...dnskey('K1/K1', 60 * DAY), validity: { inception: 0, expiration: 4 * DAY } })).toBe(2 * DAY);
});

describe('RFC 7583 3.3.4: a key that leaves is revoked, and every resolver sees it', () => {
  const gone = (revoked: number | undefined) =>
    trustPoint(HOUR, [
      { at: 0, content: dnskey('K1 K2 Z1/K1 K2', HOUR) },
      ...(revoked === undefined ? [] : [{ at: 100 * DAY - revoked, content: dnskey('!K1 K2 Z1/K1 K2', HOUR) }]),
      { at: 100 * DAY, content: dnskey('K2 Z1/K2', HOUR) },
    ]);
  const resolver = { anchors: ['K1', 'K2'], from: 50 * DAY, until: 120 * DAY };

  test('Irev = DprpC + modifiedQueryInterval is enough, and a second less is not', () => {
    const irevHere = irev({ DprpC: HOUR, TTLkey: HOUR });
    expect(checkResolver5011(gone(irevHere), { ...resolver, learnsRevocations: true })).toBeUndefined();
    expect(checkResolver5011(gone(irevHere - 1), { ...resolver, learnsRevocations: true })).toMatchObject({ unlearnt: 'K1' });
  });

  test('one that is only taken away is trusted for good; nobody is stranded by that', () => {
    expect(checkResolver5011(gone(undefined), resolver)).toBeUndefined();
    const found = checkResolver5011(gone(undefined), { ...resolver, learnsRevocations: true })!;
    expect(found).toMatchObject({ unlearnt: 'K1', states: { K1: 'Missing', K2: 'Valid' } });
    expect(storyOfStranded(found)).toContain('trusts K1 for good, which has left the zone.');
    expect(storyOfStranded(found)).toContain('no RRset that it met has K1 with the REVOKE bit, and none will.');
  });
});

test('RFC 5011 5: a trust point all of whose keys are revoked is one no more; where that is not meant, its resolvers are stranded', () => {
  const world = trustPoint(HOUR, [
    { at: 0, content: dnskey('K1 Z1/K1', HOUR) },
    { at: 100 * DAY, content: dnskey('!K1 Z1/K1', HOUR) },
    { at: 131 * DAY, content: dnskey('', HOUR) },
  ]);
  const resolver = { anchors: ['K1'], from: 50 * DAY, until: 140 * DAY, learnsRevocations: true };
  expect(checkResolver5011(world, { ...resolver, endsAsTrustPoint: true })).toBeUndefined();
  expect(checkResolver5011(world, resolver)).toMatchObject({ states: { K1: 'Valid' } });
});

describe('RFC 5011 4: the states of a key', () => {
  const start: AnchorStates = new Map([['K1', { kind: 'valid' }]]);
  const see = (states: AnchorStates, text: string, at: number) => afterSeeing(states, dnskey(text, HOUR), at)!;

  test('a new SEP key goes through AddPend to Valid, a ZSK does not', () => {
    const pending = see(start, 'K1 K2 Z1/K1 K2', 0);
    expect([stateOf(pending, 'K2'), stateOf(pending, 'Z1')]).toEqual(['AddPend', 'Start']);
    expect(stateOf(see(pending, 'K1 K2 Z1/K1 K2', 30 * DAY - 1), 'K2')).toBe('AddPend');
    expect(stateOf(see(pending, 'K1 K2 Z1/K1 K2', 30 * DAY), 'K2')).toBe('Valid');
    expect(stateOf(see(pending, 'K1 Z1/K1', 5), 'K2')).toBe('Start');
  });

  test('a Valid key that is not there is Missing and comes back; revoked, it never does', () => {
    const two = see(see(start, 'K1 K2/K1 K2', 0), 'K1 K2/K1 K2', 30 * DAY);
    const missing = see(two, 'K2/K2', 31 * DAY);
    expect(stateOf(missing, 'K1')).toBe('Missing');
    expect(stateOf(see(missing, 'K1 K2/K1 K2', 32 * DAY), 'K1')).toBe('Valid');
    const revoked = see(missing, '!K1 K2/K1 K2', 32 * DAY);
    expect(stateOf(revoked, 'K1')).toBe('Revoked');
    expect(stateOf(see(revoked, 'K1 K2/K1 K2', 33 * DAY), 'K1')).toBe('Revoked');
    expect(stateOf(see(revoked, 'K2/K2', 62 * DAY), 'K1')).toBe('Removed');
    expect(stateOf(see(see(revoked, 'K2/K2', 62 * DAY), 'K1 K2/K1 K2', 99 * DAY), 'K1')).toBe('Removed');
  });

  test('RFC 5011 2.1: the REVOKE bit counts only in an RRset that the revoked key signs', () => {
    const two = see(see(start, 'K1 K2/K1 K2', 0), 'K1 K2/K1 K2', 30 * DAY);
    expect(stateOf(see(two, '!K1 K2/K2', 31 * DAY), 'K1')).toBe('Missing');
  });

  test('RFC 5011 2.2: if all keys that validated the first sighting are revoked, the count starts again', () => {
    const two = see(see(start, 'K1 K2/K1 K2', 0), 'K1 K2/K1 K2', 30 * DAY);
    const third = see(two, 'K1 K2 K3/K1', 40 * DAY);
    const again = see(third, '!K1 K2 K3/K1 K2', 60 * DAY);
    expect(stateOf(see(again, 'K2 K3/K2', 71 * DAY), 'K3')).toBe('AddPend');
    expect(stateOf(see(again, 'K2 K3/K2', 90 * DAY), 'K3')).toBe('Valid');
  });

  test('an RRset that no anchor signs is not taken', () => {
    expect(afterSeeing(start, dnskey('K2/K2', HOUR), 0)).toBeUndefined();
    expect(afterSeeing(start, dnskey('!K1 K2/K1 K2', HOUR), 0)).toBeUndefined();
  });
});
