import type { Methods, RollRules } from '../../../keystore/rollover/model.ts';
import { type Random, randomFrom } from './random.ts';

/** What can be started in a world. */
export const KINDS = ['zsk', 'ksk', 'csk', 'algorithm', 'to-csk', 'to-split', 'insecure', 'first-signing'] as const;
export type WorldKind =
  | (typeof KINDS)[number]
  /** Signed for good, and no DS asked for. */
  | 'island'
  | 'standby-zsk'
  | 'standby-dnskey'
  | 'standby-ds'
  | 'standby-none'
  | 'revoke'
  /** A key is compromised, and the chain of trust is kept. */
  | 'emergency'
  /** A private key is gone. */
  | 'lost-key'
  /** Another operator comes, or goes (RFC 8901). */
  | 'join'
  | 'leave';

/** What goes wrong, as probabilities: each time that it could. */
export interface Trouble {
  /** A release is never published. */
  readonly unpublished: number;
  /** It is published later than it was made. */
  readonly publishedLate: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly reordered: number;
  /** The parent takes a while. */
  readonly registeredLate: number;
  readonly addThenRemove: number;
  readonly ttlChange: number;
  /** A release with the same keys. */
  readonly resigned: number;
  /** A visit at which no rollover goes on. */
  readonly idleVisit: number;
  readonly missedVisit: number;
  readonly cancelled: number;
  /** What was seen is handed in at a later visit, after what was seen since. */
  readonly delayed: number;
  /** Of one moment two looks at the parent tell two things. */
  readonly contradicted: number;
  /** A server goes back to the version before, and comes again. */
  readonly wentBack: number;
  /** The parent takes a change back, since an older request was done late, and makes it again. */
  readonly undone: number;
}

/** All that is decided of a world beforehand. */
export interface Frame {
  readonly rules: RollRules;
  /** island: signed, without DS. unknown: nothing is known of what was published before. */
  readonly begins: 'signed' | 'unsigned' | 'unknown' | 'island';
  /** promptly: somebody is there every few seconds. exactly: in the very second in which something can be done or seen. */
  readonly pace: 'promptly' | 'by-visits' | 'exactly';
  /** How many rollovers. */
  readonly rolls: number;
  readonly kinds: readonly WorldKind[];
  /** Methods are drawn anew for each rollover. */
  readonly mixesMethods: boolean;
  readonly trouble: Trouble;
  /** TTLds as the parent gives it out, where it is not what the rules say. */
  readonly parentTtl?: number;
  /** A second KSK is in use from the beginning. */
  readonly hasSpareKsk?: boolean;
}

export const NO_TROUBLE: Trouble = {
  unpublished: 0,
  publishedLate: 0,
  lost: 0,
  duplicated: 0,
  reordered: 0,
  registeredLate: 0,
  addThenRemove: 0,
  ttlChange: 0,
  resigned: 0,
  idleVisit: 0,
  missedVisit: 0,
  cancelled: 0,
  delayed: 0,
  contradicted: 0,
  wentBack: 0,
  undone: 0,
};

export const TROUBLE = {
  unpublished: 0.15,
  publishedLate: 0.4,
  lost: 0.25,
  duplicated: 0.2,
  reordered: 0.4,
  registeredLate: 0.5,
  addThenRemove: 0.2,
  ttlChange: 0.1,
  resigned: 0.3,
  idleVisit: 0.15,
  missedVisit: 0.15,
  cancelled: 0.1,
};

/** The frame of the world with this number. */
export function frameOf(seed: number): Frame {
  const random = randomFrom(seed);
  const pace = random.chance(0.4) ? 'promptly' : 'by-visits';
  const trouble = random.chance(0.15) ? { ...NO_TROUBLE, cancelled: TROUBLE.cancelled } : mixed(random, TROUBLE);
  return {
    rules: rulesOf(random),
    begins: random.chance(0.2) ? 'unsigned' : 'signed',
    pace,
    rolls: 1 + random.below(4),
    kinds: KINDS,
    mixesMethods: random.chance(0.3),
    trouble,
  };
}

/** Half of the troubles, so that what comes of one is not always covered by another. */
export function mixed(random: Random, trouble: Partial<Trouble>): Trouble {
  const drawn = Object.entries(trouble).map(([name, value]) => [name, random.chance(0.5) ? value : 0]);
  return { ...NO_TROUBLE, ...Object.fromEntries(drawn) };
}

export function methodsOf(random: Random): Methods {
  return {
    zsk: random.pick(['pre-publication', 'double-signature']),
    ksk: random.pick(['double-ksk', 'double-ds', 'double-rrset']),
    csk: random.pick(['pre-publication', 'double-signature', 'delayed-signatures', 'double-ds']),
    algorithm: 'conservative',
  };
}

export function rulesOf(random: Random): RollRules {
  const ttl = (): number => 1 + random.below(random.pick([3, 12, 30]));
  return {
    methods: { ...methodsOf(random), algorithm: random.chance(0.15) ? 'liberal' : 'conservative' },
    keys: random.chance(0.35) ? 'csk' : 'ksk-zsk',
    algorithm: 13,
    propagation: random.below(8),
    parentPropagation: random.below(8),
    keyTtl: ttl(),
    signatureTtl: ttl(),
    negativeTtl: ttl(),
    dsTtl: ttl(),
    registration: 0,
    dsgn: random.chance(0.3) ? random.below(12) : 0,
    publishSafety: 0,
    retireSafety: 0,
    kskLifetime: 'unlimited',
    zskLifetime: 'unlimited',
    rfc5011: 'none',
    standbyZsk: false,
    standbyKsk: 'none',
    cds: random.pick(['none', 'rollover', 'always']),
    ceremonyInterval: 0,
    ceremonySlack: 0,
  };
}
