import { type Signing, worldOf } from '../../keystore/rollover/plan/world.ts';
import { checkWorld } from '../../keystore/rollover/simulate/check.ts';
import type { Counterexample } from '../../keystore/rollover/simulate/counterexample.ts';
import { usableOf } from '../../keystore/rollover/simulate/history.ts';
import { storyOf } from '../../keystore/rollover/simulate/story.ts';
import type { ZonePlan } from './plan-zone.ts';

/** What the simulator says of a plan. `format` 1 of `plan simulate --json`. */
export interface Simulation {
  readonly format: 1;
  readonly zone: string;
  readonly from: number;
  readonly until: number;
  readonly steps: number;
  /** Moments at which something that caches may hold changes. */
  readonly instants: number;
  readonly profiles: readonly ('L' | 'D' | 'S')[];
  /** The first resolver that fails, as a story; absent: none does. */
  readonly counterexample?: { readonly at: number; readonly story: string };
}

const PROFILES = ['L', 'D', 'S'] as const;

/**
 * A plan judged by what resolvers may have in their caches, each of the profiles with every set of algorithms, whatever their clocks within the
 * skew. The liberal change of algorithm is judged by what it promises: it is no defect of it that profile S, stricter than RFC 6840 5.11, fails.
 */
export function simulatePlan({ plan, zone, rules }: Omit<ZonePlan, 'validUntil' | 'unsignedSince'>, signing: Signing): Simulation {
  const profiles = rules.methods.algorithm === 'liberal' ? (['L', 'D'] as const) : PROFILES;
  const { world, insecureAllowed } = worldOf(plan, zone, rules, signing);
  const found = checkWorld(world, { profiles, insecureAllowed });
  const { ds, dnskey, data } = usableOf(world);
  const instants = new Set(
    [...ds, ...dnskey, ...data].flatMap(({ from, to }) => [from, to]).filter((at) => Number.isFinite(at) && at <= plan.until),
  );
  return {
    format: 1,
    zone: plan.zone,
    from: plan.now,
    until: plan.until,
    steps: plan.steps.length,
    instants: instants.size,
    profiles,
    ...(found === undefined ? {} : { counterexample: { at: found.at, story: told(found, plan) } }),
  };
}

function told(found: Counterexample, { keys }: ZonePlan['plan']): string {
  const labels = new Map(keys.map(({ name, label }) => [name, label]));
  return storyOf(found, { nameOf: (id) => labels.get(id) ?? id });
}
