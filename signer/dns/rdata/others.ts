import { FormatError } from '../format-error.ts';
import { TYPE } from '../rrtype.ts';
import { type Codec, format, type TypeRow } from './codec.ts';
import { name } from './names.ts';
import { mnemonic, skip, u8, u16, u32 } from './numbers.ts';
import { fail, takeBare, takeBase64 } from './read.ts';
import { characterString } from './text.ts';
import { takeType, typeField } from './type-bitmap.ts';
import { writeType } from './type-text.ts';
import { writeAscii, writeBase64, writeSpace } from './write.ts';

/** RFC 9859 2.1: `NOTIFY`, or a number. */
const scheme = mnemonic(1, 'a scheme: NOTIFY or a number', (text) => (text === 'NOTIFY' ? 1 : undefined));

/** draft-durand-doa-over-dns: base64 to the end of the record, `-` for no data. */
const objectData: Codec = {
  parse: (fields, out) => {
    if (fields.left === 1 && fields.text(fields.next) === '-') fields.next++;
    else if (fields.left === 0) fields.take('base64, or -');
    else takeBase64(fields, fields.count, out);
  },
  check: (_wire, _at, end) => end,
  print: (wire, at, end, out) => {
    if (at === end) writeAscii('-', out);
    else writeBase64(wire, at, end, out);
    return end;
  },
};

/** 64-bit number in decimal: the node number of RFC 7116 as IPN has it. */
const u64: Codec = {
  parse: (fields, out) => {
    const what = 'a number from 0 to 18446744073709551615';
    const i = takeBare(fields, what);
    const text = fields.text(i);
    const value = /^[0-9]{1,20}$/.test(text) ? BigInt(text) : 1n << 64n;
    if (value >> 64n !== 0n) fail(fields, i, what);
    out.u32(Number(value >> 32n));
    out.u32(Number(value & 0xffff_ffffn));
  },
  check: (_wire, at, end) => skip(8, at, end),
  print: (wire, at, _end, out) => {
    let value = 0n;
    for (let i = at; i < at + 8; i++) value = (value << 8n) | BigInt(wire[i]!);
    writeAscii(`${value}`, out);
    return at + 8;
  },
};

/** RFC 2535 5.2: bit n stands for type n, types 1 to 127 only; no zero octets at its end. */
const nxtBitmap: Codec = {
  parse: (fields, out) => {
    const at = out.length;
    while (fields.left > 0) {
      const type = takeType(fields);
      if (type === 0 || type > 127) fail(fields, fields.next - 1, 'a type from 1 to 127');
      while (out.length - at <= type >> 3) out.u8(0);
      out.bytes[at + (type >> 3)]! |= 0x80 >> (type & 7);
    }
  },
  check: (wire, at, end) => {
    if (end - at > 16) throw new FormatError('a bitmap of at most 16 octets', `${end - at}`);
    if (end > at && ((wire[at]! & 0x80) !== 0 || wire[end - 1] === 0))
      throw new FormatError('a bitmap in the form of RFC 2535 5.2', 'another');
    return end;
  },
  print: (wire, at, end, out) => {
    let first = true;
    for (let type = 1; type < (end - at) * 8; type++) {
      if ((wire[at + (type >> 3)]! & (0x80 >> (type & 7))) === 0) continue;
      if (!first) writeSpace(out);
      first = false;
      writeType(type, out);
    }
    return end;
  },
};

export const OTHER_TYPES: readonly TypeRow[] = [
  [TYPE.NXT, format(name, nxtBitmap)],
  [TYPE.DSYNC, format(typeField, scheme, u16, name)],
  [TYPE.DOA, format(u32, u32, u8, characterString, objectData)],
  [TYPE.IPN, format(u64)],
];
