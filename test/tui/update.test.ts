import fc from 'fast-check';
import type { Key } from 'ink';
import { describe, expect, test } from 'vitest';
import { frame } from '../../tui/frame.ts';
import { keyNames } from '../../tui/key-name.ts';
import { KEYMAP } from '../../tui/keymap.ts';
import { textOf, widthOf } from '../../tui/lines.ts';
import type { Message } from '../../tui/messages.ts';
import type { Model } from '../../tui/model.ts';
import { countOf } from '../../tui/models/log.ts';
import { isTooSmall } from '../../tui/models/screen.ts';
import { SPANS, windowOf } from '../../tui/models/timeline.ts';
import { SCREEN_NAMES } from '../../tui/screen-names.ts';
import { makeTheme } from '../../tui/theme.ts';
import { actOf } from '../../tui/update.ts';
import { drive, keys, started } from './support/drive.ts';
import { NOW, SUMMARY, sampleAnswer, ZONES } from './support/sample.ts';

const THEME = makeTheme({ env: { LANG: 'C.UTF-8' } });

describe('any sequence of keys, sizes and events', () => {
  const key = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...KEYMAP.flatMap((binding) => binding.keys)) },
    { weight: 1, arbitrary: fc.string({ maxLength: 3, unit: 'grapheme' }).filter((text) => text !== '') },
  );
  const message: fc.Arbitrary<Message> = fc.oneof(
    { weight: 12, arbitrary: key.map((name): Message => ({ kind: 'key', key: name })) },
    {
      weight: 2,
      arbitrary: fc
        .record({ columns: fc.integer({ min: 1, max: 200 }), rows: fc.integer({ min: 1, max: 70 }) })
        .map((size): Message => ({ kind: 'resize', size })),
    },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 2 ** 33 }).map((now): Message => ({ kind: 'tick', now })) },
    {
      weight: 1,
      arbitrary: fc.integer({ min: 0, max: 2_000_000 }).map((entries): Message => ({ kind: 'grown', summary: { ...SUMMARY, entries } })),
    },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom('zones', 'log-search', 'diff')
        .map((of): Message => ({ kind: 'failed', of: of as 'zones', text: 'audit/truncated: it is' })),
    },
    { weight: 1, arbitrary: fc.constantFrom('zones', 'log-search', 'diff').map((of): Message => ({ kind: 'stopped', of: of as 'zones' })) },
    {
      weight: 1,
      arbitrary: fc
        .integer({ min: 0, max: 45 })
        .map((count): Message => ({ kind: 'answer', answer: { of: 'zones', zones: ZONES.slice(0, count) } })),
    },
  );

  test('keeps cursors in their lists, the screen among those that there are, and the size', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 40 }), fc.boolean(), (messages, isWatching) => {
        let driven = started({ isWatching });
        let size = driven.model.size;
        for (const one of messages) {
          if (one.kind === 'resize') size = one.size;
          driven = drive(driven, one);
          invariants(driven.model, size);
        }
        // Somebody who only watches runs nothing.
        if (isWatching) expect(driven.effects.filter(({ kind }) => kind === 'run')).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  function invariants(model: Model, size: Model['size']): void {
    const { screens } = model;
    expect(SCREEN_NAMES).toContain(model.screen);
    expect(model.size).toEqual(size);
    expect(Number.isFinite(model.now)).toBe(true);
    inRange(screens.overview.list, screens.overview.shown.length);
    inRange(screens.keys.list, screens.keys.shown.length);
    inRange(screens.plan.list, screens.plan.plan?.steps.length ?? 0);
    inRange(screens.timeline.list, screens.timeline.timeline?.marks.length ?? 0);
    if (model.screen === 'log') inRange(screens.log.list, countOf(screens.log, model));
    expect(SPANS[screens.timeline.zoom]).toBeDefined();
    const window = windowOf(screens.timeline, model.now);
    expect(Number.isInteger(window.from) && window.to > window.from).toBe(true);
    // The picture fills the screen exactly, whatever the size: a line too many would scroll it, one too wide would wrap.
    const lines = frame(model, THEME);
    expect(lines.length).toBeLessThanOrEqual(size.rows);
    for (const line of lines) expect(widthOf(textOf(line))).toBeLessThanOrEqual(size.columns);
    if (isTooSmall(size)) return;
    expect(lines.length).toBe(size.rows);
    for (const line of lines) {
      expect(widthOf(textOf(line))).toBe(size.columns);
      expect(textOf(line)).not.toMatch(/NaN|undefined|Infinity|\[object/);
    }
  }

  function inRange({ cursor, top }: { readonly cursor: number; readonly top: number }, count: number): void {
    expect(cursor).toBeGreaterThanOrEqual(0);
    expect(cursor).toBeLessThan(Math.max(1, count));
    expect(top).toBeGreaterThanOrEqual(0);
    expect(top).toBeLessThanOrEqual(cursor);
  }
});

describe('acts', () => {
  const due = drive(started(), ...keys('down'));

  test('an act is shown as the command that it is, and runs only when what it asks for was typed', () => {
    expect(actOf(due.model)?.argv).toEqual(['zone', 'sign', 'due.example.']);
    const wrong = drive(due, ...keys('!', 'd', 'u', 'e', 'enter'));
    expect(wrong.effects).toEqual([]);
    expect(wrong.model.notice).toEqual({ isBad: true, text: 'not run: due.example. was asked for, and "due" was typed' });
    const right = drive(due, ...keys('!', 'due.example.', 'enter'));
    expect(right.effects).toEqual([{ kind: 'stop' }, { kind: 'run', act: actOf(due.model) }]);
    expect(right.model.input).toBeUndefined();
  });

  test('y does not run it, and Esc takes it back', () => {
    expect(drive(due, ...keys('!', 'y', 'enter')).effects).toEqual([]);
    expect(drive(due, ...keys('!', 'due.example.', 'esc', 'enter')).effects).toEqual([]);
  });

  test('a step of the plan that lies ahead cannot be run', () => {
    const plan = drive(due, ...keys('5'));
    expect(actOf(plan.model)?.argv).toEqual(['roll', 'advance', '--zone', 'due.example.']);
    expect(actOf(drive(plan, ...keys('down')).model)).toBeUndefined();
  });

  test('who only watches has no acts, whatever is typed', () => {
    const watching = drive(started({ isWatching: true }), ...keys('down', '!', 'due.example.', 'enter'));
    expect(watching.effects).toEqual([]);
    expect(watching.model.input).toBeUndefined();
  });

  test('Ctrl-C leaves from everywhere, also while something is typed', () => {
    expect(drive(due, ...keys('!', 'du', 'ctrl-c')).effects).toEqual([{ kind: 'quit' }]);
  });
});

test('several letters that come at once each count, and Enter among them', () => {
  const plain = Object.fromEntries(['upArrow', 'ctrl', 'meta', 'return', 'escape'].map((name) => [name, false])) as unknown as Key;
  expect(keyNames('ab\u007fc\r', plain)).toEqual(['a', 'b', 'backspace', 'c', 'enter']);
  expect(keyNames('\u0003', plain)).toEqual(['ctrl-c']);
  expect(keyNames('c', { ...plain, ctrl: true })).toEqual(['ctrl-c']);
  expect(keyNames('', { ...plain, upArrow: true })).toEqual(['up']);
});

describe('ways through the screens', () => {
  test('the zone under the cursor is what the other screens are about', () => {
    const { model } = drive(started(), ...keys('down', 'down', 'down', 'enter'));
    expect([model.screen, model.zone]).toEqual(['zone', 'rolling.example.']);
    expect(drive({ model, effects: [] }, ...keys(']', '[', '[')).model.zone).toBe('soon.example.');
  });

  test('? works everywhere and leads back', () => {
    for (const name of ['1', '2', '3', '4', '5', '6', '7']) {
      const there = drive(started(), ...keys('enter', name));
      const back = drive(there, ...keys('?', '?'));
      expect(back.model.screen).toBe(there.model.screen);
      expect(drive(there, ...keys('?')).model.screen).toBe('help');
    }
  });

  test('back closes what is open on a screen before it leaves it', () => {
    const entry = drive(started(), ...keys('6', 'enter'));
    expect(entry.model.screens.log.entry?.seq).toBe(SUMMARY.entries - 1);
    const closed = drive(entry, ...keys('esc'));
    expect([closed.model.screen, closed.model.screens.log.entry]).toEqual(['log', undefined]);
    expect(drive(closed, ...keys('esc')).model.screen).toBe('overview');
  });

  test('a search of the log shows what was found, newest first', () => {
    const { model } = drive(started(), ...keys('6', '/', 'zone:due.example.', 'enter'));
    expect(model.screens.log.found).toHaveLength(1234);
    expect([...model.screens.log.rows.keys()][0]).toBe(1233 * 800 + 5);
  });

  test('an answer to what is no longer asked for changes nothing', () => {
    const { model } = drive(started(), ...keys('down', 'enter'));
    const late = drive({ model, effects: [] }, { kind: 'answer', answer: sampleAnswer({ of: 'zone', zone: 'late.example.' }) });
    expect(late.model.screens.zone.view?.row.zone).toBe('due.example.');
  });

  test('the state is kept while the terminal is too small', () => {
    const before = drive(started(), ...keys('down', 'down'));
    const small = drive(before, { kind: 'resize', size: { columns: 15, rows: 3 } });
    expect(frame(small.model, THEME).map(textOf).join(' ')).toBe('terminal too small (15x3)');
    const back = drive(small, { kind: 'resize', size: { columns: 80, rows: 24 } });
    expect(back.model.screens.overview.list).toEqual(before.model.screens.overview.list);
    expect(back.model.now).toBe(NOW);
  });
});

test('a projector shows a ceremony as soon as one is open in the log, and nothing can be run there', () => {
  const before = started({ isWatching: true });
  expect(before.model.screen).toBe('overview');
  const opened = drive(before, { kind: 'grown', summary: { ...SUMMARY, ceremony: '20261124T113000Z-3f2a91' } });
  expect(opened.model.screen).toBe('ceremony');
  expect(opened.model.screens.ceremony.ceremony?.step?.number).toBe(6);
  const pressed = drive(opened, ...keys('!', 'ceremony', 'enter'));
  expect(pressed.effects.filter(({ kind }) => kind === 'run')).toEqual([]);
  // Whoever leads goes on with what they look at.
  expect(drive(started(), { kind: 'grown', summary: { ...SUMMARY, ceremony: 'x' } }).model.screen).toBe('overview');
});

test('leading is an act: the command stands there before it is run, and a word is typed for it', () => {
  const run = (...typed: readonly string[]) =>
    drive(started(), ...keys('8', '!', ...typed, 'enter')).effects.filter(({ kind }) => kind === 'run');
  expect(run('y')).toEqual([]);
  expect(run('ceremony')).toMatchObject([{ kind: 'run', act: { argv: ['ceremony', 'run', 'routine.yaml'] } }]);
});
