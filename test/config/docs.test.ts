import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { GATE_DEFAULTS, POLICY_DEFAULTS } from '../../src/config/policy-defaults.ts';
import { CONFIG_SCHEMA, knownKeys } from '../../src/config/schema.ts';

const DOC = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');

/** First cell → second cell of all tables. */
const ROWS = new Map(
  DOC.split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map((cells) => [cells[1]!.replaceAll('`', ''), cells[2]!] as const),
);

test('docs/configuration.md has every knob of a policy, with its default', () => {
  const knobs = knownKeys(['policies', 'default']);
  expect(knobs.filter((knob) => !ROWS.has(knob))).toEqual([]);
  for (const [knob, value] of Object.entries(POLICY_DEFAULTS)) expect(ROWS.get(knob), knob).toBe(`\`${String(value)}\``);
});

test('and every other key', () => {
  const top = Object.keys(CONFIG_SCHEMA.shape);
  expect(top.filter((key) => ![...ROWS.keys()].some((row) => row.split(':')[0] === key))).toEqual([]);
  for (const path of [
    ['zones', 'x'],
    ['registries', 'x'],
    ['people', 'x'],
    ['quorums', 'x'],
    ['catalog'],
    ['tokens'],
    ['gate'],
    ['gate', 'limits'],
    ['ceremony'],
  ])
    for (const key of knownKeys(path)) expect(DOC, `${path.join('.')}.${key}`).toContain(key);
});

test('the defaults of the gate are those of the program', () => {
  expect(ROWS.get('refuse-findings')).toBe(GATE_DEFAULTS['refuse-findings'].map((id) => `\`${id}\``).join(' '));
  expect(ROWS.get('limits')).toBe(
    Object.entries(GATE_DEFAULTS.limits)
      .map(([name, value]) => `\`${name}: ${value}\``)
      .join(' '),
  );
  expect(ROWS.get('judge-timeout')).toBe(`\`${GATE_DEFAULTS['judge-timeout']}\``);
});
