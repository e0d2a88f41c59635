import type { Zone } from '../zone.ts';

/** Hash table from owner names to their index: names in RDATA are looked up millions of times. */
export interface NameIndex {
  readonly zone: Zone;
  /** Index of the name plus 1; 0 where empty. Open addressing, linear probing, at most half full. */
  readonly slots: Uint32Array;
}

export function indexNames(zone: Zone): NameIndex {
  let size = 16;
  while (size < 2 * zone.nameCount) size *= 2;
  const slots = new Uint32Array(size);
  for (let name = 0; name < zone.nameCount; name++) {
    let slot = hash(zone.wire, zone.nameAt[name]!, zone.nameLength[name]!) & (size - 1);
    while (slots[slot] !== 0) slot = (slot + 1) & (size - 1);
    slots[slot] = name + 1;
  }
  return { zone, slots };
}

/** Index of the owner name equal to bytes[at ..+ length) in any letter case; -1 if no record stands there. */
export function lookupName({ zone, slots }: NameIndex, bytes: Uint8Array, at: number, length: number): number {
  const mask = slots.length - 1;
  for (let slot = hash(bytes, at, length) & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
    const name = slots[slot]! - 1;
    if (zone.nameLength[name] === length && equalsLower(zone.wire, zone.nameAt[name]!, bytes, at, length)) return name;
  }
  return -1;
}

/** FNV-1a over the lower-case octets, its high bits folded in. Label lengths are below 64, so no letters. */
function hash(bytes: Uint8Array, at: number, length: number): number {
  let h = 0x811c9dc5;
  for (let i = at; i < at + length; i++) h = Math.imul(h ^ lower(bytes[i]!), 0x01000193);
  return h ^ (h >>> 15);
}

/** Is lowerCase[at ..] equal to other[otherAt ..], the latter in any letter case? */
export function equalsLower(lowerCase: Uint8Array, at: number, other: Uint8Array, otherAt: number, length: number): boolean {
  for (let i = length - 1; i >= 0; i--) if (lowerCase[at + i] !== lower(other[otherAt + i]!)) return false;
  return true;
}

const lower = (octet: number): number => (octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet);
