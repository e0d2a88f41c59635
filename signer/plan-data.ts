import { TYPE } from './dns/rrtype.ts';
import type { Denial } from './dnssec/denial.ts';
import { HASH_LABEL_OCTETS, HASH_OCTETS, writeHashLabel } from './dnssec/nsec3.ts';
import type { SigningPolicy } from './policy.ts';
import { nameOf, type Zone } from './zone/zone.ts';
import type { ZoneKey } from './zone-key.ts';

/** Bit of a target or unit that says: a record of the denial chain, not of the zone. */
export const DENIAL_BIT = 0x8000_0000;

/**
 * Which signature covers which RRset: columns, in the order in which the signed zone is written. A target is an RRset of
 * the zone, or DENIAL_BIT | index of a denial record.
 */
export interface SigningJobs {
  readonly count: number;
  readonly target: Uint32Array;
  /** Index into the plan's keys. */
  readonly key: Uint8Array;
  readonly inception: Uint32Array;
  readonly expiration: Uint32Array;
  /** Octet in `previous.wire` where the RRSIG RDATA to be kept stands, plus one; RESUMED: see `resumed` of the plan; 0: to be made. */
  readonly kept: Uint32Array;
  /** Where the signature goes; one more entry than jobs. */
  readonly signatureAt: Uint32Array;
}

/** In `kept`: the signature is one that an interrupted run made. */
export const RESUMED = 0xffff_ffff;

/** Signatures that an interrupted run made, by what they are over. Whether one is good is not known: the signer verifies it. */
export interface MadeBefore {
  /**
   * @param key index into the plan's keys
   * @param data as SigningKey.sign takes an item; its expiration and inception are not compared
   * @returns an entry over the same data by the same key; -1 if there is none
   */
  find(key: number, data: Uint8Array): number;
  /** Unix seconds modulo 2^32. */
  inception(entry: number): number;
  expiration(entry: number): number;
  /** In DNSSEC form, as long as the key's are. */
  signature(entry: number): Uint8Array;
}

export interface ResumedSignatures {
  readonly made: MadeBefore;
  /** Per job the entry, where `kept` says RESUMED. */
  readonly entry: Uint32Array;
}

/** What will be signed by which key from when to when, and what is kept: decided, not yet done. */
export interface SigningPlan {
  readonly zone: Zone;
  /** Of classifyNames. */
  readonly kinds: Uint8Array;
  readonly denial: Denial;
  readonly keys: readonly ZoneKey[];
  readonly policy: SigningPolicy;
  /** Unix seconds. */
  readonly now: number;
  /** Owners in canonical order: a name of the zone, or DENIAL_BIT | index of an NSEC3. */
  readonly units: Uint32Array;
  readonly jobs: SigningJobs;
  /** The signed zone that kept signatures come from. */
  readonly previous: Zone | undefined;
  readonly resumed?: ResumedSignatures;
}

export interface SignedZone {
  readonly plan: SigningPlan;
  /** Signature of job j: signatures[signatureAt[j] .. signatureAt[j + 1]). */
  readonly signatures: Uint8Array;
}

/** NSEC has the owner of its name, NSEC3 a hashed one. @returns a view that lasts until the next call with the same scratch */
export function ownerOfTarget(zone: Zone, denial: Denial, target: number, scratch: Uint8Array): Uint8Array {
  if ((target & DENIAL_BIT) === 0) return nameOf(zone, zone.rrsetName[target]!);
  const index = target & ~DENIAL_BIT;
  if (denial.kind === 'nsec') return nameOf(zone, denial.names[index]!);
  return nsec3Owner(zone, denial.hashes, index, scratch);
}

/** Writes base32hex(hash i).apex to scratch. */
export function nsec3Owner(zone: Zone, hashes: Uint8Array, index: number, scratch: Uint8Array): Uint8Array {
  scratch[0] = HASH_LABEL_OCTETS;
  writeHashLabel(hashes, index * HASH_OCTETS, scratch, 1);
  scratch.set(zone.apex, HASH_LABEL_OCTETS + 1);
  return scratch.subarray(0, HASH_LABEL_OCTETS + 1 + zone.apex.length);
}

export function typeOfTarget(zone: Zone, denial: Denial, target: number): number {
  if ((target & DENIAL_BIT) === 0) return zone.rrsetType[target]!;
  return denial.kind === 'nsec' ? TYPE.NSEC : TYPE.NSEC3;
}

export function ttlOfTarget(zone: Zone, denial: Denial, target: number): number {
  return (target & DENIAL_BIT) === 0 ? zone.rrsetTtl[target]! : denial.ttl;
}

/** DNSKEY, CDS and CDNSKEY at the apex, which the key-signing keys sign. CDS and CDNSKEY below it are data (RFC 9615 2). */
export function isKeyTarget(zone: Zone, target: number): boolean {
  if ((target & DENIAL_BIT) !== 0 || zone.rrsetName[target] !== 0) return false;
  const type = zone.rrsetType[target];
  return type === TYPE.DNSKEY || type === TYPE.CDS || type === TYPE.CDNSKEY;
}

/** ZONEMD at the apex is signed last: its digest covers every other signature (RFC 8976 3.1). */
export function isLateTarget(zone: Zone, target: number): boolean {
  return (target & DENIAL_BIT) === 0 && zone.rrsetName[target] === 0 && zone.rrsetType[target] === TYPE.ZONEMD;
}

export function keepRules(policy: SigningPolicy, now: number): KeepRules {
  return { now, refresh: policy.signaturesRefresh, longest: policy.signaturesValidity, longestOfKeys: policy.signaturesValidityDnskey };
}

/** Which signatures of the previous zone may be kept; spans in seconds. */
export interface KeepRules {
  /** Unix seconds. */
  readonly now: number;
  /** Kept signatures have more than this left, */
  readonly refresh: number;
  /** and not more than this, */
  readonly longest: number;
  /** or this, over DNSKEY, CDS and CDNSKEY. */
  readonly longestOfKeys: number;
}
