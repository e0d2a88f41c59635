import { hash } from 'node:crypto';
import { printName } from '../dns/name.ts';
import { TYPE } from '../dns/rrtype.ts';
import { findRrset, nameOf } from '../zone/zone.ts';
import type { Inspection } from './inspection.ts';
import { KIND, labelStarts } from './names.ts';
import {
  collectNsec3,
  examineParameters,
  HASH_OCTETS,
  type Nsec3Parameters,
  type Nsec3Records,
  readParameters,
  searchHash,
} from './nsec3-records.ts';
import { encodeHash } from './octets.ts';
import { type TypeList, typesForNsec3, verifyBitmap } from './type-bitmap.ts';

/**
 * Each authoritative name, each delegation and each empty non-terminal has one NSEC3 with its types, but for what an opt-out record may
 * cover; the records make one ring in hash order, and there are no others (RFC 5155 3, 6, 7.1).
 * @returns NSEC3 records of the chain
 */
export function verifyNsec3Chain(inspection: Inspection): number {
  const parameters = readParameters(inspection);
  if (parameters === undefined) return 0;
  if (!examineParameters(inspection, parameters, inspection.options.maxIterations ?? 0)) return 0;
  const records = collectNsec3(inspection, parameters);
  const used = new Uint8Array(records.count);
  walkNames(inspection, makeMatcher(inspection, parameters, records, used));
  verifyRing(inspection, records);
  reportSurplus(inspection, records, used);
  return records.count;
}

/** RFC 5155 5: IH(0) = H(owner | salt), IH(k) = H(IH(k-1) | salt). */
export function hashName(name: Uint8Array, { salt, iterations }: Pick<Nsec3Parameters, 'salt' | 'iterations'>): Uint8Array {
  let digest = hash('sha1', joined(name, salt), 'buffer');
  for (let i = 0; i < iterations; i++) digest = hash('sha1', joined(digest, salt), 'buffer');
  return digest;
}

function joined(bytes: Uint8Array, salt: Uint8Array): Uint8Array {
  if (salt.length === 0) return bytes;
  const out = new Uint8Array(bytes.length + salt.length);
  out.set(bytes);
  out.set(salt, bytes.length);
  return out;
}

/** How a name is to appear in the chain. */
type Demand = 'required' | 'unless-opt-out';

interface Matcher {
  /** @param name undefined for an empty non-terminal. @returns is there an NSEC3 for it? */
  match(wireName: Uint8Array, name: number | undefined): boolean;
  /** Reports that there is none, where that is wrong. */
  demand(wireName: Uint8Array, name: number | undefined, demand: Demand): void;
}

function makeMatcher(inspection: Inspection, parameters: Nsec3Parameters, records: Nsec3Records, used: Uint8Array): Matcher {
  const { zone, report } = inspection;
  const types: TypeList = [];
  // the search that `match` made last, for `demand`, which is called for the same name
  let slot = -1;
  let digest: Uint8Array = new Uint8Array(HASH_OCTETS);
  const match: Matcher['match'] = (wireName, name) => {
    digest = hashName(wireName, parameters);
    slot = searchHash(records, digest);
    if (slot < 0) return false;
    const place = { owner: wireName, type: TYPE.NSEC3, record: records.record[slot]! };
    if (used[slot] === 1)
      report('VERIFY-NSEC3-COLLISION', place, () => `${printName(wireName)} has the hash of another name: choose a salt`);
    used[slot] = 1;
    types.length = 0;
    if (name !== undefined) typesForNsec3(zone, name, inspection.kinds[name]!, types);
    verifyNsec3Bitmap(inspection, records.record[slot]!, types, wireName);
    return true;
  };
  const demand: Matcher['demand'] = (wireName, name, kind) => {
    const what = (): string => `${printName(wireName)}${name === undefined ? ' (empty non-terminal)' : ''}`;
    const place = { owner: wireName, type: TYPE.NSEC3 };
    if (kind === 'required') {
      const owner = encodeHash(digest);
      report('VERIFY-NSEC3-MISSING', place, () => `${what()} has no NSEC3 record (${owner})`);
      return;
    }
    const greater = -1 - slot;
    const covering = (greater === 0 ? records.count : greater) - 1;
    if (covering < 0 || records.optOut[covering] === 0)
      report('VERIFY-NSEC3-OPT-OUT', place, () => `${what()} has no NSEC3 record and is not covered by one with opt-out (RFC 5155 6)`);
  };
  return { match, demand };
}

interface EmptyNonTerminal {
  /** Offset of its name: the end of the name of its first descendant. */
  readonly at: number;
  readonly length: number;
  /** Labels below the apex. */
  readonly depth: number;
  required: boolean;
}

/**
 * Visits the names in canonical order, which is the order of the tree: an ancestor that is not among them is an empty non-terminal,
 * open until the first name outside of it.
 */
function walkNames({ zone, kinds }: Inspection, { match, demand }: Matcher): void {
  const open: EmptyNonTerminal[] = [];
  const close = (depth: number): void => {
    for (let ent = open.at(-1); ent !== undefined && ent.depth > depth; ent = open.at(-1)) {
      open.pop();
      const wireName = zone.wire.subarray(ent.at, ent.at + ent.length);
      if (!match(wireName, undefined)) demand(wireName, undefined, ent.required ? 'required' : 'unless-opt-out');
    }
  };
  const apexLabels = labelStarts(zone.apex, 0, new Uint32Array(128));
  let starts = new Uint32Array(128);
  let before = new Uint32Array(128);
  let depthBefore = 0;
  for (let name = 0; name < zone.nameCount; name++) {
    const kind = kinds[name]!;
    if (kind !== KIND.authoritative && kind !== KIND.delegation) continue;
    const depth = labelStarts(zone.wire, zone.nameAt[name]!, starts) - apexLabels;
    const shared = sharedLabels(zone.wire, starts, depth, before, depthBefore);
    close(shared);
    const end = zone.nameAt[name]! + zone.nameLength[name]!;
    for (let d = shared + 1; d < depth; d++) {
      const at = starts[depth - d]!;
      open.push({ at, length: end - at, depth: d, required: false });
    }
    const insecure = kind === KIND.delegation && findRrset(zone, name, TYPE.DS) < 0;
    const wireName = nameOf(zone, name);
    const found = match(wireName, name);
    if (!found) demand(wireName, name, insecure ? 'unless-opt-out' : 'required');
    // RFC 5155 7.1: only what is derived from delegations left out may be left out
    if (found || !insecure) for (let i = open.length - 1; i >= 0 && !open[i]!.required; i--) open[i]!.required = true;
    [starts, before] = [before, starts];
    depthBefore = depth;
  }
  close(0);
}

/** Labels below the apex that two names have in common, from the right. */
function sharedLabels(wire: Uint8Array, a: Uint32Array, depthA: number, b: Uint32Array, depthB: number): number {
  let shared = 0;
  while (shared < depthA && shared < depthB && sameLabel(wire, a[depthA - shared - 1]!, b[depthB - shared - 1]!)) shared++;
  return shared;
}

function sameLabel(wire: Uint8Array, a: number, b: number): boolean {
  for (let i = 0; i <= wire[a]!; i++) if (wire[a + i] !== wire[b + i]) return false;
  return true;
}

/** RDATA after the salt: hash length(1) next hashed owner(n) type bitmap. @returns offset of the hash length */
function nextHashAt({ zone }: Inspection, record: number): number {
  const at = zone.rdataAt[record]!;
  return at + 5 + zone.wire[at + 4]!;
}

function verifyNsec3Bitmap(inspection: Inspection, record: number, types: TypeList, wireName: Uint8Array): void {
  const { zone } = inspection;
  const at = nextHashAt(inspection, record);
  const end = zone.rdataAt[record]! + zone.rdataLength[record]!;
  const bitmapAt = at + 1 + (zone.wire[at] ?? 0);
  if (at >= end || bitmapAt > end) return;
  const place = { owner: wireName, type: TYPE.NSEC3, record };
  verifyBitmap(inspection, bitmapAt, end, types, place, () => `NSEC3 of ${printName(wireName)}`);
}

/** The next hashed owner of each record is the owner of the one after it. */
function verifyRing(inspection: Inspection, { count, record, hashes }: Nsec3Records): void {
  const { zone, report } = inspection;
  for (let i = 0; i < count; i++) {
    const following = ((i + 1) % count) * HASH_OCTETS;
    const at = nextHashAt(inspection, record[i]!);
    const end = zone.rdataAt[record[i]!]! + zone.rdataLength[record[i]!]!;
    const next = at < end ? zone.wire.subarray(at + 1, Math.min(end, at + 1 + zone.wire[at]!)) : new Uint8Array(0);
    if (next.length === HASH_OCTETS && next.every((octet, k) => octet === hashes[following + k])) continue;
    const owner = encodeHash(hashes.subarray(i * HASH_OCTETS, (i + 1) * HASH_OCTETS));
    const values = { found: encodeHash(next), expected: encodeHash(hashes.subarray(following, following + HASH_OCTETS)) };
    const place = { name: zone.rrsetName[rrsetOf(inspection, record[i]!)]!, type: TYPE.NSEC3, record: record[i]!, ...values };
    report('VERIFY-NSEC3-NEXT', place, () => `${owner}: next hashed owner is ${values.found}, not ${values.expected}`);
  }
}

function reportSurplus(inspection: Inspection, { count, record, hashes }: Nsec3Records, used: Uint8Array): void {
  for (let i = 0; i < count; i++) {
    if (used[i] === 1) continue;
    const owner = encodeHash(hashes.subarray(i * HASH_OCTETS, (i + 1) * HASH_OCTETS));
    const place = { name: inspection.zone.rrsetName[rrsetOf(inspection, record[i]!)]!, type: TYPE.NSEC3, record: record[i]! };
    inspection.report('VERIFY-NSEC3-SURPLUS', place, () => `${owner} is the hash of no name that has an NSEC3`);
  }
}

/** The RRset that a record belongs to. */
function rrsetOf({ zone }: Inspection, record: number): number {
  let low = 0;
  let high = zone.rrsetCount;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (zone.rrsetFirstRecord[middle]! <= record) low = middle;
    else high = middle;
  }
  return low;
}
