import { isAtOrBelow } from '../dns/name.ts';
import { TYPE } from '../dns/rrtype.ts';
import { findRrset, nameOf, type Zone } from './zone.ts';

/** What a name is to the zone. */
export const NAME_KIND = {
  /** Data of this zone, apex included. */
  authoritative: 0,
  /** Zone cut: has NS and is not the apex. NS and glue are not signed, DS and NSEC are. */
  delegation: 1,
  /** Below a zone cut: glue or occluded data. Never signed. */
  belowCut: 2,
  /** Below a DNAME (RFC 6672 2.4): cannot be reached, so neither signed nor in the denial chain. */
  belowDname: 3,
} as const;

/** One kind per name. In canonical order all names below a cut follow it at once, so one pass is enough. */
export function classifyNames(zone: Zone): Uint8Array {
  const kinds = new Uint8Array(zone.nameCount);
  let top = -1;
  let below: number = NAME_KIND.belowCut;
  for (let i = 0; i < zone.nameCount; i++) {
    if (top >= 0 && isAtOrBelow(nameOf(zone, i), nameOf(zone, top))) {
      kinds[i] = below;
      continue;
    }
    top = -1;
    const isApex = zone.nameLength[i] === zone.apex.length;
    if (!isApex && findRrset(zone, i, TYPE.NS) >= 0) {
      kinds[i] = NAME_KIND.delegation;
      top = i;
      below = NAME_KIND.belowCut;
    } else if (findRrset(zone, i, TYPE.DNAME) >= 0) {
      top = i;
      below = NAME_KIND.belowDname;
    }
  }
  return kinds;
}
