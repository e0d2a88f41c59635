import { stripVTControlCharacters, styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** What the demo prints: headings, commands, their output, tables. Colours only on a terminal and without NO_COLOR. */
export interface Screen {
  heading(text: string): void;
  note(text: string): void;
  command(text: string): void;
  output(text: string): void;
  table(head: readonly string[], rows: readonly (readonly string[])[]): void;
  mark(good: boolean): string;
  line(text: string): void;
}

const DEFAULT_COLUMNS = 110;

export function makeScreen(stream: NodeJS.WriteStream): Screen {
  const paint = (style: Style, text: string): string => styleText(style, text, { stream });
  const columns = Math.max(60, stream.columns ?? DEFAULT_COLUMNS);
  const write = (text: string): void => void stream.write(`${text}\n`);
  const cut = (text: string): string => (text.length > columns ? `${text.slice(0, columns - 1)}…` : text);
  return {
    heading: (text) => write(`\n${paint('bold', text)}`),
    note: (text) => write(paint('dim', `  ${text}`)),
    command: (text) => write(`  ${paint('cyan', `$ ${text}`)}`),
    output: (text) => {
      for (const line of text.trimEnd().split('\n')) write(cut(`    ${line}`));
    },
    table: (head, rows) => {
      const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => visible(row[i] ?? ''))));
      const pad = (row: readonly string[]): string =>
        row.map((cell, i) => cell + ' '.repeat(i === row.length - 1 ? 0 : widths[i]! - visible(cell))).join('  ');
      write(paint('dim', `    ${pad(head)}`));
      for (const row of rows) write(`    ${pad(row)}`);
    },
    mark: (good) => (good ? paint('green', 'ok') : paint(['red', 'bold'], 'NOT AS EXPECTED')),
    line: write,
  };
}

const visible = (text: string): number => stripVTControlCharacters(text).length;
