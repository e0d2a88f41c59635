import { isWildcard } from '../../dns/name.ts';

/** What a name holds beside letters, digits and inner hyphens; bits. A wildcard's first label counts as `wildcard` only. */
export const SEEN = { underscore: 1, asterisk: 2, other: 4, high: 8, edgeHyphen: 16, wildcard: 32 } as const;

const CLASS_OF_OCTET = Uint8Array.from({ length: 256 }, (_, octet) => {
  if (octet >= 0x80) return SEEN.high;
  if (octet === 0x5f) return SEEN.underscore;
  if (octet === 0x2a) return SEEN.asterisk;
  return /[A-Za-z0-9-]/.test(String.fromCharCode(octet)) ? 0 : SEEN.other;
});

/** SEEN bits of the name at wire[start]. */
export function scanOctets(wire: Uint8Array, start: number): number {
  const wildcard = isWildcard(wire, start);
  let seen: number = wildcard ? SEEN.wildcard : 0;
  for (let at = wildcard ? start + 2 : start; wire[at] !== 0; ) {
    const end = at + 1 + wire[at]!;
    if (wire[at + 1] === 0x2d || wire[end - 1] === 0x2d) seen |= SEEN.edgeHyphen;
    for (let i = at + 1; i < end; i++) seen |= CLASS_OF_OCTET[wire[i]!]!;
    at = end;
  }
  return seen;
}
