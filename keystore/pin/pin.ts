import { Refusal } from '../../signer/errors.ts';
import type { PinSource } from './source.ts';
import { readPinSource } from './source.ts';

/**
 * A PIN that is read when it is needed, given to child processes and wiped at the end.
 * A PIN that a token has refused is never given out again: a second try could lock the token.
 * Design note: wiping reaches this copy only; the text that the module is called with lives in the child until it exits.
 */
export class Pin implements Disposable {
  readonly #source: PinSource;
  readonly #what: string;
  #octets: Promise<Uint8Array> | undefined;
  #refused = false;

  /** @param what names the PIN in the prompt, e.g. `PIN of token coldsign` */
  constructor(source: PinSource, what: string) {
    this.#source = source;
    this.#what = what;
  }

  /** @throws Refusal pin/… */
  octets(): Promise<Uint8Array> {
    if (this.#refused)
      throw new Refusal('pin/incorrect', `the ${this.#what} was refused and is not tried again`, 'find the right PIN first');
    this.#octets ??= readPinSource(this.#source, this.#what);
    return this.#octets;
  }

  markRefused(): void {
    this.#refused = true;
    this[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.#octets?.then(
      (octets) => octets.fill(0),
      () => {},
    );
    this.#octets = undefined;
  }
}
