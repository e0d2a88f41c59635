import { TYPE, typeMnemonic } from '../../dns/rrtype.ts';
import { NAME_KIND } from '../cuts.ts';
import { ownerText } from './records.ts';
import { atRecord, type Check } from './sighting.ts';

const DENIAL: readonly number[] = [TYPE.RRSIG, TYPE.NSEC, TYPE.NSEC3];
/** At a cut, with rules of their own for A and AAAA (glue), CNAME and DNAME. */
const AT_CUT: ReadonlySet<number> = new Set([TYPE.NS, TYPE.DS, TYPE.A, TYPE.AAAA, TYPE.CNAME, TYPE.DNAME, ...DENIAL]);
const BELOW_CUT: ReadonlySet<number> = new Set([TYPE.A, TYPE.AAAA, ...DENIAL]);

/** Data at or below a zone cut that is neither the delegation nor an address: it is never answered (RFC 1034 4.2.1, RFC 4035 2.2). */
export const occluded: Check = function* ({ zone, kinds, tops }) {
  for (let rrset = 0; rrset < zone.rrsetCount; rrset++) {
    const name = zone.rrsetName[rrset]!;
    const kind = kinds[name];
    const type = zone.rrsetType[rrset]!;
    const allowed = kind === NAME_KIND.delegation ? AT_CUT : kind === NAME_KIND.belowCut ? BELOW_CUT : undefined;
    if (allowed === undefined || allowed.has(type)) continue;
    yield atRecord('ZONE-OCCLUDED', zone.rrsetFirstRecord[rrset]!, () => {
      const cut = ownerText(zone, kind === NAME_KIND.delegation ? name : tops[name]!);
      return {
        text: `${typeMnemonic(type)} of ${ownerText(zone, name)} is hidden by the delegation ${cut}: it belongs into the child zone`,
        found: typeMnemonic(type),
        expected: kind === NAME_KIND.delegation ? 'NS, DS or glue' : 'glue (A, AAAA)',
      };
    });
  }
};
