import { toHex } from '../../signer/dns/bytes.ts';
import { type GatePolicy, LIMIT_NAMES, type Limit, type Policy } from './config.ts';
import type { RawGate, RawLimit, RawPolicy } from './schema.ts';
import { spanText } from './span-text.ts';

/** A policy as coldsign.yaml would have it with nothing left out; parseConfig makes the same policy of it. */
export function policyMembers(policy: Policy): RawPolicy {
  return {
    algorithm: policy.algorithm,
    ...(policy.bits === undefined ? {} : { bits: policy.bits }),
    keys: policy.keys,
    'ksk-lifetime': span(policy.kskLifetime),
    'zsk-lifetime': span(policy.zskLifetime),
    'zsk-method': policy.methods.zsk,
    'ksk-method': policy.methods.ksk,
    'csk-method': policy.methods.csk,
    'algorithm-method': policy.methods.algorithm,
    rfc5011: policy.rfc5011,
    'standby-zsk': policy.standbyZsk,
    'standby-ksk': policy.standbyKsk,
    'dnskey-ttl': span(policy.dnskeyTtl),
    'zone-max-ttl': span(policy.zoneMaxTtl),
    'zone-propagation-delay': span(policy.zonePropagationDelay),
    'parent-ds-ttl': span(policy.parentDsTtl),
    'parent-propagation-delay': span(policy.parentPropagationDelay),
    'publish-safety': span(policy.publishSafety),
    'retire-safety': span(policy.retireSafety),
    'signatures-validity': span(policy.signaturesValidity),
    'signatures-validity-dnskey': span(policy.signaturesValidityDnskey),
    'signatures-refresh': span(policy.signaturesRefresh),
    'signatures-jitter': span(policy.signaturesJitter),
    'inception-offset': span(policy.inceptionOffset),
    'cds-cdnskey-publish': policy.cdsCdnskeyPublish,
    'cds-digest-types': [...policy.cdsDigestTypes],
    nsec3: nsec3(policy.denial),
    zonemd: policy.zonemd.length === 0 ? false : [...policy.zonemd],
    'serial-policy': policy.serialPolicy,
    'ceremony-interval': span(policy.ceremonyInterval),
    'ceremony-slack': span(policy.ceremonySlack),
    'key-tag-range': `${policy.keyTagRange?.low ?? 0}-${policy.keyTagRange?.high ?? 0xffff}`,
    'backup-proof-max-age': span(policy.backupProofMaxAge ?? 'none'),
    gate: gateMembers(policy.gate),
  };
}

const span = (value: number | 'auto' | 'unlimited' | 'none'): string => (typeof value === 'number' ? spanText(value) : value);

function nsec3(denial: Policy['denial']): RawPolicy['nsec3'] {
  if (denial.kind === 'nsec') return false;
  const { optOut, iterations, salt } = denial;
  return { 'opt-out': optOut, iterations, salt: toHex(salt) };
}

function gateMembers({ judges, agree, judgeTimeout, refuseFindings, limits, overridable }: GatePolicy): RawGate {
  return {
    judges: [...judges],
    agree,
    'judge-timeout': spanText(judgeTimeout),
    'refuse-findings': [...refuseFindings],
    limits: Object.fromEntries(LIMIT_NAMES.map((name) => [name, limit(limits[name])])) as NonNullable<RawGate['limits']>,
    overridable: [...overridable],
  };
}

function limit(value: Limit | undefined): RawLimit {
  if (value === undefined) return 'none';
  const { count, percent } = value;
  return { ...(count === undefined ? {} : { count }), ...(percent === undefined ? {} : { percent }) };
}
