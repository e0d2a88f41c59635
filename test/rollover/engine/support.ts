import { sameSet } from '../../../keystore/rollover/contents.ts';
import {
  type Arrival,
  EMPTY_ROLL,
  type Goal,
  type Link,
  type Move,
  RECORDS,
  type RecordName,
  type RecordState,
  type Roll,
  type RollKey,
  type RollRules,
  type StateKind,
  stateOf,
  type ZoneRoll,
} from '../../../keystore/rollover/model.ts';
import { ENGINE, type EngineParts } from '../../../keystore/rollover/parts.ts';
import { settle } from '../../../keystore/rollover/settle.ts';

export const HOUR = 3600;
export const DAY = 86_400;
/** 2027-01-01T00:00:00Z */
export const T0 = 1_798_761_600;

/** All propagation one hour, TTLkey 1 h, TTLsig and TTLds 1 d, TTLneg 1 h, no margins. */
export const RULES: RollRules = {
  methods: { zsk: 'pre-publication', ksk: 'double-ksk', csk: 'pre-publication', algorithm: 'conservative' },
  keys: 'ksk-zsk',
  algorithm: 13,
  propagation: HOUR,
  parentPropagation: HOUR,
  keyTtl: HOUR,
  signatureTtl: DAY,
  negativeTtl: HOUR,
  dsTtl: DAY,
  registration: 0,
  dsgn: 0,
  publishSafety: 0,
  retireSafety: 0,
  kskLifetime: 'unlimited',
  zskLifetime: 'unlimited',
  rfc5011: 'none',
  standbyZsk: false,
  standbyKsk: 'none',
  cds: 'rollover',
  ceremonyInterval: 0,
  ceremonySlack: 0,
};

const KINDS: Readonly<Record<string, StateKind>> = { H: 'hidden', R: 'rumoured', O: 'omnipresent', U: 'unretentive' };

export interface KeyShape {
  /** One letter a record, in the order of the role: KSK DNSKEY KRRSIG DS, ZSK DNSKEY ZRRSIG, CSK DNSKEY KRRSIG ZRRSIG DS. */
  readonly vector: string;
  readonly goal?: Goal | Readonly<Partial<Record<RecordName, Goal>>>;
  readonly algorithm?: number;
  readonly since?: number;
  readonly from?: Arrival;
  readonly operator?: string;
  readonly revocation?: RollKey['revocation'];
}

export function key(name: string, role: RollKey['role'], shape: KeyShape): RollKey {
  const { vector, goal = 'omnipresent', algorithm = 13, since = 0, from = since, operator = 'self', revocation = { kind: 'none' } } = shape;
  const records: Partial<Record<RecordName, RecordState>> = {};
  RECORDS[role].forEach((record, index) => {
    const kind = KINDS[vector[index]!]!;
    records[record] = kind === 'hidden' ? { kind } : kind === 'omnipresent' ? { kind, since } : { kind, since, from };
  });
  const goals = typeof goal === 'string' ? Object.fromEntries(RECORDS[role].map((record) => [record, goal])) : goal;
  return { name, role, algorithm, keyTag: 1, operator, goals, records, revocation, activeSince: undefined, trouble: 'none' };
}

export function zoneOf(keys: readonly RollKey[], links: readonly Link[] = [], more: Partial<ZoneRoll> = {}): ZoneRoll {
  const ds = keys.filter((each) => ['omnipresent', 'rumoured'].includes(stateOf(each, 'ds'))).map(({ name }) => name);
  return {
    ...EMPTY_ROLL,
    keys,
    links,
    wantsDs: true,
    parent: {
      request: { keys: ds, at: 0, submittedAt: 0 },
      observed: { kind: 'settled', keys: ds, from: 0, at: 0, ttl: 0 },
    },
    ...more,
  };
}

export function rollOf(kind: Roll['kind'], rules: RollRules, old: readonly string[], next: readonly string[]): Roll {
  return { id: 1, kind, methods: rules.methods, old, new: next, started: T0, reason: 'test', breaksChain: false };
}

/** Vectors of the keys, in their order: `OO|RH`. */
export function vectorOf(zone: ZoneRoll): string {
  const letter = (kind: StateKind): string => Object.keys(KINDS).find((each) => KINDS[each] === kind)!;
  return zone.keys.map((each) => RECORDS[each.role].map((record) => letter(stateOf(each, record))).join('')).join('|');
}

export interface Stage {
  readonly at: number;
  readonly vector: string;
  readonly moves: readonly Move[];
  readonly zone: ZoneRoll;
}

/** The world does at once what the engine decides: servers have a version after Dprp, the parent's primary has a DS after Dreg. */
export function simulate(start: ZoneRoll, rules: RollRules, from: number, parts: EngineParts = ENGINE, limit = 200): readonly Stage[] {
  let zone = start;
  let now = from;
  const stages: Stage[] = [];
  for (let round = 0; round < limit; round++) {
    const { zone: next, moves, waits } = settle(zone, rules, now, 'all', parts);
    zone = next;
    if (moves.length > 0 || round === 0) stages.push({ at: now, vector: vectorOf(zone), moves, zone });
    const world = publish(zone, rules, now);
    if (world !== zone) {
      zone = world;
      continue;
    }
    const times = waits.map(({ until }) => until).filter((until) => typeof until === 'number' && until > now) as number[];
    if (times.length === 0) return stages;
    now = Math.min(...times);
  }
  throw new Error(`no end after ${limit} rounds: ${vectorOf(zone)}`);
}

/** Evidence of what has just been decided, with the moment that it tells. */
function publish(zone: ZoneRoll, rules: RollRules, now: number): ZoneRoll {
  let isChanged = false;
  const seen = now + rules.registration + rules.parentPropagation;
  const keys = zone.keys.map((each) => {
    const records = { ...each.records };
    let { revocation } = each;
    for (const record of Object.keys(records) as RecordName[]) {
      const state = records[record]!;
      if ((state.kind !== 'rumoured' && state.kind !== 'unretentive') || state.from !== 'awaited') continue;
      records[record] = { ...state, from: record === 'ds' ? seen : now + rules.propagation };
      isChanged = true;
    }
    if (revocation.kind === 'revoked' && revocation.from === 'awaited') {
      revocation = { ...revocation, from: now + rules.propagation };
      isChanged = true;
    }
    return { ...each, records, revocation };
  });
  const { request, observed } = zone.parent;
  const isAsked = request !== undefined && (observed.kind !== 'settled' || !sameSet(observed.keys, request.keys));
  if (!isChanged && !isAsked) return zone;
  const parent = isAsked
    ? { request, observed: { kind: 'settled' as const, keys: request.keys, from: seen, at: seen, ttl: rules.dsTtl } }
    : zone.parent;
  return { ...zone, keys, parent };
}
