import { latin1, type WireWriter } from '../bytes.ts';
import type { Fields } from '../fields.ts';
import { FormatError } from '../format-error.ts';
import { TYPE } from '../rrtype.ts';
import { type Codec, format, type TypeRow } from './codec.ts';
import { readU32, skip } from './numbers.ts';
import { fail, takeBare, takeUint } from './read.ts';
import { writeAscii } from './write.ts';

/**
 * LOC (RFC 1876 2): version(1) size(1) horizontal precision(1) vertical precision(1) latitude(4) longitude(4)
 * altitude(4). Angles in thousandths of an arc second from 2^31, altitude in centimetres from 100 km below.
 */
const EQUATOR = 0x8000_0000;
const DEGREE = 3_600_000;
const ALTITUDE_BASE = 10_000_000;
/** 9e9 is the largest that the octet can say (RFC 1876 2); decimals beyond it are cut off, as all name servers but Knot DNS do. */
const MAX_LENGTH = 9_000_000_099;
const DEFAULT_SIZE = 100;
const DEFAULT_HORIZONTAL = 1_000_000;
const DEFAULT_VERTICAL = 1_000;

const position: Codec = { parse, check, print };

export const LOCATION_TYPES: readonly TypeRow[] = [[TYPE.LOC, format(position)]];

function parse(fields: Fields, out: WireWriter): void {
  const latitude = takeAngle(fields, 90, 'N', 'S');
  const longitude = takeAngle(fields, 180, 'E', 'W');
  const altitude = takeMetres(fields, /^([-+]?)([0-9]+)(?:\.([0-9]{0,2}))?m?$/, 'an altitude from -100000.00 to 42849672.95 metres');
  const level = altitude + ALTITUDE_BASE;
  if (level < 0 || level > 0xffff_ffff) fail(fields, fields.next - 1, 'an altitude from -100000.00 to 42849672.95 metres');
  out.u8(0);
  for (const preset of [DEFAULT_SIZE, DEFAULT_HORIZONTAL, DEFAULT_VERTICAL]) out.u8(encodeLength(takeLength(fields, preset)));
  out.u32(latitude);
  out.u32(longitude);
  out.u32(level);
}

/**
 * Degrees, then minutes, then seconds with up to three decimals, the last two optional, then the hemisphere. Each has
 * its own range (RFC 1876 3), so that 90 59 59.999 is taken: Knot DNS, NSD and ldns do the same.
 */
function takeAngle(fields: Fields, maxDegrees: number, positive: string, negative: string): number {
  const degrees = takeUint(fields, maxDegrees);
  let angle = degrees * DEGREE;
  let hemisphere = hemisphereOf(fields, positive, negative);
  if (hemisphere === 0) {
    angle += takeUint(fields, 59) * 60_000;
    hemisphere = hemisphereOf(fields, positive, negative);
  }
  if (hemisphere === 0) {
    const what = 'seconds from 0 to 59.999';
    const i = takeBare(fields, what);
    const parts = /^([0-9]+)(?:\.([0-9]{0,3}))?$/.exec(fields.text(i));
    if (parts === null || Number(parts[1]) > 59) fail(fields, i, what);
    angle += Number(parts[1]) * 1000 + Number((parts[2] ?? '').padEnd(3, '0'));
    hemisphere = hemisphereOf(fields, positive, negative);
  }
  if (hemisphere === 0) fail(fields, takeBare(fields, `${positive} or ${negative}`), `${positive} or ${negative}`);
  return EQUATOR + hemisphere * angle;
}

/** Takes the next field if it is one of the two letters. @returns 1, -1, or 0 if it is neither */
function hemisphereOf(fields: Fields, positive: string, negative: string): 1 | -1 | 0 {
  if (fields.left === 0 || fields.quoted[fields.next] === 1) return 0;
  const text = fields.text(fields.next);
  if (text !== positive && text !== negative) return 0;
  fields.next++;
  return text === positive ? 1 : -1;
}

/** @returns centimetres */
function takeMetres(fields: Fields, pattern: RegExp, what: string): number {
  const i = takeBare(fields, what);
  const parts = pattern.exec(latin1(fields.bytes, fields.starts[i]!, fields.ends[i]!));
  if (parts === null) fail(fields, i, what);
  const centimetres = Number(parts[2]) * 100 + Number((parts[3] ?? '').padEnd(2, '0'));
  return parts[1] === '-' ? -centimetres : centimetres;
}

function takeLength(fields: Fields, preset: number): number {
  if (fields.left === 0) return preset;
  const what = 'a length from 0 to 90000000.00 metres';
  const centimetres = takeMetres(fields, /^()([0-9]+)(?:\.([0-9]{0,2}))?m?$/, what);
  if (centimetres > MAX_LENGTH) fail(fields, fields.next - 1, what);
  return centimetres;
}

/** Leading digit and power of ten, four bits each; further digits are cut off. */
function encodeLength(centimetres: number): number {
  let exponent = 0;
  let mantissa = centimetres;
  for (; mantissa >= 10; exponent++) mantissa = Math.floor(mantissa / 10);
  return (mantissa << 4) | exponent;
}

function check(wire: Uint8Array, at: number, end: number): number {
  if (wire[skip(1, at, end) - 1] !== 0) return end;
  const next = skip(16, at, end);
  for (let i = at + 1; i < at + 4; i++)
    if (wire[i]! >> 4 > 9 || (wire[i]! & 15) > 9) throw new FormatError('a length of one digit and a power of ten', `octet ${wire[i]}`);
  if (Math.abs(readU32(wire, at + 4) - EQUATOR) >= 91 * DEGREE) throw new FormatError('a latitude of at most 90 degrees', 'more');
  if (Math.abs(readU32(wire, at + 8) - EQUATOR) >= 181 * DEGREE) throw new FormatError('a longitude of at most 180 degrees', 'more');
  return next;
}

function print(wire: Uint8Array, at: number, _end: number, out: WireWriter): number {
  if (wire[at] !== 0) throw new FormatError('LOC version 0', `${wire[at]}`);
  for (let i = at + 1; i < at + 4; i++)
    if (wire[i]! > 0 && wire[i]! < 16) throw new FormatError('zero as 0 times 1', `0 times 10 to the power of ${wire[i]}`);
  const altitude = readU32(wire, at + 12) - ALTITUDE_BASE;
  const lengths = [1, 2, 3].map((i) => metres((wire[at + i]! >> 4) * 10 ** (wire[at + i]! & 15)));
  const parts = [angleText(readU32(wire, at + 4), 'N', 'S'), angleText(readU32(wire, at + 8), 'E', 'W'), metres(altitude), ...lengths];
  writeAscii(parts.join(' '), out);
  return at + 16;
}

function angleText(value: number, positive: string, negative: string): string {
  const angle = Math.abs(value - EQUATOR);
  const minutes = Math.floor(angle / 60_000);
  const seconds = angle % 60_000;
  const secondsText = `${Math.floor(seconds / 1000)}.${(seconds % 1000).toString().padStart(3, '0')}`;
  return `${Math.floor(minutes / 60)} ${minutes % 60} ${secondsText} ${value >= EQUATOR ? positive : negative}`;
}

function metres(centimetres: number): string {
  const absolute = Math.abs(centimetres);
  return `${centimetres < 0 ? '-' : ''}${Math.floor(absolute / 100)}.${(absolute % 100).toString().padStart(2, '0')}m`;
}
