import { compareBytes, equalBytes, WireWriter } from './dns/bytes.ts';
import { TYPE } from './dns/rrtype.ts';
import { appendSignedRecord } from './dnssec/signed-data.ts';
import { ZONEMD_FIXED_OCTETS, zonemdDigest } from './dnssec/zonemd.ts';
import { DENIAL_BIT, isLateTarget, nsec3Owner, type SignedZone, type SigningPlan } from './plan-data.ts';
import { appendRrsig } from './rrsig.ts';
import { findRrset, nameOf } from './zone/zone.ts';

/**
 * Computes the digests of the ZONEMD records at the apex and writes them into the zone (RFC 8976 3.3, scheme SIMPLE): every
 * record once, glue and occluded data included, in canonical form and order, without the apex ZONEMD RRset and its RRSIGs.
 */
export function fillZonemd(signed: SignedZone): void {
  const { zone } = signed.plan;
  const rrset = findRrset(zone, 0, TYPE.ZONEMD);
  for (let k = zone.rrsetFirstRecord[rrset]!; k < zone.rrsetFirstRecord[rrset + 1]!; k++) {
    const at = zone.rdataAt[k]!;
    const digest = zonemdDigest(zone.wire[at + 5]!);
    for (const octets of canonicalRecords(signed)) digest.update(octets);
    zone.wire.set(digest.digest(), at + ZONEMD_FIXED_OCTETS);
  }
}

/** The canonical form of all records, in order, in pieces that last until the next is asked for. */
function* canonicalRecords(signed: SignedZone): Generator<Uint8Array> {
  const { plan } = signed;
  const out = new WireWriter(1 << 17);
  const scratch = new Uint8Array(256);
  let job = 0;
  let nextNsec = 0;
  for (let u = 0; u < plan.units.length; u++) {
    const unit = plan.units[u]!;
    let denialIndex = (unit & DENIAL_BIT) !== 0 ? unit & ~DENIAL_BIT : -1;
    if (plan.denial.kind === 'nsec' && plan.denial.names[nextNsec] === unit) denialIndex = nextNsec++;
    if (denialIndex < 0 && isHashOfOther(plan, unit, plan.units[u + 1])) denialIndex = plan.units[++u]! & ~DENIAL_BIT;
    job = appendUnit(signed, unit, denialIndex, job, out, scratch);
    if (out.length < 1 << 16) continue;
    yield out.bytes.subarray(0, out.length);
    out.length = 0;
  }
  yield out.bytes.subarray(0, out.length);
}

/** Does the NSEC3 that comes next stand at this very name of the zone? Then both are one owner. */
function isHashOfOther({ zone, denial }: SigningPlan, unit: number, next: number | undefined): boolean {
  if (denial.kind !== 'nsec3' || next === undefined || (next & DENIAL_BIT) === 0) return false;
  return equalBytes(nameOf(zone, unit), nsec3Owner(zone, denial.hashes, next & ~DENIAL_BIT, new Uint8Array(256)));
}

/** Records of one owner by type; RRSIG and NSEC take their place among the types. @returns the first job of the next owner */
function appendUnit(signed: SignedZone, unit: number, denialIndex: number, firstJob: number, out: WireWriter, scratch: Uint8Array): number {
  const { zone, denial, jobs } = signed.plan;
  const isHashed = (unit & DENIAL_BIT) !== 0;
  const owner = isHashed && denial.kind === 'nsec3' ? nsec3Owner(zone, denial.hashes, unit & ~DENIAL_BIT, scratch) : nameOf(zone, unit);
  const firstRrset = isHashed ? 0 : zone.nameFirstRrset[unit]!;
  const endRrset = isHashed ? 0 : zone.nameFirstRrset[unit + 1]!;
  let end = firstJob;
  while (end < jobs.count && belongs(jobs.target[end]!, firstRrset, endRrset, denialIndex)) end++;
  let r = firstRrset;
  const rrsetsUpTo = (type: number): void => {
    for (; r < endRrset && zone.rrsetType[r]! < type; r++) {
      if (zone.rrsetType[r] === TYPE.ZONEMD && unit === 0) continue;
      for (let k = zone.rrsetFirstRecord[r]!; k < zone.rrsetFirstRecord[r + 1]!; k++) {
        appendSignedRecord(owner, zone.rrsetType[r]!, zone.rrsetTtl[r]!, zone.wire, zone.rdataAt[k]!, zone.rdataLength[k]!, out);
      }
    }
  };
  rrsetsUpTo(TYPE.RRSIG);
  appendRrsigs(signed, owner, firstJob, end, out);
  rrsetsUpTo(denial.kind === 'nsec' ? TYPE.NSEC : TYPE.NSEC3);
  if (denialIndex >= 0) appendDenial(signed, owner, denialIndex, out);
  rrsetsUpTo(0x10000);
  return end;
}

function belongs(target: number, firstRrset: number, endRrset: number, denialIndex: number): boolean {
  if ((target & DENIAL_BIT) !== 0) return (target & ~DENIAL_BIT) === denialIndex;
  return target >= firstRrset && target < endRrset;
}

function appendDenial({ plan: { denial } }: SignedZone, owner: Uint8Array, index: number, out: WireWriter): void {
  const at = denial.rdataAt[index]!;
  appendSignedRecord(
    owner,
    denial.kind === 'nsec' ? TYPE.NSEC : TYPE.NSEC3,
    denial.ttl,
    denial.rdata.bytes,
    at,
    denial.rdataAt[index + 1]! - at,
    out,
  );
}

/** The RRSIG RRset of an owner, by canonical RDATA, without those over the ZONEMD of the apex. Each has the TTL of what it covers (RFC 4034 3). */
function appendRrsigs(signed: SignedZone, owner: Uint8Array, from: number, end: number, out: WireWriter): void {
  const { jobs, zone, denial } = signed.plan;
  const rdatas: { readonly rdata: Uint8Array; readonly ttl: number }[] = [];
  for (let j = from; j < end; j++) {
    const target = jobs.target[j]!;
    const isDenial = (target & DENIAL_BIT) !== 0;
    if (isLateTarget(zone, target)) continue;
    const rdata = new WireWriter(256);
    appendRrsig(signed, j, rdata, new Uint8Array(256));
    rdatas.push({ rdata: rdata.slice(), ttl: isDenial ? denial.ttl : zone.rrsetTtl[target]! });
  }
  rdatas.sort((a, b) => compareBytes(a.rdata, b.rdata));
  for (const { rdata, ttl } of rdatas) appendSignedRecord(owner, TYPE.RRSIG, ttl, rdata, 0, rdata.length, out);
}
