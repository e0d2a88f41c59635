import type { Methods, RollRules } from '../../keystore/rollover/model.ts';
import type { SigningPolicy } from '../../signer/policy.ts';
import type { Consequence, EnvironmentId } from '../ceremony/environment/checks.ts';
import type { JudgeName } from '../release/judges.ts';

/** coldsign.yaml, parsed: names resolved, defaults filled in, all spans in seconds. Made by parseConfig only. */
export interface Config {
  readonly format: 1;
  /** Origin of the audit log. */
  readonly origin: string;
  /** PKCS#11 URI by role; several are replicas, the first one is used first. Paths are absolute. */
  readonly tokens: Readonly<Record<TokenRole, readonly string[]>>;
  readonly policies: Readonly<Record<string, Policy>>;
  /** By absolute lower-case name with the last dot. */
  readonly zones: Readonly<Record<string, ZoneConfig>>;
  readonly registries: Readonly<Record<string, RegistryProfile>>;
  readonly people: Readonly<Record<string, Person>>;
  readonly quorums: Readonly<Record<string, Quorum>>;
  /** vkeys of witnesses that cosign checkpoints. */
  readonly witnesses: readonly string[];
  readonly catalog: CatalogConfig | undefined;
  readonly ceremony: CeremonyPolicy;
}

export type TokenRole = 'ksk' | 'zsk' | 'audit';

/** `unlimited` or seconds. */
export type Lifetime = 'unlimited' | number;

export interface Policy {
  readonly name: string;
  readonly algorithm: number;
  /** RSA only. */
  readonly bits: number | undefined;
  /** ksk-zsk: split keys; csk: one key with both roles. */
  readonly keys: 'ksk-zsk' | 'csk';
  readonly kskLifetime: Lifetime;
  readonly zskLifetime: Lifetime;
  /** How keys are replaced, by kind of rollover. */
  readonly methods: Methods;
  /** Resolvers have the KSKs as trust anchors (RFC 5011). */
  readonly rfc5011: RollRules['rfc5011'];
  /** Keys that wait in the zone, or at the parent, for an emergency. */
  readonly standbyZsk: boolean;
  readonly standbyKsk: RollRules['standbyKsk'];
  readonly dnskeyTtl: number;
  readonly zoneMaxTtl: number;
  readonly zonePropagationDelay: number;
  readonly parentDsTtl: number;
  readonly parentPropagationDelay: number;
  readonly publishSafety: number;
  readonly retireSafety: number;
  /** `auto`: 14 days, or longer where SOA expire, TTLs and the ceremony interval ask for it. */
  readonly signaturesValidity: 'auto' | number;
  readonly signaturesValidityDnskey: 'auto' | number;
  readonly signaturesRefresh: number;
  readonly signaturesJitter: number;
  readonly inceptionOffset: number;
  readonly cdsCdnskeyPublish: 'none' | 'rollover' | 'always';
  readonly cdsDigestTypes: readonly number[];
  readonly denial: SigningPolicy['denial'];
  readonly zonemd: SigningPolicy['zonemd'];
  readonly serialPolicy: SigningPolicy['serial'];
  readonly ceremonyInterval: number;
  readonly ceremonySlack: number;
  /** Key tags that new keys may have, both ends included, as they are and when revoked; undefined: all. */
  readonly keyTagRange: KeyTagRange | undefined;
  /** Seconds that a drill of a key's backup counts; a key without one is not used. Undefined: no drill is asked for. */
  readonly backupProofMaxAge: number | undefined;
  readonly gate: GatePolicy;
  /** Knobs that the file gives, with its own words: for `policy explain`; what is absent is a default. */
  readonly given: Readonly<Record<string, string>>;
}

/** Signers of one zone that share no state take ranges that do not overlap, so that no two keys have one tag (RFC 8901 multi-signer). */
export interface KeyTagRange {
  readonly low: number;
  readonly high: number;
}

/** What a zone must pass to become a release. */
export interface GatePolicy {
  readonly judges: readonly JudgeName[];
  /** How many of the judges must accept; those that reject always refuse. */
  readonly agree: number;
  readonly judgeTimeout: number;
  /** Finding IDs of zone checks that refuse a zone beyond those that always do. */
  readonly refuseFindings: readonly string[];
  readonly limits: Readonly<Record<LimitName, Limit | undefined>>;
  readonly overridable: readonly OverridableRule[];
}

/** Against the last release. A limit is passed when the number is at most `count` and at most `percent` of the last release's; absent: no limit. */
export interface Limit {
  readonly count: number | undefined;
  readonly percent: number | undefined;
}

export const LIMIT_NAMES = ['added', 'removed', 'changed', 'delegations', 'ds', 'apex'] as const;
export type LimitName = (typeof LIMIT_NAMES)[number];

/** The verifier, preservation and a serial that goes back can never be overridden. */
export const OVERRIDABLE_RULES = ['judges', 'findings', 'margin', ...LIMIT_NAMES.map((name) => `limit-${name}` as const)] as const;
export type OverridableRule = (typeof OVERRIDABLE_RULES)[number];

export interface ZoneConfig {
  /** As in the key of the record. */
  readonly name: string;
  /** Unsigned zone file, absolute. */
  readonly source: string;
  readonly owner: string;
  readonly riskClass: 'A' | 'B' | 'C';
  /** Name of the policy. */
  readonly policy: string;
  readonly mode: 'full' | 'offline-ksk';
  readonly registry: string | undefined;
  /** Group in the catalog zone. */
  readonly group: string | undefined;
}

/** What is known of a registry; where given, it replaces the policy's value. */
export interface RegistryProfile {
  readonly parentDsTtl: number | undefined;
  readonly parentPropagationDelay: number | undefined;
  readonly accepts: 'ds' | 'dnskey' | 'both' | undefined;
  readonly cdsScan: number | undefined;
}

export interface Person {
  readonly name: string;
  readonly roles: readonly string[];
  /** vkey of the Ed25519 key by which the person agrees; its name is the short name of the person. */
  readonly key?: string;
}

/** What the machine must be for a ceremony. */
export interface CeremonyPolicy {
  readonly checks: Readonly<Record<EnvironmentId, Consequence>>;
  /** Seconds that the clock of the machine may be apart from that of the witness. */
  readonly clockTolerance: number;
  /** Network interface that leads to an HSM, and nowhere else. */
  readonly hsmLink: string | undefined;
  /** sha256 over the files of the program, hexadecimal. */
  readonly program: string | undefined;
  /** Absolute path of a PKCS#11 module → sha256 of its file, hexadecimal. */
  readonly modules: Readonly<Record<string, string>>;
}

export interface Quorum {
  readonly people: readonly string[];
  readonly need: number;
}

export interface CatalogConfig {
  /** Name of the catalog zone, absolute. */
  readonly zone: string;
  readonly groupBy: 'none' | 'group' | 'owner' | 'risk-class' | 'policy';
}
