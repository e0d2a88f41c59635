import type { KeyRow, TokenRow } from '../data.ts';
import { type ListState, moveBy, moveTo, NEW_LIST } from '../list.ts';
import { bodyRows, isWide, type ScreenModel, type Shared } from './screen.ts';

/** Keys of all zones, and the tokens that the configuration names. */
export interface KeysState {
  readonly keys: readonly KeyRow[] | undefined;
  readonly tokens: readonly TokenRow[];
  readonly query: string;
  readonly shown: readonly KeyRow[];
  readonly list: ListState;
}

export const keysListRows = ({ size }: Pick<Shared, 'size'>, tokens: number): number =>
  isWide(size) ? bodyRows(size) - 2 : Math.max(1, bodyRows(size) - 2 - tokenRows(size.rows, tokens) - (bodyRows(size) >= 10 ? 2 : 0));
/** Tokens that show: most of the screen is for the keys. */
export const tokenRows = (rows: number, tokens: number): number => Math.min(tokens, Math.max(1, Math.floor(rows / 6)));

export const KEYS: ScreenModel<KeysState> = {
  title: 'keys',
  start: { keys: undefined, tokens: [], query: '', shown: [], list: NEW_LIST },
  enter: (state) => ({ state, load: [{ of: 'keys' }] }),
  update(state, message, shared) {
    const height = keysListRows(shared, state.tokens.length);
    switch (message.kind) {
      case 'cursor':
      case 'page':
      case 'edge':
        return { state: { ...state, list: moveBy(state.list, message, state.shown.length, height) } };
      case 'open': {
        const zone = selectedKey(state)?.zone;
        return zone === undefined ? { state } : { state, go: { screen: 'zone', zone } };
      }
      case 'searched':
        return { state: filtered({ ...state, query: message.text, list: NEW_LIST }, height) };
      case 'answer': {
        if (message.answer.of !== 'keys') return { state };
        const { keys, tokens } = message.answer;
        return { state: filtered({ ...state, keys, tokens }, keysListRows(shared, tokens.length)) };
      }
      default:
        return { state };
    }
  },
  settle: (state, shared) => ({
    ...state,
    list: moveTo(state.list, state.list.cursor, state.shown.length, keysListRows(shared, state.tokens.length)),
  }),
  same: () => ['key', 'list'],
  search: ({ query }) => query,
};

export const selectedKey = ({ shown, list }: KeysState): KeyRow | undefined => shown[list.cursor];

function filtered(state: KeysState, height: number): KeysState {
  const query = state.query.toLowerCase();
  const all = state.keys ?? [];
  const shown = query === '' ? all : all.filter((row) => Object.values(row).join(' ').toLowerCase().includes(query));
  return { ...state, shown, list: moveTo(state.list, state.list.cursor, shown.length, height) };
}
