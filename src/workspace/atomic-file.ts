import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readdirSync, realpathSync, renameSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Fault } from '../../signer/errors.ts';
import { notWritable } from './not-writable.ts';

/**
 * A file that is complete or absent: written under a temporary name in the same folder, synced, renamed, folder synced.
 * Disposed without commit, nothing is left. Remains of a killed process are removed by the next one that writes the same file.
 */
export class AtomicFile implements Disposable {
  readonly #path: string;
  readonly #temporary: string;
  #fd: number | undefined;
  /** Written so far. */
  octets = 0;

  /** @param mode of a file that is new @throws Fault file/not-writable */
  constructor(path: string, mode = 0o644) {
    this.#path = realTarget(path);
    this.#temporary = join(dirname(this.#path), `.${basename(this.#path)}.${process.pid}.${randomBytes(8).toString('hex')}.partial`);
    this.#attempt(() => {
      removeRemains(this.#path);
      // `wx`: a file or link that somebody has put there is not written through.
      this.#fd = openSync(this.#temporary, 'wx', modeOf(this.#path, mode));
    });
  }

  /** @throws Fault file/not-writable, also when the disk is full */
  write(bytes: Uint8Array): void {
    this.#attempt(() => {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd!, bytes, at, bytes.length - at);
    });
    this.octets += bytes.length;
  }

  /** The file stands under its name, on the disk, when this returns. @throws Fault file/not-writable */
  commit(): void {
    this.commitAs(this.#path);
  }

  /** {@link commit} under another name of the same folder: the name of a file that is called by its digest is known last. */
  commitAs(path: string): void {
    this.#attempt(() => {
      fsyncSync(this.#fd!);
      closeSync(this.#fd!);
      this.#fd = undefined;
      renameSync(this.#temporary, path);
      syncFolder(dirname(path));
    });
  }

  [Symbol.dispose](): void {
    if (this.#fd === undefined) return;
    closeSync(this.#fd);
    this.#fd = undefined;
    unlinkSync(this.#temporary);
  }

  #attempt(action: () => void): void {
    try {
      action();
    } catch (cause) {
      throw notWritable(this.#path, cause, '; it is as it was before');
    }
  }
}

/** Writes a whole small file, complete or absent. */
export function writeFileAtomically(path: string, content: string | Uint8Array): void {
  using file = new AtomicFile(path);
  file.write(typeof content === 'string' ? new TextEncoder().encode(content) : content);
  file.commit();
}

/** A link keeps being a link: the file it names is replaced. A folder or device is no place for a zone. */
function realTarget(path: string): string {
  let real: string;
  try {
    real = realpathSync(path);
  } catch {
    return path;
  }
  if (!statSync(real).isFile()) throw new Fault('file/not-writable', `${path} is not a regular file`, 'name another output file');
  return real;
}

/** A file that is replaced keeps its permissions. */
function modeOf(path: string, ofNew: number): number {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? ofNew : stat.mode & 0o777;
}

function removeRemains(path: string): void {
  const prefix = `.${basename(path)}.`;
  for (const name of readdirSync(dirname(path))) {
    const pid =
      name.startsWith(prefix) && name.endsWith('.partial')
        ? Number(name.slice(prefix.length, -'.partial'.length).split('.')[0])
        : Number.NaN;
    if (Number.isInteger(pid) && !isAlive(pid)) unlinkSync(join(dirname(path), name));
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** A name that was made, changed or removed in the folder survives a power cut. */
export function syncFolder(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
