import { expect, test } from 'vitest';
import type { RollKey } from '../../../keystore/rollover/model.ts';
import { Refusal } from '../../../signer/errors.ts';
import { keyOf } from '../../../src/rollover/named-key.ts';
import { keyText } from '../../../src/rollover/roll-text.ts';
import { active, split } from './support.ts';

const NAMES = ['13-4711-00112233445566aa', '8-4711-00112233445566bb', '13-4711-00112233445566cc', '13-815-00112233445566dd'] as const;
const key = (name: string, more: Partial<RollKey> = {}): RollKey => {
  const [algorithm, keyTag] = name.split('-').map(Number);
  return active(name, 'ksk', { algorithm: algorithm!, keyTag: keyTag!, ...more });
};
const two = split(key(NAMES[0]), key(NAMES[1]), key(NAMES[3]));
const three = split(key(NAMES[0]), key(NAMES[1]), key(NAMES[2], { operator: 'B' }));

function refusal(act: () => unknown): Refusal {
  try {
    act();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error('it was taken');
}

// RFC 4034 appendix B: "the key tag ... is not a unique identifier".
test('a key is named by its tag, by tag and algorithm, or by its name', () => {
  expect(keyOf(two, '815').name).toBe(NAMES[3]);
  expect(keyOf(two, '4711/8').name).toBe(NAMES[1]);
  for (const name of NAMES.slice(0, 2)) expect(keyOf(two, name).name).toBe(name);
});

test('a tag of two keys is refused with what to type in its place', () => {
  const first = refusal(() => keyOf(two, '4711'));
  expect([first.code, first.message]).toEqual(['roll/key-ambiguous', expect.stringContaining(`KSK ${NAMES[0]}, KSK ${NAMES[1]}`)]);
  expect(first.hint).toBe('type one of these in place of 4711: 4711/13, 4711/8');
  const second = refusal(() => keyOf(three, '4711/13'));
  expect([second.message, second.hint]).toEqual([
    expect.stringContaining(`KSK ${NAMES[2]} of B`),
    `type one of these in place of 4711/13: ${NAMES[0]}, ${NAMES[2]}`,
  ]);
});

test('what no key of the zone is, and what is no name of a key', () => {
  for (const words of ['1', '815/8', '13-815-0000000000000000']) expect(refusal(() => keyOf(two, words)).code).toBe('roll/key-unknown');
  for (const words of ['', '-1', 'KSK 815', '815/', '815/x', '13-815', '4711/13/1'])
    expect(refusal(() => keyOf(two, words)).code).toBe('usage/key-name');
});

test('people are told a key by its tag, and by its name where another one has the tag too', () => {
  expect(keyText(two, NAMES[3])).toBe('KSK 815');
  expect(keyText(two, NAMES[1])).toBe(`KSK ${NAMES[1]}`);
  expect(keyText(three, NAMES[2])).toBe(`KSK ${NAMES[2]} of B`);
});
