/** Often enough for any watchdog, seldom enough to cost nothing. */
const EVERY_MS = 200;

/**
 * In the child process: tells the parent that the module still answers, call by call. What is done in many calls, like reading a token with
 * thousands of keys, may take minutes; a single call that does not come back is noticed soon.
 */
export class SignsOfLife {
  #tell: (() => void) | undefined;
  #told = 0;

  /** @param tell sends one sign */
  begin(tell: () => void): void {
    this.#tell = tell;
  }

  /** After a call that came back, whatever it returned. */
  give(): void {
    if (this.#tell === undefined) return;
    const now = performance.now();
    if (now - this.#told < EVERY_MS) return;
    this.#told = now;
    this.#tell();
  }
}

/** Those of this process. */
export const signsOfLife = new SignsOfLife();
