import { FormatError } from '../format-error.ts';
import { TYPE } from '../rrtype.ts';
import { type Codec, format, type TypeRow } from './codec.ts';
import { name } from './names.ts';
import { skip, u8, u16 } from './numbers.ts';
import { appendText, fail, takeCharacterString } from './read.ts';
import { writeQuoted, writeSpace } from './write.ts';

/** One character-string (RFC 1035 3.3); printed in quotes. */
export const characterString: Codec = {
  parse: takeCharacterString,
  check: (wire, at, end) => skip(wire[skip(1, at, end) - 1]! + 1, at, end),
  print: (wire, at, _end, out) => {
    const next = at + 1 + wire[at]!;
    writeQuoted(wire, at + 1, next, out);
    return next;
  },
};

/** A character-string that may be absent at the end of the record (ISDN). */
const optionalCharacterString: Codec = {
  parse: (fields, out) => {
    if (fields.left > 0) takeCharacterString(fields, out);
  },
  check: (wire, at, end) => (at === end ? at : characterString.check(wire, at, end)),
  print: (wire, at, end, out) => (at === end ? at : characterString.print(wire, at, end, out)),
};

/** One or more character-strings up to the end of the RDATA (RFC 1035 3.3.14). */
export const characterStrings: Codec = {
  parse: (fields, out) => {
    do takeCharacterString(fields, out);
    while (fields.left > 0);
  },
  check: (wire, at, end) => {
    let next = at;
    do next = characterString.check(wire, next, end);
    while (next < end);
    return next;
  },
  print: (wire, at, end, out) => {
    let next = characterString.print(wire, at, end, out);
    while (next < end) {
      writeSpace(out);
      next = characterString.print(wire, next, end, out);
    }
    return next;
  },
};

/** Octets without a length up to the end of the RDATA (URI target, CAA value); may be empty. */
const rawText: Codec = {
  parse: (fields, out) => {
    const i = fields.take('a text');
    appendText(fields.bytes, fields.starts[i]!, fields.ends[i]!, out);
  },
  check: (_wire, _at, end) => end,
  print: (wire, at, end, out) => {
    writeQuoted(wire, at, end, out);
    return end;
  },
};

const isLetterOrDigit = (octet: number): boolean => (octet >= 0x30 && octet <= 0x39) || ((octet | 0x20) >= 0x61 && (octet | 0x20) <= 0x7a);

/** @param at of the length octet */
function isTag(wire: Uint8Array, at: number): boolean {
  for (let i = at + 1; i <= at + wire[at]!; i++) if (!isLetterOrDigit(wire[i]!)) return false;
  return wire[at] !== 0;
}

/** Tags that NSD 4.6 reads in text: short ones (RFC 6844 5.1), no capitals. */
function isPlainTag(wire: Uint8Array, at: number): boolean {
  for (let i = at + 1; i <= at + wire[at]!; i++) if (wire[i]! >= 0x41 && wire[i]! <= 0x5a) return false;
  return wire[at]! <= 15;
}

/** RFC 8659 4.1: length octet, then 1..255 ASCII letters and digits. */
const caaTag: Codec = {
  parse: (fields, out) => {
    const i = fields.next;
    const at = out.length;
    takeCharacterString(fields, out);
    if (!isTag(out.bytes, at)) fail(fields, i, 'a tag of 1 to 255 letters and digits');
  },
  check: (wire, at, end) => {
    const next = characterString.check(wire, at, end);
    if (!isTag(wire, at)) throw new FormatError('a tag of 1 to 255 letters and digits', 'another text');
    return next;
  },
  print: (wire, at, _end, out) => {
    const next = at + 1 + wire[at]!;
    if (!isPlainTag(wire, at)) throw new FormatError('a tag of at most 15 small letters and digits', 'another one');
    out.append(wire, at + 1, next);
    return next;
  },
};

/** RFC 1035 3.3, 1183, 1712, 3403, 7208, 7553, 8659, 9606 and the registrations of NINFO, AVC, WALLET, CLA. */
export const TEXT_TYPES: readonly TypeRow[] = [
  [TYPE.HINFO, format(characterString, characterString)],
  [TYPE.TXT, format(characterStrings)],
  [TYPE.X25, format(characterString)],
  [TYPE.ISDN, format(characterString, optionalCharacterString)],
  [TYPE.GPOS, format(characterString, characterString, characterString)],
  [TYPE.NAPTR, format(u16, u16, characterString, characterString, characterString, name)],
  [TYPE.NINFO, format(characterStrings)],
  [TYPE.SPF, format(characterStrings)],
  [TYPE.URI, format(u16, u16, rawText)],
  [TYPE.CAA, format(u8, caaTag, rawText)],
  [TYPE.AVC, format(characterStrings)],
  [TYPE.RESINFO, format(characterStrings)],
  [TYPE.WALLET, format(characterStrings)],
  [TYPE.CLA, format(characterStrings)],
];
