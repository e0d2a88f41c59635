import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { Fault, Refusal } from '../../signer/errors.ts';
import type { Job } from '../../tui/data.ts';
import { parseEntry } from '../audit/entry-line.ts';
import type { AnyEntry } from '../state/state.ts';

const LINE_FEED = 10;
const PIECE = 1 << 20;
/** Milliseconds that work goes on before the terminal is served. */
const TURN = 12;

/** entries.jsonl by the places of its lines: 8 octets an entry are in memory, lines are read when they are looked at. */
export class LogFile implements Disposable {
  readonly #path: string;
  readonly #fd: number;
  #ends: Float64Array;
  #count = 0;

  /** @param lineEnds places of the line feeds that are known. @throws Fault audit/not-readable */
  constructor(path: string, lineEnds: readonly number[]) {
    this.#path = path;
    this.#ends = new Float64Array(Math.max(1024, Math.ceil(lineEnds.length * 1.25)));
    this.#ends.set(lineEnds);
    this.#count = lineEnds.length;
    this.#fd = attempt(path, () => openSync(path, 'r'));
  }

  get size(): number {
    return this.#count;
  }

  /** @throws RangeError outside of the log; Fault audit/not-readable; Refusal audit/bad-entry, audit/unknown-entry */
  entryAt(seq: number): AnyEntry {
    return parseEntry(this.leafAt(seq).toString('latin1'), seq);
  }

  /** Exact octets of a line without its line feed. */
  leafAt(seq: number): Buffer {
    const end = this.#ends[seq];
    if (end === undefined || seq >= this.#count) throw new RangeError(`there is no entry ${seq} in a log of ${this.#count}`);
    const start = this.#start(seq);
    const octets = Buffer.allocUnsafe(end - start);
    this.#read(octets, start);
    return octets;
  }

  /**
   * Lines from `from` on in pieces, each leaf without its line feed; the terminal is served between them. Ends early where the job is stopped.
   * @throws Fault audit/not-readable; AbortError where the job was stopped
   */
  async *leaves(job: Job, label: string, from = 0): AsyncGenerator<readonly [seq: number, leaf: Buffer]> {
    const { size } = this;
    const begun = performance.now();
    let turn = begun;
    for (let seq = from; seq < size; ) {
      const until = this.#fitting(seq, size);
      const octets = Buffer.allocUnsafe(this.#ends[until - 1]! + 1 - this.#start(seq));
      const base = this.#start(seq);
      this.#read(octets, base);
      for (; seq < until; seq++) yield [seq, octets.subarray(this.#start(seq) - base, this.#ends[seq]! - base)];
      if (performance.now() - turn < TURN) continue;
      job.progress({ label, done: seq - from, total: size - from, seconds: (performance.now() - begun) / 1000 });
      await setImmediate();
      job.signal.throwIfAborted();
      turn = performance.now();
    }
  }

  /** Lines that were appended since, complete ones. @throws Refusal audit/truncated; Fault audit/not-readable */
  grown(): readonly AnyEntry[] {
    const { size } = attempt(this.#path, () => fstatSync(this.#fd));
    const start = this.#start(this.#count);
    if (size < start) {
      throw new Refusal(
        'audit/truncated',
        `${this.#path} had ${start} octets and has ${size} now`,
        'entries were removed, or an older copy of the log was put in its place: bring the newest copy back before anything else',
      );
    }
    const entries: AnyEntry[] = [];
    const octets = Buffer.allocUnsafe(size - start);
    this.#read(octets, start);
    for (let at = 0, end = octets.indexOf(LINE_FEED); end >= 0; at = end + 1, end = octets.indexOf(LINE_FEED, at)) {
      entries.push(parseEntry(octets.toString('latin1', at, end), this.#count));
      this.#push(start + end);
    }
    return entries;
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }

  #start(seq: number): number {
    return seq === 0 ? 0 : this.#ends[seq - 1]! + 1;
  }

  /** Index after the last line of those that fit into one piece; one at least. */
  #fitting(seq: number, size: number): number {
    const limit = this.#start(seq) + PIECE;
    let until = seq + 1;
    while (until < size && this.#ends[until]! < limit) until++;
    return until;
  }

  #push(end: number): void {
    if (this.#count === this.#ends.length) {
      const larger = new Float64Array(this.#ends.length * 2);
      larger.set(this.#ends);
      this.#ends = larger;
    }
    this.#ends[this.#count++] = end;
  }

  #read(into: Buffer, at: number): void {
    for (let done = 0; done < into.length; ) {
      const count = attempt(this.#path, () => readSync(this.#fd, into, done, into.length - done, at + done));
      if (count === 0)
        throw new Fault('audit/not-readable', `${this.#path} ends before octet ${at + into.length}`, 'leave, and run audit show');
      done += count;
    }
  }
}

function attempt<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? 'error';
    throw new Fault('audit/not-readable', `${path} could not be read (${why})`, 'check the disk, or bring the log back from an export', {
      cause,
    });
  }
}
