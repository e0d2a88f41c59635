import { algorithmLabel } from '../../../signer/dnssec/algorithm.ts';
import { Refusal } from '../../../signer/errors.ts';
import type { KeyRole } from '../../../signer/zone-key.ts';
import { type Goal, isHidden, type KeyName, RECORDS, type RecordName, type RollKey, type RollRules, type ZoneRoll } from '../model.ts';
import type { NeededKey } from './what.ts';

export const isOwn = (key: RollKey): boolean => key.operator === 'self';

/** Generated, and nothing was ever decided about it. */
export function isUnused(key: RollKey): boolean {
  return isOwn(key) && key.trouble === 'none' && Object.keys(key.goals).length === 0 && isHidden(key);
}

/** As isUnused(), but its DS may be at the parent, or in caches, without anybody here having asked for it. */
export function isUnsigning(key: RollKey): boolean {
  const { ds: _ds, ...own } = key.records;
  return isUnused({ ...key, records: own });
}

/** It is, or is to be, in the zone or at the parent. */
export function isWanted(key: RollKey): boolean {
  return Object.values(key.goals).includes('omnipresent');
}

/** RFC 7583 4: present so far as it saves time in an emergency, and no further. */
export function isStandby(zone: ZoneRoll, key: RollKey): boolean {
  if (!isOwn(key) || !isWanted(key)) return false;
  const { dnskey, krrsig, zrrsig, ds } = key.goals;
  if (key.role === 'zsk') return dnskey === 'omnipresent' && zrrsig === 'hidden';
  if (key.role === 'csk') return false;
  if (ds === 'omnipresent') return dnskey === 'hidden' && krrsig === 'hidden';
  // Without any DS (an island of security) the keys without one do the work.
  return zone.keys.some((other) => isOwn(other) && other.algorithm === key.algorithm && other.goals.ds === 'omnipresent');
}

/** Keys of a role that do its work now. */
export function keysInUse(zone: ZoneRoll, role: KeyRole): readonly RollKey[] {
  return zone.keys.filter((key) => key.role === role && isOwn(key) && isWanted(key) && !isStandby(zone, key));
}

/** Own keys that are, or are to be, somewhere: in use and standby. */
export function ownWanted(zone: ZoneRoll): readonly RollKey[] {
  return zone.keys.filter((key) => isOwn(key) && isWanted(key));
}

export function standbyKeys(zone: ZoneRoll, role: KeyRole): readonly RollKey[] {
  return zone.keys.filter((key) => key.role === role && isStandby(zone, key));
}

/** The first key that was generated for this and is in no use. */
export function unusedKey(zone: ZoneRoll, { role, algorithm }: NeededKey): RollKey | undefined {
  return zone.keys.find((key) => key.role === role && key.algorithm === algorithm && isUnused(key));
}

/** @throws Refusal roll/key-missing */
export function takeUnused(zone: ZoneRoll, needed: NeededKey): RollKey {
  const key = unusedKey(zone, needed);
  if (key !== undefined) return key;
  throw new Refusal(
    'roll/key-missing',
    `the rollover needs a ${label(needed)}, and the zone has none that was generated and is not used`,
    'generate it first, then start the rollover',
  );
}

/** @throws Refusal roll/key-unknown */
export function keyNamed(zone: ZoneRoll, name: KeyName): RollKey {
  const key = zone.keys.find((candidate) => candidate.name === name);
  if (key !== undefined) return key;
  throw new Refusal(
    'roll/key-unknown',
    `the zone has no key ${name}; it has ${zone.keys.length} others`,
    'name one of the keys that the zone has',
  );
}

/**
 * The key that somebody named as the new one.
 * RFC 5011 4.2: what was a trust anchor once and was revoked is never to be one again.
 * @throws Refusal roll/key-unknown, roll/key-unfit
 */
export function namedNew(zone: ZoneRoll, rules: RollRules, name: KeyName, { role, algorithm }: NeededKey): RollKey {
  const key = keyNamed(zone, name);
  const misfit =
    key.role !== role || key.algorithm !== algorithm || !isOwn(key)
      ? `it is a ${label(key)}${isOwn(key) ? '' : ` of ${key.operator}`}, and a ${label({ role, algorithm })} is needed`
      : key.trouble !== 'none'
        ? `its private key is ${key.trouble}`
        : key.revocation.kind !== 'none'
          ? 'it was revoked, and a revoked key never comes back (RFC 5011 4.2)'
          : rules.rfc5011 !== 'none' && role !== 'zsk' && key.activeSince !== undefined
            ? 'it was a trust anchor before, and resolvers that forgot it do not take it back (RFC 5011 4.2)'
            : !isHidden(key) && !isStandby(zone, key)
              ? 'it is in use already, or caches may still hold what there was of it'
              : undefined;
  if (misfit === undefined) return key;
  throw new Refusal(
    'roll/key-unfit',
    `key ${key.keyTag} cannot be the new key: ${misfit}`,
    'name a standby key or one that was generated and is not used, or name none',
  );
}

export function label({ role, algorithm }: NeededKey): string {
  return `${role.toUpperCase()} of algorithm ${algorithmLabel(algorithm)}`;
}

/** The key is to do the whole work of its role. */
export function toUse(key: RollKey, ds: Goal = 'omnipresent'): RollKey {
  return { ...key, goals: goalsOf(key, (record) => (record === 'ds' ? ds : 'omnipresent')) };
}

/** The key is to leave; under RFC 5011 it is revoked on its way out, where its private key is there to do so. */
export function toLeave(key: RollKey, rules: Pick<RollRules, 'rfc5011'>): RollKey {
  const isAnchor = rules.rfc5011 !== 'none' && key.role !== 'zsk' && isOwn(key) && (key.records.dnskey?.kind ?? 'hidden') !== 'hidden';
  const revokes = isAnchor && key.trouble !== 'lost' && key.revocation.kind === 'none';
  return { ...key, goals: goalsOf(key, () => 'hidden'), revocation: revokes ? { kind: 'wanted' } : key.revocation };
}

export function goalsOf(key: RollKey, goal: (record: RecordName) => Goal): RollKey['goals'] {
  const records: readonly RecordName[] = isOwn(key) ? RECORDS[key.role] : key.role === 'zsk' ? ['dnskey'] : ['ds'];
  return Object.fromEntries(records.map((record) => [record, goal(record)]));
}

/** The zone with these keys in the place of those of the same names; new names at the end. */
export function withKeys(zone: ZoneRoll, changed: readonly RollKey[]): ZoneRoll {
  const byName = new Map(changed.map((key) => [key.name, key]));
  const kept = zone.keys.map((key) => byName.get(key.name) ?? key);
  const added = changed.filter(({ name }) => !zone.keys.some((key) => key.name === name));
  return { ...zone, keys: [...kept, ...added] };
}
