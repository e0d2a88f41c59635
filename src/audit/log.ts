import { closeSync, existsSync, fstatSync, fsyncSync, ftruncateSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { sha256 } from '@noble/hashes/sha2.js';
import { Fault, Refusal } from '../../signer/errors.ts';
import type { AnyEntry } from '../state/state.ts';
import { syncFolder } from '../workspace/atomic-file.ts';
import { checkpointText } from './checkpoint.ts';
import { completeStore, newestCheckpoint, parseSignedCheckpoint, type SignedCheckpoint, storeCheckpoint } from './checkpoint-store.ts';
import type { Entry, EntryType } from './entry.ts';
import { parseEntry, printEntry } from './entry-line.ts';
import { type LogLines, readLines } from './log-lines.ts';
import type { MerkleTree } from './merkle.ts';
import { signNote, verifyNote } from './note.ts';
import type { NoteSigner } from './note-key.ts';
import { checkContinues, checkForwards, checkOrigin, checkSignedHead } from './signed-head.ts';
import { type VerifierKey, vkeyOf } from './vkey.ts';

/** The complete lines of entries.jsonl, hashed but not parsed; they may be in memory, or be read when they are asked for. */
export interface LogContent {
  /** Index of the line feed of each line. */
  readonly lineEnds: ArrayLike<number>;
  readonly tree: MerkleTree;
  /** The newest one stored; not verified. */
  readonly checkpoint: SignedCheckpoint | undefined;
  /** A line without its line feed. @throws RangeError outside of the log */
  leafAt(seq: number): Uint8Array;
  /** All from this one on, in order. */
  leavesFrom(seq: number): Iterable<Uint8Array>;
}

/** What entries.jsonl holds, in memory. Of a log that is open for appending it grows with it. */
export interface WholeLog extends LogContent {
  /** Complete lines, each with its line feed. */
  readonly octets: Uint8Array;
  /** What stands behind the last line feed: an append that was cut short. Not part of the log. */
  readonly torn: Uint8Array;
}

/** An entry as it is handed to the log, which gives it its number. */
export type NewEntry = { [T in EntryType]: Omit<Entry<T>, 'seq'> }[EntryType];

/**
 * Reads a log without changing anything. Leaves are hashed, entries are not parsed.
 * Design note: the leaves are hashed with node:crypto here and with @noble when they are appended, so that an error in one of the two
 * shows as a root that does not fit the checkpoint, and not as a log that nobody else can verify.
 *
 * @param audit folder of the log
 * @throws Refusal audit/no-log; audit/bad-note, audit/bad-checkpoint, audit/forked for the stored checkpoints
 * @throws Fault audit/not-readable
 */
export function readLog(audit: string): WholeLog {
  const path = join(audit, 'entries.jsonl');
  if (!existsSync(path))
    throw new Refusal('audit/no-log', `there is no log: ${path} does not exist`, 'name the workspace, or make one with coldsign init');
  const fd = openFile(path, 'r');
  try {
    return linesWithCheckpoint(audit, path, fd);
  } finally {
    closeSync(fd);
  }
}

/** Exact octets of a leaf: one line without its line feed. @throws RangeError outside of the log */
export function leafAt(content: LogContent, seq: number): Uint8Array {
  return content.leafAt(seq);
}

/** @throws Refusal audit/bad-entry, audit/unknown-entry */
export function entryAt(content: LogContent, seq: number): AnyEntry {
  return entryOf(content.leafAt(seq), seq);
}

/** Entries in order, parsed one by one. @throws Refusal audit/bad-entry, audit/unknown-entry */
export function* entriesFrom(content: LogContent, seq: number): Generator<AnyEntry> {
  let i = seq;
  for (const leaf of content.leavesFrom(seq)) yield entryOf(leaf, i++);
}

const entryOf = (leaf: Uint8Array, seq: number): AnyEntry =>
  parseEntry(Buffer.from(leaf.buffer, leaf.byteOffset, leaf.length).toString('latin1'), seq);

/** The log, open for appending. One at a time: the lock of the workspace sees to that. */
export class AuditLog implements Disposable {
  readonly #audit: string;
  readonly #path: string;
  readonly #fd: number;
  readonly #lines: LogLines;
  /** Once an append has failed, what is on the disk is unknown until the log is read again. */
  #failure: Fault | undefined;

  private constructor(audit: string, path: string, fd: number) {
    this.#audit = audit;
    this.#path = path;
    this.#fd = fd;
    this.#lines = linesWithCheckpoint(audit, path, fd);
    this.#lines.tree.continueWith(sha256);
  }

  /**
   * Reads the log, or makes an empty one. What is read is on the disk when this returns: a program that was killed between write and
   * fsync has left lines that are built upon from here on.
   *
   * @throws Fault audit/not-readable, audit/not-writable; Refusal for the stored checkpoints, as readLog
   */
  static open(audit: string): AuditLog {
    const path = join(audit, 'entries.jsonl');
    const fd = existsSync(path) ? openFile(path, 'a+') : createFile(audit, path);
    try {
      makeDurable(audit, path, fd);
      return new AuditLog(audit, path, fd);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  get size(): number {
    return this.#lines.tree.size;
  }

  get tree(): MerkleTree {
    return this.#lines.tree;
  }

  get content(): WholeLog {
    return this.#lines;
  }

  /**
   * Appends entries in one write and one fsync. They are on the disk, and in the tree, when this returns; or none is in the tree.
   *
   * @throws Fault audit/not-writable; from then on the log refuses everything but reading
   * @throws Refusal audit/written-by-another when the file is not as long as this program left it
   * @throws RangeError for an entry above MAX_ENTRY_OCTETS
   */
  append(entries: readonly NewEntry[]): readonly AnyEntry[] {
    this.#checkUsable();
    if (this.#lines.torn.length > 0) throw new Error('the last line is torn: repairTorn comes first');
    const numbered = entries.map((entry, i) => ({ ...entry, seq: this.size + i }) as AnyEntry);
    const lines = Buffer.from(numbered.map((entry) => `${printEntry(entry)}\n`).join(''), 'latin1');
    if (lines.length === 0) return [];
    this.#write(lines);
    this.#lines.push(lines);
    return numbered;
  }

  /**
   * Cuts off a last line without line feed: what an append left behind when the power failed. The caller keeps the octets
   * (see content.torn, before) as an artifact, and logs the anomaly.
   *
   * @returns what was cut off; undefined when the last line is complete
   * @throws Fault audit/not-writable
   */
  repairTorn(): Uint8Array | undefined {
    this.#checkUsable();
    const { torn } = this.#lines;
    if (torn.length === 0) return undefined;
    this.#attempt(() => {
      ftruncateSync(this.#fd, this.#lines.length);
      fsyncSync(this.#fd);
    });
    this.#lines.torn = new Uint8Array(0);
    return torn;
  }

  /**
   * Signs the head as it is now, stores it and returns it. A head that is signed already is not signed again.
   *
   * @param signers all of one name, the origin of the log; one signature line each
   * @throws Refusal audit/checkpoint-backwards when a larger size was signed before
   * @throws Refusal audit/forked when the last one signed is not a head of this log; audit/foreign-checkpoint when it is of another origin
   */
  async checkpoint(signers: readonly NoteSigner[]): Promise<SignedCheckpoint> {
    this.#checkUsable();
    const origin = originOf(signers);
    const head = { origin, size: this.size, root: this.tree.root() };
    const last = this.#lines.checkpoint;
    if (last !== undefined) {
      checkForwards(last, head.size);
      checkContinues(this.tree, last, 'the last checkpoint');
      checkOrigin(last, origin);
      if (last.size === head.size) return last;
    }
    const signed = parseSignedCheckpoint(await signNote(checkpointText(head), signers));
    verifyNote(signed, signers.map(vkeyOf));
    // The token took its time: a larger head may have been signed meanwhile.
    const { checkpoint: meanwhile } = this.#lines;
    if (meanwhile !== undefined) checkForwards(meanwhile, head.size);
    storeCheckpoint(this.#audit, signed);
    this.#lines.checkpoint = signed;
    return signed;
  }

  /**
   * Holds the log against the newest stored checkpoint (see checkSignedHead), and completes what was stored by half.
   *
   * @returns undefined when none is stored: the caller knows whether one must be
   */
  checkSigned(keys: readonly VerifierKey[]): SignedCheckpoint | undefined {
    const signed = checkSignedHead(this.content, keys);
    if (signed !== undefined) completeStore(this.#audit, signed);
    return signed;
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }

  #write(octets: Uint8Array): void {
    const { size } = fstatSync(this.#fd);
    const { length } = this.#lines;
    if (size !== length)
      throw new Refusal(
        'audit/written-by-another',
        `${this.#path} has ${size} octets, but this program left it with ${length}`,
        'end the other program that writes into this workspace, then run the command again',
      );
    this.#attempt(() => {
      for (let at = 0; at < octets.length; ) at += writeSync(this.#fd, octets, at, octets.length - at);
      fsyncSync(this.#fd);
    });
  }

  #attempt(action: () => void): void {
    try {
      action();
    } catch (cause) {
      this.#cutBack();
      const why = (cause as NodeJS.ErrnoException).code ?? 'error';
      this.#failure = new Fault(
        'audit/not-writable',
        `${this.#path} could not be written (${why}); nothing of this append counts`,
        why === 'ENOSPC' ? 'make room on the disk, then run the command again' : 'check the disk, then run the command again',
        { cause },
      );
      throw this.#failure;
    }
  }

  /**
   * After a failed fsync the kernel may forget pages that it still shows to readers: entries that were read and built upon would be
   * gone after the next power cut. What is cut off is written anew, by whoever appends next.
   */
  #cutBack(): void {
    try {
      ftruncateSync(this.#fd, this.#lines.length);
      fsyncSync(this.#fd);
    } catch {
      // The failure that led here is the one to tell; the next start finds a torn line.
    }
  }

  #checkUsable(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}

function linesWithCheckpoint(audit: string, path: string, fd: number): LogLines {
  // The checkpoint first: while another program appends, the lines that are read then are never fewer than those it stands for.
  const checkpoint = newestCheckpoint(audit);
  const lines = readLines(path, fd);
  lines.checkpoint = checkpoint;
  return lines;
}

function originOf(signers: readonly NoteSigner[]): string {
  const names = new Set(signers.map(({ name }) => name));
  const [origin] = names;
  if (origin === undefined || names.size > 1) throw new RangeError(`a checkpoint is signed under one name, not ${names.size}`);
  return origin;
}

function openFile(path: string, flags: 'r' | 'a+'): number {
  try {
    return openSync(path, flags);
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? 'error';
    throw new Fault('audit/not-readable', `${path} could not be opened (${why})`, 'check the permissions of the folder', { cause });
  }
}

function createFile(audit: string, path: string): number {
  try {
    if (mkdirSync(audit, { recursive: true }) !== undefined) syncFolder(dirname(audit));
    return openSync(path, 'ax+', 0o644);
  } catch (cause) {
    throw notMade(path, cause);
  }
}

function makeDurable(audit: string, path: string, fd: number): void {
  try {
    fsyncSync(fd);
    syncFolder(audit);
  } catch (cause) {
    throw notMade(path, cause);
  }
}

function notMade(path: string, cause: unknown): Fault {
  const why = (cause as NodeJS.ErrnoException).code ?? 'error';
  return new Fault('audit/not-writable', `${path} could not be made durable (${why})`, 'check the disk, the folder and its permissions', {
    cause,
  });
}
