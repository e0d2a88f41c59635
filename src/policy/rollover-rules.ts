import type { Finding } from '../../signer/finding.ts';
import type { Policy } from '../config/config.ts';
import { spanText } from '../config/span-text.ts';
import { type Rollover, rolloversOf } from './rollovers.ts';
import { type PolicyUse, policyFinding, type ZoneUse, zoneFinding } from './rules.ts';

/**
 * POLICY-ZSK-LIFETIME, POLICY-KSK-LIFETIME: a key lives longer than it takes to replace it (RFC 7583 3.2.1: Tpub(N+1) is at most
 * Tact(N) + Lzsk - Ipub; 3.3.1). …-VISITS: the same, where things happen at visits only.
 * Looked at with the largest TTL that the policy allows, and with each registry that its zones have.
 */
export function* lifetimes({ policy, zones }: PolicyUse): Generator<Finding> {
  const told = new Set<string>();
  const byRegistry = Map.groupBy(
    zones.filter(({ registry }) => registry !== undefined),
    ({ zone }) => zone.registry,
  );
  for (const use of [undefined, ...byRegistry.values().map((uses) => uses[0])]) {
    for (const roll of rolloversOf(policy, use?.registry, undefined)) {
      const finding = told.has(roll.role) ? undefined : tooShort(policy, use, roll);
      if (finding === undefined) continue;
      // What fails for the policy itself fails for every zone.
      if (use === undefined) told.add(roll.role);
      yield finding;
    }
  }
}

function tooShort(policy: Policy, use: ZoneUse | undefined, roll: Rollover): Finding | undefined {
  const { knob, ids, lifetime } = lifetimeOf(policy, roll);
  if (lifetime === 'unlimited') return undefined;
  const isShort = lifetime < roll.shortest;
  const needed = isShort ? roll.shortest : roll.visitsTake + policy.ceremonySlack;
  if (lifetime >= needed) return undefined;
  const visits = `${roll.visits - 1} times ceremony-interval ${spanText(policy.ceremonyInterval)} + ceremony-slack ${spanText(policy.ceremonySlack)}`;
  const text =
    `${knob} ${spanText(lifetime)} is shorter than ${isShort ? 'a' : `the ${roll.visits} visits of a`} rollover by ${roll.method}, ` +
    `${spanText(needed)}: ${isShort ? '' : `${visits}; `}publish ${roll.publish.text}, retire ${roll.retire.text} (${roll.reference})`;
  const compared = { found: spanText(lifetime), expected: `at least ${spanText(needed)}` };
  const id = isShort ? ids[0] : ids[1];
  return use === undefined ? policyFinding(id, policy, text, compared) : zoneFinding(id, use, text, compared);
}

function lifetimeOf(policy: Policy, { role }: Rollover) {
  if (role === 'zsk')
    return { knob: 'zsk-lifetime', ids: ['POLICY-ZSK-LIFETIME', 'POLICY-ZSK-LIFETIME-VISITS'], lifetime: policy.zskLifetime } as const;
  return { knob: 'ksk-lifetime', ids: ['POLICY-KSK-LIFETIME', 'POLICY-KSK-LIFETIME-VISITS'], lifetime: policy.kskLifetime } as const;
}

/** POLICY-CSK-ZSK-LIFETIME: one key with both roles has one lifetime, ksk-lifetime. */
export function* cskLifetime({ policy }: PolicyUse): Generator<Finding> {
  if (policy.keys !== 'csk' || policy.zskLifetime === 'unlimited') return;
  yield policyFinding(
    'POLICY-CSK-ZSK-LIFETIME',
    policy,
    `keys is csk, so zsk-lifetime ${spanText(policy.zskLifetime)} has no key to be about; ksk-lifetime is that of the CSK`,
    { found: spanText(policy.zskLifetime), expected: 'unlimited' },
  );
}

/**
 * POLICY-PARENT-DS-TTL-UNKNOWN: every KSK rollover waits for the TTL of the DS in the parent zone (RFC 7583 3.3.1, Iret), and
 * only a look at the parent tells it.
 */
export function* parentDsTtl({ policy, zones }: PolicyUse): Generator<Finding> {
  if (policy.given['parent-ds-ttl'] !== undefined) return;
  const unknown = zones.filter(({ registry }) => registry?.parentDsTtl === undefined);
  if (unknown.length === 0) return;
  yield policyFinding(
    'POLICY-PARENT-DS-TTL-UNKNOWN',
    policy,
    `parent-ds-ttl is the default of ${spanText(policy.parentDsTtl)}, for ${zonesText(unknown)}: KSK rollovers wait for it, so write what the parent really has`,
    { found: 'a default', expected: 'parent-ds-ttl of the policy or of a registry' },
  );
}

export function zonesText(zones: readonly ZoneUse[]): string {
  const first = zones[0]!.zone.name;
  return zones.length === 1 ? first : `${first} and ${zones.length - 1} more ${zones.length === 2 ? 'zone' : 'zones'}`;
}

/** POLICY-DNSKEY-TTL: shorter than 5 minutes validators ask all the time, longer than 2 days an emergency takes long (RFC 6781 4.4.1). */
export function* dnskeyTtl({ policy }: PolicyUse): Generator<Finding> {
  const { dnskeyTtl: ttl } = policy;
  if (ttl >= 300 && ttl <= 2 * 86_400) return;
  const why = ttl < 300 ? 'validators would ask for the keys all the time' : 'an emergency rollover waits as long';
  yield policyFinding('POLICY-DNSKEY-TTL', policy, `dnskey-ttl ${spanText(ttl)} is outside of 5min to 2d: ${why}`, {
    found: spanText(ttl),
    expected: '5min to 2d',
  });
}
