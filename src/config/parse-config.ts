import { resolve } from 'node:path';
import { SHARES } from '../../keystore/pin/source.ts';
import { parsePkcs11Uri, printPkcs11Uri } from '../../keystore/pkcs11/uri.ts';
import { ENVIRONMENT_CHECKS } from '../ceremony/environment/checks.ts';
import type { CatalogConfig, CeremonyPolicy, Config, Person, Policy, Quorum, RegistryProfile, TokenRole, ZoneConfig } from './config.ts';
import { type Problem, readYaml, wordsAt, type YamlText } from './document.ts';
import { spanSeconds } from './leaf-schema.ts';
import { CEREMONY_DEFAULTS, ZONE_DEFAULTS } from './policy-defaults.ts';
import { policyValues } from './policy-values.ts';
import { problemsOf, refuseProblems } from './problems.ts';
import { referenceProblems } from './references.ts';
import { CONFIG_SCHEMA, knownKeys, type RawConfig, type RawPolicy } from './schema.ts';
import { zoneName } from './zone-name.ts';

/**
 * coldsign.yaml → Config: YAML → schema → names resolved, defaults filled in, spans in seconds, paths absolute.
 * @param file name of the file, for messages
 * @param root folder that relative paths are relative to
 * @throws Refusal policy/bad-config with every problem, each with its line, column and path
 */
export function parseConfig(text: string, file: string, root: string): Config {
  const yaml = readYaml(text);
  if (yaml.problems.length > 0) throw refuseProblems(file, yaml, yaml.problems);
  const parsed = CONFIG_SCHEMA.safeParse(yaml.value ?? {});
  const problems: readonly Problem[] = [
    ...(parsed.success ? [] : problemsOf(parsed.error, yaml.value ?? {}, knownKeys)),
    ...referenceProblems(yaml.value),
  ];
  if (!parsed.success || problems.length > 0) throw refuseProblems(file, yaml, problems);
  return configOf(parsed.data, yaml, root);
}

function configOf(raw: RawConfig, yaml: YamlText, root: string): Config {
  return {
    format: 1,
    origin: raw.log.origin,
    tokens: tokensOf(raw.tokens, root),
    policies: policiesOf(raw, yaml),
    zones: zonesOf(raw.zones ?? {}, root),
    registries: mapValues(
      raw.registries ?? {},
      (registry): RegistryProfile => ({
        parentDsTtl: span(registry['parent-ds-ttl']),
        parentPropagationDelay: span(registry['parent-propagation-delay']),
        accepts: registry.accepts,
        cdsScan: span(registry['cds-scan']),
      }),
    ),
    people: mapValues(
      raw.people ?? {},
      ({ name, roles, key }): Person => ({ name, roles: roles ?? [], ...(key === undefined ? {} : { key }) }),
    ),
    quorums: mapValues(raw.quorums ?? {}, ({ people, need }): Quorum => ({ people, need })),
    witnesses: raw.witnesses ?? [],
    catalog: raw.catalog ? catalogOf(raw.catalog) : undefined,
    ceremony: ceremonyOf(raw.ceremony ?? {}),
  };
}

const span = (value: string | number | undefined): number | undefined => (value === undefined ? undefined : spanSeconds(value));

function ceremonyOf(raw: NonNullable<RawConfig['ceremony']>): CeremonyPolicy {
  return {
    checks: { ...ENVIRONMENT_CHECKS, ...given(raw.checks ?? {}) },
    clockTolerance: spanSeconds(raw['clock-tolerance'] ?? CEREMONY_DEFAULTS['clock-tolerance']),
    hsmLink: raw['hsm-link'],
    program: raw.program,
    modules: raw.modules ?? {},
  };
}

function given<T extends object>(members: T): { [P in keyof T]?: Exclude<T[P], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [P in keyof T]?: Exclude<T[P], undefined>;
  };
}

function catalogOf(raw: NonNullable<RawConfig['catalog']>): CatalogConfig {
  return { zone: zoneName(raw.zone), groupBy: raw['group-by'] ?? 'group' };
}

function tokensOf(raw: RawConfig['tokens'], root: string): Config['tokens'] {
  const uris = (value: string | readonly string[] | undefined): readonly string[] =>
    value === undefined ? uris(raw.ksk) : [value].flat().map((uri) => absoluteUri(uri, root));
  return { ksk: uris(raw.ksk), zsk: uris(raw.zsk), audit: uris(raw.audit) } satisfies Record<TokenRole, readonly string[]>;
}

/** Paths in a PKCS#11 URI made absolute. @param root folder that they are relative to */
export function absoluteUri(text: string, root: string): string {
  const uri = parsePkcs11Uri(text);
  const { modulePath, softhsmConf, pinSource } = uri;
  return printPkcs11Uri({
    ...uri,
    ...(modulePath === undefined ? {} : { modulePath: resolve(root, modulePath) }),
    ...(softhsmConf === undefined ? {} : { softhsmConf: resolve(root, softhsmConf) }),
    ...(pinSource === undefined ? {} : { pinSource: absolutePinSource(pinSource, root) }),
  });
}

/** `file:PATH` with or without `//`; a bare path is a file too, and `shares:` is none. */
function absolutePinSource(source: string, root: string): string {
  if (source === SHARES) return source;
  return `file:${resolve(root, source.replace(/^file:(\/\/(localhost)?(?=\/))?/, ''))}`;
}

/** There is always a policy `default`. */
function policiesOf(raw: RawConfig, yaml: YamlText): Readonly<Record<string, Policy>> {
  const written: Record<string, RawPolicy | null> = { [ZONE_DEFAULTS.policy]: {}, ...raw.policies };
  return Object.fromEntries(
    Object.entries(written).map(([name, members]) => {
      const policy = members ?? {};
      return [name, policyValues(name, policy, raw.gate, givenWords(raw, name, policy, yaml))];
    }),
  );
}

/** `gate.agree`, `gate.limits.removed`: what the policy says goes before what the whole file says. */
function givenWords(raw: RawConfig, name: string, policy: RawPolicy, yaml: YamlText): Policy['given'] {
  const given: Record<string, string> = {};
  const note = (members: object, at: readonly string[], prefix: string): void => {
    for (const [key, value] of Object.entries(members)) {
      const path = [...at, key];
      const nested = key === 'gate' || (prefix === 'gate.' && key === 'limits');
      if (nested && typeof value === 'object' && value !== null) note(value, path, `${prefix}${key}.`);
      else given[`${prefix}${key}`] = wordsAt(yaml, path);
    }
  };
  note(raw.gate ?? {}, ['gate'], 'gate.');
  note(policy, ['policies', name], '');
  return given;
}

function zonesOf(raw: NonNullable<RawConfig['zones']>, root: string): Readonly<Record<string, ZoneConfig>> {
  return Object.fromEntries(
    Object.entries(raw).map(([text, zone]): [string, ZoneConfig] => {
      const name = zoneName(text);
      const values = {
        source: resolve(root, zone.source),
        owner: zone.owner ?? ZONE_DEFAULTS.owner,
        riskClass: zone['risk-class'] ?? ZONE_DEFAULTS['risk-class'],
        policy: zone.policy ?? ZONE_DEFAULTS.policy,
        mode: zone.mode ?? ZONE_DEFAULTS.mode,
        registry: zone.registry,
        group: zone.group,
      };
      return [name, { name, ...values }];
    }),
  );
}

function mapValues<T, U>(values: Readonly<Record<string, T>>, change: (value: T) => U): Readonly<Record<string, U>> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, change(value)]));
}
