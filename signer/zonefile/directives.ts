import { WireWriter } from '../dns/bytes.ts';
import { FormatError } from '../dns/format-error.ts';
import { appendName, lowerCaseInPlace, octetOfEscape, type WireName } from '../dns/name.ts';
import { Refusal } from '../errors.ts';
import { readGenerate } from './generate.ts';
import type { Position } from './lexer.ts';
import { type OpenFile, placeOf, type Reader, report, reportField, reportFormat, takeTtl } from './reader.ts';
import { spanText } from './report.ts';
import type { ZoneSource } from './source.ts';

/** Files within files. */
export const MAX_INCLUDE_DEPTH = 16;
/** Inclusions in all: a few files that include each other many times are many. */
export const MAX_INCLUSIONS = 10_000;
/** Different files: the store numbers them in one octet. */
const MAX_SOURCES = 256;

const DOLLAR = 0x24;
const ID = 'ZONEFILE-DIRECTIVE';

/** Makes a file the one that is read next. @param generatedAt place of the $GENERATE that made its text */
export type EnterFile = (reader: Reader, source: ZoneSource, origin: WireName, from: OpenFile, generatedAt?: Position) => void;

/** A line that begins with `$`, unescaped and in the first column. */
export function isDirective(file: OpenFile): boolean {
  const { lexer } = file;
  const { fields } = lexer;
  return fields.bytes[fields.starts[0]!] === DOLLAR && !lexer.blankOwner && fields.quoted[0] === 0 && file.generatedAt === undefined;
}

export function readDirective(reader: Reader, file: OpenFile, enter: EnterFile): void {
  const { fields } = file.lexer;
  switch (fields.text(0).toUpperCase()) {
    case '$ORIGIN':
      readOrigin(reader, file);
      return;
    case '$TTL':
      readDefaultTtl(reader, file);
      return;
    case '$INCLUDE':
      readInclude(reader, file, enter);
      return;
    case '$GENERATE': {
      const source = readGenerate(reader, file);
      if (source !== undefined) enter(reader, source, file.origin, file, placeOf(file, fields.starts[0]!));
      return;
    }
    default:
      reportField(reader, file, ID, 'directive', '$ORIGIN, $TTL, $INCLUDE or $GENERATE', 0);
  }
}

/** Is the number of arguments right? If not, that is reported. */
function hasArguments(reader: Reader, file: OpenFile, least: number, most: number, expected: string): boolean {
  const { count } = file.lexer.fields;
  if (count - 1 >= least && count - 1 <= most) return true;
  const isShort = count - 1 < least;
  reportField(
    reader,
    file,
    ID,
    file.lexer.fields.text(0).toUpperCase(),
    isShort ? expected : 'the end of the line',
    isShort ? count : most + 1,
  );
  return false;
}

/** RFC 1035 5.1. A relative name is relative to the origin so far. */
function readOrigin(reader: Reader, file: OpenFile): void {
  if (!hasArguments(reader, file, 1, 1, 'a name')) return;
  const origin = nameIn(reader, file, 1);
  if (origin === undefined) return;
  file.origin = origin;
  file.lexer.fields.origin = origin;
  file.ownerTextLength = 0;
  file.originChanged = true;
}

/** @returns undefined: reported */
function nameIn(reader: Reader, file: OpenFile, i: number): WireName | undefined {
  const { fields } = file.lexer;
  if (fields.text(i) === '@') return file.origin;
  const out = new WireWriter(512);
  try {
    if (fields.quoted[i] === 1) throw new FormatError('a name without quotation marks', fields.text(i), i);
    fields.next = i + 1;
    appendName(fields.bytes, fields.starts[i]!, fields.ends[i]!, file.origin, out);
  } catch (error) {
    reportFormat(reader, file, ID, fields.text(0).toUpperCase(), error);
    return undefined;
  }
  lowerCaseInPlace(out.bytes, 0, out.length);
  return out.slice();
}

/** RFC 2308 4. It holds for all records after it, those of an including file as well. */
function readDefaultTtl(reader: Reader, file: OpenFile): void {
  if (!hasArguments(reader, file, 1, 1, 'a TTL')) return;
  const ttl = takeTtl(reader, file, 1);
  if (ttl >= 0) reader.defaultTtl = ttl;
}

/** RFC 1035 5.1: `$INCLUDE file [origin]`. Origin and last owner of this file are as before when it has been read. */
function readInclude(reader: Reader, file: OpenFile, enter: EnterFile): void {
  if (!hasArguments(reader, file, 1, 2, 'a file name')) return;
  const origin = file.lexer.fields.count > 2 ? nameIn(reader, file, 2) : file.origin;
  const source = origin === undefined ? undefined : openInclude(reader, file);
  if (origin === undefined || source === undefined) return;
  const wrong = objectionTo(reader, source);
  if (wrong === undefined) {
    reader.inclusions++;
    enter(reader, source, origin, file);
    return;
  }
  source[Symbol.dispose]();
  const { bytes, starts, ends } = file.lexer.fields;
  report(reader, file, { id: 'ZONEFILE-INCLUDE', text: wrong, found: spanText(bytes, starts[1]!, ends[1]!) }, starts[1]!);
}

/** @returns undefined: reported */
function openInclude(reader: Reader, file: OpenFile): ZoneSource | undefined {
  const { fields } = file.lexer;
  try {
    fields.next = 2;
    return reader.opener(fileName(fields.bytes, fields.starts[1]!, fields.ends[1]!), file.source);
  } catch (error) {
    if (error instanceof Refusal)
      report(reader, file, { id: 'ZONEFILE-INCLUDE', text: `${error.message}; ${error.hint}` }, fields.starts[1]!);
    else reportFormat(reader, file, 'ZONEFILE-INCLUDE', '$INCLUDE', error);
    return undefined;
  }
}

/** File names are UTF-8; a blank in one is quoted or escaped. */
function fileName(bytes: Uint8Array, start: number, end: number): string {
  const out = new WireWriter(end - start);
  for (let i = start; i < end; i++) {
    if (bytes[i] !== 0x5c) out.u8(bytes[i]!);
    else {
      out.u8(octetOfEscape(bytes, i, end));
      i += bytes[i + 1]! >= 0x30 && bytes[i + 1]! <= 0x39 ? 3 : 1;
    }
  }
  return new TextDecoder().decode(out.slice());
}

function objectionTo(reader: Reader, source: ZoneSource): string | undefined {
  if (reader.files.some((file) => file.source.identity === source.identity)) return `${source.name} includes itself`;
  if (reader.files.length > MAX_INCLUDE_DEPTH) return `${source.name} is included more than ${MAX_INCLUDE_DEPTH} files deep`;
  if (reader.inclusions >= MAX_INCLUSIONS) return `more than ${MAX_INCLUSIONS} files are included`;
  const { sources } = reader.store;
  if (sources.length >= MAX_SOURCES && !sources.includes(source.name)) return `more than ${MAX_SOURCES} different files are included`;
  return undefined;
}
