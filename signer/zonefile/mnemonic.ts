import { latin1 } from '../dns/bytes.ts';
import { TYPE, typeFromText } from '../dns/rrtype.ts';

const SLOTS = 1024;
const LOWER = Uint8Array.from({ length: 256 }, (_, octet) => (octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet));

interface TypeTable {
  /** Index into `names` and `numbers` plus one; 0 where the slot is free. */
  readonly slots: Uint8Array;
  readonly names: readonly Uint8Array[];
  readonly numbers: readonly number[];
}

const TYPES = buildTable();

/** Open addressing, so that a type is found without making a string of it. */
function buildTable(): TypeTable {
  const slots = new Uint8Array(SLOTS);
  const names: Uint8Array[] = [];
  const numbers: number[] = [];
  for (const [mnemonic, number] of Object.entries(TYPE)) {
    const name = Uint8Array.from(mnemonic.toLowerCase(), (c) => c.charCodeAt(0));
    let slot = hash(name, 0, name.length);
    while (slots[slot] !== 0) slot = (slot + 1) % SLOTS;
    slots[slot] = numbers.push(number);
    names.push(name);
  }
  return { slots, names, numbers };
}

function hash(bytes: Uint8Array, start: number, end: number): number {
  let value = end - start;
  for (let i = start; i < end; i++) value = (Math.imul(value, 31) + LOWER[bytes[i]!]!) | 0;
  return (value ^ (value >>> 10)) & (SLOTS - 1);
}

/** Type number of a mnemonic in any letter case, or of `TYPEn`; -1 for anything else. */
export function typeOf(bytes: Uint8Array, start: number, end: number): number {
  if (end - start > 10) return -1;
  for (let slot = hash(bytes, start, end); ; slot = (slot + 1) % SLOTS) {
    const entry = TYPES.slots[slot]!;
    if (entry === 0) return typeFromText(latin1(bytes, start, end)) ?? -1;
    if (equalsFolded(bytes, start, end, TYPES.names[entry - 1]!)) return TYPES.numbers[entry - 1]!;
  }
}

function equalsFolded(bytes: Uint8Array, start: number, end: number, name: Uint8Array): boolean {
  if (end - start !== name.length) return false;
  for (let i = start; i < end; i++) if (LOWER[bytes[i]!] !== name[i - start]) return false;
  return true;
}

const CLASSES = new Map([
  ['IN', 1],
  ['CH', 3],
  ['CHAOS', 3],
  ['HS', 4],
  ['HESIOD', 4],
  ['NONE', 254],
]);

/** Class number of a mnemonic in any letter case, or of `CLASSn` (RFC 3597 5); -1 for anything else. */
export function classOf(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length === 2 && LOWER[bytes[start]!] === 0x69 && LOWER[bytes[start + 1]!] === 0x6e) return 1;
  const first = LOWER[bytes[start]!];
  // c, h, n: no other letter begins a class; length of CLASS65535.
  if (length < 2 || length > 10 || (first !== 0x63 && first !== 0x68 && first !== 0x6e)) return -1;
  const text = latin1(bytes, start, end).toUpperCase();
  const known = CLASSES.get(text);
  if (known !== undefined) return known;
  const number = /^CLASS[0-9]{1,5}$/.test(text) ? Number(text.slice(5)) : -1;
  return number <= 0xffff ? number : -1;
}
