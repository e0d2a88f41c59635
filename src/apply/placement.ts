import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Fault, Refusal } from '../../signer/errors.ts';
import { readClock } from '../config/time-text.ts';
import { syncFolder } from '../workspace/atomic-file.ts';
import { attemptWrite } from '../workspace/not-writable.ts';

const PIECE = 1 << 20;

/**
 * A new zone file at a name server, in steps that can be gone back: copy beside the target, synced → the target renamed over, the file before kept →
 * settled, or the file before put back. Disposed, neither copy nor file before is left; what a killed process left is removed by the next placement.
 * One placement of a target at a time: the caller holds a lock.
 */
export class Placement implements Disposable {
  readonly target: string;
  readonly #temporary: string;
  readonly #before: string;
  #state: 'copied' | 'placed' | 'over' = 'copied';

  /**
   * Copies the source beside the target, hashing what it copies. The copy is on the disk when this returns.
   * @param expected sha256, hexadecimal, and octets of the source
   * @throws Refusal release/bad-file where the source is not what was expected; Fault file/not-writable, file/read-failed
   */
  constructor(target: string, source: string, expected: { readonly sha256: string; readonly size: number }) {
    this.target = target;
    this.#temporary = join(dirname(target), `.${basename(target)}.${process.pid}.${randomBytes(8).toString('hex')}.partial`);
    this.#before = beforeOf(target);
    attemptWrite(target, () => removeRemains(target));
    try {
      copyHashed(source, this.#temporary, target, expected);
    } catch (error) {
      rmSync(this.#temporary, { force: true });
      throw error;
    }
  }

  /** Where the new file is as long as it is not placed. */
  get copy(): string {
    return this.#temporary;
  }

  /** The name server sees the new file from now on. @throws Fault file/not-writable; the target is as it was */
  place(): void {
    attemptWrite(this.target, () => {
      // Also where there is no target: what a killed process kept is not the file before this one.
      rmSync(this.#before, { force: true });
      if (statSync(this.target, { throwIfNoEntry: false }) !== undefined) linkSync(this.target, this.#before);
      renameSync(this.#temporary, this.target);
      this.#state = 'placed';
      syncFolder(dirname(this.target));
    });
  }

  /** The file before is back; where there was none, there is none again. @returns true @throws Fault file/not-writable */
  restore(): boolean {
    if (!restoreBefore(this.target)) {
      attemptWrite(this.target, () => {
        unlinkSync(this.target);
        syncFolder(dirname(this.target));
      });
    }
    this.#state = 'over';
    return true;
  }

  [Symbol.dispose](): void {
    if (this.#state === 'copied') rmSync(this.#temporary, { force: true });
    if (this.#state === 'placed') forgetBefore(this.target);
    this.#state = 'over';
  }
}

/** Where the file before is kept until the server has taken the new one. */
const beforeOf = (target: string): string => join(dirname(target), `.${basename(target)}.before`);

/** A process was killed after it had placed the file: nobody knows whether the server has taken it. */
export const isUnsettled = (target: string): boolean => existsSync(beforeOf(target));

/**
 * Puts the file back that was there before the last placement, also that of a process that was killed before it could settle.
 * Servers look at the modification time, and take an old file for one that they have loaded: it gets a new one, a second ahead so that it is
 * later than any that the new file had.
 * @returns false where no file before is kept @throws Fault file/not-writable
 */
export function restoreBefore(target: string): boolean {
  const before = beforeOf(target);
  return attemptWrite(target, () => {
    if (statSync(before, { throwIfNoEntry: false }) === undefined) return false;
    const modified = readClock() + 1;
    utimesSync(before, modified, modified);
    renameSync(before, target);
    syncFolder(dirname(target));
    return true;
  });
}

/** The server has the new file: the one before is not needed any more. @throws Fault file/not-writable */
export function forgetBefore(target: string): void {
  attemptWrite(target, () => rmSync(beforeOf(target), { force: true }));
}

function copyHashed(source: string, to: string, target: string, expected: { readonly sha256: string; readonly size: number }): void {
  const from = openSource(source);
  try {
    const into = attemptWrite(target, () => openSync(to, 'wx', 0o644));
    try {
      const hash = createHash('sha256');
      const piece = Buffer.allocUnsafe(PIECE);
      let octets = 0;
      for (let count = readPiece(from, piece, source); count > 0; count = readPiece(from, piece, source)) {
        octets += count;
        if (octets > expected.size) break;
        hash.update(piece.subarray(0, count));
        attemptWrite(target, () => {
          for (let at = 0; at < count; ) at += writeSync(into, piece, at, count - at);
        });
      }
      const found = hash.digest('hex');
      if (octets !== expected.size || found !== expected.sha256) throw badFile(source, found, octets, expected);
      attemptWrite(target, () => {
        keepOwner(into, target);
        fsyncSync(into);
      });
    } finally {
      closeSync(into);
    }
  } finally {
    closeSync(from);
  }
}

function openSource(source: string): number {
  try {
    return openSync(source, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (cause) {
    throw readFailed(source, cause);
  }
}

function readPiece(from: number, piece: Uint8Array, source: string): number {
  try {
    return readSync(from, piece, 0, PIECE, null);
  } catch (cause) {
    throw readFailed(source, cause);
  }
}

/** The name server may read it as it could read the file before. */
function keepOwner(descriptor: number, target: string): void {
  const old = statSync(target, { throwIfNoEntry: false });
  if (old === undefined) return;
  if (old.uid !== process.geteuid?.() || old.gid !== process.getegid?.()) fchownSync(descriptor, old.uid, old.gid);
  fchmodSync(descriptor, old.mode & 0o777);
}

/** Copies that a killed process left; the number of the process and 16 digits tell them from those of a zone whose name begins alike. */
function removeRemains(target: string): void {
  const prefix = `.${basename(target)}.`;
  for (const name of readdirSync(dirname(target)))
    if (name.startsWith(prefix) && /^\d+\.[0-9a-f]{16}\.partial$/.test(name.slice(prefix.length))) unlinkSync(join(dirname(target), name));
}

function readFailed(source: string, cause: unknown): Fault {
  const why = (cause as NodeJS.ErrnoException).code ?? 'error';
  return new Fault('file/read-failed', `reading ${source} failed: ${why}`, 'check the disk', { cause });
}

/** The bundle was looked through before: it has changed since. */
function badFile(source: string, found: string, octets: number, expected: { readonly sha256: string; readonly size: number }): Refusal {
  return new Refusal(
    'release/bad-file',
    `${source} has ${octets > expected.size ? 'more than' : ''} ${octets > expected.size ? expected.size : octets} octets and the sha256 ${found}; the manifest says ${expected.size} and ${expected.sha256}`,
    'copy the release again from where it was made',
  );
}
