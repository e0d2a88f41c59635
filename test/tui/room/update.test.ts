import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { textOf, widthOf } from '../../../tui/lines.ts';
import { bodyLines, bodyRoom } from '../../../tui/room/body.ts';
import { choicesOf } from '../../../tui/room/choices.ts';
import { roomFrame } from '../../../tui/room/frame.ts';
import { ROOM_KEYS } from '../../../tui/room/keymap.ts';
import { CALM_MS, type Page, type RoomMessage, type RoomModel, SEEN_MS } from '../../../tui/room/model.ts';
import { updateRoom } from '../../../tui/room/update.ts';
import { makeTheme } from '../../../tui/theme.ts';
import { AGREEING, ask, coming, FAILED, press, READY, SIZE, seen, send, word, write } from './sample.ts';

const THEME = makeTheme({ env: { LANG: 'C.UTF-8' } });
const RESULT: Page = { kind: 'read', picture: READY, outcome: 'done', lines: Array.from({ length: 60 }, (_, i) => `line ${i}`) };

const key = (name: string, at: number, isAlone = true): RoomMessage => ({ kind: 'key', key: name, at, isAlone });
const said = (text: string) => ({ kind: 'said', text });
const shown = (model: RoomModel): string => roomFrame(model, THEME).map(textOf).join('\n');

describe('the usual act', () => {
  test('Enter says the word that the bottom line names', () => {
    expect(shown(seen(word(AGREEING)))).toMatch(/^Enter: dave agrees +word: agree dave/m);
    expect(press(seen(word(AGREEING)), 'enter').answer).toEqual(said('agree dave'));
    expect(press(seen(word(READY)), 'enter').answer).toEqual(said('go'));
    expect(press(seen(RESULT), 'enter').answer).toEqual(said(''));
  });

  test('each further act is one key, and a word', () => {
    expect(press(seen(word(AGREEING)), 'a', 'down', 'enter').answer).toEqual(said('agree erin'));
    expect(press(seen(word(AGREEING)), 'r', 'down', 'enter').answer).toEqual(said('refuse bob'));
    expect(press(seen(word(FAILED)), 'x', 'enter').answer).toEqual(said('close 1'));
    for (const [name, text] of [
      ['e', 'exception'],
      ['s', 'skip'],
      ['h', 'handover'],
      ['p', 'pause'],
      ['A', 'abort'],
    ] as const) {
      expect(press(seen(word(AGREEING)), name).answer, name).toEqual(said(text));
    }
  });

  test('those who come are marked first, and come at once', () => {
    expect(press(seen(word(AGREEING)), 'c', ' ', ' ', 'enter').answer).toEqual(said('came erin frank'));
    expect(press(seen(word(AGREEING)), 'c', ' ', 'up', ' ', 'down', ' ', 'enter').answer).toEqual(said('came frank'));
    const none = press(seen(word(AGREEING)), 'l', 'enter');
    expect(none.answer).toBeUndefined();
    expect(shown(none)).toContain('Space marks them first');
  });

  test('a word can be typed as without screens; nothing typed is none', () => {
    expect(press(write(press(seen(word(AGREEING)), ':'), 'left carol dave'), 'enter').answer).toEqual(said('left carol dave'));
    expect(press(seen(word(AGREEING)), ':', 'enter')).toMatchObject({ answer: undefined, open: undefined });
  });

  test('what is not there to be done has no key', () => {
    expect(press(seen(word(READY)), 'a').open).toBeUndefined();
    expect(press(seen(word(READY)), 'x').open).toBeUndefined();
  });

  test('Esc and Ctrl-C go out of what lies over the step, and out of a question; on the step Ctrl-C leaves it as it stands', () => {
    expect(press(seen(word(AGREEING)), 'a', 'esc')).toMatchObject({ open: undefined, answer: undefined });
    expect(press(seen(word(AGREEING)), 'c', 'ctrl-c')).toMatchObject({ open: undefined, answer: undefined });
    expect(press(seen(ask('why? ')), 'esc').answer).toEqual({ kind: 'unanswered' });
    expect(press(seen(ask('why? ')), 'ctrl-c').answer).toEqual({ kind: 'unanswered' });
    expect(press(seen(word(AGREEING)), 'esc').answer).toBeUndefined();
    expect(press(seen(word(AGREEING)), 'ctrl-c').answer).toEqual({ kind: 'unanswered' });
  });
});

describe('one Enter, one page', () => {
  test('what was typed before the page was there is thrown away', () => {
    const early = send(coming(word(READY)), key('enter', 50), key('A', 60), { kind: 'paste', text: 'go\r' });
    expect(early.answer).toBeUndefined();
    expect(send(coming(ask('why? ')), key('x', 5), { kind: 'drawn', at: 100 }, key('y', 110)).page).toMatchObject({ text: 'y' });
  });

  test('a page that is just there does not act yet, and says so', () => {
    const young = send(coming(word(READY)), { kind: 'drawn', at: 100 });
    expect(shown(young)).toMatch(/^one moment, then Enter: run coldsign zone sign due\.example\./m);
    // Enter was heard by the page before.
    expect(send(young, key('enter', CALM_MS - 1)).answer).toBeUndefined();
    expect(send(young, key('enter', CALM_MS)).answer).toEqual(said('go'));
    // It could not be seen yet.
    const late = send(coming(word(READY)), { kind: 'drawn', at: 5000 });
    expect(send(late, key('enter', 5000 + SEEN_MS - 1)).answer).toBeUndefined();
    expect(send(late, key('enter', 5000 + SEEN_MS)).answer).toEqual(said('go'));
  });

  test('held down from the page before, whenever it begins to repeat and the page comes, it never acts', () => {
    const pauses = fc.array(fc.integer({ min: 1, max: CALM_MS - 1 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(pauses, fc.nat(60), fc.constantFrom('enter', 'ctrl-c', 'p', 'A'), (repeats, drawnAfter, name) => {
        let at = 0;
        let model = coming(word(READY));
        for (const [i, pause] of repeats.entries()) {
          if (i === drawnAfter) model = updateRoom(model, { kind: 'drawn', at });
          at += pause;
          model = updateRoom(model, key(name, at));
        }
        expect(model.answer).toBeUndefined();
      }),
      { numRuns: 200 },
    );
  });

  test('letters that come in a bunch were pasted, and do nothing on a step', () => {
    for (const name of ['enter', 'A', 's', '?']) {
      const model = send(seen(word(READY)), key(name, 5000, false));
      expect(model, name).toMatchObject({ answer: undefined, open: undefined });
    }
    expect(send(seen(word(READY)), { kind: 'paste', text: 'A\rgo\r' }).answer).toBeUndefined();
  });

  test('a line that was typed is answered at once, an empty one only in calm', () => {
    const young = send(coming(ask('why? ')), { kind: 'drawn', at: 100 });
    expect(send(young, key('enter', 150)).answer).toBeUndefined();
    expect(send(young, key('n', 150), key('o', 160), key('enter', 170)).answer).toEqual(said('no'));
    expect(send(young, key('enter', CALM_MS)).answer).toEqual(said(''));
  });

  test('a paste goes into the line as one line, and does not end it; control characters are not typed', () => {
    const model = send(seen(ask('why? ')), { kind: 'paste', text: 'one\r\ntwo\u001b[2J\u0007' });
    expect(model).toMatchObject({ answer: undefined, page: { text: 'one two[2J' } });
  });

  test('after the answer nothing counts', () => {
    const model = press(seen(word(READY)), 'enter', 'A', 'ctrl-c', '?');
    expect(model).toMatchObject({ answer: said('go'), open: undefined });
    expect(shown(model)).toMatch(/^> go *\nworking/m);
  });

  test('what nobody can see is not worked with; only Ctrl-C is', () => {
    const small = send(seen(word(READY)), { kind: 'resize', size: { columns: 15, rows: 3 } });
    expect(shown(small)).toBe('terminal too\nsmall (15x3)');
    expect(press(small, 'enter', 'A', '?')).toMatchObject({ answer: undefined, open: undefined });
    expect(press(small, 'ctrl-c').answer).toEqual({ kind: 'unanswered' });
  });
});

test('a question shows the end of what is typed, and what was told for it in place of the step', () => {
  const model = write(seen(ask('file with the key of dave: ', ['dave signs:', 'a statement'])), `${'x'.repeat(100)}end`);
  expect(shown(model)).toContain('end_');
  expect(shown(model)).toContain('a statement');
  expect(shown(model)).not.toContain('READ ALOUD');
  expect(write(seen(ask('why? ')), '?aA ').page).toMatchObject({ text: '?aA ' });
  expect(press(write(seen(ask('why? ')), 'no'), 'backspace').page).toMatchObject({ text: 'n' });
});

test('the help is the table, and ? closes it again', () => {
  const help = press(seen(word(AGREEING)), '?');
  const text = bodyLines(help).map(textOf).join('\n');
  for (const { word: name, help: tells } of ROOM_KEYS) {
    expect(text.replace(/\s+/g, ' ')).toContain(tells);
    if (name !== undefined) expect(text).toContain(`(${name})`);
  }
  expect(press(help, '?').open).toBeUndefined();
  // "? always works": where no line is typed.
  expect(press(seen(word(FAILED)), '?').open).toEqual({ kind: 'help' });
});

const WIDE = {
  ...AGREEING,
  ceremony: { ...AGREEING.ceremony, title: '研究所 e\u0301\u202e', step: { ...AGREEING.ceremony.step!, say: '研究所 '.repeat(60) } },
  usual: { kind: 'say' as const, word: 'agree 研究所', text: `${'研究所 '.repeat(30)}agrees` },
};

describe('any sequence of keys, sizes and pages', () => {
  const pages = fc.constantFrom(
    word(AGREEING),
    word(READY),
    word(FAILED, ['!! told']),
    word(WIDE),
    ask('why? '.repeat(40), ['told']),
    RESULT,
  );
  const names = fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...ROOM_KEYS.flatMap(({ keys }) => keys)) },
    { weight: 1, arbitrary: fc.string({ minLength: 1, maxLength: 2, unit: 'grapheme' }) },
  );
  const messages = fc.oneof(
    { weight: 10, arbitrary: fc.tuple(names, fc.integer({ min: 0, max: 2000 }), fc.boolean()) },
    { weight: 2, arbitrary: fc.record({ columns: fc.integer({ min: 1, max: 200 }), rows: fc.integer({ min: 1, max: 70 }) }) },
    { weight: 1, arbitrary: fc.string({ maxLength: 300, unit: 'binary' }) },
  );

  test('the page is never wider or higher than the terminal, and what shows is within it', () => {
    fc.assert(
      fc.property(pages, fc.array(messages, { maxLength: 25 }), (page, all) => {
        let at = 100;
        let model = seen(page);
        for (const one of all) {
          if (typeof one === 'string') model = send(model, { kind: 'paste', text: one });
          else if ('columns' in one) model = send(model, { kind: 'resize', size: one });
          else {
            at += one[1];
            model = send(model, key(one[0], at, one[2]));
          }
          hold(model);
        }
      }),
      { numRuns: 150 },
    );
  });

  function hold(model: RoomModel): void {
    const { columns, rows } = model.size;
    const lines = roomFrame(model, THEME).map(textOf);
    expect(lines.length).toBeLessThanOrEqual(Math.max(0, rows - 1));
    for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns);
    for (const line of lines) expect(line).not.toMatch(/\p{Cc}/u);
    if (columns < 20 || rows < 6) return;
    expect(model.top).toBeGreaterThanOrEqual(0);
    expect(model.top === 0 || model.top <= Math.max(0, bodyLines(model).length - bodyRoom(model))).toBe(true);
    const { open, page } = model;
    if (open?.kind === 'list' && page.kind === 'word') {
      expect(open.cursor).toBeLessThan(Math.max(1, choicesOf(open.list, page.picture).length));
    }
  }

  test('nothing is said but what the keys stand for', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(names, fc.integer({ min: 0, max: 2000 })), { maxLength: 20 }), (all) => {
        const model = all.reduce((now, [name, pause]) => updateRoom(now, key(name, now.gate.at + pause)), seen(word(AGREEING), SIZE));
        if (model.answer?.kind !== 'said' || all.some(([name]) => name === ':')) return;
        expect(model.answer.text).toMatch(/^(?:(?:agree|refuse|came|left)(?: [a-z]+)+|exception|skip|handover|pause|abort)$/);
      }),
      { numRuns: 150 },
    );
  });
});
