import { readdirSync, readFileSync } from 'node:fs';

/**
 * The memory of a command and everything it started, watched from outside.
 *
 * A process belongs to the command if its parent does, or if it is in the command's session: so an orphan is still found.
 * Sizes are kB from /proc/PID/smaps_rollup. Anonymous memory counts by its proportional share, so that what parent and child
 * share after a fork counts once. File pages (program and libraries) count once too: the sum of proportional shares, and no less
 * than the largest process has mapped, because other processes on the machine may run the same program.
 */
export class ProcessTree {
  readonly #root: number;
  readonly #known: Set<number>;
  /** What ran before the command did is not looked at again: a sample costs time on the machine that is being measured. */
  readonly #foreign: ReadonlySet<number>;
  #peak = 0;

  constructor(root: number) {
    this.#root = root;
    this.#known = new Set([root]);
    this.#foreign = new Set(processIds().filter((pid) => pid < root));
  }

  /** Largest sum over all processes at one sample, kB; the root itself (the stop watch) is not counted. */
  get peak(): number {
    return this.#peak;
  }

  sample(): void {
    let anonymous = 0;
    let fileShares = 0;
    let largestFile = 0;
    for (const pid of this.members()) {
      if (pid === this.#root) continue;
      const memory = readMemory(pid);
      anonymous += memory.anonymous;
      fileShares += memory.fileShare;
      largestFile = Math.max(largestFile, memory.file);
    }
    this.#peak = Math.max(this.#peak, anonymous + Math.max(fileShares, largestFile));
  }

  /** Process IDs alive now. */
  members(): number[] {
    const members: number[] = [];
    for (const pid of processIds()) {
      if (this.#foreign.has(pid)) continue;
      const { parent, session, zombie } = readProcess(pid);
      if (zombie) continue;
      if (!this.#known.has(pid) && !this.#known.has(parent) && session !== this.#root) continue;
      this.#known.add(pid);
      members.push(pid);
    }
    return members;
  }
}

/** In rising order: parents before children, as far as the numbers did not wrap around. */
function processIds(): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter(Number.isInteger)
    .sort((a, b) => a - b);
}

/** From /proc/PID/stat. A process that has ended counts as a zombie: it holds no memory. */
function readProcess(pid: number): { parent: number; session: number; zombie: boolean } {
  const stat = readOrNothing(`/proc/${pid}/stat`);
  // The program's name is in parentheses and may hold spaces: the fields start after the last one.
  const [state = '', parent, , session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { parent: Number(parent), session: Number(session), zombie: state === '' || state === 'Z' };
}

function readMemory(pid: number): { anonymous: number; fileShare: number; file: number } {
  const text = readOrNothing(`/proc/${pid}/smaps_rollup`);
  return {
    anonymous: kilobytes(text, 'Pss_Anon') + kilobytes(text, 'Pss_Shmem'),
    fileShare: kilobytes(text, 'Pss_File'),
    file: kilobytes(text, 'Rss') - kilobytes(text, 'Anonymous'),
  };
}

function kilobytes(text: string, field: string): number {
  const at = text.indexOf(`\n${field}:`);
  return at < 0 ? 0 : Number.parseInt(text.slice(at + field.length + 2), 10);
}

/** A process can end between two reads: then there is nothing to count. */
function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
