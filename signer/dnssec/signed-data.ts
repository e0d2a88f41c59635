import type { WireWriter } from '../dns/bytes.ts';
import { canonicalizeRdata, hasCanonicalNames } from '../dns/canonical.ts';
import { isWildcard, labelCount, type WireName } from '../dns/name.ts';
import { CLASS_IN } from '../dns/rrtype.ts';

/** Octets of RRSIG RDATA before the signer's name (RFC 4034 3.1). */
export const RRSIG_FIXED_OCTETS = 18;

/** The fields of an RRSIG before the signature. Times are unix seconds modulo 2^32 (RFC 4034 3.1.5). */
export interface RrsigFields {
  readonly typeCovered: number;
  readonly algorithm: number;
  readonly labels: number;
  readonly originalTtl: number;
  readonly expiration: number;
  readonly inception: number;
  readonly keyTag: number;
  /** Lower-case. */
  readonly signerName: WireName;
}

/** RRSIG RDATA without signature: type(2) algorithm(1) labels(1) TTL(4) expiration(4) inception(4) key tag(2) signer's name. */
export function appendRrsigFields(f: RrsigFields, out: WireWriter): void {
  out.u16(f.typeCovered);
  out.u8(f.algorithm);
  out.u8(f.labels);
  out.u32(f.originalTtl);
  out.u32(f.expiration);
  out.u32(f.inception);
  out.u16(f.keyTag);
  out.append(f.signerName);
}

/** The Labels field: labels of the owner without root and without a leading asterisk (RFC 4034 3.1.3). */
export function rrsigLabels(owner: WireName): number {
  return labelCount(owner) - (isWildcard(owner) ? 1 : 0);
}

/**
 * One record as it is signed: owner | type | class IN | original TTL | RDATA length | canonical RDATA (RFC 4034 3.1.8.1, 6.2).
 * @param owner lower-case; in a signing zone it is never the expansion of a wildcard
 */
export function appendSignedRecord(
  owner: WireName,
  type: number,
  originalTtl: number,
  wire: Uint8Array,
  at: number,
  length: number,
  out: WireWriter,
): void {
  out.append(owner);
  out.u16(type);
  out.u16(CLASS_IN);
  out.u32(originalTtl);
  out.u16(length);
  const start = out.length;
  out.append(wire, at, at + length);
  if (hasCanonicalNames(type)) canonicalizeRdata(type, out.bytes, start, out.length);
}
