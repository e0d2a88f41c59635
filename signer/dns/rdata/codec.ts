import type { WireWriter } from '../bytes.ts';
import type { Fields } from '../fields.ts';

/**
 * One piece of RDATA in its two forms: text of a zone file and wire. Most types are a list of these (see the tables
 * in the files beside this one). All three throw FormatError and nothing else.
 */
export interface Codec {
  /** Takes the fields it needs and appends their wire form. */
  parse(fields: Fields, out: WireWriter): void;
  /** @returns where the next piece starts. @throws FormatError if wire[at..end) does not begin with a well-formed piece */
  check(wire: Uint8Array, at: number, end: number): number;
  /**
   * Appends the text of the piece at `at`, which has passed `check`. @returns where the next piece starts
   * @throws FormatError if the octets are well-formed but text cannot say them; the record is then printed in generic form
   */
  print(wire: Uint8Array, at: number, end: number, out: WireWriter): number;
}

/** The RDATA format of a type. */
export interface RdataFormat {
  readonly codecs: readonly Codec[];
  /** Rules across pieces: gets RDATA whose pieces are well-formed one by one. @throws FormatError */
  readonly verify: ((wire: Uint8Array, start: number, end: number) => void) | undefined;
}

/** A line in a table of types. */
export type TypeRow = readonly [type: number, format: RdataFormat];

export function format(...codecs: readonly Codec[]): RdataFormat {
  return { codecs, verify: undefined };
}

export function verified(verify: (wire: Uint8Array, start: number, end: number) => void, ...codecs: readonly Codec[]): RdataFormat {
  return { codecs, verify };
}
