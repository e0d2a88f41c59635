import type { WireWriter } from '../dns/bytes.ts';
import { printGeneric, printRdata } from '../dns/rdata/registry.ts';
import { writeType } from '../dns/rdata/type-text.ts';
import { writeAscii, writeName, writeUint } from '../dns/rdata/write.ts';

const LF = 0x0a;
const TAB = 0x09;
/** Owner, TTL, class, type and blanks: 255 octets as `\DDD` and then some. */
const HEAD_OCTETS = 1100;

/**
 * Appends one record as a line: owner, TTL, IN, type, RDATA with tabs between them; absolute names, ASCII only.
 * Every name server reads it, whatever the type.
 * @param names holds the owner at `ownerAt`; @param wire the RDATA in start..end
 */
export function printRecord(
  names: Uint8Array,
  ownerAt: number,
  ttl: number,
  type: number,
  wire: Uint8Array,
  start: number,
  end: number,
  out: WireWriter,
): void {
  printHead(names, ownerAt, ttl, out);
  writeType(type, out);
  out.u8(TAB);
  printRdata(type, wire, start, end, out);
  out.u8(LF);
}

/** The same in the generic form `owner TTL IN TYPEn \# LENGTH HEX` (RFC 3597 5), for comparison with other programs. */
export function printGenericRecord(
  names: Uint8Array,
  ownerAt: number,
  ttl: number,
  type: number,
  wire: Uint8Array,
  start: number,
  end: number,
  out: WireWriter,
): void {
  printHead(names, ownerAt, ttl, out);
  writeAscii('TYPE', out);
  writeUint(type, out);
  out.u8(TAB);
  printGeneric(wire, start, end, out);
  out.u8(LF);
}

function printHead(names: Uint8Array, ownerAt: number, ttl: number, out: WireWriter): void {
  out.reserve(HEAD_OCTETS);
  writeName(names, ownerAt, out);
  out.u8(TAB);
  writeUint(ttl, out);
  writeAscii('\tIN\t', out);
}
