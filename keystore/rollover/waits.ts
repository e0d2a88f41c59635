import { anchorTimes, type Moving, marginOf, type Ready, safetyOf, ttlOf } from './guards.ts';
import type { Interval, Methods, Move, RecordName, RollKey, RollRules, Wait, ZoneRoll } from './model.ts';
import type { EngineParts } from './parts.ts';
import { addHoldDownTime, modifiedQueryInterval, REMOVE_HOLD_DOWN } from './timing.ts';

/** A method or a rule holds it back. */
export function ruleWait(move: Move, because: string): Wait {
  return { move, until: 'rules', interval: undefined, evidence: 'none', because };
}

/** Only somebody at the machine is missing, or a revoked key must be seen for a while. */
export function actWait(zone: ZoneRoll, move: Move, until: Ready, key: RollKey, rules: RollRules): Wait {
  const { revocation } = key;
  const isHeld = revocation.kind === 'revoked' && move.kind === 'record' && move.record !== 'ds' && move.record !== 'zrrsig';
  return {
    move,
    until,
    interval: isHeld ? irevOf(anchorTimes(zone, revocation.from, rules)) : undefined,
    evidence: until === 'evidence' ? 'published' : 'none',
    because: '',
  };
}

/** Caches hold it back, or nothing was seen yet. */
export function guardWait(
  zone: ZoneRoll,
  key: RollKey,
  record: RecordName,
  state: Moving,
  move: Move,
  until: Ready,
  rules: RollRules,
  parts: EngineParts,
): Wait {
  const evidence = until !== 'evidence' ? 'none' : record !== 'ds' ? 'published' : state.kind === 'rumoured' ? 'ds-seen' : 'ds-gone';
  return { move, until, interval: intervalOf(zone, key, record, state, rules, parts), evidence, because: '' };
}

type Term = Interval['terms'][number];

/** The interval as the RFC writes it, counted from the change; its propagation delay is what evidence takes the place of. */
export function intervalOf(
  zone: ZoneRoll,
  key: RollKey,
  record: RecordName,
  state: Moving,
  rules: RollRules,
  parts: EngineParts,
): Interval {
  const isComing = state.kind === 'rumoured';
  const safety = safetyOf(zone, key, record, state, rules);
  const terms: Term[] = [];
  if (record === 'ds') {
    terms.push({ name: 'DprpP', seconds: rules.parentPropagation }, { name: 'TTLds', seconds: parts.dsTtl(zone, rules) });
    const trust = parts.lastDsTrust(zone, state, rules);
    if (trust > 0) terms.push({ name: 'TTLkey', seconds: trust });
  } else {
    const dsgn = record === 'zrrsig' ? parts.dsgn(rules) : 0;
    if (record === 'zrrsig') terms.push({ name: 'Dsgn', seconds: dsgn });
    terms.push({ name: key.role === 'zsk' ? 'Dprp' : 'DprpC', seconds: rules.propagation });
    terms.push(...childTerms(zone, key, record, state, rules, parts));
  }
  if (safety > 0) terms.push({ name: marginOf(zone, key, record, state), seconds: safety });
  return { name: nameOf(zone, key, record, state), terms, reference: referenceOf(zone, key, record, isComing, rules) };
}

function childTerms(
  zone: ZoneRoll,
  key: RollKey,
  record: RecordName,
  state: Moving,
  rules: RollRules,
  parts: EngineParts,
): readonly Term[] {
  if (record === 'dnskey' && state.kind === 'rumoured' && parts.needsHoldDown(zone, key, state, rules)) {
    const times = anchorTimes(zone, state.from, rules);
    return [
      { name: 'AddHoldDownTime', seconds: addHoldDownTime(times) },
      { name: '2*modifiedQueryInterval', seconds: 2 * modifiedQueryInterval(times) },
    ];
  }
  const least = ttlOf(record, rules, zone, key, state, parts);
  const old = state.from === 'awaited' ? 0 : parts.oldVersions(zone, record, state.since, state.from) - state.from;
  const usual = record === 'zrrsig' ? rules.signatureTtl : rules.keyTtl;
  const seconds = Math.max(least, old);
  // A longer TTL than that of today: absence of the record, or what was given out before.
  const name = seconds === usual ? (record === 'zrrsig' ? 'TTLsig' : 'TTLkey') : seconds === rules.negativeTtl ? 'TTLneg' : 'TTLold';
  return [{ name, seconds }];
}

function nameOf(zone: ZoneRoll, key: RollKey, record: RecordName, state: Moving): string {
  if (state.kind === 'unretentive' || marginOf(zone, key, record, state) === 'retire-safety') return 'Iret';
  if (record === 'ds') return 'IpubP';
  // RFC 7583 3.2.2 calls it Iret; where nothing leaves after it, it has no name there.
  if (record === 'zrrsig') return zone.roll?.kind === 'zsk' ? 'Iret' : 'signatures in all caches';
  return key.role === 'zsk' ? 'Ipub' : 'IpubC';
}

const ZSK_SECTIONS: Readonly<Record<Methods['zsk'], string>> = {
  'pre-publication': 'RFC 7583 3.2.1',
  'double-signature': 'RFC 7583 3.2.2',
};
const KSK_SECTIONS: Readonly<Record<Methods['ksk'], string>> = {
  'double-ksk': 'RFC 7583 3.3.1',
  'double-ds': 'RFC 7583 3.3.2',
  'double-rrset': 'RFC 7583 3.3.3',
};

function referenceOf({ roll }: ZoneRoll, { role }: RollKey, record: RecordName, isComing: boolean, rules: RollRules): string {
  const { zsk, ksk } = roll?.methods ?? rules.methods;
  switch (roll?.kind) {
    case 'algorithm':
      return 'RFC 6781 4.1.4';
    case 'first-signing':
      return 'RFC 7583 3.3.5';
    case 'insecure':
      return 'RFC 8078 4';
    case 'standby':
      return 'RFC 7583 4';
    case 'zsk':
      return ZSK_SECTIONS[zsk];
    case 'ksk':
      return KSK_SECTIONS[ksk];
    default:
      if (role === 'zsk') return 'RFC 7583 3.2';
      if (role === 'csk') return 'RFC 6781 4.1.3';
      return record === 'ds' && isComing ? 'RFC 7583 3.3.2' : 'RFC 7583 3.3';
  }
}

function irevOf(rules: RollRules): Interval {
  const seen: readonly Term[] = [
    { name: 'DprpC', seconds: rules.propagation },
    { name: 'modifiedQueryInterval', seconds: modifiedQueryInterval(rules) },
  ];
  const isLonger = rules.rfc5011 !== 'minimum' && rules.propagation + modifiedQueryInterval(rules) < REMOVE_HOLD_DOWN;
  return isLonger
    ? { name: 'Irev', terms: [{ name: 'remove hold-down', seconds: REMOVE_HOLD_DOWN }], reference: 'RFC 5011 6.2' }
    : { name: 'Irev', terms: seen, reference: 'RFC 7583 3.3.4' };
}
