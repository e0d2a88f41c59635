import type { Finding, Severity } from '../../signer/finding.ts';
import type { LoggedKey } from '../audit/entry.ts';
import type { Config } from '../config/config.ts';
import { algorithm, bits, digestTypes, gate, keyTagRange, nsec3, serialKeep } from './choice-rules.ts';
import { cskLifetime, dnskeyTtl, lifetimes, parentDsTtl } from './rollover-rules.ts';
import { type PolicyUse, SEVERITY, type ZoneFacts } from './rules.ts';
import {
  inceptionOffset,
  jitter,
  longValidities,
  refresh,
  slack,
  soaExpire,
  ttlsAndRefresh,
  unreadZones,
  validities,
  zoneTtls,
} from './signature-rules.ts';

const RULES: readonly ((use: PolicyUse) => Iterable<Finding>)[] = [
  algorithm,
  bits,
  digestTypes,
  nsec3,
  validities,
  refresh,
  jitter,
  inceptionOffset,
  longValidities,
  slack,
  zoneTtls,
  ttlsAndRefresh,
  soaExpire,
  lifetimes,
  cskLifetime,
  dnskeyTtl,
  parentDsTtl,
  keyTagRange,
  serialKeep,
  gate,
  unreadZones,
];

const RANK: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 };

/**
 * What of a configuration cannot work, and what is unwise: each rule by name, with the numbers of both sides. Errors first.
 * @param facts what the zone files say, by name as in Config; undefined where a file could not be read
 * @param keys what the log has, by the same names
 */
export function checkPolicies(
  config: Config,
  facts: Readonly<Record<string, ZoneFacts | undefined>>,
  keys: Readonly<Record<string, readonly LoggedKey[]>> = {},
): readonly Finding[] {
  const uses = Object.values(config.policies).map((policy): PolicyUse => {
    const zones = Object.values(config.zones).filter((zone) => zone.policy === policy.name);
    return {
      policy,
      config,
      zones: zones.map((zone) => ({
        zone,
        registry: zone.registry === undefined ? undefined : config.registries[zone.registry],
        facts: facts[zone.name],
        keys: keys[zone.name] ?? [],
      })),
    };
  });
  const findings = [...uses.flatMap((use) => RULES.flatMap((rule) => [...rule(use)])), ...wholeConfig(config)];
  return findings.sort((a, b) => RANK[a.severity] - RANK[b.severity]);
}

/** POLICY-CATALOG-IS-ZONE: the catalog zone is made here (RFC 9432). POLICY-QUORUM-OF-ONE: nobody else has to agree. */
function* wholeConfig({ catalog, zones, quorums }: Config): Generator<Finding> {
  if (catalog !== undefined && Object.hasOwn(zones, catalog.zone)) {
    const text = `catalog: ${catalog.zone} is one of the zones too; the catalog zone is made anew and needs a name of its own`;
    yield { id: 'POLICY-CATALOG-IS-ZONE', severity: SEVERITY['POLICY-CATALOG-IS-ZONE'], text, owner: catalog.zone };
  }
  for (const [act, { people, need }] of Object.entries(quorums)) {
    if (need > 1) continue;
    const text = `quorum ${act} needs ${need} of ${people.length}: nobody else has to agree`;
    yield { id: 'POLICY-QUORUM-OF-ONE', severity: SEVERITY['POLICY-QUORUM-OF-ONE'], text, found: `${need}`, expected: 'at least 2' };
  }
}
