import type { Methods, RecordName, RollKey, RollRules, ZoneRoll } from './model.ts';
import type { EngineParts } from './parts.ts';
import { isOwn, isSep, isSigner, kindOf } from './rules.ts';

/** Why the method does not have it yet, in words; undefined: it approves. */
export type Objection = string | undefined;

/**
 * May this record be introduced? The method chooses among the safe ways (RFC 7583 2.1, 2.2; RFC 6781 4.1.3); where no other key of the algorithm
 * does the work there is nothing to choose, and the rules alone decide: so come first keys and new algorithms.
 */
export function introduction(zone: ZoneRoll, key: RollKey, record: RecordName, rules: RollRules, _parts: EngineParts): Objection {
  if (!isOwn(key) || breaks(zone)) return undefined;
  switch (record) {
    case 'krrsig':
      return introducesKeySignature(zone, key, methodsOf(zone, rules));
    case 'dnskey':
      return introducesKey(zone, key, methodsOf(zone, rules));
    case 'zrrsig':
      return introducesSignatures(zone, key, methodsOf(zone, rules));
    case 'ds':
      return introducesDs(key, methodsOf(zone, rules));
    default:
      return record satisfies never;
  }
}

/** RFC 7583 3.3.1: a key's signature over the DNSKEY RRset comes with its DNSKEY, never before it. */
function introducesKeySignature(zone: ZoneRoll, key: RollKey, { csk }: Methods): Objection {
  if (!isThere(key, 'dnskey')) return 'its signature over the DNSKEY RRset comes together with its DNSKEY';
  if (key.role !== 'csk' || csk !== 'double-ds' || !hasGoodAnchor(zone, key) || isEverywhere(key, 'dnskey', 'ds')) return undefined;
  return 'csk double-ds: it signs once its DNSKEY and its DS are omnipresent (RFC 6781 4.1.3)';
}

function introducesKey(zone: ZoneRoll, key: RollKey, { ksk }: Methods): Objection {
  if (key.role !== 'ksk' || ksk !== 'double-ds' || key.goals.ds !== 'omnipresent') return undefined;
  if (isEverywhere(key, 'ds') || !hasGoodAnchor(zone, key)) return undefined;
  return 'ksk double-ds: its DNSKEY comes once its DS is omnipresent (RFC 7583 3.3.2)';
}

function introducesSignatures(zone: ZoneRoll, key: RollKey, { zsk, csk }: Methods): Objection {
  if (!zone.keys.some((other) => other !== key && other.algorithm === key.algorithm && isSigner(other))) return undefined;
  const method = key.role === 'csk' ? csk : zsk;
  switch (method) {
    case 'double-signature':
      return undefined;
    case 'pre-publication':
      return isEverywhere(key, 'dnskey') ? undefined : 'pre-publication: it signs once its DNSKEY is omnipresent (RFC 7583 3.2.1)';
    case 'double-ds':
      return isEverywhere(key, 'dnskey', 'ds')
        ? undefined
        : 'csk double-ds: it signs once its DNSKEY and its DS are omnipresent (RFC 6781 4.1.3)';
    case 'delayed-signatures':
      return isEverywhere(key, 'dnskey') && (key.goals.ds !== 'omnipresent' || isEverywhere(key, 'ds')) && areOldDsGone(zone, key)
        ? undefined
        : 'delayed signatures: it signs the zone once the old DS is hidden (RFC 6781 4.1.3)';
    default:
      return method satisfies never;
  }
}

function introducesDs(key: RollKey, { ksk, csk }: Methods): Objection {
  // A standby DS has no DNSKEY to wait for (RFC 6781 4.2.4).
  if (key.goals.dnskey !== 'omnipresent') return undefined;
  const method = key.role === 'csk' ? csk : ksk;
  switch (method) {
    case 'double-ds':
    case 'double-rrset':
      return undefined;
    case 'double-ksk':
    case 'pre-publication':
    case 'delayed-signatures':
      return isEverywhere(key, 'dnskey', 'krrsig') ? undefined : 'its DS comes once its DNSKEY is omnipresent (RFC 7583 3.3.1)';
    case 'double-signature':
      return isEverywhere(key, 'dnskey', 'krrsig', 'zrrsig')
        ? undefined
        : 'csk double-signature: its DS comes once its DNSKEY and all its signatures are omnipresent (RFC 6781 4.1.3)';
    default:
      return method satisfies never;
  }
}

/** May this record be withdrawn? */
export function withdrawal(zone: ZoneRoll, key: RollKey, record: RecordName, rules: RollRules, parts: EngineParts): Objection {
  if (breaks(zone)) return undefined;
  if (!isOwn(key)) return withdrawsForeign(zone, record, rules, parts);
  if (key.revocation.kind === 'wanted' && (record === 'dnskey' || record === 'krrsig') && kindOf(key, 'dnskey') !== 'hidden') {
    return 'it is revoked before it is removed (RFC 7583 3.3.4)';
  }
  if (parts.isInsecure(zone, rules))
    return key.revocation.kind === 'none' && isAnyRevoking(zone, key) ? 'its anchors are revoked first (RFC 5011 5)' : undefined;
  const methods = methodsOf(zone, rules);
  if (isAlgorithmLeaving(zone, key)) return withdrawsAlgorithm(key, record, methods);
  switch (key.role) {
    case 'zsk':
      return withdrawsZsk(zone, key, record, methods);
    case 'ksk':
      return withdrawsKsk(zone, key, record, methods, rules);
    case 'csk':
      return withdrawsCsk(zone, key, record, methods);
    default:
      return key.role satisfies never;
  }
}

const DS_FIRST = 'its DS must be hidden first';
const SIGNATURES_FIRST = 'it must sign nothing more first';
const NEW_FIRST = 'the new key must be omnipresent with all its records first';

/** What another operator signs is in caches too: only its leave tells that it is not (RFC 8901 6.2, 8), or a zone that nobody validates. */
function withdrawsForeign(zone: ZoneRoll, record: RecordName, rules: RollRules, parts: EngineParts): Objection {
  if (record !== 'dnskey' || zone.roll?.kind !== 'insecure' || parts.isInsecure(zone, rules)) return undefined;
  return 'the other operator signs with it as long as some cache has a DS (RFC 8901 2.1.2)';
}

/** RFC 6781 4.1.4: DS, DNSKEY, signatures, in this order; liberal: DNSKEY and signatures together. */
function withdrawsAlgorithm(key: RollKey, record: RecordName, { algorithm }: Methods): Objection {
  if (record === 'ds') return undefined;
  if (kindOf(key, 'ds') !== 'hidden') return DS_FIRST;
  if (record !== 'zrrsig' || algorithm === 'liberal' || kindOf(key, 'dnskey') === 'hidden') return undefined;
  return 'conservative: signatures of the old algorithm stay until its DNSKEY is hidden (RFC 6781 4.1.4)';
}

function withdrawsZsk(zone: ZoneRoll, key: RollKey, record: RecordName, { zsk }: Methods): Objection {
  if (zsk === 'double-signature') return areSuccessorsReady(zone, key) ? undefined : NEW_FIRST;
  return record === 'dnskey' && isThere(key, 'zrrsig') ? SIGNATURES_FIRST : undefined;
}

function withdrawsKsk(zone: ZoneRoll, key: RollKey, record: RecordName, { ksk }: Methods, { rfc5011 }: RollRules): Objection {
  switch (ksk) {
    case 'double-ksk':
      return record === 'ds' || kindOf(key, 'ds') === 'hidden' ? undefined : DS_FIRST;
    case 'double-rrset':
      return areSuccessorsReady(zone, key) ? undefined : NEW_FIRST;
    case 'double-ds':
      if (record === 'ds')
        return isNowhere(key, 'dnskey', 'krrsig') || rfc5011 !== 'none'
          ? undefined
          : 'double-ds: its DS goes once its DNSKEY is hidden (RFC 7583 3.3.2)';
      return rfc5011 === 'none' || kindOf(key, 'ds') === 'hidden' ? undefined : DS_FIRST;
    default:
      return ksk satisfies never;
  }
}

function withdrawsCsk(zone: ZoneRoll, key: RollKey, record: RecordName, { csk }: Methods): Objection {
  if (csk === 'double-ds') {
    if (record === 'zrrsig' || record === 'krrsig') return undefined;
    // A key that is to be revoked signs until then; its DS is what must go first.
    const isDone = isNowhere(key, 'zrrsig') && (isNowhere(key, 'krrsig') || key.revocation.kind !== 'none');
    return isDone ? undefined : 'csk double-ds: DS and DNSKEY go once its signatures are hidden (RFC 6781 4.1.3)';
  }
  if (record === 'ds') return undefined;
  if (csk === 'double-signature' && !areSuccessorsReady(zone, key)) return NEW_FIRST;
  if (record === 'zrrsig') return csk === 'double-signature' && kindOf(key, 'ds') !== 'hidden' ? DS_FIRST : undefined;
  if (kindOf(key, 'ds') !== 'hidden') return DS_FIRST;
  return record === 'dnskey' && isThere(key, 'zrrsig') ? SIGNATURES_FIRST : undefined;
}

/**
 * May the key be revoked now? RFC 7583 3.3.4: when it is dead; no new anchor is being watched that it vouches for (RFC 5011 2.2), and another one
 * stays: a trust point whose anchors are all revoked is one no more (RFC 5011 5), as is meant only where the zone goes insecure.
 */
export function revocation(zone: ZoneRoll, key: RollKey): Objection {
  if (kindOf(key, 'ds') !== 'hidden') return 'its DS must be hidden: revoked, the key matches it no more (RFC 5011 2.1)';
  if (kindOf(key, 'zrrsig') !== 'hidden') return 'its signatures must be hidden: revoked, the key validates nothing (RFC 5011 2.1)';
  if (!isThere(key, 'krrsig')) return 'a revoked key must sign the DNSKEY RRset itself (RFC 5011 2.1)';
  const isWatched = zone.keys.some((other) => other !== key && isOwn(other) && isSep(other) && kindOf(other, 'dnskey') === 'rumoured');
  if (isWatched) return 'resolvers still watch the new anchor, and this key vouches for it (RFC 5011 2.2)';
  return zone.roll?.kind === 'insecure' || hasOtherAnchor(zone, key)
    ? undefined
    : 'no other anchor is with all resolvers: with this one revoked the zone is no trust point any more (RFC 5011 5)';
}

/** Another key that stays has been published for so long that every resolver trusts it. */
function hasOtherAnchor(zone: ZoneRoll, key: RollKey): boolean {
  return zone.keys.some(
    (other) =>
      other !== key &&
      isOwn(other) &&
      isSep(other) &&
      other.goals.dnskey === 'omnipresent' &&
      other.revocation.kind === 'none' &&
      isEverywhere(other, 'dnskey', 'krrsig'),
  );
}

export const breaks = ({ roll }: ZoneRoll): boolean => roll?.breaksChain === true;

function methodsOf(zone: ZoneRoll, rules: RollRules): Methods {
  return zone.roll?.methods ?? rules.methods;
}

const isThere = (key: RollKey, record: RecordName): boolean => {
  const kind = kindOf(key, record);
  return kind === 'rumoured' || kind === 'omnipresent';
};
const isEverywhere = (key: RollKey, ...records: readonly RecordName[]): boolean =>
  records.every((record) => kindOf(key, record) === 'omnipresent');
const isNowhere = (key: RollKey, ...records: readonly RecordName[]): boolean => records.every((record) => kindOf(key, record) === 'hidden');

/** Another key of the algorithm carries the chain of trust. */
function hasGoodAnchor(zone: ZoneRoll, key: RollKey): boolean {
  return zone.keys.some(
    (other) =>
      other !== key &&
      isOwn(other) &&
      other.algorithm === key.algorithm &&
      other.revocation.kind !== 'revoked' &&
      isEverywhere(other, 'dnskey', 'krrsig', 'ds'),
  );
}

function areOldDsGone(zone: ZoneRoll, key: RollKey): boolean {
  return zone.keys.every((other) => other === key || other.goals.ds !== 'hidden' || kindOf(other, 'ds') === 'hidden');
}

/** All that takes over from this key is everywhere with all that it is to have. */
function areSuccessorsReady(zone: ZoneRoll, key: RollKey): boolean {
  return zone.links.every((link) => {
    if (link.old !== key.name) return true;
    const next = zone.keys.find(({ name }) => name === link.new);
    return (
      next === undefined ||
      (Object.keys(next.goals) as RecordName[]).every(
        (record) => next.goals[record] !== 'omnipresent' || kindOf(next, record) === 'omnipresent',
      )
    );
  });
}

/** No key of this algorithm is to stay. */
function isAlgorithmLeaving(zone: ZoneRoll, { algorithm }: RollKey): boolean {
  return !zone.keys.some((key) => key.algorithm === algorithm && isOwn(key) && Object.values(key.goals).includes('omnipresent'));
}

function isAnyRevoking(zone: ZoneRoll, key: RollKey): boolean {
  return zone.keys.some((other) => other !== key && other.revocation.kind !== 'none' && isThere(other, 'dnskey'));
}
