import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { planRoll } from '../../../keystore/rollover/plan.ts';
import { intervalText } from '../../../src/plan/interval-text.ts';
import { planCalendar } from '../../../src/plan/plan-calendar.ts';
import { planHash } from '../../../src/plan/plan-hash.ts';
import { PLAN_SCHEMA, planJson, planJsonSchema } from '../../../src/plan/plan-json.ts';
import { planText } from '../../../src/plan/plan-text.ts';
import { DAY, HOUR, rulesOf, T0, zoneOf } from './support.ts';

const PLAN = planRoll({
  zoneName: 'example.org.',
  zone: zoneOf(),
  rules: rulesOf({ zskLifetime: 30 * DAY, dsgn: 7 * DAY, ceremonyInterval: 7 * DAY, ceremonySlack: DAY }),
  now: T0,
  until: T0 + 31 * DAY,
  validUntil: T0 + 30 * DAY,
});

const sample = (name: string): string => readFileSync(join(import.meta.dirname, name), 'utf8');

test('an interval is told in the terms of the RFC with the numbers filled in', () => {
  const terms = [
    { name: 'Dsgn', seconds: 7 * DAY },
    { name: 'Dprp', seconds: HOUR },
    { name: 'TTLsig', seconds: DAY },
  ];
  expect(intervalText({ name: 'Iret', terms, reference: 'RFC 7583 3.2.1' })).toBe(
    'Iret = Dsgn + Dprp + TTLsig = 7d + 1h + 1d = 8d1h (RFC 7583 3.2.1)',
  );
  const less = [
    { name: 'Lzsk', seconds: 30 * DAY },
    { name: 'Dprp', seconds: -HOUR },
  ];
  expect(intervalText({ name: 'Tpub', terms: less, reference: '' })).toBe('Tpub = Lzsk - Dprp = 30d - 1h = 29d23h');
});

test('a plan for people', () => {
  expect(planText({ plan: PLAN })).toBe(sample('plan.txt'));
});

test('RFC 5545: a plan as a calendar, its lines folded at 75 octets and ended by CRLF', () => {
  const calendar = planCalendar([PLAN]);
  expect(calendar.replaceAll('\r\n', '\n')).toBe(sample('plan.ics'));
  for (const line of calendar.split('\r\n')) {
    expect(line).not.toMatch(/[\r\n]/);
    expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
  }
  const uids = calendar.match(/^UID:.*$/gm)!;
  expect(new Set(uids).size).toBe(uids.length);
  expect(uids).toHaveLength(PLAN.steps.length + 1);
});

test('a plan for machines keeps to its schema, and has the hash of its canonical JSON', () => {
  const [entry] = JSON.parse(planJson([{ plan: PLAN }])).plans;
  expect(PLAN_SCHEMA.parse(entry.plan)).toEqual(entry.plan);
  expect(entry.hash).toBe(planHash(PLAN));
  expect(planHash(JSON.parse(JSON.stringify(PLAN)))).toBe(entry.hash);
  expect(planHash({ ...PLAN, now: PLAN.now + 1 })).not.toBe(entry.hash);
  expect(planJsonSchema()).toMatchObject({ title: 'coldsign plan', additionalProperties: false, required: ['format', 'plans'] });
});
