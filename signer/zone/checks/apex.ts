import { printName } from '../../dns/name.ts';
import { TYPE } from '../../dns/rrtype.ts';
import { findRrset, rdataOf } from '../zone.ts';
import { recordCount, rrsetOwner, rrsetsOfType } from './records.ts';
import { atRecord, type Check, inZone } from './sighting.ts';
import { readSoa } from './soa-record.ts';

/** A zone has exactly one SOA record, and it stands at the apex (RFC 1035 5.2, RFC 2181 6.1). */
export const soaAtApex: Check = function* ({ zone, apex }) {
  const own = findRrset(zone, apex, TYPE.SOA);
  if (own < 0) {
    const origin = printName(zone.apex);
    yield inZone('ZONE-SOA-MISSING', () => ({
      text: `${origin} has no SOA record at its apex`,
      type: 'SOA',
      found: 'none',
      expected: `one SOA record at ${origin}`,
    }));
  } else if (recordCount(zone, own) > 1) {
    const first = zone.rrsetFirstRecord[own]!;
    const count = recordCount(zone, own);
    yield atRecord('ZONE-SOA-MULTIPLE', first + 1, () => {
      const serials = Array.from({ length: count }, (_, i) => readSoa(rdataOf(zone, first + i))?.serial ?? '?');
      return {
        text: `${rrsetOwner(zone, own)} has ${count} different SOA records, with the serials ${serials.join(', ')}`,
        found: `${count}`,
        expected: '1',
      };
    });
  }
  for (const rrset of rrsetsOfType(zone, TYPE.SOA)) {
    if (rrset === own) continue;
    yield atRecord('ZONE-SOA-NOT-AT-APEX', zone.rrsetFirstRecord[rrset]!, () => ({
      text: `${rrsetOwner(zone, rrset)} has an SOA record but is not the apex ${printName(zone.apex)}`,
      found: rrsetOwner(zone, rrset),
      expected: printName(zone.apex),
    }));
  }
};

/** A zone has name servers (RFC 1034 4.2.1), at least two of them (RFC 1034 4.1, RFC 2182 5). */
export const nsAtApex: Check = function* ({ zone, apex }) {
  const rrset = findRrset(zone, apex, TYPE.NS);
  if (rrset < 0) {
    const origin = printName(zone.apex);
    yield inZone('ZONE-APEX-NS-MISSING', () => ({
      text: `${origin} has no NS records at its apex`,
      type: 'NS',
      found: 'none',
      expected: `NS records at ${origin}`,
    }));
  } else if (recordCount(zone, rrset) === 1) {
    yield atRecord('ZONE-APEX-NS-SINGLE', zone.rrsetFirstRecord[rrset]!, () => ({
      text: `${rrsetOwner(zone, rrset)} has one name server only`,
      found: '1',
      expected: 'at least 2',
    }));
  }
};

/** Owners of NSEC3 records are a label of 32 octets below the apex (RFC 5155 3); a name has at most 255 octets. */
export const roomForNsec3: Check = function* ({ zone }) {
  const octets = zone.apex.length + 33;
  if (octets > 255) {
    yield inZone('ZONE-APEX-TOO-LONG-FOR-NSEC3', () => ({
      text: `${printName(zone.apex)} is too long for NSEC3: its hashed names would have ${octets} octets; sign with NSEC`,
      found: `${zone.apex.length} octets`,
      expected: 'at most 222 octets',
    }));
  }
};
