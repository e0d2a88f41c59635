import { sha384, sha512 } from '@noble/hashes/sha2.js';

/** ZONEMD scheme SIMPLE (RFC 8976 5.2). */
export const ZONEMD_SIMPLE = 1;

/** Hash algorithm number and digest length of a ZONEMD record (RFC 8976 5.3). RDATA: serial(4) scheme(1) hash(1) digest. */
export const ZONEMD_HASH = {
  sha384: { number: 1, octets: 48 },
  sha512: { number: 2, octets: 64 },
} as const;

/** Octets of ZONEMD RDATA before the digest. */
export const ZONEMD_FIXED_OCTETS = 6;

export interface RunningDigest {
  update(octets: Uint8Array): void;
  digest(): Uint8Array;
}

/** A digest over records in canonical form and order (RFC 8976 3.3). @param hash number of the registry, 1 or 2 */
export function zonemdDigest(hash: number): RunningDigest {
  const state = hash === ZONEMD_HASH.sha384.number ? sha384.create() : sha512.create();
  return {
    update: (octets) => {
      state.update(octets);
    },
    digest: () => state.digest(),
  };
}
