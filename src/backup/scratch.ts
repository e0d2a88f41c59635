import { existsSync, lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Fault } from '../../signer/errors.ts';
import { type Io, note } from '../io.ts';
import { isAlive } from '../workspace/atomic-file.ts';

const PREFIX = 'coldsign-drill-';
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * A private folder (0700) for a scratch token: gone at the end, after a failure, and after a signal. What a killed drill has left is removed by the
 * next one.
 */
export class ScratchFolder implements Disposable {
  readonly dir: string;
  readonly #onSignal = (signal: NodeJS.Signals): void => {
    this.#remove();
    this.#forget();
    process.kill(process.pid, signal);
  };

  constructor(io: Io, parent: string = tmpdir()) {
    removeLeftovers(parent, io);
    this.dir = mkdtempSync(join(parent, `${PREFIX}${process.pid}-`));
    for (const signal of SIGNALS) process.on(signal, this.#onSignal);
  }

  /** @throws Fault backup/scratch-remains: it was looked for and is still there */
  destroy(): void {
    this.#remove();
    this.#forget();
    if (!existsSync(this.dir)) return;
    throw new Fault(
      'backup/scratch-remains',
      `the scratch token in ${this.dir} could not be removed`,
      `remove the folder: rm -r ${this.dir}`,
    );
  }

  [Symbol.dispose](): void {
    this.#remove();
    this.#forget();
  }

  #remove(): void {
    // A failure shows when the folder is looked for.
    try {
      rmSync(this.dir, { recursive: true, force: true });
    } catch {}
  }

  #forget(): void {
    for (const signal of SIGNALS) process.off(signal, this.#onSignal);
  }
}

/** Only folders of this user whose process is gone; a link is none. */
function removeLeftovers(parent: string, io: Io): void {
  for (const name of readdirSync(parent)) {
    const pid = Number(/^coldsign-drill-(\d+)-[A-Za-z0-9]{6}$/.exec(name)?.[1]);
    if (!Number.isInteger(pid) || isAlive(pid)) continue;
    const path = join(parent, name);
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat?.isDirectory() !== true || stat.uid !== process.getuid?.()) continue;
    rmSync(path, { recursive: true, force: true });
    note(io, `the scratch token of a drill that was killed was removed: ${path}`);
  }
}
