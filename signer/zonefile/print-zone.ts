import { WireWriter } from '../dns/bytes.ts';
import { TYPE } from '../dns/rrtype.ts';
import type { Zone } from '../zone/zone.ts';
import { printGenericRecord, printRecord } from './print.ts';

const CHUNK_OCTETS = 1 << 18;

/** The zone in canonical order, one record a line, in pieces of about 256 KiB. The pieces are the caller's to keep. */
export function* printZone(zone: Zone, form: 'presentation' | 'generic'): Generator<Uint8Array> {
  const print = form === 'generic' ? printGenericRecord : printRecord;
  const out = new WireWriter(2 * CHUNK_OCTETS);
  for (let r = 0; r < zone.rrsetCount; r++) {
    const type = zone.rrsetType[r]!;
    const ownerAt = zone.nameAt[zone.rrsetName[r]!]!;
    for (let k = zone.rrsetFirstRecord[r]!; k < zone.rrsetFirstRecord[r + 1]!; k++) {
      const at = zone.rdataAt[k]!;
      print(zone.wire, ownerAt, ttlOf(zone, r, k), type, zone.wire, at, at + zone.rdataLength[k]!, out);
      if (out.length < CHUNK_OCTETS) continue;
      yield out.slice();
      out.length = 0;
    }
  }
  if (out.length > 0) yield out.slice();
}

/** RRSIGs of one owner are no RRset: each has the TTL of what it covers (RFC 4034 3). */
function ttlOf(zone: Zone, rrset: number, record: number): number {
  const type = zone.rrsetType[rrset]!;
  return type === TYPE.RRSIG || type === TYPE.SIG ? zone.recordTtl[record]! : zone.rrsetTtl[rrset]!;
}
