import { fitLine, type Line, line, sized, span, tail, widthOf, wrap } from '../lines.ts';
import { isNarrow, isTooSmall } from '../models/screen.ts';
import { modeWord, placeLine } from '../screens/ceremony.ts';
import { keyText } from '../screens/help.ts';
import type { Theme } from '../theme.ts';
import { timeText } from '../time.ts';
import { bodyLines, bodyRoom, footRows, frameRows, headRows, isLow, promptLines } from './body.ts';
import { isOfSeveral } from './choices.ts';
import { keysNow } from './keymap.ts';
import { isCalm, type RoomModel } from './model.ts';
import { lineOf, namesOf } from './update.ts';

/** The whole page: one line less than the terminal has rows, each exactly as wide as it is. */
export function roomFrame(model: RoomModel, theme: Theme): readonly Line[] {
  const { size, top } = model;
  const { columns, rows } = size;
  if (isTooSmall(size))
    return wrap(`terminal too small (${columns}x${rows})`, columns)
      .slice(0, frameRows(model))
      .map((text) => line(text));
  const lines = bodyLines(model);
  const room = bodyRoom(model);
  const shown = Array.from({ length: room }, (_, i) => lines[top + i] ?? []);
  const head = [bannerLine(model, theme), place(model, theme), ruleLine(lines.length - top - room, model, theme)].slice(0, headRows(model));
  return [...head, ...shown, ...foot(model, theme)].map((one) => fitLine(one, columns, theme));
}

/** Practice or production over the whole width, in words: a colour alone is overlooked, or not there. */
function bannerLine({ page: { picture }, size, now }: RoomModel, theme: Theme): Line {
  const clock = isNarrow(size) ? timeText(now).slice(11) : timeText(now);
  const text = picture === undefined ? ' ceremony' : ` ${modeWord(picture.ceremony.mode)}  ${picture.ceremony.title}`;
  const style = picture?.ceremony.mode === 'practice' ? 'practice' : 'bad';
  return [span(`${sized(text, size.columns - clock.length - 2, theme)} ${clock} `, style)];
}

const place = ({ page: { picture }, size: { columns } }: RoomModel, theme: Theme): Line =>
  picture === undefined ? [] : placeLine(picture.ceremony, columns, theme);

function ruleLine(below: number, { size: { columns } }: RoomModel, { glyphs }: Theme): Line {
  const rule = below > 0 ? `${glyphs.rule.repeat(2)} ${below} more lines: Down, PgDn ` : '';
  return line(rule.padEnd(columns, glyphs.rule), below > 0 ? 'warning' : 'dim');
}

function foot(model: RoomModel, theme: Theme): readonly Line[] {
  const { answer } = model;
  const prompt = promptLines(model);
  if (answer !== undefined) return [...blank(footRows(model) - 2), answeredLine(model), line('working ...', 'dim')];
  const typed =
    prompt.length === 0
      ? []
      : [...(isLow(model) ? [] : [rule(model, theme)]), ...prompt.map((one) => line(one, 'key')), inputLine(lineOf(model), model)];
  return [...typed, enterLine(model), keysLine(model)];
}

const blank = (count: number): readonly Line[] => Array.from({ length: count }, () => []);
const rule = ({ size: { columns } }: RoomModel, { glyphs }: Theme): Line => line(glyphs.rule.repeat(columns), 'dim');

/** The end of a long line is where it is typed. Without the cursor nothing can be typed yet. */
function inputLine(text: string, { gate, size: { columns } }: RoomModel): Line {
  if (gate.drawn === undefined) return [span('>', 'dim')];
  const room = Math.max(1, columns - 3);
  return [span('> ', 'key'), span(`${tail(text, room)}_`)];
}

function answeredLine({ answer, page }: RoomModel): Line {
  if (answer?.kind !== 'said') return line('back', 'key');
  return line(page.kind === 'read' ? 'read' : `> ${answer.text}`, 'key');
}

/** What Enter does, in words, and the word that it stands for. As long as it does not count yet, it says so. */
function enterLine(model: RoomModel): Line {
  const { text, word } = enterText(model);
  if (text === undefined) return line('');
  const { columns } = model.size;
  const isMeant = isCalm(model.gate) || (model.gate.drawn !== undefined && lineOf(model) !== '');
  const left = `${isMeant ? 'Enter:' : 'one moment, then Enter:'} ${text}`;
  const right = word === undefined ? '' : `word: ${word} `;
  const gap = columns - widthOf(left) - widthOf(right) - 1;
  const whole = right !== '' && gap >= 2 ? `${left}${' '.repeat(gap + 1)}${right}` : left;
  return line(whole.padEnd(columns), isMeant ? 'cursor' : 'dim');
}

function enterText(model: RoomModel): { readonly text: string | undefined; readonly word?: string } {
  const { page, open } = model;
  if (open?.kind === 'help') return { text: undefined };
  if (open?.kind === 'typing') return { text: open.text.trim() === '' ? 'back to the step' : 'say this word' };
  if (open?.kind === 'list') {
    const names = namesOf(model, open);
    if (names.length === 0) return { text: isOfSeveral(open.list) ? 'Space marks them first' : undefined };
    return { text: `${open.list} ${names.join(' ')}` };
  }
  switch (page.kind) {
    case 'ask':
      return { text: page.text === '' ? 'answer with an empty line' : 'this is the answer' };
    case 'read':
      return { text: 'this was read, go on' };
    case 'word': {
      const { usual } = page.picture;
      return usual.kind === 'say' ? { text: usual.text, word: usual.word } : { text: usual.text };
    }
    default:
      return page satisfies never;
  }
}

/** As many as fit; the help has all. */
function keysLine(model: RoomModel): Line {
  let left = model.size.columns;
  return keysNow(model).flatMap(({ keys, short }) => {
    if (short === undefined) return [];
    const key = keyText(keys[0]!);
    const text = ` ${short}  `;
    left -= key.length + text.length;
    return left < -2 ? [] : [span(key, 'key'), span(text)];
  });
}
