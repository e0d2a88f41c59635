import type { WireWriter } from '../bytes.ts';
import type { Fields } from '../fields.ts';
import { FormatError } from '../format-error.ts';
import { appendName, nameLength } from '../name.ts';
import { TYPE } from '../rrtype.ts';
import { type Codec, format, type TypeRow } from './codec.ts';
import { period, u16, u32 } from './numbers.ts';
import { takeBare } from './read.ts';
import { writeName } from './write.ts';

/** A domain name, uncompressed; relative ones get the origin, `@` is the origin. */
export const name: Codec = {
  parse: takeName,
  check: (wire, at, end) => {
    const length = nameLength(wire, at, end);
    if (length < 0) throw new FormatError('an uncompressed name of at most 255 octets', 'something else');
    return at + length;
  },
  print: (wire, at, _end, out) => writeName(wire, at, out),
};

export function takeName(fields: Fields, out: WireWriter): void {
  const i = takeBare(fields, 'a name');
  const start = fields.starts[i]!;
  const end = fields.ends[i]!;
  if (end - start === 1 && fields.bytes[start] === 0x40) {
    if (fields.origin === undefined) throw new FormatError('an absolute name (ending in a dot)', '@', i);
    out.append(fields.origin);
  } else if (start === end) throw new FormatError('a name', 'an empty field', i);
  else appendName(fields.bytes, start, end, fields.origin, out);
}

/** RFC 1035 3.3, 1183, 1706, 2163, 2230, 2782, 6672, 6742 and the drafts of TALINK: RDATA of names and numbers. */
export const NAME_TYPES: readonly TypeRow[] = [
  [TYPE.NS, format(name)],
  [TYPE.MD, format(name)],
  [TYPE.MF, format(name)],
  [TYPE.CNAME, format(name)],
  [TYPE.SOA, format(name, name, u32, period, period, period, period)],
  [TYPE.MB, format(name)],
  [TYPE.MG, format(name)],
  [TYPE.MR, format(name)],
  [TYPE.PTR, format(name)],
  [TYPE.MINFO, format(name, name)],
  [TYPE.MX, format(u16, name)],
  [TYPE.RP, format(name, name)],
  [TYPE.AFSDB, format(u16, name)],
  [TYPE.RT, format(u16, name)],
  [TYPE['NSAP-PTR'], format(name)],
  [TYPE.PX, format(u16, name, name)],
  [TYPE.SRV, format(u16, u16, u16, name)],
  [TYPE.KX, format(u16, name)],
  [TYPE.DNAME, format(name)],
  [TYPE.TALINK, format(name, name)],
  [TYPE.LP, format(u16, name)],
];
