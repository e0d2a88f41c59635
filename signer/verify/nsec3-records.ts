import { equalBytes, toHex } from '../dns/bytes.ts';
import { printName } from '../dns/name.ts';
import { TYPE } from '../dns/rrtype.ts';
import { findRrset, nameOf, rdataOf } from '../zone/zone.ts';
import type { Inspection } from './inspection.ts';
import { decodeHashLabel, u16, u32 } from './octets.ts';

export const HASH_OCTETS = 20;
const HASH_SHA1 = 1;
const FLAG_OPT_OUT = 1;
/** RFC 5155 10.3: the most that any key size ever allowed. Beyond it no chain is computed. */
const ITERATIONS_LIMIT = 2500;
/** Above this, resolvers of today treat the zone as insecure or answer SERVFAIL (RFC 9276 3.2). */
const VALIDATOR_ITERATIONS = 50;

export interface Nsec3Parameters {
  readonly algorithm: number;
  readonly iterations: number;
  readonly salt: Uint8Array;
}

/** The NSEC3 records of the zone in hash order, in columns. */
export interface Nsec3Records {
  readonly count: number;
  /** Owner hash i: HASH_OCTETS octets from i * HASH_OCTETS. */
  readonly hashes: Uint8Array;
  /** First four octets of hash i. */
  readonly prefixes: Uint32Array;
  /** Index of the record. */
  readonly record: Uint32Array;
  readonly optOut: Uint8Array;
}

/** What the chain is hashed with: NSEC3PARAM (RFC 5155 4), or the first NSEC3 record where it is missing. */
export function readParameters(inspection: Inspection): Nsec3Parameters | undefined {
  const { zone, apex, report } = inspection;
  const rrset = findRrset(zone, apex, TYPE.NSEC3PARAM);
  if (rrset < 0) {
    report(
      'VERIFY-NSEC3PARAM',
      { name: apex, type: TYPE.NSEC3PARAM },
      () => 'NSEC3 records, but no NSEC3PARAM at the apex: servers will not use them',
    );
    const first = zone.rrsetType.indexOf(TYPE.NSEC3);
    return first < 0 ? undefined : parseParameters(rdataOf(zone, zone.rrsetFirstRecord[first]!));
  }
  const record = zone.rrsetFirstRecord[rrset]!;
  const place = { name: apex, type: TYPE.NSEC3PARAM, record };
  if (zone.rrsetFirstRecord[rrset + 1] !== record + 1) report('VERIFY-NSEC3PARAM', place, () => 'more than one NSEC3PARAM record');
  const rdata = rdataOf(zone, record);
  const parameters = parseParameters(rdata);
  if (parameters === undefined || rdata.length !== 5 + parameters.salt.length) {
    report('VERIFY-NSEC3PARAM', place, () => `NSEC3PARAM RDATA of ${rdata.length} octets is malformed`);
    return undefined;
  }
  if (rdata[1] !== 0) report('VERIFY-NSEC3PARAM', place, () => `NSEC3PARAM flags are ${rdata[1]}, not 0 (RFC 5155 4.1.2)`);
  return parameters;
}

/** Beginning of NSEC3 and NSEC3PARAM RDATA: hash algorithm(1) flags(1) iterations(2) salt length(1) salt(n). */
function parseParameters(rdata: Uint8Array): Nsec3Parameters | undefined {
  if (rdata.length < 5 || rdata.length < 5 + rdata[4]!) return undefined;
  return { algorithm: rdata[0]!, iterations: u16(rdata, 2), salt: rdata.subarray(5, 5 + rdata[4]!) };
}

/** RFC 9276 3.1. @returns false where the chain cannot be computed */
export function examineParameters({ apex, report, keys }: Inspection, parameters: Nsec3Parameters, toleratedIterations: number): boolean {
  const place = { name: apex, type: TYPE.NSEC3PARAM };
  const { algorithm, iterations, salt } = parameters;
  if (algorithm !== HASH_SHA1) {
    report('VERIFY-NSEC3PARAM', place, () => `NSEC3 hash algorithm ${algorithm} is not known, only 1 is`);
    return false;
  }
  for (const key of keys)
    if (key.algorithm < 6)
      report('VERIFY-NSEC3-ALGORITHM', place, () => `validators do not know NSEC3 with keys of algorithm ${key.algorithm} (RFC 5155 2)`);
  if (iterations > Math.max(toleratedIterations, VALIDATOR_ITERATIONS))
    report(
      'VERIFY-NSEC3-TOO-MANY-ITERATIONS',
      place,
      () => `${iterations} iterations, validators stop at ${VALIDATOR_ITERATIONS} (RFC 9276 3.2)`,
    );
  else if (iterations > toleratedIterations)
    report('VERIFY-NSEC3-ITERATIONS', place, () => `${iterations} iterations instead of 0 (RFC 9276 3.1)`);
  if (salt.length > 0) report('VERIFY-NSEC3-SALT', place, () => `salt ${toHex(salt)} instead of none (RFC 9276 3.1)`);
  return iterations <= ITERATIONS_LIMIT;
}

/** Takes in the NSEC3 records of one set of parameters and reports those that are none of it. */
export function collectNsec3(inspection: Inspection, parameters: Nsec3Parameters): Nsec3Records {
  const { zone } = inspection;
  let total = 0;
  for (const type of zone.rrsetType) if (type === TYPE.NSEC3) total++;
  const hashes = new Uint8Array(total * HASH_OCTETS);
  const prefixes = new Uint32Array(total);
  const record = new Uint32Array(total);
  const optOut = new Uint8Array(total);
  let count = 0;
  for (let r = 0; r < zone.rrsetCount; r++) {
    if (zone.rrsetType[r] !== TYPE.NSEC3) continue;
    const k = fittingRecord(inspection, r, parameters);
    if (k < 0 || !readOwner(inspection, r, hashes, count * HASH_OCTETS)) continue;
    prefixes[count] = u32(hashes, count * HASH_OCTETS);
    record[count] = k;
    optOut[count++] = zone.wire[zone.rdataAt[k]! + 1]! & FLAG_OPT_OUT;
  }
  return { count, hashes, prefixes, record, optOut };
}

/** The record of the RRset with the right parameters, or -1. */
function fittingRecord({ zone, report }: Inspection, rrset: number, parameters: Nsec3Parameters): number {
  const name = zone.rrsetName[rrset]!;
  let fitting = -1;
  for (let k = zone.rrsetFirstRecord[rrset]!; k < zone.rrsetFirstRecord[rrset + 1]!; k++) {
    const place = { name, type: TYPE.NSEC3, record: k };
    const owner = (): string => printName(nameOf(zone, name));
    const rdata = rdataOf(zone, k);
    const own = parseParameters(rdata);
    if (own === undefined || !sameParameters(own, parameters)) {
      report('VERIFY-NSEC3-PARAMETERS', place, () => `${owner()}: hash algorithm, iterations or salt are not those of the chain`);
      continue;
    }
    if (rdata[1]! > FLAG_OPT_OUT) report('VERIFY-NSEC3-FLAGS', place, () => `${owner()}: flags ${rdata[1]}, only 0 and 1 are assigned`);
    if (fitting >= 0) report('VERIFY-NSEC3-TWICE', place, () => `${owner()} has more than one NSEC3 record`);
    else fitting = k;
  }
  return fitting;
}

function sameParameters(a: Nsec3Parameters, b: Nsec3Parameters): boolean {
  return a.algorithm === b.algorithm && a.iterations === b.iterations && equalBytes(a.salt, b.salt);
}

/** The owner is one base32hex label below the apex (RFC 5155 3.3). */
function readOwner({ zone, report }: Inspection, rrset: number, hashes: Uint8Array, offset: number): boolean {
  const name = zone.rrsetName[rrset]!;
  const at = zone.nameAt[name]!;
  const oneBelow = zone.nameLength[name] === zone.apex.length + zone.wire[at]! + 1;
  if (oneBelow && decodeHashLabel(zone.wire, at, hashes, offset)) return true;
  const place = { name, type: TYPE.NSEC3, record: zone.rrsetFirstRecord[rrset]! };
  report('VERIFY-NSEC3-OWNER', place, () => `${printName(nameOf(zone, name))} is not a hash right below the apex`);
  return false;
}

/** Index of a hash; if it is not there, -1 - (index of the first greater one). */
export function searchHash(records: Nsec3Records, hash: Uint8Array): number {
  const { prefixes, hashes } = records;
  const prefix = u32(hash, 0);
  let low = 0;
  let high = records.count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (prefixes[middle]! < prefix || (prefixes[middle] === prefix && compareHash(hashes, middle * HASH_OCTETS, hash) < 0))
      low = middle + 1;
    else high = middle;
  }
  return low < records.count && compareHash(hashes, low * HASH_OCTETS, hash) === 0 ? low : -1 - low;
}

function compareHash(hashes: Uint8Array, at: number, hash: Uint8Array): number {
  for (let i = 0; i < HASH_OCTETS; i++) {
    const difference = hashes[at + i]! - hash[i]!;
    if (difference !== 0) return difference;
  }
  return 0;
}
