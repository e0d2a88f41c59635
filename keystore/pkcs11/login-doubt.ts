import { PIN_STATES, type PinState } from '../pin/refused-pins.ts';
import { CKR_PIN_INCORRECT } from './ckr.ts';
import { RequestFailed } from './keystore-process.ts';

/** Logins without an outcome in a row; the third is not tried. */
const MAX_IN_DOUBT = 2;

/**
 * Logins of which nobody knows how they ended: the module crashed, hung or failed in C_Login, and may have counted a wrong PIN before.
 * The next login waits for the token's PIN flags: if they are worse than before, the PIN was wrong, and it is not tried a second time.
 * Design note: a token without such flags gets one more login and no third, which is fewer than any token takes before it locks.
 */
export class LoginDoubt {
  /** The flags as they were read last, or as a good login leaves them. */
  #flags: PinState = 'fine';
  #before: PinState = 'fine';
  #count = 0;

  /** Is there one? Then the flags must be read anew before a login. */
  get isOpen(): boolean {
    return this.#count > 0;
  }

  /** What the token tells now. */
  read(flags: PinState): void {
    this.#flags = flags;
  }

  /** Called before each login. @throws RequestFailed pin: the last one was refused; fatal: too many without outcome */
  examine(): void {
    if (!this.isOpen) return;
    if (PIN_STATES.indexOf(this.#flags) > PIN_STATES.indexOf(this.#before)) {
      const name = `CKR_PIN_INCORRECT: a login had no outcome, and since then the token counts a wrong PIN (${this.#before} before, ${this.#flags} now)`;
      throw new RequestFailed({ kind: 'pin', ckr: CKR_PIN_INCORRECT, name, call: 'C_Login' });
    }
    if (this.#count >= MAX_IN_DOUBT)
      throw new RequestFailed({ kind: 'fatal', name: `${this.#count} logins in a row had no outcome`, call: 'C_Login' });
  }

  /** A login went well, and the token has cleared its counter. */
  settle(): void {
    this.#count = 0;
    this.#flags = 'fine';
  }

  /** @param error what a request with a login in it has thrown */
  note(error: unknown): void {
    if (!isUnclear(error)) return;
    if (!this.isOpen) this.#before = this.#flags;
    this.#count++;
  }
}

/** The module was asked to log in, and its answer is missing or says nothing about the PIN. */
function isUnclear(error: unknown): boolean {
  if (!(error instanceof RequestFailed)) return false;
  const { kind, call } = error.failure;
  return kind === 'device' ? ['C_Login', 'login', 'reopen'].includes(call) : kind === 'session' && call === 'C_Login';
}
