import { algorithmNumberFromText } from '../../dnssec/algorithm.ts';
import { FormatError } from '../format-error.ts';
import { TYPE } from '../rrtype.ts';
import { parseSerialTime, printTime } from '../time.ts';
import { base64Rest, hexRest, nextHashedOwner, salt } from './binary.ts';
import { type Codec, format, type TypeRow, verified } from './codec.ts';
import { name } from './names.ts';
import { mnemonic, readU32, u8, u16, u32 } from './numbers.ts';
import { fail, takeBare } from './read.ts';
import { typeBitmap, typeField } from './type-bitmap.ts';

const algorithm = mnemonic(1, 'a DNSSEC algorithm: number or mnemonic', algorithmNumberFromText);

/** Octets of the digests in use (IANA registry "DS RR Type Digest Algorithms"): SHA-1, SHA-256, SHA-384. */
const DIGEST_OCTETS = new Map<number, number>([
  [1, 20],
  [2, 32],
  [4, 48],
]);

/** RFC 4034 5.1. A digest of a known type has that type's length; CDS for deletion has one zero octet (RFC 8078 4). */
function digestLength(wire: Uint8Array, start: number, end: number): void {
  const type = wire[start + 3]!;
  const expected = DIGEST_OCTETS.get(type);
  const octets = end - start - 4;
  if (expected !== undefined && octets !== expected)
    throw new FormatError(`a digest of ${expected} octets for digest type ${type}`, `${octets} octets`);
}

const ds = verified(digestLength, u16, algorithm, u8, hexRest(1));

const time: Codec = {
  parse: (fields, out) => {
    const what = 'a time: YYYYMMDDHHMMSS, or seconds since 1970 below 2^32';
    const i = takeBare(fields, what);
    const seconds = parseSerialTime(fields.bytes, fields.starts[i]!, fields.ends[i]!);
    if (seconds === undefined) fail(fields, i, what);
    out.u32(seconds);
  },
  check: u32.check,
  print: (wire, at, _end, out) => {
    printTime(readU32(wire, at), out);
    return at + 4;
  },
};

const rrsig = format(typeField, algorithm, u8, u32, time, time, u16, name, base64Rest(1));

const PROTOCOLS: ReadonlyMap<string, number> = new Map([
  ['NONE', 0],
  ['TLS', 1],
  ['EMAIL', 2],
  ['DNSSEC', 3],
  ['IPSEC', 4],
  ['ALL', 255],
]);
const protocol = mnemonic(1, 'a protocol number', (text) => PROTOCOLS.get(text));

const dnskey = format(u16, protocol, algorithm, base64Rest(1));

/** RFC 2535, 4034, 4431, 5155, 7344, 7477, 8976 and the registrations of RKEY and TA. */
export const DNSSEC_TYPES: readonly TypeRow[] = [
  [TYPE.SIG, rrsig],
  [TYPE.KEY, dnskey],
  [TYPE.DS, ds],
  [TYPE.RRSIG, rrsig],
  [TYPE.NSEC, format(name, typeBitmap)],
  [TYPE.DNSKEY, dnskey],
  [TYPE.NSEC3, format(u8, u8, u16, salt, nextHashedOwner, typeBitmap)],
  [TYPE.NSEC3PARAM, format(u8, u8, u16, salt)],
  [TYPE.RKEY, dnskey],
  [TYPE.CDS, ds],
  [TYPE.CDNSKEY, dnskey],
  [TYPE.CSYNC, format(u32, u16, typeBitmap)],
  [TYPE.TA, ds],
  [TYPE.DLV, ds],
];
