import { stripVTControlCharacters } from 'node:util';
import { renderToString } from 'ink';
import { createElement } from 'react';
import { describe, expect, test } from 'vitest';
import { textOf } from '../../../tui/lines.ts';
import { Screen } from '../../../tui/main.ts';
import { roomFrame } from '../../../tui/room/frame.ts';
import type { RoomModel } from '../../../tui/room/model.ts';
import { makeTheme, type Theme } from '../../../tui/theme.ts';
import { AGREEING, ask, coming, FAILED, press, READY, seen, send, word, write } from './sample.ts';

const UNICODE = makeTheme({ env: { LANG: 'C.UTF-8' } });
const NO_COLOR = makeTheme({ env: { LANG: 'C.UTF-8', NO_COLOR: '1' } });
const ASCII = makeTheme({ env: { LANG: 'C.UTF-8', TERM: 'linux' } });

const STATEMENT = ['dave signs:', '', 'coldsign ceremony statement', '20261124T113000Z-3f2a91', 'step sign', 'type due.example.'];
const PRINTED = ['done: coldsign zone sign due.example.', '', 'Printed:', '  due.example.: serial 2026112403, 26 records, 12 signatures'];

/** Every page, and every state of one that looks otherwise. */
const SHOWN: Readonly<Record<string, () => RoomModel>> = {
  agreeing: () => seen(word(AGREEING)),
  'agreeing-end': () => press(seen(word(AGREEING)), 'end'),
  coming: () => coming(word(READY)),
  ready: () => seen(word(READY)),
  failed: () => seen(word(FAILED, ['!! ceremony/typed: typed "due", expected "due.example."', '   next: read it from the screen'])),
  came: () => press(seen(word(AGREEING)), 'c', 'down', ' '),
  agree: () => press(seen(word(AGREEING)), 'a', 'down'),
  close: () => press(seen(word(FAILED)), 'x'),
  typing: () => write(press(seen(word(AGREEING)), ':'), 'left carol'),
  help: () => press(seen(word(AGREEING)), '?'),
  'help-end': () => press(seen(word(AGREEING)), '?', 'end'),
  ask: () => write(seen(ask('dave, type due.example.: ')), 'due.ex'),
  'ask-statement': () => seen(ask('file with the key of dave: ', STATEMENT)),
  answered: () => press(seen(word(READY)), 'enter'),
  done: () => seen({ kind: 'read', picture: READY, outcome: 'done', lines: PRINTED }),
  'done-not': () =>
    seen({
      kind: 'read',
      picture: FAILED,
      outcome: 'failed',
      lines: ['!! FAILED: coldsign zone sign due.example. came to exit status 1'],
    }),
};

const picture = (model: RoomModel, theme: Theme): string =>
  `${roomFrame(model, theme)
    .map((line) => textOf(line).trimEnd())
    .join('\n')}\n`;

describe.each(Object.keys(SHOWN))('%s', (name) => {
  const model = SHOWN[name]!();

  test.each([
    [80, 24],
    [40, 12],
    [120, 40],
  ] as const)('at %sx%s', async (columns, rows) => {
    const sized = send(model, { kind: 'resize', size: { columns, rows } });
    await expect(picture(sized, UNICODE)).toMatchFileSnapshot(`fixtures/${name}-${columns}x${rows}.txt`);
  });

  test('with ASCII alone, where the terminal can do no more', async () => {
    const text = picture(model, ASCII);
    expect(text).toMatch(/^[\n -~]*$/);
    await expect(text).toMatchFileSnapshot(`fixtures/${name}-ascii.txt`);
  });

  test('with NO_COLOR the same words stand in the same places', () => {
    expect(picture(model, NO_COLOR)).toBe(picture(model, UNICODE));
  });

  test('Ink draws the lines as they are', () => {
    const drawn = renderToString(createElement(Screen, { lines: roomFrame(model, UNICODE), theme: UNICODE }), { columns: 80 });
    const plain = stripVTControlCharacters(drawn).split('\n');
    expect(plain.map((line) => line.trimEnd())).toEqual(picture(model, UNICODE).split('\n').slice(0, -1));
  });
});

test('practice or production stands on every page, in words', () => {
  for (const [name, show] of Object.entries(SHOWN)) {
    const first = picture(show(), UNICODE).split('\n')[0];
    expect(first, name).toMatch(
      /^ (?:\*\*\* PRACTICE \*\*\*|### PRODUCTION ###) {2}Routine signing of due\.example\. +2026-11-24 12:00:00Z$/,
    );
  }
});

test('an answer that was refused loses nobody the place: what was wrong stands above the step', () => {
  const { step } = AGREEING.ceremony;
  const again = roomFrame(
    seen(ask('what was seen: ', ['!! nothing was said, and it goes into the log; once more, or Ctrl-C'])),
    NO_COLOR,
  ).map(textOf);
  expect(again.findIndex((one) => one.startsWith('!! nothing was said'))).toBe(3);
  expect(again.some((one) => one.includes(step!.title.toUpperCase()))).toBe(true);
  // A statement is read alone, and signed.
  const statement = roomFrame(seen(ask('file with the key of dave: ', ['dave signs:', '', 'I agree.'])), NO_COLOR).map(textOf);
  expect(statement.some((one) => one.includes(step!.title.toUpperCase()))).toBe(false);
});
