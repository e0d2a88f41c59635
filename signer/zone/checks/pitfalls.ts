import { nameLength, printName } from '../../dns/name.ts';
import { TYPE, typeMnemonic } from '../../dns/rrtype.ts';
import type { Zone } from '../zone.ts';
import { equalsLower } from './name-index.ts';
import { ownerText, rrsetOwner, TARGET_TYPES, targetAt, targetLength } from './records.ts';
import { atName, atRecord, type Check, type Sighting, type Wording } from './sighting.ts';

/**
 * A name without its final dot gets the origin a second time: `www.example.com` becomes `www.example.com.example.com.`
 * (RFC 1035 5.1). An apex of one label is left alone: `com.com.` exists.
 */
export const doubledOrigin: Check = function* ({ zone }) {
  const { apex } = zone;
  if (apex[0] === 0 || apex[apex[0]! + 1] === 0) return;
  for (let name = 0; name < zone.nameCount; name++) {
    if (!endsInDoubledOrigin(zone, zone.nameAt[name]!, zone.nameLength[name]!)) continue;
    yield atName('ZONE-NAME-DOUBLED-ORIGIN', name, () => doubled(zone, ownerText(zone, name)));
  }
  for (let rrset = 0; rrset < zone.rrsetCount; rrset++) {
    const type = zone.rrsetType[rrset]!;
    if (!TARGET_TYPES.has(type) && type !== TYPE.SOA) continue;
    for (let k = zone.rrsetFirstRecord[rrset]!; k < zone.rrsetFirstRecord[rrset + 1]!; k++) {
      if (type === TYPE.SOA) {
        yield* doubledInSoa(zone, k);
        continue;
      }
      const at = targetAt(zone, type, k);
      if (at >= 0 && endsInDoubledOrigin(zone, at, targetLength(zone, k, at))) yield doubledTarget(zone, k, at);
    }
  }
};

function doubledTarget(zone: Zone, record: number, at: number): Sighting {
  return atRecord('ZONE-NAME-DOUBLED-ORIGIN', record, () => doubled(zone, printName(zone.wire, at)));
}

function* doubledInSoa(zone: Zone, record: number): Generator<Sighting, void> {
  let at = zone.rdataAt[record]!;
  for (let i = 0; i < 2; i++) {
    const length = nameLength(zone.wire, at, zone.rdataAt[record]! + zone.rdataLength[record]!);
    if (length < 0) return;
    if (endsInDoubledOrigin(zone, at, length)) yield doubledTarget(zone, record, at);
    at += length;
  }
}

function doubled(zone: Zone, text: string): Wording {
  const origin = printName(zone.apex);
  return { text: `${text} ends in ${origin} twice: is a final dot missing?`, found: text, expected: text.slice(0, -origin.length) };
}

/** Is the name at wire[at ..+ length) = prefix, labels of the apex, apex? */
function endsInDoubledOrigin({ wire, apex }: Zone, at: number, length: number): boolean {
  const second = at + length - apex.length;
  const first = second - apex.length + 1;
  if (first < at || !equalsLower(apex, 0, wire, second, apex.length) || !equalsLower(apex, 0, wire, first, apex.length - 1)) return false;
  let k = at;
  while (k < first) k += wire[k]! + 1;
  return k === first;
}

/** Targets are names, not addresses (RFC 1035 3.3): `MX 10 192.0.2.1` is taken for a name below the origin. */
export const addressAsTarget: Check = function* ({ zone }) {
  for (let rrset = 0; rrset < zone.rrsetCount; rrset++) {
    const type = zone.rrsetType[rrset]!;
    if (!TARGET_TYPES.has(type) || type === TYPE.PTR) continue;
    for (let k = zone.rrsetFirstRecord[rrset]!; k < zone.rrsetFirstRecord[rrset + 1]!; k++) {
      const at = targetAt(zone, type, k);
      if (at < 0 || !looksLikeAddress(zone, at, targetLength(zone, k, at))) continue;
      yield atRecord('ZONE-TARGET-IS-ADDRESS', k, () => ({
        text: `${typeMnemonic(type)} of ${rrsetOwner(zone, rrset)} points at ${printName(zone.wire, at)}, which looks like an address`,
        found: printName(zone.wire, at),
        expected: 'a name',
      }));
    }
  }
};

/** Four labels of decimal digits, or one with a colon, and then the root or the apex. */
function looksLikeAddress({ wire, apex }: Zone, at: number, length: number): boolean {
  const isAlone = (end: number): boolean =>
    wire[end] === 0 || (at + length - end === apex.length && equalsLower(apex, 0, wire, end, apex.length));
  const first = at + 1 + wire[at]!;
  if (wire[at]! > 3) return wire.subarray(at + 1, first).includes(0x3a) && isAlone(first);
  let k = at;
  for (let label = 0; label < 4; label++) {
    const end = k + 1 + wire[k]!;
    if (wire[k] === 0 || wire[k]! > 3) return false;
    for (let i = k + 1; i < end; i++) if (wire[i]! < 0x30 || wire[i]! > 0x39) return false;
    k = end;
  }
  return isAlone(k);
}
