import { shareOfRange } from '../../keystore/tag-range.ts';
import { algorithmLabel } from '../../signer/dnssec/algorithm.ts';
import { Refusal } from '../../signer/errors.ts';
import { nearest } from '../../signer/nearest.ts';
import type { Config, Policy } from '../config/config.ts';
import { spanText } from '../config/span-text.ts';
import { gateWords, policyWords } from './diff.ts';
import { effectivePolicy, lifeNeeded, marginNeeded, withRegistry } from './effective.ts';
import { otherRollovers } from './other-rollovers.ts';
import { rolloversOf } from './rollovers.ts';
import type { ZoneUse } from './rules.ts';

/** A policy in words. `format` 1 of `policy explain --json`. */
export interface Explanation {
  readonly format: 1;
  readonly policy: string;
  /** Zones that follow it. */
  readonly zones: number;
  /** The zone whose registry, SOA expire and TTLs the figures are for. */
  readonly zone?: string;
  readonly values: readonly ExplainedValue[];
  /** What the values lead to together, one sentence each. */
  readonly implications: readonly string[];
}

export interface ExplainedValue {
  readonly name: string;
  readonly value: string;
  readonly from: 'coldsign.yaml' | 'registry' | 'default';
  /** The file's own words, or the registry's name. */
  readonly words?: string;
  readonly implies?: string;
}

/**
 * Each value of a policy, where it comes from, and what it implies; for a zone with its figures, else in general.
 * @throws Refusal policy/unknown
 */
export function explainPolicy(config: Config, name: string, use?: ZoneUse): Explanation {
  const written = policyOf(config, name);
  const policy = withRegistry(written, use?.registry);
  const values = Object.entries({ ...policyWords(policy), ...gateMembers(policy) }).flatMap(([knob, value]) =>
    value === undefined ? [] : [explained(knob, wordsOf(value), written, use)],
  );
  return {
    format: 1,
    policy: name,
    zones: Object.values(config.zones).filter((zone) => zone.policy === name).length,
    ...(use === undefined ? {} : { zone: use.zone.name }),
    values,
    implications: [...signing(policy, use), ...rollovers(written, use), ...otherRollovers(policy, use)],
  };
}

/** @throws Refusal policy/unknown */
export function policyOf(config: Config, name: string): Policy {
  if (Object.hasOwn(config.policies, name)) return config.policies[name]!;
  const names = Object.keys(config.policies);
  const near = nearest(name, names);
  throw new Refusal(
    'policy/unknown',
    `there is no policy ${name}; the file has ${names.join(', ')}`,
    near === undefined ? 'name one of these' : `did you mean ${near}?`,
  );
}

const wordsOf = (value: string | number | boolean | readonly (string | number)[]): string => [value].flat().join(', ');

function gateMembers(policy: Policy) {
  return Object.fromEntries(Object.entries(gateWords(policy)).map(([member, value]) => [`gate.${member}`, value]));
}

function explained(name: string, value: string, policy: Policy, use: ZoneUse | undefined): ExplainedValue {
  const implies = IMPLIES[name]?.(policy, use);
  return { name, value, ...sourceOf(name, policy, use), ...(implies === undefined ? {} : { implies }) };
}

function sourceOf(name: string, { given }: Policy, use: ZoneUse | undefined): Pick<ExplainedValue, 'from' | 'words'> {
  const ofRegistry = { 'parent-ds-ttl': use?.registry?.parentDsTtl, 'parent-propagation-delay': use?.registry?.parentPropagationDelay };
  if (ofRegistry[name as keyof typeof ofRegistry] !== undefined) return { from: 'registry', words: use!.zone.registry! };
  const words = given[name];
  return words === undefined ? { from: 'default' } : { from: 'coldsign.yaml', words };
}

/** What one value means, where its name and its number do not say it. */
const IMPLIES: Readonly<Record<string, (policy: Policy, use: ZoneUse | undefined) => string | undefined>> = {
  algorithm: ({ algorithm }) => algorithmLabel(algorithm),
  keys: ({ keys }) =>
    keys === 'csk' ? 'one key signs everything; its lifetime is ksk-lifetime' : 'the KSK signs the keys, the ZSK the data',
  'ksk-lifetime': ({ kskLifetime }) => (kskLifetime === 'unlimited' ? 'replaced only when somebody starts it' : undefined),
  'zsk-lifetime': ({ zskLifetime }) => (zskLifetime === 'unlimited' ? 'replaced only when somebody starts it' : undefined),
  'zone-max-ttl': () => 'no TTL of the zone may be above it; rollovers wait as long',
  'signatures-validity': validityImplies,
  'signatures-refresh': refreshImplies,
  'signatures-jitter': jitterImplies,
  'inception-offset': () => 'signatures begin that long before they are made',
  'cds-cdnskey-publish': ({ cdsCdnskeyPublish: publish }) =>
    ({
      none: 'the parent is told by hand',
      rollover: 'CDS and CDNSKEY are in the zone from the request for a DS until the parent was seen with it',
      always: 'CDS and CDNSKEY are always in the zone',
    })[publish],
  nsec3: ({ denial }) => (denial.kind === 'nsec' ? 'NSEC: the names of the zone can be listed' : 'NSEC3: the names of the zone are hashed'),
  'ceremony-slack': (policy) =>
    `every signature of a release lasts at least ceremony-interval ${spanText(policy.ceremonyInterval)} + ceremony-slack ${spanText(policy.ceremonySlack)} = ${spanText(marginNeeded(policy))}`,
  'key-tag-range': ({ keyTagRange }) =>
    keyTagRange === undefined
      ? undefined
      : `new pairs are thrown away until one has both its tags in it: ${Math.ceil(1 / shareOfRange(keyTagRange))} on the average`,
  'backup-proof-max-age': ({ backupProofMaxAge }) =>
    backupProofMaxAge === undefined ? undefined : 'a key whose newest drill is older is not used',
  'gate.agree': ({ gate }) => `${gate.agree} of ${gate.judges.length} judges must accept a signed zone, and none may reject it`,
};

function validityImplies(policy: Policy, use: ZoneUse | undefined): string | undefined {
  if (use?.facts !== undefined) {
    const { signaturesValidity } = effectivePolicy(policy, use.registry, use.facts);
    return policy.signaturesValidity === 'auto' ? `${spanText(signaturesValidity)} for this zone` : undefined;
  }
  return policy.signaturesValidity === 'auto'
    ? '14d, or ceremony-interval + ceremony-slack + signatures-refresh + SOA expire + largest TTL if that is more'
    : undefined;
}

function refreshImplies(policy: Policy, use: ZoneUse | undefined): string {
  if (use?.facts === undefined) return 'or what must be left until after the next visit, if that is more';
  const { signaturesRefresh } = effectivePolicy(policy, use.registry, use.facts);
  return `${spanText(signaturesRefresh)} for this zone: a signature with less left is made anew`;
}

function jitterImplies(policy: Policy, use: ZoneUse | undefined): string | undefined {
  if (use?.facts === undefined) return undefined;
  const { signaturesJitter } = effectivePolicy(policy, use.registry, use.facts);
  return signaturesJitter === policy.signaturesJitter ? undefined : `${spanText(signaturesJitter)} for this zone`;
}

function* signing(policy: Policy, use: ZoneUse | undefined): Generator<string> {
  const margin = spanText(marginNeeded(policy));
  yield `After each signing, sign again within ceremony-interval ${spanText(policy.ceremonyInterval)}, and at the latest within ${margin}.`;
  if (use?.facts === undefined) return;
  const { soaExpire, largestTtl } = use.facts;
  yield `Signatures that leave last at least ${spanText(lifeNeeded(policy, use.facts))}: ${margin} until the next visit is over, ` +
    `SOA expire ${spanText(soaExpire)} for a secondary that is cut off, and the largest TTL ${spanText(Math.max(largestTtl, policy.dnskeyTtl))} for caches.`;
}

const ROLE = { ksk: 'A KSK', zsk: 'A ZSK', csk: 'A CSK' } as const;

function* rollovers(policy: Policy, use: ZoneUse | undefined): Generator<string> {
  for (const roll of rolloversOf(policy, use?.registry, use?.facts)) {
    const visits = `${roll.visits} visits over ${spanText(roll.visitsTake)} with ceremony-interval ${spanText(policy.ceremonyInterval)}`;
    yield `${ROLE[roll.role]} rollover (${roll.method}, ${roll.reference}) takes at least ${spanText(roll.shortest)}: ` +
      `${roll.publish.total === 0 ? 'the new key is used at once' : `${roll.publish.text} before the new key is used`}, ${roll.retire.text} before the old one goes; ${visits}.`;
  }
}
