import { equalBytes } from '../../signer/dns/bytes.ts';
import { TokenError } from './ckr.ts';
import { CKA, CKO } from './constants.ts';
import { type Attribute, call, checkHandle, checkTemplate, findObjects, type ObjectHandle, readAttribute } from './native.ts';
import type { Storing } from './protocol.ts';
import type { TokenSession } from './token-session.ts';

/** CKA_APPLICATION of all data objects made here; objects without it are never read or destroyed. */
const APPLICATION: Attribute = { type: CKA.application, value: new TextEncoder().encode('coldsign') };
/** No room left; a token that keeps keys only may answer so. */
const CKR_DEVICE_MEMORY = 0x31;
/** CKR_GENERAL_ERROR, CKR_FUNCTION_FAILED: some tokens that keep keys only answer so, and so does one that fails. */
const CKR_VAGUE: readonly number[] = [0x05, 0x06];

/**
 * Values of the data objects with this label, in no certain order; more than one after a crash between making and destroying.
 * @returns none, too, where the token knows no data objects
 */
export function readObjects(token: TokenSession, label: string): Uint8Array[] {
  return findData(token, label)
    .map((object) => readAttribute(token.library, token.work, object, CKA.value))
    .filter((value) => value !== undefined)
    .map((value) => Uint8Array.from(value));
}

/**
 * Stores a value under the label in place of those that are there.
 * Design note: SoftHSM does not let CKA_VALUE be changed (CKR_ATTRIBUTE_READ_ONLY), so the new object is made, and read back, before the
 * old ones go: at every moment the token has one of them.
 * @returns `unsupported` where the token answers that it cannot store it; the old objects then stay
 */
export function replaceObject(token: TokenSession, label: string, value: Uint8Array): Storing {
  const old = findData(token, label);
  const made = create(token, label, value, old.length > 0);
  if (made === undefined) return 'unsupported';
  const stored = readAttribute(token.library, token.work, made, CKA.value);
  if (stored === undefined || !equalBytes(Uint8Array.from(stored), value) || !isOurs(token, made, label)) {
    destroy(token, made);
    return 'unsupported';
  }
  for (const object of old) destroy(token, object);
  return 'stored';
}

function findData(token: TokenSession, label: string): ObjectHandle[] {
  const { library, work } = token;
  try {
    return findObjects(library, work, 'data', { label }, [APPLICATION]).filter((object) => isOurs(token, object, label));
  } catch (error) {
    if (isRefusal(error)) return [];
    throw error;
  }
}

/** Read again before anything is destroyed: a module that ignores part of a search template would give out foreign objects. */
function isOurs({ library, work }: TokenSession, object: ObjectHandle, label: string): boolean {
  const is = (type: number, wanted: Uint8Array): boolean => {
    const found = readAttribute(library, work, object, type);
    return found !== undefined && equalBytes(Uint8Array.from(found), wanted);
  };
  const kind = readAttribute(library, work, object, CKA.class);
  const isData = kind?.every((octet) => octet === CKO.data) === true;
  return isData && is(CKA.label, new TextEncoder().encode(label)) && is(APPLICATION.type, APPLICATION.value as Uint8Array);
}

/** @param hasStored the token is known to take such objects, so that a vague answer is a failure */
function create(token: TokenSession, label: string, value: Uint8Array, hasStored: boolean): ObjectHandle | undefined {
  const { library, work } = token;
  const template = checkTemplate([
    { type: CKA.class, value: CKO.data },
    { type: CKA.token, value: true },
    { type: CKA.private, value: true },
    APPLICATION,
    { type: CKA.label, value: new TextEncoder().encode(label) },
    { type: CKA.value, value },
  ]);
  try {
    return call('C_CreateObject', () => library.C_CreateObject(checkHandle(work), template));
  } catch (error) {
    if (isRefusal(error) || (!hasStored && isVague(error) && showsKeys(token))) return undefined;
    throw error;
  }
}

function isVague(error: unknown): boolean {
  return error instanceof TokenError && CKR_VAGUE.includes(error.failure.ckr ?? -1);
}

/** A token that still shows private keys has not failed. */
function showsKeys({ library, work }: TokenSession): boolean {
  return findObjects(library, work, 'privateKey', {}).length > 0;
}

/** An old object that the token keeps does no harm: readers take the newest. */
function destroy({ library, work }: TokenSession, object: ObjectHandle): void {
  try {
    call('C_DestroyObject', () => library.C_DestroyObject(checkHandle(work), checkHandle(object)));
  } catch (error) {
    if (!isRefusal(error)) throw error;
  }
}

/** The token's own answer decides, not whose token it is. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof TokenError)) return false;
  const { kind, ckr } = error.failure;
  return kind === 'unsupported' || kind === 'policy' || ckr === CKR_DEVICE_MEMORY;
}
