import { equalBytes } from './dns/bytes.ts';
import { canonicalizeRdata, hasCanonicalNames } from './dns/canonical.ts';
import { compareNames, nameLength } from './dns/name.ts';
import { TYPE } from './dns/rrtype.ts';
import type { Denial } from './dnssec/denial.ts';
import { dnskeyAlgorithm, keyTag } from './dnssec/dnskey.ts';
import { RRSIG_FIXED_OCTETS, rrsigLabels } from './dnssec/signed-data.ts';
import { DENIAL_BIT, isKeyTarget, type KeepRules, ttlOfTarget, typeOfTarget } from './plan-data.ts';
import { findRrset, nameOf, rdataOf, type Zone } from './zone/zone.ts';
import { isLost, type ZoneKey } from './zone-key.ts';

export interface Keeper {
  /**
   * A signature of the previous zone over the same RRset by the same key that is valid now and past the refresh time.
   * To be asked in canonical order of owners.
   * @returns the octet in previous.wire where its RRSIG RDATA stands; -1 if there is none
   */
  find(owner: Uint8Array, target: number, key: ZoneKey): number;
}

/**
 * Walks the previous zone beside the new one. Whether a signature is good is not looked at here: the signer verifies it with the public key, so
 * a key tag that two keys share keeps nothing wrong.
 */
export function keeper(zone: Zone, denial: Denial, previous: Zone, rules: KeepRules): Keeper {
  let at = 0;
  const isOfOther = signaturesOfOthers(previous);
  return {
    find(owner, target, key) {
      if (isOfOther(key)) return -1;
      while (at < previous.nameCount && compareNames(nameOf(previous, at), owner) < 0) at++;
      if (at === previous.nameCount || compareNames(nameOf(previous, at), owner) !== 0) return -1;
      const rrset = findRrset(previous, at, typeOfTarget(zone, denial, target));
      const signatures = findRrset(previous, at, TYPE.RRSIG);
      if (rrset < 0 || signatures < 0 || !sameRrset(zone, denial, target, previous, rrset)) return -1;
      return bestSignature(
        previous,
        signatures,
        wantedSignature(zone, denial, owner, target, key),
        rules.now,
        // What a lost key has signed cannot be made anew, and is good until it ends.
        isLost(key) ? 0 : rules.refresh,
        isKeyTarget(zone, target) ? rules.longestOfKeys : rules.longest,
      );
    },
  };
}

/**
 * Does what the previous zone has under the key's algorithm and tag belong to another key? A key is its algorithm and public key. One that the
 * previous zone did not publish at all may have signed there nevertheless (RFC 6781 4.1.4).
 */
function signaturesOfOthers(previous: Zone): (key: ZoneKey) => boolean {
  const rrset = findRrset(previous, 0, TYPE.DNSKEY);
  const first = rrset < 0 ? 0 : previous.rrsetFirstRecord[rrset]!;
  const count = rrset < 0 ? 0 : previous.rrsetFirstRecord[rrset + 1]! - first;
  const published = Array.from({ length: count }, (_, i) => rdataOf(previous, first + i)).filter((rdata) => rdata.length > 4);
  const known = new Map<ZoneKey, boolean>();
  return (key) => {
    let answer = known.get(key);
    if (answer === undefined) {
      const { dnskey, algorithm, keyTag: tag } = key.key;
      const sameTag = published.filter((rdata) => dnskeyAlgorithm(rdata) === algorithm && keyTag(rdata) === tag);
      answer = sameTag.length > 0 && !sameTag.some((rdata) => equalBytes(rdata.subarray(4), dnskey.subarray(4)));
      known.set(key, answer);
    }
    return answer;
  };
}

interface WantedSignature {
  readonly type: number;
  readonly algorithm: number;
  readonly labels: number;
  readonly ttl: number;
  readonly keyTag: number;
  readonly signerName: Uint8Array;
  readonly signatureOctets: number;
}

function wantedSignature(zone: Zone, denial: Denial, owner: Uint8Array, target: number, { key }: ZoneKey): WantedSignature {
  return {
    type: typeOfTarget(zone, denial, target),
    algorithm: key.algorithm,
    labels: rrsigLabels(owner),
    ttl: ttlOfTarget(zone, denial, target),
    keyTag: key.keyTag,
    signerName: zone.apex,
    signatureOctets: key.signatureOctets,
  };
}

/** Same TTL, same number of records, same canonical RDATA in order. */
function sameRrset(zone: Zone, denial: Denial, target: number, previous: Zone, rrset: number): boolean {
  if (previous.rrsetTtl[rrset] !== ttlOfTarget(zone, denial, target)) return false;
  const first = previous.rrsetFirstRecord[rrset]!;
  const count = previous.rrsetFirstRecord[rrset + 1]! - first;
  const type = typeOfTarget(zone, denial, target);
  if ((target & DENIAL_BIT) !== 0) {
    const index = target & ~DENIAL_BIT;
    const start = denial.rdataAt[index]!;
    return count === 1 && sameRdata(type, denial.rdata.bytes, start, denial.rdataAt[index + 1]! - start, previous, first);
  }
  const own = zone.rrsetFirstRecord[target]!;
  if (zone.rrsetFirstRecord[target + 1]! - own !== count) return false;
  for (let i = 0; i < count; i++) {
    if (!sameRdata(type, zone.wire, zone.rdataAt[own + i]!, zone.rdataLength[own + i]!, previous, first + i)) return false;
  }
  return true;
}

function sameRdata(type: number, wire: Uint8Array, at: number, length: number, previous: Zone, record: number): boolean {
  if (previous.rdataLength[record] !== length) return false;
  const other = previous.rdataAt[record]!;
  let i = 0;
  while (i < length && wire[at + i] === previous.wire[other + i]) i++;
  if (i === length) return true;
  if (!hasCanonicalNames(type)) return false;
  const a = wire.slice(at, at + length);
  const b = previous.wire.slice(other, other + length);
  canonicalizeRdata(type, a, 0, length);
  canonicalizeRdata(type, b, 0, length);
  return a.every((octet, k) => octet === b[k]);
}

/** Of the matching ones that last longest. */
function bestSignature(previous: Zone, rrset: number, wanted: WantedSignature, now: number, refresh: number, longest: number): number {
  let best = -1;
  let bestLeft = refresh;
  for (let k = previous.rrsetFirstRecord[rrset]!; k < previous.rrsetFirstRecord[rrset + 1]!; k++) {
    const at = previous.rdataAt[k]!;
    const length = previous.rdataLength[k]!;
    if (!isWanted(previous.wire, at, length, wanted)) continue;
    const left = (u32(previous.wire, at + 8) - now) | 0;
    const sinceInception = (now - u32(previous.wire, at + 12)) | 0;
    if (sinceInception < 0 || left <= bestLeft || left > longest) continue;
    best = at;
    bestLeft = left;
  }
  return best;
}

function isWanted(wire: Uint8Array, at: number, length: number, wanted: WantedSignature): boolean {
  if (length < RRSIG_FIXED_OCTETS + 1) return false;
  const signer = at + RRSIG_FIXED_OCTETS;
  const signerOctets = nameLength(wire, signer, at + length);
  if (signerOctets !== wanted.signerName.length || length !== RRSIG_FIXED_OCTETS + signerOctets + wanted.signatureOctets) return false;
  return (
    u16(wire, at) === wanted.type &&
    wire[at + 2] === wanted.algorithm &&
    wire[at + 3] === wanted.labels &&
    u32(wire, at + 4) === wanted.ttl &&
    u16(wire, at + 16) === wanted.keyTag &&
    compareNames(wire.subarray(signer, signer + signerOctets), wanted.signerName) === 0
  );
}

const u16 = (wire: Uint8Array, at: number): number => (wire[at]! << 8) | wire[at + 1]!;
const u32 = (wire: Uint8Array, at: number): number =>
  ((wire[at]! << 24) | (wire[at + 1]! << 16) | (wire[at + 2]! << 8) | wire[at + 3]!) >>> 0;
