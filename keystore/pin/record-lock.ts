import { closeSync, openSync, rmSync } from 'node:fs';

const PAUSE_MS = 10;
/** A change takes some tenths of a second; a lock that stays longer was left by a process that was killed. */
const PATIENCE_MS = 3000;

/** A file that is there while a record is changed. Waits without an event loop: its user is a process that does one thing at a time. */
export class RecordLock implements Disposable {
  readonly #path: string;

  /** @throws Error where the file cannot be made */
  constructor(path: string) {
    this.#path = path;
    const clock = new Int32Array(new SharedArrayBuffer(4));
    for (let waited = 0; !isTaken(path); waited += PAUSE_MS) {
      if (waited < PATIENCE_MS) Atomics.wait(clock, 0, 0, PAUSE_MS);
      else rmSync(path, { force: true });
    }
  }

  [Symbol.dispose](): void {
    rmSync(this.#path, { force: true });
  }
}

/** Taken by this process now? */
function isTaken(path: string): boolean {
  try {
    closeSync(openSync(path, 'wx', 0o600));
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw cause;
  }
}
