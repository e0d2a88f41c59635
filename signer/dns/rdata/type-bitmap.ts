import type { WireWriter } from '../bytes.ts';
import { latin1 } from '../bytes.ts';
import type { Fields } from '../fields.ts';
import { FormatError } from '../format-error.ts';
import { typeFromText } from '../rrtype.ts';
import type { Codec } from './codec.ts';
import { readU16, u16 } from './numbers.ts';
import { fail, takeBare } from './read.ts';
import { writeType } from './type-text.ts';

/** Mnemonic or TYPEn. */
export function takeType(fields: Fields): number {
  const i = takeBare(fields, 'a type');
  const text = latin1(fields.bytes, fields.starts[i]!, fields.ends[i]!);
  const type = typeFromText(text) ?? typeFromText(text.replace(/^(type)0+(?=[0-9])/i, '$1'));
  if (type === undefined) fail(fields, i, 'a type mnemonic or TYPEn');
  return type;
}

/** One type, two octets; in text as mnemonic or TYPEn and never as bare number (RRSIG, DSYNC). */
export const typeField: Codec = {
  parse: (fields, out) => out.u16(takeType(fields)),
  check: u16.check,
  print: (wire, at, _end, out) => {
    writeType(readU16(wire, at), out);
    return at + 2;
  },
};

/** Appends the window blocks for the types (RFC 4034 4.1.2). @param types sorted, no doubles */
function appendBitmap(types: readonly number[], out: WireWriter): void {
  for (let i = 0; i < types.length; ) {
    const window = types[i]! >> 8;
    const at = out.length;
    out.u8(window);
    out.u8(0);
    for (; i < types.length && types[i]! >> 8 === window; i++) {
      const octet = (types[i]! & 0xff) >> 3;
      while (out.length - at - 2 <= octet) out.u8(0);
      out.bytes[at + 2 + octet]! |= 0x80 >> (types[i]! & 7);
    }
    out.bytes[at + 1] = out.length - at - 2;
  }
}

/** Set of types up to the end of the RDATA: NSEC, NSEC3, CSYNC (RFC 4034 4.1.2). May be empty. */
export const typeBitmap: Codec = {
  parse: (fields, out) => {
    const types: number[] = [];
    while (fields.left > 0) types.push(takeType(fields));
    appendBitmap(
      [...new Set(types)].sort((a, b) => a - b),
      out,
    );
  },
  check: (wire, at, end) => {
    let i = at;
    for (let last = -1; i < end; ) {
      const window = wire[i]!;
      const length = i + 1 < end ? wire[i + 1]! : 0;
      if (window <= last) throw new FormatError('windows in ascending order', `window ${window} after ${last}`);
      if (length < 1 || length > 32 || i + 2 + length > end) throw new FormatError('a window of 1 to 32 octets', `length ${length}`);
      last = window;
      i += 2 + length;
    }
    return end;
  },
  print: (wire, at, end, out) => {
    let first = true;
    for (let i = at; i < end; i += 2 + wire[i + 1]!) {
      const last = i + 1 + wire[i + 1]!;
      if (wire[last] === 0) throw new FormatError('a window without zero octets at its end', `window ${wire[i]}`);
      for (let bit = 0; bit < wire[i + 1]! * 8; bit++) {
        if ((wire[i + 2 + (bit >> 3)]! & (0x80 >> (bit & 7))) === 0) continue;
        if (!first) out.u8(0x20);
        first = false;
        writeType((wire[i]! << 8) | bit, out);
      }
    }
    return end;
  },
};
