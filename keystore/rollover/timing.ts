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
  /** Dsgn: 0 where it is not said. */
  readonly dsgn?: number;
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
export function zskPrePublicationIret(times: RolloverTimes): number {
  return dsgnOf(times) + times.propagation + times.signatureTtl;
}

/** ZSK, Double-Signature: how long both sign. Iret = Dsgn + Dprp + max(TTLkey, TTLsig) (RFC 7583 3.2.2). */
export function zskDoubleSignatureIret(times: RolloverTimes): number {
  return dsgnOf(times) + times.propagation + Math.max(times.keyTtl, times.signatureTtl);
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

const HOUR = 3600;
const DAY = 24 * HOUR;

/** RFC 5011 2.4.1, 2.4.2: the add and the remove hold-down time, 30 days each. */
export const ADD_HOLD_DOWN = 30 * DAY;
export const REMOVE_HOLD_DOWN = 30 * DAY;

/** How often a resolver looks for new anchors: max(1 h, min(15 d, TTLkey / 2, validity of its RRSIG / 2)) (RFC 5011 2.3). */
export function queryInterval({ keyTtl, validity }: { readonly keyTtl: number; readonly validity: number }): number {
  return Math.max(HOUR, Math.min(15 * DAY, Math.floor(keyTtl / 2), Math.floor(validity / 2)));
}

/** The longest of those, whatever the validity: max(1 h, min(15 d, TTLkey / 2)), rounded up (RFC 7583 3.3.4.1). */
export function modifiedQueryInterval({ keyTtl }: Pick<RolloverTimes, 'keyTtl'>): number {
  return Math.max(HOUR, Math.min(15 * DAY, Math.ceil(keyTtl / 2)));
}

/** How long a resolver watches a new anchor: max(30 d, TTLkey) (RFC 5011 2.4.1). */
export function addHoldDownTime({ keyTtl }: Pick<RolloverTimes, 'keyTtl'>): number {
  return Math.max(ADD_HOLD_DOWN, keyTtl);
}

/** Itrp: until every resolver trusts a new anchor, AddHoldDownTime + 2 * modifiedQueryInterval (RFC 7583 3.3.4.1). */
export function itrp(times: Pick<RolloverTimes, 'keyTtl'>): number {
  return addHoldDownTime(times) + 2 * modifiedQueryInterval(times);
}

/** IpubC with trust anchors: DprpC + max(Itrp, TTLkey) (RFC 7583 3.3.4.1). */
export function trustAnchorIpub(times: Pick<RolloverTimes, 'propagation' | 'keyTtl'>): number {
  return times.propagation + Math.max(itrp(times), times.keyTtl);
}

/** Irev: how long a revoked key is published, DprpC + modifiedQueryInterval (RFC 7583 3.3.4.2). */
export function irev(times: Pick<RolloverTimes, 'propagation' | 'keyTtl'>): number {
  return times.propagation + modifiedQueryInterval(times);
}

/** KSK, Double-RRset: IpubC = DprpC + TTLkey, the half of the zone (RFC 7583 3.3.3). */
export function kskDoubleRrsetIpubC({ propagation, keyTtl }: RolloverTimes): number {
  return propagation + keyTtl;
}

/** KSK, Double-RRset: IpubP = DprpP + TTLds, the half of the parent (RFC 7583 3.3.3). */
export function kskDoubleRrsetIpubP({ parentPropagation, dsTtl }: RolloverTimes): number {
  return parentPropagation + dsTtl;
}

/** KSK, Double-RRset: from the use of the new key until the old may go. Iret = Ipub - Dreg (RFC 7583 3.3.3). */
export function kskDoubleRrsetIret(times: RolloverTimes): number {
  return kskDoubleRrsetIpub(times) - times.registration;
}

/**
 * First signing: before the first DS is asked for no cache may hold the absence of a DNSKEY, nor data without signatures.
 * max(DprpC + max(TTLkey, TTLneg), Dsgn + DprpC + max(TTLsig, TTLneg)) (RFC 7583 3.3.5 gives the condition and no formula).
 */
export function firstDsWait(times: RolloverTimes & { readonly negativeTtl: number }): number {
  const { propagation, keyTtl, signatureTtl, negativeTtl } = times;
  return Math.max(propagation + Math.max(keyTtl, negativeTtl), dsgnOf(times) + propagation + Math.max(signatureTtl, negativeTtl));
}

/**
 * Going insecure: how long the zone stays signed after its DS is gone. DprpP + TTLds (RFC 6781 4.2.1.2, RFC 8078 4), and TTLkey more, for which resolvers
 * trust a DNSKEY RRset that they validated while they had the DS.
 */
export function insecureIret({ parentPropagation, dsTtl, keyTtl }: RolloverTimes): number {
  return parentPropagation + dsTtl + keyTtl;
}

/** Algorithm: how long signatures are there before their key, Dsgn + DprpC + TTLsig (RFC 6781 4.1.4; conservative). */
export function algorithmSignatureWait(times: RolloverTimes): number {
  return dsgnOf(times) + times.propagation + times.signatureTtl;
}

/** Algorithm: how long the key is there before its DS, and signatures after their key: DprpC + TTLkey (RFC 6781 4.1.4; conservative). */
export function algorithmKeyWait({ propagation, keyTtl }: RolloverTimes): number {
  return propagation + keyTtl;
}

/** Algorithm: how long the old key stays after its DS is gone, DprpP + TTLds (RFC 6781 4.1.4). */
export function algorithmDsWait({ parentPropagation, dsTtl }: RolloverTimes): number {
  return parentPropagation + dsTtl;
}

/** Algorithm, liberal: key and signatures come together, and the DS after max(Dsgn + DprpC + TTLsig, DprpC + TTLkey) (RFC 6840 5.11). */
export function algorithmLiberalWait(times: RolloverTimes): number {
  return Math.max(algorithmSignatureWait(times), algorithmKeyWait(times));
}

function dsgnOf({ dsgn }: RolloverTimes): number {
  return dsgn ?? DSGN;
}
