import type { KeyRole } from '../../signer/zone-key.ts';

/**
 * The keys of a zone as a rollover sees them: four record machines per key (Schaeffer, Overeinder, Mekking: Flexible and Robust Key Rollover in
 * DNSSEC), whose states say what caches may hold. Plain data, kept by the fold over the log; times are unix seconds, spans seconds.
 */
export interface ZoneRoll {
  readonly keys: readonly RollKey[];
  /** Which key takes over from which. Recorded, never guessed; kept until the old key is hidden. */
  readonly links: readonly Link[];
  /** The rollover that is under way: one at a time for a zone. */
  readonly roll: Roll | undefined;
  /** Versions of the zone that some cache may still hold, and the newest; oldest first. */
  readonly versions: readonly Version[];
  readonly parent: ParentView;
  /** Is there a policy that the zone is secure? Off while it goes insecure, and before its first DS. */
  readonly wantsDs: boolean;
}

/** Names one key for good: by what it is, never by its tag alone. */
export type KeyName = string;

export interface RollKey {
  readonly name: KeyName;
  readonly role: KeyRole;
  readonly algorithm: number;
  /** For people. */
  readonly keyTag: number;
  /** `self`, or the name of the other operator whose key it is (RFC 8901, model 2): then nothing is signed with it here. */
  readonly operator: string;
  /** DNSKEY RDATA of another operator's key, base64; own keys are known by the log. */
  readonly dnskey?: string;
  /** What it should come to, by record; a record that the role does not have is absent. A standby key has both goals. */
  readonly goals: Readonly<Partial<Record<RecordName, Goal>>>;
  readonly records: Readonly<Partial<Record<RecordName, RecordState>>>;
  readonly revocation: Revocation;
  /** Tact (RFC 7583 3.2, 3.3): when it began to be used; undefined: it was not yet. Its lifetime counts from here. */
  readonly activeSince: number | undefined;
  /** Its private key is gone, or somebody else has it. */
  readonly trouble: 'none' | 'lost' | 'compromised';
}

/**
 * dnskey: the DNSKEY record. krrsig: the key's signatures over DNSKEY, CDS and CDNSKEY. zrrsig: its signatures over everything else.
 * ds: the DS record in the parent zone.
 */
export type RecordName = 'dnskey' | 'krrsig' | 'zrrsig' | 'ds';

export type Goal = 'hidden' | 'omnipresent';

/**
 * What caches know of a record. hidden: nobody has it. rumoured: it was introduced, some cache may hold the RRset without it.
 * omnipresent: every cache that holds the RRset has it. unretentive: it was withdrawn, some cache may still have it.
 */
export type RecordState =
  | { readonly kind: 'hidden' }
  | { readonly kind: 'rumoured'; readonly since: number; readonly from: Arrival }
  | { readonly kind: 'omnipresent'; readonly since: number }
  | { readonly kind: 'unretentive'; readonly since: number; readonly from: Arrival };

export type StateKind = RecordState['kind'];

/**
 * From when on no server gives out what was there before: only caches can hold it. For the zone that is its publication on all servers (RFC 7583
 * appendix A, Dprp is over), for the DS the moment when all servers of the parent were seen with it. `awaited`: nothing is known yet; no
 * time passes on that account.
 */
export type Arrival = number | 'awaited';

/** RFC 5011 2.1: the REVOKE bit. wanted: as soon as the key is dead (RFC 7583 3.3.4). */
export type Revocation =
  | { readonly kind: 'none' }
  | { readonly kind: 'wanted' }
  | { readonly kind: 'revoked'; readonly since: number; readonly from: Arrival };

export interface Link {
  readonly old: KeyName;
  readonly new: KeyName;
}

/** One version of the zone that was released. */
export interface Version {
  readonly serial: number;
  /** When it was made. */
  readonly at: number;
  readonly from: Arrival;
  /** TTL of the DNSKEY RRset, the largest of all signed data, and that of negative answers. */
  readonly keyTtl: number;
  readonly signatureTtl: number;
  readonly negativeTtl: number;
  /** When a server was last seen with an older one: what was seen before that proves nothing any more. */
  readonly doubtedAt?: number;
  /** It had signatures; an unsigned version's answers are in caches too. */
  readonly isSigned: boolean;
  /** The release did not tell its TTLs: these are the least that is assumed, and the most that the policy allows counts too. */
  readonly hasUnknownTtls?: true;
}

/** What is known of the parent. */
export interface ParentView {
  /** Keys whose DS the parent was, or is to be, asked for; undefined: never. */
  readonly request: DsRequest | undefined;
  readonly observed: DsObserved;
}

export interface DsRequest {
  readonly keys: readonly KeyName[];
  /** When the engine decided it. */
  readonly at: number;
  /** Tsbm: when somebody handed it in; undefined: not told (a registry that looks for CDS needs nobody). */
  readonly submittedAt: number | undefined;
}

/**
 * unknown: never looked. mixed: the servers did not agree, or not all answered; `settledFrom`: since when they had the set that they agreed on last,
 * so that what is told late of a time before says nothing. settled: all of them have this set since `from`, without a break.
 */
export type DsObserved =
  | { readonly kind: 'unknown' }
  | ({ readonly kind: 'mixed'; readonly at: number; readonly settledFrom?: number } & Partial<DsTtl>)
  | ({
      readonly kind: 'settled';
      /** Names of keys; what no known key has made is told as `?` with tag, algorithm and digest. */
      readonly keys: readonly KeyName[];
      readonly from: number;
      readonly at: number;
    } & DsTtl);

/** Largest TTL that caches may hold the DS RRset with. `lower`: what has been seen since then; it counts when the larger one has run out. */
export interface DsTtl {
  readonly ttl: number;
  readonly lower?: { readonly ttl: number; readonly since: number };
}

/** One rollover. */
export interface Roll {
  /** Number within the zone. */
  readonly id: number;
  readonly kind: RollKind;
  readonly methods: Methods;
  readonly old: readonly KeyName[];
  readonly new: readonly KeyName[];
  readonly started: number;
  readonly reason: string;
  /**
   * Old and new key change places at once, and the zone is bogus for caches that hold the old: two people agreed to it. Of a first signing: the parent
   * had a DS before, and the zone is bogus until it is signed.
   */
  readonly breaksChain: boolean;
  /** It was cancelled and goes back: old and new have changed sides. */
  readonly isBack?: boolean;
  /** Why. */
  readonly backReason?: string;
}

export type RollKind =
  | 'first-signing'
  | 'zsk'
  | 'ksk'
  | 'csk'
  | 'algorithm'
  | 'to-csk'
  | 'to-split'
  | 'insecure'
  | 'standby'
  | 'revoke'
  | 'join'
  | 'leave';

/** RFC 7583 2.1, 2.2; RFC 6781 4.1.3 (CSK), 4.1.4 (algorithm). */
export interface Methods {
  readonly zsk: ZskMethod;
  readonly ksk: KskMethod;
  readonly csk: CskMethod;
  readonly algorithm: AlgorithmMethod;
}

export type ZskMethod = 'pre-publication' | 'double-signature';
export type KskMethod = 'double-ksk' | 'double-ds' | 'double-rrset';
export type CskMethod = 'pre-publication' | 'double-signature' | 'delayed-signatures' | 'double-ds';
export type AlgorithmMethod = 'conservative' | 'liberal';

/** What rollovers of a zone go by: its policy, its parent and its TTLs as they are now. */
export interface RollRules {
  readonly methods: Methods;
  readonly keys: 'ksk-zsk' | 'csk';
  readonly algorithm: number;
  /** DprpC and DprpP. */
  readonly propagation: number;
  readonly parentPropagation: number;
  /** Of the version to come. */
  readonly keyTtl: number;
  readonly signatureTtl: number;
  readonly negativeTtl: number;
  readonly dsTtl: number;
  /** Dreg as it is expected: for plans only; what happens is told by evidence. */
  readonly registration: number;
  /** Dsgn: 0, where each version is signed as a whole. */
  readonly dsgn: number;
  readonly publishSafety: number;
  readonly retireSafety: number;
  readonly kskLifetime: number | 'unlimited';
  readonly zskLifetime: number | 'unlimited';
  /** RFC 5011: resolvers have the KSKs as trust anchors. minimum: a revoked key stays Irev; advised: 30 days at least (RFC 5011 6.2). */
  readonly rfc5011: 'none' | 'advised' | 'minimum';
  readonly standbyZsk: boolean;
  readonly standbyKsk: 'none' | 'dnskey' | 'ds';
  readonly cds: 'none' | 'rollover' | 'always';
  /** Longest time between two visits to the signing side, and how late one may be. */
  readonly ceremonyInterval: number;
  readonly ceremonySlack: number;
}

/** The records of a key, by role. */
export const RECORDS: Readonly<Record<KeyRole, readonly RecordName[]>> = {
  ksk: ['dnskey', 'krrsig', 'ds'],
  zsk: ['dnskey', 'zrrsig'],
  csk: ['dnskey', 'krrsig', 'zrrsig', 'ds'],
};

/** One change of one record, or the revocation of a key. */
export type Move =
  | { readonly kind: 'record'; readonly key: KeyName; readonly record: RecordName; readonly to: StateKind }
  | { readonly kind: 'revoke'; readonly key: KeyName };

/** A change that is wanted and may not be yet. */
export interface Wait {
  readonly move: Move;
  /** Earliest time; `evidence`: it waits for something to be seen; `rules`: another change must come first. */
  readonly until: number | 'evidence' | 'rules';
  /** The interval by its name in the RFC, and what it is made of. */
  readonly interval: Interval | undefined;
  readonly evidence: 'published' | 'ds-seen' | 'ds-gone' | 'none';
  /** In words: rule or approval that holds it back; empty where only time does. */
  readonly because: string;
}

/** `Ipub = Dprp + TTLkey`, with numbers and the section it comes from. */
export interface Interval {
  readonly name: string;
  readonly terms: readonly { readonly name: string; readonly seconds: number }[];
  readonly reference: string;
}

export const HIDDEN: RecordState = { kind: 'hidden' };

export function stateOf(key: RollKey, record: RecordName): StateKind {
  return key.records[record]?.kind ?? 'hidden';
}

/** It is in the zone (or asked for at the parent) as the engine wants it now. */
export function isPresent(key: RollKey, record: RecordName): boolean {
  const kind = stateOf(key, record);
  return kind === 'rumoured' || kind === 'omnipresent';
}

/** Nobody holds anything of it. */
export function isHidden(key: RollKey): boolean {
  return RECORDS[key.role].every((record) => stateOf(key, record) === 'hidden');
}

export const EMPTY_ROLL: ZoneRoll = {
  keys: [],
  links: [],
  roll: undefined,
  versions: [],
  parent: { request: undefined, observed: { kind: 'unknown' } },
  wantsDs: false,
};

/** A key that was made, or is to be, and that nothing has seen of yet. */
export function unusedKeyOf(key: Pick<RollKey, 'name' | 'role' | 'algorithm' | 'keyTag'>): RollKey {
  return {
    ...key,
    operator: 'self',
    goals: {},
    records: {},
    revocation: { kind: 'none' },
    activeSince: undefined,
    trouble: 'none',
  };
}

/** `ZSK 4711`, by which people know a key; of one that is planned and does not exist yet, its name. */
export function labelOf({ name, role, keyTag, operator }: Pick<RollKey, 'name' | 'role' | 'keyTag' | 'operator'>): string {
  if (name.startsWith('new ')) return name;
  return `${role.toUpperCase()} ${keyTag}${operator === 'self' ? '' : ` of ${operator}`}`;
}
