import { stripVTControlCharacters } from 'node:util';
import { renderToString } from 'ink';
import { createElement } from 'react';
import { describe, expect, test } from 'vitest';
import { frame } from '../../tui/frame.ts';
import { textOf } from '../../tui/lines.ts';
import { Screen } from '../../tui/main.ts';
import type { Model } from '../../tui/model.ts';
import { makeTheme, type Theme } from '../../tui/theme.ts';
import { FAILED_ANSWER } from './support/ceremony-sample.ts';
import { type Driven, drive, keys, STANDARD, started } from './support/drive.ts';
import { SUMMARY } from './support/sample.ts';

const UNICODE = makeTheme({ env: { LANG: 'C.UTF-8' } });
const NO_COLOR = makeTheme({ env: { LANG: 'C.UTF-8', NO_COLOR: '1' } });
const ASCII = makeTheme({ env: { LANG: 'C.UTF-8', TERM: 'linux' } });

/** Every screen, and every state of one that looks otherwise. */
const SHOWN: Readonly<Record<string, () => Driven>> = {
  overview: () => drive(started(), ...keys('down')),
  'overview-filter': () => drive(started(), ...keys('/', 'roll', 'enter')),
  confirm: () => drive(started(), ...keys('down', '!', 'due')),
  zone: () => drive(started(), ...keys('down', 'enter')),
  'zone-end': () => drive(started(), ...keys('down', 'enter', 'end')),
  keys: () => drive(started(), ...keys('3', 'down')),
  timeline: () => drive(started(), ...keys('down', '4')),
  'timeline-year': () => drive(started(), ...keys('down', '4', '-', '-', '-', 'right')),
  plan: () => drive(started(), ...keys('down', '5')),
  'plan-step': () => drive(started(), ...keys('down', '5', 'enter')),
  log: () => drive(started(), ...keys('6', 'v', 'down')),
  'log-entry': () => drive(started(), ...keys('6', 'enter')),
  release: () => drive(started(), ...keys('down', '7')),
  'release-diff': () => drive(started(), ...keys('down', '7', 'd')),
  ceremony: () => drive(started(), ...keys('8')),
  'ceremony-end': () => drive(started(), ...keys('8', 'end')),
  'ceremony-failed': () => drive(started({ isWatching: true }), ...keys('8'), { kind: 'answer', answer: FAILED_ANSWER }),
  'ceremony-none': () => drive(started(), ...keys('8'), { kind: 'answer', answer: { of: 'ceremony' } }),
  refusal: () =>
    drive(started(), {
      kind: 'failed',
      of: 'zone',
      text: 'release/changed: MANIFEST in /srv/coldsign/releases/due.example/7 has the sha256 ab; in the log it has cd; next: bring the release back from a backup, and find out who changed it',
    }),
  'log-search': () => drive(started(), ...keys('6', '/', 'zone:due.')),
  help: () => drive(started(), ...keys('?')),
  watching: () => drive(started({ isWatching: true, summary: { ...SUMMARY, mode: 'practice' } })),
  working: () => drive(started(), { kind: 'progress', of: 'zones', progress: { label: 'zones', done: 2500, total: 10_000, seconds: 5 } }),
};

const sized = ({ model }: Driven, columns: number, rows: number): Model =>
  drive({ model, effects: [] }, { kind: 'resize', size: { columns, rows } }).model;

const picture = (model: Model, theme: Theme): string =>
  `${frame(model, theme)
    .map((line) => textOf(line).trimEnd())
    .join('\n')}\n`;

describe.each(Object.keys(SHOWN))('%s', (name) => {
  const driven = SHOWN[name]!();

  test.each([
    [80, 24],
    [40, 12],
    [120, 40],
  ] as const)('at %sx%s', async (columns, rows) => {
    await expect(picture(sized(driven, columns, rows), UNICODE)).toMatchFileSnapshot(`fixtures/${name}-${columns}x${rows}.txt`);
  });

  test('with ASCII alone, where the terminal can do no more', async () => {
    const text = picture(driven.model, ASCII);
    // Names of people and owners are data; what the screens draw is ASCII.
    expect(text.replaceAll('研究所', '')).toMatch(/^[\n -~]*$/);
    await expect(text).toMatchFileSnapshot(`fixtures/${name}-ascii.txt`);
  });

  test('with NO_COLOR the same words stand in the same places', () => {
    expect(picture(driven.model, NO_COLOR)).toBe(picture(driven.model, UNICODE));
  });

  test('Ink draws the lines as they are', () => {
    const { columns } = STANDARD;
    const drawn = renderToString(createElement(Screen, { lines: frame(driven.model, UNICODE), theme: UNICODE }), { columns });
    const plain = stripVTControlCharacters(drawn).split('\n');
    expect(plain.map((line) => line.trimEnd())).toEqual(picture(driven.model, UNICODE).split('\n').slice(0, -1));
  });
});

test('NO_COLOR, when present and not an empty string, takes all colours away (no-color.org)', () => {
  for (const style of Object.values(NO_COLOR.styles)) expect(style).not.toHaveProperty('color');
  expect(Object.values(UNICODE.styles).some((style) => style.color !== undefined)).toBe(true);
  expect(makeTheme({ env: { LANG: 'C.UTF-8', NO_COLOR: '' } }).styles).toEqual(UNICODE.styles);
});

test('a screen reader gets no pictures and no filling, and the cursor in words', () => {
  const reading = makeTheme({ env: { LANG: 'C.UTF-8', INK_SCREEN_READER: 'true' } });
  for (const [name, show] of Object.entries(SHOWN)) {
    const lines = frame(show().model, reading).map(textOf);
    expect(
      lines.filter((line) => line.trim() === ''),
      name,
    ).toEqual([]);
    expect(lines.join('\n'), name).not.toMatch(/[█▒░─▲◆●│]/);
  }
  expect(frame(SHOWN['overview']!().model, reading).map(textOf).join('\n')).toContain('selected: [DUE]');
  expect(frame(SHOWN['timeline']!().model, reading).map(textOf).join('\n')).toMatch(/ZSK 815: active from .*, retired from /);
});
