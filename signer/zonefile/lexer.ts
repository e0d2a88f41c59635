import { Fields } from '../dns/fields.ts';
import type { ZoneSource } from './source.ts';

/** Octets read at a time. */
export const CHUNK_OCTETS = 1 << 20;
/** Longest entry that is kept in memory: 65535 octets of RDATA, each written as `\DDD`, fit four times. */
export const MAX_ENTRY_OCTETS = 1 << 20;

/** What is wrong with the text of an entry, before its fields mean anything. */
export type LexicalFault = 'encoding' | 'nul' | 'quote-open' | 'paren-open' | 'paren-close' | 'too-long';

export interface Position {
  /** 1-based. */
  readonly line: number;
  /** 1-based, in octets. */
  readonly column: number;
}

const PLAIN = 0;
const BLANK = 1;
const LINE_FEED = 2;
const CARRIAGE_RETURN = 3;
const QUOTE = 4;
const COMMENT = 5;
const OPEN = 6;
const CLOSE = 7;
const ESCAPE = 8;
const NUL = 9;
const CONTROL = 10;

const LF = 0x0a;
const CR = 0x0d;
const EQUALS = 0x3d;
const QUOTATION_MARK = 0x22;
const BACKSLASH = 0x5c;

const KIND = Uint8Array.from({ length: 256 }, (_, octet) => {
  const at = '\t \n\r";()\\\0'.indexOf(String.fromCharCode(octet));
  if (at >= 0) return [BLANK, BLANK, LINE_FEED, CARRIAGE_RETURN, QUOTE, COMMENT, OPEN, CLOSE, ESCAPE, NUL][at]!;
  return octet < 0x20 || octet === 0x7f ? CONTROL : PLAIN;
});

/**
 * Cuts a zone file into entries (RFC 1035 5.1): a line, or several held together by parentheses. One pass over the
 * octets; the fields of an entry are spans of the buffer and valid until the next entry.
 *
 * An entry that reaches the end of the buffer is moved to its beginning and scanned again once more octets are there.
 * The octet after the last one is always a line feed, so that inner loops need no other bound: whatever they make of it,
 * the entry is then seen to be incomplete.
 */
export class Lexer {
  readonly fields = new Fields();
  /** The entry begins with a blank: it has the owner of the record before. */
  blankOwner = false;
  /** Line on which the entry begins. */
  line = 1;
  /** First fault of the entry. Its fields are then not to be used. */
  fault: LexicalFault | undefined = undefined;
  /** Offset of the fault in `fields.bytes`. */
  faultAt = 0;
  /** Offset of the first control character outside quotes and comments, or -1. */
  controlAt = -1;
  /** There is a field of the form `key="value"`. */
  hasPairs = false;

  readonly #source: ZoneSource;
  readonly #limit: number;
  #buffer: Uint8Array;
  #end = 0;
  #exhausted = false;
  #started = false;
  /** First octet of the entry, and its column less one. */
  #start = 0;
  #column = 0;
  /** First octet after the entry, and line feeds in the entry. */
  #next = 0;
  #lines = 0;
  #nextColumn = 0;
  /** First open parenthesis that lacks its partner, or -1. */
  #openAt = -1;

  /** `chunk` and `limit` are smaller in tests. */
  constructor(source: ZoneSource, chunk: number = CHUNK_OCTETS, limit: number = MAX_ENTRY_OCTETS) {
    this.#source = source;
    this.#limit = limit;
    const first = source.sizeHint > 0 ? Math.min(chunk, source.sizeHint + 1) : chunk;
    this.#buffer = new Uint8Array(first + 1);
  }

  /** Goes to the next entry, which may have no fields. @returns false at the end of the file */
  advance(): boolean {
    if (!this.#started) {
      this.#started = true;
      this.#refill();
      if (this.#isForeignEncoding()) return true;
    } else {
      this.line += this.#lines;
      this.#column = this.#nextColumn;
      this.#start = this.#next;
    }
    for (;;) {
      this.fault = undefined;
      if (this.#start === this.#end && this.#exhausted) return false;
      if (this.#start < this.#end && this.#scan()) return true;
      if (this.#end - this.#start > this.#limit) {
        this.#giveUp();
        return true;
      }
      this.#refill();
    }
  }

  /** Line and column of an octet of the entry. */
  positionOf(offset: number): Position {
    const { bytes } = this.fields;
    let { line } = this;
    let column = this.#column + 1 + offset - this.#start;
    for (let i = this.#start; i < offset; i++) {
      if (bytes[i] !== LF) continue;
      line++;
      column = offset - i;
    }
    return { line, column };
  }

  /** Offset of the entry's first octet that is not a blank. */
  get firstAt(): number {
    let i = this.#start;
    while (KIND[this.#buffer[i]!] === BLANK) i++;
    return i;
  }

  /** Offset where the text of the entry ends, its line break left out. */
  get endAt(): number {
    let i = this.#next;
    while (i > this.#start && (this.#buffer[i - 1] === LF || this.#buffer[i - 1] === CR)) i--;
    return i;
  }

  #refill(): void {
    const kept = this.#end - this.#start;
    if (2 * kept >= this.#buffer.length) {
      const larger = new Uint8Array(2 * this.#buffer.length + 1);
      larger.set(this.#buffer.subarray(this.#start, this.#end));
      this.#buffer = larger;
    } else this.#buffer.copyWithin(0, this.#start, this.#end);
    this.#start = 0;
    this.#end = kept;
    const into = this.#buffer.subarray(0, this.#buffer.length - 1);
    while (this.#end < into.length && !this.#exhausted) {
      const count = this.#source.read(into, this.#end);
      this.#end += count;
      this.#exhausted = count === 0;
    }
    this.#buffer[this.#end] = LF;
    this.fields.bytes = this.#buffer;
  }

  /** Byte order marks of UTF-8 and UTF-16: the rest of the file is not looked at. */
  #isForeignEncoding(): boolean {
    const [a, b, c] = this.#buffer;
    const utf8 = this.#end >= 3 && a === 0xef && b === 0xbb && c === 0xbf;
    const utf16 = this.#end >= 2 && ((a === 0xfe && b === 0xff) || (a === 0xff && b === 0xfe));
    if (!utf8 && !utf16) return false;
    this.#fail('encoding', 0);
    this.#next = this.#end;
    this.#exhausted = true;
    return true;
  }

  #fail(fault: LexicalFault, at: number): void {
    if (this.fault !== undefined) return;
    this.fault = fault;
    this.faultAt = at;
  }

  /** Cuts one entry into fields. @returns false if it goes on after the end of the buffer */
  #scan(): boolean {
    const { fields } = this;
    const bytes = this.#buffer;
    const end = this.#end;
    let i = this.#start;
    let depth = 0;
    fields.count = 0;
    fields.next = 0;
    this.controlAt = -1;
    this.hasPairs = false;
    this.#openAt = -1;
    this.#lines = 0;
    this.#nextColumn = 0;
    this.blankOwner = KIND[bytes[i]!] === BLANK;
    for (;;) {
      switch (KIND[bytes[i]!]) {
        case BLANK:
          i++;
          break;
        case LINE_FEED:
          if (i === end) {
            if (!this.#exhausted) return false;
            this.#next = end;
            if (depth > 0) this.#rewind('paren-open');
            return true;
          }
          this.#lines++;
          i++;
          if (depth > 0) break;
          this.#next = i;
          return true;
        case CARRIAGE_RETURN:
          if (i + 1 === end && !this.#exhausted) return false;
          i++;
          if (depth > 0 || bytes[i] === LF) break;
          this.#next = i;
          this.#nextColumn = this.positionOf(i).column - 1;
          return true;
        case COMMENT:
          while (bytes[i] !== LF) i++;
          break;
        case OPEN:
          if (depth++ === 0) this.#openAt = i;
          i++;
          break;
        case CLOSE:
          if (depth === 0) this.#fail('paren-close', i);
          else if (--depth === 0) this.#openAt = -1;
          i++;
          break;
        case QUOTE: {
          const close = this.#skipQuoted(i + 1);
          fields.push(i + 1, close, true);
          i = bytes[close] === QUOTATION_MARK ? close + 1 : close;
          break;
        }
        default: {
          const stop = this.#skipField(i);
          fields.push(i, stop, false);
          i = stop;
        }
      }
    }
  }

  /** From an octet of a field to the first one that is not of it. */
  #skipField(from: number): number {
    const bytes = this.#buffer;
    let i = from;
    for (;;) {
      while (KIND[bytes[i]!] === PLAIN) i++;
      switch (KIND[bytes[i]!]) {
        case ESCAPE:
          i++;
          // A line break ends the field even so: the parser of the field finds a lone backslash.
          if (bytes[i] === LF || bytes[i] === CR) return i;
          i++;
          break;
        case NUL:
          this.#fail('nul', i++);
          break;
        case CONTROL:
          if (this.controlAt < 0) this.controlAt = i;
          i++;
          break;
        case QUOTE: {
          if (i === from || bytes[i - 1] !== EQUALS) return i;
          const close = this.#skipQuoted(i + 1);
          this.hasPairs = true;
          return bytes[close] === QUOTATION_MARK ? close + 1 : close;
        }
        default:
          return i;
      }
    }
  }

  /** To the closing quotation mark, or to the line feed that stands before any. */
  #skipQuoted(from: number): number {
    const bytes = this.#buffer;
    for (let i = from; ; i++) {
      const octet = bytes[i]!;
      if (octet === QUOTATION_MARK) return i;
      if (octet === BACKSLASH && i + 1 < this.#end) {
        if (bytes[++i] === LF) this.#lines++;
      } else if (octet === 0) this.#fail('nul', i);
      else if (octet === LF) {
        this.#fail('quote-open', from - 1);
        return i;
      }
    }
  }

  /** Drops what is read of an entry that does not end, and goes on after a line feed. */
  #giveUp(): void {
    this.fault = undefined;
    this.fields.count = 0;
    if (this.#openAt >= 0) {
      this.#rewind('too-long');
      if (this.#next < this.#end) return;
      this.fault = undefined;
    }
    this.#fail('too-long', this.#start);
    const into = this.#buffer.subarray(0, this.#buffer.length - 1);
    // The octet at #start stays: the position of the fault is still asked for.
    let feed = this.#end;
    while (feed === this.#end && !this.#exhausted) {
      const count = this.#source.read(into, this.#start + 1);
      this.#exhausted = count === 0;
      this.#end = this.#start + 1 + count;
      this.#buffer[this.#end] = LF;
      feed = this.#buffer.indexOf(LF, this.#start + 1);
    }
    this.#lines = feed < this.#end ? 1 : 0;
    this.#next = Math.min(feed + 1, this.#end);
    this.#nextColumn = 0;
  }

  /** A parenthesis that is never closed swallows what follows: report it and go on after the line it stands on. */
  #rewind(fault: LexicalFault): void {
    this.#fail(fault, this.#openAt);
    this.fields.count = 0;
    const breakAt = this.#buffer.indexOf(LF, this.#openAt);
    this.#next = Math.min(breakAt + 1, this.#end);
    this.#lines = 0;
    for (let i = this.#start; i < this.#next; i++) if (this.#buffer[i] === LF) this.#lines++;
    this.#nextColumn = 0;
  }
}
