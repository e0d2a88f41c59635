import { TYPE } from './dns/rrtype.ts';
import { type Denial, denialTtl } from './dnssec/denial.ts';
import { nsecChain } from './dnssec/nsec.ts';
import { HASH_LABEL_OCTETS, HASH_OCTETS, nsec3Chain, writeHashLabel } from './dnssec/nsec3.ts';
import { Refusal } from './errors.ts';
import { lostSignature } from './lost-key.ts';
import {
  DENIAL_BIT,
  isKeyTarget,
  isLateTarget,
  keepRules,
  ownerOfTarget,
  type SigningJobs,
  type SigningPlan,
  typeOfTarget,
} from './plan-data.ts';
import type { SigningPolicy } from './policy.ts';
import { type Keeper, keeper } from './previous.ts';
import { classifyNames, NAME_KIND } from './zone/cuts.ts';
import { findRrset, type Zone } from './zone/zone.ts';
import { inPublishedForm, isLost, isPublished, isRevoked, signsKeys, signsZone, useOf, type ZoneKey } from './zone-key.ts';

export interface PlanInput {
  /** Of prepareZone. */
  readonly zone: Zone;
  readonly keys: readonly ZoneKey[];
  readonly policy: SigningPolicy;
  /** Unix seconds. */
  readonly now: number;
  /** A signed zone whose good signatures are kept. */
  readonly previous: Zone | undefined;
}

/**
 * Decides the denial chain and every signature: each RRset that is authoritative data, and nothing else (RFC 4035 2.2); DS at
 * delegations; the DNSKEY RRset by the keys that sign keys, CDS and CDNSKEY by those of them that are not revoked (and by the ZSK where the
 * policy says so), the rest by the keys that sign the zone.
 * @throws Refusal sign/nsec3-…, sign/times, sign/key-lost
 */
export function planSigning({ zone, keys: given, policy, now, previous }: PlanInput): SigningPlan {
  checkTimes(policy);
  const keys = inPublishedForm(given);
  const kinds = classifyNames(zone);
  const denial = denialOf(zone, kinds, policy);
  const units = orderUnits(zone, denial);
  const jobs = planJobs({ zone, kinds, denial, keys, policy, now, previous, units });
  return { zone, kinds, denial, keys, policy, now, units, jobs, previous };
}

/** RFC 4034 3.1.5: expiration and inception must compare in serial arithmetic. */
const MAX_SPAN = 2 ** 31;

function checkTimes(policy: SigningPolicy): void {
  const { signaturesValidity: validity, signaturesRefresh: refresh, signaturesJitter: jitter } = policy;
  const longest = Math.max(validity, policy.signaturesValidityDnskey) + policy.inceptionOffset;
  if (longest >= MAX_SPAN) {
    throw new Refusal(
      'sign/times',
      `signatures would last ${longest} s; RRSIG times are compared modulo 2^32, so they last less than ${MAX_SPAN} s`,
      'shorten --validity',
    );
  }
  if (refresh + jitter < validity && refresh < policy.signaturesValidityDnskey) return;
  throw new Refusal(
    'sign/times',
    `signatures last ${validity} s (DNSKEY ${policy.signaturesValidityDnskey} s), but refresh (${refresh} s) and jitter (${jitter} s) leave nothing of that`,
    'lengthen --validity, or shorten --refresh or --jitter',
  );
}

function denialOf(zone: Zone, kinds: Uint8Array, policy: SigningPolicy): Denial {
  const ttl = denialTtl(zone, findRrset(zone, 0, TYPE.SOA));
  return policy.denial.kind === 'nsec' ? nsecChain(zone, kinds, ttl) : nsec3Chain(zone, kinds, policy.denial, ttl);
}

/** Names of the zone and owners of NSEC3, merged into canonical order. */
function orderUnits(zone: Zone, denial: Denial): Uint32Array {
  if (denial.kind === 'nsec') return Uint32Array.from({ length: zone.nameCount }, (_, i) => i);
  const units = new Uint32Array(zone.nameCount + denial.count);
  const label = new Uint8Array(HASH_LABEL_OCTETS);
  let count = 0;
  let next = 0;
  const readLabel = (): void => {
    if (next < denial.count) writeHashLabel(denial.hashes, next * HASH_OCTETS, label, 0);
  };
  readLabel();
  for (let i = 0; i < zone.nameCount; i++) {
    for (; next < denial.count && isBefore(zone, label, i); readLabel()) units[count++] = (DENIAL_BIT | next++) >>> 0;
    units[count++] = i;
  }
  for (; next < denial.count; next++) units[count++] = (DENIAL_BIT | next) >>> 0;
  return units;
}

/** A hashed owner has one label below the apex: the comparison with name i is that of this label with the name's topmost one. */
function isBefore(zone: Zone, label: Uint8Array, i: number): boolean {
  const { wire } = zone;
  let top = zone.nameAt[i]!;
  const end = top + zone.nameLength[i]! - zone.apex.length;
  if (top === end) return false;
  while (top + wire[top]! + 1 < end) top += wire[top]! + 1;
  const length = wire[top]!;
  for (let k = 0; k < length && k < HASH_LABEL_OCTETS; k++) {
    if (label[k] !== wire[top + 1 + k]) return label[k]! < wire[top + 1 + k]!;
  }
  // A name of the zone may be the hashed owner of another (RFC 5155 appendix A has one): its own data come first.
  return length > HASH_LABEL_OCTETS || (length === HASH_LABEL_OCTETS && top !== zone.nameAt[i]);
}

type JobInput = Omit<SigningPlan, 'jobs'>;

function planJobs(input: JobInput): SigningJobs {
  const { zone, kinds, denial, keys, policy, now, previous, units } = input;
  const signers = signersByTarget(zone, keys, policy);
  const jobs = newJobs(zone, denial, keys);
  const keep = previous && keeper(zone, denial, previous, keepRules(policy, now));
  const scratch = new Uint8Array(256);
  let nextNsec = 0;
  const add = (target: number): void => {
    for (const key of signers(target)) addJob(input, jobs, target, key, keep, scratch);
  };
  for (const unit of units) {
    if ((unit & DENIAL_BIT) !== 0) {
      add(unit);
      continue;
    }
    const kind = kinds[unit]!;
    if (kind === NAME_KIND.belowCut || kind === NAME_KIND.belowDname) continue;
    for (let r = zone.nameFirstRrset[unit]!; r < zone.nameFirstRrset[unit + 1]!; r++) {
      if (kind === NAME_KIND.authoritative || zone.rrsetType[r] === TYPE.DS) add(r);
    }
    if (denial.kind === 'nsec' && denial.names[nextNsec] === unit) add((DENIAL_BIT | nextNsec++) >>> 0);
  }
  return closeJobs(jobs, keys);
}

/** Indices of the keys that sign an RRset. */
function signersByTarget(zone: Zone, keys: readonly ZoneKey[], policy: SigningPolicy): (target: number) => readonly number[] {
  const select = (test: (key: ZoneKey) => boolean): readonly number[] => keys.flatMap((key, i) => (test(key) ? [i] : []));
  const zoneSigners = select(signsZone);
  const keySigners = select(signsKeys);
  const cdsSigners = select(cdsSigner(keys, policy));
  return (target) => {
    if (!isKeyTarget(zone, target)) return zoneSigners;
    return zone.rrsetType[target] === TYPE.DNSKEY ? keySigners : cdsSigners;
  };
}

/**
 * RFC 7344 4.1: a key that the DS RRset names. An algorithm that signs the zone and has no such key yet, or no more (RFC 6781 4.1.4, its first
 * and its last step), signs CDS and CDNSKEY with its ZSK: they too are in caches when its keys come, or are there still.
 */
function cdsSigner(keys: readonly ZoneKey[], { cdsSignedByZsk }: SigningPolicy): (key: ZoneKey) => boolean {
  const own = (key: ZoneKey): boolean => signsKeys(key) && !isRevoked(key) && !isLost(key);
  const algorithms = new Set(keys.filter(own).map(({ key }) => key.algorithm));
  return (key) =>
    own(key) || (signsZone(key) && !isLost(key) && ((cdsSignedByZsk && isPublished(key)) || !algorithms.has(key.key.algorithm)));
}

type OpenJobs = { -readonly [K in keyof SigningJobs]: SigningJobs[K] };

function newJobs(zone: Zone, denial: Denial, keys: readonly ZoneKey[]): OpenJobs {
  const most = (zone.rrsetCount + denial.count) * Math.max(1, keys.filter(signsZone).length) + 3 * keys.length;
  const column = () => new Uint32Array(most);
  return {
    count: 0,
    target: column(),
    key: new Uint8Array(most),
    inception: column(),
    expiration: column(),
    kept: column(),
    signatureAt: new Uint32Array(most + 1),
  };
}

function addJob(input: JobInput, jobs: OpenJobs, target: number, key: number, keep: Keeper | undefined, scratch: Uint8Array): void {
  const { zone, denial, keys, policy, now, previous } = input;
  const j = jobs.count;
  const owner = ownerOfTarget(zone, denial, target, scratch);
  const type = typeOfTarget(zone, denial, target);
  jobs.target[j] = target;
  jobs.key[j] = key;
  const keptAt = keep === undefined || isLateTarget(zone, target) ? -1 : keep.find(owner, target, keys[key]!);
  if (keptAt < 0 && isLost(keys[key]!)) {
    addStandIn(input, jobs, target, key, keep, scratch);
    return;
  }
  jobs.count++;
  if (keptAt >= 0) {
    const view = new DataView(previous!.wire.buffer, keptAt);
    jobs.expiration[j] = view.getUint32(8);
    jobs.inception[j] = view.getUint32(12);
    jobs.kept[j] = keptAt + 1;
    return;
  }
  jobs.inception[j] = now - policy.inceptionOffset;
  jobs.expiration[j] = expirationFor(owner, type, isKeyTarget(zone, target), policy, now);
}

/** What a lost key cannot sign anew is signed by the key that stands in for it; the DNSKEY RRset by nobody. @throws Refusal sign/key-lost */
function addStandIn(input: JobInput, jobs: OpenJobs, target: number, lost: number, keep: Keeper | undefined, scratch: Uint8Array): void {
  const { zone, denial, keys } = input;
  const algorithm = keys[lost]!.key.algorithm;
  const other = isKeyTarget(zone, target) ? -1 : keys.findIndex((key) => useOf(key).standsIn === true && key.key.algorithm === algorithm);
  if (other < 0)
    throw lostSignature(keys[lost]!.key.keyTag, ownerOfTarget(zone, denial, target, scratch), typeOfTarget(zone, denial, target));
  addJob(input, jobs, target, other, keep, scratch);
}

/** Expiration of a signature made now: end of the validity, less a jitter that depends on owner and type alone. */
export function expirationFor(owner: Uint8Array, type: number, ofKeys: boolean, policy: SigningPolicy, now: number): number {
  if (ofKeys) return now + policy.signaturesValidityDnskey;
  return now + policy.signaturesValidity - spread(owner, type, policy.signaturesJitter);
}

/** 0..jitter from FNV-1a over owner and type: same input, same time. The owner holds the zone's name. */
function spread(owner: Uint8Array, type: number, jitter: number): number {
  let hash = 0x811c9dc5;
  for (const octet of owner) hash = Math.imul(hash ^ octet, 0x01000193);
  hash = Math.imul(hash ^ (type & 255), 0x01000193);
  hash = Math.imul(hash ^ (type >> 8), 0x01000193);
  return (hash >>> 0) % (jitter + 1);
}

function closeJobs(jobs: OpenJobs, keys: readonly ZoneKey[]): SigningJobs {
  let at = 0;
  for (let j = 0; j < jobs.count; j++) {
    jobs.signatureAt[j] = at;
    at += keys[jobs.key[j]!]!.key.signatureOctets;
  }
  jobs.signatureAt[jobs.count] = at;
  return jobs;
}
