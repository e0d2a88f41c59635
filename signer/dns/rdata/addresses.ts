import type { WireWriter } from '../bytes.ts';
import { TYPE } from '../rrtype.ts';
import { type Codec, format, type TypeRow } from './codec.ts';
import { skip } from './numbers.ts';
import { fail, hexValue, takeBare } from './read.ts';
import { writeUint } from './write.ts';

const DOT = 0x2e;
const COLON = 0x3a;

/** Appends the 4 octets of a dotted quad without leading zeros. @returns false, `out` as before, if it is not one */
export function appendIpv4(bytes: Uint8Array, start: number, end: number, out: WireWriter): boolean {
  const from = out.length;
  out.reserve(4);
  let value = -1;
  for (let i = start; i <= end; i++) {
    const octet = i < end ? bytes[i]! : DOT;
    const digit = octet - 0x30;
    if (digit >= 0 && digit <= 9) {
      if (value === 0) break;
      value = Math.max(value, 0) * 10 + digit;
      if (value > 255) break;
    } else if (octet === DOT && value >= 0) {
      out.bytes[out.length++] = value;
      value = -1;
      if (out.length - from === 4) {
        if (i === end) return true;
        break;
      }
    } else break;
  }
  out.length = from;
  return false;
}

/** Appends the 16 octets of an address (RFC 4291 2.2, all three forms). @returns false, `out` as before, if it is not one */
export function appendIpv6(bytes: Uint8Array, start: number, end: number, out: WireWriter): boolean {
  const from = out.length;
  out.reserve(16);
  let gapAt = -1;
  let i = start;
  if (bytes[i] === COLON && i + 1 < end && bytes[i + 1] === COLON) {
    gapAt = from;
    i += 2;
  }
  while (i < end) {
    let value = 0;
    let k = i;
    while (k < end && k - i < 5) {
      const digit = hexValue(bytes[k]!);
      if (digit > 15) break;
      value = (value << 4) | digit;
      k++;
    }
    if (k < end && bytes[k] === DOT && out.length - from <= 12 && appendIpv4(bytes, i, end, out)) {
      i = end;
      break;
    }
    if (k === i || k - i > 4 || out.length - from > 14) return giveUp(out, from);
    out.bytes[out.length++] = value >> 8;
    out.bytes[out.length++] = value;
    i = k;
    if (i === end) break;
    if (bytes[i] !== COLON || i + 1 === end) return giveUp(out, from);
    i++;
    if (bytes[i] !== COLON) continue;
    if (gapAt >= 0) return giveUp(out, from);
    gapAt = out.length;
    i++;
  }
  return fillGap(out, from, gapAt);
}

function giveUp(out: WireWriter, from: number): false {
  out.length = from;
  return false;
}

/** Puts the zeros that `::` stands for (one group at least) where it stood. */
function fillGap(out: WireWriter, from: number, gapAt: number): boolean {
  const zeros = 16 - (out.length - from);
  if (gapAt < 0 ? zeros !== 0 : zeros < 2) return giveUp(out, from);
  if (gapAt >= 0) {
    out.bytes.copyWithin(gapAt + zeros, gapAt, out.length);
    out.bytes.fill(0, gapAt, gapAt + zeros);
    out.length = from + 16;
  }
  return true;
}

export function writeIpv4(wire: Uint8Array, at: number, out: WireWriter): void {
  for (let i = 0; i < 4; i++) {
    if (i > 0) out.u8(DOT);
    writeUint(wire[at + i]!, out);
  }
}

const HEX = Uint8Array.from('0123456789abcdef', (c) => c.charCodeAt(0));

/** RFC 5952: lower case, no leading zeros, the longest run of two or more zero groups (the first of equals) as `::`. */
export function writeIpv6(wire: Uint8Array, at: number, out: WireWriter): void {
  let bestAt = -1;
  let best = 1;
  for (let i = 0, run = 0; i < 8; i++) {
    run = wire[at + 2 * i] === 0 && wire[at + 2 * i + 1] === 0 ? run + 1 : 0;
    if (run > best) {
      best = run;
      bestAt = i - run + 1;
    }
  }
  out.reserve(40);
  for (let i = 0; i < 8; i++) {
    if (i === bestAt) {
      out.bytes[out.length++] = COLON;
      if (i + best === 8) out.bytes[out.length++] = COLON;
      i += best - 1;
      continue;
    }
    if (i > 0) out.bytes[out.length++] = COLON;
    const group = (wire[at + 2 * i]! << 8) | wire[at + 2 * i + 1]!;
    for (let shift = group > 0xfff ? 12 : group > 0xff ? 8 : group > 0xf ? 4 : 0; shift >= 0; shift -= 4)
      out.bytes[out.length++] = HEX[(group >> shift) & 15]!;
  }
}

export const ipv4: Codec = {
  parse: (fields, out) => {
    const i = takeBare(fields, 'an IPv4 address');
    if (!appendIpv4(fields.bytes, fields.starts[i]!, fields.ends[i]!, out)) fail(fields, i, 'an IPv4 address such as 192.0.2.1');
  },
  check: (_wire, at, end) => skip(4, at, end),
  print: (wire, at, _end, out) => {
    writeIpv4(wire, at, out);
    return at + 4;
  },
};

export const ipv6: Codec = {
  parse: (fields, out) => {
    const i = takeBare(fields, 'an IPv6 address');
    if (!appendIpv6(fields.bytes, fields.starts[i]!, fields.ends[i]!, out)) fail(fields, i, 'an IPv6 address such as 2001:db8::1');
  },
  check: (_wire, at, end) => skip(16, at, end),
  print: (wire, at, _end, out) => {
    writeIpv6(wire, at, out);
    return at + 16;
  },
};

/** RFC 1035 3.4.1, 3596. */
export const ADDRESS_TYPES: readonly TypeRow[] = [
  [TYPE.A, format(ipv4)],
  [TYPE.AAAA, format(ipv6)],
];
