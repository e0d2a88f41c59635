import { equalBytes } from '../../signer/dns/bytes.ts';
import { TokenError } from './ckr.ts';
import { CKA, CKS_USER_STATES, TOKEN_FLAG } from './constants.ts';
import { call, checkHandle, findObjects, type ObjectHandle, readAttribute } from './native.ts';
import { describeKey } from './objects.ts';
import type { DestroyOrder, PairFound } from './protocol.ts';
import type { TokenSession } from './token-session.ts';

/** The objects of one pair, and what else goes by its name. */
interface PairObjects {
  readonly privateKeys: readonly ObjectHandle[];
  readonly publicKeys: readonly ObjectHandle[];
  /** Private keys of this name whose public key is another one. */
  readonly foreign: number;
  /** Private keys of this name whose public key cannot be read. */
  readonly unproved: readonly ObjectHandle[];
}

/**
 * Looks for a pair by CKA_ID, and by label with public key; counts what it sees besides.
 * Design note: `nothing found` of a token that was emptied, exchanged or logged out would pass for a destroyed key. So the answer is only
 * given by a session that is logged in, on a token that is present and initialised.
 * @throws TokenError device where the token is not in that state
 */
export function findPair(token: TokenSession, order: DestroyOrder): PairFound {
  refuseUnhealthy(token);
  const { privateKeys, publicKeys, foreign, unproved } = pairObjects(token, order);
  const { library, work } = token;
  const all = findObjects(library, work, 'privateKey', {}).length + findObjects(library, work, 'publicKey', {}).length;
  const ours = privateKeys.length + publicKeys.length + unproved.length;
  return {
    privateKeys: privateKeys.length,
    publicKeys: publicKeys.length,
    foreign,
    unproved: unproved.length,
    others: all - ours,
  };
}

/**
 * Destroys the pair: of the objects with this CKA_ID and label those with this very public key, the private one first, so that what an
 * interruption leaves can still be told by its public key. Then looks again in a new session.
 * @returns what is still there
 * @throws TokenError policy if another key goes by this name, or the public key cannot be told and was not proved
 */
export function destroyPair(token: TokenSession, order: DestroyOrder): PairFound {
  const { privateKeys, foreign, unproved } = pairObjects(token, order);
  if (foreign > 0) throw new TokenError({ kind: 'policy', name: 'another key has this CKA_ID and label', call: 'C_DestroyObject' });
  if (unproved.length > 0 && (!order.proved || privateKeys.length + unproved.length > 1))
    throw new TokenError({ kind: 'policy', name: 'the public key of the key cannot be told', call: 'C_DestroyObject' });
  for (const object of [...privateKeys, ...unproved]) destroy(token, object);
  // Looked for anew: some tokens take the public object away with the private one.
  for (const object of pairObjects(token, order).publicKeys) destroy(token, object);
  token.renew();
  return findPair(token, order);
}

function destroy({ library, work }: TokenSession, object: ObjectHandle): void {
  call('C_DestroyObject', () => library.C_DestroyObject(checkHandle(work), checkHandle(object)));
}

function pairObjects(token: TokenSession, order: DestroyOrder): PairObjects {
  const named = candidates(token, 'privateKey', order).filter((object) => labelOf(token, object) === order.label);
  const publicKeys = candidates(token, 'publicKey', order).filter((object) => isPublicKey(token, object, order));
  const told = named.map((object) => ({ object, publicKey: ownPublicKey(token, object) ?? loneNeighbour(token, order, named) }));
  const isIt = ({ publicKey }: (typeof told)[number]): boolean => publicKey !== undefined && equalBytes(publicKey, order.publicKey);
  return {
    privateKeys: told.filter(isIt).map(({ object }) => object),
    publicKeys,
    foreign: told.filter((one) => one.publicKey !== undefined && !isIt(one)).length,
    unproved: told.filter(({ publicKey }) => publicKey === undefined).map(({ object }) => object),
  };
}

/** By CKA_ID; keys without one, by label among those without one. */
function candidates(token: TokenSession, kind: 'privateKey' | 'publicKey', { id, label }: DestroyOrder): ObjectHandle[] {
  const { library, work } = token;
  if (id.length > 0) return findObjects(library, work, kind, { id });
  return findObjects(library, work, kind, { label }).filter((object) => readAttribute(library, work, object, CKA.id) === undefined);
}

function labelOf({ library, work }: TokenSession, object: ObjectHandle): string {
  return new TextDecoder().decode(readAttribute(library, work, object, CKA.label) ?? new Uint8Array());
}

/** What the object itself says: RSA keys everywhere, elliptic curve keys on some tokens. */
function ownPublicKey(token: TokenSession, object: ObjectHandle): Uint8Array | undefined {
  return describeKey(token, { handle: object, id: NO_ID, label: '' }, []).publicKey;
}

/** Else the public object with the same CKA_ID, if there is but one pair that it can belong to. */
function loneNeighbour(token: TokenSession, order: DestroyOrder, named: readonly ObjectHandle[]): Uint8Array | undefined {
  const all = candidates(token, 'privateKey', order);
  const publicKeys = candidates(token, 'publicKey', order);
  const [neighbour] = publicKeys;
  if (neighbour === undefined || all.length !== 1 || named.length !== 1 || publicKeys.length !== 1) {
    const sameLabel = publicKeys.filter((object) => labelOf(token, object) === order.label);
    return sameLabel.length === 1 && named.length === 1 ? ownPublicKey(token, sameLabel[0]!) : undefined;
  }
  return ownPublicKey(token, neighbour);
}

function isPublicKey(token: TokenSession, object: ObjectHandle, { publicKey }: DestroyOrder): boolean {
  const found = ownPublicKey(token, object);
  return found !== undefined && equalBytes(found, publicKey);
}

const NO_ID = new Uint8Array();

function refuseUnhealthy({ library, slot, work }: TokenSession): void {
  const isPresent = call('C_GetSlotList', () => library.C_GetSlotList(true)).some((one) => one.equals(slot));
  const { flags } = call('C_GetTokenInfo', () => library.C_GetTokenInfo(slot));
  const { state } = call('C_GetSessionInfo', () => library.C_GetSessionInfo(checkHandle(work)));
  const needed = TOKEN_FLAG.tokenInitialized;
  const flaw = !isPresent
    ? 'the token is not present'
    : (flags & needed) === 0
      ? 'the token is not initialised'
      : (flags & TOKEN_FLAG.loginRequired) !== 0 && !CKS_USER_STATES.includes(state)
        ? 'nobody is logged in, so private keys cannot be seen'
        : undefined;
  if (flaw !== undefined) throw new TokenError({ kind: 'device', name: flaw, call: 'find-pair' });
}
