import { Refusal } from '../../../signer/errors.ts';
import { type RecordName, type RollKey, type RollRules, stateOf, type ZoneRoll } from '../model.ts';
import { begin } from './begin.ts';
import { goalsOf, isOwn, isStandby, keyNamed, keysInUse, standbyKeys, takeUnused, toLeave } from './keys.ts';
import { refuseParentUnknown, refuseRunning, refuseUnsettled } from './preconditions.ts';
import type { StartCall, StartWhat } from './what.ts';

type Of<K extends StartWhat['kind']> = Extract<StartWhat, { kind: K }>;

const GOALS: Readonly<Record<'zsk' | 'dnskey' | 'ds', readonly RecordName[]>> = {
  zsk: ['dnskey'],
  // Key and signature travel together: to publish it without would save nothing in an emergency (RFC 7583 4).
  dnskey: ['dnskey', 'krrsig'],
  ds: ['ds'],
};

/**
 * A standby key enters, or leaves (RFC 7583 4, RFC 6781 4.2.4).
 * @throws Refusal roll/running, roll/not-signed, roll/unsettled, roll/ds-unknown, roll/request-outstanding, roll/standby-there,
 * roll/standby-absent, roll/wrong-shape, roll/method-unsuitable, roll/key-missing
 */
export function startStandby(zone: ZoneRoll, rules: RollRules, { role, how }: Of<'standby'>, call: StartCall): ZoneRoll {
  refuseRunning(zone, rules, call.now);
  refuseUnsettled(zone);
  if (role === 'ksk') refuseParentUnknown(zone);
  const there = standbyKeys(zone, role);
  if (how === 'none') return withdraw(zone, rules, there, role, call);
  if (there.length > 0) {
    throw new Refusal(
      'roll/standby-there',
      `the zone has a standby ${role.toUpperCase()} already: key ${there.map(({ keyTag }) => keyTag).join(', ')}`,
      'withdraw that one first (standby none), or keep it',
    );
  }
  if (role === 'zsk' && how === 'ds') {
    throw new Refusal('roll/method-unsuitable', 'a ZSK has no DS, so it cannot stand by with one', 'start a standby ZSK with its DNSKEY');
  }
  const inUse = keysInUse(zone, role);
  if (inUse.length === 0) {
    throw new Refusal(
      'roll/wrong-shape',
      `the zone has no ${role.toUpperCase()} in use for another to stand by`,
      'a CSK has no standby key; split the keys first (to-split)',
    );
  }
  if (role === 'ksk' && how === 'ds' && !inUse.some((key) => stateOf(key, 'ds') === 'omnipresent')) {
    throw new Refusal(
      'roll/ds-unknown',
      'the zone has no DS that all caches have, and a standby DS must not be the only one',
      'get the DS of the KSK in use to the parent first',
    );
  }
  const algorithm = inUse.find((key) => key.algorithm === rules.algorithm)?.algorithm ?? inUse[0]!.algorithm;
  const taken = takeUnused(zone, { role, algorithm });
  const wanted = GOALS[role === 'zsk' ? 'zsk' : how];
  const key: RollKey = { ...taken, goals: goalsOf(taken, (record) => (wanted.includes(record) ? 'omnipresent' : 'hidden')) };
  const methods = role === 'zsk' ? ({ zsk: 'pre-publication' } as const) : ({ ksk: how === 'ds' ? 'double-ds' : 'double-ksk' } as const);
  return begin(zone, rules, call, { kind: 'standby', keys: [key], old: [], new: [key], methods });
}

function withdraw(zone: ZoneRoll, rules: RollRules, there: readonly RollKey[], role: 'ksk' | 'zsk', call: StartCall): ZoneRoll {
  if (there.length === 0) {
    throw new Refusal(
      'roll/standby-absent',
      `the zone has no standby ${role.toUpperCase()} that could be withdrawn`,
      'roll status tells which keys the zone has',
    );
  }
  return begin(zone, rules, call, { kind: 'standby', keys: there.map((key) => toLeave(key, rules)), old: there, new: [] });
}

/**
 * The key's REVOKE bit is set and it leaves (RFC 5011 2.1; RFC 7583 3.3.4): only a key that the chain of trust can do without.
 * @throws Refusal roll/running, roll/not-signed, roll/unsettled, roll/ds-unknown, roll/request-outstanding, roll/key-unknown, roll/key-unfit,
 * roll/last-key
 */
export function startRevoke(zone: ZoneRoll, rules: RollRules, { key: name }: Of<'revoke'>, call: StartCall): ZoneRoll {
  refuseRunning(zone, rules, call.now);
  refuseUnsettled(zone);
  refuseParentUnknown(zone);
  const key = keyNamed(zone, name);
  refuseUnrevocable(key);
  const others = zone.keys.filter((other) => other !== key && isOwn(other) && other.algorithm === key.algorithm && !isStandby(zone, other));
  const carries = others.some((other) => (['dnskey', 'krrsig', 'ds'] as const).every((record) => stateOf(other, record) === 'omnipresent'));
  const signs =
    key.role !== 'csk' || others.some((other) => stateOf(other, 'dnskey') === 'omnipresent' && stateOf(other, 'zrrsig') === 'omnipresent');
  if (!carries || !signs) {
    throw new Refusal(
      'roll/last-key',
      `without key ${key.keyTag} the zone has no ${carries ? 'signatures over its data' : 'key with DNSKEY, signature and DS in all caches'}`,
      `roll it first (roll start for the ${key.role.toUpperCase()}): the old key is revoked on its way out where the policy says rfc5011`,
    );
  }
  const leaving: RollKey = { ...toLeave(key, rules), revocation: { kind: 'wanted' } };
  return begin(zone, rules, call, { kind: 'revoke', keys: [leaving], old: [key], new: [] });
}

function refuseUnrevocable(key: RollKey): void {
  const why =
    key.role === 'zsk' || !isOwn(key)
      ? `it is a ${key.role.toUpperCase()}${isOwn(key) ? '' : ` of ${key.operator}`}, and only own keys with the SEP bit are trust anchors`
      : key.revocation.kind !== 'none'
        ? `its revocation is ${key.revocation.kind} already`
        : key.trouble === 'lost'
          ? 'its private key is lost, and a revoked key must sign its own revocation (RFC 5011 2.1)'
          : stateOf(key, 'dnskey') !== 'omnipresent'
            ? `its DNSKEY is ${stateOf(key, 'dnskey')}, and nobody can have it as a trust anchor`
            : undefined;
  if (why === undefined) return;
  throw new Refusal(
    'roll/key-unfit',
    `key ${key.keyTag} cannot be revoked: ${why}`,
    'name a KSK or CSK of this zone that is published and not revoked',
  );
}
