import { setImmediate } from 'node:timers/promises';
import type { Job } from '../../tui/data.ts';

/** Milliseconds that work goes on before the terminal is served. */
const TURN = 12;
/** Milliseconds from one telling of progress to the next: each of them draws the screen anew. */
const TOLD = 100;

/** Work that lasts is done in turns; between them keys are taken, and now and then it is told how far it is. */
export class Turns {
  readonly #job: Job;
  readonly #label: string;
  readonly #total: number;
  readonly #begun = performance.now();
  #turn = this.#begun;
  #told = this.#begun;

  constructor(job: Job, label: string, total: number) {
    this.#job = job;
    this.#label = label;
    this.#total = total;
  }

  /** The turn is over. */
  get isOver(): boolean {
    return performance.now() - this.#turn >= TURN;
  }

  /** @param done of the total @throws AbortError where the job was stopped */
  async next(done: number): Promise<void> {
    const now = performance.now();
    if (now - this.#told >= TOLD || this.#told === this.#begun) {
      this.#told = now;
      this.#job.progress({ label: this.#label, done, total: this.#total, seconds: (now - this.#begun) / 1000 });
    }
    await setImmediate();
    this.#job.signal.throwIfAborted();
    this.#turn = performance.now();
  }
}

/** Values one by one, in turns. @throws AbortError where the job was stopped */
export async function inTurns<T>(values: readonly T[], job: Job, label: string, use: (value: T) => void): Promise<void> {
  const turns = new Turns(job, label, values.length);
  for (const [i, value] of values.entries()) {
    use(value);
    if (turns.isOver) await turns.next(i + 1);
  }
}
