import { type Goal, HIDDEN, type KeyName, type Link, type Move, type RecordState, type RollKey, type ZoneRoll } from './model.ts';
import { isSep } from './rules.ts';

/**
 * The zone after these moves, which nobody judges here: what is told was decided. What follows from them by itself follows: the request to the parent, Tact,
 * links of keys that are hidden, the end of the rollover.
 */
export function apply(zone: ZoneRoll, moves: readonly Move[], now: number): ZoneRoll {
  let result = conclude(zone, now);
  for (const move of moves) result = applyOne(result, move, now);
  return conclude(result, now);
}

/** One move, and nothing that follows from it but the request to the parent. */
export function applyOne(zone: ZoneRoll, move: Move, now: number): ZoneRoll {
  const keys = zone.keys.slice();
  const at = keys.findIndex(({ name }) => name === move.key);
  const key = keys[at];
  if (key === undefined) return zone;
  if (move.kind === 'revoke') {
    keys[at] = { ...key, revocation: { kind: 'revoked', since: now, from: 'awaited' } };
    return { ...zone, keys };
  }
  keys[at] = { ...key, records: { ...key.records, [move.record]: stateAt(move.to, now) } };
  if (move.record !== 'ds' || (move.to !== 'rumoured' && move.to !== 'unretentive')) return { ...zone, keys };
  const wanted = keys.filter(({ records: { ds } }) => ds?.kind === 'rumoured' || ds?.kind === 'omnipresent').map(({ name }) => name);
  return {
    ...zone,
    keys,
    parent: { ...zone.parent, request: { keys: wanted, at: now, submittedAt: undefined } },
    wantsDs: zone.wantsDs || (move.to === 'rumoured' && zone.roll?.kind !== 'insecure'),
  };
}

function stateAt(kind: RecordState['kind'], now: number): RecordState {
  switch (kind) {
    case 'hidden':
      return HIDDEN;
    case 'omnipresent':
      return { kind, since: now };
    case 'rumoured':
    case 'unretentive':
      return { kind, since: now, from: 'awaited' };
    default:
      return kind satisfies never;
  }
}

/** What follows by itself; the same zone where nothing does. */
export function conclude(zone: ZoneRoll, now: number): ZoneRoll {
  const keys = zone.keys.some((key) => key.activeSince === undefined && tact(key, now) !== undefined)
    ? zone.keys.map((key) => withTact(key, now))
    : zone.keys;
  const links = zone.links.some((link) => isOver(keys, link)) ? zone.links.filter((link) => !isOver(keys, link)) : zone.links;
  const isEnding = zone.roll !== undefined && keys.every(isThereAlready);
  if (keys === zone.keys && links === zone.links && !isEnding) return zone;
  return { ...zone, keys, links, roll: isEnding ? undefined : zone.roll };
}

function withTact(key: RollKey, now: number): RollKey {
  return key.activeSince === undefined ? { ...key, activeSince: tact(key, now) } : key;
}

/**
 * Tact: a ZSK is active when both its DNSKEY and its signatures are in the zone (RFC 7583 3.2), a KSK when both its DNSKEY and its DS are in their
 * zones (3.3), the DS from the moment when it was seen. A CSK goes by its DS.
 */
function tact(key: RollKey, now: number): number | undefined {
  const dnskey = startOf(key.records.dnskey);
  const other = isSep(key) ? seenFrom(key.records.ds) : startOf(key.records.zrrsig);
  return dnskey === undefined || other === undefined ? undefined : Math.min(now, Math.max(dnskey, other));
}

function startOf(state: RecordState | undefined): number | undefined {
  return state?.kind === 'rumoured' || state?.kind === 'omnipresent' ? state.since : undefined;
}

function seenFrom(state: RecordState | undefined): number | undefined {
  if (state?.kind === 'omnipresent') return state.since;
  return state?.kind === 'rumoured' && state.from !== 'awaited' ? state.from : undefined;
}

function isOver(keys: readonly RollKey[], { old }: Link): boolean {
  const key = keys.find(({ name }) => name === (old satisfies KeyName));
  return key === undefined || (key.goals.dnskey !== 'omnipresent' && isNowhere(key));
}

/** Not by role: another operator's keys have fewer records. */
function isNowhere({ records: { dnskey, krrsig, zrrsig, ds } }: RollKey): boolean {
  return [dnskey, krrsig, zrrsig, ds].every((state) => state === undefined || state.kind === 'hidden');
}

function isThereAlready({ goals, records }: RollKey): boolean {
  return (
    isSettled(records.dnskey, goals.dnskey) &&
    isSettled(records.krrsig, goals.krrsig) &&
    isSettled(records.zrrsig, goals.zrrsig) &&
    isSettled(records.ds, goals.ds)
  );
}

function isSettled(state: RecordState | undefined, goal: Goal | undefined): boolean {
  const kind = state?.kind ?? 'hidden';
  return goal === undefined ? kind === 'hidden' || kind === 'omnipresent' : kind === goal;
}
