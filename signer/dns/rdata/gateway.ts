import type { WireWriter } from '../bytes.ts';
import type { Fields } from '../fields.ts';
import { FormatError } from '../format-error.ts';
import { TYPE } from '../rrtype.ts';
import { ipv4, ipv6 } from './addresses.ts';
import { base64Rest } from './binary.ts';
import { type Codec, format, type TypeRow } from './codec.ts';
import { name } from './names.ts';
import { readU16, skip, u8 } from './numbers.ts';
import { appendHex, fail, takeBare, takeBase64, takeUint } from './read.ts';
import { writeAscii, writeBase64, writeHex, writeSpace, writeUint } from './write.ts';

/** No gateway: nothing in the wire, `.` in text. */
const nothing: Codec = {
  parse: (fields) => {
    const i = takeBare(fields, 'a dot, for no gateway');
    if (fields.text(i) !== '.') fail(fields, i, 'a dot, for no gateway');
  },
  check: (_wire, at) => at,
  print: (_wire, at, _end, out) => {
    writeAscii('.', out);
    return at;
  },
};

/** By gateway type (RFC 4025 2.3) and relay type (RFC 8777 4.2.3), which are the same. */
const GATEWAYS: readonly Codec[] = [nothing, ipv4, ipv6, name];

function gatewayOf(type: number): Codec {
  const codec = GATEWAYS[type];
  if (codec === undefined) throw new FormatError('a gateway type from 0 to 3', `${type}`);
  return codec;
}

const optionalKey = base64Rest(0);
const requiredKey = base64Rest(1);

/** RFC 4025 2.1: gateway type, algorithm, gateway, public key; algorithm 0 stands for no key (2.4), which BIND and ldns do not read as text. */
const ipsecKey: Codec = {
  parse: (fields, out) => {
    const gateway = gatewayOf(takeUint(fields, 255));
    out.u8(GATEWAYS.indexOf(gateway));
    const algorithm = takeUint(fields, 255);
    out.u8(algorithm);
    gateway.parse(fields, out);
    (algorithm === 0 ? optionalKey : requiredKey).parse(fields, out);
  },
  check: (wire, at, end) => {
    gatewayOf(wire[skip(2, at, end) - 2]!).check(wire, at + 2, end);
    return end;
  },
  print: (wire, at, end, out) => {
    writeUint(wire[at]!, out);
    writeSpace(out);
    writeUint(wire[at + 1]!, out);
    writeSpace(out);
    const key = gatewayOf(wire[at]!).print(wire, at + 2, end, out);
    // Knot DNS reads no key there.
    if (key < end && wire[at + 1] === 0) throw new FormatError('no key with algorithm 0', `${end - key} octets`);
    if (key < end) writeSpace(out);
    return requiredKey.print(wire, key, end, out);
  },
};

/** RFC 8777 4.2: discovery-optional bit with relay type in one octet, then the relay. */
const relay: Codec = {
  parse: (fields, out) => {
    const discoveryOptional = takeUint(fields, 1);
    const type = takeUint(fields, 127);
    out.u8((discoveryOptional << 7) | type);
    gatewayOf(type).parse(fields, out);
  },
  check: (wire, at, end) => gatewayOf(wire[skip(1, at, end) - 1]! & 127).check(wire, at + 1, end),
  print: (wire, at, end, out) => {
    writeUint(wire[at]! >> 7, out);
    writeSpace(out);
    writeUint(wire[at]! & 127, out);
    writeSpace(out);
    return gatewayOf(wire[at]! & 127).print(wire, at + 1, end, out);
  },
};

/** RFC 8005 5: HIT length(1) algorithm(1) key length(2) HIT key; in text algorithm, HIT in hexadecimal, key in base64. */
const hostIdentity: Codec = {
  parse: (fields: Fields, out: WireWriter) => {
    const at = out.length;
    out.u8(0);
    out.u8(takeUint(fields, 255));
    out.u16(0);
    const what = 'a host identity tag in hexadecimal';
    const i = takeBare(fields, what);
    if (!appendHex(fields.bytes, fields.starts[i]!, fields.ends[i]!, out)) fail(fields, i, what);
    const hitOctets = out.length - at - 4;
    if (hitOctets === 0 || hitOctets > 255) fail(fields, i, 'a host identity tag of 1 to 255 octets');
    if (fields.left === 0) fields.take('a public key in base64');
    takeBase64(fields, fields.next + 1, out);
    const keyOctets = out.length - at - 4 - hitOctets;
    if (keyOctets === 0 || keyOctets > 0xffff) fail(fields, i + 1, 'a public key in base64');
    out.bytes[at] = hitOctets;
    out.bytes[at + 2] = keyOctets >> 8;
    out.bytes[at + 3] = keyOctets;
  },
  check: (wire, at, end) => {
    skip(4, at, end);
    if (wire[at] === 0 || readU16(wire, at + 2) === 0) throw new FormatError('a host identity tag and a public key', 'an empty one');
    return skip(4 + wire[at]! + readU16(wire, at + 2), at, end);
  },
  print: (wire, at, _end, out) => {
    const key = at + 4 + wire[at]!;
    const next = key + readU16(wire, at + 2);
    writeUint(wire[at + 1]!, out);
    writeSpace(out);
    writeHex(wire, at + 4, key, out);
    writeSpace(out);
    writeBase64(wire, key, next, out);
    return next;
  },
};

/** RFC 8005 5: rendezvous servers, none or more. */
const nameList: Codec = {
  parse: (fields, out) => {
    while (fields.left > 0) name.parse(fields, out);
  },
  check: (wire, at, end) => {
    let next = at;
    while (next < end) next = name.check(wire, next, end);
    return next;
  },
  print: (wire, at, end, out) => {
    let next = at;
    while (next < end) {
      if (next > at) writeSpace(out);
      next = name.print(wire, next, end, out);
    }
    return next;
  },
};

export const GATEWAY_TYPES: readonly TypeRow[] = [
  [TYPE.IPSECKEY, format(u8, ipsecKey)],
  [TYPE.HIP, format(hostIdentity, nameList)],
  [TYPE.AMTRELAY, format(u8, relay)],
];
