import { TYPE } from '../../dns/rrtype.ts';
import { classifyNames, NAME_KIND } from '../cuts.ts';
import type { RecordStore } from '../record-store.ts';
import { findRrset, type Zone } from '../zone.ts';
import { indexNames, type NameIndex } from './name-index.ts';
import { SEEN, scanOctets } from './octets.ts';

export interface CheckOptions {
  /** The store that the zone was built from. Without it, records that were left out of the zone are counted, not shown. */
  readonly records?: RecordStore;
  /** Serial of the zone that is served now; the new one must be ahead of it (RFC 1982). */
  readonly previousSerial?: number;
  /** Seconds. Rollovers wait for it, so no TTL may be above it. */
  readonly zoneMaxTtl?: number;
  /** Findings written out for each ID; the rest is counted. 100 if absent. */
  readonly limit?: number;
}

/** What the checks share, computed once. */
export interface CheckContext {
  readonly zone: Zone;
  readonly options: CheckOptions;
  /** Index of the apex; -1 if nothing stands there. */
  readonly apex: number;
  /** NAME_KIND of each name. */
  readonly kinds: Uint8Array;
  /** For a name below a cut or a DNAME: index of the name with the NS or DNAME. */
  readonly tops: Uint32Array;
  readonly index: NameIndex;
  /** SEEN bits of each name. */
  readonly octets: Uint8Array;
  readonly hasWildcards: boolean;
}

export function makeContext(zone: Zone, options: CheckOptions): CheckContext {
  const kinds = classifyNames(zone);
  const tops = new Uint32Array(zone.nameCount);
  const octets = new Uint8Array(zone.nameCount);
  let top = 0;
  let hasWildcards = false;
  for (let name = 0; name < zone.nameCount; name++) {
    octets[name] = scanOctets(zone.wire, zone.nameAt[name]!);
    if ((octets[name]! & SEEN.wildcard) !== 0) hasWildcards = true;
    if (kinds[name] === NAME_KIND.belowCut || kinds[name] === NAME_KIND.belowDname) tops[name] = top;
    else if (kinds[name] === NAME_KIND.delegation || findRrset(zone, name, TYPE.DNAME) >= 0) top = name;
  }
  const apex = zone.nameCount > 0 && zone.nameLength[0] === zone.apex.length ? 0 : -1;
  return { zone, options, apex, kinds, tops, index: indexNames(zone), octets, hasWildcards };
}
