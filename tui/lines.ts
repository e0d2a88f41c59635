import type { StyleName, Theme } from './theme.ts';

/** One row of the terminal: pieces of text, each with what it means. */
export type Line = readonly Span[];

export interface Span {
  readonly text: string;
  readonly style?: StyleName;
}

export const line = (text: string, style?: StyleName): Line => [span(text, style)];
export const span = (text: string, style?: StyleName): Span => (style === undefined ? { text } : { text, style });
export const textOf = (spans: Line): string => spans.map(({ text }) => text).join('');

const ASCII_ONLY = /^[ -~]*$/;
const WIDE =
  /\p{Script=Han}|\p{Script=Hangul}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Emoji_Presentation}|[\uff01-\uff60\u3000-\u303f]/u;
const NO_WIDTH = /[\p{M}\p{Cc}\p{Cf}]/u;

/** Columns that a text takes; those of East Asia take two a character. */
export function widthOf(text: string): number {
  if (ASCII_ONLY.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += NO_WIDTH.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return width;
}

/** Exactly `width` columns: filled with blanks, or cut with a mark. */
export function sized(text: string, width: number, { glyphs }: Pick<Theme, 'glyphs'>): string {
  const own = widthOf(text);
  if (own <= width) return text + ' '.repeat(width - own);
  return width <= 0 ? '' : cut(text, width - 1) + glyphs.more;
}

function cut(text: string, width: number): string {
  if (ASCII_ONLY.test(text)) return text.slice(0, width);
  let used = 0;
  let result = '';
  for (const character of text) {
    const own = widthOf(character);
    if (used + own > width) break;
    used += own;
    result += character;
  }
  return result + ' '.repeat(width - used);
}

/** A line of exactly `width` columns. */
export function fitLine(spans: Line, width: number, theme: Pick<Theme, 'glyphs'>): Line {
  let left = width;
  const result: Span[] = [];
  for (const one of spans) {
    const own = widthOf(one.text);
    if (own > left) {
      if (left > 0) result.push({ ...one, text: sized(one.text, left, theme) });
      return result;
    }
    result.push(one);
    left -= own;
  }
  if (left > 0) result.push(span(' '.repeat(left)));
  return result;
}

/** Words, broken at blanks; a word that is longer than a line is cut into pieces. */
export function wrap(text: string, width: number): readonly string[] {
  if (width < 1) return [];
  const lines: string[] = [];
  let current = '';
  for (const word of text.split(' ')) {
    let rest = word;
    if (current !== '' && widthOf(current) + 1 + widthOf(rest) <= width) {
      current += ` ${rest}`;
      continue;
    }
    if (current !== '') lines.push(current);
    while (widthOf(rest) > width) {
      const piece = cut(rest, width).trimEnd();
      if (piece === '') break;
      lines.push(piece);
      rest = rest.slice(piece.length);
    }
    current = rest;
  }
  return [...lines, current];
}

/** `name    text`, the text on as many lines as it needs. */
export function fact(name: string, text: string, width: number, label = 13): readonly Line[] {
  if (width < label + 12) return wrap(`${name}: ${text}`, width).map((one) => line(one));
  return wrap(text, width - label).map((one, i) => [span((i === 0 ? name : '').padEnd(label), 'dim'), span(one)]);
}
