import { fstatSync, readSync } from 'node:fs';
import { Fault } from '../../signer/errors.ts';
import type { SignedCheckpoint } from './checkpoint-store.ts';
import type { WholeLog } from './log.ts';
import { MerkleTree, nodeSha256 } from './merkle.ts';

const LINE_FEED = 10;
/** Room for what one session appends, so that a large log is not copied for it. */
const ROOM = 262_144;

/** The lines of entries.jsonl in memory, with their tree. Grows at its end. */
export class LogLines implements WholeLog {
  #octets: Buffer;
  #length: number;
  readonly lineEnds: number[] = [];
  readonly tree = new MerkleTree(nodeSha256);
  /** What stands behind the last line feed. */
  torn: Uint8Array;
  /** The newest one stored. */
  checkpoint: SignedCheckpoint | undefined;

  /** @param octets as read; `length` of them belong to the file, the rest is room */
  constructor(octets: Buffer, length: number) {
    this.#octets = octets;
    this.#length = octets.subarray(0, length).lastIndexOf(LINE_FEED) + 1;
    this.torn = new Uint8Array(octets.subarray(this.#length, length));
    this.#take(0);
  }

  /** Complete lines. */
  get octets(): Uint8Array {
    return new Uint8Array(this.#octets.buffer, this.#octets.byteOffset, this.#length);
  }

  get length(): number {
    return this.#length;
  }

  /** @throws RangeError outside of the log */
  leafAt(seq: number): Uint8Array {
    const end = this.lineEnds[seq];
    if (end === undefined) throw new RangeError(`there is no entry ${seq} in a log of ${this.lineEnds.length}`);
    const start = seq === 0 ? 0 : this.lineEnds[seq - 1]! + 1;
    return new Uint8Array(this.#octets.buffer, this.#octets.byteOffset + start, end - start);
  }

  *leavesFrom(seq: number): Generator<Uint8Array> {
    for (let i = seq; i < this.lineEnds.length; i++) yield this.leafAt(i);
  }

  /** @param lines each with its line feed */
  push(lines: Uint8Array): void {
    const from = this.#length;
    const to = from + lines.length;
    if (to > this.#octets.length) {
      const larger = Buffer.allocUnsafeSlow(to + Math.max(ROOM, to >>> 3));
      larger.set(this.octets);
      this.#octets = larger;
    }
    this.#octets.set(lines, from);
    this.#length = to;
    this.#take(from);
  }

  /** Lines from `from` on, which are in memory already, go into the tree. */
  #take(from: number): void {
    let start = from;
    while (start < this.#length) {
      const end = this.#octets.indexOf(LINE_FEED, start);
      this.lineEnds.push(end);
      this.tree.add(this.#octets.subarray(start, end));
      start = end + 1;
    }
  }
}

/** Reads the whole file. @throws Fault audit/not-readable */
export function readLines(path: string, fd: number): LogLines {
  try {
    const octets = Buffer.allocUnsafeSlow(fstatSync(fd).size + ROOM);
    let length = 0;
    for (;;) {
      const count = readSync(fd, octets, length, octets.length - length, length);
      if (count === 0) break;
      length += count;
    }
    return new LogLines(octets, length);
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? 'error';
    throw new Fault('audit/not-readable', `${path} could not be read (${why})`, 'check the disk, or bring the log back from an export', {
      cause,
    });
  }
}
