import { Refusal } from '../../signer/errors.ts';
import type { LoginOrder } from '../pkcs11/login.ts';
import type { Combined, HolderExchanges, HolderSource, KnownSet } from './holder-protocol.ts';
import { type PinOffer, pinContext } from './offer.ts';
import { type PinGiver, PinHolder } from './pin-holder.ts';
import { userRefusedPins } from './refused-pins.ts';
import type { PinSource } from './source.ts';

/** What holds for logins with a PIN. */
export interface LoginRules {
  /** Record of the PINs that tokens have refused, beside that of the user: what was refused in one place is not tried in another. */
  readonly refusedPins?: string;
  /** Take the last try before the PIN is locked. */
  readonly forceFinalTry?: boolean;
  /** Sets of shares that the log knows. */
  readonly sets?: readonly KnownSet[];
  /** Is told who brought the shares of a PIN that a token has accepted. */
  readonly onCombined?: (combined: Combined) => void;
}

/**
 * A PIN that is asked for when it is needed, and given to child processes. It is never in this process: a file is read by the child that
 * logs in, everything else by a {@link PinHolder}, which gives it to that child sealed.
 * A PIN that a token has refused is never given out again: a second try could lock the token.
 */
export class Pin implements Disposable {
  readonly #refusedPins: readonly string[];
  readonly #forceFinalTry: boolean;
  readonly #source: PinSource;
  readonly #what: string;
  readonly #sets: readonly KnownSet[];
  readonly #onCombined: (combined: Combined) => void;
  #giver: Promise<PinGiver> | undefined;
  #holder: PinHolder | undefined;
  #combined: Combined | undefined;
  #refused = false;
  #accepted = false;

  /** @param what names the PIN in the prompt, e.g. `PIN of token coldsign` */
  constructor(source: PinSource, what: string, rules: LoginRules = {}) {
    this.#source = source;
    this.#what = what;
    this.#sets = rules.sets ?? [];
    this.#onCombined = rules.onCombined ?? (() => {});
    this.#refusedPins = [...(rules.refusedPins === undefined ? [] : [rules.refusedPins]), userRefusedPins(process.env)];
    this.#forceFinalTry = rules.forceFinalTry === true;
  }

  /** For the child that logs in. */
  get rules(): LoginOrder['rules'] {
    return { refusedPins: this.#refusedPins, forceFinalTry: this.#forceFinalTry, wasAccepted: this.#accepted };
  }

  /** For one login. @param askKey the public key of the child that will log in. @throws Refusal pin/…, share/… */
  async offer(token: { readonly label: string; readonly serial: string }, askKey: () => Promise<Uint8Array>): Promise<PinOffer> {
    if (this.#refused)
      throw new Refusal('pin/incorrect', `the ${this.#what} was refused and is not tried again`, 'find the right PIN first');
    const context = pinContext(token.label, token.serial);
    this.#giver ??= this.#obtain(context);
    return (await this.#giver)(context, askKey);
  }

  /** The token has taken it. */
  markAccepted(): void {
    if (this.#combined !== undefined) this.#onCombined(this.#combined);
    this.#combined = undefined;
    this.#accepted = true;
  }

  markRefused(): void {
    this.#refused = true;
    this[Symbol.dispose]();
  }

  /** Of what is held: shares of a set more. @throws Refusal pin/not-from-shares: a PIN that a person has chosen can be guessed from its check value */
  share(order: HolderExchanges['share']['ask']): Promise<string> {
    if (this.#source.kind === 'shares' && this.#holder !== undefined) return this.#holder.ask('share', order);
    throw new Refusal('pin/not-from-shares', `the ${this.#what} does not come from shares`, 'leave --same-pin out: a new PIN is made');
  }

  /** The token has another PIN from now on. */
  replaceBy(holder: PinHolder): void {
    this[Symbol.dispose]();
    this.#accepted = false;
    this.#holder = holder;
    this.#giver = Promise.resolve(holder.give);
  }

  [Symbol.dispose](): void {
    this.#holder?.[Symbol.dispose]();
    this.#holder = undefined;
    this.#giver = undefined;
  }

  async #obtain(subject: string): Promise<PinGiver> {
    const source = this.#source;
    if (source.kind === 'file') return async () => source;
    const holder = new PinHolder('fd' in source ? source.fd : undefined);
    this.#holder = holder;
    const { combined } = await holder.ask('obtain', { source: source as HolderSource, what: this.#what, subject, sets: this.#sets });
    this.#combined = combined;
    return holder.give;
  }
}
