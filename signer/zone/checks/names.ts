import { TYPE } from '../../dns/rrtype.ts';
import { findRrset, type Zone } from '../zone.ts';
import { SEEN } from './octets.ts';
import { ownerText } from './records.ts';
import type { ZoneFindingId } from './rules.ts';
import { atName, type Check } from './sighting.ts';

/**
 * Names as people mean them: hosts have letters, digits and hyphens (RFC 952, RFC 1123 2.1); international names are
 * written in their xn-- form (RFC 5890 2.3.2.1). All of it is legal in the DNS (RFC 2181 11).
 */
export const hostNames: Check = function* ({ zone, octets }) {
  for (let name = 0; name < zone.nameCount; name++) {
    const seen = octets[name]! & ~SEEN.wildcard;
    if (seen === 0) continue;
    if ((seen & SEEN.high) !== 0) {
      yield atName('ZONE-NAME-NON-ASCII', name, () => ({
        text: `${ownerText(zone, name)} has octets outside ASCII${inUtf8(zone, name)}; write international names in their xn-- form`,
        found: ownerText(zone, name),
        expected: 'ASCII',
      }));
    } else if (isHost(zone, name)) {
      const id: ZoneFindingId = (seen & ~SEEN.underscore) === 0 ? 'ZONE-NAME-UNDERSCORE' : 'ZONE-NAME-NOT-LDH';
      yield atName(id, name, () => ({
        text: `${ownerText(zone, name)} has an address or MX record but is not a host name: ${describe(seen)}`,
        found: ownerText(zone, name),
        expected: 'labels of letters, digits and inner hyphens',
      }));
    }
  }
};

function isHost(zone: Zone, name: number): boolean {
  return [TYPE.A, TYPE.AAAA, TYPE.MX].some((type) => findRrset(zone, name, type) >= 0);
}

function describe(seen: number): string {
  const parts: string[] = [];
  if ((seen & SEEN.underscore) !== 0) parts.push('an underscore');
  if ((seen & SEEN.asterisk) !== 0) parts.push('an asterisk inside');
  if ((seen & SEEN.edgeHyphen) !== 0) parts.push('a hyphen at the edge of a label');
  if ((seen & SEEN.other) !== 0) parts.push('other characters');
  return `it has ${parts.join(', ')}`;
}

/** ` ("müller.example.")` where the octets are UTF-8 and printable, else nothing. */
function inUtf8(zone: Zone, name: number): string {
  const labels: string[] = [];
  for (let at = zone.nameAt[name]!; zone.wire[at] !== 0; at += zone.wire[at]! + 1)
    labels.push(new TextDecoder().decode(zone.wire.subarray(at + 1, at + 1 + zone.wire[at]!)));
  return labels.every((label) => /^[\p{L}\p{M}\p{N}_*-]+$/u.test(label)) ? ` ("${labels.join('.')}.")` : '';
}
