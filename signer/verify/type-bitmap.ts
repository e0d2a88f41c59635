import { TYPE, typeMnemonic } from '../dns/rrtype.ts';
import type { Zone } from '../zone/zone.ts';
import type { Inspection } from './inspection.ts';
import { KIND } from './names.ts';
import type { Place } from './report.ts';

/** The types that the denial record of a name must show, ascending. */
export type TypeList = number[];

/**
 * NSEC (RFC 4034 4.1.2, RFC 4035 2.3): all types of an authoritative name; at a delegation what the parent has authority for.
 * @param into emptied first
 */
export function typesForNsec(zone: Zone, name: number, kind: number, into: TypeList): void {
  into.length = 0;
  for (let r = zone.nameFirstRrset[name]!; r < zone.nameFirstRrset[name + 1]!; r++) {
    const type = zone.rrsetType[r]!;
    if (type !== TYPE.RRSIG && type !== TYPE.NSEC && type !== TYPE.NSEC3 && isShown(kind, type)) into.push(type);
  }
  insertType(into, TYPE.RRSIG);
  insertType(into, TYPE.NSEC);
}

/** NSEC3 (RFC 5155 3.2.1, 7.1): the types of the original name; RRSIG where one of them is signed, never NSEC3 itself. */
export function typesForNsec3(zone: Zone, name: number, kind: number, into: TypeList): void {
  into.length = 0;
  let signed = false;
  for (let r = zone.nameFirstRrset[name]!; r < zone.nameFirstRrset[name + 1]!; r++) {
    const type = zone.rrsetType[r]!;
    if (type === TYPE.RRSIG || type === TYPE.NSEC3 || !isShown(kind, type)) continue;
    into.push(type);
    if (kind !== KIND.delegation || type === TYPE.DS) signed = true;
  }
  if (signed) insertType(into, TYPE.RRSIG);
}

function isShown(kind: number, type: number): boolean {
  return kind !== KIND.delegation || type === TYPE.NS || type === TYPE.DS;
}

function insertType(into: TypeList, type: number): void {
  let i = into.length;
  while (i > 0 && into[i - 1]! > type) i--;
  into.splice(i, 0, type);
}

/** Types of a bitmap field; undefined if its encoding breaks RFC 4034 4.1.2. */
export function decodeBitmap(wire: Uint8Array, at: number, end: number): TypeList | undefined {
  const types: TypeList = [];
  let window = -1;
  let i = at;
  while (i < end) {
    const number = wire[i]!;
    const length = wire[i + 1] ?? 0;
    const from = i + 2;
    i = from + length;
    if (number <= window || length === 0 || length > 32 || i > end || wire[i - 1] === 0) return undefined;
    window = number;
    for (let octet = 0; octet < length; octet++)
      for (let bit = 0; bit < 8; bit++) if (wire[from + octet]! & (0x80 >> bit)) types.push(number * 256 + octet * 8 + bit);
  }
  return types;
}

/** Compares the bitmap at wire[at .. end) with the types it must show. */
export function verifyBitmap(
  { zone, report }: Inspection,
  at: number,
  end: number,
  expected: TypeList,
  place: Place,
  owner: () => string,
): void {
  const found = decodeBitmap(zone.wire, at, end);
  if (found === undefined) {
    report('VERIFY-BITMAP-ENCODING', place, () => `${owner()}: type bitmap is not encoded as RFC 4034 4.1.2 says`);
    return;
  }
  if (found.length === expected.length && found.every((type, i) => type === expected[i])) return;
  const missing = expected.filter((type) => !found.includes(type)).map(typeMnemonic);
  const surplus = found.filter((type) => !expected.includes(type)).map(typeMnemonic);
  const values = { found: found.map(typeMnemonic).join(' '), expected: expected.map(typeMnemonic).join(' ') };
  const parts = [
    ...(missing.length > 0 ? [`lacks ${missing.join(' ')}`] : []),
    ...(surplus.length > 0 ? [`has ${surplus.join(' ')}`] : []),
  ];
  report('VERIFY-BITMAP', { ...place, ...values }, () => `${owner()}: type bitmap ${parts.join(', ')}`);
}
