import type { Finding, Severity } from '../../signer/finding.ts';
import type { LoggedKey } from '../audit/entry.ts';
import type { Config, Policy, RegistryProfile, ZoneConfig } from '../config/config.ts';
import type { ZoneTimes } from '../config/sign-policy.ts';

/** What can be wrong with a policy; each ID is explained in docs/findings.md. An error cannot work, and keeps a configuration from being applied. */
export const SEVERITY = {
  'POLICY-ALGORITHM': 'error',
  'POLICY-ALGORITHM-UNCOMMON': 'warning',
  'POLICY-BITS': 'error',
  'POLICY-BITS-FEW': 'warning',
  'POLICY-BITS-UNUSED': 'warning',
  'POLICY-CATALOG-IS-ZONE': 'error',
  'POLICY-CEREMONY-SLACK': 'warning',
  'POLICY-CSK-ZSK-LIFETIME': 'warning',
  'POLICY-DIGEST-TYPE': 'error',
  'POLICY-DNSKEY-TTL': 'warning',
  'POLICY-GATE-JUDGES-FEW': 'warning',
  'POLICY-GATE-JUDGES-OVERRIDABLE': 'warning',
  'POLICY-INCEPTION-OFFSET': 'warning',
  'POLICY-JITTER': 'warning',
  'POLICY-KEY-TAG-RANGE': 'warning',
  'POLICY-KSK-LIFETIME': 'error',
  'POLICY-KSK-LIFETIME-VISITS': 'error',
  'POLICY-NSEC3': 'info',
  'POLICY-NSEC3-ITERATIONS': 'warning',
  'POLICY-NSEC3-OPT-OUT': 'warning',
  'POLICY-NSEC3-SALT': 'warning',
  'POLICY-PARENT-DS-TTL-UNKNOWN': 'warning',
  'POLICY-QUORUM-OF-ONE': 'info',
  'POLICY-REFRESH': 'error',
  'POLICY-SERIAL-KEEP': 'warning',
  'POLICY-SOA-EXPIRE': 'info',
  'POLICY-TTL-ABOVE-HALF-REFRESH': 'warning',
  'POLICY-VALIDITY': 'error',
  'POLICY-VALIDITY-DNSKEY': 'error',
  'POLICY-VALIDITY-LONG': 'warning',
  'POLICY-VALIDITY-RANGE': 'error',
  'POLICY-ZONE-TTL-ABOVE-MAX': 'error',
  'POLICY-ZONE-UNREAD': 'info',
  'POLICY-ZSK-LIFETIME': 'error',
  'POLICY-ZSK-LIFETIME-VISITS': 'error',
} as const satisfies Readonly<Record<string, Severity>>;

export type PolicyFindingId = keyof typeof SEVERITY;

/** What a zone file says that policies depend on. */
export interface ZoneFacts extends ZoneTimes {
  readonly delegations: number;
}

/** A policy with the zones that follow it. */
export interface PolicyUse {
  readonly policy: Policy;
  readonly config: Config;
  readonly zones: readonly ZoneUse[];
}

export interface ZoneUse {
  readonly zone: ZoneConfig;
  readonly registry: RegistryProfile | undefined;
  /** Undefined where the file could not be read. */
  readonly facts: ZoneFacts | undefined;
  /** Those that the log has; absent: not known here. */
  readonly keys?: readonly LoggedKey[];
}

export interface Compared {
  /** What there is, and what there must be. */
  readonly found?: string;
  readonly expected?: string;
}

export function policyFinding(id: PolicyFindingId, { name }: Policy, text: string, compared: Compared = {}): Finding {
  return { id, severity: SEVERITY[id], text: `policy ${name}: ${text}`, ...compared };
}

export function zoneFinding(id: PolicyFindingId, { zone }: ZoneUse, text: string, compared: Compared = {}): Finding {
  return { id, severity: SEVERITY[id], text: `zone ${zone.name} (policy ${zone.policy}): ${text}`, owner: zone.name, ...compared };
}
