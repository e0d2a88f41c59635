import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { VerifierKey } from '../audit/vkey.ts';
import { type Bundle, readBundle } from '../release/bundle.ts';
import { isAlive } from '../workspace/atomic-file.ts';
import { attemptWrite } from '../workspace/not-writable.ts';

/**
 * A release that was carried in: the folder is read once, and its zone is kept in a file of our own. Everything after looks at this copy, so that
 * a medium that gives other octets at a second reading cannot have one zone judged and another one placed. Disposed, the copy is gone.
 */
export class Incoming implements Disposable {
  readonly bundle: Bundle;
  /** The copy of the zone file. */
  readonly zoneFile: string;

  /**
   * @param room folder for the copy
   * @throws Refusal release/… as {@link readBundle}; Fault file/not-writable
   */
  constructor(folder: string, keys: readonly VerifierKey[], room: string) {
    this.zoneFile = join(room, `.incoming.${process.pid}.${randomBytes(8).toString('hex')}`);
    attemptWrite(room, () => removeRemains(room));
    const descriptor = attemptWrite(this.zoneFile, () => openSync(this.zoneFile, 'wx', 0o600));
    try {
      this.bundle = readBundle(folder, keys, (piece) => {
        attemptWrite(this.zoneFile, () => {
          for (let at = 0; at < piece.length; ) at += writeSync(descriptor, piece, at, piece.length - at);
        });
      });
    } catch (error) {
      rmSync(this.zoneFile, { force: true });
      throw error;
    } finally {
      closeSync(descriptor);
    }
  }

  [Symbol.dispose](): void {
    rmSync(this.zoneFile, { force: true });
  }
}

/** Copies, and locks in the making, of processes that were killed. */
function removeRemains(room: string): void {
  for (const name of readdirSync(room)) {
    const pid = /^(?:\.incoming|.+\.lock)\.(\d+)\.[0-9a-f]+(?:\.stale)?$/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(room, name), { force: true });
  }
}
