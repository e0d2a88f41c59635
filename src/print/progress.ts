import { progressLine } from '../../tui/progress.ts';

const QUIET_MS = 1000;
const REDRAW_MS = 200;
const LINE_MS = 10_000;

/** Where progress goes: the terminal's own line, or one line per 10 seconds where there is none. */
export interface ProgressReporter extends Disposable {
  /** Says nothing in the first second. */
  report(done: number): void;
}

/** @param stream standard error of the program */
export function reportProgress(
  label: string,
  total: number,
  stream: NodeJS.WriteStream,
  clock: () => number = () => performance.now(),
): ProgressReporter {
  const start = clock();
  let last = start;
  let drawn = false;
  return {
    report(done) {
      const now = clock();
      if (now - start < QUIET_MS || now - last < (stream.isTTY ? REDRAW_MS : LINE_MS)) return;
      last = now;
      const line = progressLine({ label, done, total, seconds: (now - start) / 1000 }, stream.isTTY ? stream.columns : 100);
      stream.write(stream.isTTY ? `\r\x1b[K${line}` : `${line}\n`);
      drawn = true;
    },
    [Symbol.dispose]() {
      if (drawn && stream.isTTY) stream.write('\r\x1b[K');
    },
  };
}
