import {
  createCipheriv,
  createDecipheriv,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';
import { concatBytes } from '../../signer/dns/bytes.ts';

const KEY_OCTETS = 32;
const TAG_OCTETS = 16;
const PURPOSE = 'coldsign PIN between processes 1';
/** SubjectPublicKeyInfo of an X25519 key, up to the key itself (RFC 8410 4). */
const SPKI_HEAD = Uint8Array.fromHex('302a300506032b656e032100');
/** Each key encrypts one message only. */
const NONCE = new Uint8Array(12);

/** The ephemeral key of a process that takes PINs; lives as long as the process, and nowhere else. */
export interface SealKey {
  /** 32 octets (RFC 7748). */
  readonly publicKey: Uint8Array;
  /** What {@link sealFor} has made for this key and context. @throws Error for anything else */
  open(sealed: Uint8Array, context: string): Uint8Array;
}

export function makeSealKey(): SealKey {
  const { privateKey, publicKey } = generateKeyPairSync('x25519');
  const own = rawKey(publicKey);
  return {
    publicKey: own,
    open(sealed, context) {
      const theirs = sealed.subarray(0, KEY_OCTETS);
      const key = deriveKey(privateKey, theirs, concatBytes(theirs, own), context);
      const decipher = createDecipheriv('aes-256-gcm', key, NONCE);
      decipher.setAuthTag(sealed.subarray(sealed.length - TAG_OCTETS));
      return concatBytes(decipher.update(sealed.subarray(KEY_OCTETS, sealed.length - TAG_OCTETS)), decipher.final());
    },
  };
}

/**
 * Octets that only the process with this key can read: a new X25519 key (32) · AES-256-GCM ciphertext · tag (16); the key by HKDF-SHA256.
 * @param context the token that the PIN is for: sealed for one, it opens for no other
 */
export function sealFor(publicKey: Uint8Array, pin: Uint8Array, context: string): Uint8Array {
  const { privateKey, publicKey: ephemeral } = generateKeyPairSync('x25519');
  const own = rawKey(ephemeral);
  const key = deriveKey(privateKey, publicKey, concatBytes(own, publicKey), context);
  const cipher = createCipheriv('aes-256-gcm', key, NONCE);
  return concatBytes(own, cipher.update(pin), cipher.final(), cipher.getAuthTag());
}

function deriveKey(own: KeyObject, theirs: Uint8Array, salt: Uint8Array, context: string): Uint8Array {
  const der = Buffer.from(concatBytes(SPKI_HEAD, theirs));
  const shared = diffieHellman({ privateKey: own, publicKey: createPublicKey({ key: der, format: 'der', type: 'spki' }) });
  return new Uint8Array(hkdfSync('sha256', shared, salt, `${PURPOSE}\0${context}`, KEY_OCTETS));
}

function rawKey(key: KeyObject): Uint8Array {
  return Uint8Array.from(key.export({ format: 'der', type: 'spki' }).subarray(SPKI_HEAD.length));
}
