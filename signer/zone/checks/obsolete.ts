import { TYPE, typeMnemonic } from '../../dns/rrtype.ts';
import { rrsetOwner } from './records.ts';
import { atRecord, type Check } from './sighting.ts';

const OBSOLETE: ReadonlyMap<number, string> = new Map([
  [TYPE.MD, 'MX replaced it (RFC 1035 3.3.4)'],
  [TYPE.MF, 'MX replaced it (RFC 1035 3.3.5)'],
  [TYPE.WKS, 'nobody may rely on it (RFC 1123 2.2)'],
  [TYPE.SIG, 'RRSIG replaced it (RFC 3755 3)'],
  [TYPE.NXT, 'NSEC replaced it (RFC 3755 3)'],
  [TYPE.A6, 'AAAA is used (RFC 6563)'],
  [TYPE.DLV, 'lookaside validation is retired (RFC 8749)'],
]);

/** Types that have had their day: SPF records are TXT records now (RFC 7208 3.1); others are obsolete. */
export const obsoleteTypes: Check = function* ({ zone }) {
  for (let rrset = 0; rrset < zone.rrsetCount; rrset++) {
    const type = zone.rrsetType[rrset]!;
    if (type === TYPE.SPF) {
      yield atRecord('ZONE-SPF-TYPE', zone.rrsetFirstRecord[rrset]!, () => ({
        text: `${rrsetOwner(zone, rrset)} has an SPF record of type 99, which receivers ignore (RFC 7208 3.1)`,
        found: 'SPF',
        expected: 'TXT',
      }));
    }
    const why = OBSOLETE.get(type);
    if (why === undefined) continue;
    yield atRecord('ZONE-TYPE-OBSOLETE', zone.rrsetFirstRecord[rrset]!, () => ({
      text: `${rrsetOwner(zone, rrset)} has a record of the obsolete type ${typeMnemonic(type)}: ${why}`,
      found: typeMnemonic(type),
    }));
  }
};
