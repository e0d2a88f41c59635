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
  /** CDS and CDNSKEY that ask the parent to remove the DS RRset are meant. */
  readonly allowDelete?: boolean;
  /**
   * DNSKEY RDATA of keys that may sign although the DNSKEY RRset does not have them: the first step of an algorithm rollover
   * (RFC 6781 4.1.4).
   */
  readonly unpublishedKeys?: readonly Uint8Array[];
  readonly checker?: SignatureChecker;
  /** Called now and then with the number of signatures verified so far. */
  readonly onProgress?: (signatures: number) => void;
}
