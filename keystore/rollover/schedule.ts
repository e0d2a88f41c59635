import type { KeyRole } from '../../signer/zone-key.ts';
import type { CskMethod, Interval, KskMethod, RollKey, RollRules, ZoneRoll } from './model.ts';
import { isOwn } from './rules.ts';
import { keysInUse, standbyKeys } from './start/keys.ts';
import type { RoleWhat } from './start/what.ts';
import { itrp } from './timing.ts';

/** A rollover that the lifetime of a key asks for. */
export interface Scheduled {
  readonly kind: KeyRole;
  readonly role: KeyRole;
  readonly what: RoleWhat;
  /** Key whose lifetime it is. */
  readonly old: string;
  /** From here on, the first visit at or after it starts the rollover: one missed visit is harmless then. */
  readonly start: number;
  /** A start after this is too late for the lifetime, though never for the chain of trust (RFC 7583 1.1: a lifetime is a target). */
  readonly latest: number;
  readonly isDue: boolean;
  /** Its terms add up to `start` less Tact of the old key. */
  readonly formula: Interval;
}

interface Term {
  readonly name: string;
  readonly seconds: number;
}

/** What must be over when the lifetime ends: waits that end with somebody at the machine, and what runs by itself after the last of them. */
interface Lead {
  readonly event: string;
  readonly reference: string;
  readonly untilVisit: readonly Term[];
  readonly after: readonly Term[];
}

/**
 * The next rollover by lifetime: that of the key which must begin first. undefined: another rollover is under way, or no key's life ends.
 * Without ceremonies `start` and `latest` are the time of RFC 7583: Tpub(N+1) <= Tact(N) + Lzsk - Ipub, and so on by method.
 * @param which of-itself: without those that somebody has to ask for
 */
export function nextScheduled(zone: ZoneRoll, rules: RollRules, now: number, which: 'all' | 'of-itself' = 'all'): Scheduled | undefined {
  if (zone.roll !== undefined) return undefined;
  let next: Candidate | undefined;
  for (const role of ['ksk', 'zsk', 'csk'] as const) {
    const lifetime = role === 'zsk' ? rules.zskLifetime : rules.kskLifetime;
    if (lifetime === 'unlimited' || (which === 'of-itself' && isAskedFor(zone, role))) continue;
    for (const key of keysInUse(zone, role)) {
      if (key.activeSince === undefined) continue;
      const one = candidate(zone, rules, key, key.activeSince, lifetime);
      if (next === undefined || one.start < next.start) next = one;
    }
  }
  return next === undefined ? undefined : scheduled(next, now);
}

/** RFC 8901 6.2: what signs data must be known to the other operators first, and nobody here can tell when it is. */
export function isAskedFor({ keys }: Pick<ZoneRoll, 'keys'>, role: KeyRole): boolean {
  return role !== 'ksk' && keys.some((key) => !isOwn(key) && key.goals.dnskey === 'omnipresent');
}

/** A key whose rollover may be the next. */
interface Candidate extends Pick<Scheduled, 'start' | 'latest'> {
  readonly key: RollKey;
  readonly lifetime: number;
  readonly lead: Lead;
  readonly roundedUp: number;
}

function candidate(zone: ZoneRoll, rules: RollRules, key: RollKey, active: number, lifetime: number): Candidate {
  const lead = leadOf(zone, rules, key);
  const waits = total(lead.untilVisit) + total(lead.after);
  const { roundedUp, spare } = visits(rules, lead);
  const latest = active + lifetime - waits - roundedUp;
  return { key, lifetime, lead, roundedUp, latest, start: Math.max(latest - spare, active) };
}

function scheduled({ key, lifetime, lead, roundedUp, latest, start }: Candidate, now: number): Scheduled {
  const { role, algorithm, name } = key;
  const terms: readonly Term[] = [
    { name: role === 'zsk' ? 'Lzsk' : 'Lksk', seconds: lifetime },
    ...[...lead.untilVisit, ...lead.after].map((term) => ({ name: term.name, seconds: -term.seconds })),
    ...(roundedUp === 0 ? [] : [{ name: 'rounded up to visits', seconds: -roundedUp }]),
    ...(latest === start ? [] : [{ name: 'one missed visit', seconds: start - latest }]),
  ];
  const formula: Interval = { name: lead.event, terms, reference: lead.reference };
  return { kind: role, role, what: { kind: role, algorithm }, old: name, start, latest, isDue: start <= now, formula };
}

/**
 * Visits are at most C apart, each at most `slack` late; a change falls on the first visit after its wait. So that the visit on which it is planned
 * may be missed altogether, the start is planned on a visit that has another before the last possible moment.
 */
function visits(
  { ceremonyInterval: c, ceremonySlack: slack }: RollRules,
  { untilVisit }: Lead,
): { readonly roundedUp: number; readonly spare: number } {
  if (c === 0) return { roundedUp: 0, spare: 0 };
  const wait = total(untilVisit);
  const roundedUp = untilVisit.length === 0 ? 0 : Math.ceil(wait / c) * c - wait + slack;
  return { roundedUp, spare: 2 * c + slack };
}

function leadOf(zone: ZoneRoll, rules: RollRules, { role, algorithm }: RollKey): Lead {
  const standby = standbyKeys(zone, role).find((key) => key.algorithm === algorithm && key.trouble === 'none');
  switch (role) {
    case 'zsk':
      return zskLead(rules, standby !== undefined);
    case 'ksk':
      return kskLead(rules, standby === undefined ? 'none' : standby.goals.ds === 'omnipresent' ? 'ds' : 'dnskey');
    case 'csk':
      return cskLead(rules, rules.methods.csk);
    default:
      return role satisfies never;
  }
}

/** RFC 7583 3.2.1: Tpub(N+1) <= Tact(N) + Lzsk - Ipub. 3.2.2: Tact(N+1) = Tact(N) + Lzsk - Iret. A standby ZSK needs no Ipub. */
function zskLead(rules: RollRules, hasStandby: boolean): Lead {
  if (hasStandby) return { event: 'Tact(N+1) = Tact(N) + Lzsk', reference: 'RFC 7583 4', untilVisit: [], after: [] };
  if (rules.methods.zsk === 'pre-publication') {
    return { event: 'Tpub(N+1) = Tact(N) + Lzsk - Ipub', reference: 'RFC 7583 3.2.1', untilVisit: keyTerms(rules, 'Dprp'), after: [] };
  }
  return { event: 'Tact(N+1) = Tact(N) + Lzsk - Iret', reference: 'RFC 7583 3.2.2', untilVisit: [], after: signatureTerms(rules) };
}

/**
 * RFC 7583 3.3.1: Tpub(N+1) <= Tact(N) + Lksk - Dreg - IpubC. 3.3.2: Tsbm(N+1) <= Tact(N) + Lksk - IpubP - Dreg.
 * 3.3.3: Tpub(N+1) <= Tact(N) + Lksk - Ipub.
 */
function kskLead(rules: RollRules, standby: 'none' | 'dnskey' | 'ds'): Lead {
  const registration = { name: 'Dreg', seconds: rules.registration };
  if (standby === 'ds') return { event: 'Tact(N+1) = Tact(N) + Lksk', reference: 'RFC 7583 4', untilVisit: anchorTerms(rules), after: [] };
  if (standby === 'dnskey')
    return { event: 'Tsbm(N+1) = Tact(N) + Lksk - Dreg', reference: 'RFC 7583 4', untilVisit: [], after: [registration] };
  const method: KskMethod = rules.methods.ksk;
  switch (method) {
    case 'double-ksk':
      return {
        event: 'Tpub(N+1) = Tact(N) + Lksk - Dreg - IpubC',
        reference: 'RFC 7583 3.3.1',
        untilVisit: sepTerms(rules),
        after: [registration],
      };
    case 'double-ds':
      return {
        event: 'Tsbm(N+1) = Tact(N) + Lksk - IpubP - Dreg',
        reference: 'RFC 7583 3.3.2',
        untilVisit: [registration, ...dsTerms(rules), ...anchorTerms(rules)],
        after: [],
      };
    case 'double-rrset':
      return {
        event: 'Tpub(N+1) = Tact(N) + Lksk - Ipub',
        reference: 'RFC 7583 3.3.3',
        untilVisit: [],
        after: larger([registration, ...dsTerms(rules)], sepTerms(rules)),
      };
    default:
      return method satisfies never;
  }
}

/** RFC 6781 4.1.3, with the intervals of RFC 7583; the lifetime of a CSK ends when the DS of its successor is there. */
function cskLead(rules: RollRules, method: CskMethod): Lead {
  const registration = { name: 'Dreg', seconds: rules.registration };
  const reference = 'RFC 6781 4.1.3';
  switch (method) {
    case 'pre-publication':
    case 'delayed-signatures':
      return { event: 'Tpub(N+1) = Tact(N) + Lksk - Dreg - Ipub', reference, untilVisit: sepTerms(rules), after: [registration] };
    case 'double-signature':
      return {
        event: 'Tact(N+1) = Tact(N) + Lksk - Dreg - max(IpubC, Dsgn + DprpC + TTLsig)',
        reference,
        untilVisit: larger(signatureTerms(rules), sepTerms(rules)),
        after: [registration],
      };
    case 'double-ds':
      return {
        event: 'Tpub(N+1) = Tact(N) + Lksk - max(Dreg + IpubP, IpubC)',
        reference,
        untilVisit: larger([registration, ...dsTerms(rules)], sepTerms(rules)),
        after: [],
      };
    default:
      return method satisfies never;
  }
}

function keyTerms({ propagation, keyTtl, publishSafety }: RollRules, dprp: string): readonly Term[] {
  return withSafety(
    [
      { name: dprp, seconds: propagation },
      { name: 'TTLkey', seconds: keyTtl },
    ],
    publishSafety,
  );
}

/** IpubC; for a trust anchor DprpC + max(Itrp, TTLkey) (RFC 7583 3.3.4.1). */
function sepTerms(rules: RollRules): readonly Term[] {
  if (rules.rfc5011 === 'none') return keyTerms(rules, 'DprpC');
  return withSafety(
    [
      { name: 'DprpC', seconds: rules.propagation },
      { name: 'max(Itrp, TTLkey)', seconds: Math.max(itrp(rules), rules.keyTtl) },
    ],
    rules.publishSafety,
  );
}

/** What a trust anchor's DNSKEY must wait in methods that need no wait for it otherwise (RFC 7583 3.3.4.1). */
const anchorTerms = (rules: RollRules): readonly Term[] => (rules.rfc5011 === 'none' ? [] : sepTerms(rules));

function dsTerms({ parentPropagation, dsTtl, publishSafety }: RollRules): readonly Term[] {
  return withSafety(
    [
      { name: 'DprpP', seconds: parentPropagation },
      { name: 'TTLds', seconds: dsTtl },
    ],
    publishSafety,
  );
}

/** Iret of Double-Signature. */
function signatureTerms({ dsgn, propagation, keyTtl, signatureTtl, publishSafety }: RollRules): readonly Term[] {
  const terms = [
    { name: 'Dsgn', seconds: dsgn },
    { name: 'Dprp', seconds: propagation },
    { name: 'max(TTLkey, TTLsig)', seconds: Math.max(keyTtl, signatureTtl) },
  ];
  return withSafety(terms, publishSafety);
}

const withSafety = (terms: readonly Term[], seconds: number): readonly Term[] =>
  seconds === 0 ? terms : [...terms, { name: 'publish-safety', seconds }];
const larger = (a: readonly Term[], b: readonly Term[]): readonly Term[] => (total(b) > total(a) ? b : a);
const total = (terms: readonly Term[]): number => terms.reduce((sum, { seconds }) => sum + seconds, 0);
