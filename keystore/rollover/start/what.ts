import type { KeyName, Methods, RollKey } from '../model.ts';

/** What is to be rolled, and how. One variant for each way in. */
export type StartWhat =
  /** All keys that were generated; `dsLater`: an island of security for now, the same start asks for the DS some other time. */
  | { readonly kind: 'first-signing'; readonly dsLater?: boolean }
  | RoleWhat
  /** `algorithm`: that of the rules, where it is not said. The new keys are split as the rules want it. */
  | { readonly kind: 'algorithm'; readonly algorithm?: number }
  | { readonly kind: 'to-csk' }
  | { readonly kind: 'to-split' }
  | { readonly kind: 'insecure' }
  /** `none`: the standby key leaves. A standby ZSK has its DNSKEY published, and nothing else. */
  | { readonly kind: 'standby'; readonly role: 'ksk' | 'zsk'; readonly how: 'dnskey' | 'ds' | 'none' }
  /** RFC 5011: a key that others carry the chain without. */
  | { readonly kind: 'revoke'; readonly key: KeyName }
  | EmergencyWhat
  /** Its private key is gone. `validUntil`: end of the signatures over the DNSKEY RRset, which cannot be made anew without a KSK. */
  | { readonly kind: 'lost'; readonly key: KeyName; readonly validUntil: number }
  | JoinWhat
  | LeaveWhat;

export interface RoleWhat {
  readonly kind: 'zsk' | 'ksk' | 'csk';
  /** Of the old key; needed only where the zone has keys of several algorithms. */
  readonly algorithm?: number;
  /** A standby key or one that was generated; without it the first that fits, standby keys before others. */
  readonly new?: KeyName;
}

/**
 * keep: by the methods that keep the chain of trust. bogus: old and new key change places at once, and the zone is bogus as long as caches hold
 * the old. insecure: the DS goes, the zone starts over with new keys. The last two need two people (RFC 6781 4.2.1.2).
 */
export interface EmergencyWhat {
  readonly kind: 'emergency';
  readonly key: KeyName;
  readonly how: 'keep' | 'bogus' | 'insecure';
  readonly new?: KeyName;
  readonly approvedBy?: readonly string[];
}

/** RFC 8901 model 2: DNSKEY of the other operator's ZSKs, DS of its KSKs. */
export interface JoinWhat {
  readonly kind: 'join';
  readonly operator: string;
  readonly keys: readonly ForeignKey[];
  /** Tags that own keys have once they are revoked; the zone has no RDATA of them. */
  readonly revokedTags?: Readonly<Record<KeyName, number>>;
}

/**
 * `operator`: who leaves; `self`: this signer, whose keys then have no part in the zone any more. `servedUntil`: when the last server of that
 * operator stopped to answer for the zone; TTLs: the largest it gave out.
 */
export interface LeaveWhat {
  readonly kind: 'leave';
  readonly operator: string;
  /** All of them, where it is not said; some: the other operator has rolled its keys. */
  readonly keys?: readonly KeyName[];
  readonly servedUntil: number;
  readonly keyTtl: number;
  readonly signatureTtl: number;
}

export type ForeignKey = Pick<RollKey, 'name' | 'algorithm' | 'keyTag' | 'dnskey'> & { readonly role: 'ksk' | 'zsk' };

/** What a start is told besides. */
export interface StartCall {
  /** Number of the rollover within the zone. */
  readonly id: number;
  readonly now: number;
  readonly reason: string;
  /** Methods for this rollover only, asked for by name. */
  readonly methods?: Partial<Methods>;
  /** Zones with several operators: since when all servers of the others have the new key that signs data, plus their TTLkey (RFC 8901 6.2). */
  readonly knownElsewhereFrom?: number;
}

/** A key that must be there before a rollover can start. */
export interface NeededKey {
  readonly role: 'ksk' | 'zsk' | 'csk';
  readonly algorithm: number;
}
