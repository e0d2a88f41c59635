import { lowerCaseInPlace, nameLength } from './name.ts';
import { TYPE } from './rrtype.ts';

/**
 * Where domain names stand in the RDATA of the types whose names are lower-cased in canonical form: RFC 4034 6.2 as
 * amended by RFC 6840 5.1 (NSEC taken out, HINFO has none). n = a name, s = a character-string, a digit = that many octets.
 */
const NAMES_IN_RDATA = new Map<number, string>([
  [TYPE.NS, 'n'],
  [TYPE.MD, 'n'],
  [TYPE.MF, 'n'],
  [TYPE.CNAME, 'n'],
  [TYPE.SOA, 'nn'],
  [TYPE.MB, 'n'],
  [TYPE.MG, 'n'],
  [TYPE.MR, 'n'],
  [TYPE.PTR, 'n'],
  [TYPE.MINFO, 'nn'],
  [TYPE.MX, '2n'],
  [TYPE.RP, 'nn'],
  [TYPE.AFSDB, '2n'],
  [TYPE.RT, '2n'],
  [TYPE.SIG, '99n'],
  [TYPE.PX, '2nn'],
  [TYPE.NXT, 'n'],
  [TYPE.NAPTR, '4sssn'],
  [TYPE.KX, '2n'],
  [TYPE.SRV, '6n'],
  [TYPE.DNAME, 'n'],
  [TYPE.RRSIG, '99n'],
]);

/** Does the canonical form of this type differ from its plain form when a name in it has capitals? */
export function hasCanonicalNames(type: number): boolean {
  return NAMES_IN_RDATA.has(type) || type === TYPE.A6;
}

/**
 * Brings RDATA into canonical form in place: names in it to lower case where RFC 4034 6.2 (with RFC 6840 5.1) says so.
 * RDATA that does not hold what its type promises (generic form) is left from that point on as it is.
 */
export function canonicalizeRdata(type: number, bytes: Uint8Array, start: number, end: number): void {
  const layout = type === TYPE.A6 ? a6Layout(bytes[start] ?? 128) : NAMES_IN_RDATA.get(type);
  if (layout === undefined) return;
  let at = start;
  for (const part of layout) {
    if (at >= end) return;
    if (part === 'n') {
      const length = nameLength(bytes, at, end);
      if (length < 0) return;
      lowerCaseInPlace(bytes, at, at + length);
      at += length;
    } else at += part === 's' ? bytes[at]! + 1 : Number(part);
  }
}

/** RFC 2874 3.1: prefix length, address suffix of (128 - prefix) bits, prefix name unless the prefix length is 0. */
function a6Layout(prefix: number): string | undefined {
  const suffix = Math.ceil((128 - prefix) / 8);
  return prefix === 0 || prefix > 128 ? undefined : `1${suffix > 9 ? `9${suffix - 9}` : suffix}n`;
}
