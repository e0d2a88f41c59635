import { sameSet } from './contents.ts';
import type { Arrival, DsObserved, DsTtl, KeyName, RecordState, RollKey, ZoneRoll } from './model.ts';
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

type Looked = Exclude<DsObserved, { kind: 'unknown' }>;

/**
 * What is told late: that a record was not as it was thought to be in between. Where all servers agree now, the last look is then the first that is
 * known to have it as it is; where they do not, nothing is known since when. A TTL that is told late is one that caches may still go by.
 */
function older(zone: ZoneRoll, last: Looked, evidence: DsEvidence): Observation {
  const { at, agree, keys, everywhere } = evidence;
  const late: LateLook = {
    ...{ at, last, some: new Set(keys) },
    all: agree ? new Set(keys) : everywhere === undefined ? undefined : new Set(everywhere),
  };
  const changed = zone.keys.map((key) => afterLateLook(key, late));
  const ttl = lateTtl(last, evidence.ttl, at);
  const isBreak = last.kind === 'settled' && at >= last.from && !(agree && sameSet(last.keys, keys));
  const isDisputed = isBreak || changed.some((key, i) => key !== zone.keys[i]);
  const told: Note = isDisputed ? { kind: 'ds-disputed', at } : { kind: 'ds-reordered', at, last: last.at };
  const notes: readonly Note[] = ttl === undefined ? [told] : [told, { kind: 'ds-ttl', ttl: ttl.ttl, at }];
  if (!isDisputed && ttl === undefined) return { zone, notes };
  const observed: DsObserved = { ...last, ...(isBreak ? { from: last.at } : {}), ...ttl };
  return { zone: { ...zone, keys: changed, parent: { ...zone.parent, observed } }, notes };
}

interface LateLook {
  readonly at: number;
  readonly last: Looked;
  readonly some: ReadonlySet<KeyName>;
  /** Undefined: a server gave no answer. */
  readonly all: ReadonlySet<KeyName> | undefined;
}

function afterLateLook(key: RollKey, { at, last, some, all }: LateLook): RollKey {
  const state = key.records.ds ?? { kind: 'hidden' };
  const since = last.kind === 'settled' ? last.from : last.settledFrom;
  // Before that the set was another one: what all caches have, or nobody, came about by it.
  const isOfNow = since !== undefined && at >= since;
  const back: Arrival = last.kind === 'mixed' ? 'awaited' : isOfNow ? last.at : last.from;
  const isThere = (all ?? some).has(key.name);
  switch (state.kind) {
    case 'hidden':
      return isOfNow && some.has(key.name) ? withDs(key, { kind: 'unretentive', since: last.at, from: back }) : key;
    case 'omnipresent':
      return isOfNow && !isThere ? withDs(key, { kind: 'rumoured', since: last.at, from: back }) : key;
    case 'rumoured':
      return (all !== undefined && isThere) || at < arrivalOf(state) ? key : withDs(key, { ...state, from: back });
    case 'unretentive':
      return (all !== undefined && !some.has(key.name)) || at < arrivalOf(state) ? key : withDs(key, { ...state, from: back });
    default:
      return state satisfies never;
  }
}

/** What nobody has seen yet begins after every look. */
const arrivalOf = ({ from }: { readonly from: Arrival }): number => (from === 'awaited' ? Number.POSITIVE_INFINITY : from);

/**
 * The largest TTL that caches may hold, after a look at a time before the last one; undefined: it stays.
 * Design note: nobody knows when between the two the TTL was lowered, so caches may have got the larger one until the last look.
 */
function lateTtl({ ttl: known, lower, at: last }: Looked, seen: number, at: number): DsTtl | undefined {
  if (known === undefined) return { ttl: seen };
  if (seen > known) return at === last ? { ttl: seen } : { ttl: seen, lower: { ttl: known, since: last } };
  return lower !== undefined && at >= lower.since && seen > lower.ttl ? { ttl: known, lower: { ...lower, ttl: seen } } : undefined;
}

function sameMoment(zone: ZoneRoll, last: Looked, evidence: DsEvidence): Observation {
  const { at, keys, agree } = evidence;
  if (last.kind === 'settled' && agree && sameSet(last.keys, keys)) {
    const same: Note = { kind: 'ds-same', keys: last.keys, from: last.from, at };
    const ttl = lateTtl(last, evidence.ttl, at);
    if (ttl === undefined) return { zone, notes: [same] };
    const { lower: _lower, ...observed } = last;
    return {
      zone: { ...zone, parent: { ...zone.parent, observed: { ...observed, ...ttl } } },
      notes: [same, { kind: 'ds-ttl', ttl: ttl.ttl, at }],
    };
  }
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
  const changed = zone.keys.map((key) => afterLook(zone, key, seen.has(key.name), evidence.at, from));
  const observed: DsObserved = { kind: 'settled', keys, from, at: evidence.at, ...ttlOf(zone, evidence.ttl, evidence.at) };
  const first: Note = isSame ? { kind: 'ds-same', keys, from, at: evidence.at } : { kind: 'ds-changed', keys, from };
  return {
    zone: { ...zone, keys: changed, parent: { ...zone.parent, observed } },
    notes: [first, ...(isSame ? [] : contradictions(zone, seen, seen, evidence.at))],
  };
}

/** The parent was asked for it, or is to be. */
function isAsked({ parent: { request } }: ZoneRoll, { name, goals }: RollKey): boolean {
  return goals.ds === 'omnipresent' || request?.keys.includes(name) === true;
}

/** It is to be there, and the last request is for it, or nobody has decided about it: of what comes back by that nothing is left to be asked for. */
function mayReturn({ parent: { request } }: ZoneRoll, { name, goals }: RollKey): boolean {
  return goals.ds === undefined || (goals.ds === 'omnipresent' && request?.keys.includes(name) === true);
}

/** @param from since when the parent has this very set */
function afterLook(zone: ZoneRoll, key: RollKey, isThere: boolean, at: number, from: number): RollKey {
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
      // It came unasked, and went: nobody has to withdraw it, and caches forget it.
      if (state.kind === 'rumoured' && !isThere && !isAsked(zone, key)) return withDs(key, { kind: 'unretentive', since: at, from: at });
      // It went unasked, and came back: a rule that needs it lets nobody ask for it anew, and nobody has to.
      if (state.kind === 'unretentive' && isThere && mayReturn(zone, key)) return withDs(key, { kind: 'rumoured', since: at, from: at });
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
    zone: {
      ...zone,
      keys: changed,
      parent: { ...zone.parent, observed: { kind: 'mixed', at, ...lastSettled(zone), ...ttlOf(zone, ttl, at) } },
    },
    notes: [first, ...contradictions(zone, some, all, at)],
  };
}

function lastSettled({ parent: { observed } }: ZoneRoll): { readonly settledFrom?: number } {
  const from = observed.kind === 'settled' ? observed.from : observed.kind === 'mixed' ? observed.settledFrom : undefined;
  return from === undefined ? {} : { settledFrom: from };
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
