import { FormatError } from '../dns/format-error.ts';
import type { WireName } from '../dns/name.ts';
import { MAX_TTL, parseTtl } from '../dns/ttl.ts';
import type { RecordStore } from '../zone/record-store.ts';
import type { Lexer, Position } from './lexer.ts';
import { type Complaint, complain, mismatch, type Report, spanText } from './report.ts';
import type { ZoneFileFindingId } from './rules.ts';
import type { ZoneOpener, ZoneSource } from './source.ts';

/** No owner yet: a record that begins with a blank is an error. */
export const NO_OWNER = -1;
/** The owner that stands there is an error: the records that inherit it are read, and not kept. */
export const BAD_OWNER = -2;

/** A file that is being read: the zone file, or below an $INCLUDE or $GENERATE. */
export interface OpenFile {
  readonly source: ZoneSource;
  readonly lexer: Lexer;
  /** Index into the sources of the store. */
  readonly index: number;
  /** Set for the text made by $GENERATE: where the directive stands. */
  readonly generatedAt: Position | undefined;
  origin: WireName;
  /** Name index of the last owner, or NO_OWNER or BAD_OWNER. */
  owner: number;
  /** Text of the last owner, to recognize it when it comes again. */
  readonly ownerText: Uint8Array;
  /** 0 if `owner` was not written under the present origin. */
  ownerTextLength: number;
  /** An $ORIGIN stands between the last owner and here. */
  originChanged: boolean;
}

/** State of one reading. */
export interface Reader {
  readonly opener: ZoneOpener;
  readonly options: ReadOptions;
  readonly store: RecordStore;
  readonly report: Report;
  /** The file being read last, the ones that include it before it. */
  readonly files: OpenFile[];
  /** Of $TTL, or of an SOA that came before any TTL; -1: none yet. */
  defaultTtl: number;
  /** TTL of the last record that states one; -1: none yet. */
  lastTtl: number;
  /** Files included, records generated and octets of their text so far. */
  inclusions: number;
  generated: number;
  generatedOctets: number;
}

export interface ReadOptions {
  /** Errors after which reading stops. */
  readonly maxErrors?: number;
  /** Records that $GENERATE may make in all. */
  readonly maxGenerated?: number;
  /** Octets read at a time, and longest entry. */
  readonly chunkOctets?: number;
  readonly maxEntryOctets?: number;
}

export function placeOf(file: OpenFile, offset: number): Position {
  return file.generatedAt ?? file.lexer.positionOf(offset);
}

export function report(reader: Reader, file: OpenFile, complaint: Complaint, offset: number): void {
  complain(reader.report, complaint, reader.store.sources[file.index]!, placeOf(file, offset));
}

/** Reports field i of the present entry; past the last field: the end of the entry. */
export function reportField(reader: Reader, file: OpenFile, id: ZoneFileFindingId, what: string, expected: string, i: number): void {
  const { fields } = file.lexer;
  const found = i < fields.count ? spanText(fields.bytes, fields.starts[i]!, fields.ends[i]!) : 'the end of the line';
  report(reader, file, mismatch(id, what, expected, found), fieldAt(file, i));
}

/** Reports what a parser of a field threw. */
export function reportFormat(reader: Reader, file: OpenFile, id: ZoneFileFindingId, what: string, error: unknown, type?: string): void {
  if (!(error instanceof FormatError)) throw error;
  const { fields } = file.lexer;
  const complaint = mismatch(id, what, error.expected, error.found);
  const offset = fieldAt(file, error.field ?? Math.max(0, fields.next - 1));
  report(reader, file, type === undefined ? complaint : { ...complaint, type }, offset);
}

function fieldAt(file: OpenFile, i: number): number {
  const { fields, firstAt } = file.lexer;
  if (i < fields.count) return fields.starts[i]! - fields.quoted[i]!;
  const last = fields.count - 1;
  return last < 0 ? firstAt : fields.ends[last]! + fields.quoted[last]!;
}

/** TTL in field i; one that is not a TTL is reported. @returns -1 if it is none */
export function takeTtl(reader: Reader, file: OpenFile, i: number): number {
  const { fields } = file.lexer;
  const ttl = fields.quoted[i] === 1 ? undefined : parseTtl(fields.bytes, fields.starts[i]!, fields.ends[i]!);
  if (ttl === undefined) {
    reportField(reader, file, 'ZONEFILE-TTL', 'TTL', 'seconds from 0 to 2147483647, or units as in 1h30m', i);
    return -1;
  }
  return ttl <= MAX_TTL ? ttl : tooLargeTtl(reader, file, ttl, fieldAt(file, i));
}

/** RFC 2181 8: a TTL with the most significant bit set is taken as 0. */
export function tooLargeTtl(reader: Reader, file: OpenFile, ttl: number, offset: number): number {
  const text = `TTL ${ttl} is above ${MAX_TTL} and counts as 0 (RFC 2181 8)`;
  report(reader, file, { id: 'ZONEFILE-TTL-RANGE', text, found: `${ttl}`, expected: `at most ${MAX_TTL}` }, offset);
  return 0;
}
