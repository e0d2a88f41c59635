/** A key for signed notes (C2SP): checkpoints of the log, manifests of releases. Made by audit-key.ts over a key in a token; tests use one in memory. */
export interface NoteKey {
  readonly kind: 'ed25519' | 'p256';
  /** Ed25519: the 32 octets of the public key. P-256: SubjectPublicKeyInfo in DER. */
  readonly publicKey: Uint8Array;
  /** @returns Ed25519: 64 octets; P-256: ECDSA with SHA-256, ASN.1 DER. Verified in software before it is returned. */
  sign(text: Uint8Array): Promise<Uint8Array>;
}
