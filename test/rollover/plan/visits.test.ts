import { expect, test } from 'vitest';
import { missedVisit } from '../../../keystore/rollover/plan/next-visit.ts';
import { visitAt } from '../../../keystore/rollover/plan/visits.ts';
import { walk } from '../../../keystore/rollover/plan/walk.ts';
import { worldOf } from '../../../keystore/rollover/plan/world.ts';
import { planRoll } from '../../../keystore/rollover/plan.ts';
import { checkWorld } from '../../../keystore/rollover/simulate/check.ts';
import { DAY, HOUR, rulesOf, T0, zoneOf } from './support.ts';

const RULES = rulesOf({ zskLifetime: 90 * DAY, kskLifetime: 365 * DAY, ceremonyInterval: 7 * DAY, ceremonySlack: DAY });
const INPUT = { zoneName: 'example.', zone: zoneOf(), rules: RULES, now: T0, until: T0 + 400 * DAY, validUntil: T0 + 30 * DAY };

test('visits: now, and after each ceremony-interval; without one whenever something is due', () => {
  expect(visitAt(T0 - 5, T0, RULES)).toBe(T0);
  expect(visitAt(T0 + 1, T0, RULES)).toBe(T0 + 7 * DAY);
  expect(visitAt(T0 + 7 * DAY, T0, RULES)).toBe(T0 + 7 * DAY);
  expect(visitAt(T0 + 5, T0, { ceremonyInterval: 0 })).toBe(T0 + 5);
});

test('all steps are at visits, and none is later than its latest safe time', () => {
  const { steps } = planRoll(INPUT);
  expect(steps.length).toBeGreaterThan(15);
  for (const { at, earliest, latest } of steps) {
    expect((at - T0) % (7 * DAY)).toBe(0);
    expect(earliest).toBeLessThanOrEqual(at);
    expect(at).toBeLessThanOrEqual(latest ?? at);
  }
});

test('new keys are made one visit before they are published', () => {
  const { steps } = planRoll(INPUT);
  for (const [i, step] of steps.entries()) {
    if (step.kind === 'generate') expect(steps[i + 1]).toMatchObject({ kind: 'publish', at: step.at + 7 * DAY, roll: step.roll });
  }
});

test('the next visit: when it is due, until when signatures last in caches, and that they break first', () => {
  expect(planRoll(INPUT).nextVisit).toMatchObject({
    due: T0 + 7 * DAY,
    latest: T0 + 30 * DAY - HOUR - DAY,
    breaks: expect.stringMatching(/^signatures end/),
    slips: [],
  });
  const long = planRoll({ ...INPUT, validUntil: T0 + 200 * DAY });
  expect(long.nextVisit.slips.length).toBeGreaterThan(0);
});

test('each single visit of a year may be missed: no rollover is late for its lifetime, and no resolver can find the zone bogus', () => {
  const visits = [...new Set(planRoll(INPUT).steps.map(({ at }) => at))].filter((at) => at > T0);
  for (const at of visits) {
    // As if the plan were made at the visit before.
    const before = walk({ ...INPUT, nextRoll: 1, until: at - 1 });
    const now = at - 7 * DAY;
    const input = { ...INPUT, zone: before.paces.findLast((pace) => pace.at <= now)?.zone ?? INPUT.zone, now, validUntil: now + 30 * DAY };
    const { paces } = walk({ ...input, nextRoll: 9 });
    expect(missedVisit(paces, { ...input, nextRoll: 9 })).toMatchObject({ isHarmless: true });
  }
  expect(visits.length).toBeGreaterThan(10);
});

test('a missed visit does harm where signatures end before the one after it', () => {
  expect(planRoll({ ...INPUT, validUntil: T0 + 15 * DAY }).missed).toMatchObject({
    isHarmless: false,
    because: expect.stringContaining('signatures'),
  });
});

test('what is done late after a missed visit is as safe', () => {
  const plan = planRoll(INPUT);
  const missed = plan.steps.find(({ kind }) => kind === 'change-over')!.at;
  const late = walk({ ...INPUT, nextRoll: 1, missed });
  const steps = late.paces
    .filter(({ at }) => at <= INPUT.until)
    .map((pace, i) => ({
      ...plan.steps[0]!,
      ...pace,
      number: i + 1,
      kind: 'publish' as const,
      roll: { id: pace.roll.id, kind: pace.roll.kind },
    }));
  expect(steps.some(({ at }) => at === missed)).toBe(false);
  const { world, insecureAllowed } = worldOf({ ...plan, steps }, INPUT.zone, RULES, {
    validity: 40 * DAY,
    inceptionOffset: HOUR,
    refresh: 30 * DAY,
    skew: 300,
    validUntil: INPUT.validUntil,
  });
  expect(checkWorld(world, { insecureAllowed })).toBeUndefined();
});
