import { withoutEcho } from './echo.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const ENTER = '\u001b[?1049h';
const LEAVE = '\u001b[?1049l\u001b[?25h';
/** Nothing shows until the page that follows is there. */
const TOGETHER = '\u001b[?2026h';
const CLEAR = '\u001b[H\u001b[2J';

/**
 * The other screen of the terminal for the whole of a ceremony: what is shown on it is in no buffer that could be scrolled back to, and between two
 * pages nothing flickers. It is left at the end, however the program ends but by SIGKILL.
 */
export class HeldScreen implements Disposable {
  readonly #stdout: NodeJS.WriteStream;
  readonly #restoreMode: () => void;
  #isHeld = false;
  #isOver = false;
  /** Listeners that signals have when no command runs. */
  #known: readonly number[] = [];
  #end: (() => void) | undefined;
  readonly #leave = (): void => this.leave();

  constructor(stdout: NodeJS.WriteStream) {
    this.#stdout = stdout;
    this.#restoreMode = withoutEcho();
    process.on('exit', this.#leave);
    for (const name of SIGNALS) process.on(name, this.#onSignal);
    process.on('SIGTSTP', notStopped);
    this.#know();
  }

  /** Empty, for a page. */
  begin(): void {
    this.#stdout.write(`${this.#isHeld ? '' : ENTER}${TOGETHER}${CLEAR}`);
    this.#isHeld = true;
  }

  /** Empty but for a heading, for what commands print. */
  clear(heading: string): void {
    if (this.#isHeld) this.#stdout.write(`${CLEAR}${heading}`);
  }

  leave(): void {
    if (this.#isHeld) this.#stdout.write(LEAVE);
    this.#isHeld = false;
    if (!this.#isOver) this.#restoreMode();
    this.#isOver = true;
  }

  /** As long as a page is there, a signal takes it away first. @returns what takes that back */
  onEnd(end: () => void): () => void {
    this.#end = end;
    return () => {
      this.#end = undefined;
      this.#know();
    };
  }

  [Symbol.dispose](): void {
    this.leave();
    this.#forget();
  }

  /** Commands that put something away first see to the signal themselves. */
  readonly #onSignal = (name: (typeof SIGNALS)[number]): void => {
    const known = this.#known[SIGNALS.indexOf(name)] ?? 0;
    if (this.#end === undefined && process.listenerCount(name) > known) return;
    this.#end?.();
    this.leave();
    this.#forget();
    process.kill(process.pid, name);
  };

  #know(): void {
    this.#known = SIGNALS.map((name) => process.listenerCount(name));
  }

  #forget(): void {
    process.off('exit', this.#leave);
    process.off('SIGTSTP', notStopped);
    for (const name of SIGNALS) process.off(name, this.#onSignal);
  }
}

/** Stopped, it would give the room a shell, and come back to a terminal in another mode. */
function notStopped(): void {}
