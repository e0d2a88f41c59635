import type { Urgency, ZoneRow } from '../data.ts';
import { type ListState, moveBy, moveTo, NEW_LIST } from '../list.ts';
import { bodyRows, isWide, type ScreenModel, type Shared } from './screen.ts';

/** Zones by urgency. */
export interface OverviewState {
  readonly zones: readonly ZoneRow[] | undefined;
  readonly counts: Readonly<Record<Urgency, number>>;
  readonly query: string;
  /** Those that fit the query. */
  readonly shown: readonly ZoneRow[];
  readonly list: ListState;
}

/** Lines above and below the list: counts, head of the table, and what is known of the zone under the cursor. */
export const OVERVIEW_FRAME = 2;
export const DETAIL_ROWS = 2;
/** Room for more than the table. */
export const hasDetail = (rows: number): boolean => rows >= 10;

export const overviewListRows = ({ size }: Pick<Shared, 'size'>): number => {
  const rows = bodyRows(size);
  return Math.max(1, rows - OVERVIEW_FRAME - (hasDetail(rows) && !isWide(size) ? DETAIL_ROWS : 0));
};

const NO_COUNTS: OverviewState['counts'] = { bogus: 0, due: 0, soon: 0, waits: 0, ok: 0 };

export const OVERVIEW: ScreenModel<OverviewState> = {
  title: 'overview',
  start: { zones: undefined, counts: NO_COUNTS, query: '', shown: [], list: NEW_LIST },
  enter: (state) => ({ state, load: [...(state.zones === undefined ? [{ of: 'zones-quick' } as const] : []), { of: 'zones' }] }),
  update(state, message, shared) {
    const height = overviewListRows(shared);
    switch (message.kind) {
      case 'cursor':
      case 'page':
      case 'edge':
        return { state: { ...state, list: moveBy(state.list, message, state.shown.length, height) } };
      case 'open': {
        const zone = selected(state)?.zone;
        return zone === undefined ? { state } : { state, go: { screen: 'zone', zone } };
      }
      case 'searched':
        return { state: filtered({ ...state, query: message.text, list: NEW_LIST }, undefined, height) };
      case 'answer':
        if (message.answer.of !== 'zones' && (message.answer.of !== 'zones-quick' || state.zones !== undefined)) return { state };
        return {
          state: filtered({ ...state, zones: message.answer.zones, counts: countsOf(message.answer.zones) }, selected(state)?.zone, height),
        };
      default:
        return { state };
    }
  },
  settle: (state, shared) => ({ ...state, list: moveTo(state.list, state.list.cursor, state.shown.length, overviewListRows(shared)) }),
  act: (state, { summary }) =>
    summary.isConfigPending
      ? { argv: ['policy', 'apply'], text: 'coldsign.yaml has changes that are not in force', confirm: 'apply' }
      : selected(state)?.act,
  same: () => ['status'],
  search: ({ query }) => query,
};

function countsOf(zones: readonly ZoneRow[]): OverviewState['counts'] {
  const counts = { ...NO_COUNTS };
  for (const { urgency } of zones) counts[urgency]++;
  return counts;
}

export const selected = ({ shown, list }: OverviewState): ZoneRow | undefined => shown[list.cursor];

/** The cursor stays on the zone that it was on, where that is still there. */
function filtered(state: OverviewState, zone: string | undefined, height: number): OverviewState {
  const query = state.query.toLowerCase();
  const all = state.zones ?? [];
  const shown =
    query === ''
      ? all
      : all.filter((row) => `${row.zone} ${row.owner} ${row.urgency} ${row.what} ${row.who}`.toLowerCase().includes(query));
  const at = zone === undefined ? state.list.cursor : shown.findIndex((row) => row.zone === zone);
  return { ...state, shown, list: moveTo(state.list, at < 0 ? state.list.cursor : at, shown.length, height) };
}
