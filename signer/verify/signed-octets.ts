import { compareBytes, WireWriter } from '../dns/bytes.ts';
import { CLASS_IN } from '../dns/rrtype.ts';
import type { Zone } from '../zone/zone.ts';
import { appendCanonicalRdata, hasNamesToLower } from './canonical-rdata.ts';
import { RRSIG_FIXED_OCTETS, type Rrsig } from './rrsig.ts';

/**
 * Appends what the signature is about: RRSIG RDATA without the signature, then RR(1) | RR(2) | … in canonical form and order,
 * RR(i) = owner | type | class | original TTL | RDATA length | RDATA.
 * @param rdataAt where the RRSIG RDATA stands in the zone's arena
 * @see RFC 4034 3.1.8.1, RFC 4035 5.3.2
 */
export function appendSignedOctets(out: WireWriter, zone: Zone, rrset: number, rrsig: Rrsig, rdataAt: number): void {
  const { wire } = zone;
  out.append(wire, rdataAt, rdataAt + RRSIG_FIXED_OCTETS);
  appendLower(out, wire, rrsig.signerAt, rrsig.signatureAt);
  const head = new WireWriter(280);
  appendOwner(head, zone, zone.rrsetName[rrset]!, rrsig.labels);
  head.u16(zone.rrsetType[rrset]!);
  head.u16(CLASS_IN);
  head.u32(rrsig.originalTtl);
  appendRecords(out, zone, rrset, head);
}

function appendRecords(out: WireWriter, zone: Zone, rrset: number, head: WireWriter): void {
  const { wire } = zone;
  const type = zone.rrsetType[rrset]!;
  const first = zone.rrsetFirstRecord[rrset]!;
  const end = zone.rrsetFirstRecord[rrset + 1]!;
  if (end - first === 1) {
    appendRecord(out, head, type, wire, zone.rdataAt[first]!, zone.rdataLength[first]!);
    return;
  }
  for (const rdata of canonicalRdatas(zone, type, first, end)) {
    out.append(head.bytes, 0, head.length);
    out.u16(rdata.length);
    out.append(rdata);
  }
}

/** RFC 4034 6.3: sorted as octets, equal ones once. Sorted here as well: the zone's own order is not taken on trust. */
function canonicalRdatas(zone: Zone, type: number, first: number, end: number): Uint8Array[] {
  const rdatas: Uint8Array[] = [];
  let sorted = true;
  for (let k = first; k < end; k++) {
    const at = zone.rdataAt[k]!;
    const rdata = hasNamesToLower(type)
      ? canonicalCopy(type, zone.wire, at, zone.rdataLength[k]!)
      : zone.wire.subarray(at, at + zone.rdataLength[k]!);
    if (rdatas.length > 0 && compareBytes(rdatas.at(-1)!, rdata) >= 0) sorted = false;
    rdatas.push(rdata);
  }
  if (sorted) return rdatas;
  rdatas.sort(compareBytes);
  return rdatas.filter((rdata, i) => i === 0 || compareBytes(rdatas[i - 1]!, rdata) !== 0);
}

function canonicalCopy(type: number, wire: Uint8Array, at: number, length: number): Uint8Array {
  const out = new WireWriter(length);
  appendCanonicalRdata(out, type, wire, at, length);
  return out.bytes;
}

function appendRecord(out: WireWriter, head: WireWriter, type: number, wire: Uint8Array, at: number, length: number): void {
  out.append(head.bytes, 0, head.length);
  out.u16(length);
  appendCanonicalRdata(out, type, wire, at, length);
}

/** The owner, or `*.` and as many labels from the right as the RRSIG counts, where it counts fewer (RFC 4035 5.3.2). */
function appendOwner(out: WireWriter, zone: Zone, name: number, labels: number): void {
  const { wire } = zone;
  const at = zone.nameAt[name]!;
  const end = at + zone.nameLength[name]!;
  let count = 0;
  for (let i = at; wire[i] !== 0; i += wire[i]! + 1) count++;
  let start = at;
  if (labels < count) {
    for (; count > labels; count--) start += wire[start]! + 1;
    out.u8(1);
    out.u8(0x2a);
  }
  out.append(wire, start, end);
}

function appendLower(out: WireWriter, wire: Uint8Array, start: number, end: number): void {
  out.reserve(end - start);
  for (let i = start; i < end; i++) {
    const octet = wire[i]!;
    out.bytes[out.length++] = octet >= 0x41 && octet <= 0x5a ? octet + 32 : octet;
  }
}
