import { WireWriter } from '../../signer/dns/bytes.ts';
import { isSignerOwned, TYPE } from '../../signer/dns/rrtype.ts';
import { appendCanonicalRdata } from '../../signer/verify/canonical-rdata.ts';
import { makeNameComparison } from '../../signer/verify/names.ts';
import type { Zone } from '../../signer/zone/zone.ts';

/** Are the records of RRset r data of the zone, not what signing makes? */
export function isData(zone: Zone, rrset: number): boolean {
  return !isSignerOwned(zone.rrsetType[rrset]!, isAtApex(zone, rrset));
}

export function isAtApex(zone: Zone, rrset: number): boolean {
  return zone.nameLength[zone.rrsetName[rrset]!] === zone.apex.length;
}

/**
 * Appends the RDATA of a record in canonical form (RFC 4034 6.2), the SOA serial of the apex as 0: signing may raise it.
 * Design note: the canonical form is the verifier's; a mistake in the signer's own does not hide itself here.
 */
export function appendDataRdata(out: WireWriter, zone: Zone, rrset: number, record: number): void {
  const type = zone.rrsetType[rrset]!;
  const from = out.length;
  appendCanonicalRdata(out, type, zone.wire, zone.rdataAt[record]!, zone.rdataLength[record]!);
  // SOA: two names, then serial, refresh, retry, expire, minimum of four octets each (RFC 1035 3.3.13)
  if (type === TYPE.SOA && isAtApex(zone, rrset) && out.length - from >= 20) out.bytes.fill(0, out.length - 20, out.length - 16);
}

/** The records of an RRset in their canonical order, each as {@link appendDataRdata} has it. */
export function canonicalRecords(zone: Zone, rrset: number): readonly Uint8Array[] {
  const begin = zone.rrsetFirstRecord[rrset]!;
  return Array.from({ length: zone.rrsetFirstRecord[rrset + 1]! - begin }, (_, i) => {
    const out = new WireWriter(zone.rdataLength[begin + i]!);
    appendDataRdata(out, zone, rrset, begin + i);
    return out.bytes.subarray(0, out.length);
  });
}

/** Are the records of two RRsets the same octet for octet, letter case too? A quick yes; a no has to be looked at closely. */
export function areSameOctets(a: Zone, r: number, b: Zone, p: number): boolean {
  let k = a.rrsetFirstRecord[r]!;
  let q = b.rrsetFirstRecord[p]!;
  const end = a.rrsetFirstRecord[r + 1]!;
  if (end - k !== b.rrsetFirstRecord[p + 1]! - q) return false;
  for (; k < end; k++, q++) {
    const length = a.rdataLength[k]!;
    if (length !== b.rdataLength[q]) return false;
    const at = a.rdataAt[k]!;
    const bt = b.rdataAt[q]!;
    for (let i = 0; i < length; i++) if (a.wire[at + i] !== b.wire[bt + i]) return false;
  }
  return true;
}

/**
 * RRsets of data that either zone has, in canonical order of name and type: [RRset of a, RRset of b], -1 where a zone has none of that name and type.
 */
export function* pairRrsets(a: Zone, b: Zone): Generator<readonly [number, number]> {
  const compareNames = makeNameComparison();
  let r = nextData(a, 0);
  let p = nextData(b, 0);
  while (r < a.rrsetCount || p < b.rrsetCount) {
    const order = r >= a.rrsetCount ? 1 : p >= b.rrsetCount ? -1 : compareRrsets(a, r, b, p, compareNames);
    yield [order <= 0 ? r : -1, order >= 0 ? p : -1];
    if (order <= 0) r = nextData(a, r + 1);
    if (order >= 0) p = nextData(b, p + 1);
  }
}

function nextData(zone: Zone, from: number): number {
  let r = from;
  while (r < zone.rrsetCount && !isData(zone, r)) r++;
  return r;
}

function compareRrsets(a: Zone, r: number, b: Zone, p: number, compareNames: ReturnType<typeof makeNameComparison>): number {
  return compareNames(a.wire, a.nameAt[a.rrsetName[r]!]!, b.wire, b.nameAt[b.rrsetName[p]!]!) || a.rrsetType[r]! - b.rrsetType[p]!;
}
