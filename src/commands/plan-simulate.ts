import { Refusal } from '../../signer/errors.ts';
import type { ZoneConfig } from '../config/config.ts';
import { isoText } from '../config/time-text.ts';
import type { Io } from '../io.ts';
import { chosenZones, planUntil, planZone, type ZonePlan } from '../plan/plan-zone.ts';
import { type Simulation, simulatePlan } from '../plan/simulate-plan.ts';
import { effectivePolicy } from '../policy/effective.ts';
import { factsOf } from '../policy/zone-facts.ts';
import type { ReadWorkspace } from '../workspace/read-only.ts';
import { readSealedWorkspace } from '../workspace/sealed-head.ts';
import type { PlanOptions } from './plan-show.ts';

/** Clocks of validators that are off by this much, either way, are allowed for. Seconds. */
const CLOCK_SKEW = 300;

/**
 * `plan simulate`: the plan of a zone held against every cache that resolvers may have, over its whole time.
 * @returns exit status, 1 where some resolver finds the zone bogus, or takes it for unsigned while it is to be secure, or the plan is stuck
 */
export function planSimulate(options: PlanOptions & { readonly json: boolean }, io: Io): number {
  const until = planUntil(options.until, options.now);
  const workspace = readSealedWorkspace(options.dir);
  const results = chosenZones(workspace, options).map((zone) => {
    const planned = planZone(workspace, zone, options.now, until);
    return { stuck: planned.plan.stuck, simulation: simulatePlan(planned, signingOf(workspace, zone, planned)) };
  });
  if (options.json) io.out.write(`${JSON.stringify({ format: 1, zones: results.map(({ simulation }) => simulation) }, undefined, 2)}\n`);
  else io.out.write(results.map(({ simulation, stuck }) => resultText(simulation, stuck)).join('\n'));
  return results.some(({ simulation, stuck }) => simulation.counterexample !== undefined || stuck.length > 0) ? 1 : 0;
}

/** @throws Refusal plan/no-zone-file */
function signingOf({ config }: ReadWorkspace, zone: ZoneConfig, { validUntil }: ZonePlan) {
  const facts = factsOf(zone);
  if (facts === undefined) {
    throw new Refusal(
      'plan/no-zone-file',
      `${zone.source} cannot be read as a zone file, and how long signatures last depends on its SOA expire and TTLs`,
      `coldsign zone check ${zone.source} -o ${zone.name} tells what is wrong with it`,
    );
  }
  const { signaturesValidity, signaturesValidityDnskey, signaturesRefresh, signaturesJitter, inceptionOffset } = effectivePolicy(
    config.policies[zone.policy]!,
    config.registries[zone.registry ?? ''],
    facts,
  );
  // Every signature is taken to end as early as any may: that over the keys has no jitter.
  const validity = Math.min(signaturesValidity - signaturesJitter, signaturesValidityDnskey);
  return { validity, inceptionOffset, refresh: signaturesRefresh, skew: CLOCK_SKEW, validUntil };
}

function resultText({ zone, from, until, steps, instants, profiles, counterexample }: Simulation, stuck: readonly string[]): string {
  const head = `${zone}  ${steps} steps from ${isoText(from)} until ${isoText(until)}`;
  const stops = stuck.map((text) => `  STUCK  ${text}\n`).join('');
  if (counterexample !== undefined) return `${head}\n${stops}${counterexample.story}`;
  return `${head}\n${stops}no resolver can find it bogus, ${instants} instants × ${profiles.length} profiles (${profiles.join(', ')})\n`;
}
