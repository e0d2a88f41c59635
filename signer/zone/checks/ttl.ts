import { SIGNER_OWNED, TYPE, typeMnemonic } from '../../dns/rrtype.ts';
import { findRrset, type Zone } from '../zone.ts';
import type { CheckContext } from './context.ts';
import { lookupName } from './name-index.ts';
import { rrsetOwner } from './records.ts';
import { atRecord, type Check } from './sighting.ts';

/** TTL of a signature is that of what it covers (RFC 4034 3), so signatures at one name may differ. */
const SIGNATURES: ReadonlySet<number> = new Set([TYPE.RRSIG, TYPE.SIG]);

/** All records of an RRset have one TTL (RFC 2181 5.2). The smallest is taken. */
export const ttlPerRrset: Check = function* (context) {
  const { zone } = context;
  const ofDuplicates = largerTtlOfDuplicates(context);
  for (let rrset = 0; rrset < zone.rrsetCount; rrset++) {
    const smallest = zone.rrsetTtl[rrset]!;
    let largest = ofDuplicates.size === 0 ? smallest : (ofDuplicates.get(rrset) ?? smallest);
    let at = zone.rrsetFirstRecord[rrset]!;
    for (let k = at; k < zone.rrsetFirstRecord[rrset + 1]!; k++) {
      if (zone.recordTtl[k]! <= largest) continue;
      largest = zone.recordTtl[k]!;
      at = k;
    }
    if (largest === smallest || SIGNATURES.has(zone.rrsetType[rrset]!)) continue;
    yield atRecord('ZONE-TTL-MISMATCH', at, () => ({
      text: `${rrsetOwner(zone, rrset)} ${typeMnemonic(zone.rrsetType[rrset]!)} has TTLs from ${smallest} to ${largest}; ${smallest} is taken for all`,
      found: `${largest}`,
      expected: `${smallest}`,
    }));
  }
};

/** RRset → largest TTL of its repeated records, where that is not the RRset's: of two equal records one is left in the zone, either one. */
function largerTtlOfDuplicates({ zone, index, options }: CheckContext): ReadonlyMap<number, number> {
  const { records } = options;
  const larger = new Map<number, number>();
  if (records === undefined) return larger;
  for (const k of zone.left.duplicates) {
    const owner = records.owner[k]!;
    const name = lookupName(index, records.wire.bytes, records.nameAt[owner]!, records.nameLength[owner]!);
    const rrset = findRrset(zone, name, records.type[k]!);
    const ttl = records.ttl[k]!;
    if (rrset >= 0 && ttl > (larger.get(rrset) ?? zone.rrsetTtl[rrset]!)) larger.set(rrset, ttl);
  }
  return larger;
}

/** No TTL above the policy's zone-max-ttl: rollovers wait no longer than that (RFC 7583 2). */
export const ttlBelowMax: Check = function* ({ zone, options }) {
  const max = options.zoneMaxTtl;
  if (max === undefined) return;
  for (let rrset = 0; rrset < zone.rrsetCount; rrset++) {
    if (zone.rrsetTtl[rrset]! <= max) continue;
    yield atRecord('ZONE-TTL-ABOVE-MAX', zone.rrsetFirstRecord[rrset]!, () => ({
      text: `TTL ${zone.rrsetTtl[rrset]} of ${what(zone, rrset)} is above zone-max-ttl ${max}`,
      found: `${zone.rrsetTtl[rrset]}`,
      expected: `at most ${max}`,
    }));
  }
};

/** TTL 0 forbids caching (RFC 1035 3.2.1): every query reaches the servers. */
export const ttlNotZero: Check = function* ({ zone }) {
  for (let rrset = 0; rrset < zone.rrsetCount; rrset++) {
    if (zone.rrsetTtl[rrset] !== 0 || SIGNER_OWNED.has(zone.rrsetType[rrset]!)) continue;
    yield atRecord('ZONE-TTL-ZERO', zone.rrsetFirstRecord[rrset]!, () => ({
      text: `TTL of ${what(zone, rrset)} is 0: it is never cached`,
      found: '0',
      expected: 'at least a few seconds',
    }));
  }
};

function what(zone: Zone, rrset: number): string {
  return `${rrsetOwner(zone, rrset)} ${typeMnemonic(zone.rrsetType[rrset]!)}`;
}
