/** Items of one batch laid end to end: item i is `bytes[ends[i-1] .. ends[i])`, item 0 starts at 0. */
export interface Packed {
  readonly bytes: Uint8Array;
  readonly ends: Uint32Array;
}

/** A private key that this process may use but cannot read. Implemented by keystore/, faked in test/support/. */
export interface SigningKey {
  /** Number of the IANA registry. */
  readonly algorithm: number;
  /** Key tag of the DNSKEY with the flags below (RFC 4034 appendix B). */
  readonly keyTag: number;
  /** DNSKEY flags: 256, 257 (SEP); 384, 385 only in the form that revokedForm makes. */
  readonly flags: number;
  /** DNSKEY RDATA in wire form: flags(2) protocol(1) algorithm(1) public key(n). What will be published. */
  readonly dnskey: Uint8Array;
  /** Length of one signature in octets. */
  readonly signatureOctets: number;
  /**
   * Signs a batch: token round trips cost more than signatures. All or nothing.
   * @param batch per item the RRSIG RDATA without signature, then the canonical RRset (RFC 4034 3.1.8.1)
   * @returns batch.ends.length signatures of signatureOctets each, end to end, in DNSSEC form (RFC 6605: r | s, never DER),
   *          each verified in software against `dnskey`
   * @throws Fault token/… when the token fails, sign/bad-signature when a signature does not verify
   */
  sign(batch: Packed): Promise<Uint8Array>;
}
