import { sameSet } from './contents.ts';
import type { DsObserved, DsTtl, KeyName, RecordState, RollKey, ZoneRoll } from './model.ts';
import type { Note, Observation } from './observe-notes.ts';

/** One look at all servers of the parent zone. */
export interface DsEvidence {
  readonly at: number;
  /** All servers answered, and with the same set. */
  readonly agree: boolean;
  /** Keys whose DS some server has; where they agree: the set. */
  readonly keys: readonly KeyName[];
  /** Where they do not agree: keys whose DS every server has; unknown if left out. */
  readonly everywhere?: readonly KeyName[];
  /** Largest TTL seen. */
  readonly ttl: number;
}

/**
 * The DS RRset as it is at the parent. A record's time begins when all servers were seen with it (or without it), and runs without a break: it
 * starts again when they differ, or when the DS goes and comes back. An observation older than the last never makes anything certain, but it can
 * show that the set was not there without a break. One from before the record was asked for says nothing about it.
 */
export function observeDs(zone: ZoneRoll, evidence: DsEvidence): Observation {
  const last = zone.parent.observed;
  if (last.kind !== 'unknown' && evidence.at < last.at) return older(zone, last, evidence);
  if (last.kind !== 'unknown' && evidence.at === last.at) return sameMoment(zone, last, evidence);
  return evidence.agree ? settled(zone, evidence) : mixed(zone, evidence, { kind: 'ds-mixed', at: evidence.at });
}

/** An operator's word about the DS of one key, at all servers of the parent; about the others it says nothing. */
export interface DsWord {
  readonly key: KeyName;
  readonly kind: 'seen' | 'gone';
  readonly at: number;
}

/** As observeDs(): the set is what was known before, with this key or without it. */
export function attestDs(zone: ZoneRoll, { key, kind, at }: DsWord): Observation {
  const others = knownSet(zone).filter((name) => name !== key);
  const { observed } = zone.parent;
  const ttl = observed.kind === 'unknown' ? 0 : (observed.ttl ?? 0);
  const keys = kind === 'seen' ? [...others, key] : others;
  const evidence: DsEvidence = { at, agree: true, keys, ttl };
  // Two words about one moment are about two keys, and do not contradict each other.
  return observed.kind === 'settled' && at === observed.at ? settled(zone, evidence) : observeDs(zone, evidence);
}

/** Where the set is not settled: what is thought to be there until the contrary is told. */
function knownSet({ keys, parent: { observed } }: ZoneRoll): readonly KeyName[] {
  if (observed.kind === 'settled') return observed.keys;
  const isThere = ({ records: { ds } }: RollKey): boolean =>
    ds?.kind === 'omnipresent' ||
    (ds?.kind === 'rumoured' && ds.from !== 'awaited') ||
    (ds?.kind === 'unretentive' && ds.from === 'awaited');
  return keys.filter(isThere).map(({ name }) => name);
}

/** What is told late: that the set was another one in between. The last look is then the first that is known to have it as it is. */
function older(zone: ZoneRoll, last: Exclude<DsObserved, { kind: 'unknown' }>, { at, agree, keys }: DsEvidence): Observation {
  const isBreak = last.kind === 'settled' && at >= last.from && !(agree && sameSet(last.keys, keys));
  if (!isBreak) return { zone, notes: [{ kind: 'ds-reordered', at, last: last.at }] };
  const changed = zone.keys.map((key) => afterBreak(key, keys.includes(key.name), agree, last.at));
  return {
    zone: { ...zone, keys: changed, parent: { ...zone.parent, observed: { ...last, from: last.at } } },
    notes: [{ kind: 'ds-disputed', at }],
  };
}

/** @param from when the set was back */
function afterBreak(key: RollKey, wasThere: boolean, wasSettled: boolean, from: number): RollKey {
  const state = key.records.ds ?? { kind: 'hidden' };
  switch (state.kind) {
    case 'hidden':
      return wasThere ? withDs(key, { kind: 'unretentive', since: from, from }) : key;
    case 'omnipresent':
      return wasThere && wasSettled ? key : withDs(key, { kind: 'rumoured', since: from, from });
    case 'rumoured':
    case 'unretentive':
      return state.from === 'awaited' || state.from >= from ? key : withDs(key, { ...state, from });
    default:
      return state satisfies never;
  }
}

function sameMoment(zone: ZoneRoll, last: Exclude<DsObserved, { kind: 'unknown' }>, evidence: DsEvidence): Observation {
  const { at, keys, agree } = evidence;
  if (last.kind === 'settled' && agree && sameSet(last.keys, keys))
    return { zone, notes: [{ kind: 'ds-same', keys: last.keys, from: last.from, at }] };
  if (last.kind === 'mixed')
    return mixed(zone, agree ? { ...evidence, everywhere: keys } : evidence, { kind: agree ? 'ds-disputed' : 'ds-mixed', at });
  const union = [...new Set([...last.keys, ...keys])];
  const both = last.keys.filter((key) => (evidence.everywhere ?? keys).includes(key));
  return mixed(zone, { ...evidence, keys: union, everywhere: both }, { kind: 'ds-disputed', at });
}

function settled(zone: ZoneRoll, evidence: DsEvidence): Observation {
  const last = zone.parent.observed;
  const keys = [...evidence.keys].sort();
  const isSame = last.kind === 'settled' && sameSet(last.keys, keys);
  const from = isSame ? last.from : evidence.at;
  const seen = new Set(keys);
  const changed = zone.keys.map((key) => afterLook(key, seen.has(key.name), evidence.at, from));
  const observed: DsObserved = { kind: 'settled', keys, from, at: evidence.at, ...ttlOf(zone, evidence.ttl, evidence.at) };
  const first: Note = isSame ? { kind: 'ds-same', keys, from, at: evidence.at } : { kind: 'ds-changed', keys, from };
  return {
    zone: { ...zone, keys: changed, parent: { ...zone.parent, observed } },
    notes: [first, ...(isSame ? [] : contradictions(zone, seen, seen, evidence.at))],
  };
}

/** @param from since when the parent has this very set */
function afterLook(key: RollKey, isThere: boolean, at: number, from: number): RollKey {
  const state = key.records.ds ?? { kind: 'hidden' };
  switch (state.kind) {
    case 'hidden':
      // Unknown is never taken for absent: somebody handed it in, and caches get it.
      return isThere ? withDs(key, { kind: 'rumoured', since: at, from: at }) : key;
    case 'omnipresent':
      return isThere ? key : withDs(key, { kind: 'unretentive', since: at, from: at });
    case 'rumoured':
    case 'unretentive': {
      const isAsWanted = isThere === (state.kind === 'rumoured');
      if (!isAsWanted) return state.from === 'awaited' ? key : withDs(key, { ...state, from: 'awaited' });
      if (at < state.since || state.from !== 'awaited') return key;
      return withDs(key, { ...state, from: Math.max(from, state.since) });
    }
    default:
      return state satisfies never;
  }
}

/** Servers that differ: nothing uncertain becomes certain, and what only some servers have or lack is uncertain. */
function mixed(zone: ZoneRoll, { at, keys, everywhere, ttl }: DsEvidence, first: Note): Observation {
  const some = new Set(keys);
  const all = everywhere === undefined ? some : new Set(everywhere);
  const changed = zone.keys.map((key) => afterDispute(key, some.has(key.name), all.has(key.name), everywhere !== undefined, at));
  return {
    zone: { ...zone, keys: changed, parent: { ...zone.parent, observed: { kind: 'mixed', at, ...ttlOf(zone, ttl, at) } } },
    notes: [first, ...contradictions(zone, some, all, at)],
  };
}

function afterDispute(key: RollKey, isSomewhere: boolean, isEverywhere: boolean, isTold: boolean, at: number): RollKey {
  const state = key.records.ds ?? { kind: 'hidden' };
  switch (state.kind) {
    case 'hidden':
      return isSomewhere ? withDs(key, { kind: 'rumoured', since: at, from: 'awaited' }) : key;
    case 'omnipresent':
      return isEverywhere ? key : withDs(key, { kind: 'unretentive', since: at, from: 'awaited' });
    case 'rumoured':
      return state.from === 'awaited' || (isTold && isEverywhere) ? key : withDs(key, { ...state, from: 'awaited' });
    case 'unretentive':
      return state.from === 'awaited' || (isTold && !isSomewhere) ? key : withDs(key, { ...state, from: 'awaited' });
    default:
      return state satisfies never;
  }
}

function contradictions(zone: ZoneRoll, some: ReadonlySet<KeyName>, all: ReadonlySet<KeyName>, at: number): readonly Note[] {
  const known = new Set(zone.keys.map(({ name }) => name));
  const byKey = zone.keys.flatMap((key): readonly Note[] => {
    const kind = key.records.ds?.kind ?? 'hidden';
    if (kind === 'omnipresent' && !all.has(key.name)) return [{ kind: 'ds-vanished', key: key.name, at }];
    if (kind === 'hidden' && some.has(key.name)) return [{ kind: 'ds-unasked', key: key.name, at }];
    return [];
  });
  const strangers = [...some].filter((key) => !known.has(key)).map((key): Note => ({ kind: 'ds-unknown', key, at }));
  return [...byKey, ...strangers];
}

/** A TTL that was lowered counts when caches cannot hold the larger one any more, and no DS is under way that the larger one was told for. */
function ttlOf({ keys, parent: { observed } }: ZoneRoll, seen: number, at: number): DsTtl {
  const known = observed.kind === 'unknown' ? undefined : observed.ttl;
  if (observed.kind === 'unknown' || known === undefined || seen >= known) return { ttl: seen };
  const lower = { ttl: Math.max(observed.lower?.ttl ?? 0, seen), since: observed.lower?.since ?? at };
  const isUnderWay = keys.some(({ records: { ds } }) => (ds?.kind === 'rumoured' || ds?.kind === 'unretentive') && ds.from !== 'awaited');
  return at >= lower.since + known && !isUnderWay ? { ttl: lower.ttl } : { ttl: known, lower };
}

const withDs = (key: RollKey, ds: RecordState): RollKey => ({ ...key, records: { ...key.records, ds } });
