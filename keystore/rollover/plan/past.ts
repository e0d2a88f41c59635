import { type Contents, contentsOf } from '../contents.ts';
import type { RecordName, RecordState, RollKey, RollRules, ZoneRoll } from '../model.ts';
import { dsToCome } from './assumed.ts';

/** Moments at which something changed that caches may still hold, ascending; the first is before all of them. */
export interface PastInstants {
  readonly child: readonly number[];
  readonly parent: readonly number[];
}

export function pastInstants(zone: ZoneRoll, rules: RollRules, now: number): PastInstants {
  const timed = withTimes(zone, rules, now);
  const child = new Set<number>();
  const parent = new Set<number>();
  for (const { records, revocation } of timed.keys) {
    for (const [record, state] of Object.entries(records)) {
      if (state.kind === 'rumoured' || state.kind === 'unretentive') (record === 'ds' ? parent : child).add(state.since);
    }
    if (revocation.kind === 'revoked') child.add(revocation.since);
  }
  const start = Math.min(now, ...child, ...parent, ...timed.versions.map(({ at }) => at)) - 1;
  const sorted = (times: ReadonlySet<number>) => [start, ...[...times].sort((a, b) => a - b)];
  return { child: sorted(child), parent: sorted(parent) };
}

/** The record sets at a time that is not later than now, as far as the states tell: what is certain was always so. */
export function contentsAt(zone: ZoneRoll, rules: RollRules, at: number): Contents {
  const { keys, ...rest } = withTimes(zone, rules, at);
  return contentsOf({ ...rest, keys: keys.map((key) => keyAt(key, at)) }, rules);
}

function keyAt(key: RollKey, at: number): RollKey {
  const records = Object.fromEntries(Object.entries(key.records).map(([record, state]) => [record, stateAt(state, at)]));
  const { revocation } = key;
  return { ...key, records, revocation: revocation.kind === 'revoked' && at < revocation.since ? { kind: 'wanted' } : revocation };
}

function stateAt(state: RecordState, at: number): RecordState {
  if (state.kind === 'rumoured') return at < state.since ? { kind: 'hidden' } : state;
  return state.kind === 'unretentive' && at < state.since ? { kind: 'omnipresent', since: state.since } : state;
}

/**
 * Each uncertain record with the moment at which its servers began to change: evidence tells when all of them had it, and Dprp before that the
 * first one may have had it.
 */
function withTimes(zone: ZoneRoll, rules: RollRules, now: number): ZoneRoll {
  const ds = dsToCome(zone, rules, now);
  const timeOf = (record: RecordName, state: Extract<RecordState, { since: number; from: unknown }>): number => {
    if (state.from !== 'awaited')
      return Math.max(state.since, state.from - (record === 'ds' ? rules.parentPropagation : rules.propagation));
    return record === 'ds' && ds !== undefined ? Math.max(state.since, ds.at - rules.parentPropagation) : state.since;
  };
  const timed = (record: RecordName, state: RecordState): RecordState =>
    state.kind === 'rumoured' || state.kind === 'unretentive' ? { ...state, since: timeOf(record, state) } : state;
  return {
    ...zone,
    keys: zone.keys.map((key) => ({
      ...key,
      records: Object.fromEntries(Object.entries(key.records).map(([record, state]) => [record, timed(record as RecordName, state)])),
    })),
  };
}
