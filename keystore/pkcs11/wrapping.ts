import { equalBytes } from '../../signer/dns/bytes.ts';
import { algorithmByNumber } from '../../signer/dnssec/algorithm.ts';
import type { KeyRole } from '../../signer/zone-key.ts';
import type { PinOffer } from '../pin/offer.ts';
import type { SealKey } from '../pin/seal.ts';
import { TokenError } from './ckr.ts';
import { CKA, CKF_RW_SESSION, CKF_SERIAL_SESSION, CKK, CKO } from './constants.ts';
import { matchTokens } from './inspect.ts';
import { type LoginAnswer, logInOfficer } from './login.ts';
import { curveOf } from './mechanisms.ts';
import {
  type Attribute,
  call,
  checkHandle,
  checkTemplate,
  findObjects,
  type Library,
  mechanism,
  type ObjectHandle,
  readBoolean,
  type SessionHandle,
  search,
} from './native.ts';
import { describeKey, namePrivateObjects } from './objects.ts';
import type { KeyReference, TokenMatch } from './protocol.ts';
import { type KeyPairTemplate, keyPairTemplates } from './templates.ts';
import type { TokenSession } from './token-session.ts';

/** How a wrapped key is padded: RFC 5649, or RFC 3394 over a PKCS #8 that ends in zeros up to a multiple of 8. */
export type WrapForm = 'rfc5649' | 'rfc3394';

/** A key-encryption key: its 32 octets for an object of this session, or the CKA_LABEL of one that the security officer has made. */
export type Kek = { readonly kind: 'value'; readonly value: Uint8Array } | { readonly kind: 'trusted'; readonly label: string };

export interface WrapOrder {
  readonly kek: Kek;
  readonly keys: readonly KeyReference[];
}

export type WrapOutcome =
  | { readonly kind: 'wrapped'; readonly form: WrapForm; readonly wrapped: Uint8Array }
  /** `needs-trusted`: CKA_WRAP_WITH_TRUSTED, and the key-encryption key is not trusted. */
  | { readonly kind: 'absent' | 'not-extractable' | 'needs-trusted' }
  | { readonly kind: 'refused'; readonly name: string };

export interface UnwrapOrder extends KeyReference {
  readonly kek: Uint8Array;
  readonly form: WrapForm;
  readonly wrapped: Uint8Array;
  readonly role: KeyRole;
  readonly algorithm: number;
  readonly publicKey: Uint8Array;
}

export interface KekOrder {
  readonly module: string;
  readonly match: TokenMatch;
  readonly soPin: PinOffer;
  /** Records of refused PINs. */
  readonly refusedPins: readonly string[];
  readonly label: string;
  /** The value to make it of; absent: it is destroyed. */
  readonly value?: Uint8Array;
}

/** KWP is RFC 5649 wherever it is; KEY_WRAP_PAD is so in SoftHSM, and something else in modules that have KWP too. */
const MECHANISMS: readonly (readonly [type: number, form: WrapForm])[] = [
  [0x210b, 'rfc5649'],
  [0x210a, 'rfc5649'],
  [0x2109, 'rfc3394'],
];
const CKO_SECRET_KEY = 4;
const CKK_AES = 0x1f;
const CKA_TRUSTED = 0x86;
const CKR_KEY_NOT_WRAPPABLE = 0x69;
/** The token's answer about this key and this mechanism, not about itself: FUNCTION_NOT_SUPPORTED, KEY_…, MECHANISM_…, DATA_LEN_RANGE. */
const REFUSALS: readonly number[] = [0x21, 0x54, 0x62, 0x63, 0x68, CKR_KEY_NOT_WRAPPABLE, 0x6a, 0x70, 0x71, 0x113, 0x114, 0x115];
const STEP_DOWN: readonly number[] = [0x10, 0x11, 0x12, 0x13, 0xd0, 0xd1, 0x05];
/** A wrapped RSA key of 4096 bits has some 2400 octets. */
const MAX_WRAPPED = 16_384;

/** Wraps private keys, one outcome for each. The key-encryption key of a value lives in this session alone and is destroyed. */
export function wrapKeys(token: TokenSession, mechanisms: readonly number[], { kek, keys }: WrapOrder): WrapOutcome[] {
  const usable = MECHANISMS.filter(([type]) => mechanisms.includes(type));
  const handle = kek.kind === 'value' ? createKek(token.library, token.work, kek.value) : trustedKek(token, kek.label);
  try {
    return keys.map((key) => wrapKey(token, usable, { handle, isTrusted: kek.kind === 'trusted' }, key));
  } finally {
    if (kek.kind === 'value') destroy(token, handle);
  }
}

/**
 * Unwraps a private key, with every attribute said, and makes its public object anew. The CKA_ID must be free. What is wrong with it in the
 * end is taken away again.
 */
export function unwrapKey(token: TokenSession, mechanisms: readonly number[], order: UnwrapOrder): null {
  const type = MECHANISMS.find(([mechanismType, form]) => form === order.form && mechanisms.includes(mechanismType))?.[0];
  if (type === undefined) throw new TokenError({ kind: 'unsupported', name: `no mechanism unwraps ${order.form}`, call: 'C_UnwrapKey' });
  for (const kind of ['privateKey', 'publicKey'] as const) {
    if (findObjects(token.library, token.work, kind, { id: order.id }).length > 0)
      throw new TokenError({ kind: 'policy', name: 'the CKA_ID is in use', call: 'C_FindObjects' });
  }
  const kek = createKek(token.library, token.work, order.kek);
  try {
    const templates = keyPairTemplates(order.role, order.algorithm, 0, order.id, order.label);
    const clear = (): void => removeAll(token, order.id);
    stepDown(templates, (template) => restorePair(token, type, kek, order, template), clear);
    return null;
  } catch (error) {
    removeAll(token, order.id);
    throw error;
  } finally {
    destroy(token, kek);
  }
}

/** Makes or destroys a trusted key-encryption key as the security officer: PKCS#11 lets nobody else say CKA_TRUSTED. Ends its own login. */
export async function serveKek(
  library: Library,
  { match, soPin, refusedPins, label, value }: KekOrder,
  key: SealKey,
): Promise<LoginAnswer> {
  const found = await matchTokens(library, match);
  const [only] = found;
  if (only === undefined || found.length > 1)
    throw new TokenError({ kind: 'policy', name: `${found.length} tokens match`, call: 'C_GetTokenInfo' });
  const session = call('C_OpenSession', () => library.C_OpenSession(only.handle, CKF_SERIAL_SESSION | CKF_RW_SESSION));
  try {
    const answer = await logInOfficer(library, { session, slot: only.handle }, { pin: soPin, refusedPins }, key);
    if (answer.kind === 'refused') return answer;
    for (const old of findSecret(library, session, label))
      call('C_DestroyObject', () => library.C_DestroyObject(session, checkHandle(old)));
    if (value !== undefined) {
      createKek(library, session, value, [
        { type: CKA.token, value: true },
        { type: CKA.private, value: false },
        { type: CKA_TRUSTED, value: true },
        { type: CKA.label, value: new TextEncoder().encode(label) },
      ]);
    }
    return answer;
  } finally {
    call('C_CloseSession', () => library.C_CloseSession(session));
  }
}

function wrapKey(
  token: TokenSession,
  usable: readonly (readonly [type: number, form: WrapForm])[],
  kek: { readonly handle: ObjectHandle; readonly isTrusted: boolean },
  { id, label }: KeyReference,
): WrapOutcome {
  const { library, work } = token;
  const key = namePrivateObjects(token, findObjects(library, work, 'privateKey', { id })).find((object) => object.label === label);
  if (key === undefined) return { kind: 'absent' };
  // NSS wraps keys that are not extractable; what the key says is what its makers wanted.
  if (readBoolean(library, work, key.handle, CKA.extractable) !== true) return { kind: 'not-extractable' };
  if (!kek.isTrusted && readBoolean(library, work, key.handle, CKA.wrapWithTrusted) === true) return { kind: 'needs-trusted' };
  let refusal = 'the token has no AES key wrap';
  for (const [type, form] of usable) {
    try {
      const wrapped = call('C_WrapKey', () =>
        library.C_WrapKey(checkHandle(work), mechanism(type), checkHandle(kek.handle), checkHandle(key.handle), Buffer.alloc(MAX_WRAPPED)),
      );
      return { kind: 'wrapped', form, wrapped: Uint8Array.from(wrapped) };
    } catch (error) {
      if (!(error instanceof TokenError) || !REFUSALS.includes(error.failure.ckr ?? -1)) throw error;
      refusal = error.failure.ckr === CKR_KEY_NOT_WRAPPABLE ? 'CKR_KEY_NOT_WRAPPABLE' : error.failure.name;
    }
  }
  return { kind: 'refused', name: refusal };
}

function restorePair(token: TokenSession, type: number, kek: ObjectHandle, order: UnwrapOrder, template: KeyPairTemplate): void {
  const { library, work } = token;
  const { keyType, parts } = publicParts(order);
  const privateTemplate = checkTemplate([
    { type: CKA.class, value: CKO.privateKey },
    { type: CKA.keyType, value: keyType },
    ...template.privateKey,
  ]);
  const handle = call('C_UnwrapKey', () =>
    library.C_UnwrapKey(checkHandle(work), mechanism(type), checkHandle(kek), Buffer.from(order.wrapped), privateTemplate),
  );
  const without: readonly number[] = [CKA.modulusBits, CKA.publicExponent];
  const publicTemplate = checkTemplate([
    { type: CKA.class, value: CKO.publicKey },
    { type: CKA.keyType, value: keyType },
    ...template.publicKey.filter((attribute) => !without.includes(attribute.type)),
    ...parts,
  ]);
  const publicObject = call('C_CreateObject', () => library.C_CreateObject(checkHandle(work), publicTemplate));
  const { publicKey } = describeKey(token, { handle, id: order.id, label: order.label }, [publicObject]);
  if (publicKey === undefined || !equalBytes(publicKey, order.publicKey))
    throw new TokenError({ kind: 'fatal', name: 'the unwrapped key has another public key', call: 'C_GetAttributeValue' });
}

/** What the public object has beside its template. */
function publicParts({ algorithm, publicKey }: UnwrapOrder): { keyType: number; parts: readonly Attribute[] } {
  const form = algorithmByNumber(algorithm)?.form.kind;
  if (form === 'rsa') {
    const { modulus, exponent } = splitRsa(publicKey);
    return {
      keyType: CKK.rsa,
      parts: [
        { type: CKA.modulus, value: modulus },
        { type: CKA.publicExponent, value: exponent },
      ],
    };
  }
  if (curveOf(algorithm) === undefined)
    throw new TokenError({ kind: 'unsupported', name: `no public object for algorithm ${algorithm}`, call: 'C_CreateObject' });
  const isEdwards = form === 'eddsa';
  const point = isEdwards ? publicKey : Uint8Array.of(4, ...publicKey);
  return { keyType: isEdwards ? CKK.ecEdwards : CKK.ec, parts: [{ type: CKA.ecPoint, value: Uint8Array.of(4, point.length, ...point) }] };
}

/** RFC 3110 2: exponent length(1, or 0 and 2) exponent modulus. */
function splitRsa(field: Uint8Array): { modulus: Uint8Array; exponent: Uint8Array } {
  const [octets, at] = field[0] === 0 ? [(field[1]! << 8) | field[2]!, 3] : [field[0]!, 1];
  return { exponent: field.slice(at, at + octets), modulus: field.slice(at + octets) };
}

/** Of a CKA_ID that was free before. */
function removeAll(token: TokenSession, id: Uint8Array): void {
  for (const kind of ['privateKey', 'publicKey'] as const)
    for (const object of findObjects(token.library, token.work, kind, { id })) destroy(token, object);
}

function stepDown(templates: readonly KeyPairTemplate[], use: (template: KeyPairTemplate) => void, clear: () => void): void {
  let refusal: unknown;
  for (const template of templates) {
    try {
      use(template);
      return;
    } catch (error) {
      if (!(error instanceof TokenError) || !STEP_DOWN.includes(error.failure.ckr ?? -1)) throw error;
      clear();
      refusal = error;
    }
  }
  throw refusal;
}

/** @param more of an object that is stored; without, one of this session */
function createKek(library: Library, session: SessionHandle, value: Uint8Array, more?: readonly Attribute[]): ObjectHandle {
  const template = checkTemplate([
    { type: CKA.class, value: CKO_SECRET_KEY },
    { type: CKA.keyType, value: CKK_AES },
    ...(more ?? [
      { type: CKA.token, value: false },
      { type: CKA.private, value: true },
    ]),
    { type: CKA.sensitive, value: true },
    { type: CKA.extractable, value: false },
    { type: CKA.encrypt, value: false },
    { type: CKA.decrypt, value: false },
    { type: CKA.wrap, value: true },
    { type: CKA.unwrap, value: true },
    { type: CKA.value, value },
  ]);
  return call('C_CreateObject', () => library.C_CreateObject(checkHandle(session), template));
}

function trustedKek({ library, work }: TokenSession, label: string): ObjectHandle {
  const [only, ...more] = findSecret(library, work, label);
  if (only !== undefined && more.length === 0) return only;
  throw new TokenError({
    kind: 'policy',
    name: `${only === undefined ? 'no' : 'more than one'} key-encryption key`,
    call: 'C_FindObjects',
  });
}

function findSecret(library: Library, session: SessionHandle, label: string): readonly ObjectHandle[] {
  return search(library, session, [
    { type: CKA.class, value: CKO_SECRET_KEY },
    { type: CKA.label, value: new TextEncoder().encode(label) },
  ]);
}

function destroy({ library, work }: TokenSession, object: ObjectHandle): void {
  call('C_DestroyObject', () => library.C_DestroyObject(checkHandle(work), checkHandle(object)));
}
