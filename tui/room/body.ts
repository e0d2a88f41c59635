import { type Line, line, span, widthOf, wrap } from '../lines.ts';
import { ceremonyLines } from '../screens/ceremony-lines.ts';
import { keyText } from '../screens/help.ts';
import { bigLines } from './big-word.ts';
import { choicesOf, isOfSeveral, TITLES } from './choices.ts';
import { ROOM_KEYS } from './keymap.ts';
import type { Overlay, Page, RoomModel } from './model.ts';
import type { RoomPicture } from './room-picture.ts';

/** Everything between head and foot of a page; what does not fit is scrolled. */
export function bodyLines({ page, open, size: { columns } }: RoomModel): readonly Line[] {
  if (open?.kind === 'help') return helpLines(columns);
  switch (page.kind) {
    case 'word':
      return open?.kind === 'list'
        ? listLines(open, page.picture, columns)
        : [...toldLines(page.told, columns), ...stepLines(page, columns)];
    case 'ask':
      // What was wrong with an answer is told above the step; a statement that is to be signed stands alone.
      return page.told.length > 0 && !isRefusal(page.told)
        ? texts(page.told, columns)
        : [...toldLines(page.told, columns), ...stepLines(page, columns)];
    case 'read':
      return [...bigLines(page.outcome, columns), ...texts(page.lines, columns)];
    default:
      return page satisfies never;
  }
}

/** One row less than the terminal has: below the page a command asks for secrets, and nothing moves. */
export const frameRows = ({ size: { rows } }: Pick<RoomModel, 'size'>): number => rows - 1;

/** Place, progress and rules are left out first. */
export const isLow = ({ size: { rows } }: Pick<RoomModel, 'size'>): boolean => rows < 10;

/** Mode and title, place, rule. */
export const headRows = (model: RoomModel): number => (isLow(model) ? 1 : 3);

/** What Enter does, and the other keys; in a question first a rule, the question and what is typed. */
export function footRows(model: RoomModel): number {
  const { length } = promptLines(model);
  return 2 + (length === 0 ? 0 : length + (isLow(model) ? 1 : 2));
}

/** Rows that the body has. */
export const bodyRoom = (model: RoomModel): number => Math.max(0, frameRows(model) - headRows(model) - footRows(model));

/** The question that is answered on a line. */
export function promptLines({ page, open, size: { columns, rows } }: RoomModel): readonly string[] {
  if (open?.kind === 'typing') return ['a word, as without screens (help tells them all)'];
  if (page.kind !== 'ask') return [];
  const lines = wrap(page.question.trim(), columns);
  // The end of a long question is what is asked.
  return lines.slice(-(rows < 10 ? 1 : Math.floor(rows / 3)));
}

const stepLines = ({ picture }: Pick<Extract<Page, { kind: 'ask' }>, 'picture'>, columns: number): readonly Line[] =>
  picture === undefined ? [] : ceremonyLines(picture.ceremony, columns, { isLed: true });

const isRefusal = (told: readonly string[]): boolean => told[0]?.startsWith('!!') === true;

const toldLines = (told: readonly string[], columns: number): readonly Line[] =>
  told.length === 0 ? [] : [...texts(told, columns), line('')];

/** Lines as they are, with their indents; those that are too long are broken. */
function texts(lines: readonly string[], columns: number): readonly Line[] {
  return lines.flatMap((one): readonly Line[] => {
    const indent = /^ */.exec(one)![0].slice(0, Math.floor(columns / 2));
    const style = one.startsWith('!!') ? 'bad' : undefined;
    return wrap(one.trim(), columns - indent.length).map((part) => [span(indent), span(part, style)]);
  });
}

function listLines({ list, cursor, marked }: Extract<Overlay, { kind: 'list' }>, picture: RoomPicture, columns: number): readonly Line[] {
  const choices = choicesOf(list, picture);
  const width = Math.max(...choices.map(({ name }) => widthOf(name)), 0) + 2;
  return [
    ...wrap(TITLES[list], columns).map((one) => line(one, 'title')),
    line(''),
    ...choices.map(({ name, text }, i): Line => {
      const box = isOfSeveral(list) ? `[${marked.includes(name) ? 'x' : ' '}] ` : '';
      const isOn = i === cursor;
      return [
        span(isOn ? '> ' : '  ', 'key'),
        span(`${box}${name}${' '.repeat(width - widthOf(name))}`, isOn ? 'cursor' : undefined),
        span(text, 'dim'),
      ];
    }),
  ];
}

const KEYS_WIDTH = 14;

/** The table of keys, as it is. */
function helpLines(columns: number): readonly Line[] {
  const isNarrow = columns < 60;
  const named = (keys: readonly string[]): string => (isNarrow ? keys.slice(0, 1) : keys).map(keyText).join(' ');
  return [
    line('Keys', 'title'),
    ...ROOM_KEYS.flatMap(({ keys, help, word }): readonly Line[] => {
      const width = isNarrow ? 7 : KEYS_WIDTH;
      const text = word === undefined ? help : `${help} (${word})`;
      return wrap(text, Math.max(8, columns - width)).map((part, i) => [
        span((i === 0 ? named(keys) : '').padEnd(width), 'key'),
        span(part),
      ]);
    }),
    line(''),
    ...wrap('In brackets: the word that says the same in coldsign ceremony run --plain.', columns).map((one) => line(one, 'dim')),
    ...wrap('A key that acts counts when the page was looked at for a moment: held down, it goes no further than one page.', columns).map(
      (one) => line(one, 'dim'),
    ),
  ];
}
