import { beside, halves } from '../beside.ts';
import type { LogRow } from '../data.ts';
import { fact, type Line, line, span, wrap } from '../lines.ts';
import { countOf, entryLines, hasLogDetail, LOG_DETAIL, type LogState, logListRows, seqAt } from '../models/log.ts';
import { bodyRows, isWide, type Shared } from '../models/screen.ts';
import { table } from '../table.ts';
import type { Theme } from '../theme.ts';

/** The log, newest entry first; or one entry whole. */
export function logScreen(state: LogState, shared: Shared, theme: Theme): readonly Line[] {
  const { entry, rows: known, list } = state;
  const { size } = shared;
  if (entry !== undefined) {
    const lines = entryLines(entry.lines, size.columns);
    const shown = lines.slice(entry.top, entry.top + bodyRows(size) - 1).map((text) => line(text));
    return [[span(`entry ${entry.seq} `, 'title'), span(`line ${entry.top + 1} of ${lines.length}`, 'dim')], ...shown];
  }
  const count = countOf(state, shared);
  const rows = Array.from({ length: Math.max(0, Math.min(logListRows(shared), count - list.top)) }, (_, i) => {
    const seq = seqAt(state, list.top + i, shared);
    const row = known.get(seq);
    const cells = [`${seq}`, row?.time.slice(0, 16).replace('T', ' ') ?? '', row?.actor ?? '', row?.type ?? '', row?.text ?? ''];
    return { isSelected: list.top + i === list.cursor, cells: cells.map((text) => ({ text })) };
  });
  if (isWide(size) && rows.length > 0) {
    const { list: left, pane } = halves(size.columns);
    const told = paneOf(known.get(seqAt(state, list.cursor, shared)), pane);
    return [headLine(state, shared, count), ...beside(table(COLUMNS, rows, left, theme), told, size.columns, bodyRows(size) - 1, theme)];
  }
  return [
    headLine(state, shared, count),
    ...(rows.length === 0 ? [line(emptyText(state))] : table(COLUMNS, rows, size.columns, theme)),
    ...(hasLogDetail(shared) && rows.length > 0 ? detail(known.get(seqAt(state, list.cursor, shared)), size.columns) : []),
  ];
}

const COLUMNS = [
  { head: 'entry', most: 9 },
  { head: 'time (UTC)', most: 16, drop: 1 },
  { head: 'who', least: 6, most: 12, drop: 3 },
  { head: 'type', least: 8, most: 20 },
  { head: 'what', least: 10 },
] as const;

/** What the entry under the cursor says, as far as it fits. */
function detail(row: LogRow | undefined, columns: number): readonly Line[] {
  return wrap(row?.text ?? '', columns)
    .slice(0, LOG_DETAIL)
    .map((text) => line(text, 'dim'));
}

/** All that is known of it without opening it. */
function paneOf(row: LogRow | undefined, columns: number): readonly Line[] {
  if (row === undefined) return [];
  const { seq, time, actor, type, text } = row;
  return [
    line(`entry ${seq}`, 'title'),
    line(''),
    ...fact('time', time, columns, 7),
    ...fact('who', actor, columns, 7),
    ...fact('type', type, columns, 7),
    line(''),
    ...wrap(text, columns).map((one) => line(one)),
  ];
}

const emptyText = ({ isSearching, query }: LogState): string => (isSearching ? `searching for ${query}` : `no entry fits "${query}"`);

function headLine({ query, list, verdict }: LogState, { summary }: Shared, count: number): Line {
  const filter = query === '' ? `${summary.entries} entries` : `${count} of ${summary.entries} entries fit "${query}"`;
  const place = count === 0 ? '' : `  ${list.cursor + 1}/${count}`;
  const checked =
    verdict === undefined
      ? []
      : [span(verdict.isGood ? '  [verified] ' : '  [NOT GOOD] ', verdict.isGood ? 'good' : 'bad'), span(verdict.text)];
  return [span(filter, 'key'), span(place, 'dim'), ...checked];
}
