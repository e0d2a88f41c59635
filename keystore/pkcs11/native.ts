import pkcs11js from 'pkcs11js';
import { CKR_CRYPTOKI_ALREADY_INITIALIZED, failureFromCode, failureFromThrown, TokenError } from './ckr.ts';
import { CKA, CKF_OS_LOCKING_OK, CKO } from './constants.ts';
import { signsOfLife } from './signs-of-life.ts';

/**
 * The only file that touches pkcs11js. Child process only; synchronous calls only.
 * Design note: a wrong type in a template corrupts pkcs11js's heap, so every argument is checked here, before the native call.
 */
export type Library = pkcs11js.PKCS11;
export type Slot = Buffer & { readonly __handle?: 'slot' };
export type SessionHandle = Buffer & { readonly __handle?: 'session' };
export type ObjectHandle = Buffer & { readonly __handle?: 'object' };

export interface Attribute {
  readonly type: number;
  readonly value: boolean | number | Uint8Array;
}

const HANDLE_OCTETS = 8;

/** Runs one PKCS#11 call. @throws TokenError */
export function call<T>(name: string, action: () => T): T {
  try {
    return action();
  } catch (thrown) {
    throw new TokenError(failureFromThrown(thrown, name));
  } finally {
    signsOfLife.give();
  }
}

/**
 * Loads and initialises a module. Called once in the life of a process.
 * Design note: without CKF_OS_LOCKING_OK modules take the process for single-threaded, which node is not.
 * @param parameters for modules that take their configuration from C_Initialize (a vendor's use of pReserved)
 */
export function loadLibrary(path: string, parameters?: string): Library {
  const library = new pkcs11js.PKCS11();
  try {
    library.load(path);
  } catch {
    throw new TokenError({ kind: 'unsupported', name: `${path} is not a PKCS#11 module`, call: 'load' });
  }
  try {
    // pkcs11js drops the last character of the parameters.
    const configuration = parameters === undefined ? {} : { libraryParameters: `${parameters} ` };
    call('C_Initialize', () => library.C_Initialize({ flags: CKF_OS_LOCKING_OK, ...configuration }));
  } catch (error) {
    if (!(error instanceof TokenError) || error.failure.ckr !== CKR_CRYPTOKI_ALREADY_INITIALIZED) throw error;
  }
  return library;
}

export function checkHandle<H extends Buffer>(handle: H): H {
  if (!Buffer.isBuffer(handle) || handle.length !== HANDLE_OCTETS) throw new TypeError('a PKCS#11 handle is a Buffer of 8 octets');
  return handle;
}

/** A template that is safe to give to pkcs11js. */
export function checkTemplate(template: readonly Attribute[]): { type: number; value: boolean | number | Buffer }[] {
  return template.map(({ type, value }) => {
    if (!Number.isInteger(type) || type < 0) throw new TypeError('a PKCS#11 attribute has no type');
    if (typeof value === 'boolean') return { type, value };
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return { type, value };
    if (value instanceof Uint8Array) return { type, value: Buffer.from(value) };
    throw new TypeError(`PKCS#11 attribute 0x${type.toString(16)} has a value of a wrong type`);
  });
}

/** A mechanism without parameter: all that DNSSEC needs. */
export function mechanism(type: number): { mechanism: number } {
  if (!Number.isInteger(type) || type < 0) throw new TypeError('a PKCS#11 mechanism has no number');
  return { mechanism: type };
}

/** @returns undefined where the module does not know the attribute, does not give it, or has it empty */
export function readAttribute(library: Library, session: SessionHandle, object: ObjectHandle, type: number): Buffer | undefined {
  checkHandle(session);
  checkHandle(object);
  if (!Number.isInteger(type)) throw new TypeError('a PKCS#11 attribute has no type');
  try {
    const value = library.C_GetAttributeValue(session, object, [{ type }])[0]?.value;
    return value === undefined || value.length === 0 ? undefined : Buffer.from(value);
  } catch (thrown) {
    const failure = failureFromThrown(thrown, 'C_GetAttributeValue');
    if (failure.kind === 'device' && failure.name !== 'CKR_GENERAL_ERROR') throw new TokenError(failure);
    if (failure.kind === 'session') throw new TokenError(failure);
    return undefined;
  } finally {
    signsOfLife.give();
  }
}

export function readBoolean(library: Library, session: SessionHandle, object: ObjectHandle, type: number): boolean | undefined {
  const value = readAttribute(library, session, object, type);
  return value === undefined ? undefined : value[0] !== 0;
}

/** CK_ULONG in the byte order of the machine. */
export function readNumber(library: Library, session: SessionHandle, object: ObjectHandle, type: number): number | undefined {
  const value = readAttribute(library, session, object, type);
  if (value === undefined) return undefined;
  if (value.length === 8) return Number(new BigUint64Array(Uint8Array.from(value).buffer)[0]);
  return value.length === 4 ? new Uint32Array(Uint8Array.from(value).buffer)[0] : undefined;
}

/** What names objects on a token; with both, both must fit. */
export interface ObjectName {
  readonly id?: Uint8Array;
  readonly label?: string;
}

/** Key objects stored on the token, session copies left out; with `id`, those of this CKA_ID. */
export function findKeys(library: Library, session: SessionHandle, kind: 'publicKey' | 'privateKey', id?: Uint8Array): ObjectHandle[] {
  return findObjects(library, session, kind, id === undefined ? {} : { id });
}

/** Objects of one class stored on the token. @param more further attributes that they must have */
export function findObjects(
  library: Library,
  session: SessionHandle,
  kind: keyof typeof CKO,
  { id, label }: ObjectName,
  more: readonly Attribute[] = [],
): ObjectHandle[] {
  return search(library, session, [
    { type: CKA.class, value: CKO[kind] },
    { type: CKA.token, value: true },
    ...(id === undefined ? [] : [{ type: CKA.id, value: id }]),
    ...(label === undefined ? [] : [{ type: CKA.label, value: new TextEncoder().encode(label) }]),
    ...more,
  ]);
}

/** Whatever fits a template, objects of the session too. @throws TokenError: of several failures the first, for the others follow from it */
export function search(library: Library, session: SessionHandle, attributes: readonly Attribute[]): ObjectHandle[] {
  const template = checkTemplate(attributes);
  call('C_FindObjectsInit', () => library.C_FindObjectsInit(checkHandle(session), template));
  const found: ObjectHandle[] = [];
  try {
    for (let isMore = true; isMore; ) {
      const page = call('C_FindObjects', () => library.C_FindObjects(session, FIND_PAGE));
      found.push(...page);
      isMore = page.length === FIND_PAGE;
    }
  } catch (error) {
    try {
      library.C_FindObjectsFinal(session);
    } catch {
      // The search has failed before.
    }
    throw error;
  }
  call('C_FindObjectsFinal', () => library.C_FindObjectsFinal(session));
  return found;
}

const FIND_PAGE = 256;

/** @throws TokenError for a PIN that cannot be given as text */
export function pinText(octets: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(octets);
  } catch {
    throw new TokenError({ ...failureFromCode(0xa1, 'C_Login'), name: 'a PIN that is not UTF-8' });
  }
}
