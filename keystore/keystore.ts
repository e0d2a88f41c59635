import { availableParallelism } from 'node:os';
import { equalBytes } from '../signer/dns/bytes.ts';
import { Refusal } from '../signer/errors.ts';
import type { SigningKey } from '../signer/signing-key.ts';
import type { KeyOnToken } from './key.ts';
import { bindKey, type KeySelector, selectKey } from './key-choice.ts';
import { type AuditKeyPair, type GeneratedKeyPair, type GenerateWish, generateAuditPair, generateKeyPair } from './key-generation.ts';
import { canForbidCoreDumps } from './launch.ts';
import { type Destruction, destroyOnToken, findOnToken, type KeyToDestroy } from './lifecycle/destruction.ts';
import type { NoteKey } from './note-key.ts';
import { pinContext } from './pin/offer.ts';
import { type LoginRules, Pin } from './pin/pin.ts';
import { renewPin, type ShareScheme } from './pin/renew.ts';
import type { PinSource } from './pin/source.ts';
import type { TokenObject } from './pkcs11/inventory.ts';
import { Lane, type LaneKey, type LaneOptions } from './pkcs11/lane.ts';
import { LoginDoubt } from './pkcs11/login-doubt.ts';
import { refuseByFlags } from './pkcs11/login-flags.ts';
import type { ObjectName } from './pkcs11/native.ts';
import { SigningPool } from './pkcs11/pool.ts';
import type { Storing, TokenMatch, TokenSummary } from './pkcs11/protocol.ts';
import { explainFailure, tokenName } from './pkcs11/token-refusal.ts';
import { modulePathOf, moduleSettings, type Pkcs11Uri, tokenPart } from './pkcs11/uri.ts';
import type { UnwrapOrder, WrapOrder, WrapOutcome } from './pkcs11/wrapping.ts';
import { makeSigningKey, type Verification } from './token-key.ts';
import { VerifyPool } from './verify-pool.ts';

export interface KeystoreOptions {
  /** Names the token; what it says of an object is not used here. */
  readonly uri: Pkcs11Uri;
  readonly pin: PinSource;
  readonly login?: LoginRules;
  /** Child processes that sign side by side. Default: one a core on SoftHSM, 8 at most; else 1, since a device may have few sessions. */
  readonly workers?: number;
  /** How many of them start at once; the others when the first have more to do than they can take. Default: all. */
  readonly workersAtOnce?: number;
  readonly verification?: Verification;
  /** Threads that verify; default: one a core. Not used with `verifyPool`. */
  readonly verifyWorkers?: number;
  /** Shared with the caller, who ends it. */
  readonly verifyPool?: VerifyPool;
  /** A child that needs longer for one request, beyond the work in it, is killed and replaced. */
  readonly watchdogMs?: number;
  /** Pause before a child is started again after a failed start; longer each time. */
  readonly backoffMs?: number;
  /** Takes what the operator should read although nothing failed. */
  readonly warn?: (text: string) => void;
  /** Tests put another program in the place of the child process. */
  readonly childScript?: URL;
}

const WATCHDOG_MS = 30_000;
const MAX_DEFAULT_WORKERS = 8;

/**
 * Opens the token that the URI names: one login per child process, the PIN asked for only when the token has been found fit for a login.
 * Returns when the first child is ready; the others join meanwhile.
 * @throws Refusal token/…, pin/…; Fault token/…
 */
export async function openKeystore(options: KeystoreOptions): Promise<Keystore> {
  const pin = new Pin(options.pin, `PIN of token ${options.uri.token ?? options.uri.serial ?? ''}`.trim(), options.login);
  const lanes = laneOptions(options);
  const first = new Lane(lanes, pin);
  const pool = new SigningPool(first, options.backoffMs);
  const warn = options.warn ?? ((): void => {});
  try {
    const token = await pool.open((found) => {
      refuseByFlags(found.flags, tokenName(found), options.login?.forceFinalTry === true);
      if (!canForbidCoreDumps()) warn('prlimit (util-linux) is missing: a core dump of a process that crashes could hold the PIN');
      if (found.userPin === 'count-low') warn(`${tokenName(found)}: a wrong PIN was entered since the last good one`);
      if (!found.userPinInitialized)
        throw new Refusal('token/no-user-pin', `${tokenName(found)} has no user PIN`, 'set it with the SO PIN');
    });
    const count = options.workers ?? (token.manufacturer.startsWith('SoftHSM') ? Math.min(availableParallelism(), MAX_DEFAULT_WORKERS) : 1);
    const others = Array.from({ length: Math.max(1, count) - 1 }, () => new Lane(lanes, pin));
    const dropped = (error: unknown): void => {
      const { message } = explainFailure(error, tokenName(token)) as Error;
      warn(`fewer processes sign than asked for: ${message}`);
    };
    const atOnce = Math.max(1, options.workersAtOnce ?? count) - 1;
    pool.reserve(others.slice(atOnce), dropped);
    const growth = pool.grow(others.slice(0, atOnce), dropped);
    return new Keystore(options, token, { pool, pin, growth });
  } catch (error) {
    pool[Symbol.dispose]();
    pin[Symbol.dispose]();
    throw explainFailure(error, describeUri(options.uri));
  }
}

interface Running {
  readonly pool: SigningPool;
  readonly pin: Pin;
  readonly growth: Promise<void>;
}

/** An open token: its keys, and signing with them. Ends with its child processes. */
export class Keystore implements AsyncDisposable {
  readonly token: TokenSummary;
  /** The token's URI, label and serial filled in. */
  readonly uri: Pkcs11Uri;
  readonly #pool: SigningPool;
  readonly #pin: Pin;
  readonly #verifyPool: VerifyPool;
  readonly #ownsVerifyPool: boolean;
  readonly #verification: Verification;
  readonly #growth: Promise<void>;
  readonly #labels = new WeakMap<SigningKey, string>();
  #keys: Promise<readonly KeyOnToken[]> | undefined;

  /** Made by {@link openKeystore}. */
  constructor(options: KeystoreOptions, token: TokenSummary, { pool, pin, growth }: Running) {
    this.token = token;
    this.#growth = growth;
    this.uri = { ...tokenPart(options.uri), token: token.label, serial: token.serial };
    this.#pool = pool;
    this.#pin = pin;
    this.#verifyPool = options.verifyPool ?? new VerifyPool(options.verifyWorkers);
    this.#ownsVerifyPool = options.verifyPool === undefined;
    this.#verification = options.verification ?? 'every-signature';
  }

  /** Process ids of the children, for status displays. */
  get childPids(): readonly number[] {
    return this.#pool.lanes.flatMap(({ pid }) => pid ?? []);
  }

  /** When all children are there that the token allows. */
  async complete(): Promise<void> {
    await this.#growth;
  }

  /** All private keys on the token; read once, and again after a failure. */
  async listKeys(): Promise<readonly KeyOnToken[]> {
    const listing = this.#keys ?? this.findKeys({});
    this.#keys = listing;
    try {
      return await listing;
    } catch (error) {
      this.#keys = undefined;
      throw error;
    }
  }

  /**
   * A key to sign with. Its public key is read, compared with `expected`, and proved by one verified signature.
   * @throws Refusal key/not-found, key/ambiguous, key/is-audit-key, key/unknown-role, key/unknown-algorithm, key/mismatch; Fault sign/bad-signature
   */
  async openSigningKey(selector: KeySelector): Promise<SigningKey> {
    const found = selectKey(await this.#candidates(selector), selector, tokenName(this.token));
    const key = bindKey(found, selector);
    await this.prepare(key);
    return this.#signingKey(key);
  }

  /** The label that a key opened here has on the token. */
  labelOf(key: SigningKey): string | undefined {
    return this.#labels.get(key);
  }

  /** Makes a key pair and proves it; see key-generation.ts. After a failure the token is listed anew. */
  async generate(wish: GenerateWish): Promise<GeneratedKeyPair> {
    const lane = this.#pool.first;
    const existing = await this.listKeys();
    this.#keys = undefined;
    const made = await this.#explained(() => generateKeyPair(lane, existing, wish, this.token));
    const { id, label, shape, dnskey, attestation } = made;
    this.#keys = Promise.resolve([...existing, { id, label, shape, publicKey: dnskey.subarray(4), attestation }]);
    return made;
  }

  /** Keys with this CKA_ID and label as the token has them now, whatever was listed before. */
  findKeys(name: ObjectName): Promise<readonly KeyOnToken[]> {
    return this.#repeatable((lane) => lane.ask('list-keys', name));
  }

  /** Everything that is stored on the token, whoever has made it; nothing is changed. */
  listObjects(): Promise<readonly TokenObject[]> {
    return this.#repeatable((lane) => lane.ask('list-objects', {}));
  }

  /**
   * Destroys the pair with this CKA_ID, label and public key, and no other; reads back that it is gone, in a new child process too.
   * @throws Refusal key/mismatch, token/refused; Fault key/not-destroyed, token/…
   */
  async destroyKey(key: KeyToDestroy): Promise<Destruction> {
    await this.#growth;
    this.#keys = undefined;
    return await this.#explained(() => destroyOnToken(this.#pool, key, this.token));
  }

  /** Is the pair, or part of it, on the token as it is now? `other`: a key with another public key goes by its name. */
  async presenceOf(key: KeyToDestroy): Promise<'present' | 'absent' | 'other'> {
    const { privateKeys, publicKeys, unproved, foreign } = await this.#explained(() => findOnToken(this.#pool, key));
    if (foreign > 0) return 'other';
    return privateKeys + publicKeys + unproved > 0 ? 'present' : 'absent';
  }

  /** For audit-key.ts, which sees to the label: a key pair for signed notes, proved. */
  async generateAuditPair(kind: NoteKey['kind'], label: string): Promise<AuditKeyPair> {
    this.#keys = undefined;
    return await this.#explained(() => generateAuditPair(this.#pool.first, { kind, label }, this.token));
  }

  /** The key opened and proved by a verified signature. @throws Refusal key/not-found; Fault key/changed, sign/bad-signature, token/… */
  async prepare(key: LaneKey): Promise<void> {
    await this.#repeatable((lane) => lane.prepare(key));
  }

  /** One signature as DNSSEC has it, not verified: for audit-key.ts, which verifies it in its final form. */
  signMessage(key: LaneKey, message: Uint8Array): Promise<Uint8Array> {
    return this.#explained(() => this.#pool.sign(key, message, Uint32Array.of(message.length)));
  }

  /** Private keys wrapped, one outcome for each; the key-encryption key is gone from the token then. */
  wrapKeys(order: WrapOrder): Promise<readonly WrapOutcome[]> {
    return this.#explained(() => this.#pool.first.ask('wrap-keys', order));
  }

  /** A key from its wrapped form; its CKA_ID must be free. The token is listed anew. */
  async unwrapKey(order: UnwrapOrder): Promise<void> {
    this.#keys = undefined;
    await this.#explained(() => this.#pool.first.ask('unwrap-key', order));
  }

  /** Values of the private data objects of coldsign with this label; two after a crash in the midst of {@link replaceObject}. */
  readObjects(label: string): Promise<readonly Uint8Array[]> {
    return this.#repeatable((lane) => lane.ask('read-objects', { label }));
  }

  /** Stores a value in the token under the label, in place of those before; foreign objects are not touched. */
  replaceObject(label: string, value: Uint8Array): Promise<Storing> {
    return this.#repeatable((lane) => lane.ask('replace-object', { label, value }));
  }

  /**
   * A new PIN that exists in shares alone: shares first, so that no token gets a PIN that nobody has; then C_SetPIN.
   * @returns id of the set
   */
  async renewPin(scheme: ShareScheme): Promise<string> {
    await this.#growth;
    return await this.#explained(() => renewPin(this.#pool.first, this.#pin, this.token, scheme));
  }

  /** Shares of a new set for the PIN that came from shares. @returns id of the set. @throws Refusal pin/not-from-shares, share/… */
  sharePin(scheme: ShareScheme): Promise<string> {
    return this.#pin.share({ ...scheme, subject: pinContext(this.token.label, this.token.serial) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.close();
    await this.#growth;
    this.#pin[Symbol.dispose]();
    if (this.#ownsVerifyPool) await this.#verifyPool[Symbol.asyncDispose]();
  }

  /** The keys with the CKA_ID that is looked for; all of them where that does not find any, so that the refusal can name them. */
  async #candidates({ uri }: KeySelector): Promise<readonly KeyOnToken[]> {
    const { id } = uri;
    if (id === undefined || this.#keys !== undefined) return this.listKeys();
    const found = await this.findKeys({ id });
    return found.length > 0 ? found : this.listKeys();
  }

  #signingKey(key: LaneKey): SigningKey {
    const signingKey = makeSigningKey(key, {
      sign: (bytes, ends) => this.#explained(() => this.#pool.sign(key, bytes, ends)),
      verify: (data, signatures) => this.#verifyPool.verifyBatch(key.dnskey, data, signatures),
      verification: this.#verification,
      name: `"${key.label}" on ${tokenName(this.token)}`,
    });
    this.#labels.set(signingKey, key.label);
    return signingKey;
  }

  #repeatable<T>(action: (lane: Lane) => Promise<T>): Promise<T> {
    return this.#explained(() => this.#pool.repeatable(action));
  }

  async #explained<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      throw explainFailure(error, tokenName(this.token));
    }
  }
}

/** Is it the key that the selector means? For callers that hold several keystores. */
export function isSameKey(a: SigningKey, b: SigningKey): boolean {
  return equalBytes(a.dnskey, b.dnskey);
}

function laneOptions(options: KeystoreOptions): LaneOptions {
  const { uri, childScript } = options;
  return {
    module: modulePathOf(uri),
    match: tokenMatch(uri),
    process: {
      ...moduleSettings(uri),
      ...(childScript === undefined ? {} : { script: childScript }),
    },
    watchdogMs: options.watchdogMs ?? WATCHDOG_MS,
    doubt: new LoginDoubt(),
  };
}

/** What the URI says of the token. @throws Refusal token/bad-uri: it names none */
export function tokenMatch(uri: Pkcs11Uri): TokenMatch {
  const match = {
    ...(uri.token === undefined ? {} : { token: uri.token }),
    ...(uri.serial === undefined ? {} : { serial: uri.serial }),
    ...(uri.manufacturer === undefined ? {} : { manufacturer: uri.manufacturer }),
    ...(uri.model === undefined ? {} : { model: uri.model }),
  };
  if (match.token !== undefined || match.serial !== undefined) return match;
  throw new Refusal(
    'token/bad-uri',
    'the URI names no token',
    'add token=LABEL or serial=SERIAL; coldsign token list prints complete URIs',
  );
}

function describeUri(uri: Pkcs11Uri): string {
  return `token ${uri.token ?? uri.serial ?? ''}`.trim();
}
