import { keyTag, revokedKeyTag } from '../signer/dnssec/dnskey.ts';

/** Key tags, both ends included. */
export interface TagRange {
  readonly low: number;
  readonly high: number;
}

const TAGS = 0x1_0000;
/** The REVOKE bit (RFC 5011 2.1) adds this to the tag. */
const REVOKE = 0x80;
/** How seldom no key of the range may be found. */
const FAILURE = 1e-6;

/** Has the key both its tags in the range, that of now and that with the REVOKE bit? @param dnskey RDATA */
export function isInRange(dnskey: Uint8Array, { low, high }: TagRange): boolean {
  return [keyTag(dnskey), revokedKeyTag(dnskey)].every((tag) => low <= tag && tag <= high);
}

/** Of all keys, the share that has both tags in the range: tags of keys are spread evenly over 16 bits (RFC 4034 appendix B). */
export function shareOfRange({ low, high }: TagRange): number {
  const width = high - low + 1;
  return width === TAGS ? 1 : Math.max(0, width - REVOKE) / TAGS;
}

/** How many pairs to make at most: so many that one in a million searches finds none. @throws RangeError where no key can fit; policies have no such range */
export function triesFor(range: TagRange): number {
  const share = shareOfRange(range);
  if (share === 0) throw new RangeError(`no key has both its tags in ${range.low} to ${range.high}`);
  return share === 1 ? 1 : Math.ceil(Math.log(FAILURE) / Math.log(1 - share));
}
