import { printName } from '../../dns/name.ts';
import { TYPE, typeMnemonic } from '../../dns/rrtype.ts';
import { NAME_KIND } from '../cuts.ts';
import type { Zone } from '../zone.ts';
import { equalsLower } from './name-index.ts';
import { readU16, recordCount, rrsetOwner, rrsetsOfType, targetAt, targetLength } from './records.ts';
import type { ZoneFindingId } from './rules.ts';
import { atRecord, type Check } from './sighting.ts';
import { targetLookup } from './target.ts';

interface Service {
  readonly type: number;
  readonly alias: ZoneFindingId;
  readonly bare: ZoneFindingId;
  readonly reference: string;
}

const SERVICES: readonly Service[] = [
  { type: TYPE.MX, alias: 'ZONE-MX-TARGET-CNAME', bare: 'ZONE-MX-TARGET-NO-ADDRESS', reference: 'RFC 2181 10.3' },
  { type: TYPE.SRV, alias: 'ZONE-SRV-TARGET-CNAME', bare: 'ZONE-SRV-TARGET-NO-ADDRESS', reference: 'RFC 2782' },
];

/** Targets of MX and SRV are not aliases (RFC 2181 10.3, RFC 2782) and have an address; the root as target says "no such service". */
export const serviceTargets: Check = function* (context) {
  const { zone, kinds } = context;
  const lookup = targetLookup(context);
  for (const service of SERVICES) {
    for (const rrset of rrsetsOfType(zone, service.type)) {
      if (kinds[zone.rrsetName[rrset]!] !== NAME_KIND.authoritative) continue;
      for (let k = zone.rrsetFirstRecord[rrset]!; k < zone.rrsetFirstRecord[rrset + 1]!; k++) {
        const at = targetAt(zone, service.type, k);
        if (at < 0 || zone.wire[at] === 0) continue;
        const target = lookup(at, targetLength(zone, k, at));
        const isAlias = target.kind === 'alias';
        if (!isAlias && (target.kind !== 'bare' || target.cut >= 0)) continue;
        yield atRecord(isAlias ? service.alias : service.bare, k, () => ({
          text: `${typeMnemonic(service.type)} of ${rrsetOwner(zone, rrset)} points at ${printName(zone.wire, at)}, which ${
            isAlias ? `is an alias (${service.reference})` : 'has no A or AAAA record in this zone'
          }`,
          found: printName(zone.wire, at),
          expected: 'a name with an A or AAAA record',
        }));
      }
    }
  }
};

/** "No mail here" is one MX with preference 0 and the root as exchange, and no other (RFC 7505 3). */
export const nullMx: Check = function* ({ zone }) {
  for (const rrset of rrsetsOfType(zone, TYPE.MX)) {
    for (let k = zone.rrsetFirstRecord[rrset]!; k < zone.rrsetFirstRecord[rrset + 1]!; k++) {
      const at = targetAt(zone, TYPE.MX, k);
      if (at < 0 || zone.wire[at] !== 0) continue;
      const preference = readU16(zone.wire, zone.rdataAt[k]!);
      if (preference === 0 && recordCount(zone, rrset) === 1) continue;
      yield atRecord('ZONE-NULL-MX', k, () => ({
        text: `${rrsetOwner(zone, rrset)} has a null MX ${recordCount(zone, rrset) > 1 ? 'and other MX records' : `with preference ${preference}`}`,
        found: `${preference} .`,
        expected: 'a single MX 0 .',
      }));
    }
  }
};

/** SVCB and HTTPS: priority 0 is an alias, which stands alone and leads elsewhere (RFC 9460 2.4.1, 2.4.2). */
export const serviceAliases: Check = function* ({ zone }) {
  for (const type of [TYPE.SVCB, TYPE.HTTPS]) {
    for (const rrset of rrsetsOfType(zone, type)) {
      const first = zone.rrsetFirstRecord[rrset]!;
      if (!isAliasMode(zone, first)) continue;
      if (!isAliasMode(zone, zone.rrsetFirstRecord[rrset + 1]! - 1)) {
        yield atRecord('ZONE-SVCB-ALIAS-MIXED', first, () => ({
          text: `${rrsetOwner(zone, rrset)} has ${typeMnemonic(type)} records in AliasMode and in ServiceMode; the latter are ignored`,
          expected: 'one mode',
        }));
      }
      for (let k = first; k < zone.rrsetFirstRecord[rrset + 1]! && isAliasMode(zone, k); k++) {
        if (!pointsAtOwner(zone, rrset, k)) continue;
        yield atRecord('ZONE-SVCB-ALIAS-SELF', k, () => ({
          text: `${rrsetOwner(zone, rrset)} has a ${typeMnemonic(type)} record in AliasMode that points at itself`,
          found: rrsetOwner(zone, rrset),
          expected: 'another name',
        }));
      }
    }
  }
};

/** Records of an RRset are in canonical order, so those with priority 0 come first. */
function isAliasMode(zone: Zone, record: number): boolean {
  return zone.rdataLength[record]! > 2 && readU16(zone.wire, zone.rdataAt[record]!) === 0;
}

function pointsAtOwner(zone: Zone, rrset: number, record: number): boolean {
  const name = zone.rrsetName[rrset]!;
  const length = zone.nameLength[name]!;
  if (zone.rdataLength[record]! !== length + 2) return false;
  return equalsLower(zone.wire, zone.nameAt[name]!, zone.wire, zone.rdataAt[record]! + 2, length);
}
