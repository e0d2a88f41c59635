import { fitLine, type Line, span } from './lines.ts';
import type { Theme } from './theme.ts';

/** Columns of a list, and of the pane beside it; the rule between them takes three. */
export function halves(columns: number): { readonly list: number; readonly pane: number } {
  const list = Math.floor(columns * 0.6);
  return { list, pane: columns - list - 3 };
}

/** A list and its pane as lines of the whole width, no more than `rows`; read aloud, one comes after the other. */
export function beside(list: readonly Line[], pane: readonly Line[], columns: number, rows: number, theme: Theme): readonly Line[] {
  if (theme.isReading) return [...list, ...pane].slice(0, rows);
  const widths = halves(columns);
  return Array.from({ length: rows }, (_, i) => [
    ...fitLine(list[i] ?? [], widths.list, theme),
    span(` ${theme.glyphs.now} `, 'dim'),
    ...fitLine(pane[i] ?? [], widths.pane, theme),
  ]);
}
