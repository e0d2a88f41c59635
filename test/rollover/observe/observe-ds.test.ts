import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ZoneRoll } from '../../../keystore/rollover/model.ts';
import { attestDs, type DsEvidence, observeDs } from '../../../keystore/rollover/observe-ds.ts';
import { isContradiction } from '../../../keystore/rollover/observe-notes.ts';
import { DAY, HOUR, key, omnipresent, rumoured, stateOf, unretentive, zoneOf } from './support.ts';

const swap = (): ZoneRoll =>
  zoneOf([
    key('A', { ds: unretentive(100) }, { goals: { ds: 'hidden' } }),
    key('B', { ds: rumoured(100) }, { goals: { ds: 'omnipresent' } }),
  ]);
const look = (at: number, ...keys: string[]): DsEvidence => ({ at, agree: true, keys, ttl: DAY });
const all = (zone: ZoneRoll, ...looks: readonly DsEvidence[]): ZoneRoll =>
  looks.reduce((one, evidence) => observeDs(one, evidence).zone, zone);

test('RFC 7583 3.3.1: Dreg ends with the appearance of the DS, and each record has its own time', () => {
  const added = all(swap(), look(150, 'A'), look(200, 'A', 'B'));
  expect(stateOf(added, 'B', 'ds')).toEqual({ kind: 'rumoured', since: 100, from: 200 });
  expect(stateOf(added, 'A', 'ds')).toEqual(unretentive(100));
  const swapped = all(added, look(300, 'B'), look(400, 'B'));
  expect(stateOf(swapped, 'B', 'ds')).toMatchObject({ from: 200 });
  expect(stateOf(swapped, 'A', 'ds')).toEqual({ kind: 'unretentive', since: 100, from: 300 });
  expect(swapped.parent.observed).toMatchObject({ kind: 'settled', keys: ['B'], from: 300, at: 400 });
});

test('a DS that was seen, withdrawn and added again starts its clock again', () => {
  expect(stateOf(all(swap(), look(200, 'B'), look(300, 'A'), look(400, 'B')), 'B', 'ds')).toMatchObject({ from: 400 });
  expect(stateOf(all(swap(), look(200, 'B'), { at: 300, agree: false, keys: ['B'], ttl: DAY }, look(400, 'B')), 'B', 'ds')).toMatchObject({
    from: 400,
  });
});

test('servers that differ about another key do not break the time of this one, where that is told', () => {
  const zone = all(swap(), look(200, 'A', 'B'), { at: 300, agree: false, keys: ['A', 'B'], everywhere: ['B'], ttl: DAY });
  expect(stateOf(zone, 'B', 'ds')).toMatchObject({ from: 200 });
  expect(zone.parent.observed).toEqual({ kind: 'mixed', at: 300, settledFrom: 200, ttl: DAY });
});

test('evidence from before the request says nothing about it', () => {
  expect(stateOf(all(swap(), look(50, 'B')), 'B', 'ds')).toEqual(rumoured(100));
  // The same set, seen again after the request: it was there all the while, and counts from the request on.
  expect(stateOf(all(swap(), look(50, 'B'), look(120, 'B')), 'B', 'ds')).toMatchObject({ from: 100 });
});

// RFC 4035 5.2: until caches have forgotten it the zone has to fit to it; after that it is as if it had never been.
test('a DS that came unasked and went is on its way out; one that was asked for may come back', () => {
  const request = (keys: readonly string[]): ZoneRoll => {
    const zone = zoneOf([key('A', {}, { goals: { dnskey: 'hidden', krrsig: 'hidden', ds: 'hidden' } })]);
    return { ...zone, parent: { ...zone.parent, request: { keys, at: 100, submittedAt: undefined } } };
  };
  expect(stateOf(all(request([]), look(200, 'A'), look(300)), 'A', 'ds')).toEqual({ kind: 'unretentive', since: 300, from: 300 });
  const dispute: DsEvidence = { at: 250, agree: false, keys: ['A'], ttl: DAY };
  expect(stateOf(all(request([]), look(200, 'A'), dispute, look(300)), 'A', 'ds')).toEqual({ kind: 'unretentive', since: 300, from: 300 });
  expect(stateOf(all(request(['A']), look(200, 'A'), look(300)), 'A', 'ds')).toEqual({ kind: 'rumoured', since: 200, from: 'awaited' });
  // An island of security asks for none, and a spare key has no goal yet.
  const island = zoneOf([key('A', {})]);
  expect(stateOf(all(island, look(200, 'A'), look(300)), 'A', 'ds')).toEqual({ kind: 'unretentive', since: 300, from: 300 });
  expect(stateOf(all(island, look(200, 'A'), look(300), look(400, 'A')), 'A', 'ds')).toEqual({ kind: 'rumoured', since: 400, from: 400 });
  expect(stateOf(all(request([]), look(200, 'A'), look(300), look(400, 'A')), 'A', 'ds')).toEqual(unretentive(300));
});

test('reordered evidence is ignored and told, repeated evidence changes nothing', () => {
  const zone = all(swap(), look(200, 'B'));
  expect(observeDs(zone, look(150, 'A'))).toEqual({ zone, notes: [{ kind: 'ds-reordered', at: 150, last: 200 }] });
  expect(observeDs(zone, look(200, 'B'))).toEqual({ zone, notes: [{ kind: 'ds-same', keys: ['B'], from: 200, at: 200 }] });
  const dispute: DsEvidence = { at: 300, agree: false, keys: ['A', 'B'], ttl: DAY };
  const mixed = all(zone, dispute);
  expect(observeDs(mixed, dispute).zone).toEqual(mixed);
});

test('evidence that comes late and shows that the DS was undone in between (RFC 7344 9) starts its clock again', () => {
  const zone = all(swap(), look(200, 'B'), look(400, 'B'));
  for (const late of [look(300, 'A'), { ...look(300, 'A', 'B'), agree: false }]) {
    const { zone: after, notes } = observeDs(zone, late);
    expect(notes).toEqual([{ kind: 'ds-disputed', at: 300 }]);
    expect(stateOf(after, 'B', 'ds')).toEqual({ kind: 'rumoured', since: 100, from: 400 });
    expect(after.parent.observed).toMatchObject({ kind: 'settled', keys: ['B'], from: 400, at: 400 });
    // Once is enough.
    expect(observeDs(after, late).zone).toEqual(after);
  }
  // What all caches were thought to have or to lack is not so.
  const done = all(zoneOf([key('A', {}), key('B', { ds: omnipresent })]), look(200, 'B'), look(400, 'B'), look(300, 'A'));
  expect(stateOf(done, 'B', 'ds')).toEqual({ kind: 'rumoured', since: 400, from: 400 });
  expect(stateOf(done, 'A', 'ds')).toEqual({ kind: 'unretentive', since: 400, from: 400 });
  expect(observeDs(zone, look(300, 'B')).zone).toEqual(zone);
});

test('two observations of one moment that differ are servers that do not agree', () => {
  const after = observeDs(all(swap(), look(200, 'B')), look(200, 'A'));
  expect(after.notes.map(({ kind }) => kind)).toContain('ds-disputed');
  expect(after.zone.parent.observed.kind).toBe('mixed');
  expect(stateOf(after.zone, 'B', 'ds')).toEqual(rumoured(100));
});

test('a DS that all caches had and that is gone counts as gone; one that nobody asked for counts as there', () => {
  const zone = zoneOf([key('A', { ds: omnipresent }), key('B', { ds: omnipresent }), key('C', {})]);
  const after = observeDs(zone, look(200, 'A', 'C', '?4711-13-x'));
  expect(after.notes.filter(isContradiction).map(({ kind }) => kind)).toEqual(['ds-vanished', 'ds-unasked', 'ds-unknown']);
  expect(stateOf(after.zone, 'B', 'ds')).toEqual({ kind: 'unretentive', since: 200, from: 200 });
  expect(stateOf(after.zone, 'C', 'ds')).toEqual({ kind: 'rumoured', since: 200, from: 200 });
  expect(stateOf(after.zone, 'A', 'ds')).toEqual(omnipresent);
});

test('a lower TTL of the DS counts when caches cannot hold the larger any more', () => {
  const ttl = (zone: ZoneRoll) => (zone.parent.observed.kind === 'settled' ? zone.parent.observed.ttl : undefined);
  const zone = zoneOf([key('A', { ds: omnipresent })]);
  const at = (when: number, seconds: number): DsEvidence => ({ at: when, agree: true, keys: ['A'], ttl: seconds });
  const lowered = all(zone, at(1000, DAY), at(2000, HOUR));
  expect(ttl(lowered)).toBe(DAY);
  expect(ttl(all(lowered, at(2000 + DAY - 1, HOUR)))).toBe(DAY);
  expect(ttl(all(lowered, at(2000 + DAY, HOUR)))).toBe(HOUR);
  expect(ttl(all(lowered, at(3000, 2 * DAY)))).toBe(2 * DAY);
});

// RFC 7583 appendix A: TTLds is the TTL that caches have it with; which one that is does not change by being told late.
test('a larger TTL that is told late counts as long as caches can hold it', () => {
  const observed = (zone: ZoneRoll) => zone.parent.observed;
  const at = (when: number, seconds: number): DsEvidence => ({ at: when, agree: true, keys: ['A'], ttl: seconds });
  const known = all(zoneOf([key('A', { ds: omnipresent })]), at(1000, HOUR), at(3000, HOUR));
  const late = observeDs(known, at(2000, DAY));
  expect(late.notes).toEqual([
    { kind: 'ds-reordered', at: 2000, last: 3000 },
    { kind: 'ds-ttl', ttl: DAY, at: 2000 },
  ]);
  expect(observed(late.zone)).toMatchObject({ from: 1000, at: 3000, ttl: DAY });
  expect(observed(all(late.zone, at(3000 + DAY - 1, HOUR)))).toMatchObject({ ttl: DAY });
  expect(observed(all(late.zone, at(3000 + DAY, HOUR)))).toMatchObject({ ttl: HOUR });
  expect(observed(all(known, at(3000, DAY))), 'the same moment').toMatchObject({ ttl: DAY, from: 1000 });
  // While the smaller one waits to count: it was not that small all the while.
  const lowered = all(zoneOf([key('A', { ds: omnipresent })]), at(1000, DAY), at(2000, HOUR), at(4000, HOUR));
  expect(observed(all(lowered, at(3000, 2 * HOUR), at(2000 + DAY, HOUR)))).toMatchObject({ ttl: 2 * HOUR });
  expect(observed(all(lowered, at(1500, 2 * HOUR)))).toEqual(observed(lowered));
});

test('what is told late counts too while the servers do not agree', () => {
  const dispute: DsEvidence = { at: 400, agree: false, keys: ['A', 'B'], everywhere: ['B'], ttl: HOUR };
  const zone = all(swap(), look(150, 'A'), look(200, 'A', 'B'), dispute);
  expect(stateOf(zone, 'B', 'ds')).toMatchObject({ from: 200 });
  const late = observeDs(zone, look(300, 'A'));
  expect(late.notes).toEqual([{ kind: 'ds-disputed', at: 300 }]);
  expect(stateOf(late.zone, 'B', 'ds')).toMatchObject({ kind: 'rumoured', from: 'awaited' });
  expect(observeDs(zone, { ...look(300, 'A', 'B'), ttl: 2 * DAY }).zone.parent.observed).toMatchObject({ kind: 'mixed', ttl: 2 * DAY });
  expect(observeDs(zone, look(180, 'A')).zone, 'from before it was there').toEqual(zone);
  const certain = all(zoneOf([key('A', {}), key('B', { ds: omnipresent })]), look(200, 'B'), { ...dispute, keys: ['B'] });
  const undone = observeDs(certain, look(300, 'A')).zone;
  expect(stateOf(undone, 'B', 'ds')).toEqual({ kind: 'rumoured', since: 400, from: 'awaited' });
  expect(stateOf(undone, 'A', 'ds')).toEqual({ kind: 'unretentive', since: 400, from: 'awaited' });
  expect(observeDs(certain, look(150, 'A')).zone, 'that was another set, and is over').toEqual(certain);
});

test('a DS that was away before the other one went starts its clock again when that is told late', () => {
  const zone = all(swap(), look(150, 'A'), look(200, 'A', 'B'), look(400, 'B'));
  expect(stateOf(zone, 'B', 'ds')).toMatchObject({ from: 200 });
  expect(stateOf(observeDs(zone, look(300, 'A')).zone, 'B', 'ds')).toMatchObject({ from: 400 });
});

test('an operator’s words are each about one key', () => {
  const seen = attestDs(all(swap(), look(150, 'A')), { key: 'B', kind: 'seen', at: 200 }).zone;
  expect(seen.parent.observed).toMatchObject({ keys: ['A', 'B'] });
  const gone = attestDs(seen, { key: 'A', kind: 'gone', at: 200 }).zone;
  expect(gone.parent.observed).toMatchObject({ kind: 'settled', keys: ['B'], ttl: DAY });
  expect(stateOf(gone, 'A', 'ds')).toMatchObject({ from: 200 });
  expect(stateOf(gone, 'B', 'ds')).toMatchObject({ from: 200 });
  expect(attestDs(gone, { key: 'B', kind: 'gone', at: 150 }).notes).toEqual([{ kind: 'ds-reordered', at: 150, last: 200 }]);
});

test('lost, delayed, repeated, reordered and contradicting evidence never makes the time of a DS earlier than the truth', () => {
  const truth = fc.array(fc.record({ gap: fc.integer({ min: 5, max: 60 }), old: fc.boolean(), new: fc.boolean(), mixed: fc.boolean() }), {
    minLength: 1,
    maxLength: 8,
  });
  fc.assert(
    fc.property(truth, fc.array(fc.tuple(fc.nat(500), fc.nat(3)), { maxLength: 25 }), (phases, looks) => {
      const spans = phases.map((phase, i) => ({ ...phase, at: phases.slice(0, i + 1).reduce((sum, { gap }) => sum + gap, 100) }));
      const stateAt = (when: number) => spans.findLast((span) => span.at <= when) ?? { old: true, new: false, mixed: false, at: 0 };
      let zone = swap();
      let newest = 0;
      // Each repeated moment is told the same; order is that of the list, so many come late.
      for (const [offset, copies] of looks) {
        const when = 50 + offset;
        const { old, new: has, mixed } = stateAt(when);
        const keys = [...(old ? ['A'] : []), ...(has ? ['B'] : [])];
        for (let i = 0; i <= copies; i++)
          zone = observeDs(zone, { at: when, agree: !mixed, keys: mixed ? ['A', 'B'] : keys, ttl: DAY }).zone;
        newest = Math.max(newest, when);
        const state = stateOf(zone, 'B', 'ds');
        if (state?.kind !== 'rumoured' || state.from === 'awaited') continue;
        // At the moment it is counted from, all servers had it, and it was asked for.
        expect(stateAt(state.from)).toMatchObject({ new: true, mixed: false });
        expect(state.from).toBeGreaterThanOrEqual(100);
        expect(stateAt(newest).new && !stateAt(newest).mixed).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});
