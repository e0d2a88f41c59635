import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { concatBytes, equalBytes } from '../signer/dns/bytes.ts';
import { dnskeyRdata } from '../signer/dnssec/dnskey.ts';
import type { NoteKey } from './note-key.ts';
import type { LaneKey } from './pkcs11/lane.ts';
import { verifierOf } from './public-key.ts';

/** The same keys and signatures in two forms: as DNSSEC has them, which the token's side speaks, and as signed notes have them. */

type Kind = NoteKey['kind'];

/** DNSSEC algorithm that computes the same signature: 15 is Ed25519 over the message, 13 is P-256 over its SHA-256 digest. */
export const NOTE_ALGORITHM: Readonly<Record<Kind, number>> = { ed25519: 15, p256: 13 };
/** Octets of r | s and of an Ed25519 signature. */
const SIGNATURE_OCTETS = 64;
/** No Zone Key flag: were it ever taken for a DNSKEY, it must not verify an RRSIG (RFC 4034 2.1.1). */
const NO_FLAGS = 0;
/** SubjectPublicKeyInfo up to the coordinates: id-ecPublicKey, prime256v1, uncompressed point (RFC 5480 2). */
const P256_SPKI = Uint8Array.fromHex('3059301306072a8648ce3d020106082a8648ce3d03010703420004');
const ED25519_SPKI = Uint8Array.fromHex('302a300506032b6570032100');

/** @param field public key field as of a DNSKEY: x | y (RFC 6605 4), or the encoded point (RFC 8080 3) */
export function notePublicKey(kind: Kind, field: Uint8Array): Uint8Array {
  return kind === 'ed25519' ? field.slice() : concatBytes(P256_SPKI, field);
}

/** The other way round. @returns undefined for octets that are no public key of this kind */
export function publicField(kind: Kind, publicKey: Uint8Array): Uint8Array | undefined {
  if (kind === 'ed25519') return publicKey.length === 32 ? publicKey.slice() : undefined;
  const head = P256_SPKI.length;
  if (publicKey.length !== head + 64 || !equalBytes(publicKey.subarray(0, head), P256_SPKI)) return undefined;
  return publicKey.slice(head);
}

/** The key for the token's side. @throws Error if the public key is malformed */
export function noteLaneKey(kind: Kind, { id, label }: Pick<LaneKey, 'id' | 'label'>, field: Uint8Array): LaneKey {
  const algorithm = NOTE_ALGORITHM[kind];
  const dnskey = dnskeyRdata(NO_FLAGS, algorithm, field);
  return { id, label, algorithm, dnskey, signatureOctets: SIGNATURE_OCTETS, verifier: verifierOf(dnskey) };
}

/** @param signature as DNSSEC has it, 64 octets @returns Ed25519: the same; P-256: SEQUENCE { INTEGER r, INTEGER s } in DER (RFC 3279 2.2.3) */
export function noteSignature(kind: Kind, signature: Uint8Array): Uint8Array {
  if (kind === 'ed25519') return signature.slice();
  const r = derInteger(signature.subarray(0, 32));
  const s = derInteger(signature.subarray(32, 64));
  return concatBytes(Uint8Array.of(0x30, r.length + s.length), r, s);
}

/** Verifies a signature in the form of notes. */
export function verifiesNote({ kind, publicKey }: Pick<NoteKey, 'kind' | 'publicKey'>, text: Uint8Array, signature: Uint8Array): boolean {
  const key = spkiKey(kind === 'ed25519' ? concatBytes(ED25519_SPKI, publicKey) : publicKey);
  return verify(kind === 'ed25519' ? null : 'sha256', text, key, signature);
}

function spkiKey(der: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' });
}

/** Not negative, of the least length (X.690 8.3.2): no leading zero octet but the one that keeps the first bit clear. */
function derInteger(value: Uint8Array): Uint8Array {
  const first = value.findIndex((octet) => octet !== 0);
  const octets = first < 0 ? Uint8Array.of(0) : value.subarray(first);
  const sign = octets[0]! >= 0x80 ? [0] : [];
  return Uint8Array.of(0x02, octets.length + sign.length, ...sign, ...octets);
}
