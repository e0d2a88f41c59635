import { createPublicKey, hash, type KeyObject } from 'node:crypto';
import { Refusal } from '../../signer/errors.ts';
import { fromBase64, toBase64 } from './base64.ts';
import type { NoteSigner } from './note-key.ts';

/** What checks a signature line of a note: the public half, and the name and id under which it signs. */
export interface VerifierKey {
  readonly name: string;
  /** 32 bits; picks the key, proves nothing. */
  readonly keyId: number;
  /** `cosignature`: an Ed25519 key that signs a time together with the text (witnesses). */
  readonly kind: KeyKind;
  /** Ed25519 and cosignature: 32 octets. P-256: SubjectPublicKeyInfo in DER. */
  readonly publicKey: Uint8Array;
}

export type KeyKind = 'ed25519' | 'p256' | 'cosignature';

/** Signature types of C2SP signed-note; the first octet of the key in a vkey. */
const TYPE: Readonly<Record<KeyKind, number>> = { ed25519: 1, p256: 2, cosignature: 4 };

/**
 * One line of a vkeys file: `name+id+base64(type | key)`, the id in eight hexadecimal digits.
 *
 * @throws Refusal audit/bad-vkey, also when the id is not that of name and key
 * @see C2SP signed-note
 */
export function parseVkey(text: string): VerifierKey {
  // The base64 part may hold a plus sign itself: only the first two divide.
  const match = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(text);
  if (match === null) throw badVkey(`${JSON.stringify(text)} is not of the form name+id+key`);
  const [, name = '', id = '', base64 = ''] = match;
  if (!isNoteName(name)) throw badVkey(`the name ${JSON.stringify(name)} holds a space or a plus sign`);
  const octets = fromBase64(base64);
  if (octets === undefined) throw badVkey(`the key of ${name} is not base64`);
  const kind = (Object.keys(TYPE) as KeyKind[]).find((k) => TYPE[k] === octets[0]);
  if (kind === undefined) throw badVkey(`the key of ${name} is of type ${octets[0]}; types 1, 2 and 4 are known`);
  const publicKey = octets.subarray(1);
  checkPublicKey(name, kind, publicKey);
  const keyId = keyIdOf(name, kind, publicKey);
  if (keyIdText(keyId) !== id) throw badVkey(`the key of ${name} has id ${keyIdText(keyId)}, but the line says ${id}`);
  return { name, keyId, kind, publicKey };
}

export function printVkey({ name, keyId, kind, publicKey }: VerifierKey): string {
  return `${name}+${keyIdText(keyId)}+${toBase64(Uint8Array.of(TYPE[kind], ...publicKey))}`;
}

/** The public half of a signer. */
export function vkeyOf({ name, kind, publicKey }: NoteSigner): VerifierKey {
  return { name, keyId: keyIdOf(name, kind, publicKey), kind, publicKey };
}

/**
 * Key id: the first four octets, big-endian, of SHA-256(name | LF | type | key).
 * ECDSA keys have another rule, older than the specification: SHA-256 of the SubjectPublicKeyInfo alone.
 *
 * @see C2SP signed-note, signature types
 */
export function keyIdOf(name: string, kind: KeyKind, publicKey: Uint8Array): number {
  const octets = kind === 'p256' ? publicKey : Buffer.concat([Buffer.from(`${name}\n`), Uint8Array.of(TYPE[kind]), publicKey]);
  return hash('sha256', octets, 'buffer').readUInt32BE(0);
}

/** Eight hexadecimal digits. */
export function keyIdText(keyId: number): string {
  return keyId.toString(16).padStart(8, '0');
}

/** Not empty, no Unicode space, no plus sign, no control character (C2SP signed-note, format). */
export function isNoteName(name: string): boolean {
  return name.isWellFormed() && /^[^\p{White_Space}\p{Cc}+]+$/u.test(name);
}

/** SubjectPublicKeyInfo up to the key itself: Ed25519 (RFC 8410 4); P-256 by the name of the curve, an uncompressed point (RFC 5480 2). */
const ED25519_SPKI = Buffer.from('302a300506032b6570032100', 'hex');
const P256_SPKI = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d03010703420004', 'hex');

/** For node:crypto. */
export function publicKeyObject({ kind, publicKey }: Pick<VerifierKey, 'kind' | 'publicKey'>): KeyObject {
  const der = kind === 'p256' ? Buffer.from(publicKey) : Buffer.concat([ED25519_SPKI, publicKey]);
  return createPublicKey({ key: der, format: 'der', type: 'spki' });
}

function checkPublicKey(name: string, kind: KeyKind, publicKey: Uint8Array): void {
  if (kind !== 'p256') {
    if (publicKey.length !== 32) throw badVkey(`the key of ${name} has ${publicKey.length} octets; Ed25519 keys have 32`);
    return;
  }
  let key: KeyObject;
  try {
    key = publicKeyObject({ kind, publicKey });
  } catch (cause) {
    throw badVkey(`the key of ${name} is not a SubjectPublicKeyInfo in DER`, cause);
  }
  const curve = key.asymmetricKeyDetails?.namedCurve ?? key.asymmetricKeyType;
  if (curve !== 'prime256v1') throw badVkey(`the key of ${name} is on ${curve}, not on P-256`);
  // The id is over the octets: the same key with a compressed point or explicit parameters would be another key.
  if (!Buffer.from(publicKey).subarray(0, P256_SPKI.length).equals(P256_SPKI))
    throw badVkey(`the key of ${name} is on P-256, but not in the usual DER form`);
}

function badVkey(message: string, cause?: unknown): Refusal {
  return new Refusal('audit/bad-vkey', message, 'copy the line of the verifier key again, from where it was published', { cause });
}
