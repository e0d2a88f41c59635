import { WireWriter } from '../dns/bytes.ts';
import { FormatError } from '../dns/format-error.ts';
import { classOf } from './mnemonic.ts';
import { type OpenFile, type Reader, report, reportField, reportFormat, takeTtl } from './reader.ts';
import { spanText } from './report.ts';
import type { ZoneSource } from './source.ts';
import { expand, parseTemplate, type Template } from './template.ts';

/** Records that the $GENERATE directives of a zone may make in all. */
export const MAX_GENERATED = 1_000_000;
/** Octets of text that they may make in all: a line of 10 kB, made a million times, fills the memory. */
export const MAX_GENERATED_OCTETS = 256 << 20;

const ID = 'ZONEFILE-GENERATE';
const TAB = 0x09;
const LF = 0x0a;
const BLANK = 0x20;
const QUOTATION_MARK = 0x22;
const BACKSLASH = 0x5c;

interface Range {
  readonly start: number;
  readonly stop: number;
  readonly step: number;
  /** How many numbers it has. */
  readonly count: number;
}

/**
 * `$GENERATE start-stop[/step] owner [TTL] [class] type RDATA` as in BIND: the lines it stands for, as a file to be
 * read next. RDATA in quotes is one text that is cut into fields after the numbers are put in.
 * @returns undefined: reported
 */
export function readGenerate(reader: Reader, file: OpenFile): ZoneSource | undefined {
  const { fields } = file.lexer;
  const range = readRange(reader, file);
  if (range === undefined) return undefined;
  fields.next = 3;
  const ttl = readTtlAndClass(reader, file);
  if (ttl === undefined) return undefined;
  const type = fields.next++;
  if (fields.next >= fields.count) {
    reportField(reader, file, ID, '$GENERATE', 'an owner, a type and RDATA', fields.count);
    return undefined;
  }
  try {
    const line = new WireWriter(256);
    for (const i of ttl < 0 ? [2, type] : [2, ttl, type]) {
      if (fields.quoted[i] === 1) throw new FormatError('text without quotation marks', fields.text(i), i);
      line.append(fields.bytes, fields.starts[i]!, fields.ends[i]!);
      line.u8(TAB);
    }
    appendRdata(file, line);
    line.u8(LF);
    const template = parseTemplate(line.slice(), range.start, range.stop);
    return hasRoom(reader, file, template, range) ? generatedSource(file.source.name, template, range) : undefined;
  } catch (error) {
    reportFormat(reader, file, ID, '$GENERATE', error);
    return undefined;
  }
}

/** @returns undefined: reported */
function readRange(reader: Reader, file: OpenFile): Range | undefined {
  const { fields } = file.lexer;
  const match =
    fields.count > 1 && fields.quoted[1] === 0 ? /^([0-9]{1,10})-([0-9]{1,10})(?:\/([0-9]{1,10}))?$/.exec(fields.text(1)) : null;
  const [start, stop, step] = [Number(match?.[1]), Number(match?.[2]), Number(match?.[3] ?? 1)];
  if (match === null || stop > 0x7fff_ffff || start > stop || step < 1) {
    reportField(reader, file, ID, '$GENERATE', 'start-stop or start-stop/step, not descending, up to 2147483647', 1);
    return undefined;
  }
  const limit = reader.options.maxGenerated ?? MAX_GENERATED;
  const count = Math.floor((stop - start) / step) + 1;
  if (reader.generated + count > limit) {
    reportLimit(reader, file, reader.generated + count, limit, 'records');
    return undefined;
  }
  reader.generated += count;
  return { start, stop, step, count };
}

function reportLimit(reader: Reader, file: OpenFile, wanted: number, limit: number, what: string): void {
  const { bytes, starts, ends } = file.lexer.fields;
  const text = `$GENERATE would make ${wanted} ${what} in this zone; at most ${limit} are made`;
  const found = spanText(bytes, starts[1]!, ends[1]!);
  report(reader, file, { id: 'ZONEFILE-GENERATE-LIMIT', text, found, expected: `at most ${limit} ${what}` }, starts[1]!);
}

/** Is there room for the text? The line of the last number stands for all. If there is none, that is reported. */
function hasRoom(reader: Reader, file: OpenFile, template: Template, range: Range): boolean {
  const line = new WireWriter(1024);
  expand(template, range.stop, line);
  const octets = reader.generatedOctets + line.length * range.count;
  if (octets <= MAX_GENERATED_OCTETS) {
    reader.generatedOctets = octets;
    return true;
  }
  reportLimit(reader, file, octets, MAX_GENERATED_OCTETS, 'octets of text');
  return false;
}

/** Moves to the type. @returns index of the field with the TTL, -1 if there is none; undefined: reported */
function readTtlAndClass(reader: Reader, file: OpenFile): number | undefined {
  const { fields } = file.lexer;
  let ttl = -1;
  for (; fields.next < fields.count; fields.next++) {
    const i = fields.next;
    const first = fields.bytes[fields.starts[i]!]!;
    const number = classOf(fields.bytes, fields.starts[i]!, fields.ends[i]!);
    if (number > 1) {
      reportField(reader, file, 'ZONEFILE-CLASS', 'class', 'IN', i);
      return undefined;
    }
    if (number === 1) continue;
    if (ttl >= 0 || first < 0x30 || first > 0x39) break;
    if (takeTtl(reader, file, i) < 0) return undefined;
    ttl = i;
  }
  return ttl;
}

/** The fields from `next` on, as text again. A lone quoted field loses its quotes, and the quotes in it their backslashes. */
function appendRdata(file: OpenFile, line: WireWriter): void {
  const { fields } = file.lexer;
  const isLoneQuoted = fields.left === 1 && fields.quoted[fields.next] === 1;
  for (; fields.next < fields.count; fields.next++) {
    const i = fields.next;
    const isQuoted = fields.quoted[i] === 1 && !isLoneQuoted;
    if (isQuoted) line.u8(QUOTATION_MARK);
    for (let at = fields.starts[i]!; at < fields.ends[i]!; at++) {
      const octet = fields.bytes[at]!;
      if (octet === LF) throw new FormatError('RDATA on one line', 'a line break', i);
      if (isLoneQuoted && octet === BACKSLASH && fields.bytes[at + 1] === QUOTATION_MARK) continue;
      line.u8(octet);
    }
    if (isQuoted) line.u8(QUOTATION_MARK);
    line.u8(BLANK);
  }
}

/** The lines, made as they are read. */
function generatedSource(name: string, template: Template, range: Range): ZoneSource {
  const line = new WireWriter(1024);
  let done = 0;
  let next = range.start;
  return {
    name,
    identity: '',
    sizeHint: 0,
    read(into, at) {
      let to = at;
      while (to < into.length) {
        if (done === line.length) {
          if (next > range.stop) break;
          line.length = 0;
          done = 0;
          expand(template, next, line);
          next += range.step;
        }
        const count = Math.min(line.length - done, into.length - to);
        into.set(line.bytes.subarray(done, done + count), to);
        done += count;
        to += count;
      }
      return to - at;
    },
    [Symbol.dispose]() {},
  };
}
