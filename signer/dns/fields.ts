import { latin1 } from './bytes.ts';
import { FormatError } from './format-error.ts';
import type { WireName } from './name.ts';

/**
 * The fields of one entry of a zone file: spans of the line buffer, filled by the lexer and read from left to right
 * by the parsers of RDATA. One object is used for all entries of a file; spans are valid until the next entry.
 */
export class Fields {
  /** The buffer that the spans point into. */
  bytes: Uint8Array = new Uint8Array(0);
  /** First octet of field i, after an opening quote. */
  starts: Uint32Array = new Uint32Array(64);
  /** One past the last octet of field i, before a closing quote. Escapes are still in place. */
  ends: Uint32Array = new Uint32Array(64);
  /** 1 where field i was quoted. */
  quoted: Uint8Array = new Uint8Array(64);
  count = 0;
  /** Index of the next field to be read. */
  next = 0;
  /** For names without final dot. */
  origin: WireName | undefined = undefined;

  /** Adds a field; used by the lexer and by tests. */
  push(start: number, end: number, quoted: boolean): void {
    if (this.count === this.starts.length) this.#grow();
    this.starts[this.count] = start;
    this.ends[this.count] = end;
    this.quoted[this.count++] = quoted ? 1 : 0;
  }

  #grow(): void {
    const size = this.count * 2;
    const copy = <T extends Uint32Array | Uint8Array>(to: T, from: T): T => {
      to.set(from);
      return to;
    };
    this.starts = copy(new Uint32Array(size), this.starts);
    this.ends = copy(new Uint32Array(size), this.ends);
    this.quoted = copy(new Uint8Array(size), this.quoted);
  }

  get left(): number {
    return this.count - this.next;
  }

  /** Takes the next field and returns its index. @throws FormatError if there is none */
  take(expected: string): number {
    if (this.next >= this.count) throw new FormatError(expected, 'the end of the record', this.count);
    return this.next++;
  }

  /** The raw text of field i, escapes in place, one octet a character. */
  text(i: number): string {
    return latin1(this.bytes, this.starts[i]!, this.ends[i]!);
  }

  /** Takes the next field as raw text. */
  takeText(expected: string): string {
    return this.text(this.take(expected));
  }

  /** @throws FormatError when fields are left over */
  end(): void {
    if (this.left > 0) throw new FormatError('the end of the record', this.text(this.next), this.next);
  }
}
