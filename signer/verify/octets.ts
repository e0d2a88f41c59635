/** Big-endian numbers of the wire form. */
export function u16(wire: Uint8Array, at: number): number {
  return (wire[at]! << 8) | wire[at + 1]!;
}

export function u32(wire: Uint8Array, at: number): number {
  return ((wire[at]! << 24) | (wire[at + 1]! << 16) | (wire[at + 2]! << 8) | wire[at + 3]!) >>> 0;
}

/** `a` follows `b` in serial number arithmetic (RFC 1982 3.2); false where the order is undefined. */
export function serialFollows(a: number, b: number): boolean {
  return ((a - b) | 0) > 0;
}

/** Seconds from `b` to `a` in serial number arithmetic (RFC 4034 3.1.5): negative if `a` comes before `b`. */
export function serialDistance(a: number, b: number): number {
  return (a - b) | 0;
}

/** One label of base32hex without padding (RFC 4648 7, RFC 5155 3.3) to 20 octets. @returns false for anything else */
export function decodeHashLabel(wire: Uint8Array, at: number, into: Uint8Array, offset: number): boolean {
  if (wire[at] !== 32) return false;
  let word = 0;
  let bits = 0;
  let out = offset;
  for (let i = at + 1; i <= at + 32; i++) {
    const digit = base32Digit(wire[i]!);
    if (digit < 0) return false;
    word = ((word << 5) | digit) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      into[out++] = word >> bits;
    }
  }
  return true;
}

function base32Digit(octet: number): number {
  if (octet >= 0x30 && octet <= 0x39) return octet - 0x30;
  const letter = octet | 0x20;
  return letter >= 0x61 && letter <= 0x76 ? letter - 0x61 + 10 : -1;
}

/** base32hex without padding, lower case. */
export function encodeHash(bytes: Uint8Array): string {
  let text = '';
  let word = 0;
  let bits = 0;
  for (const octet of bytes) {
    word = ((word << 8) | octet) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) text += '0123456789abcdefghijklmnopqrstuv'[(word >> (bits - 5)) & 31]!;
  }
  return bits === 0 ? text : text + '0123456789abcdefghijklmnopqrstuv'[(word << (5 - bits)) & 31]!;
}
