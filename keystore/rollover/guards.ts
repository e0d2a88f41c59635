import { sameSet } from './contents.ts';
import type { Arrival, RecordName, RecordState, RollKey, RollRules, StateKind, Version, ZoneRoll } from './model.ts';
import { broughtBy } from './observe.ts';
import type { EngineParts } from './parts.ts';
import { hasDs, isOwn, isSep, kindOf } from './rules.ts';
import { itrp, modifiedQueryInterval, REMOVE_HOLD_DOWN } from './timing.ts';

/** A record that is neither everywhere nor nowhere. */
export type Moving = Extract<RecordState, { kind: 'rumoured' | 'unretentive' }>;

/** From this moment on it is so; `evidence`: nothing is known from which time could be counted. */
export type Ready = number | 'evidence';

/** When rumoured becomes omnipresent, or unretentive hidden: the last cache that held the RRset as it was before has dropped it. */
export function readyOf(zone: ZoneRoll, key: RollKey, record: RecordName, state: Moving, rules: RollRules, parts: EngineParts): Ready {
  if (state.from === 'awaited') return 'evidence';
  const safety = safetyOf(zone, key, record, state, rules);
  if (record === 'ds') {
    if (!parts.isRequestSettled(zone)) return 'evidence';
    return Math.max(state.from, parts.dsSettledFrom(zone)) + parts.dsTtl(zone, rules) + parts.lastDsTrust(zone, state, rules) + safety;
  }
  const dsgn = record === 'zrrsig' ? parts.dsgn(rules) : 0;
  const caches = Math.max(
    state.from + ttlOf(record, rules, zone, key, state, parts),
    parts.oldVersions(zone, record, state.since, state.from),
  );
  const holdDown =
    record === 'dnskey' && state.kind === 'rumoured' && parts.needsHoldDown(zone, key, state, rules)
      ? state.from + itrp(anchorTimes(zone, state.from, rules))
      : 0;
  return Math.max(caches + dsgn, holdDown) + safety;
}

/** TTL of what was there before, as the rules have it; where nothing was signed before, absence and unsigned data are in caches too. */
export function ttlOf(record: RecordName, rules: RollRules, zone: ZoneRoll, key: RollKey, state: Moving, parts: EngineParts): number {
  const ttl = record === 'zrrsig' ? rules.signatureTtl : rules.keyTtl;
  return parts.wasUnsigned(zone, key, record, state) ? Math.max(ttl, rules.negativeTtl) : ttl;
}

/**
 * Was the zone unsigned when this record came? Nothing was published before it, or an unsigned version was.
 * Without versions to ask (their times are long past) the other keys tell.
 */
export function wasUnsigned(zone: ZoneRoll, key: RollKey, _record: RecordName, { kind, since }: Moving): boolean {
  if (kind !== 'rumoured') return false;
  const last = zone.versions.findLast(({ at }) => at < since);
  if (last !== undefined) return !last.isSigned;
  return !zone.keys.some((other) => other !== key && isOlder(other.records.dnskey, since));
}

function isOlder(state: RecordState | undefined, since: number): boolean {
  if (state === undefined || state.kind === 'hidden') return false;
  // What goes was there before; what is everywhere may be so by now, and may have come together with this record.
  return state.kind === 'unretentive' || state.since < since;
}

/**
 * Until when caches may hold one of the versions made before that of `since`, each by its own TTL: one that was lowered meanwhile counts as it was given
 * out (RFC 7583 1.4). A version is nowhere from the moment when a later one is on all servers.
 */
export function oldVersions(zone: ZoneRoll, record: RecordName, since: number, from: number): number {
  const { versions } = zone;
  let until = 0;
  let superseded = from;
  const first = broughtBy(versions, since);
  for (let i = versions.length - 1; i >= 0; i--) {
    const version = versions[i]!;
    if (i < first) until = Math.max(until, superseded + versionTtl(version, record));
    if (version.from !== 'awaited' && version.from < superseded) superseded = version.from;
  }
  return until;
}

function versionTtl({ isSigned, keyTtl, signatureTtl, negativeTtl }: Version, record: RecordName): number {
  if (record === 'zrrsig') return Math.max(signatureTtl, negativeTtl);
  return isSigned ? keyTtl : negativeTtl;
}

/**
 * The parent has, on all its servers and since one moment, what it was asked for. Before that a request is on its way, and may undo what was
 * seen (RFC 7344 9).
 */
export function isRequestSettled({ parent: { request, observed } }: ZoneRoll): boolean {
  if (observed.kind !== 'settled') return false;
  return request === undefined || sameSet(observed.keys, request.keys);
}

/** Since when the parent's set is what it is, without a break: a DS that went and came again is counted from its return. */
export function dsSettledFrom({ parent: { observed } }: ZoneRoll): number {
  return observed.kind === 'settled' ? observed.from : 0;
}

/** TTLds: that of the parent, never less than was seen of it. */
export function dsTtl({ parent: { observed } }: ZoneRoll, rules: Pick<RollRules, 'dsTtl'>): number {
  return observed.kind === 'settled' ? Math.max(rules.dsTtl, observed.ttl) : rules.dsTtl;
}

/**
 * The last DS goes: a resolver that validated the DNSKEY RRset in the last second of the DS RRset has it as secure until it has run out itself, TTLkey
 * later, and finds unsigned data bogus for so long (RFC 4035 5.3.3 bounds it by its signature, not by the DS; seen with unbound).
 * Nothing to wait for where another DS stays.
 */
export function lastDsTrust(zone: ZoneRoll, { kind }: Moving, { keyTtl }: Pick<RollRules, 'keyTtl'>): number {
  if (kind !== 'unretentive' || hasDs(zone)) return 0;
  return zone.versions.reduce((longest, version) => (version.isSigned ? Math.max(longest, version.keyTtl) : longest), keyTtl);
}

/** RFC 5011 2.4.1: resolvers take a new anchor only after they saw it for a month; the first one they are given by hand. */
export function needsHoldDown(zone: ZoneRoll, key: RollKey, state: Moving, rules: Pick<RollRules, 'rfc5011'>): boolean {
  if (rules.rfc5011 === 'none' || !isSep(key) || !isOwn(key)) return false;
  return !wasUnsigned(zone, key, 'dnskey', state);
}

/**
 * TTLkey for those who look for anchors: they come again by the TTL that they were given last (RFC 5011 2.3). A larger one counts until whoever
 * got it has come again.
 * @param from when all servers had the change that they are to see
 */
export function anchorTimes({ versions }: ZoneRoll, from: Arrival, rules: RollRules): RollRules {
  let { keyTtl } = rules;
  let superseded = from === 'awaited' ? Number.POSITIVE_INFINITY : from;
  for (let i = versions.length - 1; i >= 0; i--) {
    const version = versions[i]!;
    if (from === 'awaited' || superseded + modifiedQueryInterval(version) > from) keyTtl = Math.max(keyTtl, version.keyTtl);
    if (version.from !== 'awaited' && version.from < superseded) superseded = version.from;
  }
  return keyTtl === rules.keyTtl ? rules : { ...rules, keyTtl };
}

/** Until when a revoked key must be seen as such: Irev (RFC 7583 3.3.4), and 30 days where it is advised (RFC 5011 6.2). */
export function revokedUntil(zone: ZoneRoll, { revocation }: RollKey, rules: RollRules): Ready {
  if (revocation.kind !== 'revoked') return 0;
  if (revocation.from === 'awaited') return 'evidence';
  const seen = revocation.from + modifiedQueryInterval(anchorTimes(zone, revocation.from, rules));
  return rules.rfc5011 === 'minimum' ? seen : Math.max(seen, revocation.since + REMOVE_HOLD_DOWN);
}

/** Margin of the policy on top of a wait, in seconds. */
export function safetyOf(zone: ZoneRoll, key: RollKey, record: RecordName, state: Moving, rules: RollRules): number {
  const margin = marginOf(zone, key, record, state);
  return margin === 'none' ? 0 : margin === 'publish-safety' ? rules.publishSafety : rules.retireSafety;
}

/**
 * publish-safety where something comes and all else stays, as in each Ipub; retire-safety where one takes the place of another, as in each Iret.
 * RFC 7583 has no margins: this is the rule of BIND's keymgr, carried over to the methods that BIND does not have. What goes with nothing in its
 * place has none, nor has a DNSKEY that goes: nobody needs it any more.
 */
export function marginOf(zone: ZoneRoll, key: RollKey, record: RecordName, { kind }: Moving): 'publish-safety' | 'retire-safety' | 'none' {
  if (record === 'dnskey' || record === 'krrsig') return kind === 'rumoured' ? 'publish-safety' : 'none';
  const isAnother = (...kinds: readonly StateKind[]): boolean =>
    zone.keys.some((other) => other !== key && kinds.includes(kindOf(other, record)));
  if (kind === 'rumoured') return isAnother('unretentive') || isAfterOld(zone, key, record) ? 'retire-safety' : 'publish-safety';
  return isAnother('rumoured', 'omnipresent') ? 'retire-safety' : 'none';
}

/** The record that it takes the place of is known to be gone already, and so not unretentive any more. */
function isAfterOld({ keys, links }: ZoneRoll, { name }: RollKey, record: RecordName): boolean {
  const isGoneOf = (key: RollKey): boolean => key.goals[record] === 'hidden' && kindOf(key, record) === 'hidden';
  return links.some((link) => link.new === name && keys.some((key) => key.name === link.old && isGoneOf(key)));
}
