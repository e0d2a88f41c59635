import { TYPE } from '../../signer/dns/rrtype.ts';
import { findRrset, rdataOf, type Zone } from '../../signer/zone/zone.ts';

/** How long caches keep that something is not there: the smaller of the SOA's TTL and its MINIMUM (RFC 2308 5). Seconds. */
export function negativeTtl(zone: Zone): number {
  const soa = findRrset(zone, 0, TYPE.SOA);
  const rdata = rdataOf(zone, zone.rrsetFirstRecord[soa]!);
  return Math.min(zone.rrsetTtl[soa]!, new DataView(rdata.buffer, rdata.byteOffset).getUint32(rdata.length - 4));
}
