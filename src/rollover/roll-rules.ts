import type { RollRules } from '../../keystore/rollover/model.ts';
import { DSGN } from '../../keystore/rollover/timing.ts';
import type { Config, ZoneConfig } from '../config/config.ts';
import { withRegistry } from '../policy/effective.ts';

/** TTLs of the zone, seconds. */
export interface ZoneTtls {
  /** Largest TTL of what is signed. */
  readonly signature: number;
  /** Of negative answers (RFC 2308 5). */
  readonly negative: number;
}

/**
 * What the rollovers of a zone go by: its policy, and what is known of its registry.
 * @param ttls as the zone has them; absent: the most that the policy allows
 */
export function rollRulesOf(config: Pick<Config, 'policies' | 'registries'>, zone: ZoneConfig, ttls?: ZoneTtls): RollRules {
  const registry = config.registries[zone.registry ?? ''];
  const policy = withRegistry(config.policies[zone.policy]!, registry);
  return {
    methods: policy.methods,
    keys: policy.keys,
    algorithm: policy.algorithm,
    propagation: policy.zonePropagationDelay,
    parentPropagation: policy.parentPropagationDelay,
    keyTtl: policy.dnskeyTtl,
    signatureTtl: Math.max(ttls?.signature ?? policy.zoneMaxTtl, policy.dnskeyTtl),
    negativeTtl: ttls?.negative ?? policy.zoneMaxTtl,
    dsTtl: policy.parentDsTtl,
    registration: registry?.cdsScan ?? 0,
    dsgn: DSGN,
    publishSafety: policy.publishSafety,
    retireSafety: policy.retireSafety,
    kskLifetime: policy.kskLifetime,
    zskLifetime: policy.zskLifetime,
    rfc5011: policy.rfc5011,
    standbyZsk: policy.standbyZsk,
    standbyKsk: policy.standbyKsk,
    cds: policy.cdsCdnskeyPublish,
    ceremonyInterval: policy.ceremonyInterval,
    ceremonySlack: policy.ceremonySlack,
  };
}
