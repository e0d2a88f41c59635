import type { Answer, LogRow } from '../data.ts';
import { pieces } from '../lines.ts';
import { type ListState, moveBy, moveTo, NEW_LIST, scrollBy } from '../list.ts';
import { bodyRows, isWide, type Outcome, type ScreenModel, type Shared } from './screen.ts';

/** The log, newest entry first. Only the rows that show are here. */
export interface LogState {
  /** Empty: all entries. */
  readonly query: string;
  /** Numbers of the entries that fit, ascending; undefined: all of them, or not known yet. */
  readonly found: readonly number[] | undefined;
  /** A search is under way. */
  readonly isSearching: boolean;
  readonly rows: ReadonlyMap<number, LogRow>;
  readonly list: ListState;
  /** The entry that is to be opened; an answer for another one opens nothing. */
  readonly opening: number | undefined;
  /** The entry that is looked at. */
  readonly entry: { readonly seq: number; readonly lines: readonly string[]; readonly top: number } | undefined;
  readonly verdict: { readonly isGood: boolean; readonly text: string } | undefined;
}

const HEAD = 2;
/** Lines for what the entry under the cursor says. */
export const LOG_DETAIL = 3;
export const hasLogDetail = ({ size }: Pick<Shared, 'size'>): boolean => bodyRows(size) >= 12 && !isWide(size);
export const logListRows = ({ size }: Pick<Shared, 'size'>): number =>
  Math.max(1, bodyRows(size) - HEAD - (hasLogDetail({ size }) ? LOG_DETAIL : 0));

/** An entry on a screen of this width: nothing of it is cut off. */
export function entryLines(lines: readonly string[], columns: number): readonly string[] {
  return lines.flatMap((text) => pieces(text, columns));
}

export const countOf = ({ found, isSearching }: LogState, { summary }: Pick<Shared, 'summary'>): number =>
  isSearching ? 0 : (found?.length ?? summary.entries);

/** Number of the entry at a place of the list. */
export function seqAt(state: LogState, index: number, shared: Pick<Shared, 'summary'>): number {
  const place = countOf(state, shared) - 1 - index;
  return state.found?.[place] ?? place;
}

export const LOG: ScreenModel<LogState> = {
  title: 'log',
  start: {
    query: '',
    found: undefined,
    isSearching: false,
    rows: new Map(),
    list: NEW_LIST,
    opening: undefined,
    entry: undefined,
    verdict: undefined,
  },
  enter(state, shared) {
    if (state.query !== '') return { state, load: [{ of: 'log-search', query: state.query }] };
    return wanting(state, shared);
  },
  update(state, message, shared) {
    const height = logListRows(shared);
    switch (message.kind) {
      case 'cursor':
      case 'page':
      case 'edge': {
        const { entry } = state;
        if (entry !== undefined)
          return {
            state: {
              ...state,
              entry: {
                ...entry,
                top: scrollBy(entry.top, message, entryLines(entry.lines, shared.size.columns).length, bodyRows(shared.size) - 1),
              },
            },
          };
        return wanting({ ...state, opening: undefined, list: moveBy(state.list, message, countOf(state, shared), height) }, shared);
      }
      case 'open':
        if (state.entry !== undefined || countOf(state, shared) === 0) return { state };
        return opened(state, seqAt(state, state.list.cursor, shared));
      case 'back':
        return { state: { ...state, opening: undefined, entry: undefined } };
      case 'searched': {
        const begun = { ...state, query: message.text, found: undefined, list: NEW_LIST, opening: undefined, entry: undefined };
        if (message.text === '') return wanting({ ...begun, isSearching: false }, shared);
        return { state: { ...begun, isSearching: true }, load: [{ of: 'log-search', query: message.text }] };
      }
      case 'stopped':
      case 'failed':
        if (message.of === 'log-entry') return { state: { ...state, opening: undefined } };
        return message.of === 'log-search' && state.isSearching ? wanting({ ...state, isSearching: false, query: '' }, shared) : { state };
      case 'verify':
        return { state: { ...state, verdict: undefined }, load: [{ of: 'log-verify' }] };
      case 'answer':
        return answered(state, message.answer, shared);
      default:
        return { state };
    }
  },
  settle: (state, shared) => ({
    ...state,
    list: moveTo(state.list, state.list.cursor, countOf(state, shared), logListRows(shared)),
    ...(state.entry === undefined
      ? {}
      : {
          entry: {
            ...state.entry,
            top: scrollBy(
              state.entry.top,
              { kind: 'cursor', by: 0 },
              entryLines(state.entry.lines, shared.size.columns).length,
              bodyRows(shared.size) - 1,
            ),
          },
        }),
  }),
  same: ({ entry }) => ['audit', 'show', ...(entry === undefined ? [] : ['--seq', `${entry.seq}`, '--json'])],
  isDeep: ({ entry, opening }) => entry !== undefined || opening !== undefined,
  search: ({ query }) => query,
  searchHelp: 'words, zone: key: person: type: session: since: until:',
};

function answered(state: LogState, answer: Answer, shared: Shared): Outcome<LogState> {
  switch (answer.of) {
    case 'log-rows':
      return { state: { ...state, rows: new Map(answer.rows.map((row) => [row.seq, row])) } };
    case 'log-search': {
      if (answer.query !== state.query) return { state };
      const found = { ...state, found: answer.found, isSearching: false };
      return wanting({ ...found, list: moveTo(found.list, found.list.cursor, answer.found.length, logListRows(shared)) }, shared);
    }
    case 'log-entry':
      if (answer.seq !== state.opening) return { state };
      return { state: { ...state, opening: undefined, entry: { seq: answer.seq, lines: answer.lines, top: 0 } } };
    case 'log-verify':
      return { state: { ...state, verdict: { isGood: answer.isGood, text: answer.text } } };
    default:
      return { state };
  }
}

const opened = (state: LogState, seq: number): Outcome<LogState> => ({
  state: { ...state, opening: seq },
  load: [{ of: 'log-entry', seq }],
});

/** What shows and is not here is asked for. */
export function wanting(state: LogState, shared: Shared): Outcome<LogState> {
  const { top } = state.list;
  const numbers: number[] = [];
  for (let i = top; i < Math.min(countOf(state, shared), top + logListRows(shared)); i++) numbers.push(seqAt(state, i, shared));
  return numbers.every((seq) => state.rows.has(seq)) ? { state } : { state, load: [{ of: 'log-rows', numbers }] };
}
