import { StringDecoder } from 'node:string_decoder';
import { stripVTControlCharacters } from 'node:util';
import { plain } from '../audit/describe.ts';
import type { Io } from '../io.ts';

/** The last lines are kept: a page that nobody reads to its end need not be longer. */
const MOST_LINES = 2000;
const MOST_COLUMNS = 2000;

/**
 * What commands print goes where it went, and its lines are kept to be read again. Secrets are not among them: those are shown and typed on the
 * terminal itself.
 */
export class KeptOutput {
  readonly io: Io;
  readonly #before: () => void;
  #lines: string[] = [];
  #rest = '';

  /** @param before told before each write */
  constructor(io: Io, before: () => void) {
    this.#before = before;
    const out = new StringDecoder('utf8');
    const err = new StringDecoder('utf8');
    this.io = {
      ...io,
      out: {
        write: (text) => {
          this.#keep(typeof text === 'string' ? text : out.write(text));
          return io.out.write(text);
        },
      },
      err: this.#keptStream(io.err, err),
    };
  }

  /** Lines since the last time. */
  take(): readonly string[] {
    const lines = [...this.#lines, ...(this.#rest === '' ? [] : [cleaned(this.#rest)])];
    this.#lines = [];
    this.#rest = '';
    return lines;
  }

  /** The stream as it is, but for `write`. */
  #keptStream(stream: NodeJS.WriteStream, decoder: StringDecoder): NodeJS.WriteStream {
    const write = (text: string | Uint8Array, ...rest: unknown[]): boolean => {
      this.#keep(typeof text === 'string' ? text : decoder.write(text));
      return Reflect.apply(stream.write, stream, [text, ...rest]) as boolean;
    };
    return new Proxy(stream, {
      get(target, name) {
        if (name === 'write') return write;
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }

  #keep(text: string): void {
    this.#before();
    const parts = (this.#rest + text).split('\n');
    this.#rest = parts.pop()!.slice(-MOST_COLUMNS);
    for (const part of parts) this.#lines.push(cleaned(part));
    if (this.#lines.length > MOST_LINES) this.#lines = this.#lines.slice(-MOST_LINES);
  }
}

/** A line that was written over shows what was written last, as a bar does. */
const cleaned = (line: string): string =>
  plain(stripVTControlCharacters(line).replace(/\r+$/, '').split('\r').at(-1)!.replaceAll('\t', '        ')).slice(0, MOST_COLUMNS);
