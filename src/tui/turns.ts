import { setImmediate } from 'node:timers/promises';
import type { Job } from '../../tui/data.ts';

/** Milliseconds that work goes on before the terminal is served. */
const TURN = 12;

/** Values one by one; between them, now and then, progress is told and keys are taken. @throws AbortError where the job was stopped */
export async function inTurns<T>(values: readonly T[], job: Job, label: string, use: (value: T) => void): Promise<void> {
  const begun = performance.now();
  let turn = begun;
  for (const [i, value] of values.entries()) {
    use(value);
    if (performance.now() - turn < TURN) continue;
    job.progress({ label, done: i + 1, total: values.length, seconds: (performance.now() - begun) / 1000 });
    await setImmediate();
    job.signal.throwIfAborted();
    turn = performance.now();
  }
}
