import { toHex } from '../../signer/dns/bytes.ts';
import { tryAbilities } from './abilities.ts';
import { failureFromThrown, TokenError } from './ckr.ts';
import { CKF_RW_SESSION, CKF_SERIAL_SESSION, CKU_SO } from './constants.ts';
import { readObjects, replaceObject } from './data-objects.ts';
import { destroyPair, findPair } from './destroy.ts';
import { tryPair } from './examine.ts';
import { generateKey, removeNew, removePair } from './generation.ts';
import { findFreeSlot, listTokens, matchTokens, tokenInSlot } from './inspect.ts';
import { listAllObjects } from './inventory.ts';
import { call, type Library, loadLibrary, pinText, type Slot } from './native.ts';
import { describeKey, keysByLabel, listKeys } from './objects.ts';
import type { Answer, Exchanges, OpenAnswer, Reply, Request, RequestKind, TokenSummary } from './protocol.ts';
import { SigningDesk } from './signing.ts';
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

  async answer(request: Request): Promise<Answer<RequestKind>> {
    switch (request.kind) {
      case 'list-tokens':
        return listTokens(this.#load(request.module));
      case 'init-token':
        return this.#initToken(request);
      case 'open':
        return this.#open(request);
      case 'attach':
        return this.#attach(request);
      case 'login':
        this.#token().login(request.pin);
        this.#desk = new SigningDesk(this.#token(), this.#mechanisms);
        return null;
      case 'reopen':
        this.#token().reopen(request.pin);
        this.#desk = new SigningDesk(this.#token(), this.#mechanisms);
        return null;
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
        return serveKek(this.#load(request.module), request);
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

  /** Design note: pkcs11js passes the label as it is, and modules read 32 octets of it: it must be padded here. */
  async #initToken(request: Exchanges['init-token']['ask']): Promise<TokenSummary> {
    const library = this.#load(request.module);
    const slot = await findFreeSlot(library);
    if (slot === undefined) throw new TokenError({ kind: 'policy', name: 'no slot holds an uninitialised token', call: 'C_GetSlotList' });
    const padding = 32 - Buffer.byteLength(request.label);
    if (padding < 0) throw new TokenError({ kind: 'policy', name: 'a token label has at most 32 octets', call: 'C_InitToken' });
    const label = request.label + ' '.repeat(padding);
    const soPin = pinText(request.soPin);
    const userPin = pinText(request.userPin);
    call('C_InitToken', () => library.C_InitToken(slot, soPin, label));
    const session = call('C_OpenSession', () => library.C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION));
    call('C_Login', () => library.C_Login(session, CKU_SO, soPin));
    call('C_InitPIN', () => library.C_InitPIN(session, userPin));
    call('C_Logout', () => library.C_Logout(session));
    call('C_CloseSession', () => library.C_CloseSession(session));
    return tokenInSlot(library, slot);
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
