import { latin1 } from '../bytes.ts';
import { FormatError } from '../format-error.ts';
import { TYPE } from '../rrtype.ts';
import { ipv4 } from './addresses.ts';
import { type Codec, format, type TypeRow } from './codec.ts';
import { skip, u16 } from './numbers.ts';
import { fail, hexValue, takeBare } from './read.ts';

const COLON = 0x3a;
const DASH = 0x2d;
const HEX = Uint8Array.from('0123456789abcdef', (c) => c.charCodeAt(0));

/** Pairs of hexadecimal digits with dashes between: EUI-48 and EUI-64 (RFC 7043 3.2, 4.2). */
function hexPairs(what: string, octets: number): Codec {
  return {
    parse: (fields, out) => {
      const i = takeBare(fields, what);
      const { bytes } = fields;
      const start = fields.starts[i]!;
      if (fields.ends[i]! - start !== octets * 3 - 1) fail(fields, i, what);
      for (let k = start; k < fields.ends[i]!; k += 3) {
        const high = hexValue(bytes[k]!);
        const low = hexValue(bytes[k + 1]!);
        if (high > 15 || low > 15 || (k > start && bytes[k - 1] !== DASH)) fail(fields, i, what);
        out.u8((high << 4) | low);
      }
    },
    check: (_wire, at, end) => skip(octets, at, end),
    print: (wire, at, _end, out) => {
      for (let k = at; k < at + octets; k++) {
        if (k > at) out.u8(DASH);
        out.u8(HEX[wire[k]! >> 4]!);
        out.u8(HEX[wire[k]! & 15]!);
      }
      return at + octets;
    },
  };
}

/** RFC 6742 2.1.2, 2.3.2: four groups of hexadecimal digits, printed with their leading zeros. */
const nodeId: Codec = {
  parse: (fields, out) => {
    const what = 'four groups of hexadecimal digits with colons between';
    const i = takeBare(fields, what);
    const groups = fields.text(i).split(':');
    if (groups.length !== 4 || !groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) fail(fields, i, what);
    for (const group of groups) out.u16(Number.parseInt(group, 16));
  },
  check: (_wire, at, end) => skip(8, at, end),
  print: (wire, at, _end, out) => {
    for (let k = 0; k < 8; k++) {
      if (k > 0 && k % 2 === 0) out.u8(COLON);
      out.u8(HEX[wire[at + k]! >> 4]!);
      out.u8(HEX[wire[at + k]! & 15]!);
    }
    return at + 8;
  },
};

/** RFC 1348, 1706 5: `0x`, then hexadecimal digits in pairs, dots anywhere between them; 1 octet at least. */
const nsap: Codec = {
  parse: (fields, out) => {
    const what = 'an NSAP address: 0x and hexadecimal digits';
    const i = takeBare(fields, what);
    const text = latin1(fields.bytes, fields.starts[i]!, fields.ends[i]!);
    const digits = text.slice(2).replaceAll('.', '');
    if (!/^0x[0-9a-f.]+$/i.test(text) || digits.length === 0 || digits.length % 2 !== 0) fail(fields, i, what);
    for (let k = 0; k < digits.length; k += 2) out.u8(Number.parseInt(digits.slice(k, k + 2), 16));
  },
  check: (_wire, at, end) => skip(Math.max(1, end - at), at, end),
  print: (wire, at, end, out) => {
    out.u8(0x30);
    out.u8(0x78);
    for (let i = at; i < end; i++) {
      out.u8(HEX[wire[i]! >> 4]!);
      out.u8(HEX[wire[i]! & 15]!);
    }
    return end;
  },
};

/** ATM name system, AF-DANS-0152.000: `+` and digits (E.164), or hexadecimal digits in pairs with dots between (AESA). */
const atmAddress: Codec = {
  parse: (fields, out) => {
    const what = 'an ATM address: + and digits, or hexadecimal digits';
    const i = takeBare(fields, what);
    const text = latin1(fields.bytes, fields.starts[i]!, fields.ends[i]!);
    const digits = text.replaceAll('.', '');
    if (/^\+[0-9]+(\.[0-9]+)*$/.test(text)) {
      out.u8(1);
      for (const digit of digits.slice(1)) out.u8(digit.charCodeAt(0));
    } else if (/^[0-9a-f]+(\.[0-9a-f]+)*$/i.test(text) && digits.length % 2 === 0) {
      out.u8(0);
      for (let k = 0; k < digits.length; k += 2) out.u8(Number.parseInt(digits.slice(k, k + 2), 16));
    } else fail(fields, i, what);
  },
  check: (wire, at, end) => {
    skip(2, at, end);
    if (wire[at]! > 1) throw new FormatError('ATM address format 0 or 1', `${wire[at]}`);
    for (let i = at + 1; wire[at] === 1 && i < end; i++)
      if (wire[i]! < 0x30 || wire[i]! > 0x39) throw new FormatError('decimal digits', `octet ${wire[i]}`);
    return end;
  },
  print: (wire, at, end, out) => {
    if (wire[at] === 1) {
      out.u8(0x2b);
      out.append(wire, at + 1, end);
    } else
      for (let i = at + 1; i < end; i++) {
        out.u8(HEX[wire[i]! >> 4]!);
        out.u8(HEX[wire[i]! & 15]!);
      }
    return end;
  },
};

/** RFC 1706, 6742, 7043 and ATMA: what other networks, and other layers of this one, have for addresses. */
export const IDENTIFIER_TYPES: readonly TypeRow[] = [
  [TYPE.NSAP, format(nsap)],
  [TYPE.ATMA, format(atmAddress)],
  [TYPE.NID, format(u16, nodeId)],
  [TYPE.L32, format(u16, ipv4)],
  [TYPE.L64, format(u16, nodeId)],
  [TYPE.EUI48, format(hexPairs('six pairs of hexadecimal digits with dashes between', 6))],
  [TYPE.EUI64, format(hexPairs('eight pairs of hexadecimal digits with dashes between', 8))],
];
