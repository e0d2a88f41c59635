import { createHash, type Hash } from 'node:crypto';
import { equalBytes, toHex, WireWriter } from '../dns/bytes.ts';
import { CLASS_IN, TYPE } from '../dns/rrtype.ts';
import { findRrset, rdataOf, type Zone } from '../zone/zone.ts';
import { appendCanonicalRdata } from './canonical-rdata.ts';
import type { Inspection } from './inspection.ts';
import { u16, u32 } from './octets.ts';
import type { Place } from './report.ts';

/** ZONEMD RDATA (RFC 8976 2.2): serial(4) scheme(1) hash algorithm(1) digest(n). */
const DIGEST_AT = 6;
const DIGEST_MIN_OCTETS = 12;
const SCHEME_SIMPLE = 1;

interface DigestAlgorithm {
  readonly name: string;
  readonly hash: 'sha384' | 'sha512';
  readonly octets: number;
}

const ALGORITHMS: ReadonlyMap<number, DigestAlgorithm> = new Map<number, DigestAlgorithm>([
  [1, { name: 'SHA-384', hash: 'sha384', octets: 48 }],
  [2, { name: 'SHA-512', hash: 'sha512', octets: 64 }],
]);

/** Every ZONEMD record at the apex that can be checked holds (RFC 8976 4, stricter: there one is enough). */
export function verifyZoneDigest(inspection: Inspection): void {
  const { zone, apex, soa, report } = inspection;
  const rrset = findRrset(zone, apex, TYPE.ZONEMD);
  if (rrset < 0) return;
  const wanted = new Map<DigestAlgorithm, number>();
  const seen = new Set<number>();
  for (let k = zone.rrsetFirstRecord[rrset]!; k < zone.rrsetFirstRecord[rrset + 1]!; k++) {
    const rdata = rdataOf(zone, k);
    const place: Place = { name: apex, type: TYPE.ZONEMD, record: k };
    if (rdata.length < DIGEST_AT + DIGEST_MIN_OCTETS) {
      report(
        'VERIFY-ZONEMD-MALFORMED',
        place,
        () => `ZONEMD RDATA of ${rdata.length} octets has no digest of ${DIGEST_MIN_OCTETS} or more`,
      );
      continue;
    }
    const kind = u16(rdata, 4);
    if (seen.has(kind))
      report('VERIFY-ZONEMD-TWICE', place, () => `two ZONEMD records with scheme ${rdata[4]} and hash algorithm ${rdata[5]}`);
    seen.add(kind);
    if (u32(rdata, 0) !== soa.serial) {
      const values = { found: `${u32(rdata, 0)}`, expected: `${soa.serial}` };
      report('VERIFY-ZONEMD-SERIAL', { ...place, ...values }, () => `ZONEMD serial is ${values.found}, the SOA has ${values.expected}`);
    }
    const algorithm = rdata[4] === SCHEME_SIMPLE ? ALGORITHMS.get(rdata[5]!) : undefined;
    if (algorithm === undefined)
      report('VERIFY-ZONEMD-UNSUPPORTED', place, () => `scheme ${rdata[4]} with hash algorithm ${rdata[5]} is not checked`);
    else if (rdata.length !== DIGEST_AT + algorithm.octets)
      report('VERIFY-ZONEMD-MALFORMED', place, () => `${algorithm.name} digest of ${rdata.length - DIGEST_AT} octets`);
    else wanted.set(algorithm, k);
  }
  compareDigests(inspection, wanted);
}

function compareDigests({ zone, apex, report }: Inspection, wanted: ReadonlyMap<DigestAlgorithm, number>): void {
  if (wanted.size === 0) return;
  const hashes = new Map([...wanted.keys()].map((algorithm) => [algorithm, createHash(algorithm.hash)]));
  digestZone(zone, apex, [...hashes.values()]);
  for (const [algorithm, record] of wanted) {
    const computed: Uint8Array = hashes.get(algorithm)!.digest();
    const found = rdataOf(zone, record).subarray(DIGEST_AT);
    if (equalBytes(found, computed)) continue;
    const values = { found: toHex(found), expected: toHex(computed) };
    const place = { name: apex, type: TYPE.ZONEMD, record, ...values };
    report(
      'VERIFY-ZONEMD-DIGEST',
      place,
      () => `${algorithm.name} digest of the zone is ${values.expected.slice(0, 16)}…, not ${values.found.slice(0, 16)}…`,
    );
  }
}

const CHUNK_OCTETS = 1 << 16;

/**
 * RFC 8976 3.3: all records of the zone in canonical form and order, glue too, but for the ZONEMD RRset at the apex and what signs it.
 */
export function digestZone(zone: Zone, apex: number, hashes: readonly Hash[]): void {
  const out = new WireWriter(CHUNK_OCTETS * 2);
  const flush = (): void => {
    const chunk = out.bytes.subarray(0, out.length);
    for (const hash of hashes) hash.update(chunk);
    out.length = 0;
  };
  for (let r = 0; r < zone.rrsetCount; r++) {
    const name = zone.rrsetName[r]!;
    const type = zone.rrsetType[r]!;
    if (name === apex && type === TYPE.ZONEMD) continue;
    const at = zone.nameAt[name]!;
    const end = at + zone.nameLength[name]!;
    for (let k = zone.rrsetFirstRecord[r]!; k < zone.rrsetFirstRecord[r + 1]!; k++) {
      if (name === apex && type === TYPE.RRSIG && u16(zone.wire, zone.rdataAt[k]!) === TYPE.ZONEMD) continue;
      out.append(zone.wire, at, end);
      out.u16(type);
      out.u16(CLASS_IN);
      out.u32(type === TYPE.RRSIG ? zone.recordTtl[k]! : zone.rrsetTtl[r]!);
      out.u16(zone.rdataLength[k]!);
      appendCanonicalRdata(out, type, zone.wire, zone.rdataAt[k]!, zone.rdataLength[k]!);
    }
    if (out.length >= CHUNK_OCTETS) flush();
  }
  flush();
}
