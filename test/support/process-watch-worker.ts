import { readdirSync, readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

/** What is kept of a process: each different content once. */
export interface Watched {
  readonly pid: number;
  /** Argument lists, as /proc has them. */
  readonly commands: readonly string[];
  readonly environments: readonly Buffer[];
  /** The line of /proc/PID/limits about core files, as it was last seen. */
  readonly core: string;
}

interface Seen {
  readonly commands: Set<string>;
  readonly environments: Map<string, Buffer>;
  core: string;
}

const { root, stop } = workerData as { readonly root: number; readonly stop: Int32Array };
const seen = new Map<number, Seen>();
let passes = 0;

// A process lives for some tenths of a second, a pass takes a few milliseconds; the rest is left to those that are watched.
while (Atomics.load(stop, 0) === 0) {
  for (const pid of descendants()) look(pid);
  passes++;
  Atomics.wait(stop, 0, 0, 10);
}
const processes: Watched[] = [...seen].map(([pid, { commands, environments, core }]) => ({
  pid,
  commands: [...commands],
  environments: [...environments.values()],
  core,
}));
parentPort!.postMessage({ passes, processes });

function descendants(): readonly number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    const stat = Number.isInteger(pid) ? read(`/proc/${pid}/stat`).toString('latin1') : '';
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    if (stat !== '') children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const found: number[] = [];
  const todo = [root];
  for (let pid = todo.pop(); pid !== undefined; pid = todo.pop()) {
    const own = children.get(pid) ?? [];
    found.push(...own);
    todo.push(...own);
  }
  return found;
}

function look(pid: number): void {
  const command = read(`/proc/${pid}/cmdline`).toString('latin1');
  const environment = read(`/proc/${pid}/environ`);
  const limits = read(`/proc/${pid}/limits`).toString('latin1');
  const one = seen.get(pid) ?? { commands: new Set(), environments: new Map(), core: '' };
  seen.set(pid, one);
  if (command !== '') one.commands.add(command);
  if (environment.length > 0) one.environments.set(environment.toString('latin1'), environment);
  const core = /^Max core file size.*$/m.exec(limits)?.[0];
  if (core !== undefined) one.core = core;
}

/** Empty where the process has ended. */
function read(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    return Buffer.alloc(0);
  }
}
