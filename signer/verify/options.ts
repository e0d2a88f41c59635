import type { Zone } from '../zone/zone.ts';
import type { SignatureChecker } from './public-key.ts';

export const DAY = 86_400;
export const DEFAULT_MARGIN = 3 * DAY;
export const DEFAULT_LONG_VALIDITY = 90 * DAY;
export const DEFAULT_EXCESSIVE_VALIDITY = 366 * DAY;

export interface VerifyOptions {
  /** Unix seconds. */
  readonly now: number;
  /** DS RDATA of the parent's DS RRset. */
  readonly ds?: readonly Uint8Array[];
  /**
   * Seconds that every signature must still be valid from `now` on. Given, it replaces the three rules that hold without it:
   * three days, the RRset's TTL, and the SOA expire value; what falls short of the last two is then a warning.
   */
  readonly margin?: number;
  /** Seconds from inception to expiration above which there is a warning, and an error. */
  readonly longValidity?: number;
  readonly excessiveValidity?: number;
  /** NSEC3 iterations that are not told; default 0 (RFC 9276 3.1). */
  readonly maxIterations?: number;
  /** The zone as it was signed last. */
  readonly previous?: Zone;
  /** What differs from `previous` is listed, but is not an error. */
  readonly allowChanges?: boolean;
  /** That the zone has no DS is meant: CDS and CDNSKEY that ask the parent to remove it, and no trust anchor that is not revoked (RFC 5011 5). */
  readonly allowDelete?: boolean;
  /**
   * DNSKEY RDATA of keys that may sign although the DNSKEY RRset does not have them: the first and the last step of an algorithm rollover
   * (RFC 6781 4.1.4). What they sign is told, one finding a key.
   */
  readonly unpublishedKeys?: readonly Uint8Array[];
  /**
   * Each algorithm of `unpublishedKeys` has signed every RRset but DNSKEY: what must be true before its keys may be published, and as long as
   * caches have the DNSKEY RRset with them.
   */
  readonly unpublishedSignAll?: boolean;
  /**
   * DNSKEY RDATA of keys that CDS and CDNSKEY may ask for although the DNSKEY RRset does not have them: a KSK rollover with Double-DS
   * (RFC 7583 3.3.2), the keys of another operator (RFC 8901 8).
   */
  readonly requestedKeys?: readonly Uint8Array[];
  /**
   * Numbers of algorithms with keys in the DNSKEY RRset that need not sign every RRset: the liberal reading (RFC 6840 5.11). What is missing
   * is then a warning; as long as the DS RRset has the algorithm, or no other one is there, it stays an error.
   */
  readonly incompleteAlgorithms?: readonly number[];
  readonly checker?: SignatureChecker;
  /** Called now and then with the number of signatures verified so far. */
  readonly onProgress?: (signatures: number) => void;
}
