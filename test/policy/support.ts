import type { Finding } from '../../signer/finding.ts';
import type { Config, Policy } from '../../src/config/config.ts';
import { parseConfig } from '../../src/config/parse-config.ts';
import { checkPolicies } from '../../src/policy/check.ts';
import type { ZoneFacts } from '../../src/policy/rules.ts';

export const MINUTE = 60;
export const HOUR = 3600;
export const DAY = 86_400;

/** A configuration with the policy `p` and the zone example.org. that follows it. */
export function configOf(members = '', rest = '', zone = ''): Config {
  const text = `format: 1
log: { origin: audit.example/a }
tokens: { ksk: "pkcs11:token=a" }
policies: { p: { ${members} } }
zones: { example.org: { source: example.org.zone, policy: p${zone === '' ? '' : `, ${zone}`} } }
${rest}`;
  return parseConfig(text, 'coldsign.yaml', '/work');
}

export const policyOf = (members = ''): Policy => configOf(members).policies['p']!;

/** SOA expire 7 d, TTLs up to a day. */
export const FACTS: ZoneFacts = { soaExpire: 7 * DAY, largestTtl: DAY, delegations: 3 };

export function check(config: Config, facts: ZoneFacts | undefined = FACTS): readonly Finding[] {
  return checkPolicies(config, { 'example.org.': facts });
}

/** The IDs found, the defaults of a zone without a registry aside. */
export function ids(config: Config, facts?: ZoneFacts): readonly string[] {
  return check(config, facts)
    .map(({ id }) => id)
    .filter((id) => id !== 'POLICY-PARENT-DS-TTL-UNKNOWN');
}

export const one = (findings: readonly Finding[], id: string): Finding | undefined => findings.find((finding) => finding.id === id);
