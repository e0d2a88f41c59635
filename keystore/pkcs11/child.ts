import { toHex } from '../../signer/dns/bytes.ts';
import { makeSealKey } from '../pin/seal.ts';
import { tryAbilities } from './abilities.ts';
import { failureFromThrown, TokenError } from './ckr.ts';
import { readObjects, replaceObject } from './data-objects.ts';
import { destroyPair, findPair } from './destroy.ts';
import { tryPair } from './examine.ts';
import { generateKey, removeNew, removePair } from './generation.ts';
import { initToken } from './init-token.ts';
import { listTokens, matchTokens } from './inspect.ts';
import { listAllObjects } from './inventory.ts';
import { changePin, type LoginAnswer, type LoginOrder, logIn, recordRefused } from './login.ts';
import { call, type Library, loadLibrary, type Slot } from './native.ts';
import { describeKey, keysByLabel, listKeys } from './objects.ts';
import type { Answer, Exchanges, OpenAnswer, Reply, Request, RequestKind } from './protocol.ts';
import { SigningDesk } from './signing.ts';
import { signsOfLife } from './signs-of-life.ts';
import { surveyToken } from './survey.ts';
import { TokenSession } from './token-session.ts';
import { destroyById, destroyTrials, takeInventory } from './trial-objects.ts';
import { plainLabel } from './uri.ts';
import { serveKek, unwrapKey, wrapKeys } from './wrapping.ts';

/**
 * The process that owns the PKCS#11 module: one request at a time, answered in order, all calls synchronous.
 * A module that crashes or hangs takes this process with it and nothing else.
 */
class Child {
  /** Held for the life of the process: pkcs11js unloads the module when this is collected. */
  #library: Library | undefined;
  #session: TokenSession | undefined;
  #desk: SigningDesk | undefined;
  #mechanisms: readonly number[] = [];
  readonly #generated = new Set<string>();
  readonly #sealKey = makeSealKey();

  async answer(request: Request): Promise<Answer<RequestKind>> {
    switch (request.kind) {
      case 'list-tokens':
        return listTokens(this.#load(request.module));
      case 'init-token':
        return initToken(this.#load(request.module), request, this.#sealKey);
      case 'pin-key':
        return this.#sealKey.publicKey;
      case 'open':
        return this.#open(request);
      case 'attach':
        return this.#attach(request);
      case 'login':
        return this.#loggedIn(await logIn(this.#token(), request, this.#sealKey));
      case 'reopen':
        return this.#reopen(request);
      case 'record-refused':
        return recordRefused(this.#token(), request, this.#sealKey);
      case 'set-pin':
        return changePin(this.#token(), request, this.#sealKey);
      case 'list-keys':
        return this.#listKeys(request);
      case 'prepare':
        return this.#signing().prepare(request, request);
      case 'sign':
        return this.#signing().sign(request.key, request.bytes, request.ends);
      case 'generate':
        return this.#generate(request);
      case 'discard-new':
        return this.#discard(request.id);
      case 'remove-new':
        this.#signing().index.remove(request.id);
        return removeNew(this.#token(), request);
      case 'list-objects':
        return listAllObjects(this.#token());
      case 'find-pair':
        return findPair(this.#token(), request);
      case 'destroy-pair':
        this.#signing().index.remove(request.id);
        return destroyPair(this.#token(), request);
      case 'wrap-keys':
        return wrapKeys(this.#token(), this.#mechanisms, request);
      case 'unwrap-key':
        return unwrapKey(this.#token(), this.#mechanisms, request);
      case 'serve-kek':
        return serveKek(this.#load(request.module), request, this.#sealKey);
      case 'read-objects':
        return readObjects(this.#token(), request.label);
      case 'replace-object':
        return replaceObject(this.#token(), request.label, request.value);
      case 'survey':
        return surveyToken(this.#load(request.module), request.match);
      case 'try-pair':
        return tryPair(this.#token(), request, this.#mechanisms);
      case 'try-abilities':
        return tryAbilities(this.#token(), this.#mechanisms, request.place);
      case 'take-inventory':
        return takeInventory(this.#token());
      case 'destroy-trials':
        return request.id === undefined ? destroyTrials(this.#token()) : destroyById(this.#token(), request.id);
      default:
        return request satisfies never;
    }
  }

  #load(path: string): Library {
    this.#library ??= loadLibrary(path, process.argv[2]);
    return this.#library;
  }

  async #open(request: Exchanges['open']['ask']): Promise<OpenAnswer> {
    const library = this.#load(request.module);
    const found = await matchTokens(library, request.match);
    const [only] = found;
    if (only === undefined) return { kind: 'no-match', candidates: (await listTokens(library)).filter((token) => token.initialized) };
    if (found.length > 1) return { kind: 'many-matches', candidates: found.map(({ token }) => token) };
    this.#begin(library, only.handle);
    return { kind: 'opened', token: only.token, slot: only.handle };
  }

  #attach({ module, place }: Exchanges['attach']['ask']): boolean {
    const library = this.#load(module);
    const slot = Buffer.from(place.slot) as Slot;
    if (!call('C_GetSlotList', () => library.C_GetSlotList(true)).some((present) => present.equals(slot))) return false;
    const info = call('C_GetTokenInfo', () => library.C_GetTokenInfo(slot));
    if (plainLabel(info.label) !== place.label || plainLabel(info.serialNumber) !== place.serial) return false;
    this.#begin(library, slot);
    return true;
  }

  #begin(library: Library, slot: Slot): void {
    this.#session = new TokenSession(library, slot);
    this.#mechanisms = call('C_GetMechanismList', () => library.C_GetMechanismList(slot));
  }

  /** A new session, and a login where the token has forgotten the one before. */
  async #reopen(order: LoginOrder): Promise<LoginAnswer> {
    this.#token().renew();
    return this.#loggedIn(this.#token().isLoggedIn ? { kind: 'logged-in' } : await logIn(this.#token(), order, this.#sealKey));
  }

  #loggedIn(answer: LoginAnswer): LoginAnswer {
    if (answer.kind === 'logged-in') this.#desk = new SigningDesk(this.#token(), this.#mechanisms);
    return answer;
  }

  #listKeys({ id, label }: Exchanges['list-keys']['ask']): Answer<'list-keys'> | Promise<Answer<'list-keys'>> {
    if (id === undefined) return label === undefined ? listKeys(this.#token()) : keysByLabel(this.#token(), label);
    const { privateObjects, publicObjects } = this.#signing().index.find({ id, ...(label === undefined ? {} : { label }) });
    return privateObjects
      .filter((object) => label === undefined || object.label === label)
      .map((object) => describeKey(this.#token(), object, publicObjects));
  }

  #generate(order: Exchanges['generate']['ask']): Answer<'generate'> {
    const made = generateKey(this.#token(), order, this.#signing().index);
    this.#generated.add(toHex(order.id));
    return made;
  }

  #discard(id: Uint8Array): null {
    if (!this.#generated.has(toHex(id))) {
      throw new TokenError({ kind: 'policy', name: 'only a key made in this session can be discarded', call: 'C_DestroyObject' });
    }
    removePair(this.#token(), id);
    this.#signing().index.remove(id);
    this.#generated.delete(toHex(id));
    return null;
  }

  #token(): TokenSession {
    if (this.#session === undefined) throw new TokenError({ kind: 'session', name: 'no token is open', call: 'open' });
    return this.#session;
  }

  #signing(): SigningDesk {
    if (this.#desk === undefined) throw new TokenError({ kind: 'session', name: 'nobody has logged in', call: 'login' });
    return this.#desk;
  }
}

const child = new Child();

// The parent decides when this process ends: an interrupt from the terminal goes to the whole process group.
process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit(0));
signsOfLife.begin(() => process.send?.({ kind: 'alive' } satisfies Reply));
let turn: Promise<void> = Promise.resolve();
process.on('message', (request: Request) => {
  turn = turn.then(() => reply(request));
});

async function reply(request: Request): Promise<void> {
  let message: Reply;
  try {
    message = { kind: 'done', answer: await child.answer(request) };
  } catch (thrown) {
    message = { kind: 'failed', failure: failureFromThrown(thrown, request.kind) };
  }
  process.send?.(message);
}
