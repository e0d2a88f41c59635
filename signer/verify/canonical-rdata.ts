import type { WireWriter } from '../dns/bytes.ts';
import { TYPE } from '../dns/rrtype.ts';

/** Octets before the first name, and how many names follow one another. */
type Names = readonly [before: number, count: number];

/**
 * The types of RFC 4034 6.2 (3) whose names are lower-cased, as RFC 6840 5.1 corrects the list: not NSEC; HINFO has no name.
 * NAPTR and A6 have their names behind parts of variable length and are treated apart.
 */
const NAMES: ReadonlyMap<number, Names> = new Map<number, Names>([
  [TYPE.NS, [0, 1]],
  [TYPE.MD, [0, 1]],
  [TYPE.MF, [0, 1]],
  [TYPE.CNAME, [0, 1]],
  [TYPE.SOA, [0, 2]],
  [TYPE.MB, [0, 1]],
  [TYPE.MG, [0, 1]],
  [TYPE.MR, [0, 1]],
  [TYPE.PTR, [0, 1]],
  [TYPE.MINFO, [0, 2]],
  [TYPE.MX, [2, 1]],
  [TYPE.RP, [0, 2]],
  [TYPE.AFSDB, [2, 1]],
  [TYPE.RT, [2, 1]],
  [TYPE.SIG, [18, 1]],
  [TYPE.PX, [2, 2]],
  [TYPE.NXT, [0, 1]],
  [TYPE.KX, [2, 1]],
  [TYPE.SRV, [6, 1]],
  [TYPE.DNAME, [0, 1]],
  [TYPE.RRSIG, [18, 1]],
]);

export function hasNamesToLower(type: number): boolean {
  return NAMES.has(type) || type === TYPE.NAPTR || type === TYPE.A6;
}

/** Appends wire[at ..+ length) in canonical form. RDATA too short for its type keeps its octets: it will not verify as anything else. */
export function appendCanonicalRdata(out: WireWriter, type: number, wire: Uint8Array, at: number, length: number): void {
  const from = out.length;
  out.append(wire, at, at + length);
  if (!hasNamesToLower(type)) return;
  const { bytes } = out;
  const [before, count] = namesOf(type, bytes, from);
  let i = from + before;
  for (let n = 0; n < count && i < out.length; n++) {
    while (i < out.length && bytes[i] !== 0) {
      const end = Math.min(out.length, i + 1 + bytes[i]!);
      for (i++; i < end; i++) {
        const octet = bytes[i]!;
        if (octet >= 0x41 && octet <= 0x5a) bytes[i] = octet + 32;
      }
    }
    i++;
  }
}

function namesOf(type: number, bytes: Uint8Array, from: number): Names {
  if (type === TYPE.NAPTR) {
    // order(2) preference(2), then flags, services and regexp, each a character-string (RFC 3403 4.1)
    let i = from + 4;
    for (let strings = 0; strings < 3; strings++) i += (bytes[i] ?? 0) + 1;
    return [i - from, 1];
  }
  if (type === TYPE.A6) {
    // prefix length(1), then the address without the prefix, then a name unless the prefix is empty (RFC 2874 3.1.1)
    const prefix = bytes[from] ?? 0;
    return prefix === 0 || prefix > 128 ? [0, 0] : [1 + Math.ceil((128 - prefix) / 8), 1];
  }
  return NAMES.get(type)!;
}
