import { isPresent, type Move, type RollRules, type ZoneRoll } from '../model.ts';
import { published, released } from '../observe.ts';
import type { DsEvidence } from '../observe-ds.ts';

/** Evidence as a plan takes it to come: versions are with all servers after Dprp, a DS is seen when Dreg and the parent's Dprp are over. */

/** The version that a visit makes. */
export function withRelease(zone: ZoneRoll, rules: RollRules, at: number): ZoneRoll {
  const { keyTtl, signatureTtl, negativeTtl } = rules;
  const serial = (zone.versions.at(-1)?.serial ?? 0) + 1;
  const isSigned = zone.keys.some((key) => isPresent(key, 'zrrsig'));
  const version = { serial, at, from: 'awaited' as const, keyTtl, signatureTtl, negativeTtl, isSigned };
  return published(released(zone, version), { serial, from: at + rules.propagation }).zone;
}

/** Versions that were made before and that nobody has told about yet. */
export function withPublication(zone: ZoneRoll, rules: RollRules): ZoneRoll {
  const newest = zone.versions.at(-1);
  if (newest === undefined || newest.from !== 'awaited') return zone;
  return zone.versions
    .filter(({ from }) => from === 'awaited')
    .reduce((known, { serial, at }) => published(known, { serial, from: at + rules.propagation }).zone, zone);
}

/** When the parent is seen with what it was asked for. */
export function dsToCome(zone: ZoneRoll, rules: RollRules, now: number): DsEvidence | undefined {
  const { request, observed } = zone.parent;
  const isOpen = zone.keys.some(({ records: { ds } }) => ds !== undefined && 'from' in ds && ds.from === 'awaited');
  const isUnknown = observed.kind !== 'settled' && zone.keys.some(({ records: { ds } }) => ds !== undefined && ds.kind !== 'hidden');
  if (!isOpen && !isUnknown) return undefined;
  const keys = zone.keys.filter((key) => isPresent(key, 'ds')).map(({ name }) => name);
  const expected = request === undefined ? now : (request.submittedAt ?? request.at) + rules.registration + rules.parentPropagation;
  return { at: Math.max(expected, now), agree: true, keys, ttl: rules.dsTtl };
}

/** Does it change what the zone is made of? */
export function isZoneAct(move: Move): boolean {
  return move.kind === 'revoke' || (move.record !== 'ds' && isAct(move));
}

/** Something that somebody does; all else is found out. */
export function isAct(move: Move): boolean {
  return move.kind === 'revoke' || move.to === 'rumoured' || move.to === 'unretentive';
}
