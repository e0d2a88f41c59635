import { latin1, type WireWriter } from '../bytes.ts';
import type { Fields } from '../fields.ts';
import { FormatError } from '../format-error.ts';
import { octetOfEscape } from '../name.ts';

/** Reading fields octet by octet: numbers, hexadecimal, base64, base32hex, character-strings. */

const BACKSLASH = 0x5c;
const PADDING = 0x3d;

export function fail(fields: Fields, i: number, expected: string): never {
  throw new FormatError(expected, fields.text(i), i);
}

/** Takes a field that has no quotes around it. */
export function takeBare(fields: Fields, expected: string): number {
  const i = fields.take(expected);
  if (fields.quoted[i] === 1) throw new FormatError(expected, `"${fields.text(i)}"`, i);
  return i;
}

/** @returns -1 if bytes[start..end) is not a decimal number of 0..max */
export function uintOf(bytes: Uint8Array, start: number, end: number, max: number): number {
  if (start >= end) return -1;
  let value = 0;
  for (let i = start; i < end; i++) {
    const digit = bytes[i]! - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
    if (value > max) return -1;
  }
  return value;
}

export function takeUint(fields: Fields, max: number): number {
  const i = fields.next < fields.count && fields.quoted[fields.next] === 0 ? fields.next++ : takeBare(fields, numberUpTo(max));
  const value = uintOf(fields.bytes, fields.starts[i]!, fields.ends[i]!, max);
  if (value < 0) fail(fields, i, numberUpTo(max));
  return value;
}

const numberUpTo = (max: number): string => `a number from 0 to ${max}`;

const HEX_VALUE = decodeTable('0123456789abcdef');
for (const letter of 'ABCDEF') HEX_VALUE[letter.charCodeAt(0)] = letter.charCodeAt(0) - 55;
const BASE64_VALUE = decodeTable('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
const BASE32HEX_VALUE = decodeTable('0123456789abcdefghijklmnopqrstuv');
for (let i = 10; i < 32; i++) BASE32HEX_VALUE[55 + i] = i;

/** Value of each octet as a digit, 255 where it is none. */
function decodeTable(digits: string): Uint8Array {
  const table = new Uint8Array(256).fill(255);
  for (let i = 0; i < digits.length; i++) table[digits.charCodeAt(i)] = i;
  return table;
}

/** 0..15, or 255 */
export function hexValue(octet: number): number {
  return HEX_VALUE[octet]!;
}

/** Appends the octets of a text of hexadecimal digits. @returns false if it is not one, or its number of digits is odd */
export function appendHex(bytes: Uint8Array, start: number, end: number, out: WireWriter): boolean {
  if ((end - start) % 2 !== 0) return false;
  out.reserve((end - start) / 2);
  for (let i = start; i < end; i += 2) {
    const high = HEX_VALUE[bytes[i]!]!;
    const low = HEX_VALUE[bytes[i + 1]!]!;
    if (high > 15 || low > 15) return false;
    out.bytes[out.length++] = (high << 4) | low;
  }
  return true;
}

/** Takes all fields that are left as one run of hexadecimal digits, wherever the blanks are. */
export function takeHexRest(fields: Fields, out: WireWriter): void {
  let high = -1;
  while (fields.next < fields.count) {
    const i = takeBare(fields, 'hexadecimal digits');
    const { bytes } = fields;
    const end = fields.ends[i]!;
    out.reserve((end - fields.starts[i]!) / 2 + 1);
    for (let k = fields.starts[i]!; k < end; k++) {
      const value = HEX_VALUE[bytes[k]!]!;
      if (value > 15) fail(fields, i, 'hexadecimal digits');
      if (high < 0) high = value;
      else {
        out.bytes[out.length++] = (high << 4) | value;
        high = -1;
      }
    }
  }
  if (high >= 0) throw new FormatError('an even number of hexadecimal digits', 'an odd number', fields.count - 1);
}

/** Decodes base64 piece by piece (RFC 4648 4, padding required, unused bits zero). */
class Base64Reader {
  #word = 0;
  #padding = 0;
  /** Characters of the group that is not complete yet. */
  digits = 0;

  /** @returns false if bytes[start..end) cannot follow what was read before */
  read(bytes: Uint8Array, start: number, end: number, out: WireWriter): boolean {
    out.reserve(end - start + 3);
    const to = out.bytes;
    let at = out.length;
    let word = this.#word;
    let { digits } = this;
    for (let i = start; i < end; i++) {
      const value = BASE64_VALUE[bytes[i]!]!;
      if (value > 63 || this.#padding > 0) {
        if (bytes[i] !== PADDING || digits < 2) return false;
        this.#padding++;
        word <<= 6;
      } else word = (word << 6) | value;
      if (++digits < 4) continue;
      const unused = this.#padding === 0 ? 0 : this.#padding === 1 ? 0xff : 0xffff;
      if ((word & unused) !== 0) return false;
      to[at++] = word >> 16;
      if (this.#padding < 2) to[at++] = word >> 8;
      if (this.#padding < 1) to[at++] = word;
      word = 0;
      digits = 0;
    }
    this.#word = word;
    this.digits = digits;
    out.length = at;
    return true;
  }
}

/** Takes base64 up to field `last`, wherever the blanks are. @throws FormatError */
export function takeBase64(fields: Fields, last: number, out: WireWriter): void {
  const reader = new Base64Reader();
  while (fields.next < last) {
    const i = takeBare(fields, 'base64');
    if (!reader.read(fields.bytes, fields.starts[i]!, fields.ends[i]!, out)) fail(fields, i, 'base64 (RFC 4648, section 4)');
  }
  if (reader.digits > 0) throw new FormatError('base64 in groups of four characters', `${reader.digits} left over`, last - 1);
}

/** @returns false if the text is not base64 */
export function appendBase64(bytes: Uint8Array, start: number, end: number, out: WireWriter): boolean {
  const reader = new Base64Reader();
  return reader.read(bytes, start, end, out) && reader.digits === 0;
}

/** Appends base32hex without padding, any letter case (RFC 4648 7, RFC 5155 3.3). @returns false if the text is not that */
export function appendBase32hex(bytes: Uint8Array, start: number, end: number, out: WireWriter): boolean {
  let word = 0;
  let bits = 0;
  out.reserve(end - start);
  for (let i = start; i < end; i++) {
    const value = BASE32HEX_VALUE[bytes[i]!]!;
    if (value > 31) return false;
    word = ((word << 5) | value) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      out.bytes[out.length++] = word >> bits;
    }
  }
  return bits < 5 && (word & ((1 << bits) - 1)) === 0;
}

/** Appends the octets of a field with its escapes resolved (RFC 1035 5.1). @returns how many */
export function appendText(bytes: Uint8Array, start: number, end: number, out: WireWriter): number {
  const from = out.length;
  out.reserve(end - start);
  for (let i = start; i < end; i++) {
    const octet = bytes[i]!;
    if (octet !== BACKSLASH) out.bytes[out.length++] = octet;
    else {
      out.bytes[out.length++] = octetOfEscape(bytes, i, end);
      const next = bytes[i + 1]!;
      i += next >= 0x30 && next <= 0x39 ? 3 : 1;
    }
  }
  return out.length - from;
}

/** Takes a field as character-string: length octet, then 0..255 octets (RFC 1035 3.3). */
export function takeCharacterString(fields: Fields, out: WireWriter): void {
  const i = fields.take('a character-string');
  const lengthAt = out.length;
  out.u8(0);
  const length = appendText(fields.bytes, fields.starts[i]!, fields.ends[i]!, out);
  if (length > 255) throw new FormatError('a character-string of at most 255 octets', `${length} octets`, i);
  out.bytes[lengthAt] = length;
}

/** The text of field i in upper case, for mnemonics. */
export function mnemonicOf(fields: Fields, i: number): string {
  return latin1(fields.bytes, fields.starts[i]!, fields.ends[i]!).toUpperCase();
}
