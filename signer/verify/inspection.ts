import { TYPE } from '../dns/rrtype.ts';
import { findName, findRrset, type Zone } from '../zone/zone.ts';
import { u32 } from './octets.ts';
import type { VerifyOptions } from './options.ts';
import type { Report } from './report.ts';
import type { ZoneKey } from './zone-keys.ts';

/** What the parts of the verifier share. */
export interface Inspection {
  readonly zone: Zone;
  readonly options: VerifyOptions;
  readonly report: Report;
  /** Index of the apex. */
  readonly apex: number;
  /** KIND of each name. */
  readonly kinds: Uint8Array;
  readonly soa: Soa;
  readonly keys: readonly ZoneKey[];
  /** Keys that may sign without being published. */
  readonly unpublished: readonly ZoneKey[];
  /** Keys that CDS and CDNSKEY may ask for without their being published. */
  readonly requested: readonly ZoneKey[];
}

export interface Soa {
  readonly ttl: number;
  readonly serial: number;
  readonly expire: number;
  readonly minimum: number;
}

const SOA_TAIL_OCTETS = 20;

/** @returns undefined if the apex has not exactly one well-formed SOA record */
export function readSoa(zone: Zone, apex: number): Soa | undefined {
  const rrset = findRrset(zone, apex, TYPE.SOA);
  if (rrset < 0) return undefined;
  const record = zone.rrsetFirstRecord[rrset]!;
  const length = zone.rdataLength[record]!;
  if (zone.rrsetFirstRecord[rrset + 1] !== record + 1 || length < SOA_TAIL_OCTETS + 2) return undefined;
  const tail = zone.rdataAt[record]! + length - SOA_TAIL_OCTETS;
  return {
    ttl: zone.rrsetTtl[rrset]!,
    serial: u32(zone.wire, tail),
    expire: u32(zone.wire, tail + 12),
    minimum: u32(zone.wire, tail + 16),
  };
}

export function findApex(zone: Zone): number {
  return findName(zone, zone.apex);
}
