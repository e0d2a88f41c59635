import { isWildcard, printName } from '../../dns/name.ts';
import { TYPE } from '../../dns/rrtype.ts';
import { findRrset, type Zone } from '../zone.ts';
import { SEEN, scanOctets } from './names.ts';
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
export const wildcardTypes: Check = function* ({ zone, apex }) {
  for (let name = 0; name < zone.nameCount; name++) {
    if (!isWildcard(zone.wire, zone.nameAt[name])) continue;
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
export const asteriskElsewhere: Check = function* ({ zone }) {
  for (let name = 0; name < zone.nameCount; name++) {
    const start = zone.nameAt[name]! + (isWildcard(zone.wire, zone.nameAt[name]) ? 2 : 0);
    const end = zone.nameAt[name]! + zone.nameLength[name]! - zone.apex.length;
    if (start >= end || (scanOctets(zone, start) & SEEN.asterisk) === 0) continue;
    const at = labelWithAsterisk(zone, start, end);
    if (at < 0) continue;
    const isInner = isWildcard(zone.wire, at);
    yield atName(isInner ? 'ZONE-WILDCARD-INNER' : 'ZONE-WILDCARD-LOOKALIKE', name, () => ({
      text: `${ownerText(zone, name)} ${isInner ? 'has an asterisk label that is not the first' : 'has an asterisk inside a label'}: it is no wildcard and matches only itself`,
      found: labelText(zone, at),
      expected: '* alone as first label',
    }));
  }
};

/** Start of the first label in wire[start..end) that has an asterisk; -1 if none. */
function labelWithAsterisk({ wire }: Zone, start: number, end: number): number {
  for (let at = start; at < end; at += wire[at]! + 1) if (wire.subarray(at + 1, at + 1 + wire[at]!).includes(0x2a)) return at;
  return -1;
}

function labelText({ wire }: Zone, at: number): string {
  const label = new Uint8Array(wire[at]! + 2);
  label.set(wire.subarray(at, at + 1 + wire[at]!));
  return printName(label).slice(0, -1);
}
