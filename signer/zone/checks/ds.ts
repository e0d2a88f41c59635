import { TYPE, typeMnemonic } from '../../dns/rrtype.ts';
import { algorithmByNumber, algorithmLabel } from '../../dnssec/algorithm.ts';
import { NAME_KIND } from '../cuts.ts';
import { findRrset } from '../zone.ts';
import type { CheckContext } from './context.ts';
import { readU16, rrsetOwner, rrsetsOfType } from './records.ts';
import { atRecord, type Check, type Sighting } from './sighting.ts';

interface DigestType {
  readonly name: string;
  /** Where the digest type is in use: others are loaded whatever their length. */
  readonly octets?: number;
  /** Why it should not be used any more. */
  readonly deprecated?: string;
}

/** IANA registry "DNSSEC Delegation Signer (DS) Resource Record (RR) Type Digest Algorithms", copy of 2026-03-01. */
const DIGEST_TYPES: ReadonlyMap<number, DigestType> = new Map([
  [1, { name: 'SHA-1', octets: 20, deprecated: 'RFC 9905' }],
  [2, { name: 'SHA-256', octets: 32 }],
  [3, { name: 'GOST R 34.11-94', deprecated: 'RFC 9906' }],
  [4, { name: 'SHA-384', octets: 48 }],
  [5, { name: 'GOST R 34.11-2012' }],
  [6, { name: 'SM3' }],
]);

/** DS records stand at delegations, never at the apex (RFC 4035 2.4). */
export const dsPlace: Check = function* ({ zone, kinds, apex }) {
  for (const rrset of rrsetsOfType(zone, TYPE.DS)) {
    const name = zone.rrsetName[rrset]!;
    const record = zone.rrsetFirstRecord[rrset]!;
    if (name === apex) {
      yield atRecord('ZONE-DS-AT-APEX', record, () => ({
        text: `${rrsetOwner(zone, rrset)} is the apex and has a DS record; DS belongs into the parent zone`,
        found: rrsetOwner(zone, rrset),
        expected: 'DS at delegations only',
      }));
    } else if (kinds[name] === NAME_KIND.authoritative && findRrset(zone, name, TYPE.NS) < 0) {
      yield atRecord('ZONE-DS-WITHOUT-NS', record, () => ({
        text: `${rrsetOwner(zone, rrset)} has a DS record but no NS: it is not a delegation`,
        found: 'DS',
        expected: 'DS and NS',
      }));
    }
  }
};

/** DS and CDS: algorithms and digests that validators still use (RFC 9904, 9905, 9906), digests of the right length. */
export const dsData: Check = function* (context) {
  for (const type of [TYPE.DS, TYPE.CDS]) {
    for (const rrset of rrsetsOfType(context.zone, type)) {
      for (let k = context.zone.rrsetFirstRecord[rrset]!; k < context.zone.rrsetFirstRecord[rrset + 1]!; k++)
        yield* judgeDs(context, type, rrset, k);
    }
  }
};

/** Key tag(2) algorithm(1) digest type(1) digest(n); algorithm 0 in a CDS asks for deletion (RFC 8078 4). */
function* judgeDs({ zone }: CheckContext, type: number, rrset: number, record: number): Generator<Sighting, void> {
  const octets = zone.rdataLength[record]! - 4;
  if (octets < 0) return;
  const at = zone.rdataAt[record]!;
  const algorithm = zone.wire[at + 2]!;
  const digestType = zone.wire[at + 3]!;
  if (type === TYPE.CDS && algorithm === 0) return;
  const what = (): string => `${typeMnemonic(type)} ${readU16(zone.wire, at)} of ${rrsetOwner(zone, rrset)}`;
  const known = algorithmByNumber(algorithm);
  const digest = DIGEST_TYPES.get(digestType);
  if (known?.deprecated === true) {
    yield atRecord('ZONE-DS-ALGORITHM-DEPRECATED', record, () => ({
      text: `${what()} names the retired algorithm ${algorithmLabel(algorithm)}: validators treat the child as unsigned`,
      found: `${algorithm}`,
      expected: '8, 10, 13, 14, 15 or 16',
    }));
  }
  if (digest?.deprecated !== undefined) {
    yield atRecord('ZONE-DS-DIGEST-DEPRECATED', record, () => ({
      text: `${what()} has a ${digest.name} digest, which is retired (${digest.deprecated})`,
      found: `${digestType}`,
      expected: '2 or 4',
    }));
  }
  if (digest?.octets !== undefined && octets !== digest.octets) {
    yield atRecord('ZONE-DS-DIGEST-LENGTH', record, () => ({
      text: `${what()} has a ${digest.name} digest of ${octets} octets instead of ${digest.octets}`,
      found: `${octets} octets`,
      expected: `${digest.octets} octets`,
    }));
  }
  if (known === undefined || digest === undefined) {
    yield atRecord('ZONE-DS-UNKNOWN', record, () => ({
      text: `${what()} has ${known === undefined ? `algorithm ${algorithmLabel(algorithm)}` : `digest type ${digestType}`}, which few validators know`,
      found: known === undefined ? `algorithm ${algorithm}` : `digest type ${digestType}`,
      expected: 'algorithm 8, 10, 13, 14, 15 or 16 with digest type 2 or 4',
    }));
  }
}
