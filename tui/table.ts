import { type Line, type Span, sized, span, widthOf } from './lines.ts';
import type { StyleName, Theme } from './theme.ts';

export interface Column {
  readonly head: string;
  /** It may be cut down to this; absent: it is never cut. */
  readonly least?: number;
  /** Never wider; absent: it takes what is left, where it is the widest of those. */
  readonly most?: number;
  /** Dropped on narrow screens, the largest first. */
  readonly drop?: number;
}

export interface Cell {
  readonly text: string;
  readonly style?: StyleName;
}

export interface TableRow {
  readonly cells: readonly Cell[];
  readonly isSelected?: boolean;
}

/**
 * Head and rows, each exactly `width` columns, the cursor as `> `. Columns are dropped until the rest fits; the last one that may grow takes what is left.
 * Widths follow from the rows that are given: those that show.
 */
export function table(columns: readonly Column[], rows: readonly TableRow[], width: number, theme: Theme): readonly Line[] {
  const kept = keptColumns(columns, rows, width);
  const widths = widthsOf(kept, columns, rows, width);
  const cut = (cells: readonly Cell[], style?: StyleName): readonly Span[] =>
    kept.map((at, i) =>
      span(`${sized(cells[at]?.text ?? '', widths[i]!, theme)}${i === kept.length - 1 ? '' : '  '}`, style ?? cells[at]?.style),
    );
  const head = cut(
    columns.map(({ head: text }) => ({ text })),
    'dim',
  );
  return [
    [span('  '), ...head],
    ...rows.map(({ cells, isSelected = false }): Line => {
      const mark = theme.isReading ? (isSelected ? 'selected: ' : '') : isSelected ? '> ' : '  ';
      return [span(mark, isSelected ? 'key' : undefined), ...cut(cells, isSelected ? 'cursor' : undefined)];
    }),
  ];
}

const MARGIN = 2;

function natural(at: number, columns: readonly Column[], rows: readonly TableRow[]): number {
  const { head, most = Number.POSITIVE_INFINITY } = columns[at]!;
  let widest = head.length;
  for (const { cells } of rows) widest = Math.max(widest, widthOf(cells[at]?.text ?? ''));
  return Math.min(most, widest);
}

/** What a column is never narrower than: one without a `least` is as wide as its text. */
function floorOf(at: number, columns: readonly Column[], rows: readonly TableRow[]): number {
  const { least } = columns[at]!;
  const own = natural(at, columns, rows);
  return least === undefined ? own : Math.min(own, least);
}

function keptColumns(columns: readonly Column[], rows: readonly TableRow[], width: number): readonly number[] {
  let kept = columns.map((_, i) => i);
  const needed = (all: readonly number[]): number => MARGIN + all.reduce((total, at) => total + floorOf(at, columns, rows) + 2, -2);
  for (;;) {
    const droppable = kept.filter((at) => columns[at]!.drop !== undefined);
    if (needed(kept) <= width || droppable.length === 0) return kept;
    const first = droppable.reduce((a, b) => (columns[b]!.drop! > columns[a]!.drop! ? b : a));
    kept = kept.filter((at) => at !== first);
  }
}

function widthsOf(kept: readonly number[], columns: readonly Column[], rows: readonly TableRow[], width: number): readonly number[] {
  const widths = kept.map((at) => natural(at, columns, rows));
  const room = width - MARGIN - 2 * (kept.length - 1);
  for (let over = sum(widths) - room; over > 0; ) {
    // The widest of those that may shrink gives way first.
    const at = widths.reduce(
      (best, own, i) => (own > floorOf(kept[i]!, columns, rows) && (best < 0 || own > widths[best]!) ? i : best),
      -1,
    );
    if (at < 0) break;
    const next = Math.max(floorOf(kept[at]!, columns, rows), widths[at]! - over);
    over -= widths[at]! - next;
    widths[at] = next;
  }
  const growing = kept.findLastIndex((at) => columns[at]!.most === undefined);
  if (growing >= 0) widths[growing] = Math.max(1, widths[growing]! + room - sum(widths));
  return widths;
}

const sum = (all: readonly number[]): number => all.reduce((a, b) => a + b, 0);
