import { WireWriter } from '../bytes.ts';
import { FormatError } from '../format-error.ts';
import { TYPE } from '../rrtype.ts';
import { appendIpv4, appendIpv6, ipv6, writeIpv4, writeIpv6 } from './addresses.ts';
import { type Codec, format, type TypeRow } from './codec.ts';
import { name } from './names.ts';
import { readU16, skip } from './numbers.ts';
import { fail, takeBare, takeUint, uintOf } from './read.ts';
import { writeSpace, writeUint } from './write.ts';

const COLON = 0x3a;
const SLASH = 0x2f;
const BANG = 0x21;

const FAMILY_IPV4 = 1;
const FAMILY_IPV6 = 2;
const isKnown = (family: number): boolean => family === FAMILY_IPV4 || family === FAMILY_IPV6;
const addressOctets = (family: number): number => (family === FAMILY_IPV4 ? 4 : 16);

/**
 * RFC 3123 4: items of family(2) prefix(1) negation(1 bit) with length(7 bits) address part without zero octets at
 * its end. In text `[!]family:address/prefix`; families 1 (IPv4) and 2 (IPv6).
 */
const addressPrefixes: Codec = {
  parse: (fields, out) => {
    const what = 'an address prefix such as !1:192.0.2.0/24';
    const address = new WireWriter(16);
    while (fields.left > 0) {
      const i = takeBare(fields, what);
      const { bytes } = fields;
      const negation = bytes[fields.starts[i]!] === BANG ? 0x80 : 0;
      const start = fields.starts[i]! + (negation ? 1 : 0);
      const end = fields.ends[i]!;
      const colon = bytes.subarray(0, end).indexOf(COLON, start);
      const slash = bytes.subarray(0, end).lastIndexOf(SLASH);
      if (colon < 0 || slash < colon) fail(fields, i, what);
      const family = uintOf(bytes, start, colon, 0xffff);
      if (!isKnown(family)) fail(fields, i, 'address family 1 (IPv4) or 2 (IPv6)');
      address.length = 0;
      const append = family === FAMILY_IPV4 ? appendIpv4 : appendIpv6;
      if (!append(bytes, colon + 1, slash, address)) fail(fields, i, what);
      const prefix = uintOf(bytes, slash + 1, end, addressOctets(family) * 8);
      if (prefix < 0) fail(fields, i, `a prefix length from 0 to ${addressOctets(family) * 8}`);
      while (address.length > 0 && address.bytes[address.length - 1] === 0) address.length--;
      out.u16(family);
      out.u8(prefix);
      out.u8(negation | address.length);
      out.append(address.bytes, 0, address.length);
    }
  },
  check: (wire, at, end) => {
    let i = at;
    while (i < end) {
      skip(4, i, end);
      const family = readU16(wire, i);
      const length = wire[i + 3]! & 0x7f;
      const most = isKnown(family) ? addressOctets(family) : length;
      if (length > most) throw new FormatError(`an address of at most ${most} octets`, `${length}`);
      if (isKnown(family) && wire[i + 2]! > most * 8) throw new FormatError(`a prefix length of at most ${most * 8}`, `${wire[i + 2]}`);
      i = skip(4 + length, i, end);
      if (length > 0 && wire[i - 1] === 0) throw new FormatError('an address without zero octets at its end', 'one');
    }
    return i;
  },
  print: (wire, at, end, out) => {
    const address = new Uint8Array(16);
    for (let i = at; i < end; i += 4 + (wire[i + 3]! & 0x7f)) {
      if (i > at) writeSpace(out);
      if (wire[i + 3]! & 0x80) out.u8(BANG);
      const family = readU16(wire, i);
      if (!isKnown(family)) throw new FormatError('address family 1 or 2', `${family}`);
      writeUint(family, out);
      out.u8(COLON);
      address.fill(0).set(wire.subarray(i + 4, i + 4 + (wire[i + 3]! & 0x7f)));
      if (family === FAMILY_IPV4) writeIpv4(address, 0, out);
      else writeIpv6(address, 0, out);
      out.u8(SLASH);
      writeUint(wire[i + 2]!, out);
    }
    return end;
  },
};

const suffixOctets = (prefix: number): number => Math.ceil((128 - prefix) / 8);

/** RFC 2874 3.1: prefix length(1), address suffix in as few octets as its bits need, prefix name unless the length is 0. */
const addressSuffix: Codec = {
  parse: (fields, out) => {
    const prefix = takeUint(fields, 128);
    out.u8(prefix);
    if (prefix < 128) {
      const address = new WireWriter(16);
      ipv6.parse(fields, address);
      const octets = suffixOctets(prefix);
      address.bytes[16 - octets]! &= 0xff >> (prefix % 8);
      out.append(address.bytes, 16 - octets, 16);
    }
    if (prefix > 0) name.parse(fields, out);
  },
  check: (wire, at, end) => {
    const prefix = wire[skip(1, at, end) - 1]!;
    if (prefix > 128) throw new FormatError('a prefix length of at most 128', `${prefix}`);
    const next = skip(suffixOctets(prefix), at + 1, end);
    if (prefix % 8 !== 0 && (wire[at + 1]! & ~(0xff >> (prefix % 8))) !== 0) throw new FormatError('zero bits within the prefix', 'ones');
    return prefix > 0 ? name.check(wire, next, end) : next;
  },
  print: (wire, at, end, out) => {
    const prefix = wire[at]!;
    writeUint(prefix, out);
    const next = at + 1 + suffixOctets(prefix);
    if (prefix < 128) {
      const address = new Uint8Array(16);
      address.set(wire.subarray(at + 1, next), 16 - suffixOctets(prefix));
      writeSpace(out);
      writeIpv6(address, 0, out);
    }
    if (prefix === 0) return next;
    writeSpace(out);
    return name.print(wire, next, end, out);
  },
};

export const PREFIX_TYPES: readonly TypeRow[] = [
  [TYPE.A6, format(addressSuffix)],
  [TYPE.APL, format(addressPrefixes)],
];
