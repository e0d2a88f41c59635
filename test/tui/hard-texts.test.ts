import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Answer, Timeline } from '../../tui/data.ts';
import { frame } from '../../tui/frame.ts';
import { pieces, tail, textOf, widthOf } from '../../tui/lines.ts';
import { SCREEN_NAMES } from '../../tui/screen-names.ts';
import { makeTheme } from '../../tui/theme.ts';
import { drive, keys, started } from './support/drive.ts';
import { NOW, sampleAnswer, ZONES } from './support/sample.ts';

const DAY = 86_400;
const THEMES = [{ LANG: 'C.UTF-8' }, { LANG: 'C' }].map((env) => makeTheme({ env }));
const READING = makeTheme({ env: { LANG: 'C.UTF-8', INK_SCREEN_READER: 'true' } });
/** Letters of two columns, marks, pictures, what turns the order about, and what a terminal obeys. */
const PARTS = [
  '研究',
  'ｱ',
  '가',
  'e\u0301',
  '❤\ufe0f',
  '㈱',
  '\u202e',
  '\u2066',
  '\u200b',
  '\u00ad',
  '\u001b[2J',
  '\t',
  '\n',
  '\u009b',
  '\ud800',
  'a',
  'zone ',
  '.',
];
const hard = fc.array(fc.constantFrom(...PARTS), { minLength: 1, maxLength: 30 }).map((parts) => parts.join(''));

/** Every text of an answer replaced, keys and what answers are told apart by left alone. */
function withTexts<T>(value: T, text: string): T {
  if (Array.isArray(value)) return value.map((one) => (typeof one === 'string' ? text : withTexts(one, text))) as T;
  if (typeof value !== 'object' || value === null) return value;
  const kept = new Set(['of', 'kind', 'urgency', 'state', 'verdict', 'query', 'time', 'is', 'mode', 'zone']);
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, typeof one === 'string' && !kept.has(name) ? text : withTexts(one, text)]),
  ) as T;
}

describe('names, reasons and texts of any letters', () => {
  test('no line is wider than the terminal, none is too many, and nothing reaches it that it would obey', () => {
    const zone = ZONES[1]!.zone;
    const requests = [
      { of: 'zones' },
      { of: 'zone', zone },
      { of: 'contents', zone },
      { of: 'keys' },
      { of: 'timeline', zone },
      { of: 'plan', zone },
      { of: 'ceremony' },
      { of: 'log-entry', seq: 5 },
      { of: 'release', zone, serial: 7 },
    ] as const;
    fc.assert(
      fc.property(hard, fc.integer({ min: 20, max: 200 }), fc.integer({ min: 6, max: 60 }), (text, columns, rows) => {
        let driven = drive(started(), ...keys('down', 'enter', '2', '4', '5', '7', '8', '1'));
        for (const request of requests) driven = drive(driven, { kind: 'answer', answer: withTexts<Answer>(sampleAnswer(request), text) });
        driven = drive(driven, { kind: 'resize', size: { columns, rows } });
        for (const name of SCREEN_NAMES) {
          const { model } = drive(driven, { kind: 'key', key: name === 'help' ? '?' : `${SCREEN_NAMES.indexOf(name) + 1}` });
          for (const typing of [model, { ...model, input: { kind: 'search', text } } as const]) {
            for (const theme of THEMES) {
              const lines = frame(typing, theme).map(textOf);
              expect(lines.length).toBe(rows);
              for (const line of lines) expect([name, widthOf(line)]).toEqual([name, columns]);
              expect(lines.join('')).not.toMatch(/[\p{Cc}\p{Cs}\u00ad\u200b\u202a-\u202e\u2066-\u2069]/u);
            }
            expect(frame(typing, READING).map(textOf).join('')).not.toMatch(/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u);
          }
        }
      }),
      { numRuns: 25 },
    );
  });

  test('an entry is shown whole: cut into lines by columns, never in the midst of a letter', () => {
    fc.assert(
      fc.property(hard, fc.integer({ min: 2, max: 40 }), (text, width) => {
        const cut = pieces(text, width);
        expect(cut.join('')).toBe(text);
        for (const one of cut) expect(widthOf(one)).toBeLessThanOrEqual(width);
      }),
    );
  });

  test('of what is typed the end shows', () => {
    expect(tail('研究所', 4)).toBe('究所');
    expect(tail('abc', 10)).toBe('abc');
    expect(tail('研', 1)).toBe('');
  });
});

describe('hard hours', () => {
  test('a paste of 10,000 letters, a terminal of one cell, and a failure in between leave everything in its place', () => {
    const { model, effects } = drive(
      started(),
      ...keys('down', '!', 'y'.repeat(10_000)),
      { kind: 'resize', size: { columns: 1, rows: 1 } },
      { kind: 'failed', of: 'zone', text: 'release/changed: it is' },
      ...keys('enter'),
      { kind: 'answer', answer: sampleAnswer({ of: 'zone', zone: 'late.example.' }) },
      { kind: 'resize', size: { columns: 80, rows: 24 } },
    );
    expect(effects).toEqual([]);
    expect(model.input?.text.length).toBeLessThanOrEqual(255);
    expect(model.screens.zone.view?.row.zone).not.toBe('late.example.');
    expect(frame(model, THEMES[0]!).length).toBe(24);
  });
});

test('an entry that comes when somebody has gone on opens nothing', () => {
  const { model } = drive(started(), ...keys('6', 'enter', 'esc', 'down'));
  const answer = sampleAnswer({ of: 'log-entry', seq: 999_999 });
  expect(drive({ model, effects: [] }, { kind: 'answer', answer }).model.screens.log.entry).toBeUndefined();
});

test('what did not come is told on its screen until it is asked for again, not as if it still came', () => {
  const begun = drive(started(), ...keys('down', 'enter'));
  const empty = { ...begun.model, screens: { ...begun.model.screens, zone: { ...begun.model.screens.zone, contents: undefined } } };
  const failed = drive(
    { model: empty, effects: [] },
    { kind: 'failed', of: 'contents', text: 'release/changed: it is' },
    ...keys('down', 'end'),
  );
  const text = (model: typeof begun.model) => frame(model, THEMES[0]!).map(textOf).join('\n');
  expect(text(failed.model)).toContain('[!] counting records and signatures of the release: not known; r asks again');
  expect(text(drive(failed, ...keys('r')).model)).not.toContain('not known');
});

describe('a Gantt of every key', () => {
  const timeline: Timeline = {
    zone: 'due.example.',
    from: NOW - 3650 * DAY,
    to: NOW + 365 * DAY,
    keys: Array.from({ length: 40 }, (_, i) => ({
      label: `ZSK ${1000 + i}`,
      segments: [{ from: NOW + (i * 91 - 3650) * DAY, to: NOW + (i * 91 - 3500) * DAY, state: 'active' }],
    })),
    marks: [],
  };
  const shown = () =>
    drive(started(), ...keys('down', '4'), { kind: 'answer', answer: { of: 'timeline', zone: 'due.example.', timeline } });
  const text = ({ model }: ReturnType<typeof shown>, theme = THEMES[0]!) => frame(model, theme).map(textOf).join('\n');

  test('forty keys of ten years: each comes on the screen', () => {
    const seen = new Set<string>();
    let driven = shown();
    expect(text(driven)).toContain('keys 1-11 of 40');
    for (let i = 0; i < 45; i++) {
      for (const [label] of text(driven).matchAll(/ZSK \d{4}/g)) seen.add(label);
      driven = drive(driven, ...keys('}'));
    }
    expect(seen.size).toBe(40);
    expect(text(driven)).toContain('keys 30-40 of 40');
    expect(text(driven, READING)).toContain('ZSK 1039: ');
    // Larger again: no bar is left away for a place beyond the end.
    expect(text(drive(driven, { kind: 'resize', size: { columns: 80, rows: 80 } }))).toContain('ZSK 1000');
  });
});
