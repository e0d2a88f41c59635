import { sha1 } from '@noble/hashes/legacy.js';
import { sha256, sha384 } from '@noble/hashes/sha2.js';
import { concatBytes } from '../dns/bytes.ts';
import { lowerCaseName, type WireName } from '../dns/name.ts';

/** DNSKEY flags (RFC 4034 2.1.1, RFC 5011 7). */
export const FLAG = { zone: 0x0100, sep: 0x0001, revoke: 0x0080 } as const;
export const DNSKEY_PROTOCOL = 3;

/** DS digest types that are made: SHA-256 (RFC 4509), SHA-384 (RFC 6605). SHA-1 must not be (RFC 9905), it is read for comparison. */
export const DIGEST = { sha1: 1, sha256: 2, sha384: 4 } as const;

/** DNSKEY RDATA: flags(2) protocol(1) algorithm(1) public key(n). */
export function dnskeyRdata(flags: number, algorithm: number, publicKey: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(flags >> 8, flags & 255, DNSKEY_PROTOCOL, algorithm), publicKey);
}

export function dnskeyFlags(rdata: Uint8Array): number {
  return (rdata[0]! << 8) | rdata[1]!;
}

export function dnskeyAlgorithm(rdata: Uint8Array): number {
  return rdata[3]!;
}

/** The same key with other flags. */
export function withFlags(rdata: Uint8Array, flags: number): Uint8Array {
  // Not slice(): that of a Buffer shares its octets.
  const copy = Uint8Array.from(rdata);
  copy[0] = flags >> 8;
  copy[1] = flags;
  return copy;
}

/**
 * Key tag of a DNSKEY record: 16 bits, meant for picking candidates, not unique. Algorithm 1 has another form and is refused elsewhere.
 * @param rdata DNSKEY RDATA in wire form
 * @see RFC 4034 appendix B
 */
export function keyTag(rdata: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < rdata.length; i++) sum += i % 2 === 0 ? rdata[i]! << 8 : rdata[i]!;
  return (sum + (sum >>> 16)) & 0xffff;
}

/** Key tag that the key will have once its REVOKE bit is set (RFC 5011 2.1). */
export function revokedKeyTag(rdata: Uint8Array): number {
  return keyTag(withFlags(rdata, dnskeyFlags(rdata) | FLAG.revoke));
}

/**
 * DS RDATA: key tag(2) algorithm(1) digest type(1) digest(n), digest = hash(owner | DNSKEY RDATA) (RFC 4034 5.1.4).
 * @param owner apex in wire form, any letter case
 * @throws RangeError for a digest type not in DIGEST
 */
export function dsRdata(owner: WireName, rdata: Uint8Array, digestType: number): Uint8Array {
  const tag = keyTag(rdata);
  const input = concatBytes(lowerCaseName(owner), rdata);
  return concatBytes(Uint8Array.of(tag >> 8, tag & 255, dnskeyAlgorithm(rdata), digestType), digest(digestType, input));
}

function digest(type: number, input: Uint8Array): Uint8Array {
  if (type === DIGEST.sha1) return sha1(input);
  if (type === DIGEST.sha256) return sha256(input);
  if (type === DIGEST.sha384) return sha384(input);
  throw new RangeError(`digest type ${type} is not one of 1, 2, 4`);
}
