import { toHex } from '../../signer/dns/bytes.ts';
import type { Attestation, KeyOnToken, KeyShape } from '../key.ts';
import { curvePublicField, rsaPublicField } from '../public-key.ts';
import { CKA, CKK, CURVE_OID_HEX, CURVE_OTHER_HEX, type Curve } from './constants.ts';
import { listObjects } from './inspect.ts';
import {
  findKeys,
  findObjects,
  type Library,
  type ObjectHandle,
  readAttribute,
  readBoolean,
  readNumber,
  type SessionHandle,
} from './native.ts';
import type { TokenSession } from './token-session.ts';

const CURVE_BY_PARAMETERS: ReadonlyMap<string, Curve> = new Map<string, Curve>([
  ...(Object.keys(CURVE_OID_HEX) as Curve[]).map((curve) => [CURVE_OID_HEX[curve], curve] as const),
  ...Object.entries(CURVE_OTHER_HEX),
]);

/** A private key object, named by what finds it again. */
export interface PrivateObject {
  readonly handle: ObjectHandle;
  readonly id: Uint8Array;
  readonly label: string;
}

/** Names of private key objects. */
export function namePrivateObjects(token: TokenSession, handles: readonly ObjectHandle[]): PrivateObject[] {
  const { library, work } = token;
  return handles.map((handle) => ({
    handle,
    id: Uint8Array.from(readAttribute(library, work, handle, CKA.id) ?? []),
    label: new TextDecoder().decode(readAttribute(library, work, handle, CKA.label) ?? new Uint8Array()),
  }));
}

/** Public objects by CKA_ID in hexadecimal. */
export function indexPublicObjects(token: TokenSession, handles: readonly ObjectHandle[]): ReadonlyMap<string, readonly ObjectHandle[]> {
  const { library, work } = token;
  return Map.groupBy(handles, (handle) => toHex(readAttribute(library, work, handle, CKA.id) ?? new Uint8Array()));
}

export async function listKeys(token: TokenSession): Promise<KeyOnToken[]> {
  const { library, slot, work } = token;
  const publicIndex = indexPublicObjects(token, await listObjects(library, slot, work, 'public'));
  return namePrivateObjects(token, await listObjects(library, slot, work, 'private')).map((object) =>
    describeKey(token, object, publicIndex.get(toHex(object.id)) ?? []),
  );
}

/** The same for one label: few searches, while a token with hundreds of keys takes long to list. */
export function keysByLabel(token: TokenSession, label: string): KeyOnToken[] {
  const { library, work } = token;
  return namePrivateObjects(token, findObjects(library, work, 'privateKey', { label })).map((object) =>
    describeKey(token, object, findKeys(library, work, 'publicKey', object.id)),
  );
}

/** @param publicObjects those with the same CKA_ID; the one of the same key type counts, of several the one with the same label */
export function describeKey(token: TokenSession, object: PrivateObject, publicObjects: readonly ObjectHandle[]): KeyOnToken {
  const { library, work } = token;
  const ofType = publicObjects.filter((p) => isSameType(library, work, p, object.handle));
  const sources = [...ownPublicObjects(token, object, ofType), object.handle];
  const { shape, publicKey } = readShape(library, work, object.handle, sources);
  return {
    id: object.id,
    label: object.label,
    shape,
    ...(publicKey === undefined ? {} : { publicKey }),
    attestation: readAttestation(library, work, object.handle),
  };
}

/** Keys without CKA_ID have all the same none, so that the label alone tells which public object is whose. */
function ownPublicObjects(token: TokenSession, object: PrivateObject, publicObjects: readonly ObjectHandle[]): readonly ObjectHandle[] {
  const hasId = object.id.length > 0;
  if (hasId && publicObjects.length < 2) return publicObjects;
  const named = namePrivateObjects(token, publicObjects).filter(({ label }) => label === object.label);
  return hasId && named.length === 0 ? publicObjects : named.map(({ handle }) => handle);
}

function isSameType(library: Library, session: SessionHandle, a: ObjectHandle, b: ObjectHandle): boolean {
  return readNumber(library, session, a, CKA.keyType) === readNumber(library, session, b, CKA.keyType);
}

/** The public key from the first source that has it: the public object, else the private one (RSA everywhere, EC on some tokens). */
function readShape(
  library: Library,
  session: SessionHandle,
  privateKey: ObjectHandle,
  sources: readonly ObjectHandle[],
): { shape: KeyShape; publicKey?: Uint8Array } {
  const first = (type: number): Uint8Array | undefined => {
    for (const source of sources) {
      const value = readAttribute(library, session, source, type);
      if (value !== undefined) return value;
    }
    return undefined;
  };
  const keyType = readNumber(library, session, privateKey, CKA.keyType);
  if (keyType === CKK.rsa) {
    const modulus = first(CKA.modulus);
    const exponent = first(CKA.publicExponent);
    if (modulus === undefined) return { shape: { kind: 'other', text: 'RSA without modulus' } };
    const shape: KeyShape = { kind: 'rsa', bits: bitLength(modulus) };
    return exponent === undefined ? { shape } : { shape, publicKey: rsaPublicField(modulus, exponent) };
  }
  if (keyType !== CKK.ec && keyType !== CKK.ecEdwards)
    return { shape: { kind: 'other', text: `key type 0x${(keyType ?? 0).toString(16)}` } };
  const parameters = toHex(first(CKA.ecParams) ?? new Uint8Array());
  const curve = CURVE_BY_PARAMETERS.get(parameters);
  if (curve === undefined) return { shape: { kind: 'other', text: `curve ${parameters}` } };
  const point = first(CKA.ecPoint);
  const publicKey = point === undefined ? undefined : curvePublicField(curve, point);
  return publicKey === undefined ? { shape: { kind: 'ec', curve } } : { shape: { kind: 'ec', curve }, publicKey };
}

export function readAttestation(library: Library, session: SessionHandle, object: ObjectHandle): Attestation {
  const rows = {
    extractable: CKA.extractable,
    sensitive: CKA.sensitive,
    neverExtractable: CKA.neverExtractable,
    alwaysSensitive: CKA.alwaysSensitive,
    local: CKA.local,
    copyable: CKA.copyable,
    modifiable: CKA.modifiable,
  };
  const told = Object.entries(rows).map(([name, type]) => [name, readBoolean(library, session, object, type)] as const);
  return Object.fromEntries(told.filter(([, value]) => value !== undefined));
}

function bitLength(modulus: Uint8Array): number {
  const start = modulus.findIndex((octet) => octet !== 0);
  return start < 0 ? 0 : (modulus.length - start) * 8 - Math.clz32(modulus[start]!) + 24;
}
