import { type Keystore, openKeystore } from '../../keystore/keystore.ts';
import type { Combined } from '../../keystore/pin/holder-protocol.ts';
import type { LoginRules } from '../../keystore/pin/pin.ts';
import { choosePinSource } from '../../keystore/pin/source.ts';
import { isSameModule, type Pkcs11Uri, parsePkcs11Uri } from '../../keystore/pkcs11/uri.ts';
import { VerifyPool } from '../../keystore/verify-pool.ts';
import { Refusal } from '../../signer/errors.ts';
import type { SignatureCheck } from '../../signer/sign.ts';
import { repairTokenFolder } from '../../softhsm/token.ts';
import type { EntryData } from '../audit/entry.ts';
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

/** The tokens of a workspace, each opened when it is first needed: one login serves all roles that it has. */
export class WorkspaceTokens implements AsyncDisposable {
  readonly #options: TokensOptions;
  readonly #io: Io;
  readonly #pool: VerifyPool;
  readonly #open: Promise<Keystore>[] = [];
  #combined: EntryData['pin.combined'][] = [];
  readonly #byRole = new Map<TokenRole, Promise<Keystore>>();

  constructor(options: TokensOptions, io: Io) {
    this.#options = options;
    this.#io = io;
    this.#pool = new VerifyPool(options.threads);
    refusePinForMany(options);
  }

  get check(): SignatureCheck {
    return (dnskey, data, signatures) => this.#pool.verifyBatch(dnskey, data, signatures);
  }

  /** The first token of the role. @throws Refusal policy/no-token, token/…, pin/…; Fault token/… */
  keystore(role: TokenRole): Promise<Keystore> {
    const known = this.#byRole.get(role);
    if (known !== undefined) return known;
    const opening = this.#find(role);
    opening.catch(() => {});
    this.#byRole.set(role, opening);
    return opening;
  }

  /** PINs that were put together from shares since the last call, for the log. */
  takeCombined(): readonly EntryData['pin.combined'][] {
    const combined = this.#combined;
    this.#combined = [];
    return combined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const opening of this.#open) {
      const store = await opening.catch(() => undefined);
      await store?.[Symbol.asyncDispose]();
    }
    await this.#pool[Symbol.asyncDispose]();
  }

  async #find(role: TokenRole): Promise<Keystore> {
    const text = this.#options.uris[role][0];
    if (text === undefined)
      throw new Refusal(
        'policy/no-token',
        `no token is named for the role ${role}`,
        `write its URI under tokens: ${role}: in coldsign.yaml`,
      );
    const uri = parsePkcs11Uri(text);
    for (const opening of this.#open) {
      const store = await opening;
      if (isOn(store, uri)) return store;
    }
    if (uri.softhsmConf !== undefined) repairTokenFolder(uri.softhsmConf.replace(/\/[^/]*$/, ''));
    const combined: Combined[] = [];
    const opening = openKeystore({
      uri,
      pin: choosePinSource(uri, this.#options.pinFd, this.#options.shareFd),
      login: { ...this.#options.login, onCombined: (told) => combined.push(told) },
      verifyPool: this.#pool,
      warn: (told) => note(this.#io, told),
      workersAtOnce: 1,
      ...(this.#options.threads === undefined ? {} : { workers: this.#options.threads }),
    });
    this.#open.push(opening);
    const { label, serial } = (await opening).token;
    for (const { set, holders } of combined) this.#combined.push({ set, token: { label, serial }, holders });
    return opening;
  }
}

/** Is the URI's token the one that is open already, however completely the URI names it? */
function isOn({ uri: open }: Keystore, uri: Pkcs11Uri): boolean {
  if (!isSameModule(open, uri)) return false;
  if (uri.token === undefined && uri.serial === undefined) return false;
  return (uri.token ?? open.token) === open.token && (uri.serial ?? open.serial) === open.serial;
}

/** One PIN must never be tried on two tokens. */
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
