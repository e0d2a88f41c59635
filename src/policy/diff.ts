import { toHex } from '../../signer/dns/bytes.ts';
import type { PolicyChange } from '../audit/entry.ts';
import { ENVIRONMENT_CHECKS, type EnvironmentId } from '../ceremony/environment/checks.ts';
import type { CeremonyPolicy, Config, Limit, Policy } from '../config/config.ts';
import { CEREMONY_DEFAULTS } from '../config/policy-defaults.ts';
import { policyMembers } from '../config/policy-members.ts';
import { spanText } from '../config/span-text.ts';
import { parseDuration } from '../config/time-text.ts';

/**
 * What changes when `after` takes the place of `before`: one change a value, by its path in coldsign.yaml, sorted. Values are
 * compared, not the file's words: `2w` for `14d` changes nothing, a default that is written out neither. Without `before` all is new.
 */
export function configDiff(before: Config | undefined, after: Config): PolicyChange[] {
  const old = before === undefined ? new Map<string, string>() : flatConfig(before);
  const now = flatConfig(after);
  const paths = [...new Set([...old.keys(), ...now.keys()])].sort();
  return paths.filter((path) => old.get(path) !== now.get(path)).map((path) => change(path, old.get(path), now.get(path)));
}

function change(path: string, before: string | undefined, after: string | undefined): PolicyChange {
  return { path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
}

type Value = string | number | boolean | readonly (string | number)[] | undefined;

/** Path → value in words; what is absent has no path. */
function flatConfig(config: Config): Map<string, string> {
  const flat = new Map<string, string>();
  const put = (path: string, values: Readonly<Record<string, Value>>): void => {
    for (const [key, value] of Object.entries(values))
      if (value !== undefined) flat.set(`${path}.${key}`, Array.isArray(value) ? value.join(' ') : String(value));
  };
  put('log', { origin: config.origin });
  put('tokens', config.tokens);
  for (const policy of Object.values(config.policies)) {
    put(`policies.${policy.name}`, policyWords(policy));
    put(`policies.${policy.name}.gate`, gateWords(policy));
  }
  for (const { name, source, owner, riskClass, policy, mode, registry, group } of Object.values(config.zones))
    put(`zones.${name === '.' ? name : name.slice(0, -1)}`, { source, owner, 'risk-class': riskClass, policy, mode, registry, group });
  for (const [name, registry] of Object.entries(config.registries))
    put(`registries.${name}`, {
      'parent-ds-ttl': span(registry.parentDsTtl),
      'parent-propagation-delay': span(registry.parentPropagationDelay),
      accepts: registry.accepts,
      'cds-scan': span(registry.cdsScan),
    });
  for (const [id, { name, roles, key }] of Object.entries(config.people))
    put(`people.${id}`, { name, roles, ...(key === undefined ? {} : { key }) });
  for (const [act, { people, need }] of Object.entries(config.quorums)) put(`quorums.${act}`, { people, need });
  for (const [i, vkey] of config.witnesses.entries()) flat.set(`witnesses.${i}`, vkey);
  putCeremony(config.ceremony, put);
  if (config.catalog !== undefined) put('catalog', { zone: config.catalog.zone, 'group-by': config.catalog.groupBy });
  return flat;
}

/** What differs from the defaults; all that is left out would be lines that nobody has written. */
function putCeremony({ checks, clockTolerance, hsmLink, program, modules }: CeremonyPolicy, put: Put): void {
  const tolerance = span(clockTolerance);
  if (tolerance !== span(parseDuration(CEREMONY_DEFAULTS['clock-tolerance']))) put('ceremony', { 'clock-tolerance': tolerance });
  put('ceremony', { 'hsm-link': hsmLink, program });
  put(
    'ceremony.checks',
    Object.fromEntries(Object.entries(checks).filter(([id, does]) => does !== ENVIRONMENT_CHECKS[id as EnvironmentId])),
  );
  put('ceremony.modules', modules);
}

type Put = (path: string, values: Readonly<Record<string, Value>>) => void;

const span = (value: number | 'auto' | 'unlimited' | undefined): string | undefined =>
  typeof value === 'number' ? spanText(value) : value;

/** The knobs of a policy by their names in coldsign.yaml, values in words; without the gate. */
export function policyWords(policy: Policy): Readonly<Record<string, Value>> {
  const { gate: _gate, nsec3: _nsec3, ...members } = policyMembers(policy);
  return { ...members, nsec3: denialWords(policy.denial), zonemd: policy.zonemd.length === 0 ? 'none' : policy.zonemd };
}

function denialWords(denial: Policy['denial']): string {
  if (denial.kind === 'nsec') return 'false';
  const { optOut, iterations, salt } = denial;
  const parts = [...(optOut ? ['opt-out'] : []), ...(iterations > 0 ? [`iterations ${iterations}`] : [])];
  return ['true', ...parts, ...(salt.length > 0 ? [`salt ${toHex(salt)}`] : [])].join(', ');
}

/** The members of a policy's gate by their names in coldsign.yaml; limits as `limits.added`. */
export function gateWords({ gate }: Policy): Readonly<Record<string, Value>> {
  const limits = Object.entries(gate.limits).map(([name, limit]) => [`limits.${name}`, limitWords(limit)] as const);
  return {
    judges: gate.judges,
    agree: gate.agree,
    'judge-timeout': span(gate.judgeTimeout),
    'refuse-findings': gate.refuseFindings,
    ...Object.fromEntries(limits),
    overridable: gate.overridable,
  };
}

export function limitWords(limit: Limit | undefined): string {
  const parts = [limit?.count === undefined ? [] : [`${limit.count}`], limit?.percent === undefined ? [] : [`${limit.percent}%`]].flat();
  return parts.length === 0 ? 'none' : parts.join(' and ');
}
