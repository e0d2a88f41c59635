import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, readlinkSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { Fault, Refusal } from '../../signer/errors.ts';
import { notWritable } from './not-writable.ts';

interface Holder {
  readonly pid: number;
  /** Start time of the process in ticks since boot, and the boot: a number that was given again to another process shows. */
  readonly started: string;
  readonly boot: string;
  /** Namespace that the number is of: a container does not see the processes of another one. Empty where there are none. */
  readonly namespace?: string;
  readonly command: string;
}

/**
 * One writer at a time: a file with the holder's process. A lock whose process is gone is taken over.
 * Design note: a link is made, not a file opened with O_EXCL, so that the lock is never there without its content.
 */
export class WorkspaceLock implements Disposable {
  readonly #path: string;
  readonly #text: string;

  /** @throws Refusal workspace/locked; Fault file/not-writable */
  constructor(path: string, command: string) {
    this.#path = path;
    const holder: Holder = { pid: process.pid, started: startOf(process.pid), boot: bootId(), namespace: pidNamespace(), command };
    this.#text = `${JSON.stringify(holder)}\n`;
    const own = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
    try {
      writeFileSync(own, this.#text, { flag: 'wx', mode: 0o600 });
    } catch (cause) {
      throw notWritable(path, cause);
    }
    try {
      this.#take(own);
    } finally {
      unlinkSync(own);
    }
  }

  [Symbol.dispose](): void {
    if (readHolder(this.#path) === this.#text) unlinkSync(this.#path);
  }

  #take(own: string): void {
    for (let tries = 0; tries < 5; tries++) {
      if (link(own, this.#path)) return;
      const text = readHolder(this.#path);
      if (text === undefined) continue;
      refuseIfAlive(text, this.#path);
      moveAway(this.#path, text, `${own}.stale`);
    }
    throw new Fault('file/not-writable', `the lock ${this.#path} could not be taken`, 'look at the folder and its permissions');
  }
}

function link(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw notWritable(to, cause);
  }
}

/** Two processes may find the same stale lock: whoever moved a fresh one by mistake puts it back. */
function moveAway(path: string, stale: string, aside: string): void {
  try {
    renameSync(path, aside);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw notWritable(path, cause);
  }
  if (readHolder(aside) !== stale) link(aside, path);
  unlinkSync(aside);
}

function refuseIfAlive(text: string, path: string): void {
  const holder = parseHolder(text);
  if (holder === undefined || holder.boot !== bootId()) return;
  if (holder.namespace !== undefined && holder.namespace !== pidNamespace()) {
    throw new Refusal(
      'workspace/locked',
      `process ${holder.pid} (coldsign ${holder.command}) of another container (${holder.namespace}) works in this workspace, or did: from here (${pidNamespace()}) it cannot be seen`,
      `wait until it has ended; if its container is gone, remove ${path}`,
    );
  }
  if (startOf(holder.pid) !== holder.started) return;
  throw new Refusal(
    'workspace/locked',
    `process ${holder.pid} (coldsign ${holder.command}) works in this workspace; one writer at a time`,
    `wait until it has ended; the lock is ${path}`,
  );
}

function parseHolder(text: string): Holder | undefined {
  try {
    const value = JSON.parse(text) as Partial<Holder>;
    if (typeof value.pid === 'number' && typeof value.started === 'string' && typeof value.boot === 'string') return value as Holder;
  } catch {
    // A lock that cannot be read was left by a crash of the machine.
  }
  return undefined;
}

function readHolder(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Empty where the process does not exist; where /proc does not, only whether it lives is known. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    if (process.platform === 'linux') return '';
  }
  try {
    process.kill(pid, 0);
    return 'alive';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? 'alive' : '';
  }
}

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    return '';
  }
}
