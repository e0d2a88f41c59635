import { ARENA_LIMIT } from '../dns/bytes.ts';
import type { WireName } from '../dns/name.ts';
import type { Finding } from '../finding.ts';
import { RecordStore } from '../zone/record-store.ts';
import { isDirective, readDirective } from './directives.ts';
import { Lexer, type LexicalFault, type Position } from './lexer.ts';
import { BAD_OWNER, NO_OWNER, type OpenFile, type Reader, type ReadOptions, report } from './reader.ts';
import { readRecord } from './record.ts';
import { type Complaint, newReport } from './report.ts';
import type { ZoneOpener, ZoneSource } from './source.ts';

export interface ZoneFileReading {
  /** The records that could be read, in the order of the file, those outside the zone included. */
  readonly store: RecordStore;
  /** In the order of the file. */
  readonly findings: readonly Finding[];
  /** How many of them are errors. */
  readonly errors: number;
}

/** Arena to begin with: the wire form of a zone is seldom larger than half its text. */
const MAX_FIRST_ARENA = 1 << 28;
/** What one record may add to the arena: owner and RDATA. */
const MAX_RECORD_OCTETS = 255 + 0xffff + 0xffff;

/**
 * Reads a zone file in the master file format (RFC 1035 5.1, RFC 2308 4, RFC 3597 5; `$GENERATE` as BIND has it).
 * What is wrong becomes a finding with its place, and the reading goes on.
 * @param origin lower-case; what names without a final dot end in until the first $ORIGIN
 * @throws Refusal the file itself cannot be opened (an included one is a finding)
 */
export function readZoneFile(opener: ZoneOpener, path: string, origin: WireName, options: ReadOptions = {}): ZoneFileReading {
  const source = opener(path);
  const store = new RecordStore(Math.min(MAX_FIRST_ARENA, Math.ceil(source.sizeHint / 2)));
  const reader: Reader = {
    opener,
    options,
    store,
    report: newReport(options.maxErrors),
    files: [],
    defaultTtl: -1,
    lastTtl: -1,
    inclusions: 0,
    generated: 0,
    generatedOctets: 0,
  };
  try {
    enterFile(reader, source, origin);
    while (reader.files.length > 0) readNext(reader);
  } finally {
    while (reader.files.length > 0) leaveFile(reader);
  }
  return { store, findings: reader.report.findings, errors: reader.report.errors };
}

/** Reads one entry of the innermost file, or leaves it at its end. */
function readNext(reader: Reader): void {
  const file = reader.files.at(-1)!;
  const { lexer } = file;
  const { errors } = reader.report;
  while (lexer.advance()) {
    if (lexer.fault !== undefined) reportFault(reader, file, lexer.fault);
    else if (lexer.fields.count > 0) {
      if (lexer.controlAt >= 0) reportControl(reader, file);
      if (isDirective(file)) readDirective(reader, file, enterFile);
      else readRecord(reader, file);
    }
    if (reader.report.full || isArenaFull(reader, file)) {
      while (reader.files.length > 0) leaveFile(reader);
      return;
    }
    if (reader.files.at(-1) !== file) return;
    // One finding for a $GENERATE is enough: what follows fails in the same way.
    if (file.generatedAt !== undefined && reader.report.errors > errors) break;
  }
  leaveFile(reader);
}

/** The records of the file are read next; those after the directive that brought it come after them. */
function enterFile(reader: Reader, source: ZoneSource, origin: WireName, from?: OpenFile, generatedAt?: Position): void {
  const { chunkOctets, maxEntryOctets } = reader.options;
  const lexer = new Lexer(source, chunkOctets, maxEntryOctets);
  lexer.fields.origin = origin;
  let index = reader.store.sources.indexOf(source.name);
  if (index < 0) index = reader.store.sources.push(source.name) - 1;
  reader.files.push({
    source,
    lexer,
    index,
    generatedAt,
    origin,
    owner: from?.owner ?? NO_OWNER,
    ownerText: new Uint8Array(1024),
    ownerTextLength: 0,
    originChanged: false,
  });
}

function leaveFile(reader: Reader): void {
  reader.files.pop()?.source[Symbol.dispose]();
}

function isArenaFull(reader: Reader, file: OpenFile): boolean {
  if (reader.store.wire.length < ARENA_LIMIT - MAX_RECORD_OCTETS) return false;
  const text = `the zone is larger than ${ARENA_LIMIT} octets in wire form: the rest was not read`;
  report(reader, file, { id: 'ZONEFILE-TOO-LARGE', text }, file.lexer.firstAt);
  return true;
}

const FAULTS: Readonly<Record<LexicalFault, Complaint>> = {
  encoding: {
    id: 'ZONEFILE-ENCODING',
    text: 'the file begins with a byte order mark: it was saved as UTF-8 with BOM or as UTF-16',
    found: 'a byte order mark',
    expected: 'ASCII text, or UTF-8 without byte order mark',
  },
  nul: { id: 'ZONEFILE-NUL', text: 'an octet of value 0: this is not text', found: '\\000', expected: 'text' },
  'quote-open': {
    id: 'ZONEFILE-QUOTE-OPEN',
    text: 'the quoted string is not closed before the end of the line',
    found: 'the end of the line',
    expected: 'a closing quotation mark',
  },
  'paren-open': {
    id: 'ZONEFILE-PAREN-OPEN',
    text: 'the parenthesis is not closed before the end of the file',
    found: 'the end of the file',
    expected: 'a closing parenthesis',
  },
  'paren-close': {
    id: 'ZONEFILE-PAREN-CLOSE',
    text: 'the closing parenthesis has no opening one',
    found: ')',
    expected: 'an opening parenthesis before it',
  },
  'too-long': {
    id: 'ZONEFILE-ENTRY-TOO-LONG',
    text: 'the record is longer than any record can be: a line break or a closing parenthesis is missing',
    found: 'more than 1048576 octets',
    expected: 'a record of at most 1048576 octets',
  },
};

function reportFault(reader: Reader, file: OpenFile, fault: LexicalFault): void {
  // Whatever owner stood there is lost: what follows must not go to the one before.
  if (!file.lexer.blankOwner) file.owner = BAD_OWNER;
  file.ownerTextLength = 0;
  report(reader, file, FAULTS[fault], file.lexer.faultAt);
}

function reportControl(reader: Reader, file: OpenFile): void {
  const { controlAt, fields } = file.lexer;
  const found = `\\${fields.bytes[controlAt]!.toString().padStart(3, '0')}`;
  const text = `control character ${found} in the record`;
  report(reader, file, { id: 'ZONEFILE-CONTROL', text, found, expected: 'printable text, or the octet as \\DDD' }, controlAt);
}
