import { expect, test } from 'vitest';
import type { RollRules, ZoneRoll } from '../../../keystore/rollover/model.ts';
import type { PlanStep } from '../../../keystore/rollover/plan/types.ts';
import { planRoll } from '../../../keystore/rollover/plan.ts';
import { DAY, HOUR, keyInUse, rulesOf, T0, zoneOf } from './support.ts';

const stepsOf = (rules: RollRules, zone: ZoneRoll = zoneOf(), until = T0 + 100 * DAY): readonly PlanStep[] =>
  planRoll({ zoneName: 'example.', zone, rules, now: T0, until }).steps;

/** Kind and time of each step of the first rollover, counted from T0. */
const timesOf = (rules: RollRules, zone?: ZoneRoll) => {
  const steps = stepsOf(rules, zone);
  return steps.filter(({ roll, kind }) => roll.id === steps[0]!.roll.id && kind !== 'generate').map(({ kind, at }) => [kind, at - T0]);
};

test('RFC 7583 3.2.1: Tpub(N+1) <= Tact(N) + Lzsk - Ipub, Tact(N+1) = Tret(N) = Tact(N) + Lzsk, Tdea(N) = Tret(N) + Iret, Iret = Dsgn + Dprp + TTLsig', () => {
  expect(timesOf(rulesOf({ zskLifetime: 30 * DAY, dsgn: 7 * DAY }))).toEqual([
    ['publish', 29 * DAY + 22 * HOUR],
    ['change-over', 30 * DAY],
    ['withdraw', 38 * DAY + HOUR],
    ['end', 38 * DAY + 3 * HOUR],
  ]);
});

test('RFC 7583 3.2.2: Tact(N+1) = Tact(N) + Lzsk - Iret, Iret = Dsgn + Dprp + max(TTLkey, TTLsig); the lifetime ends at Tdea(N)', () => {
  const [first, second] = timesOf(rulesOf({ zskLifetime: 30 * DAY, dsgn: 7 * DAY, methods: { zsk: 'double-signature' } }));
  expect([first, second]).toEqual([
    ['publish', 21 * DAY + 23 * HOUR],
    ['withdraw', 30 * DAY],
  ]);
});

test('RFC 7583 3.3.1: Tpub(N+1) <= Tact(N) + Lksk - Dreg - IpubC, Tret(N) = Tsbm(N+1) + Dreg, Tdea(N) = Tret(N) + Iret', () => {
  expect(timesOf(rulesOf({ kskLifetime: 60 * DAY }))).toEqual([
    ['publish', 59 * DAY + 22 * HOUR],
    ['parent', 60 * DAY],
    ['withdraw', 61 * DAY + HOUR],
    ['end', 61 * DAY + 3 * HOUR],
  ]);
  expect(timesOf(rulesOf({ kskLifetime: 60 * DAY, registration: 12 * HOUR })).slice(0, 3)).toEqual([
    ['publish', 59 * DAY + 10 * HOUR],
    ['parent', 59 * DAY + 12 * HOUR],
    ['withdraw', 61 * DAY + HOUR],
  ]);
});

test('RFC 7583 3.3.2: Tsbm(N+1) <= Tact(N) + Lksk - IpubP - Dreg, Tret(N) = Tact(N+1), Tdea(N) = Tret(N) + DprpC + TTLkey', () => {
  expect(timesOf(rulesOf({ kskLifetime: 60 * DAY, registration: 12 * HOUR, methods: { ksk: 'double-ds' } })).slice(0, 3)).toEqual([
    ['parent', 58 * DAY + 11 * HOUR],
    ['change-over', 60 * DAY],
    ['parent', 60 * DAY + 2 * HOUR],
  ]);
});

test('RFC 7583 3.3.3: Tpub(N+1) <= Tact(N) + Lksk - Ipub, Ipub = max(Dreg + IpubP, IpubC), Tdea(N) = Tpub(N+1) + Ipub', () => {
  for (const [registration, publish] of [
    [0, 58 * DAY + 23 * HOUR],
    [12 * HOUR, 58 * DAY + 11 * HOUR],
  ] as const) {
    const times = timesOf(rulesOf({ kskLifetime: 60 * DAY, registration, methods: { ksk: 'double-rrset' } }));
    expect(times.slice(0, 2)).toEqual([
      ['publish', publish],
      ['withdraw', 60 * DAY],
    ]);
  }
});

test('RFC 6781 4.1.4, conservative: RRSIGs, DNSKEYs, DS, and out again in the reverse order, each after its wait', () => {
  const algorithm = (dsgn: number) => timesOf(rulesOf({ algorithm: 8, dsgn })).map(([, at]) => at);
  expect(algorithm(0).slice(0, 5)).toEqual([0, DAY + HOUR, DAY + 3 * HOUR, 2 * DAY + 4 * HOUR, 2 * DAY + 6 * HOUR]);
  expect(algorithm(7 * DAY).slice(0, 5)).toEqual([0, 8 * DAY + HOUR, 8 * DAY + 3 * HOUR, 9 * DAY + 4 * HOUR, 9 * DAY + 6 * HOUR]);
});

test('RFC 6781 4.1.4, liberal: keys and signatures come together and go together', () => {
  expect(
    timesOf(rulesOf({ algorithm: 8, methods: { algorithm: 'liberal' } }))
      .map(([, at]) => at)
      .slice(0, 3),
  ).toEqual([0, DAY + HOUR, 2 * DAY + 2 * HOUR]);
});

test('RFC 6781 4.1.3, a CSK that is published first: it signs and its DS is asked for after Ipub, the old one goes when both its roles are over', () => {
  const start = 60 * DAY - 2 * HOUR;
  const times = timesOf(rulesOf({ keys: 'csk', kskLifetime: 60 * DAY, dsgn: 7 * DAY }), zoneOf([keyInUse('csk', 3)]));
  expect(times.slice(0, 2)).toEqual([
    ['publish', start],
    ['change-over', start + 2 * HOUR],
  ]);
  expect(times.filter(([kind]) => kind === 'withdraw').at(-1)).toEqual(['withdraw', start + 8 * DAY + 3 * HOUR]);
});

test('RFC 7583 3.3.4: with RFC 5011 a KSK is published Itrp before, and the old one is revoked when it is dead', () => {
  const steps = stepsOf(rulesOf({ kskLifetime: 60 * DAY, rfc5011: 'minimum' }));
  const at = (kind: string) => steps.find((step) => step.kind === kind)!.at - T0;
  // IpubC = DprpC + Itrp = 1 h + 30 d + 2 h; the hold-down is not shortened by a lifetime.
  expect(at('publish')).toBe(60 * DAY - 30 * DAY - 3 * HOUR);
  expect(at('revoke')).toBe(61 * DAY + HOUR);
  // Irev = DprpC + modifiedQueryInterval
  expect(at('withdraw')).toBe(61 * DAY + 3 * HOUR);
});

test('the reason of a step is the interval that has passed, with its numbers', () => {
  const steps = stepsOf(rulesOf({ zskLifetime: 30 * DAY, dsgn: 7 * DAY }));
  expect(steps.find(({ kind }) => kind === 'withdraw')!.reason).toEqual([
    {
      name: 'Iret',
      terms: [
        { name: 'Dsgn', seconds: 7 * DAY },
        { name: 'Dprp', seconds: HOUR },
        { name: 'TTLsig', seconds: DAY },
      ],
      reference: expect.stringContaining('RFC 7583 3.2'),
    },
  ]);
});

test('a step that a lifetime hangs on has a latest safe time, and those before it as much earlier as the waits between them take', () => {
  const steps = stepsOf(rulesOf({ kskLifetime: 60 * DAY, registration: 12 * HOUR, publishSafety: HOUR }));
  const latest = (kind: string) => steps.find((step) => step.kind === kind)!.latest;
  expect(latest('parent')).toBe(T0 + 60 * DAY - 12 * HOUR);
  expect(latest('publish')).toBe(T0 + 60 * DAY - 12 * HOUR - 3 * HOUR);
  expect(latest('generate')).toBe(latest('publish'));
  expect(latest('withdraw')).toBeUndefined();
});

test.each([
  ['zsk', 'pre-publication'],
  ['zsk', 'double-signature'],
  ['ksk', 'double-ksk'],
  ['ksk', 'double-ds'],
  ['ksk', 'double-rrset'],
  ['csk', 'pre-publication'],
  ['csk', 'double-signature'],
  ['csk', 'delayed-signatures'],
  ['csk', 'double-ds'],
] as const)('margins of the policy: %s %s begins so early that with them its lifetime ends to the second', (role, method) => {
  // publish-safety counts for what comes and retire-safety for what takes the place of something, in the plan as in the guards.
  for (const [publishSafety, retireSafety] of [
    [HOUR, 3 * HOUR],
    [3 * HOUR, HOUR],
  ] as const) {
    const lifetimes = role === 'zsk' ? { zskLifetime: 60 * DAY } : { kskLifetime: 60 * DAY };
    const keys = role === 'csk' ? ('csk' as const) : ('ksk-zsk' as const);
    const policy = rulesOf({ ...lifetimes, keys, registration: 12 * HOUR, publishSafety, retireSafety, methods: { [role]: method } });
    const steps = stepsOf(policy, role === 'csk' ? zoneOf([keyInUse('csk', 3)]) : zoneOf());
    const due = steps.filter(({ roll, latest }) => roll.id === steps[0]!.roll.id && latest !== undefined).at(-1)!;
    expect(due.at).toBe(due.latest);
  }
});

test('a rollover can be cancelled until the old key is withdrawn from the caches', () => {
  const steps = stepsOf(rulesOf({ zskLifetime: 30 * DAY }));
  const end = steps.find(({ kind }) => kind === 'end')!;
  expect(steps.slice(0, 5).map(({ back }) => back.kind)).toEqual(['none', 'cancel', 'cancel', 'cancel', 'new-rollover']);
  expect(steps[2]!.back.until).toBe(end.at);
});
