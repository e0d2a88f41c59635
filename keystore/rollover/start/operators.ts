import { fromBase64 } from '../../../signer/dns/bytes.ts';
import { algorithmLabel } from '../../../signer/dnssec/algorithm.ts';
import { revokedKeyTag } from '../../../signer/dnssec/dnskey.ts';
import { Refusal } from '../../../signer/errors.ts';
import { HIDDEN, type KeyName, type RollKey, type RollRules, stateOf, type ZoneRoll } from '../model.ts';
import { momentText } from '../moment-text.ts';
import { begin } from './begin.ts';
import { goalsOf, isOwn, isWanted, ownWanted, toLeave } from './keys.ts';
import { refuseParentUnknown, refuseRunning, refuseUnsettled } from './preconditions.ts';
import type { ForeignKey, LeaveWhat, StartCall, StartWhat } from './what.ts';

/**
 * Another operator answers for the zone too, or has new keys: its ZSKs come into the DNSKEY RRset, its KSKs into the DS RRset
 * (RFC 8901 2.1.2). Of its keys those count that are not here yet. Its servers may be named in the zone only when both are with all caches.
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
  const coming = what.keys.filter(
    ({ name }) => !zone.keys.some((key) => key.name === name && key.operator === what.operator && isWanted(key)),
  );
  refuseIncomplete(zone, what.operator, coming);
  for (const key of coming) {
    refuseOtherAlgorithm(zone, key);
    refuseTakenTag(zone, coming, key, what.revokedTags ?? {});
  }
  const keys = coming.map((key) => foreign(key, what.operator));
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

function refuseTakenTag(
  zone: ZoneRoll,
  arriving: readonly ForeignKey[],
  coming: ForeignKey,
  revokedTags: Readonly<Record<KeyName, number>>,
): void {
  const { name, keyTag } = coming;
  const own = tagsOf(coming, revokedTags);
  const clash = [...zone.keys.filter((key) => !hasLeft(key)), ...arriving].find(
    (key) => key.name !== name && (own.includes(key.keyTag) || tagsOf(key, revokedTags).includes(keyTag)),
  );
  const again = zone.keys.find((key) => key.name === name && !hasLeft(key));
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
 * Tags that a key has or may come to have: with the REVOKE bit it is another one (RFC 5011 2.1). The tag is a sum with a carry (RFC 4034 appendix B):
 * 128 more in the flags make it 128 more or, where they carry, 129; the RDATA tells which. Where it is not known, both are taken for possible.
 */
function tagsOf(
  { name, keyTag, dnskey }: Pick<ForeignKey, 'name' | 'keyTag' | 'dnskey'>,
  revokedTags: Readonly<Record<KeyName, number>>,
): readonly number[] {
  const rdata = dnskey === undefined ? undefined : fromBase64(dnskey);
  const revoked = rdata === undefined ? revokedTags[name] : revokedKeyTag(rdata);
  return [keyTag, ...(revoked === undefined ? [128, 129].map((more) => (keyTag + more) & 0xffff) : [revoked])];
}

/** A key of another operator that nobody has anything of: it may come again. */
const hasLeft = (key: RollKey): boolean =>
  !isOwn(key) && !isWanted(key) && (['dnskey', 'ds'] as const).every((record) => stateOf(key, record) === 'hidden');

/**
 * Keys of another operator leave: not before the last of its answers has left the caches, since its signatures need its ZSKs here and its DNSKEY
 * RRset needs its DS (RFC 8901, RFC 6781 4.3.5.1).
 * @throws Refusal roll/running, roll/not-signed, roll/unsettled, roll/ds-unknown, roll/request-outstanding, roll/operator-unknown,
 * roll/key-unknown, roll/still-served; for ourselves also roll/last-key
 */
export function startLeave(zone: ZoneRoll, rules: RollRules, what: LeaveWhat, call: StartCall): ZoneRoll {
  refuseRunning(zone, rules, call.now);
  refuseUnsettled(zone);
  refuseParentUnknown(zone);
  if (what.operator === 'self') return leaveOurselves(zone, rules, what, call);
  const theirs = zone.keys.filter((key) => !isOwn(key) && key.operator === what.operator && isWanted(key));
  if (theirs.length === 0) {
    const known = [...new Set(zone.keys.filter((key) => !isOwn(key)).map(({ operator }) => operator))];
    throw new Refusal(
      'roll/operator-unknown',
      `${what.operator} has no keys in this zone; ${known.length === 0 ? 'no other operator has' : `${known.join(', ')} has`}`,
      'name an operator whose keys are here, or self where this signer leaves',
    );
  }
  const absent = what.keys?.find((name) => !theirs.some((key) => key.name === name));
  if (absent !== undefined)
    throw new Refusal(
      'roll/key-unknown',
      `${what.operator} has no key ${absent} here; it has ${theirs.length} others`,
      'name keys that the zone has of it',
    );
  refuseStillServed(what.operator, what.servedUntil, what, call.now);
  const old = what.keys === undefined ? theirs : theirs.filter(({ name }) => what.keys?.includes(name));
  return begin(zone, rules, call, { kind: 'leave', keys: old.map((key) => toLeave(key, rules)), old, new: [] });
}

/** @throws Refusal roll/still-served */
function refuseStillServed(
  operator: string,
  servedUntil: number,
  { keyTtl, signatureTtl }: Pick<LeaveWhat, 'keyTtl' | 'signatureTtl'>,
  now: number,
): void {
  const earliest = servedUntil + Math.max(keyTtl, signatureTtl);
  if (now >= earliest) return;
  throw new Refusal(
    'roll/still-served',
    `caches may hold answers of ${operator} until ${momentText(earliest)} (served until ${momentText(servedUntil)}, TTLkey ${keyTtl}, TTLsig ${signatureTtl}); it is ${momentText(now)}`,
    'wait until then: without its ZSK and DS those answers would be bogus',
  );
}

/**
 * We leave to another operator whose keys the zone has. No cache has anything of this zone from here any more, so its records are hidden at once;
 * only the DS of our keys is left, and the parent is asked to have that of the others alone.
 */
function leaveOurselves(zone: ZoneRoll, rules: RollRules, what: LeaveWhat, call: StartCall): ZoneRoll {
  const others = zone.keys.filter((key) => !isOwn(key) && isWanted(key));
  const carries = (role: 'ksk' | 'zsk', record: 'ds' | 'dnskey'): boolean =>
    others.some((key) => key.role === role && stateOf(key, record) === 'omnipresent');
  if (!carries('ksk', 'ds') || !carries('zsk', 'dnskey')) {
    throw new Refusal(
      'roll/last-key',
      `without our keys the zone has ${others.length} keys of other operators, and no KSK with its DS and ZSK with its DNSKEY in all caches`,
      'let the other operator join first (roll join), or take the zone to insecure',
    );
  }
  const given = [...zone.versions, rules];
  const keyTtl = Math.max(what.keyTtl, ...given.map((version) => version.keyTtl));
  const signatureTtl = Math.max(what.signatureTtl, ...given.map((version) => Math.max(version.signatureTtl, version.negativeTtl)));
  refuseStillServed('this signer', what.servedUntil, { keyTtl, signatureTtl }, call.now);
  const old = ownWanted(zone);
  const ours = old.map((key): RollKey => {
    const ds = key.records.ds;
    const leaving = toLeave(key, rules);
    const records = Object.fromEntries(Object.keys(leaving.goals).map((record) => [record, record === 'ds' ? (ds ?? HIDDEN) : HIDDEN]));
    // Nobody asks here any more, so nobody would see that a key is revoked.
    return { ...leaving, records, revocation: key.revocation.kind === 'wanted' ? { kind: 'none' } : key.revocation };
  });
  const theirs = others
    .filter(({ role }) => role === 'zsk')
    .map((key): RollKey => ({ ...key, goals: { dnskey: 'hidden' }, records: { dnskey: HIDDEN } }));
  return begin(zone, rules, call, { kind: 'leave', keys: [...ours, ...theirs], old, new: [] });
}

/**
 * RFC 8901 6.2: a new key that signs data must be in the DNSKEY RRsets of all operators before its signatures appear.
 * @throws Refusal roll/not-known-elsewhere
 */
export function refuseUnknownElsewhere(before: ZoneRoll, after: ZoneRoll, { knownElsewhereFrom, now }: StartCall): void {
  const operators = [
    ...new Set(before.keys.filter((key) => !isOwn(key) && key.goals.dnskey === 'omnipresent').map(({ operator }) => operator)),
  ];
  const signing = new Set(before.keys.filter(({ goals }) => goals.zrrsig === 'omnipresent').map(({ name }) => name));
  const isNew = after.keys.some(({ name, goals }) => goals.zrrsig === 'omnipresent' && !signing.has(name));
  if (operators.length === 0 || !isNew || after.roll?.breaksChain === true) return;
  if (knownElsewhereFrom !== undefined && now >= knownElsewhereFrom) return;
  throw new Refusal(
    'roll/not-known-elsewhere',
    `${operators.join(', ')} answers for this zone too, and ${knownElsewhereFrom === undefined ? 'nothing tells that it publishes the new key that signs data' : `its caches have the new key from ${momentText(knownElsewhereFrom)} on; it is ${momentText(now)}`}`,
    'give the new key to the other operators, wait for their DNSKEY TTL, and start the rollover with that time',
  );
}
