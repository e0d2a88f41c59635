import type { WireWriter } from '../bytes.ts';
import type { Fields } from '../fields.ts';
import { FormatError } from '../format-error.ts';
import { typeMnemonic } from '../rrtype.ts';
import { ADDRESS_TYPES } from './addresses.ts';
import type { RdataFormat } from './codec.ts';
import { DNSSEC_TYPES } from './dnssec.ts';
import { GATEWAY_TYPES } from './gateway.ts';
import { IDENTIFIER_TYPES } from './identifiers.ts';
import { LOCATION_TYPES } from './location.ts';
import { NAME_TYPES } from './names.ts';
import { OPAQUE_TYPES } from './opaque.ts';
import { OTHER_TYPES } from './others.ts';
import { PREFIX_TYPES } from './prefixes.ts';
import { fail, takeHexRest, takeUint } from './read.ts';
import { SERVICE_TYPES } from './services.ts';
import { SVCB_TYPES } from './svcb.ts';
import { TEXT_TYPES } from './text.ts';
import { isKnownEverywhere } from './type-text.ts';
import { writeAscii, writeHex, writeSpace, writeUint } from './write.ts';

const FORMATS: ReadonlyMap<number, RdataFormat> = new Map([
  ...NAME_TYPES,
  ...ADDRESS_TYPES,
  ...IDENTIFIER_TYPES,
  ...TEXT_TYPES,
  ...DNSSEC_TYPES,
  ...OPAQUE_TYPES,
  ...SVCB_TYPES,
  ...GATEWAY_TYPES,
  ...LOCATION_TYPES,
  ...PREFIX_TYPES,
  ...SERVICE_TYPES,
  ...OTHER_TYPES,
]);

const MAX_RDATA_OCTETS = 0xffff;

/**
 * Takes the fields that are left as the RDATA of `type`, in its presentation format or the generic one (RFC 3597 5),
 * and appends the wire form: names uncompressed, letter case kept.
 * @throws FormatError for anything wrong; what was appended by then is of no use, the caller cuts it off
 */
export function parseRdata(type: number, fields: Fields, out: WireWriter): void {
  const from = out.length;
  const layout = FORMATS.get(type);
  if (isGeneric(fields)) {
    parseGeneric(fields, out);
    if (layout !== undefined) checkFormat(layout, out.bytes, from, out.length);
    return;
  }
  if (layout === undefined) {
    const expected = `\\# and the length of the RDATA: ${typeMnemonic(type)} has no other format`;
    fail(fields, fields.take(expected), expected);
  }
  for (const codec of layout.codecs) codec.parse(fields, out);
  if (fields.next < fields.count) fields.end();
  if (out.length - from > MAX_RDATA_OCTETS) throw new FormatError('RDATA of at most 65535 octets', `${out.length - from} octets`);
  layout.verify?.(out.bytes, from, out.length);
}

function isGeneric(fields: Fields): boolean {
  const i = fields.next;
  if (i >= fields.count || fields.quoted[i] === 1) return false;
  const start = fields.starts[i]!;
  return fields.bytes[start] === 0x5c && fields.ends[i]! - start === 2 && fields.bytes[start + 1] === 0x23;
}

function parseGeneric(fields: Fields, out: WireWriter): void {
  fields.next++;
  const from = out.length;
  const length = takeUint(fields, MAX_RDATA_OCTETS);
  takeHexRest(fields, out);
  if (out.length - from !== length)
    throw new FormatError(`${length} octets of RDATA in hexadecimal`, `${out.length - from}`, fields.count - 1);
}

/** @returns what is wrong with the RDATA; undefined if it is well-formed, or if the type has no known format */
export function checkRdata(type: number, wire: Uint8Array, start: number, end: number): string | undefined {
  const layout = FORMATS.get(type);
  if (layout === undefined) return undefined;
  try {
    checkFormat(layout, wire, start, end);
    return undefined;
  } catch (error) {
    if (error instanceof FormatError) return error.message;
    throw error;
  }
}

function checkFormat(layout: RdataFormat, wire: Uint8Array, start: number, end: number): void {
  let at = start;
  for (const codec of layout.codecs) at = codec.check(wire, at, end);
  if (at !== end) throw new FormatError('the end of the RDATA', `${end - at} more octets`);
  layout.verify?.(wire, start, end);
}

/**
 * Appends the RDATA as every name server reads it: the presentation format where the type is known everywhere
 * (type-text.ts) and the octets are well-formed, else the generic one. To go with `writeType`.
 */
export function printRdata(type: number, wire: Uint8Array, start: number, end: number, out: WireWriter): void {
  if (isKnownEverywhere(type)) printPresentation(type, wire, start, end, out);
  else printGeneric(wire, start, end, out);
}

/** Appends the presentation format of the type, for people; the generic one if there is none or the octets are malformed. */
export function printPresentation(type: number, wire: Uint8Array, start: number, end: number, out: WireWriter): void {
  const layout = FORMATS.get(type);
  if (layout === undefined) {
    printGeneric(wire, start, end, out);
    return;
  }
  const from = out.length;
  try {
    checkFormat(layout, wire, start, end);
    printFormat(layout, wire, start, end, out);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    out.length = from;
    printGeneric(wire, start, end, out);
  }
}

function printFormat(layout: RdataFormat, wire: Uint8Array, start: number, end: number, out: WireWriter): void {
  let at = start;
  for (const codec of layout.codecs) {
    const before = out.length;
    if (at > start) writeSpace(out);
    const textAt = out.length;
    at = codec.print(wire, at, end, out);
    if (out.length === textAt) out.length = before;
  }
}

/** Appends `\# LENGTH HEX` (RFC 3597 5). */
export function printGeneric(wire: Uint8Array, start: number, end: number, out: WireWriter): void {
  writeAscii('\\# ', out);
  writeUint(end - start, out);
  if (end === start) return;
  writeSpace(out);
  writeHex(wire, start, end, out);
}
