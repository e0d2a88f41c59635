import { beside, halves } from '../beside.ts';
import { fact, type Line, line, span, wrap } from '../lines.ts';
import { type KeysState, keysListRows, selectedKey, tokenRows } from '../models/keys.ts';
import { bodyRows, isNarrow, isWide, type Shared } from '../models/screen.ts';
import { type Column, table } from '../table.ts';
import type { Theme } from '../theme.ts';
import { waitingFor } from './waiting.ts';

/** Keys of all zones with where they are and what was proved of them, and the tokens. */
export function keysScreen(state: KeysState, shared: Shared, theme: Theme): readonly Line[] {
  const { keys, tokens, shown, query, list } = state;
  const { size } = shared;
  if (keys === undefined) return [waitingFor('keys', 'looking at the keys', shared)];
  const rows = shown.slice(list.top, list.top + keysListRows(shared, tokens.length)).map((key, i) => ({
    isSelected: list.top + i === list.cursor,
    cells: [key.label, key.zone, key.state, key.token, key.algorithm, key.backup, key.drilled, key.proved, key.origin].map((text) => ({
      text,
    })),
  }));
  const filter = query === '' ? '' : `  filter "${query}"`;
  const place = shown.length === 0 ? '' : `  ${list.cursor + 1}/${shown.length}`;
  const head: Line = [
    span(`${keys.length} ${keys.length === 1 ? 'key' : 'keys'}, ${tokens.length} ${tokens.length === 1 ? 'token' : 'tokens'}`, 'key'),
    span(filter),
    span(place, 'dim'),
  ];
  if (isWide(size) && rows.length > 0) {
    const { list: left, pane } = halves(size.columns);
    return [head, ...beside(table(COLUMNS, rows, left, theme), paneOf(state, pane), size.columns, bodyRows(size) - 1, theme)];
  }
  return [
    head,
    ...(rows.length === 0
      ? [line(query === '' ? 'no keys: coldsign key generate --zone ZONE' : `no key fits "${query}"`)]
      : table(COLUMNS, rows, size.columns, theme)),
    ...(bodyRows(size) < 10 ? [] : detail(state, shared)),
    ...tokens
      .slice(0, tokenRows(size.rows, tokens.length))
      .map(({ role, uri, keys: count }) => line(`token ${role}: ${uri}, ${count} ${count === 1 ? 'key' : 'keys'}`)),
  ];
}

const COLUMNS: readonly Column[] = [
  { head: 'key', least: 10, most: 16 },
  { head: 'zone', least: 14 },
  { head: 'state', most: 10 },
  { head: 'token', most: 24, drop: 5 },
  { head: 'algorithm', most: 20, drop: 6 },
  { head: 'backup', most: 10, drop: 1 },
  { head: 'drill', most: 10, drop: 2 },
  { head: 'proved', most: 10, drop: 3 },
  { head: 'origin', most: 24, drop: 7 },
];

/** The key under the cursor, uncut, and the tokens. */
function paneOf(state: KeysState, columns: number): readonly Line[] {
  const key = selectedKey(state);
  if (key === undefined) return [];
  const facts = [
    ['zone', key.zone],
    ['state', key.state],
    ['algorithm', key.algorithm],
    ['CKA_ID', key.id],
    ['token', key.token],
    ['origin', key.origin],
    ['backup', key.backup === '-' ? '- [NO BACKUP]' : key.backup],
    ['drill', key.drilled === '-' && key.backup !== '-' ? '- [backup never drilled]' : key.drilled],
    ['proved', key.proved],
  ] as const;
  return [
    line(key.label, 'title'),
    line(''),
    ...facts.flatMap(([name, text]) => fact(name, text, columns, 11)),
    ...state.tokens.flatMap(({ role, uri, keys }) => [
      line(''),
      line(`token ${role}, ${keys} ${keys === 1 ? 'key' : 'keys'}`, 'key'),
      ...wrap(uri, columns).map((text) => line(text)),
    ]),
  ];
}

function detail(state: KeysState, { size }: Shared): readonly Line[] {
  const key = selectedKey(state);
  if (key === undefined) return [line(''), line('')];
  const { label, zone, id, token, origin, algorithm, backup, drilled, proved } = key;
  if (isNarrow(size)) return [line(`${label} ${algorithm}`), line(`backup ${backup}, drill ${drilled}`)];
  return [
    line(`${label} of ${zone}: ${algorithm}, CKA_ID ${id}, token ${token}, ${origin}`),
    line(
      `backup ${backup}, drill ${drilled}, proved ${proved}${backup === '-' ? ' [NO BACKUP]' : drilled === '-' ? ' [backup never drilled]' : ''}`,
    ),
  ];
}
