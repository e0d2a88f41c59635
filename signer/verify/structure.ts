import { printName } from '../dns/name.ts';
import { TYPE, typeMnemonic } from '../dns/rrtype.ts';
import { findRrset, nameOf, type Zone } from '../zone/zone.ts';
import { KIND } from './names.ts';
import type { Report } from './report.ts';

/** What may stand beside a CNAME (RFC 4035 2.5, RFC 2535 2.3.5 for KEY and NXT). */
const BESIDE_CNAME: ReadonlySet<number> = new Set([TYPE.CNAME, TYPE.RRSIG, TYPE.NSEC, TYPE.KEY, TYPE.NXT, TYPE.SIG]);

/** What DNSSEC takes for granted about the records. */
export function verifyStructure(zone: Zone, apex: number, kinds: Uint8Array, report: Report): void {
  const { outOfZone, duplicates } = zone.left;
  if (outOfZone.length > 0)
    report('VERIFY-OUT-OF-ZONE', {}, () => `${outOfZone.length} records are not at or below ${printName(zone.apex)}`);
  if (duplicates.length > 0) report('VERIFY-DUPLICATE', {}, () => `${duplicates.length} records stand in the file more than once`);
  if (findRrset(zone, apex, TYPE.NS) < 0) report('VERIFY-APEX-NS', { name: apex, type: TYPE.NS }, () => 'the apex has no NS RRset');
  for (let r = 0; r < zone.rrsetCount; r++) verifyRrset(zone, r, apex, kinds, report);
}

function verifyRrset(zone: Zone, rrset: number, apex: number, kinds: Uint8Array, report: Report): void {
  const name = zone.rrsetName[rrset]!;
  const type = zone.rrsetType[rrset]!;
  const record = zone.rrsetFirstRecord[rrset]!;
  const records = zone.rrsetFirstRecord[rrset + 1]! - record;
  const place = { name, type, record };
  const label = (): string => `${printName(nameOf(zone, name))} ${typeMnemonic(type)}`;
  if (type !== TYPE.RRSIG && records > 1 && hasMixedTtls(zone, rrset))
    report('VERIFY-TTL-MIXED', place, () => `${label()}: records with different TTLs (RFC 2181 5.2)`);
  switch (type) {
    case TYPE.SOA:
      if (name !== apex) report('VERIFY-SOA', place, () => `${label()} is not at the apex`);
      break;
    case TYPE.CNAME:
      verifyCname(zone, rrset, report, label);
      break;
    case TYPE.DNAME:
      if (records > 1) report('VERIFY-CNAME-OTHER', place, () => `${label()}: ${records} records, one is allowed (RFC 6672 2.4)`);
      break;
    case TYPE.DS:
      if (name === apex) report('VERIFY-DS-AT-APEX', place, () => `${label()}: the DS RRset belongs to the parent (RFC 4035 2.4)`);
      else if (findRrset(zone, name, TYPE.NS) < 0 && kinds[name] !== KIND.occluded)
        report('VERIFY-DS-WITHOUT-NS', place, () => `${label()}: there is no delegation`);
      break;
    case TYPE.DNSKEY:
      if (name !== apex) report('VERIFY-DNSKEY-NOT-APEX', place, () => `${label()} is not at the apex (RFC 4034 2.1.1)`);
      break;
    case TYPE.ZONEMD:
      if (name !== apex) report('VERIFY-ZONEMD-NOT-APEX', place, () => `${label()} is not at the apex and means nothing (RFC 8976 2)`);
      break;
    default:
      break;
  }
}

function verifyCname(zone: Zone, rrset: number, report: Report, label: () => string): void {
  const name = zone.rrsetName[rrset]!;
  const place = { name, type: TYPE.CNAME, record: zone.rrsetFirstRecord[rrset]! };
  const records = zone.rrsetFirstRecord[rrset + 1]! - zone.rrsetFirstRecord[rrset]!;
  if (records > 1) report('VERIFY-CNAME-OTHER', place, () => `${label()}: ${records} records, one is allowed (RFC 1034 3.6.2)`);
  for (let r = zone.nameFirstRrset[name]!; r < zone.nameFirstRrset[name + 1]!; r++) {
    const type = zone.rrsetType[r]!;
    if (!BESIDE_CNAME.has(type) && type !== TYPE.NSEC3)
      report('VERIFY-CNAME-OTHER', place, () => `${label()} stands beside ${typeMnemonic(type)} (RFC 1034 3.6.2)`);
  }
}

function hasMixedTtls(zone: Zone, rrset: number): boolean {
  for (let k = zone.rrsetFirstRecord[rrset]!; k < zone.rrsetFirstRecord[rrset + 1]!; k++)
    if (zone.recordTtl[k] !== zone.rrsetTtl[rrset]) return true;
  return false;
}
