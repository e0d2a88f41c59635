import { equalBytes } from '../../signer/dns/bytes.ts';
import { Fault, Refusal } from '../../signer/errors.ts';
import type { PinOffer } from '../pin/offer.ts';
import type { Pin } from '../pin/pin.ts';
import { type Verifier, verifies } from '../public-key.ts';
import { KeystoreProcess, type ProcessOptions, RequestFailed } from './keystore-process.ts';
import type { LoginAnswer } from './login.ts';
import { LoginDoubt } from './login-doubt.ts';
import type { Answer, Exchanges, KeyReference, OpenAnswer, RequestKind, TokenMatch, TokenPlace, TokenSummary } from './protocol.ts';
import { refuseNoMatch } from './token-refusal.ts';

export interface LaneOptions {
  readonly module: string;
  readonly match: TokenMatch;
  readonly process: ProcessOptions;
  /** Base of every time limit; what the work itself may take is added. */
  readonly watchdogMs: number;
  /** Shared by all lanes of the token; without it a lane has its own. */
  readonly doubt?: LoginDoubt;
}

/** A key as the signer uses it, whichever child signs. */
export interface LaneKey extends KeyReference {
  readonly algorithm: number;
  readonly dnskey: Uint8Array;
  readonly signatureOctets: number;
  readonly verifier: Verifier;
}

interface Ready {
  readonly number: number;
  readonly milliseconds: number;
}

/** A batch may take this many times what the trial signature took. */
const PATIENCE = 10;
const TRIAL_MESSAGE = new TextEncoder().encode('coldsign trial signature\0');

/** How long one key generation may take: a card searches for RSA primes, and the longer they are the longer. @param bits of RSA; 0 for a curve */
export function generationMs(bits: number): number {
  if (bits === 0) return 30_000;
  return bits <= 2048 ? 300_000 : 600_000;
}

/** One child process on the token, replaced when it dies. */
export class Lane implements Disposable {
  readonly #options: LaneOptions;
  readonly #pin: Pin;
  readonly #doubt: LoginDoubt;
  #process: KeystoreProcess | undefined;
  #place: TokenPlace | undefined;
  #ready = new Map<LaneKey, Promise<Ready>>();
  #recovery: Promise<void> | undefined;
  #closed = false;
  #login: Promise<LoginAnswer> | undefined;
  /** Grows with every recovery: a request that failed before the last one needs no other. */
  #era = 0;

  constructor(options: LaneOptions, pin: Pin) {
    this.#options = options;
    this.#pin = pin;
    this.#doubt = options.doubt ?? new LoginDoubt();
  }

  get era(): number {
    return this.#era;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Where the first child has found the token. */
  get place(): TokenPlace | undefined {
    return this.#place;
  }

  /** Another child on a token that is open already: no search, no listing. @throws Refusal, RequestFailed */
  async join(place: TokenPlace): Promise<void> {
    if (this.#closed) throw closed();
    this.#process = new KeystoreProcess(this.#options.process);
    const isThere = !this.#doubt.isOpen && (await this.ask('attach', { module: this.#options.module, place }));
    if (isThere) {
      this.#place = place;
      await this.#logIn('login');
    } else await this.start();
  }

  /** A new child process, logged in. @param beforeLogin sees the token's flags first. @throws Refusal, RequestFailed */
  async start(beforeLogin: (token: TokenSummary) => void = () => {}): Promise<TokenSummary> {
    if (this.#closed) throw closed();
    this.#end();
    this.#process = new KeystoreProcess(this.#options.process);
    const { module, match } = this.#options;
    const opened: OpenAnswer = await this.ask('open', { module, match });
    if (opened.kind !== 'opened') throw refuseNoMatch(match, opened.kind, opened.candidates);
    beforeLogin(opened.token);
    this.#place = { slot: opened.slot, label: opened.token.label, serial: opened.token.serial };
    this.#doubt.read(opened.token.userPin);
    await this.#logIn('login');
    return opened.token;
  }

  /** @param workMs what one call of the module may take, where that is long; for what takes many calls nothing need be added */
  ask<K extends RequestKind>(kind: K, ask: Exchanges[K]['ask'], workMs = 0): Promise<Answer<K>> {
    if (this.#process === undefined) return Promise.reject(new RequestFailed({ kind: 'device', name: 'no child process', call: kind }));
    return this.#process.ask(kind, ask, this.#options.watchdogMs + workMs);
  }

  /** Signs one piece of a batch; the signatures are not verified yet. */
  async sign(key: LaneKey, bytes: Uint8Array, ends: Uint32Array): Promise<Uint8Array> {
    const { number, milliseconds } = await this.prepare(key);
    const signatures = await this.ask('sign', { key: number, bytes, ends }, ends.length * milliseconds * PATIENCE);
    if (signatures.length !== ends.length * key.signatureOctets) {
      throw new RequestFailed({ kind: 'fatal', name: `${signatures.length} octets for ${ends.length} signatures`, call: 'sign' });
    }
    return signatures;
  }

  /** The key opened in this child, its public key compared with the one to be published, one signature made and verified. */
  prepare(key: LaneKey): Promise<Ready> {
    const known = this.#ready.get(key);
    if (known !== undefined) return known;
    const opening = this.#prepare(key);
    this.#ready.set(key, opening);
    opening.catch(() => this.#ready.delete(key));
    return opening;
  }

  /**
   * After a failure: a new session for class `session`, else a new process. Several failed requests share one recovery.
   * @param era the era in which the request was made
   */
  async recover(how: 'session' | 'process', era: number): Promise<void> {
    if (era !== this.#era) return;
    this.#recovery ??= this.#recover(how).finally(() => {
      this.#recovery = undefined;
      this.#era++;
    });
    await this.#recovery;
  }

  /**
   * As {@link Symbol.dispose}, but not in the midst of a login.
   * Design note: SoftHSM writes the file of its token anew at each login, in place; killed while it does that, it leaves no token.
   */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled([this.#login]);
    this.#end();
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#end();
  }

  #end(): void {
    this.#process?.[Symbol.dispose]();
    this.#process = undefined;
    this.#ready = new Map();
  }

  async #recover(how: 'session' | 'process'): Promise<void> {
    this.#ready = new Map();
    // A login in doubt waits for the flags of the token, which a new process reads.
    if (how === 'process' || this.#doubt.isOpen || this.#process?.isAlive !== true) await this.start();
    else await this.#logIn('reopen');
  }

  async #logIn(request: 'login' | 'reopen'): Promise<void> {
    const pin = await this.#pin.offer(this.#place!, () => this.ask('pin-key', {}));
    await this.#refuseDoubtful(pin);
    const answer = await this.#attempt(request, pin);
    this.#doubt.settle();
    if (answer.kind === 'logged-in') {
      this.#pin.markAccepted();
      return;
    }
    this.#pin.markRefused();
    throw new Refusal(answer.code, answer.message, answer.hint);
  }

  /** A PIN that was refused in a login without outcome goes on record as any other. */
  async #refuseDoubtful(pin: PinOffer): Promise<void> {
    try {
      this.#doubt.examine();
    } catch (error) {
      if (error instanceof RequestFailed && error.failure.kind === 'pin') {
        await this.ask('record-refused', { pin, rules: this.#pin.rules }).catch(() => {});
        this.#pin.markRefused();
      }
      throw error;
    }
  }

  async #attempt(request: 'login' | 'reopen', pin: PinOffer): Promise<LoginAnswer> {
    if (this.#closed) throw closed();
    try {
      this.#login = this.ask(request, { pin, rules: this.#pin.rules });
      return await this.#login;
    } catch (error) {
      this.#doubt.note(error);
      if (error instanceof RequestFailed && (error.failure.kind === 'pin' || error.failure.kind === 'pin-locked')) this.#pin.markRefused();
      throw error;
    } finally {
      this.#login = undefined;
    }
  }

  async #prepare(key: LaneKey): Promise<Ready> {
    const { id, label, algorithm, signatureOctets } = key;
    const prepared = await this.ask('prepare', { id, label, algorithm, signatureOctets, trial: TRIAL_MESSAGE });
    if (prepared.publicKey !== undefined && !equalBytes(prepared.publicKey, key.dnskey.subarray(4))) {
      throw new Fault(
        'key/changed',
        `the public key of "${label}" on the token is no longer the one that was opened`,
        'find out who changed the token',
      );
    }
    if (!verifies(key.verifier, TRIAL_MESSAGE, prepared.signature)) {
      throw new Fault(
        'sign/bad-signature',
        `the trial signature by "${label}" does not verify against its public key`,
        'do not use this key; check the token',
      );
    }
    return { number: prepared.key, milliseconds: prepared.milliseconds };
  }
}

function closed(): RequestFailed {
  return new RequestFailed({ kind: 'fatal', name: 'the keystore was closed', call: 'open' });
}
