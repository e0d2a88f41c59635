/**
 * What the intervals of RFC 7583 are made of (appendix A), in seconds.
 * C: child, this zone; P: its parent.
 */
export interface RolloverTimes {
  /** DprpC: until all servers of the zone have a new version. */
  readonly propagation: number;
  /** DprpP: the same in the parent zone. */
  readonly parentPropagation: number;
  /** TTLkey: of the DNSKEY RRset. */
  readonly keyTtl: number;
  /** TTLsig: the largest TTL of what the ZSK signs. */
  readonly signatureTtl: number;
  /** TTLds: of the DS RRset in the parent zone. */
  readonly dsTtl: number;
  /** Dreg: from the request to the DS in the parent zone. There is no upper bound to it; 0 where nothing is known. */
  readonly registration: number;
}

/**
 * Dsgn: from the first to the last RRset signed with a new ZSK. Always 0 here: a key that does not sign any more has no kept
 * signatures, so one version of the zone has them all.
 */
export const DSGN = 0;

/** ZSK, Pre-Publication: how long a key is published before it signs. Ipub = Dprp + TTLkey (RFC 7583 3.2.1). */
export function zskPrePublicationIpub({ propagation, keyTtl }: RolloverTimes): number {
  return propagation + keyTtl;
}

/** ZSK, Pre-Publication: how long a key stays after its last signature. Iret = Dsgn + Dprp + TTLsig (RFC 7583 3.2.1). */
export function zskPrePublicationIret({ propagation, signatureTtl }: RolloverTimes): number {
  return DSGN + propagation + signatureTtl;
}

/** ZSK, Double-Signature: how long both sign. Iret = Dsgn + Dprp + max(TTLkey, TTLsig) (RFC 7583 3.2.2). */
export function zskDoubleSignatureIret({ propagation, keyTtl, signatureTtl }: RolloverTimes): number {
  return DSGN + propagation + Math.max(keyTtl, signatureTtl);
}

/** KSK, Double-KSK: how long a key is published before its DS is asked for. IpubC = DprpC + TTLkey (RFC 7583 3.3.1). */
export function kskDoubleKskIpub({ propagation, keyTtl }: RolloverTimes): number {
  return propagation + keyTtl;
}

/** KSK, Double-KSK: how long a key stays after its DS is gone. Iret = DprpP + TTLds (RFC 7583 3.3.1). */
export function kskDoubleKskIret({ parentPropagation, dsTtl }: RolloverTimes): number {
  return parentPropagation + dsTtl;
}

/** KSK, Double-DS: how long a DS is there before its key signs. IpubP = DprpP + TTLds (RFC 7583 3.3.2). */
export function kskDoubleDsIpub({ parentPropagation, dsTtl }: RolloverTimes): number {
  return parentPropagation + dsTtl;
}

/** KSK, Double-DS: how long a DS stays after its key is gone. Iret = DprpC + TTLkey (RFC 7583 3.3.2). */
export function kskDoubleDsIret({ propagation, keyTtl }: RolloverTimes): number {
  return propagation + keyTtl;
}

/** KSK, Double-RRset: from the publication of key and DS until the old ones may go. Ipub = max(Dreg + IpubP, IpubC) (RFC 7583 3.3.3). */
export function kskDoubleRrsetIpub(times: RolloverTimes): number {
  return Math.max(times.registration + kskDoubleDsIpub(times), kskDoubleKskIpub(times));
}

/**
 * CSK, pre-published: how long the old key stays after the new one signs and its DS is asked for: both of its roles must be over.
 * max(Dreg + DprpP + TTLds, Dsgn + DprpC + TTLsig) (RFC 6781 4.1.3 with the intervals of RFC 7583).
 */
export function cskIret(times: RolloverTimes): number {
  return Math.max(times.registration + kskDoubleKskIret(times), zskPrePublicationIret(times));
}
