import { readFileSync } from 'node:fs';
import type { SecretScan, Sighting } from '../../support/secret-scan.ts';

/** A look costs some milliseconds; at prompts it is looked at any rate. */
const PAUSE_MS = 200;

/** Arguments and environments of all processes below a shell, whenever it is looked at them; each different content is kept once. */
export class ProcessLook {
  readonly #seen = new Map<string, number>();
  #last = 0;

  /** @param shell process id @param now look, however long the last look is ago */
  at(shell: number, now = false): void {
    const ticks = performance.now();
    if (!now && ticks - this.#last < PAUSE_MS) return;
    this.#last = ticks;
    for (const pid of this.#descendants(shell)) {
      for (const kind of ['cmdline', 'environ']) {
        const content = read(`/proc/${pid}/${kind}`);
        if (content !== '') this.#seen.set(`${kind} ${content}`, pid);
      }
    }
  }

  /** Octets that the processes below a shell have read: what was typed has reached one of them. */
  readBy(shell: number): number {
    const counts = this.#descendants(shell).map((pid) => Number(/^rchar: (\d+)/.exec(read(`/proc/${pid}/io`))?.[1] ?? 0));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /** Of different processes. */
  get count(): number {
    return new Set(this.#seen.values()).size;
  }

  sightings(scan: SecretScan): readonly Sighting[] {
    return [...this.#seen].flatMap(([content, pid]) =>
      scan.octets(`process ${pid}, ${content.slice(0, 40)}`, Buffer.from(content, 'latin1')),
    );
  }

  /** Node starts its children from its first thread. */
  #descendants(pid: number): readonly number[] {
    const children = read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
    return [...children, ...children.flatMap((child) => this.#descendants(child))];
  }
}

/** Empty where the process has ended. */
function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
