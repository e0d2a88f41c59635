import { fromHex } from '../../signer/dns/bytes.ts';
import { algorithmNumberFromText } from '../../signer/dnssec/algorithm.ts';
import { JUDGES } from '../release/judges.ts';
import { type GatePolicy, LIMIT_NAMES, type Lifetime, type Limit, type Policy } from './config.ts';
import { spanSeconds, tagRangeEnds } from './leaf-schema.ts';
import { GATE_DEFAULTS, POLICY_DEFAULTS } from './policy-defaults.ts';
import type { RawGate, RawLimit, RawPolicy } from './schema.ts';

/** A policy as it is written, checked against the schema, to values: defaults filled in, spans in seconds. */
export function policyValues(name: string, written: RawPolicy, gate: RawGate | undefined, given: Policy['given']): Policy {
  const raw = { ...POLICY_DEFAULTS, ...definedMembers(written) };
  return {
    name,
    algorithm: algorithmNumberFromText(String(raw.algorithm))!,
    bits: written.bits,
    keys: raw.keys,
    kskLifetime: lifetime(raw['ksk-lifetime']),
    zskLifetime: lifetime(raw['zsk-lifetime']),
    methods: { zsk: raw['zsk-method'], ksk: raw['ksk-method'], csk: raw['csk-method'], algorithm: raw['algorithm-method'] },
    rfc5011: raw.rfc5011,
    standbyZsk: raw['standby-zsk'],
    standbyKsk: raw['standby-ksk'],
    dnskeyTtl: spanSeconds(raw['dnskey-ttl']),
    zoneMaxTtl: spanSeconds(raw['zone-max-ttl']),
    zonePropagationDelay: spanSeconds(raw['zone-propagation-delay']),
    parentDsTtl: spanSeconds(raw['parent-ds-ttl']),
    parentPropagationDelay: spanSeconds(raw['parent-propagation-delay']),
    publishSafety: spanSeconds(raw['publish-safety']),
    retireSafety: spanSeconds(raw['retire-safety']),
    signaturesValidity: validity(raw['signatures-validity']),
    signaturesValidityDnskey: validity(raw['signatures-validity-dnskey']),
    signaturesRefresh: spanSeconds(raw['signatures-refresh']),
    signaturesJitter: spanSeconds(raw['signatures-jitter']),
    inceptionOffset: spanSeconds(raw['inception-offset']),
    cdsCdnskeyPublish: raw['cds-cdnskey-publish'],
    cdsDigestTypes: digestTypes(raw['cds-digest-types']),
    denial: denial(raw.nsec3),
    zonemd: zonemd(raw.zonemd),
    serialPolicy: raw['serial-policy'],
    ceremonyInterval: spanSeconds(raw['ceremony-interval']),
    ceremonySlack: spanSeconds(raw['ceremony-slack']),
    keyTagRange: keyTagRange(raw['key-tag-range']),
    backupProofMaxAge: proofAge(raw['backup-proof-max-age']),
    gate: gateValues(gate, written.gate),
    given,
  };
}

const lifetime = (value: string | number): Lifetime => (value === 'unlimited' ? value : spanSeconds(value));
const validity = (value: string | number): 'auto' | number => (value === 'auto' ? value : spanSeconds(value));

const proofAge = (value: string | number): number | undefined => (value === 'none' ? undefined : spanSeconds(value));

function keyTagRange(text: string): Policy['keyTagRange'] {
  const [low, high] = tagRangeEnds(text);
  return low === 0 && high === 0xffff ? undefined : { low, high };
}

function digestTypes(value: Defined<RawPolicy['cds-digest-types']>): readonly number[] {
  const numbers = [value].flat().map((type) => (typeof type === 'number' ? type : { 'SHA-1': 1, 'SHA-256': 2, 'SHA-384': 4 }[type]));
  return [...new Set(numbers)];
}

function denial(value: Defined<RawPolicy['nsec3']>): Policy['denial'] {
  if (value === false) return { kind: 'nsec' };
  const { 'opt-out': optOut = false, iterations = 0, salt = '' } = value === true ? {} : value;
  return { kind: 'nsec3', optOut, iterations, salt: fromHex(salt)! };
}

function zonemd(value: Defined<RawPolicy['zonemd']>): Policy['zonemd'] {
  if (typeof value === 'boolean') return value ? ['sha384'] : [];
  return [...new Set([value].flat())];
}

/** What a policy gives goes before what the whole file gives, member by member, and limit by limit. */
export function gateValues(...written: readonly (RawGate | undefined)[]): GatePolicy {
  const raw: Partial<RawGate> = Object.assign({}, ...written.map((gate) => definedMembers(gate ?? {})));
  const limits = [GATE_DEFAULTS.limits, ...written.map((gate) => definedMembers(gate?.limits ?? {}))];
  const rawLimits: Partial<Record<string, RawLimit>> = Object.assign({}, ...limits);
  const judges = [...new Set(raw.judges ?? GATE_DEFAULTS.judges)];
  return {
    judges: JUDGES.filter((judge) => judges.includes(judge)),
    agree: raw.agree ?? judges.length,
    judgeTimeout: spanSeconds(raw['judge-timeout'] ?? GATE_DEFAULTS['judge-timeout']),
    refuseFindings: [...new Set<string>(raw['refuse-findings'] ?? GATE_DEFAULTS['refuse-findings'])],
    limits: Object.fromEntries(LIMIT_NAMES.map((name) => [name, limit(rawLimits[name])])) as GatePolicy['limits'],
    overridable: [...new Set(raw.overridable ?? GATE_DEFAULTS.overridable)],
  };
}

function limit(value: RawLimit): Limit | undefined {
  if (value === undefined || value === 'none') return undefined;
  if (typeof value === 'number') return { count: value, percent: undefined };
  if (typeof value === 'string') return { count: undefined, percent: Number(value.slice(0, -1)) };
  return { count: value.count, percent: value.percent };
}

type Defined<T> = Exclude<T, undefined>;

/** A member that is there and undefined must not hide a default. */
function definedMembers<T extends object>(members: T): { [K in keyof T]?: Defined<T[K]> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: Defined<T[K]> };
}
