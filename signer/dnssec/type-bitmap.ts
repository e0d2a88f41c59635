import type { WireWriter } from '../dns/bytes.ts';

/**
 * Type bitmap of NSEC, NSEC3 and CSYNC: per window of 256 types that has any, window(1) length(1) bitmap(1..32), most
 * significant bit first (RFC 4034 4.1.2).
 * @param types ascending, each once
 * @param count how many of `types` count
 */
export function appendTypeBitmap(types: Uint16Array, count: number, out: WireWriter): void {
  out.reserve(34 * 256);
  for (let i = 0; i < count; ) {
    const window = types[i]! >> 8;
    let last = i;
    while (last + 1 < count && types[last + 1]! >> 8 === window) last++;
    const octets = ((types[last]! & 255) >> 3) + 1;
    const { bytes } = out;
    const at = out.length + 2;
    bytes[at - 2] = window;
    bytes[at - 1] = octets;
    bytes.fill(0, at, at + octets);
    for (; i <= last; i++) {
      const low = types[i]! & 255;
      const octet = at + (low >> 3);
      bytes[octet] = bytes[octet]! | (0x80 >> (low & 7));
    }
    out.length = at + octets;
  }
}
