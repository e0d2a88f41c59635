import { type Line, line, span } from '../lines.ts';
import { countOf, type LogState, logListRows, seqAt } from '../models/log.ts';
import { bodyRows, type Shared } from '../models/screen.ts';
import { table } from '../table.ts';
import type { Theme } from '../theme.ts';

/** The log, newest entry first; or one entry whole. */
export function logScreen(state: LogState, shared: Shared, theme: Theme): readonly Line[] {
  const { entry, rows: known, list } = state;
  const { size } = shared;
  if (entry !== undefined) {
    const shown = entry.lines.slice(entry.top, entry.top + bodyRows(size) - 1).map((text) => line(text));
    return [[span(`entry ${entry.seq} `, 'title'), span(`line ${entry.top + 1} of ${entry.lines.length}`, 'dim')], ...shown];
  }
  const count = countOf(state, shared);
  const rows = Array.from({ length: Math.max(0, Math.min(logListRows(shared), count - list.top)) }, (_, i) => {
    const seq = seqAt(state, list.top + i, shared);
    const row = known.get(seq);
    const cells = [`${seq}`, row?.time ?? '', row?.actor ?? '', row?.type ?? '', row?.text ?? ''];
    return { isSelected: list.top + i === list.cursor, cells: cells.map((text) => ({ text })) };
  });
  return [headLine(state, shared, count), ...(rows.length === 0 ? [line(emptyText(state))] : table(COLUMNS, rows, size.columns, theme))];
}

const COLUMNS = [
  { head: 'entry', least: 5, most: 9 },
  { head: 'time', most: 20, drop: 1 },
  { head: 'who', most: 12, drop: 3 },
  { head: 'type', least: 8, most: 20 },
  { head: 'what', least: 8 },
] as const;

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
