import { Refusal } from '../../../signer/errors.ts';
import {
  HIDDEN,
  isPresent,
  type KeyName,
  type Methods,
  RECORDS,
  type RecordName,
  type RecordState,
  type RollKey,
  type RollRules,
  stateOf,
  type ZoneRoll,
} from '../model.ts';
import { momentText } from '../moment-text.ts';
import { begin } from './begin.ts';
import { isOwn, isStandby, keyNamed, standbyKeys, toLeave, withKeys } from './keys.ts';
import { refuseRunning, refuseUnsigned } from './preconditions.ts';
import { oldKeys, takeOver } from './role.ts';
import { startInsecure } from './shape.ts';
import type { EmergencyWhat, StartCall, StartWhat } from './what.ts';

type Lost = Extract<StartWhat, { kind: 'lost' }>;

/**
 * Somebody else has the private key (RFC 6781 4.2; RFC 7583 4). Evidence is not asked for before the start: the rules wait for what they need.
 * A key that is on its way out already is only marked: no way is shorter than the one that runs.
 * @throws Refusal roll/running, roll/not-signed, roll/key-unknown, roll/key-unfit, roll/key-missing, roll/method-unsuitable, roll/two-people;
 * for insecure also roll/unsettled, roll/ds-unknown, roll/request-outstanding
 */
export function startEmergency(zone: ZoneRoll, rules: RollRules, what: EmergencyWhat, call: StartCall): ZoneRoll {
  const key = { ...keyNamed(zone, what.key), trouble: 'compromised' as const };
  refuseForeign(key);
  const marked = withKeys(zone, [key]);
  if (what.how !== 'keep') refuseOnePerson(what);
  if (what.how === 'keep' && zone.roll?.old.includes(key.name)) return marked;
  refuseRunning(zone, rules, call.now);
  refuseUnsigned(zone);
  switch (what.how) {
    case 'insecure':
      // Two people agree that the zone is not secure for a while; its answers are valid all the time, so the rules keep their say.
      return startInsecure(marked, rules, call);
    case 'keep':
      if (isStandby(zone, key)) return dropStandby(marked, rules, key, call);
      return replace(marked, rules, key, what.new, keepMethods(marked, rules, key, call), call);
    case 'bogus': {
      const replaced = replace(marked, rules, key, what.new, {}, call);
      return swapAtOnce(replaced, call.now);
    }
    default:
      return what.how satisfies never;
  }
}

/** A standby key that somebody has was never needed: it goes. */
function dropStandby(zone: ZoneRoll, rules: RollRules, key: RollKey, call: StartCall): ZoneRoll {
  return begin(zone, rules, call, { kind: 'standby', keys: [toLeave(key, rules)], old: [key], new: [] });
}

/**
 * KSK without a standby: Double-KSK, whatever the policy rolls by; the old KSK goes only when the new DS is in place (RFC 6781 4.2.1.1).
 * ZSK: the method of the policy. takeOver() takes a standby key by its own.
 */
function keepMethods(zone: ZoneRoll, rules: RollRules, key: RollKey, call: StartCall): Partial<Methods> {
  const hasStandby = standbyKeys(zone, key.role).some((other) => other.trouble === 'none' && other.algorithm === key.algorithm);
  if (key.role !== 'ksk' || hasStandby) return {};
  return { ksk: call.methods?.ksk ?? (rules.methods.ksk === 'double-rrset' ? 'double-rrset' : 'double-ksk') };
}

function replace(
  zone: ZoneRoll,
  rules: RollRules,
  key: RollKey,
  next: KeyName | undefined,
  methods: Partial<Methods>,
  call: StartCall,
): ZoneRoll {
  const inUse = oldKeys(zone, rules, { kind: key.role, algorithm: key.algorithm });
  if (!inUse.some(({ name }) => name === key.name)) {
    throw new Refusal(
      'roll/key-unfit',
      `key ${key.keyTag} is not in use: its DNSKEY is ${stateOf(key, 'dnskey')}`,
      'name a key that is in use or stands by; roll status tells them',
    );
  }
  const old = inUse.filter(({ name }) => name === key.name);
  return takeOver(zone, rules, { kind: key.role, ...(next === undefined ? {} : { new: next }), old, methods }, call);
}

/** Every record of old and new changes now, in one version of the zone and one request to the parent. */
function swapAtOnce(zone: ZoneRoll, now: number): ZoneRoll {
  const roll = zone.roll!;
  const keys = zone.keys.map((key) => {
    const isNew = roll.new.includes(key.name);
    if (!isNew && !roll.old.includes(key.name)) return key;
    // No time for a revocation that needs the key to sign on: who has it could sign a revocation as well as anything else.
    const revocation = key.revocation.kind === 'wanted' ? ({ kind: 'none' } as const) : key.revocation;
    return { ...key, revocation, records: Object.fromEntries(RECORDS[key.role].map((record) => [record, moved(key, record, isNew, now)])) };
  });
  const ds = keys.filter((key) => isPresent(key, 'ds')).map(({ name }) => name);
  const changesDs = roll.old.concat(roll.new).some((name) => keyNamed(zone, name).role !== 'zsk');
  const parent = changesDs ? { ...zone.parent, request: { keys: ds, at: now, submittedAt: undefined } } : zone.parent;
  return { ...zone, keys, parent, roll: { ...roll, breaksChain: true } };
}

function moved(key: RollKey, record: RecordName, isNew: boolean, now: number): RecordState {
  const is = isPresent(key, record);
  const wanted = isNew && key.goals[record] === 'omnipresent';
  if (is === wanted) return key.records[record] ?? HIDDEN;
  return { kind: wanted ? 'rumoured' : 'unretentive', since: now, from: 'awaited' };
}

/** @throws Refusal roll/two-people */
function refuseOnePerson({ how, approvedBy = [] }: EmergencyWhat): void {
  const people = new Set(approvedBy);
  if (people.size >= 2) return;
  throw new Refusal(
    'roll/two-people',
    `to go ${how} breaks the chain of trust and needs two people; ${people.size === 0 ? 'nobody' : `only ${[...people].join()}`} agreed to it`,
    'have two people approve it, or keep the chain of trust (keep)',
  );
}

/**
 * The private key is gone. What it signed stays valid until it ends, and must be kept as it is: a ZSK's successor is published before it signs
 * (Pre-Publication); a KSK's cannot be, since nobody can sign the DNSKEY RRset anew, so its DS goes first (Double-DS), or it stood by in the
 * DNSKEY RRset already.
 * @throws Refusal roll/running, roll/not-signed, roll/key-unknown, roll/key-unfit, roll/key-missing, roll/method-unsuitable, roll/lost-csk,
 * roll/too-late
 */
export function startLost(zone: ZoneRoll, rules: RollRules, what: Lost, call: StartCall): ZoneRoll {
  const key = { ...keyNamed(zone, what.key), trouble: 'lost' as const, revocation: withoutWish(keyNamed(zone, what.key)) };
  refuseForeign(key);
  const marked = withKeys(zone, [key]);
  if (zone.roll?.old.includes(key.name) && key.role === 'zsk') return marked;
  refuseRunning(zone, rules, call.now);
  refuseUnsigned(zone);
  if (isStandby(zone, key)) return dropStandby(marked, rules, key, call);
  if (key.role === 'csk') {
    throw new Refusal(
      'roll/lost-csk',
      `CSK ${key.keyTag} signed both the keys and the zone, and nothing of either can be signed anew; what it signed ends at ${momentText(what.validUntil)}`,
      'take the zone back to insecure (its DS leaves the parent, its signatures stay as they are until then), then sign it with new keys',
    );
  }
  if (key.role === 'ksk' && call.now >= what.validUntil) {
    throw new Refusal(
      'roll/too-late',
      `the signatures of KSK ${key.keyTag} over the DNSKEY RRset ended at ${momentText(what.validUntil)}; it is ${momentText(call.now)}`,
      'the zone is bogus: have its DS replaced with an emergency that breaks the chain, or removed',
    );
  }
  const methods: Partial<Methods> =
    key.role === 'zsk' ? { zsk: 'pre-publication' } : hasDnskeyStandby(marked, key) ? {} : { ksk: 'double-ds' };
  return replace(marked, rules, key, undefined, methods, call);
}

const withoutWish = ({ revocation }: RollKey): RollKey['revocation'] => (revocation.kind === 'wanted' ? { kind: 'none' } : revocation);

const hasDnskeyStandby = (zone: ZoneRoll, { role, algorithm }: RollKey): boolean =>
  standbyKeys(zone, role).some((key) => key.algorithm === algorithm && key.trouble === 'none' && key.goals.dnskey === 'omnipresent');

function refuseForeign(key: RollKey): void {
  if (isOwn(key)) return;
  throw new Refusal(
    'roll/key-unfit',
    `key ${key.keyTag} is a key of ${key.operator}`,
    `${key.operator} rolls its own keys; what it publishes comes and goes here with join and leave`,
  );
}
