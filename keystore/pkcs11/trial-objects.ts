import { createHash } from 'node:crypto';
import type { Inventory, Refused } from '../doctor/facts.ts';
import { failureFromCode, TokenError } from './ckr.ts';
import { CKA, CKS_USER_STATES } from './constants.ts';
import { type Attribute, call, checkHandle, type ObjectHandle, readAttribute, search } from './native.ts';
import type { TokenSession } from './token-session.ts';

/** CKA_LABEL of every object that a trial makes; no key of a zone or log is ever called so. */
export const TRIAL_LABEL = 'coldsign trial, to be destroyed';

const CKR_USER_NOT_LOGGED_IN = 0x101;

/** Which call failed, and how. Errors that are not the token's are bugs and go on. */
export function refusedBy(error: unknown): Refused {
  if (!(error instanceof TokenError)) throw error;
  const { failure } = error;
  // A device that is gone, or a PIN that is needed anew, ends the examination; that a token does not do something is a result.
  if (failure.kind === 'pin' || failure.kind === 'pin-locked' || NO_ANSWER.has(failure.ckr ?? 0)) throw error;
  return { call: failure.call, name: failure.name };
}

/** CKR_DEVICE_REMOVED, CKR_TOKEN_NOT_PRESENT, CKR_USER_NOT_LOGGED_IN, CKR_CRYPTOKI_NOT_INITIALIZED. */
const NO_ANSWER: ReadonlySet<number> = new Set([0x32, 0xe0, CKR_USER_NOT_LOGGED_IN, 0x190]);

/**
 * Destroys all objects, of the session or the token, that have this CKA_ID and the label of trials.
 * @returns how many are there afterwards
 */
export function destroyById(token: TokenSession, id: Uint8Array): number {
  return destroyTrials(token, [{ type: CKA.id, value: id }]);
}

/** @param more narrows the search. @returns how many such objects are there afterwards */
export function destroyTrials(token: TokenSession, more: readonly Attribute[] = []): number {
  for (const object of findTrials(token, more)) destroyIfPossible(token, object);
  return findTrials(token, more).length;
}

/** @returns how many of them are there afterwards */
export function destroyObjects(token: TokenSession, objects: readonly ObjectHandle[]): number {
  for (const object of objects) destroyIfPossible(token, object);
  return objects.filter((object) => isThere(token, object)).length;
}

/** Whatever the token says of it: what is there afterwards is counted and reported. */
function destroyIfPossible({ library, work }: TokenSession, object: ObjectHandle): void {
  try {
    library.C_DestroyObject(checkHandle(work), checkHandle(object));
  } catch {
    // Counted by the callers.
  }
}

/** A module may give a handle again to another object: the label tells. */
function isThere(token: TokenSession, object: ObjectHandle): boolean {
  try {
    return labelOf(token, object) === TRIAL_LABEL;
  } catch (error) {
    refusedBy(error);
    return false;
  }
}

/** The label is read again: a module that ignores part of a search template would give out foreign objects. */
function findTrials(token: TokenSession, more: readonly Attribute[]): ObjectHandle[] {
  const template = [{ type: CKA.label, value: new TextEncoder().encode(TRIAL_LABEL) }, ...more];
  return search(token.library, token.work, template).filter((object) => labelOf(token, object) === TRIAL_LABEL);
}

/**
 * What a login shows on the token; session objects are not among it.
 * @throws TokenError session: a token with a single session has forgotten the login with the last one, and would show half of it
 */
export function takeInventory(token: TokenSession): Inventory {
  const { library, work } = token;
  const { state } = call('C_GetSessionInfo', () => library.C_GetSessionInfo(checkHandle(work)));
  if (!CKS_USER_STATES.includes(state)) throw new TokenError(failureFromCode(CKR_USER_NOT_LOGGED_IN, 'C_GetSessionInfo'));
  const objects = search(token.library, token.work, [{ type: CKA.token, value: true }]);
  const lines = objects.map((object) => {
    const part = (type: number): string => (readAttribute(library, work, object, type) ?? Buffer.alloc(0)).toString('hex');
    return `${part(CKA.class)} ${part(CKA.id)} ${part(CKA.label)}\n`;
  });
  return {
    objects: objects.length,
    sha256: createHash('sha256').update(lines.sort().join('')).digest('hex'),
    trials: objects.filter((object) => labelOf(token, object) === TRIAL_LABEL).length,
  };
}

function labelOf({ library, work }: TokenSession, object: ObjectHandle): string {
  return new TextDecoder().decode(readAttribute(library, work, object, CKA.label) ?? new Uint8Array());
}
