import { TYPE } from '../dns/rrtype.ts';
import type { Zone } from '../zone/zone.ts';

/** What a name is, told from the records alone. */
export const KIND = {
  /** Owns data of this zone; the apex too. */
  authoritative: 0,
  /** Owns NS and is not the apex (RFC 4035 2.2: NS and glue there are not signed). */
  delegation: 1,
  /** Below a delegation or a DNAME (RFC 6672 2.4): cannot be an answer of this zone. */
  occluded: 2,
  /** One label below the apex, with NSEC3 and its signatures only: a hashed name, not one of the zone's own. */
  hashed: 3,
  /** Owns signatures or NSEC only: nothing that they could be about. */
  bare: 4,
} as const;

/** One kind a name. Descendants follow their ancestor in canonical order, so the innermost open cut is enough. */
export function kindsOfNames(zone: Zone): Uint8Array {
  const kinds = new Uint8Array(zone.nameCount);
  let cutAt = 0;
  let cutLength = 0;
  for (let i = 0; i < zone.nameCount; i++) {
    const at = zone.nameAt[i]!;
    const length = zone.nameLength[i]!;
    const apex = length === zone.apex.length;
    const owned = ownedBy(zone, i);
    if (owned.hashedOnly && length === zone.apex.length + zone.wire[at]! + 1) {
      kinds[i] = KIND.hashed;
      continue;
    }
    if (cutLength > 0 && endsWith(zone.wire, at, length, cutAt, cutLength)) {
      kinds[i] = KIND.occluded;
      continue;
    }
    kinds[i] = owned.ns && !apex ? KIND.delegation : owned.data ? KIND.authoritative : KIND.bare;
    cutLength = owned.dname || (owned.ns && !apex) ? length : 0;
    cutAt = at;
  }
  return kinds;
}

function ownedBy(zone: Zone, name: number): { ns: boolean; dname: boolean; data: boolean; hashedOnly: boolean } {
  let ns = false;
  let dname = false;
  let data = false;
  let nsec3 = false;
  let other = false;
  for (let r = zone.nameFirstRrset[name]!; r < zone.nameFirstRrset[name + 1]!; r++) {
    const type = zone.rrsetType[r]!;
    if (type === TYPE.NS) ns = true;
    else if (type === TYPE.DNAME) dname = true;
    if (type === TYPE.NSEC3) nsec3 = true;
    else if (type !== TYPE.RRSIG) {
      other = true;
      if (type !== TYPE.NSEC) data = true;
    }
  }
  return { ns, dname, data, hashedOnly: nsec3 && !other };
}

/** Is the name at wire[at] below the one at wire[cutAt]? Both lower-case and uncompressed. */
function endsWith(wire: Uint8Array, at: number, length: number, cutAt: number, cutLength: number): boolean {
  const start = at + length - cutLength;
  if (start <= at) return false;
  let label = at;
  while (label < start) label += wire[label]! + 1;
  if (label !== start) return false;
  for (let i = 0; i < cutLength; i++) if (wire[start + i] !== wire[cutAt + i]) return false;
  return true;
}

/** Must an RRset of this type at a name of this kind be signed (RFC 4035 2.2)? An NSEC3 may stand at any name that is a hash (RFC 5155 7.2.8). */
export function mustBeSigned(kind: number, type: number): boolean {
  if (type === TYPE.RRSIG || kind === KIND.occluded) return false;
  return kind !== KIND.delegation || type === TYPE.DS || type === TYPE.NSEC || type === TYPE.NSEC3;
}

/** Octets where the labels of the name at wire[at] start, from the left, without the root. @returns how many */
export function labelStarts(wire: Uint8Array, at: number, into: Uint32Array): number {
  let count = 0;
  for (let i = at; wire[i] !== 0; i += wire[i]! + 1) into[count++] = i;
  return count;
}

const MAX_LABELS = 127;

/** Comparison of names in canonical order (RFC 4034 6.1), letter case ignored; made once, used for many. */
export function makeNameComparison(): (a: Uint8Array, at: number, b: Uint8Array, bt: number) => number {
  const as = new Uint32Array(MAX_LABELS);
  const bs = new Uint32Array(MAX_LABELS);
  return (a, at, b, bt) => {
    let x = labelStarts(a, at, as);
    let y = labelStarts(b, bt, bs);
    while (x > 0 && y > 0) {
      const order = compareLabels(a, as[--x]!, b, bs[--y]!);
      if (order !== 0) return order;
    }
    return x - y;
  };
}

function compareLabels(a: Uint8Array, at: number, b: Uint8Array, bt: number): number {
  const left = a[at]!;
  const right = b[bt]!;
  for (let i = 1; i <= left && i <= right; i++) {
    const order = lower(a[at + i]!) - lower(b[bt + i]!);
    if (order !== 0) return order;
  }
  return left - right;
}

const lower = (octet: number): number => (octet >= 0x41 && octet <= 0x5a ? octet + 32 : octet);
