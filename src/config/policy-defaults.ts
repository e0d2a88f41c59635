import type { RawGate, RawPolicy } from './schema.ts';

/**
 * What holds where coldsign.yaml says nothing, in the words of that file; both go through the same conversion.
 * Field values: signatures of 14 days, refreshed 5 days before their end and spread over 12 hours; NSEC (RFC 9276 3.1 asks for
 * NSEC3 only where it is needed); a DNSKEY TTL of an hour, and a day for everything that only a measurement can tell.
 */
export const POLICY_DEFAULTS = {
  algorithm: 13,
  keys: 'ksk-zsk',
  'ksk-lifetime': 'unlimited',
  'zsk-lifetime': 'unlimited',
  'zsk-method': 'pre-publication',
  'ksk-method': 'double-ksk',
  'csk-method': 'pre-publication',
  'algorithm-method': 'conservative',
  rfc5011: 'none',
  'standby-zsk': false,
  'standby-ksk': 'none',
  'dnskey-ttl': '1h',
  'zone-max-ttl': '1d',
  'zone-propagation-delay': '5min',
  'parent-ds-ttl': '1d',
  'parent-propagation-delay': '1h',
  'publish-safety': '1h',
  'retire-safety': '1h',
  'signatures-validity': 'auto',
  'signatures-validity-dnskey': 'auto',
  'signatures-refresh': '5d',
  'signatures-jitter': '12h',
  'inception-offset': '1h',
  'cds-cdnskey-publish': 'rollover',
  'cds-digest-types': [2],
  nsec3: false,
  zonemd: false,
  'serial-policy': 'increment',
  'ceremony-interval': '1d',
  'ceremony-slack': '1d',
  'key-tag-range': '0-65535',
  'backup-proof-max-age': 'none',
} as const satisfies Required<Omit<RawPolicy, 'bits' | 'gate'>>;

/** Where the algorithm is RSA and `bits` is not given (RFC 6781 3.4.2: 2048 bits are enough for years). */
export const DEFAULT_RSA_BITS = 2048;

/**
 * The gate without a word about it. Findings: those of zones that sign well and that other name servers refuse or read in another way.
 * Limits: an edit by hand passes, a file that was cut off or mixed up does not. Growth alone does no harm, so it has no limit.
 */
export const GATE_DEFAULTS = {
  judges: ['named-checkzone', 'dnssec-verify', 'ldns-verify-zone', 'kzonecheck'],
  'judge-timeout': '10min',
  'refuse-findings': ['ZONE-DNAME-DESCENDANTS', 'ZONE-DS-WITHOUT-NS', 'ZONE-WILDCARD-NS', 'ZONEFILE-TYPE-RANGE'],
  limits: { removed: '25%', changed: '50%', delegations: 100, ds: 100, apex: 5 },
  overridable: ['findings', 'margin', 'limit-added', 'limit-removed', 'limit-changed', 'limit-delegations', 'limit-ds', 'limit-apex'],
} as const satisfies Omit<RawGate, 'agree'>;

export const ZONE_DEFAULTS = { owner: '', 'risk-class': 'B', policy: 'default', mode: 'full' } as const;

/** Of the checks, see ENVIRONMENT_CHECKS. A minute: what two clocks that people have set can be apart. */
export const CEREMONY_DEFAULTS = { 'clock-tolerance': '60s' } as const;
