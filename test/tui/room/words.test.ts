import { expect, test } from 'vitest';
import { helpText, WORDS } from '../../../src/ceremony/words.ts';
import { ROOM_KEYS } from '../../../tui/room/keymap.ts';
import { press, READY, seen, word } from './sample.ts';

/** On the key Enter, when they are next. */
const USUAL = ['begin', 'go', 'again', 'end'];

test('every word has a key, and every key of an act has a word', () => {
  const keys = ROOM_KEYS.flatMap((key) => (key.word === undefined ? [] : [key.word]));
  expect([...keys, ...USUAL].sort()).toEqual(WORDS.map((one) => one.word).sort());
  for (const { wish, word: name } of ROOM_KEYS) {
    if (wish.kind === 'say') expect(wish.word).toBe(name);
    if (wish.kind === 'pick') expect(wish.list).toBe(name);
  }
});

test('no key stands for two things on the step', () => {
  const keys = ROOM_KEYS.filter(({ on }) => on.includes('step')).flatMap((one) => one.keys);
  expect(new Set(keys).size).toBe(keys.length);
  expect(press(seen(word(READY)), 'A').answer).not.toEqual(press(seen(word(READY)), 'a').answer);
});

test('the help of the words tells them all', () => {
  for (const { word: name, does } of WORDS) expect(helpText()).toMatch(new RegExp(`^${name} .* ${does}$`, 'm'));
});
