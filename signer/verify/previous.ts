import { toHex, WireWriter } from '../dns/bytes.ts';
import { printName } from '../dns/name.ts';
import { TYPE, typeMnemonic } from '../dns/rrtype.ts';
import { nameOf, type Zone } from '../zone/zone.ts';
import { appendCanonicalRdata } from './canonical-rdata.ts';
import { findApex, type Inspection, readSoa } from './inspection.ts';
import { makeNameComparison } from './names.ts';
import { serialFollows } from './octets.ts';
import type { RuleId } from './rules.ts';

/** What signing adds: it may differ from one signed zone to the next. */
const MADE_BY_SIGNING: ReadonlySet<number> = new Set([
  TYPE.RRSIG,
  TYPE.NSEC,
  TYPE.NSEC3,
  TYPE.NSEC3PARAM,
  TYPE.DNSKEY,
  TYPE.CDS,
  TYPE.CDNSKEY,
  TYPE.ZONEMD,
]);

/** The data of the zone against that of the previous one: nothing came or went that nobody spoke of. */
export function verifyChanges(inspection: Inspection, previous: Zone): void {
  const { zone } = inspection;
  const compare = makeNameComparison();
  const changes: Changes = { inspection, previous, identical: zone.recordCount === previous.recordCount };
  let now = 0;
  let then = 0;
  while (now < zone.nameCount || then < previous.nameCount) {
    const order = compareAt(zone, now, previous, then, compare);
    if (order === 0) compareName(changes, now++, then++);
    else {
      changes.identical = false;
      if (order < 0) reportName(changes, 'VERIFY-ADDED', zone, now++);
      else reportName(changes, 'VERIFY-REMOVED', previous, then++);
    }
  }
  verifySerial(changes);
}

interface Changes {
  readonly inspection: Inspection;
  readonly previous: Zone;
  /** No record differs, those made by signing included. */
  identical: boolean;
}

function compareAt(zone: Zone, now: number, previous: Zone, then: number, compare: ReturnType<typeof makeNameComparison>): number {
  if (now >= zone.nameCount) return 1;
  if (then >= previous.nameCount) return -1;
  return compare(zone.wire, zone.nameAt[now]!, previous.wire, previous.nameAt[then]!);
}

/** A name that only one of both has. */
function reportName(changes: Changes, id: 'VERIFY-ADDED' | 'VERIFY-REMOVED', zone: Zone, name: number): void {
  const types: string[] = [];
  for (let r = zone.nameFirstRrset[name]!; r < zone.nameFirstRrset[name + 1]!; r++)
    if (!MADE_BY_SIGNING.has(zone.rrsetType[r]!)) types.push(typeMnemonic(zone.rrsetType[r]!));
  if (types.length > 0) tell(changes, id, zone, name, undefined, () => `the name and all its data (${types.join(' ')})`);
}

function compareName(changes: Changes, now: number, then: number): void {
  const { previous } = changes;
  const { zone } = changes.inspection;
  let r = zone.nameFirstRrset[now]!;
  let p = previous.nameFirstRrset[then]!;
  const end = zone.nameFirstRrset[now + 1]!;
  const endBefore = previous.nameFirstRrset[then + 1]!;
  while (r < end || p < endBefore) {
    const type = r < end ? zone.rrsetType[r]! : 0x10000;
    const typeBefore = p < endBefore ? previous.rrsetType[p]! : 0x10000;
    if (type === typeBefore) {
      compareRrset(changes, r++, p++);
      continue;
    }
    changes.identical = false;
    const added = type < typeBefore;
    const concerned = Math.min(type, typeBefore);
    if (added) r++;
    else p++;
    if (!MADE_BY_SIGNING.has(concerned))
      tell(changes, added ? 'VERIFY-ADDED' : 'VERIFY-REMOVED', zone, now, concerned, () => `the ${typeMnemonic(concerned)} RRset`);
  }
}

function compareRrset(changes: Changes, r: number, p: number): void {
  const { previous } = changes;
  const { zone } = changes.inspection;
  const name = zone.rrsetName[r]!;
  const type = zone.rrsetType[r]!;
  const made = MADE_BY_SIGNING.has(type);
  if (zone.rrsetTtl[r] !== previous.rrsetTtl[p]) {
    changes.identical = false;
    const values = `${previous.rrsetTtl[p]} to ${zone.rrsetTtl[r]}`;
    if (!made) tell(changes, 'VERIFY-TTL-CHANGED', zone, name, type, () => `TTL of the ${typeMnemonic(type)} RRset changed from ${values}`);
  }
  if (sameOctets(zone, r, previous, p)) return;
  const now = canonicalRecords(zone, r, true);
  const then = canonicalRecords(previous, p, true);
  if (now.symmetricDifference(then).size > 0 || type === TYPE.SOA) changes.identical = false;
  if (made) return;
  const [kept, before] = type === TYPE.SOA ? [canonicalRecords(zone, r, false), canonicalRecords(previous, p, false)] : [now, then];
  const added = kept.difference(before).size;
  const removed = before.difference(kept).size;
  const text = (count: number): string => `${count} of the records of the ${typeMnemonic(type)} RRset`;
  if (removed > 0) tell(changes, 'VERIFY-REMOVED', zone, name, type, () => text(removed));
  if (added > 0) tell(changes, 'VERIFY-ADDED', zone, name, type, () => text(added));
}

function sameOctets(zone: Zone, r: number, previous: Zone, p: number): boolean {
  let k = zone.rrsetFirstRecord[r]!;
  let q = previous.rrsetFirstRecord[p]!;
  const count = zone.rrsetFirstRecord[r + 1]! - k;
  if (count !== previous.rrsetFirstRecord[p + 1]! - q) return false;
  for (const end = k + count; k < end; k++, q++) {
    const length = zone.rdataLength[k]!;
    if (length !== previous.rdataLength[q]) return false;
    const at = zone.rdataAt[k]!;
    const bt = previous.rdataAt[q]!;
    for (let i = 0; i < length; i++) if (zone.wire[at + i] !== previous.wire[bt + i]) return false;
  }
  return true;
}

/** Canonical RDATA in hexadecimal; the SOA serial blanked unless `withSerial`. */
function canonicalRecords(zone: Zone, rrset: number, withSerial: boolean): Set<string> {
  const records = new Set<string>();
  for (let k = zone.rrsetFirstRecord[rrset]!; k < zone.rrsetFirstRecord[rrset + 1]!; k++) {
    const out = new WireWriter(zone.rdataLength[k]!);
    appendCanonicalRdata(out, zone.rrsetType[rrset]!, zone.wire, zone.rdataAt[k]!, zone.rdataLength[k]!);
    if (!withSerial && out.length >= 20) out.bytes.fill(0, out.length - 20, out.length - 16);
    records.add(toHex(out.bytes.subarray(0, out.length)));
  }
  return records;
}

const VERB = { 'VERIFY-ADDED': 'was added', 'VERIFY-REMOVED': 'was removed', 'VERIFY-TTL-CHANGED': '' } as const satisfies Partial<
  Record<RuleId, string>
>;

function tell(changes: Changes, id: keyof typeof VERB, zone: Zone, name: number, type: number | undefined, what: () => string): void {
  const { report, options } = changes.inspection;
  const place = { owner: nameOf(zone, name), ...(type === undefined ? {} : { type }) };
  const text = (): string => `${printName(nameOf(zone, name))}: ${what()} ${VERB[id]}`.trimEnd();
  report(id, place, text, options.allowChanges ? 'warning' : 'error');
}

/** A changed zone needs a serial ahead of the last one (RFC 1982), or secondaries keep what they have. */
function verifySerial({ inspection, previous, identical }: Changes): void {
  const { soa, report, apex } = inspection;
  const before = readSoa(previous, findApex(previous));
  if (before === undefined || identical || serialFollows(soa.serial, before.serial)) return;
  const values = { found: `${soa.serial}`, expected: `ahead of ${before.serial}` };
  report(
    'VERIFY-SERIAL',
    { name: apex, type: TYPE.SOA, ...values },
    () => `SOA serial ${soa.serial} is not ahead of ${before.serial}, yet the zone differs`,
  );
}
