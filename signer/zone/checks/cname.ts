import { TYPE, typeMnemonic } from '../../dns/rrtype.ts';
import { NAME_KIND } from '../cuts.ts';
import { findRrset, type Zone } from '../zone.ts';
import type { CheckContext } from './context.ts';
import { ownerText, plural, recordCount, rrsetOwner, rrsetsOfType } from './records.ts';
import { atRecord, type Check, type Sighting } from './sighting.ts';

/**
 * What may stand beside a CNAME: RFC 2181 10.1 (KEY, SIG, NXT), RFC 4034 3 and 4035 2.5 (RRSIG, NSEC); NSEC3, which
 * has names of its own that may coincide with others (RFC 5155 3).
 */
const BESIDE_CNAME: ReadonlySet<number> = new Set([TYPE.CNAME, TYPE.RRSIG, TYPE.NSEC, TYPE.NSEC3, TYPE.KEY, TYPE.SIG, TYPE.NXT]);

/** A name with a CNAME has no other data (RFC 1034 3.6.2), so it is neither the apex nor a DNAME; and it has one CNAME (RFC 2181 10.1). */
export const cnameAlone: Check = function* (context) {
  const { zone } = context;
  for (const rrset of rrsetsOfType(zone, TYPE.CNAME)) {
    const record = zone.rrsetFirstRecord[rrset]!;
    yield* besideCname(context, rrset);
    if (recordCount(zone, rrset) > 1) {
      yield atRecord('ZONE-CNAME-MULTIPLE', record + 1, () => ({
        text: `${rrsetOwner(zone, rrset)} has ${recordCount(zone, rrset)} CNAME records`,
        found: `${recordCount(zone, rrset)}`,
        expected: '1',
      }));
    }
  }
};

function* besideCname({ zone, apex }: CheckContext, rrset: number): Generator<Sighting, void> {
  const name = zone.rrsetName[rrset]!;
  const record = zone.rrsetFirstRecord[rrset]!;
  const owner = (): string => ownerText(zone, name);
  if (name === apex) {
    yield atRecord('ZONE-CNAME-AT-APEX', record, () => ({
      text: `${owner()} is the apex and has a CNAME: an apex has SOA and NS records, so it cannot be an alias`,
      expected: 'A and AAAA records, or a CNAME at a name below',
    }));
    return;
  }
  if (findRrset(zone, name, TYPE.DNAME) >= 0)
    yield atRecord('ZONE-CNAME-AND-DNAME', record, () => ({ text: `${owner()} has a CNAME and a DNAME`, expected: 'one of them' }));
  const others = otherTypes(zone, name);
  if (others.length > 0) {
    yield atRecord('ZONE-CNAME-OTHER-DATA', record, () => ({
      text: `${owner()} has a CNAME and other data (${others.map(typeMnemonic).join(', ')})`,
      found: `CNAME ${others.map(typeMnemonic).join(' ')}`,
      expected: 'CNAME alone',
    }));
  }
}

function otherTypes(zone: Zone, name: number): number[] {
  const others: number[] = [];
  for (let r = zone.nameFirstRrset[name]!; r < zone.nameFirstRrset[name + 1]!; r++) {
    const type = zone.rrsetType[r]!;
    if (!BESIDE_CNAME.has(type) && type !== TYPE.DNAME) others.push(type);
  }
  return others;
}

/** Types that a signed input may have below a DNAME at the apex: the NSEC3 chain. */
const CHAIN_TYPES: ReadonlySet<number> = new Set([TYPE.NSEC3, TYPE.RRSIG]);

/** A name has one DNAME at most, no NS beside it but at the apex (RFC 6672 2.3, 2.4), and no names below it (RFC 6672 2.4). */
export const dnameAlone: Check = function* ({ zone, kinds, apex }) {
  for (const rrset of rrsetsOfType(zone, TYPE.DNAME)) {
    const name = zone.rrsetName[rrset]!;
    const record = zone.rrsetFirstRecord[rrset]!;
    if (recordCount(zone, rrset) > 1) {
      yield atRecord('ZONE-DNAME-MULTIPLE', record + 1, () => ({
        text: `${rrsetOwner(zone, rrset)} has ${recordCount(zone, rrset)} DNAME records`,
        found: `${recordCount(zone, rrset)}`,
        expected: '1',
      }));
    }
    if (name !== apex && findRrset(zone, name, TYPE.NS) >= 0) {
      yield atRecord('ZONE-DNAME-AND-NS', record, () => ({
        text: `${rrsetOwner(zone, rrset)} has a DNAME and is a delegation`,
        found: 'DNAME NS',
        expected: 'one of them',
      }));
    }
    if (kinds[name] !== NAME_KIND.authoritative) continue;
    const below = countBelow(zone, kinds, name);
    if (below > 0) {
      yield atRecord('ZONE-DNAME-DESCENDANTS', record, () => ({
        text: `${rrsetOwner(zone, rrset)} has a DNAME, and ${plural(below, 'name')} below it cannot be reached`,
        found: plural(below, 'name'),
        expected: 'no names below a DNAME',
      }));
    }
  }
};

function countBelow(zone: Zone, kinds: Uint8Array, name: number): number {
  let count = 0;
  for (let i = name + 1; i < zone.nameCount && kinds[i] === NAME_KIND.belowDname; i++) {
    for (let r = zone.nameFirstRrset[i]!; r < zone.nameFirstRrset[i + 1]!; r++) {
      if (CHAIN_TYPES.has(zone.rrsetType[r]!)) continue;
      count++;
      break;
    }
  }
  return count;
}
