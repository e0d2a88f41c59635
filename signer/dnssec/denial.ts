import type { WireWriter } from '../dns/bytes.ts';
import { TYPE } from '../dns/rrtype.ts';
import { NAME_KIND } from '../zone/cuts.ts';
import { findRrset, type Zone } from '../zone/zone.ts';

/**
 * The denial-of-existence records of a zone, in canonical order of their owners.
 * RDATA of record i is rdata.bytes[rdataAt[i] .. rdataAt[i + 1]).
 */
export interface DenialChain {
  /** TTL of every NSEC or NSEC3: the smaller of SOA TTL and SOA MINIMUM (RFC 9077). */
  readonly ttl: number;
  readonly count: number;
  readonly rdata: WireWriter;
  readonly rdataAt: Uint32Array;
}

export interface NsecChain extends DenialChain {
  readonly kind: 'nsec';
  /** Name index of each owner, ascending. */
  readonly names: Uint32Array;
}

export interface Nsec3Chain extends DenialChain {
  readonly kind: 'nsec3';
  /** 20 octets per record, ascending. */
  readonly hashes: Uint8Array;
}

export type Denial = NsecChain | Nsec3Chain;

/** TTL of denial records: min(SOA TTL, SOA MINIMUM), RFC 9077 3. */
export function denialTtl(zone: Zone, soaRrset: number): number {
  const record = zone.rrsetFirstRecord[soaRrset]!;
  const end = zone.rdataAt[record]! + zone.rdataLength[record]!;
  const { wire } = zone;
  const minimum = ((wire[end - 4]! << 24) | (wire[end - 3]! << 16) | (wire[end - 2]! << 8) | wire[end - 1]!) >>> 0;
  return Math.min(minimum, zone.rrsetTtl[soaRrset]!);
}

/**
 * Types that a name proves in its bitmap, ascending: at a delegation only NS and DS (RFC 4035 2.3), elsewhere all,
 * RRSIG where something at the name is signed, and `own` (NSEC) where the chain's own record stands at the name.
 * @returns how many were written to `types`
 */
export function bitmapTypes(zone: Zone, name: number, kind: number, own: number | undefined, types: Uint16Array): number {
  const delegation = kind === NAME_KIND.delegation;
  const signed = own !== undefined || !delegation || findRrset(zone, name, TYPE.DS) >= 0;
  let count = 0;
  let rrsigDone = !signed;
  let ownDone = own === undefined;
  for (let r = zone.nameFirstRrset[name]!; r < zone.nameFirstRrset[name + 1]!; r++) {
    const type = zone.rrsetType[r]!;
    if (delegation && type !== TYPE.NS && type !== TYPE.DS) continue;
    if (!rrsigDone && type > TYPE.RRSIG) {
      types[count++] = TYPE.RRSIG;
      rrsigDone = true;
    }
    if (!ownDone && type > own!) {
      types[count++] = own!;
      ownDone = true;
    }
    types[count++] = type;
  }
  if (!rrsigDone) types[count++] = TYPE.RRSIG;
  if (!ownDone) types[count++] = own!;
  return count;
}

/** Types at the largest name plus RRSIG and NSEC: size of the scratch for bitmapTypes. */
export function bitmapScratch(zone: Zone): Uint16Array {
  let most = 0;
  for (let i = 0; i < zone.nameCount; i++) most = Math.max(most, zone.nameFirstRrset[i + 1]! - zone.nameFirstRrset[i]!);
  return new Uint16Array(most + 2);
}
