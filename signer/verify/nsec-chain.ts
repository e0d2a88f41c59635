import { nameLength, printName } from '../dns/name.ts';
import { TYPE } from '../dns/rrtype.ts';
import { findRrset, nameOf } from '../zone/zone.ts';
import type { Inspection } from './inspection.ts';
import { KIND, makeNameComparison } from './names.ts';
import { type TypeList, typesForNsec, verifyBitmap } from './type-bitmap.ts';

/**
 * Each authoritative name and each delegation has one NSEC; the next names make one ring in canonical order; nothing else has one
 * (RFC 4034 4, RFC 4035 2.3).
 * @returns NSEC records seen
 */
export function verifyNsecChain(inspection: Inspection): number {
  const { zone, kinds, report } = inspection;
  const compare = makeNameComparison();
  const types: TypeList = [];
  let count = 0;
  let previous = -1;
  let first = -1;
  for (let name = 0; name < zone.nameCount; name++) {
    const rrset = findRrset(zone, name, TYPE.NSEC);
    if (rrset >= 0) count += zone.rrsetFirstRecord[rrset + 1]! - zone.rrsetFirstRecord[rrset]!;
    if (kinds[name] !== KIND.authoritative && kinds[name] !== KIND.delegation) {
      if (rrset >= 0) reportSurplus(inspection, name, rrset);
      continue;
    }
    if (first < 0) first = name;
    if (previous >= 0) {
      verifyNext(inspection, previous, name);
      if (compare(zone.wire, zone.nameAt[previous]!, zone.wire, zone.nameAt[name]!) >= 0)
        report('VERIFY-NSEC-ORDER', { name }, () => `${print(inspection, name)} does not follow ${print(inspection, previous)}`);
    }
    previous = name;
    if (rrset < 0) report('VERIFY-NSEC-MISSING', { name, type: TYPE.NSEC }, () => `${print(inspection, name)} has no NSEC record`);
    else verifyRecord(inspection, name, rrset, types);
  }
  if (previous >= 0) verifyNext(inspection, previous, first);
  return count;
}

function print({ zone }: Inspection, name: number): string {
  return printName(nameOf(zone, name));
}

function reportSurplus(inspection: Inspection, name: number, rrset: number): void {
  const { zone, kinds, report } = inspection;
  const place = { name, type: TYPE.NSEC, record: zone.rrsetFirstRecord[rrset]! };
  const why = kinds[name] === KIND.occluded ? 'it is below a delegation or a DNAME' : 'it owns no data';
  report('VERIFY-NSEC-SURPLUS', place, () => `${print(inspection, name)} has an NSEC record, but ${why}`);
}

/** One record, and its type bitmap. */
function verifyRecord(inspection: Inspection, name: number, rrset: number, types: TypeList): void {
  const { zone, kinds, report } = inspection;
  const record = zone.rrsetFirstRecord[rrset]!;
  const place = { name, type: TYPE.NSEC, record };
  const records = zone.rrsetFirstRecord[rrset + 1]! - record;
  if (records > 1) report('VERIFY-NSEC-TWICE', place, () => `${print(inspection, name)} has ${records} NSEC records`);
  const at = zone.rdataAt[record]!;
  const end = at + zone.rdataLength[record]!;
  const length = nameLength(zone.wire, at, end);
  if (length < 0) return;
  typesForNsec(zone, name, kinds[name]!, types);
  verifyBitmap(inspection, at + length, end, types, place, () => `${print(inspection, name)} NSEC`);
}

/** The next name of the NSEC at `name`, whose letter case does not matter. */
function verifyNext(inspection: Inspection, name: number, next: number): void {
  const { zone, report } = inspection;
  const rrset = findRrset(zone, name, TYPE.NSEC);
  if (rrset < 0) return;
  for (let record = zone.rrsetFirstRecord[rrset]!; record < zone.rrsetFirstRecord[rrset + 1]!; record++) {
    const at = zone.rdataAt[record]!;
    const length = nameLength(zone.wire, at, at + zone.rdataLength[record]!);
    const place = { name, type: TYPE.NSEC, record };
    if (length < 0) report('VERIFY-NSEC-MALFORMED', place, () => `${print(inspection, name)}: NSEC without a next name`);
    else if (!sameName(zone.wire, at, length, zone.nameAt[next]!, zone.nameLength[next]!)) {
      const values = { found: printName(zone.wire.subarray(at, at + length)), expected: print(inspection, next) };
      report(
        'VERIFY-NSEC-NEXT',
        { ...place, ...values },
        () => `${print(inspection, name)}: next name is ${values.found}, not ${values.expected}`,
      );
    }
  }
}

function sameName(wire: Uint8Array, at: number, length: number, lowerAt: number, lowerLength: number): boolean {
  if (length !== lowerLength) return false;
  for (let i = 0; i < length; i++) {
    const octet = wire[at + i]!;
    if ((octet >= 0x41 && octet <= 0x5a ? octet + 32 : octet) !== wire[lowerAt + i]!) return false;
  }
  return true;
}
