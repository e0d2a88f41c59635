import { isWildcard, printName } from '../../dns/name.ts';
import { TYPE } from '../../dns/rrtype.ts';
import { findRrset, type Zone } from '../zone.ts';
import { SEEN } from './octets.ts';
import { ownerText } from './records.ts';
import type { ZoneFindingId } from './rules.ts';
import { atName, atRecord, type Check } from './sighting.ts';

interface Pitfall {
  readonly id: ZoneFindingId;
  readonly type: number;
  readonly text: string;
}

const PITFALLS: readonly Pitfall[] = [
  { id: 'ZONE-WILDCARD-NS', type: TYPE.NS, text: 'has NS records: what a wildcard delegation means is undefined (RFC 4592 4.2)' },
  { id: 'ZONE-WILDCARD-DNAME', type: TYPE.DNAME, text: 'has a DNAME: caches and servers disagree on it (RFC 4592 4.4)' },
  { id: 'ZONE-WILDCARD-DS', type: TYPE.DS, text: 'has a DS record, which has no meaning at a wildcard (RFC 4592 4.6)' },
];

/** Types that do not go with a wildcard owner (RFC 4592 4). */
export const wildcardTypes: Check = function* ({ zone, octets, apex }) {
  for (let name = 0; name < zone.nameCount; name++) {
    if ((octets[name]! & SEEN.wildcard) === 0) continue;
    if (name === apex) {
      yield atName('ZONE-WILDCARD-APEX', name, () => ({
        text: `the apex ${ownerText(zone, name)} is a wildcard: the zone is never found through its parent (RFC 4592 4.1)`,
        found: ownerText(zone, name),
        expected: 'an apex without asterisk',
      }));
      continue;
    }
    for (const { id, type, text } of PITFALLS) {
      const rrset = findRrset(zone, name, type);
      if (rrset >= 0)
        yield atRecord(id, zone.rrsetFirstRecord[rrset]!, () => ({
          text: `${ownerText(zone, name)} ${text}`,
          found: ownerText(zone, name),
        }));
    }
  }
};

/** Only `*` alone as first label is a wildcard; elsewhere an asterisk is an octet like others (RFC 4592 2.1.1, 2.1.2). */
export const asteriskElsewhere: Check = function* ({ zone, octets }) {
  for (let name = 0; name < zone.nameCount; name++) {
    if ((octets[name]! & SEEN.asterisk) === 0) continue;
    const at = labelWithAsterisk(zone, name, (octets[name]! & SEEN.wildcard) === 0 ? 0 : 2);
    if (at < 0) continue;
    const isInner = isWildcard(zone.wire, at);
    yield atName(isInner ? 'ZONE-WILDCARD-INNER' : 'ZONE-WILDCARD-LOOKALIKE', name, () => ({
      text: `${ownerText(zone, name)} ${isInner ? 'has an asterisk label that is not the first' : 'has an asterisk inside a label'}: it is no wildcard and matches only itself`,
      found: labelText(zone, at),
      expected: '* alone as first label',
    }));
  }
};

/** Start of the first label that has an asterisk, `skip` octets into the name and above the apex; -1 if none. */
function labelWithAsterisk({ wire, nameAt, nameLength, apex }: Zone, name: number, skip: number): number {
  const end = nameAt[name]! + nameLength[name]! - apex.length;
  for (let at = nameAt[name]! + skip; at < end; at += wire[at]! + 1)
    if (wire.subarray(at + 1, at + 1 + wire[at]!).includes(0x2a)) return at;
  return -1;
}

function labelText({ wire }: Zone, at: number): string {
  const label = new Uint8Array(wire[at]! + 2);
  label.set(wire.subarray(at, at + 1 + wire[at]!));
  return printName(label).slice(0, -1);
}
