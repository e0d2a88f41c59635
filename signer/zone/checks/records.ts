import { nameLength, printName } from '../../dns/name.ts';
import { TYPE } from '../../dns/rrtype.ts';
import type { Zone } from '../zone.ts';

/** RRsets of one type, in canonical order. */
export function* rrsetsOfType(zone: Zone, type: number): Generator<number, void> {
  for (let r = 0; r < zone.rrsetCount; r++) if (zone.rrsetType[r] === type) yield r;
}

export function recordCount(zone: Zone, rrset: number): number {
  return zone.rrsetFirstRecord[rrset + 1]! - zone.rrsetFirstRecord[rrset]!;
}

/** RRset that record k belongs to. */
export function rrsetOfRecord(zone: Zone, record: number): number {
  let low = 0;
  let high = zone.rrsetCount - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (zone.rrsetFirstRecord[middle]! <= record) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** First record of the first RRset of a name. */
export function firstRecordOf(zone: Zone, name: number): number {
  return zone.rrsetFirstRecord[zone.nameFirstRrset[name]!]!;
}

export function ownerText(zone: Zone, name: number): string {
  return printName(zone.wire, zone.nameAt[name]!);
}

/** Owner of an RRset, in presentation form. */
export function rrsetOwner(zone: Zone, rrset: number): string {
  return ownerText(zone, zone.rrsetName[rrset]!);
}

export function hasAddress(zone: Zone, name: number): boolean {
  for (let r = zone.nameFirstRrset[name]!; r < zone.nameFirstRrset[name + 1]!; r++)
    if (zone.rrsetType[r] === TYPE.A || zone.rrsetType[r] === TYPE.AAAA) return true;
  return false;
}

/** Octets before the target in the RDATA of the types that end in one name. */
const TARGET_OFFSET: ReadonlyMap<number, number> = new Map([
  [TYPE.NS, 0],
  [TYPE.CNAME, 0],
  [TYPE.DNAME, 0],
  [TYPE.PTR, 0],
  [TYPE.MX, 2],
  [TYPE.SRV, 6],
]);

export const TARGET_TYPES: ReadonlySet<number> = new Set(TARGET_OFFSET.keys());

/** Where the target of an NS, CNAME, DNAME, PTR, MX or SRV record starts in the arena; -1 where the RDATA is not in the form of its type. */
export function targetAt(zone: Zone, type: number, record: number): number {
  const end = zone.rdataAt[record]! + zone.rdataLength[record]!;
  const at = zone.rdataAt[record]! + TARGET_OFFSET.get(type)!;
  return at < end && nameLength(zone.wire, at, end) === end - at ? at : -1;
}

/** Length of the target that starts at `at` in the RDATA of record k. */
export function targetLength(zone: Zone, record: number, at: number): number {
  return zone.rdataAt[record]! + zone.rdataLength[record]! - at;
}

export function readU16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

export function readU32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

/** `1 record`, `2 records`. */
export function plural(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`;
}
