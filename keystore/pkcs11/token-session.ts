import { CKR_SESSION_COUNT, CKR_USER_ALREADY_LOGGED_IN, TokenError } from './ckr.ts';
import { CKF_RW_SESSION, CKF_SERIAL_SESSION, CKS_USER_STATES, CKU_USER } from './constants.ts';
import { call, checkHandle, type Library, pinText, type SessionHandle, type Slot } from './native.ts';

/**
 * The sessions of the child process on one token: `work` does everything and is dropped after an error; another one is opened first and
 * left alone, since closing the last session logs out. A token that has no second session to give gets along with one, and a new login
 * after each error.
 * Design note: always read-write sessions; some tokens know no other kind.
 */
export class TokenSession {
  readonly library: Library;
  readonly slot: Slot;
  #work: SessionHandle;
  /** False after an error in a signing operation, which the module may still hold to be active. */
  #clean = true;

  constructor(library: Library, slot: Slot) {
    this.library = library;
    this.slot = checkHandle(slot);
    const first = this.#open();
    this.#work = this.#openSecond() ?? first;
  }

  get work(): SessionHandle {
    return this.#work;
  }

  get isUsable(): boolean {
    return this.#clean;
  }

  /** Has the token this process for logged in? */
  get isLoggedIn(): boolean {
    const { state } = call('C_GetSessionInfo', () => this.library.C_GetSessionInfo(this.#work));
    return CKS_USER_STATES.includes(state);
  }

  /** One C_Login, never repeated here; login.ts has looked at the flags before. @returns whether the token looked at the PIN @throws TokenError pin, pin-locked */
  login(pin: Uint8Array): boolean {
    const text = pinText(pin);
    try {
      call('C_Login', () => this.library.C_Login(this.#work, CKU_USER, text));
      return true;
    } catch (error) {
      if (!(error instanceof TokenError) || error.failure.ckr !== CKR_USER_ALREADY_LOGGED_IN) throw error;
      return false;
    }
  }

  markBroken(): void {
    this.#clean = false;
  }

  /** A new work session after an error; session copies of keys end with the old one. */
  renew(): void {
    try {
      this.library.C_CloseSession(this.#work);
    } catch {
      // The session is lost already: that is why it is replaced.
    }
    this.#work = this.#open();
    this.#clean = true;
  }

  #openSecond(): SessionHandle | undefined {
    try {
      return this.#open();
    } catch (error) {
      if (error instanceof TokenError && error.failure.ckr === CKR_SESSION_COUNT) return undefined;
      throw error;
    }
  }

  #open(): SessionHandle {
    return call('C_OpenSession', () => this.library.C_OpenSession(this.slot, CKF_SERIAL_SESSION | CKF_RW_SESSION));
  }
}
