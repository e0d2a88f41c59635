import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CskMethod, KskMethod, ZskMethod } from '../../../keystore/rollover/model.ts';
import { EMPTY_ROLL } from '../../../keystore/rollover/model.ts';
import { newMemo } from '../../../keystore/rollover/plan/tracks.ts';
import type { PlanStep } from '../../../keystore/rollover/plan/types.ts';
import { walk } from '../../../keystore/rollover/plan/walk.ts';
import { worldOf } from '../../../keystore/rollover/plan/world.ts';
import { planRoll } from '../../../keystore/rollover/plan.ts';
import { checkWorld } from '../../../keystore/rollover/simulate/check.ts';
import { planHash } from '../../../src/plan/plan-hash.ts';
import { simulatePlan } from '../../../src/plan/simulate-plan.ts';
import { DAY, HOUR, keyInUse, rulesOf, T0, zoneOf } from './support.ts';

const SIGNING = { validity: 60 * DAY, inceptionOffset: HOUR, refresh: 40 * DAY, skew: 300, validUntil: T0 + 59 * DAY };

const span = (max: number) => fc.integer({ min: 1, max });
const rules = fc
  .record({
    propagation: span(DAY),
    parentPropagation: span(2 * DAY),
    keyTtl: span(2 * DAY),
    signatureTtl: span(3 * DAY),
    negativeTtl: span(DAY),
    dsTtl: span(3 * DAY),
    registration: span(5 * DAY),
    dsgn: fc.constant(0),
    publishSafety: fc.integer({ min: 0, max: DAY }),
    retireSafety: fc.integer({ min: 0, max: DAY }),
    kskLifetime: fc.integer({ min: 60 * DAY, max: 200 * DAY }),
    zskLifetime: fc.integer({ min: 40 * DAY, max: 100 * DAY }),
    ceremonyInterval: fc.constantFrom(0, DAY, 7 * DAY + 1, 10 * DAY),
    keys: fc.constantFrom('ksk-zsk' as const, 'csk' as const),
    algorithm: fc.constantFrom(8, 13, 13, 13),
    methods: fc.record({
      zsk: fc.constantFrom<ZskMethod>('pre-publication', 'double-signature'),
      ksk: fc.constantFrom<KskMethod>('double-ksk', 'double-ds', 'double-rrset'),
      csk: fc.constantFrom<CskMethod>('pre-publication', 'double-signature', 'delayed-signatures', 'double-ds'),
    }),
  })
  .map((values) => rulesOf(values));
const zone = fc.constantFrom(zoneOf(), zoneOf([keyInUse('csk', 3)]), EMPTY_ROLL);

test('RFC 7583 1.1: no resolver ever finds a planned zone bogus, whatever the policy and whatever the zone has now; each plan is the same twice', () => {
  fc.assert(
    fc.property(rules, zone, (policy, now) => {
      const input = { zoneName: 'example.', zone: now, rules: policy, now: T0, until: T0 + 300 * DAY, validUntil: SIGNING.validUntil };
      const plan = planRoll(input);
      expect(plan.stuck).toEqual([]);
      const { world, insecureAllowed } = worldOf(plan, now, policy, SIGNING);
      expect(checkWorld(world, { insecureAllowed })).toBeUndefined();
      expect(planHash(planRoll(input))).toBe(planHash(plan));
    }),
    { numRuns: 60 },
  );
});

type Facts = Pick<PlanStep, 'at' | 'earliest' | 'reason' | 'before' | 'after' | 'moves' | 'evidence' | 'roll'>;

test('what is known from rollovers before changes nothing: each plan is what a walk through every rollover gives', () => {
  const memo = newMemo();
  fc.assert(
    fc.property(rules, zone, fc.integer({ min: 0, max: 40 * DAY }), (policy, first, later) => {
      const input = { zone: first, rules: policy, now: T0 + later, until: T0 + 900 * DAY, nextRoll: 1 };
      const walked = walk(input);
      const { steps } = planRoll({ ...input, zoneName: 'example.' }, memo);
      const facts = ({ at, earliest, reason, before, after, moves, evidence, roll: { id, kind } }: Facts) =>
        ({ at, earliest, reason, before, after, moves, evidence, roll: { id, kind } }) satisfies Facts;
      expect(steps.map(facts)).toEqual(walked.paces.filter(({ at }) => at <= input.until).map(facts));
    }),
    { numRuns: 60 },
  );
});

test('each step begins where the one before it has ended', () => {
  fc.assert(
    fc.property(rules, zone, (policy, now) => {
      const { steps } = planRoll({ zoneName: 'example.', zone: now, rules: policy, now: T0, until: T0 + 300 * DAY });
      for (const [i, step] of steps.entries()) {
        if (i === 0) continue;
        const { dnskey, signsKeys, signsZone, ds } = steps[i - 1]!.after;
        expect(step.before).toMatchObject({ dnskey, signsKeys, signsZone, ds });
      }
    }),
    { numRuns: 40 },
  );
});

test('a plan whose waits are shorter than those of the RFC is told as the story of a resolver that fails', () => {
  const policy = rulesOf({ zskLifetime: 30 * DAY });
  const now = zoneOf();
  const plan = planRoll({ zoneName: 'example.', zone: now, rules: policy, now: T0, until: T0 + 60 * DAY });
  const hasty = { ...plan, steps: plan.steps.map((step) => (step.kind === 'change-over' ? { ...step, at: step.at - 1 } : step)) };
  const { counterexample } = simulatePlan({ plan: hasty, zone: now, rules: policy }, SIGNING);
  expect(counterexample?.story).toContain('answers SERVFAIL');
  expect(counterexample?.story).toContain('new ZSK 1');
  expect(simulatePlan({ plan, zone: now, rules: policy }, SIGNING).counterexample).toBeUndefined();
});

test('signatures that end while caches hold them are found, with the clock that is off', () => {
  const policy = rulesOf({ ceremonyInterval: 30 * DAY });
  const plan = planRoll({ zoneName: 'example.', zone: zoneOf(), rules: policy, now: T0, until: T0 + 90 * DAY });
  const simulate = (validity: number) => simulatePlan({ plan, zone: zoneOf(), rules: policy }, { ...SIGNING, validity, refresh: validity });
  // 30 d until the next visit, Dprp 1 h, TTLsig 1 d and a clock that is 300 s fast
  expect(simulate(31 * DAY + HOUR + 300).counterexample).toBeUndefined();
  expect(simulate(31 * DAY + HOUR + 298).counterexample).toBeDefined();
});

test('RFC 6840 5.11: the liberal change of algorithm passes L and D, and would fail a validator that wants every algorithm of the DNSKEY RRset', () => {
  const policy = rulesOf({ algorithm: 8, methods: { algorithm: 'liberal' } });
  const plan = planRoll({ zoneName: 'example.', zone: zoneOf(), rules: policy, now: T0, until: T0 + 60 * DAY });
  expect(simulatePlan({ plan, zone: zoneOf(), rules: policy }, SIGNING)).toMatchObject({ profiles: ['L', 'D'] });
  expect(simulatePlan({ plan, zone: zoneOf(), rules: policy }, SIGNING).counterexample).toBeUndefined();
  expect(checkWorld(worldOf(plan, zoneOf(), policy, SIGNING).world, { profiles: ['S'] })).toBeDefined();
});

test('RFC 6781 4.4.2.2: without ceremonies signatures are made anew in the second in which they have the refresh time left', () => {
  const policy = rulesOf();
  // A signature that has more left than the refresh time is kept: the last visit for these is 31 days after they were made.
  const simulate = (validity: number, refresh: number, validUntil: number) => {
    const plan = planRoll({ zoneName: 'example.', zone: zoneOf(), rules: policy, now: T0, until: T0 + 300 * DAY, validUntil });
    return simulatePlan({ plan, zone: zoneOf(), rules: policy }, { ...SIGNING, validity, refresh, validUntil }).counterexample;
  };
  expect(simulate(60 * DAY, 29 * DAY, T0 + 60 * DAY)).toBeUndefined();
  // Those of the release of today are older, and so due earlier.
  expect(simulate(60 * DAY, 5 * DAY, T0 + 6 * DAY)).toBeUndefined();
  // Dprp 1 h, TTLsig 1 d and a clock that is 300 s fast must fit into the refresh time.
  expect(simulate(60 * DAY, DAY + HOUR + 300, T0 + 60 * DAY)).toBeUndefined();
  expect(simulate(60 * DAY, DAY + HOUR + 298, T0 + 60 * DAY)).toBeDefined();
});
