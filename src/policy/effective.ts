import { DEFAULT_POLICY, type SigningPolicy } from '../../signer/policy.ts';
import type { Policy, RegistryProfile } from '../config/config.ts';
import type { ZoneTimes } from '../config/sign-policy.ts';

/** The policy as it holds below a parent that is known: what is known of the registry replaces the policy's guess. */
export function withRegistry(policy: Policy, registry: RegistryProfile | undefined): Policy {
  return {
    ...policy,
    parentDsTtl: registry?.parentDsTtl ?? policy.parentDsTtl,
    parentPropagationDelay: registry?.parentPropagationDelay ?? policy.parentPropagationDelay,
  };
}

/** Until the next visit is surely over: every signature of a release must last longer. */
export function marginNeeded(policy: Policy): number {
  return policy.ceremonyInterval + policy.ceremonySlack;
}

/**
 * What a signature must have left when a zone leaves the signing side: the next visit may be as late as the slack allows, a
 * secondary that was cut off just before serves the zone until SOA EXPIRE, and a cache keeps what it got last for its TTL.
 */
export function lifeNeeded(policy: Policy, { soaExpire, largestTtl }: ZoneTimes): number {
  return marginNeeded(policy) + soaExpire + Math.max(largestTtl, policy.dnskeyTtl);
}

/**
 * Validity where the policy says `auto`: what a signature needs, and the refresh time on top. So it is kept for that long, the jitter
 * off: at every visit within it; where visits are further apart than that, each of them makes all signatures anew.
 */
export function validityNeeded(policy: Policy, times: ZoneTimes): number {
  return lifeNeeded(policy, times) + policy.signaturesRefresh;
}

/**
 * Policy and zone → the parameters of one signing. Every signature of the result, kept or new, has lifeNeeded left, unless
 * one of the policy's own validities is shorter than that: then all have as much left as that one (less a second), for the zone
 * is good no longer than the shorter of the two.
 * @param pending cdsPending: a rollover asks the parent for a change
 */
export function effectivePolicy(
  written: Policy,
  registry: RegistryProfile | undefined,
  times: ZoneTimes,
  pending: { readonly cdsPending: boolean } = { cdsPending: false },
): SigningPolicy {
  const policy = withRegistry(written, registry);
  const auto = Math.max(DEFAULT_POLICY.signaturesValidity, validityNeeded(policy, times));
  const validity = policy.signaturesValidity === 'auto' ? auto : policy.signaturesValidity;
  const validityDnskey = policy.signaturesValidityDnskey === 'auto' ? auto : policy.signaturesValidityDnskey;
  const refresh = Math.min(Math.max(policy.signaturesRefresh, lifeNeeded(policy, times)), Math.min(validity, validityDnskey) - 1);
  return {
    denial: policy.denial,
    signaturesValidity: validity,
    signaturesValidityDnskey: validityDnskey,
    signaturesRefresh: refresh,
    signaturesJitter: Math.min(policy.signaturesJitter, Math.floor(validity / 10), validity - refresh - 1),
    inceptionOffset: policy.inceptionOffset,
    dnskeyTtl: policy.dnskeyTtl,
    cds: policy.cdsCdnskeyPublish === 'always' || (policy.cdsCdnskeyPublish === 'rollover' && pending.cdsPending),
    cdsDigestTypes: policy.cdsDigestTypes,
    cdsSignedByZsk: false,
    zonemd: policy.zonemd,
    serial: policy.serialPolicy,
  };
}
