import { closeSync, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { Fault, Refusal } from '../../signer/errors.ts';
import type { Job } from '../../tui/data.ts';
import { newestCheckpoint, type SignedCheckpoint } from '../audit/checkpoint-store.ts';
import { parseEntry } from '../audit/entry-line.ts';
import type { LogContent } from '../audit/log.ts';
import { leafHash, MerkleTree, nodeSha256 } from '../audit/merkle.ts';
import type { AnyEntry } from '../state/state.ts';
import { LineEnds } from './line-ends.ts';
import { Turns } from './turns.ts';

const LINE_FEED = 10;
/** Far more than the longest line. */
const PIECE = 1 << 20;

/** Told of how far the reading of a whole log is. */
export type Told = (label: string, done: number, total: number) => void;

/**
 * A log that is followed while others write it: 8 octets an entry for the place of its line and 64 for the tree are in memory, lines are read when they
 * are looked at. Of what others append whole lines count; what is torn, or is being written, is looked at again later.
 */
export class LogFile implements LogContent, Disposable {
  readonly tree = new MerkleTree(nodeSha256);
  readonly #audit: string;
  readonly #path: string;
  readonly #fd: number;
  readonly #ends = new LineEnds();
  readonly #told: Told;
  #checkpoint: SignedCheckpoint | undefined;
  #seen: Stats;
  #isClosed = false;

  /**
   * Reads it once from end to end, in pieces.
   * @param audit folder of the log
   * @param told also of a fold over the entries
   * @throws Fault audit/not-readable; Refusal audit/no-log, audit/bad-entry, and those of newestCheckpoint
   */
  constructor(audit: string, told: Told = () => {}) {
    this.#told = told;
    this.#audit = audit;
    this.#path = join(audit, 'entries.jsonl');
    if (statSync(this.#path, { throwIfNoEntry: false }) === undefined)
      throw new Refusal('audit/no-log', `there is no log: ${this.#path} does not exist`, 'name the workspace, or bring audit/ back');
    this.#fd = attempt(this.#path, () => openSync(this.#path, 'r'));
    this.#seen = fstatSync(this.#fd);
    try {
      this.#take(() => {});
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  get size(): number {
    return this.#ends.count;
  }

  get lineEnds(): ArrayLike<number> {
    return this.#ends.all;
  }

  /** The newest that was stored when the log was read last; it seals no more than what is here. */
  get checkpoint(): SignedCheckpoint | undefined {
    return this.#checkpoint;
  }

  /** @throws RangeError outside of the log; Fault audit/not-readable; Refusal audit/bad-entry, audit/unknown-entry */
  entryAt(seq: number): AnyEntry {
    return parseEntry(this.leafAt(seq).toString('latin1'), seq);
  }

  /** Exact octets of a line without its line feed. @throws RangeError outside of the log; Fault audit/not-readable */
  leafAt(seq: number): Buffer {
    const start = this.#ends.start(seq);
    const octets = Buffer.allocUnsafe(this.#ends.end(seq) - start);
    this.#read(octets, start);
    return octets;
  }

  *leavesFrom(seq: number): Generator<Buffer> {
    const { size } = this;
    let done = 0;
    for (const piece of this.#pieces(seq, size)) {
      for (const [, leaf] of piece) {
        yield leaf;
        done++;
      }
      this.#told('entries taken in', done, size - seq);
    }
  }

  /**
   * Lines from `from` on in pieces, each leaf without its line feed; the terminal is served between them. Ends early where the job is stopped.
   * @throws Fault audit/not-readable; AbortError where the job was stopped
   */
  async *leaves(job: Job, label: string, from = 0): AsyncGenerator<readonly [seq: number, leaf: Buffer]> {
    const { size } = this;
    const turns = new Turns(job, label, size - from);
    for (const piece of this.#pieces(from, size)) {
      for (const one of piece) {
        yield one;
        if (turns.isOver) await turns.next(one[0] + 1 - from);
      }
    }
  }

  /**
   * What has become of the file. other: it is shorter, or another was put in its place, or it is gone; nothing that was read of it counts any more.
   * @throws Fault audit/not-readable
   */
  look(): 'same' | 'grown' | 'other' {
    const now = attempt(this.#path, () => statSync(this.#path, { throwIfNoEntry: false }));
    if (now === undefined || now.ino !== this.#seen.ino || now.dev !== this.#seen.dev || now.size < this.#ends.octets) return 'other';
    if (now.size === this.#seen.size && now.mtimeMs === this.#seen.mtimeMs) return 'same';
    if (!this.#endsAsBefore()) return 'other';
    this.#seen = now;
    return 'grown';
  }

  /** Which file is in its place, as far as the system tells. */
  place(): string {
    const stat = statSync(this.#path, { throwIfNoEntry: false });
    return stat === undefined ? 'none' : `${stat.dev} ${stat.ino} ${stat.size} ${stat.mtimeMs}`;
  }

  /**
   * Takes in the complete lines that were appended. One that cannot be read stays outside, with all behind it.
   * @param use is given each entry in order; it counts when that returns
   * @throws Refusal audit/bad-entry, audit/unknown-entry, and those of newestCheckpoint; Fault audit/not-readable
   */
  grow(use: (entry: AnyEntry) => void): void {
    this.#take((leaf) => use(parseEntry(leaf.toString('latin1'), this.size)));
  }

  [Symbol.dispose](): void {
    if (!this.#isClosed) closeSync(this.#fd);
    this.#isClosed = true;
  }

  /** The checkpoint first: while another program appends, the lines that are read then are never fewer than those it stands for. */
  #take(use: (leaf: Buffer) => void): void {
    const checkpoint = newestCheckpoint(this.#audit);
    const { size } = fstatSync(this.#fd);
    const octets = Buffer.allocUnsafe(Math.max(0, Math.min(PIECE, size - this.#ends.octets)));
    for (let at = this.#ends.octets; at < size; ) {
      const piece = octets.subarray(0, Math.min(PIECE, size - at));
      this.#read(piece, at);
      const taken = this.#takePiece(piece, at, use);
      if (taken === 0 && piece.length === PIECE) throw endless(this.#path, this.size);
      if (taken === 0) break;
      at += taken;
      this.#told('octets of the log hashed', at, size);
    }
    this.#checkpoint = checkpoint;
  }

  /** @returns octets of the complete lines in the piece */
  #takePiece(piece: Buffer, at: number, use: (leaf: Buffer) => void): number {
    let start = 0;
    for (let end = piece.indexOf(LINE_FEED); end >= 0; end = piece.indexOf(LINE_FEED, start)) {
      const leaf = piece.subarray(start, end);
      use(leaf);
      this.tree.add(leaf);
      this.#ends.push(at + end);
      start = end + 1;
    }
    return start;
  }

  *#pieces(from: number, size: number): Generator<Iterable<readonly [seq: number, leaf: Buffer]>> {
    for (let seq = from; seq < size; ) {
      const until = this.#ends.fitting(seq, size, PIECE);
      const base = this.#ends.start(seq);
      const octets = Buffer.allocUnsafe(this.#ends.end(until - 1) - base);
      this.#read(octets, base);
      yield this.#ends.linesOf(octets, seq, until);
      seq = until;
    }
  }

  /** The last line that is known is still where it was. */
  #endsAsBefore(): boolean {
    const { size } = this;
    if (size === 0) return true;
    const last = leafHash(this.leafAt(size - 1), nodeSha256);
    return Buffer.from(last).equals(this.tree.completeSubtrees(0, size - 1, 1));
  }

  #read(into: Buffer, at: number): void {
    if (this.#isClosed)
      throw new Fault('audit/not-readable', `another file was put in the place of ${this.#path} while it was read`, 'ask again');
    for (let done = 0; done < into.length; ) {
      const count = attempt(this.#path, () => readSync(this.#fd, into, done, into.length - done, at + done));
      if (count === 0)
        throw new Fault('audit/not-readable', `${this.#path} ends before octet ${at + into.length}`, 'leave, and run audit show');
      done += count;
    }
  }
}

function endless(path: string, seq: number): Refusal {
  return new Refusal(
    'audit/bad-entry',
    `line ${seq + 1} of the log cannot be what coldsign wrote: it has more than ${PIECE} octets`,
    `${path} was changed or damaged: compare it with an export or a backup, and run audit verify on both`,
  );
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
