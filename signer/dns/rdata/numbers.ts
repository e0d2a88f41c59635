import type { WireWriter } from '../bytes.ts';
import { FormatError } from '../format-error.ts';
import { parseTtl } from '../ttl.ts';
import type { Codec } from './codec.ts';
import { fail, mnemonicOf, takeBare, takeUint, uintOf } from './read.ts';
import { writeUint } from './write.ts';

/** Unsigned numbers, big-endian in the wire, decimal in text. */

/** @throws FormatError if fewer than `octets` are left. @returns where the next piece starts */
export function skip(octets: number, at: number, end: number): number {
  if (end - at < octets) throw new FormatError(`${octets} more octets`, `${end - at}`);
  return at + octets;
}

export const readU16 = (wire: Uint8Array, at: number): number => (wire[at]! << 8) | wire[at + 1]!;

export const readU32 = (wire: Uint8Array, at: number): number =>
  ((wire[at]! << 24) | (wire[at + 1]! << 16) | (wire[at + 2]! << 8) | wire[at + 3]!) >>> 0;

export const u8: Codec = {
  parse: (fields, out) => out.u8(takeUint(fields, 0xff)),
  check: (_wire, at, end) => skip(1, at, end),
  print: (wire, at, _end, out) => {
    writeUint(wire[at]!, out);
    return at + 1;
  },
};

const u16Wire = {
  check: (_wire: Uint8Array, at: number, end: number) => skip(2, at, end),
  print: (wire: Uint8Array, at: number, _end: number, out: WireWriter) => {
    writeUint(readU16(wire, at), out);
    return at + 2;
  },
};

const u32Wire = {
  check: (_wire: Uint8Array, at: number, end: number) => skip(4, at, end),
  print: (wire: Uint8Array, at: number, _end: number, out: WireWriter) => {
    writeUint(readU32(wire, at), out);
    return at + 4;
  },
};

export const u16: Codec = { parse: (fields, out) => out.u16(takeUint(fields, 0xffff)), ...u16Wire };

export const u32: Codec = { parse: (fields, out) => out.u32(takeUint(fields, 0xffff_ffff)), ...u32Wire };

/** Seconds, or `1h30m` and the like; printed in seconds. */
export const period: Codec = {
  parse: (fields, out) => {
    const i = takeBare(fields, 'a number of seconds');
    const seconds = parseTtl(fields.bytes, fields.starts[i]!, fields.ends[i]!);
    if (seconds === undefined) fail(fields, i, 'a number of seconds, or 1w2d3h4m5s');
    out.u32(seconds);
  },
  ...u32Wire,
};

export type Mnemonics = ReadonlyMap<string, number>;

/** Number of one or two octets that may be written as mnemonic, in any letter case. Printed as number. */
export function mnemonic(octets: 1 | 2, what: string, lookUp: (mnemonic: string) => number | undefined): Codec {
  const max = octets === 1 ? 0xff : 0xffff;
  return {
    parse: (fields, out) => {
      const i = takeBare(fields, what);
      const number = uintOf(fields.bytes, fields.starts[i]!, fields.ends[i]!, max);
      const value = number >= 0 ? number : lookUp(mnemonicOf(fields, i));
      if (value === undefined) fail(fields, i, what);
      if (octets === 1) out.u8(value);
      else out.u16(value);
    },
    ...(octets === 1 ? { check: u8.check, print: u8.print } : u16Wire),
  };
}
