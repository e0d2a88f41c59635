import { expect, test } from 'vitest';
import { EMPTY_ROLL } from '../../../keystore/rollover/model.ts';
import { planRoll } from '../../../keystore/rollover/plan.ts';
import { planCalendar } from '../../../src/plan/plan-calendar.ts';
import { PLAN_SCHEMA } from '../../../src/plan/plan-json.ts';
import { planText } from '../../../src/plan/plan-text.ts';
import { DAY, HOUR, keyInUse, rulesOf, T0, zoneOf } from './support.ts';

const planOf = (rules: Parameters<typeof rulesOf>[0], zone = zoneOf()) =>
  planRoll({ zoneName: 'example.', zone, rules: rulesOf(rules), now: T0, until: T0 + 200 * DAY });

test('a change of policy is in the plan with the command that begins it, once, where it begins', () => {
  const plan = planOf({ algorithm: 8 });
  expect(plan.steps.filter(({ needs }) => needs !== undefined)).toEqual([plan.steps[0]]);
  expect(plan.steps[0]!.needs).toEqual({
    kind: 'begin',
    command: 'coldsign roll start --zone example. --algorithm 8 --reason TEXT',
    because: 'the keys are of 13 (ECDSAP256SHA256), and the policy wants 8 (RSASHA256)',
  });
  expect(PLAN_SCHEMA.parse(plan)).toEqual(plan);
  expect(planText({ plan })).toContain(
    'not of itself  step 1 and those after it: coldsign roll start --zone example. --algorithm 8 --reason TEXT',
  );
  expect(planCalendar([plan]).replaceAll('\r\n ', '')).toContain(
    'DESCRIPTION:needs coldsign roll start --zone example. --algorithm 8 --reason TEXT: the keys are of 13',
  );
});

test('it is not counted as coming of itself: the next visit is that of what lifetimes ask for', () => {
  expect(planOf({ algorithm: 8 }).nextVisit.due).toBeUndefined();
  // Without the change of algorithm the ZSK in use is rolled over Ipub before its lifetime ends.
  const due = T0 + 30 * DAY - 2 * HOUR;
  expect(planOf({ algorithm: 8, zskLifetime: 30 * DAY }).nextVisit.due).toBe(due);
  const unchanged = planOf({ zskLifetime: 30 * DAY });
  expect([unchanged.nextVisit.due, unchanged.steps[1]!.at]).toEqual([due, due]);
  expect(unchanged.steps.filter(({ needs }) => needs !== undefined)).toEqual([]);
});

test.each([
  ['a CSK', { keys: 'csk' }, zoneOf(), '--to csk'],
  ['a split', {}, zoneOf([keyInUse('csk', 3)]), '--to split'],
  ['a standby ZSK', { standbyZsk: true }, zoneOf(), '--standby zsk --how dnskey'],
  ['a standby KSK with its DS', { standbyKsk: 'ds' }, zoneOf(), '--standby ksk --how ds'],
  [
    'another key in place of one that others know',
    {},
    zoneOf([{ ...keyInUse('ksk', 1), trouble: 'compromised' }, keyInUse('zsk', 2)]),
    '--emergency 1 --keep',
  ],
] as const)('the policy wants %s', (_what, rules, zone, options) => {
  expect(planOf(rules, zone).steps[0]!.needs?.command).toBe(`coldsign roll start --zone example. ${options} --reason TEXT`);
});

test('a first signing begins with zone sign, which makes no keys', () => {
  const { steps, nextVisit } = planOf({}, EMPTY_ROLL);
  expect(steps.slice(0, 3).map(({ needs }) => needs?.command)).toEqual([
    'coldsign key generate --zone example.',
    'coldsign zone sign example.',
    undefined,
  ]);
  expect(nextVisit.due).toBeUndefined();
});

test('RFC 8901 6.2: a new ZSK is made known to the other operators first, so no lifetime begins its rollover; a KSK is nothing to them', () => {
  const other = (role: 'ksk' | 'zsk', tag: number) => ({ ...keyInUse(role, tag), name: `other-${tag}`, operator: 'other.example' });
  const zone = zoneOf([keyInUse('ksk', 1), keyInUse('zsk', 2), other('zsk', 5)]);
  expect(planOf({ zskLifetime: 30 * DAY }, zone).steps.slice(0, 2)).toMatchObject([
    { kind: 'generate', needs: { kind: 'keys', command: 'coldsign key generate --zone example. --role zsk' } },
    {
      kind: 'publish',
      needs: { kind: 'begin', command: 'coldsign roll start --zone example. --role zsk --known-elsewhere-from TIME --reason TEXT' },
    },
  ]);
  expect(planOf({ kskLifetime: 60 * DAY }, zone).steps[0]!.needs).toBeUndefined();
});

test('with ceremonies keys are made one visit before, by a command of its own', () => {
  const { steps } = planOf({ zskLifetime: 90 * DAY, ceremonyInterval: 7 * DAY });
  expect(steps.slice(0, 2)).toMatchObject([
    { kind: 'generate', needs: { kind: 'keys', command: 'coldsign key generate --zone example. --role zsk' } },
    { kind: 'publish', at: steps[0]!.at + 7 * DAY },
  ]);
  expect(steps[1]!.needs).toBeUndefined();
});

test('a step that waits for the parent can be cancelled when the parent has answered, and CDS go with the step that follows', () => {
  const { steps } = planOf({ kskLifetime: 60 * DAY });
  const asks = steps.find(({ kind }) => kind === 'parent')!;
  expect(asks.back).toMatchObject({
    kind: 'cancel',
    how: 'roll cancel, when all servers of the parent are seen with what they were asked for: the parent is asked for the DS of before; KSK 1 stays',
  });
  const next = steps[asks.number]!;
  expect([next.before.cds.kind, next.after.cds.kind]).toEqual(['keys', 'none']);
});
