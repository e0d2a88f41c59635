import { FormatError } from '../format-error.ts';
import type { Codec } from './codec.ts';
import { skip } from './numbers.ts';
import { appendBase32hex, appendHex, fail, takeBare, takeBase64, takeHexRest } from './read.ts';
import { writeAscii, writeBase32hex, writeBase64, writeHex } from './write.ts';

/**
 * Octets up to the end of the RDATA, in text as hexadecimal or base64, blanks anywhere.
 * @param least octets there must be in text; in the wire there may be fewer (RFC 3597 form only)
 */
function rest(least: number, parse: Codec['parse'], write: typeof writeHex): Codec {
  return {
    parse: (fields, out) => {
      const from = out.length;
      parse(fields, out);
      if (out.length - from < least) throw new FormatError('more data', 'the end of the record', fields.count);
    },
    check: (_wire, _at, end) => end,
    print: (wire, at, end, out) => {
      skip(least, at, end);
      write(wire, at, end, out);
      return end;
    },
  };
}

export const hexRest = (least: number): Codec => rest(least, takeHexRest, writeHex);
export const base64Rest = (least: number): Codec => rest(least, (fields, out) => takeBase64(fields, fields.count, out), writeBase64);

/** RFC 5155 3.3: salt with its length octet; hexadecimal in one field, `-` for none. */
export const salt: Codec = {
  parse: (fields, out) => {
    const what = 'a salt: - or up to 510 hexadecimal digits';
    const i = takeBare(fields, what);
    const start = fields.starts[i]!;
    const end = fields.ends[i]!;
    const lengthAt = out.length;
    out.u8(0);
    if (end - start === 1 && fields.bytes[start] === 0x2d) return;
    if (end === start || end - start > 510 || !appendHex(fields.bytes, start, end, out)) fail(fields, i, what);
    out.bytes[lengthAt] = out.length - lengthAt - 1;
  },
  check: (wire, at, end) => skip(wire[skip(1, at, end) - 1]! + 1, at, end),
  print: (wire, at, _end, out) => {
    const next = at + 1 + wire[at]!;
    if (next === at + 1) writeAscii('-', out);
    else writeHex(wire, at + 1, next, out);
    return next;
  },
};

/** RFC 5155 3.3: hashed owner name with its length octet; base32hex without padding in one field. */
export const nextHashedOwner: Codec = {
  parse: (fields, out) => {
    const what = 'a hashed owner name in base32hex without padding';
    const i = takeBare(fields, what);
    const lengthAt = out.length;
    out.u8(0);
    const good = appendBase32hex(fields.bytes, fields.starts[i]!, fields.ends[i]!, out);
    const length = out.length - lengthAt - 1;
    if (!good || length === 0 || length > 255) fail(fields, i, what);
    out.bytes[lengthAt] = length;
  },
  check: salt.check,
  print: (wire, at, _end, out) => {
    const next = skip(1, at + 1, at + 1 + wire[at]!) + wire[at]! - 1;
    writeBase32hex(wire, at + 1, next, out);
    return next;
  },
};
