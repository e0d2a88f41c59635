import { beside, halves } from '../beside.ts';
import type { Urgency, ZoneRow } from '../data.ts';
import { fact, type Line, line, span, wrap } from '../lines.ts';
import { hasDetail, type OverviewState, overviewListRows, selected } from '../models/overview.ts';
import { bodyRows, isNarrow, isWide, type Shared } from '../models/screen.ts';
import { type Column, table } from '../table.ts';
import type { StyleName, Theme } from '../theme.ts';
import { leftText, minuteText } from '../time.ts';
import { waitingFor } from './waiting.ts';

/** Zones by urgency: what is due, who acts, and the last safe moment. */
export function overviewScreen(state: OverviewState, shared: Shared, theme: Theme): readonly Line[] {
  const { size, now } = shared;
  if (state.zones === undefined) return [waitingFor('zones', 'looking at the zones', shared)];
  const { top, cursor } = state.list;
  const rows = state.shown.slice(top, top + overviewListRows(shared)).map((row, i) => ({
    isSelected: top + i === cursor,
    cells: [
      { text: TAGS[row.urgency], style: STYLES[row.urgency] },
      { text: row.zone },
      { text: row.what },
      { text: row.lastSafe === undefined ? '-' : leftText(row.lastSafe, now) },
      { text: row.who },
      { text: row.riskClass },
      { text: row.owner || '-' },
      { text: row.serial === undefined ? '-' : `${row.serial}` },
    ],
  }));
  const selectedRow = selected(state);
  const head = countLine(state);
  if (isWide(size) && selectedRow !== undefined) {
    const { list, pane } = halves(size.columns);
    return [
      head,
      ...beside(
        table(COLUMNS.slice(0, BESIDE), rows, list, theme),
        paneOf(selectedRow, now, pane),
        size.columns,
        bodyRows(size) - 1,
        theme,
      ),
    ];
  }
  return [
    head,
    ...(rows.length === 0
      ? [line(state.query === '' ? 'no zones: coldsign zone add NAME --source FILE --apply' : `no zone fits "${state.query}"`)]
      : table(COLUMNS, rows, size.columns, theme)),
    ...(selectedRow === undefined || !hasDetail(bodyRows(size)) ? [] : detail(selectedRow, shared)),
  ];
}

const COLUMNS: readonly Column[] = [
  { head: 'state', most: 7 },
  { head: 'zone', least: 14, most: 40 },
  { head: 'due', least: 20, drop: 1 },
  { head: 'last safe', most: 10 },
  { head: 'who', most: 14, drop: 2 },
  { head: 'class', most: 5, drop: 4 },
  { head: 'owner', least: 8, most: 20, drop: 3 },
  { head: 'serial', most: 10, drop: 5 },
];

/** Columns of the list that has a pane beside it: the pane tells the rest. */
const BESIDE = 4;

/** Words, so that no colour is needed. */
export const TAGS: Readonly<Record<Urgency, string>> = {
  bogus: '[BOGUS]',
  due: '[DUE]',
  soon: '[soon]',
  waits: '[wait]',
  ok: '[ok]',
};

export const STYLES: Readonly<Record<Urgency, StyleName>> = { bogus: 'bad', due: 'warning', soon: 'warning', waits: 'plain', ok: 'good' };

function countLine({ zones = [], counts, shown, query, list }: OverviewState): Line {
  const told = (['bogus', 'due', 'soon', 'waits', 'ok'] as const).flatMap((urgency) =>
    counts[urgency] === 0 ? [] : [`${counts[urgency]} ${WORDS[urgency]}`],
  );
  const place = shown.length === 0 ? '' : `  ${list.cursor + 1}/${shown.length}`;
  return [
    span(`${zones.length} ${zones.length === 1 ? 'zone' : 'zones'}: ${told.join(', ')}`, 'key'),
    span(query === '' ? '' : `  filter "${query}"`),
    span(place, 'dim'),
  ];
}

const WORDS: Readonly<Record<Urgency, string>> = { bogus: 'BOGUS', due: 'due', soon: 'due soon', waits: 'waiting', ok: 'in order' };

/** All that the row says, uncut. */
function paneOf(row: ZoneRow, now: number, columns: number): readonly Line[] {
  const { zone, urgency, what, who, lastSafe, next, roll, riskClass, owner, policy, serial, act } = row;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['due', what],
    ['acts', who],
    ['last safe', lastSafe === undefined ? 'later does no harm' : `${minuteText(lastSafe)} (${leftText(lastSafe, now)})`],
    ['next visit', next === undefined ? undefined : next <= now ? 'now' : `${minuteText(next)} (${leftText(next, now)})`],
    ['rollover', roll],
    ['class', riskClass],
    ['owner', owner || '-'],
    ['policy', policy],
    ['serial', serial === undefined ? 'never signed' : `${serial}`],
    ['command', act === undefined ? undefined : `coldsign ${act.argv.join(' ')}`],
  ];
  return [
    ...wrap(zone, columns).map((text) => line(text, 'title')),
    line(`${TAGS[urgency]} ${WORDS[urgency]}`, STYLES[urgency]),
    line(''),
    ...facts.flatMap(([name, text]) => (text === undefined ? [] : fact(name, text, columns, 12))),
  ];
}

function detail({ zone, what, who, lastSafe, next, roll }: ZoneRow, { size, now }: Shared): readonly Line[] {
  const safe = lastSafe === undefined ? 'later does no harm' : `last safe moment ${minuteText(lastSafe)} (${leftText(lastSafe, now)})`;
  const visit = next === undefined ? '' : next <= now ? '; next visit: now' : `; next visit ${minuteText(next)}`;
  if (isNarrow(size)) return [line(what), line(safe)];
  return [line(`${zone} ${what}; acts: ${who}${roll === undefined ? '' : `; rollover ${roll}`}`), line(`${safe}${visit}`)];
}
