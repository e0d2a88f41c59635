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
  /\p{Script=Han}|\p{Script=Hangul}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Bopomofo}|\p{Script=Yi}|\p{Emoji_Presentation}|[\uff01-\uff60\u3000-\u303f\u3190-\u33ff\ufe30-\ufe6f]/u;
/** Marks stand on the letter before; joiners say how letters are drawn. */
const NO_WIDTH = /[\p{M}\u200c\u200d]/u;
/** It makes a picture of the character before, which then takes two columns. */
const AS_PICTURE = '\ufe0f';
/** What moves the cursor, turns the order of letters about, or cannot be seen: it would show another text than the one that is there. */
const TREACHEROUS = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

/** A text with a question mark for each character that a terminal obeys instead of showing it; of the same width. */
export const visible = (text: string): string => (ASCII_ONLY.test(text) ? text : text.replace(TREACHEROUS, '?'));

/** Columns that a text takes; those of East Asia take two a character. */
export function widthOf(text: string): number {
  if (ASCII_ONLY.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += character === AS_PICTURE ? 1 : NO_WIDTH.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
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
  for (const raw of spans) {
    const one = { ...raw, text: visible(raw.text) };
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

/** A text cut into pieces that fit, with nothing left out. */
export function pieces(text: string, width: number): readonly string[] {
  if (ASCII_ONLY.test(text))
    return Array.from({ length: Math.max(1, Math.ceil(text.length / width)) }, (_, i) => text.slice(i * width, (i + 1) * width));
  const result: string[] = [];
  let piece = '';
  let used = 0;
  for (const character of text) {
    const own = widthOf(character);
    if (used + own > width && piece !== '') {
      result.push(piece);
      piece = '';
      used = 0;
    }
    piece += character;
    used += own;
  }
  return [...result, piece];
}

/** The end of a text that fits: of what is being typed, that is what one looks at. */
export function tail(text: string, width: number): string {
  const characters = [...text];
  let first = characters.length;
  for (let used = 0; first > 0; first--) {
    used += widthOf(characters[first - 1]!);
    if (used > width) break;
  }
  return characters.slice(first).join('');
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
