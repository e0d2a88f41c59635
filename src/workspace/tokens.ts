import { type Keystore, openKeystore } from '../../keystore/keystore.ts';
import type { Combined } from '../../keystore/pin/holder-protocol.ts';
import type { LoginRules } from '../../keystore/pin/pin.ts';
import { choosePinSource } from '../../keystore/pin/source.ts';
import { isSameModule, type Pkcs11Uri, parsePkcs11Uri } from '../../keystore/pkcs11/uri.ts';
import { isTokenGone } from '../../keystore/replicas/failover.ts';
import { VerifyPool } from '../../keystore/verify-pool.ts';
import { Refusal } from '../../signer/errors.ts';
import type { SignatureCheck } from '../../signer/sign.ts';
import { refuseUnsettled } from '../../softhsm/place.ts';
import { repairTokenFolder } from '../../softhsm/token.ts';
import type { EntryData, TokenRef } from '../audit/entry.ts';
import type { TokenRole } from '../config/config.ts';
import { type Io, note } from '../io.ts';

export interface TokensOptions {
  readonly uris: Readonly<Record<TokenRole, readonly string[]>>;
  readonly pinFd?: number;
  readonly shareFd?: number;
  readonly threads?: number;
  /** What holds for the logins. */
  readonly login?: LoginRules;
}

/** One of the tokens of a role, which all are to have the same keys. */
export interface Replica {
  readonly uri: Pkcs11Uri;
  /** For messages: role, place in the list, and what the URI says of it. */
  readonly name: string;
  /** Opened once; a failure stays too, so that no PIN is tried twice. @throws Refusal token/…, pin/…; Fault token/… */
  open(): Promise<Keystore>;
}

/**
 * The tokens of a workspace, each opened when it is first needed: one login serves all roles that it has. A token that cannot be opened
 * stands in the way of nothing but what needs it.
 */
export class WorkspaceTokens implements AsyncDisposable {
  readonly #options: TokensOptions;
  readonly #io: Io;
  readonly #pool: VerifyPool;
  readonly #open: Keystore[] = [];
  readonly #byUri = new Map<string, Promise<Keystore>>();
  readonly #told = new Set<string>();
  #unlogged: string[] = [];
  #combined: EntryData['pin.combined'][] = [];
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: TokensOptions, io: Io) {
    this.#options = options;
    this.#io = io;
    this.#pool = new VerifyPool(options.threads);
    refusePinForMany(options);
  }

  get check(): SignatureCheck {
    return (dnskey, data, signatures) => this.#pool.verifyBatch(dnskey, data, signatures);
  }

  /**
   * The first token of the role that works; those before it are told.
   * @throws Refusal policy/no-token, token/…, pin/…; Fault token/…: of the first one, if none works
   */
  async keystore(role: TokenRole): Promise<Keystore> {
    const failed: string[] = [];
    for (const replica of this.replicas(role)) {
      try {
        const keystore = await replica.open();
        for (const text of failed) this.leftOut(text);
        return keystore;
      } catch (error) {
        if (!isTokenGone(error)) throw error;
        failed.push(`${replica.name} is left out: ${error.message}`);
      }
    }
    return await this.replicas(role)[0]!.open();
  }

  /** All tokens of the role in the order of the configuration, open or not. @throws Refusal policy/no-token */
  replicas(role: TokenRole): readonly Replica[] {
    const list = this.#options.uris[role];
    if (list.length === 0)
      throw new Refusal(
        'policy/no-token',
        `no token is named for the role ${role}`,
        `write its URI under tokens: ${role}: in coldsign.yaml`,
      );
    return list.map((text, i) => {
      const uri = parsePkcs11Uri(text);
      return { uri, name: replicaName(role, uri, i, list.length), open: () => this.#opened(text, uri) };
    });
  }

  /** All tokens of the role, open. @throws Refusal, Fault of the first that cannot be opened: what is to hold on every token cannot be done on some */
  async every(role: TokenRole): Promise<readonly Keystore[]> {
    const keystores: Keystore[] = [];
    for (const replica of this.replicas(role)) {
      const keystore = await replica.open();
      if (!keystores.includes(keystore)) keystores.push(keystore);
    }
    return keystores;
  }

  /** A token was passed over: the operator is told once, the log when {@link takeLeftOut} is asked. */
  leftOut(text: string): void {
    if (this.#told.has(text)) return;
    this.#told.add(text);
    this.#unlogged.push(text);
    note(this.#io, `warning: ${text}`);
  }

  /** What was told since the last call, for the log. */
  takeLeftOut(): readonly string[] {
    const texts = this.#unlogged;
    this.#unlogged = [];
    return texts;
  }

  /** PINs that were put together from shares since the last call, for the log. */
  takeCombined(): readonly EntryData['pin.combined'][] {
    const combined = this.#combined;
    this.#combined = [];
    return combined;
  }

  /** What holds for a login to a token that is none of them, like a copy; who brings shares for it is told all the same. */
  loginTo(token: TokenRef): LoginRules {
    const onCombined = ({ set, holders }: Combined): void => {
      this.#combined.push({ set, token, holders });
    };
    return { ...this.#options.login, onCombined };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last;
    for (const keystore of this.#open) await keystore[Symbol.asyncDispose]();
    await this.#pool[Symbol.asyncDispose]();
  }

  /** One after the other: two URIs may name one token, and it is to have one login. */
  #opened(text: string, uri: Pkcs11Uri): Promise<Keystore> {
    const known = this.#byUri.get(text);
    if (known !== undefined) return known;
    const opening = this.#last.then(() => this.#find(text, uri));
    this.#byUri.set(text, opening);
    this.#last = opening.catch(() => {});
    return opening;
  }

  async #find(text: string, uri: Pkcs11Uri): Promise<Keystore> {
    const open = this.#open.find((keystore) => isOn(keystore, uri));
    if (open !== undefined) return open;
    if (uri.softhsmConf !== undefined) {
      const folder = uri.softhsmConf.replace(/\/[^/]*$/, '');
      refuseUnsettled(folder);
      repairTokenFolder(folder);
    }
    const combined: Combined[] = [];
    const keystore = await openKeystore({
      uri,
      pin: choosePinSource(uri, isFirst(text, this.#options) ? this.#options.pinFd : undefined, this.#options.shareFd),
      login: { ...this.#options.login, onCombined: (told) => combined.push(told) },
      verifyPool: this.#pool,
      warn: (told) => note(this.#io, told),
      workersAtOnce: 1,
      ...(this.#options.threads === undefined ? {} : { workers: this.#options.threads }),
    });
    this.#open.push(keystore);
    const { label, serial } = keystore.token;
    for (const { set, holders } of combined) this.#combined.push({ set, token: { label, serial }, holders });
    return keystore;
  }
}

/** Is the URI's token the one that is open already, however completely the URI names it? */
function isOn({ uri: open }: Keystore, uri: Pkcs11Uri): boolean {
  if (!isSameModule(open, uri)) return false;
  if (uri.token === undefined && uri.serial === undefined) return false;
  return (uri.token ?? open.token) === open.token && (uri.serial ?? open.serial) === open.serial;
}

function replicaName(role: TokenRole, { token, serial }: Pkcs11Uri, i: number, count: number): string {
  const place = count === 1 ? 'the token' : `token ${i + 1} of ${count}`;
  const named = [...(token === undefined ? [] : [token]), ...(serial === undefined ? [] : [`serial ${serial}`])].join(', ');
  return `${place} for ${role} (${named})`;
}

/** The first of a role is the one that is used as long as it works. */
function isFirst(text: string, { uris }: TokensOptions): boolean {
  return Object.values(uris).some((list) => list[0] === text);
}

/** One PIN must never be tried on two tokens. A replica that is needed has its own PIN source, or its PIN is asked for. */
function refusePinForMany({ uris, pinFd }: TokensOptions): void {
  if (pinFd === undefined) return;
  const all = Object.values(uris).flatMap((list) => list.slice(0, 1).map(parsePkcs11Uri));
  const asked = new Set(
    all.filter(({ pinSource }) => pinSource === undefined).map(({ token, serial }) => `${token ?? ''} ${serial ?? ''}`),
  );
  if (asked.size <= 1) return;
  throw new Refusal(
    'usage/pin-source',
    `--pin-fd brings one PIN, and ${asked.size} tokens would be tried with it`,
    'give pin-source=file:/path in the URIs of coldsign.yaml, or let the PINs be asked for',
  );
}
