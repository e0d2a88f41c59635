/** How things look: styles by what they mean, glyphs by what the terminal can draw. Meaning is never in a style alone. */
export interface Theme {
  readonly styles: Readonly<Record<StyleName, Style>>;
  readonly glyphs: Glyphs;
  /** Ink reads aloud: no pictures, positions in words. */
  readonly isReading: boolean;
}

export type StyleName = 'plain' | 'title' | 'good' | 'warning' | 'bad' | 'dim' | 'cursor' | 'key' | 'practice';

export interface Style {
  readonly color?: 'red' | 'green' | 'yellow' | 'cyan' | 'magenta';
  readonly bold?: boolean;
  readonly dimColor?: boolean;
  readonly inverse?: boolean;
}

export interface Glyphs {
  readonly bar: string;
  readonly rule: string;
  readonly more: string;
  readonly now: string;
  readonly visit: string;
  readonly deadline: string;
  readonly release: string;
  /** Of a timeline: a letter says the state, the fill goes on with it. */
  readonly fill: Readonly<Record<'light' | 'medium' | 'full', string>>;
}

const UNICODE: Glyphs = {
  bar: '█',
  rule: '─',
  more: '…',
  now: '│',
  visit: '▲',
  deadline: '◆',
  release: '●',
  fill: { light: '░', medium: '▒', full: '█' },
};

const ASCII: Glyphs = {
  bar: '#',
  rule: '-',
  more: '>',
  now: '|',
  visit: '^',
  deadline: '!',
  release: 'o',
  fill: { light: '.', medium: '-', full: '=' },
};

const COLOURS: Readonly<Record<StyleName, Style>> = {
  plain: {},
  title: { bold: true, color: 'cyan' },
  good: { color: 'green' },
  warning: { color: 'yellow' },
  bad: { color: 'red', bold: true },
  dim: { dimColor: true },
  cursor: { inverse: true },
  key: { bold: true },
  practice: { inverse: true, color: 'magenta' },
};

const NO_COLOURS: Readonly<Record<StyleName, Style>> = {
  plain: {},
  title: { bold: true },
  good: {},
  warning: {},
  bad: { bold: true },
  dim: {},
  cursor: { inverse: true },
  key: { bold: true },
  practice: { inverse: true },
};

/** What decides on it: variables of the environment, and what was asked for. */
export interface ThemeWish {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly ascii?: boolean;
}

/** NO_COLOR, when it is there and not empty, takes the colours away (no-color.org). The console of Linux draws no blocks in every font. */
export function makeTheme({ env, ascii = false }: ThemeWish): Theme {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  const isAscii = ascii || env['TERM'] === 'linux' || env['TERM'] === 'dumb' || !/utf-?8/i.test(locale);
  return {
    styles: (env['NO_COLOR'] ?? '') === '' ? COLOURS : NO_COLOURS,
    glyphs: isAscii ? ASCII : UNICODE,
    isReading: env['INK_SCREEN_READER'] === 'true',
  };
}

/** For counting lines, where nothing is drawn. */
export const PLAIN_THEME: Theme = { styles: NO_COLOURS, glyphs: ASCII, isReading: false };
