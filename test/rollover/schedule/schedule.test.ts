import { expect, test } from 'vitest';
import type { Methods, RollRules } from '../../../keystore/rollover/model.ts';
import { nextScheduled } from '../../../keystore/rollover/schedule.ts';
import { active, DAY, HOUR, inUseWith, RULES, secure, split } from '../start/support.ts';

function startOf(rules: Partial<RollRules>, methods: Partial<Methods> = {}, zone = split()): number | undefined {
  const next = nextScheduled(zone, { ...RULES, ...rules, methods: { ...RULES.methods, ...methods } }, 0);
  if (next !== undefined) expect(next.formula.terms.reduce((sum, { seconds }) => sum + seconds, 0)).toBe(next.start);
  return next?.start;
}

const days = (d: number, h: number): number => d * DAY + h * HOUR;

test('RFC 7583 3.2.1: Tpub(N+1) <= Tact(N) + Lzsk - Ipub', () => {
  expect(startOf({ zskLifetime: 30 * DAY })).toBe(days(29, 22));
  expect(startOf({ zskLifetime: 30 * DAY, publishSafety: HOUR })).toBe(days(29, 21));
});

test('RFC 7583 3.2.2: Tact(N+1) = Tact(N) + Lzsk - Iret', () => {
  expect(startOf({ zskLifetime: 30 * DAY, dsgn: 7 * DAY }, { zsk: 'double-signature' })).toBe(days(21, 23));
  expect(startOf({ zskLifetime: 30 * DAY, keyTtl: 48 * HOUR }, { zsk: 'double-signature' })).toBe(days(27, 23));
});

test('RFC 7583 3.3.1: Tpub(N+1) <= Tact(N) + Lksk - Dreg - IpubC', () => {
  expect(startOf({ kskLifetime: 60 * DAY })).toBe(days(59, 22));
  expect(startOf({ kskLifetime: 60 * DAY, registration: 12 * HOUR })).toBe(days(59, 10));
});

test('RFC 7583 3.3.2: Tsbm(N+1) <= Tact(N) + Lksk - IpubP - Dreg', () => {
  expect(startOf({ kskLifetime: 60 * DAY }, { ksk: 'double-ds' })).toBe(days(58, 23));
  expect(startOf({ kskLifetime: 60 * DAY, registration: 12 * HOUR }, { ksk: 'double-ds' })).toBe(days(58, 11));
});

test('RFC 7583 3.3.3: Tpub(N+1) <= Tact(N) + Lksk - Ipub', () => {
  expect(startOf({ kskLifetime: 60 * DAY }, { ksk: 'double-rrset' })).toBe(days(58, 23));
  expect(startOf({ kskLifetime: 60 * DAY, registration: 12 * HOUR }, { ksk: 'double-rrset' })).toBe(days(58, 11));
});

test('RFC 6781 4.1.3: a CSK has the lifetime of the KSK', () => {
  const zone = secure(active('C1', 'csk'));
  expect(startOf({ kskLifetime: 60 * DAY, zskLifetime: 5 * DAY }, {}, zone)).toBe(days(59, 22));
  expect(startOf({ kskLifetime: 60 * DAY }, { csk: 'double-signature' }, zone)).toBe(days(58, 23));
  expect(startOf({ kskLifetime: 60 * DAY }, { csk: 'double-ds' }, zone)).toBe(days(58, 23));
});

test('RFC 7583 3.3.4.1: a trust anchor is published Itrp before it is used', () => {
  expect(startOf({ kskLifetime: 60 * DAY, rfc5011: 'advised' })).toBe(60 * DAY - days(30, 3));
});

test('RFC 7583 4: a standby key saves its publication interval', () => {
  expect(startOf({ zskLifetime: 30 * DAY }, {}, split(active('Z2', 'zsk', inUseWith('zsk', ['dnskey']))))).toBe(30 * DAY);
  expect(
    startOf({ kskLifetime: 60 * DAY, registration: HOUR }, {}, split(active('K2', 'ksk', inUseWith('ksk', ['dnskey', 'krrsig'])))),
  ).toBe(days(59, 23));
});

test('the key whose rollover begins first; none for keys without an end, and none while another runs', () => {
  expect(nextScheduled(split(), { ...RULES, zskLifetime: 30 * DAY, kskLifetime: 20 * DAY }, 0)).toMatchObject({
    kind: 'ksk',
    old: 'K1',
    isDue: false,
  });
  expect(nextScheduled(split(), RULES, 0)).toBeUndefined();
  const zone = split();
  const roll = { id: 1, kind: 'zsk', methods: RULES.methods, old: [], new: [], started: 0, reason: '', breaksChain: false } as const;
  expect(nextScheduled({ ...zone, roll }, { ...RULES, zskLifetime: DAY }, 0)).toBeUndefined();
  expect(nextScheduled(zone, { ...RULES, zskLifetime: DAY }, DAY)?.isDue).toBe(true);
});

test('RFC 8901 6.2: a ZSK that other operators must have first holds up no KSK whose life ends, too', () => {
  const zone = split({ ...active('Z9', 'zsk'), operator: 'other' });
  const rules: RollRules = { ...RULES, zskLifetime: 10 * DAY, kskLifetime: 20 * DAY };
  expect(nextScheduled(zone, rules, 0)).toMatchObject({ kind: 'zsk' });
  expect(nextScheduled(zone, rules, 0, 'of-itself')).toMatchObject({ kind: 'ksk', old: 'K1' });
  expect(nextScheduled(split(), rules, 0, 'of-itself')).toMatchObject({ kind: 'zsk' });
});

test('intervals are rounded up to visits: whichever visit is missed, the change over is in time', () => {
  const rules: RollRules = { ...RULES, zskLifetime: 400 * DAY, ceremonyInterval: 30 * DAY, ceremonySlack: 3 * DAY };
  const next = nextScheduled(split(), rules, 0)!;
  expect(next.latest).toBe((400 - 30 - 3) * DAY);
  expect(next.start).toBe(next.latest - (2 * 30 + 3) * DAY);
  for (let first = 0; first < 30; first++) {
    const planned = Array.from({ length: 20 }, (_, i) => (first + 30 * i) * DAY);
    for (const missed of planned) {
      // All visits that take place are as late as they may be.
      const held = planned.filter((visit) => visit !== missed).map((visit) => visit + rules.ceremonySlack);
      const published = held.find((visit) => visit >= next.start)!;
      expect(published).toBeLessThanOrEqual(next.latest);
      if (missed > published) continue;
      const swapped = held.find((visit) => visit >= published + 2 * HOUR)!;
      expect(swapped).toBeLessThanOrEqual(400 * DAY);
    }
  }
});
