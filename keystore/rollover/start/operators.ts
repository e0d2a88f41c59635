import { algorithmLabel } from '../../../signer/dnssec/algorithm.ts';
import { Refusal } from '../../../signer/errors.ts';
import type { RollKey, RollRules, ZoneRoll } from '../model.ts';
import { begin } from './begin.ts';
import { goalsOf, isOwn, isWanted, ownWanted, toLeave } from './keys.ts';
import { refuseParentUnknown, refuseRunning, refuseUnsettled } from './preconditions.ts';
import type { ForeignKey, LeaveWhat, StartCall, StartWhat } from './what.ts';

/** A revoked key's flags have 128 more, and so has its tag (RFC 5011 2.1, 2.2). */
const REVOKED = 128;

/**
 * Another operator answers for the zone too, or has new keys: its ZSKs come into the DNSKEY RRset, its KSKs into the DS RRset
 * (RFC 8901 2.1.2). Its servers may be named in the zone only when both are with all caches.
 * @throws Refusal roll/running, roll/not-signed, roll/unsettled, roll/ds-unknown, roll/request-outstanding, roll/operator-unknown,
 * roll/algorithms-differ, roll/tag-taken, roll/key-unfit
 */
export function startJoin(zone: ZoneRoll, rules: RollRules, what: Extract<StartWhat, { kind: 'join' }>, call: StartCall): ZoneRoll {
  refuseRunning(zone, rules, call.now);
  refuseUnsettled(zone);
  refuseParentUnknown(zone);
  if (what.operator === 'self' || what.operator === '') {
    throw new Refusal(
      'roll/operator-unknown',
      `the other operator is called "${what.operator}"`,
      'give it a name of its own; self is this signer',
    );
  }
  refuseIncomplete(zone, what.operator, what.keys);
  for (const key of what.keys) {
    refuseOtherAlgorithm(zone, key);
    refuseTakenTag(zone, what.keys, key);
  }
  const keys = what.keys.map((key) => foreign(key, what.operator));
  // A foreign KSK is not in this DNSKEY RRset, so its DS cannot wait for it.
  return begin(zone, rules, call, { kind: 'join', keys, old: [], new: keys });
}

function foreign(key: ForeignKey, operator: string): RollKey {
  const bare: RollKey = { ...key, operator, goals: {}, records: {}, revocation: { kind: 'none' }, activeSince: undefined, trouble: 'none' };
  return {
    ...bare,
    goals: goalsOf(bare, () => 'omnipresent'),
    records: Object.fromEntries(Object.keys(goalsOf(bare, () => 'hidden')).map((record) => [record, { kind: 'hidden' }])),
  };
}

/** An operator needs a KSK and a ZSK to answer; one that is there already may bring either. */
function refuseIncomplete(zone: ZoneRoll, operator: string, keys: readonly ForeignKey[]): void {
  const there = zone.keys.filter((key) => key.operator === operator && isWanted(key));
  const missing = (['ksk', 'zsk'] as const).find((role) => ![...keys, ...there].some((key) => key.role === role));
  if (missing === undefined && keys.length > 0) return;
  throw new Refusal(
    'roll/key-unfit',
    `${operator} brings ${keys.length} keys and has ${there.length} here; ${missing === undefined ? 'nothing would change' : `there is no ${missing.toUpperCase()} among them`}`,
    'give its KSK (for the DS) and its ZSK (for the DNSKEY RRset)',
  );
}

/** RFC 8901 4: all operators sign with the same algorithms. */
function refuseOtherAlgorithm(zone: ZoneRoll, { keyTag, algorithm }: ForeignKey): void {
  const own = [...new Set(ownWanted(zone).map((key) => key.algorithm))];
  if (own.includes(algorithm)) return;
  throw new Refusal(
    'roll/algorithms-differ',
    `key ${keyTag} is of algorithm ${algorithmLabel(algorithm)}, and this zone is signed with ${own.map(algorithmLabel).join(', ')}`,
    'all operators of a zone sign with the same algorithms (RFC 8901 4): agree on one first',
  );
}

function refuseTakenTag(zone: ZoneRoll, arriving: readonly ForeignKey[], { name, keyTag }: ForeignKey): void {
  const clash = [...zone.keys, ...arriving].find(
    (key) =>
      key.name !== name && [0, REVOKED].some((step) => (key.keyTag + step) % 65_536 === keyTag || (keyTag + step) % 65_536 === key.keyTag),
  );
  const again = zone.keys.find((key) => key.name === name);
  if (clash === undefined && again === undefined) return;
  throw new Refusal(
    'roll/tag-taken',
    again === undefined
      ? `key tag ${keyTag} is, revoked or not, that of key ${clash?.keyTag} too`
      : `the zone has key ${keyTag} already, as a key of ${again.operator}`,
    'the operators of a zone keep to tags of their own: one of them generates another key',
  );
}

/**
 * Keys of another operator leave: not before the last of its answers has left the caches, since its signatures need its ZSKs here and its DNSKEY
 * RRset needs its DS (RFC 8901, RFC 6781 4.3.5.1).
 * @throws Refusal roll/running, roll/not-signed, roll/unsettled, roll/ds-unknown, roll/request-outstanding, roll/operator-unknown,
 * roll/key-unknown, roll/still-served
 */
export function startLeave(zone: ZoneRoll, rules: RollRules, what: LeaveWhat, call: StartCall): ZoneRoll {
  refuseRunning(zone, rules, call.now);
  refuseUnsettled(zone);
  refuseParentUnknown(zone);
  const theirs = zone.keys.filter((key) => !isOwn(key) && key.operator === what.operator && isWanted(key));
  if (theirs.length === 0) {
    const known = [...new Set(zone.keys.filter((key) => !isOwn(key)).map(({ operator }) => operator))];
    throw new Refusal(
      'roll/operator-unknown',
      `${what.operator} has no keys in this zone; ${known.length === 0 ? 'no other operator has' : `${known.join(', ')} has`}`,
      'name an operator whose keys are here; own keys leave when the zone goes insecure',
    );
  }
  const absent = what.keys?.find((name) => !theirs.some((key) => key.name === name));
  if (absent !== undefined)
    throw new Refusal(
      'roll/key-unknown',
      `${what.operator} has no key ${absent} here; it has ${theirs.length} others`,
      'name keys that the zone has of it',
    );
  const earliest = what.servedUntil + Math.max(what.keyTtl, what.signatureTtl);
  if (call.now < earliest) {
    throw new Refusal(
      'roll/still-served',
      `caches may hold answers of ${what.operator} until ${earliest} (served until ${what.servedUntil}, TTLkey ${what.keyTtl}, TTLsig ${what.signatureTtl}); it is ${call.now}`,
      'wait until then: without its ZSK and DS those answers would be bogus',
    );
  }
  const old = what.keys === undefined ? theirs : theirs.filter(({ name }) => what.keys?.includes(name));
  return begin(zone, rules, call, { kind: 'leave', keys: old.map((key) => toLeave(key, rules)), old, new: [] });
}
