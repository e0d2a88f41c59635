import { sha1 } from '@noble/hashes/legacy.js';
import { toHex, WireWriter } from '../dns/bytes.ts';
import { MAX_NAME_OCTETS, printName } from '../dns/name.ts';
import { TYPE } from '../dns/rrtype.ts';
import { Refusal } from '../errors.ts';
import { NAME_KIND } from '../zone/cuts.ts';
import { findRrset, type Zone } from '../zone/zone.ts';
import { bitmapScratch, bitmapTypes, type Nsec3Chain } from './denial.ts';
import { appendTypeBitmap } from './type-bitmap.ts';

export const HASH_OCTETS = 20;
/** Length of the first label of an NSEC3 owner: base32hex of 20 octets, no padding. */
export const HASH_LABEL_OCTETS = 32;
const OPT_OUT_FLAG = 1;
const SHA1 = 1;
const BASE32HEX = new TextEncoder().encode('0123456789abcdefghijklmnopqrstuv');

export interface Nsec3Parameters {
  readonly optOut: boolean;
  /** Additional iterations; RFC 9276 3.1 wants 0. */
  readonly iterations: number;
  /** RFC 9276 3.1 wants none. */
  readonly salt: Uint8Array;
}

/** IH(salt, name, iterations) of RFC 5155 5 with SHA-1, the only hash there is. @param name lower-case */
export function nsec3Hash(name: Uint8Array, iterations: number, salt: Uint8Array): Uint8Array {
  let hash = hashWithSalt(name, salt);
  for (let i = 0; i < iterations; i++) hash = hashWithSalt(hash, salt);
  return hash;
}

function hashWithSalt(octets: Uint8Array, salt: Uint8Array): Uint8Array {
  if (salt.length === 0) return sha1(octets);
  return sha1.create().update(octets).update(salt).digest();
}

/** NSEC3PARAM RDATA: hash(1) flags(1), always 0, iterations(2) salt length(1) salt (RFC 5155 4.2). */
export function nsec3ParamRdata(parameters: Nsec3Parameters): Uint8Array {
  const out = new WireWriter(32);
  appendParameters(parameters, 0, out);
  return out.slice();
}

function appendParameters({ iterations, salt }: Nsec3Parameters, flags: number, out: WireWriter): void {
  out.u8(SHA1);
  out.u8(flags);
  out.u16(iterations);
  out.u8(salt.length);
  out.append(salt);
}

/** Writes the 32 octets of the first label of an NSEC3 owner to out[at] (base32hex, RFC 4648 7, lower-case). */
export function writeHashLabel(hash: Uint8Array, hashAt: number, out: Uint8Array, at: number): void {
  for (let i = 0; i < 4; i++) {
    const h = hashAt + 5 * i;
    const high = (hash[h]! << 12) | (hash[h + 1]! << 4) | (hash[h + 2]! >> 4);
    const low = ((hash[h + 2]! & 15) << 16) | (hash[h + 3]! << 8) | hash[h + 4]!;
    for (let k = 0; k < 4; k++) {
      out[at + 8 * i + k] = BASE32HEX[(high >> (15 - 5 * k)) & 31]!;
      out[at + 8 * i + 4 + k] = BASE32HEX[(low >> (15 - 5 * k)) & 31]!;
    }
  }
}

/**
 * NSEC3 chain in hash order, which is the canonical order of its owners (RFC 5155 7.1): a record for every name with
 * authoritative data, every delegation (with opt-out: those with DS), and every empty non-terminal above one of these.
 * @param kinds of classifyNames
 * @throws Refusal sign/nsec3-collision, sign/nsec3-owner-too-long
 */
export function nsec3Chain(zone: Zone, kinds: Uint8Array, parameters: Nsec3Parameters, ttl: number): Nsec3Chain {
  if (zone.apex.length + HASH_LABEL_OCTETS + 1 > MAX_NAME_OCTETS) {
    throw new Refusal(
      'sign/nsec3-owner-too-long',
      `NSEC3 owners in ${printName(zone.apex)} would have ${zone.apex.length + HASH_LABEL_OCTETS + 1} octets, the limit is ${MAX_NAME_OCTETS}`,
      'sign this zone with NSEC',
    );
  }
  const hashed = hashNames(zone, kinds, parameters);
  const order = sortHashes(hashed);
  refuseCollision(zone, hashed, order);
  const count = order.length;
  const hashes = new Uint8Array(count * HASH_OCTETS);
  for (let i = 0; i < count; i++) hashes.set(hashed.hash(order[i]!), i * HASH_OCTETS);
  const rdata = new WireWriter(Math.max(256, count * (40 + parameters.salt.length)));
  const rdataAt = new Uint32Array(count + 1);
  const types = bitmapScratch(zone);
  for (let i = 0; i < count; i++) {
    const next = i + 1 === count ? 0 : i + 1;
    appendParameters(parameters, parameters.optOut ? OPT_OUT_FLAG : 0, rdata);
    rdata.u8(HASH_OCTETS);
    rdata.append(hashes, next * HASH_OCTETS, (next + 1) * HASH_OCTETS);
    const name = hashed.names[order[i]!]!;
    if (name !== EMPTY_NON_TERMINAL) appendTypeBitmap(types, bitmapTypes(zone, name, kinds[name]!, undefined, types), rdata);
    rdataAt[i + 1] = rdata.length;
  }
  return { kind: 'nsec3', ttl, count, hashes, rdata, rdataAt };
}

const EMPTY_NON_TERMINAL = 0xffff_ffff;

interface HashedNames {
  readonly count: number;
  /** Name index, or EMPTY_NON_TERMINAL. */
  readonly names: Uint32Array;
  /** Where the wire name stands in zone.wire. */
  readonly at: Uint32Array;
  /** A view of hash i. */
  hash(i: number): Uint8Array;
}

function hashNames(zone: Zone, kinds: Uint8Array, { optOut, iterations, salt }: Nsec3Parameters): HashedNames {
  const owners: number[] = [];
  const at: number[] = [];
  let path: number[] = [];
  for (let i = 0; i < zone.nameCount; i++) {
    const kind = kinds[i]!;
    if (kind !== NAME_KIND.authoritative && kind !== NAME_KIND.delegation) continue;
    if (optOut && kind === NAME_KIND.delegation && findRrset(zone, i, TYPE.DS) < 0) continue;
    path = addEmptyNonTerminals(zone, i, path, owners, at);
    owners.push(i);
    at.push(zone.nameAt[i]!);
  }
  const count = owners.length;
  const bytes = new Uint8Array(count * HASH_OCTETS);
  for (let i = 0; i < count; i++) bytes.set(nsec3Hash(wireNameAt(zone.wire, at[i]!), iterations, salt), i * HASH_OCTETS);
  return {
    count,
    names: Uint32Array.from(owners),
    at: Uint32Array.from(at),
    hash: (i) => bytes.subarray(i * HASH_OCTETS, (i + 1) * HASH_OCTETS),
  };
}

/**
 * Adds the ancestors of name i that lie between it and the apex and were not seen yet. `path` holds the names above and
 * at the name before, top down: canonical order visits a subtree at once, so what is on the path has been added.
 */
function addEmptyNonTerminals(zone: Zone, i: number, path: number[], owners: number[], at: number[]): number[] {
  const begin = zone.nameAt[i]!;
  const end = begin + zone.nameLength[i]! - zone.apex.length;
  const own: number[] = [];
  for (let k = begin; k < end; k += zone.wire[k]! + 1) own.unshift(k);
  let shared = 0;
  while (shared < path.length && shared < own.length && sameLabel(zone.wire, path[shared]!, own[shared]!)) shared++;
  for (let k = shared; k < own.length - 1; k++) {
    owners.push(EMPTY_NON_TERMINAL);
    at.push(own[k]!);
  }
  return own;
}

function sameLabel(wire: Uint8Array, a: number, b: number): boolean {
  for (let i = 0; i <= wire[a]!; i++) if (wire[a + i] !== wire[b + i]) return false;
  return true;
}

function wireNameAt(wire: Uint8Array, at: number): Uint8Array {
  let end = at;
  while (wire[end] !== 0) end += wire[end]! + 1;
  return wire.subarray(at, end + 1);
}

function sortHashes(hashed: HashedNames): Uint32Array {
  const order = new Uint32Array(hashed.count);
  const prefix = new Float64Array(hashed.count);
  for (let i = 0; i < hashed.count; i++) {
    order[i] = i;
    const h = hashed.hash(i);
    prefix[i] = ((h[0]! << 16) | (h[1]! << 8) | h[2]!) * 0x100_0000 + ((h[3]! << 16) | (h[4]! << 8) | h[5]!);
  }
  return order.sort((a, b) => prefix[a]! - prefix[b]! || compareHashes(hashed, a, b));
}

function compareHashes(hashed: HashedNames, a: number, b: number): number {
  const x = hashed.hash(a);
  const y = hashed.hash(b);
  for (let i = 0; i < HASH_OCTETS; i++) if (x[i] !== y[i]) return x[i]! - y[i]!;
  return 0;
}

/** RFC 5155 7.1: two names with one hash need another salt; with SHA-1 a collision is an attack or a bug, so it is refused. */
function refuseCollision(zone: Zone, hashed: HashedNames, order: Uint32Array): void {
  for (let i = 1; i < order.length; i++) {
    const a = order[i - 1]!;
    const b = order[i]!;
    if (compareHashes(hashed, a, b) !== 0) continue;
    throw new Refusal(
      'sign/nsec3-collision',
      `${printName(zone.wire, hashed.at[a]!)} and ${printName(zone.wire, hashed.at[b]!)} have the same NSEC3 hash ${toHex(hashed.hash(a))}`,
      'sign with NSEC, or with another salt',
    );
  }
}
