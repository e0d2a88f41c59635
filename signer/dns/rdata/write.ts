import type { WireWriter } from '../bytes.ts';

/** Writing text as octets: numbers, names, hexadecimal, base64, base32hex, character-strings. No strings are built. */

const BACKSLASH = 0x5c;
const QUOTE = 0x22;
const DOT = 0x2e;
const SPACE = 0x20;

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));
const HEX = ascii('0123456789ABCDEF');
const BASE64 = ascii('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
const BASE32HEX = ascii('0123456789ABCDEFGHIJKLMNOPQRSTUV');

const PLAIN = 0;
const CHARACTER = 1;
const DECIMAL = 2;
/**
 * How an octet is written within a label: as it is, as `\X`, as `\DDD`. As they are, Knot DNS reads letters, digits
 * and the characters named here, and no others.
 */
const IN_LABEL = new Uint8Array(256).map((_, octet) => {
  if (octet <= SPACE || octet >= 0x7f) return DECIMAL;
  return /[0-9A-Za-z*/_-]/.test(String.fromCharCode(octet)) ? PLAIN : CHARACTER;
});
/** The same within quotes. */
const IN_QUOTES = new Uint8Array(256).map((_, octet) => {
  if (octet < SPACE || octet >= 0x7f) return DECIMAL;
  return octet === QUOTE || octet === BACKSLASH ? CHARACTER : PLAIN;
});

export function writeAscii(text: string, out: WireWriter): void {
  out.reserve(text.length);
  for (let i = 0; i < text.length; i++) out.bytes[out.length++] = text.charCodeAt(i);
}

export function writeSpace(out: WireWriter): void {
  out.u8(SPACE);
}

/** Decimal. @param value 0..2^53-1 */
export function writeUint(value: number, out: WireWriter): void {
  let digits = 1;
  for (let power = 10; power <= value; power *= 10) digits++;
  out.reserve(digits);
  out.length += digits;
  const { bytes } = out;
  let rest = value;
  for (let at = out.length - 1; digits > 0; digits--) {
    const tenth = Math.floor(rest / 10);
    bytes[at--] = 0x30 + rest - tenth * 10;
    rest = tenth;
  }
}

function writeEscaped(octet: number, how: number, bytes: Uint8Array, at: number): number {
  bytes[at] = BACKSLASH;
  if (how === CHARACTER) {
    bytes[at + 1] = octet;
    return at + 2;
  }
  bytes[at + 1] = 0x30 + Math.floor(octet / 100);
  bytes[at + 2] = 0x30 + (Math.floor(octet / 10) % 10);
  bytes[at + 3] = 0x30 + (octet % 10);
  return at + 4;
}

/** Absolute name in presentation form. @returns where the wire name ends */
export function writeName(wire: Uint8Array, at: number, out: WireWriter): number {
  out.reserve(1024);
  const { bytes } = out;
  let to = out.length;
  let i = at;
  if (wire[i] === 0) bytes[to++] = DOT;
  while (wire[i] !== 0) {
    const end = i + 1 + wire[i]!;
    for (i++; i < end; i++) {
      const octet = wire[i]!;
      const how = IN_LABEL[octet]!;
      if (how === PLAIN) bytes[to++] = octet;
      else to = writeEscaped(octet, how, bytes, to);
    }
    bytes[to++] = DOT;
  }
  out.length = to;
  return i + 1;
}

/** Octets in quotes. */
export function writeQuoted(wire: Uint8Array, start: number, end: number, out: WireWriter): void {
  out.reserve((end - start) * 4 + 2);
  const { bytes } = out;
  let to = out.length;
  bytes[to++] = QUOTE;
  for (let i = start; i < end; i++) {
    const octet = wire[i]!;
    const how = IN_QUOTES[octet]!;
    if (how === PLAIN) bytes[to++] = octet;
    else to = writeEscaped(octet, how, bytes, to);
  }
  bytes[to++] = QUOTE;
  out.length = to;
}

/** Upper-case hexadecimal. */
export function writeHex(wire: Uint8Array, start: number, end: number, out: WireWriter): void {
  out.reserve((end - start) * 2);
  const { bytes } = out;
  let to = out.length;
  for (let i = start; i < end; i++) {
    bytes[to++] = HEX[wire[i]! >> 4]!;
    bytes[to++] = HEX[wire[i]! & 15]!;
  }
  out.length = to;
}

/** RFC 4648 4, with padding. */
export function writeBase64(wire: Uint8Array, start: number, end: number, out: WireWriter): void {
  out.reserve(Math.ceil((end - start) / 3) * 4);
  const { bytes } = out;
  let to = out.length;
  let i = start;
  for (; i + 2 < end; i += 3) {
    const word = (wire[i]! << 16) | (wire[i + 1]! << 8) | wire[i + 2]!;
    bytes[to++] = BASE64[word >> 18]!;
    bytes[to++] = BASE64[(word >> 12) & 63]!;
    bytes[to++] = BASE64[(word >> 6) & 63]!;
    bytes[to++] = BASE64[word & 63]!;
  }
  if (i < end) {
    const two = i + 1 < end;
    const word = (wire[i]! << 16) | (two ? wire[i + 1]! << 8 : 0);
    bytes[to++] = BASE64[word >> 18]!;
    bytes[to++] = BASE64[(word >> 12) & 63]!;
    bytes[to++] = two ? BASE64[(word >> 6) & 63]! : 0x3d;
    bytes[to++] = 0x3d;
  }
  out.length = to;
}

/** RFC 4648 7, upper case, no padding (RFC 5155 3.3). */
export function writeBase32hex(wire: Uint8Array, start: number, end: number, out: WireWriter): void {
  out.reserve(Math.ceil(((end - start) * 8) / 5));
  const { bytes } = out;
  let to = out.length;
  let word = 0;
  let bits = 0;
  for (let i = start; i < end; i++) {
    word = ((word << 8) | wire[i]!) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      bytes[to++] = BASE32HEX[(word >> bits) & 31]!;
    }
  }
  if (bits > 0) bytes[to++] = BASE32HEX[(word << (5 - bits)) & 31]!;
  out.length = to;
}
