import { TYPE } from '../../signer/dns/rrtype.ts';
import type { Zone } from '../../signer/zone/zone.ts';

/** RRSIG records of a zone: what a verification has to do. */
export function countSignatures(zone: Zone): number {
  let count = 0;
  for (let r = 0; r < zone.rrsetCount; r++)
    if (zone.rrsetType[r] === TYPE.RRSIG) count += zone.rrsetFirstRecord[r + 1]! - zone.rrsetFirstRecord[r]!;
  return count;
}
