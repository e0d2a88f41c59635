import type { Timeline, TimelineKey, TimelineMark } from '../data.ts';
import { type Line, line, type Span, sized, span } from '../lines.ts';
import { bodyRows, isNarrow, type Shared } from '../models/screen.ts';
import { keyRows, markRows, type TimelineState, windowOf } from '../models/timeline.ts';
import type { StyleName, Theme } from '../theme.ts';
import { dayText, leftText, minuteText } from '../time.ts';
import { waitingFor } from './waiting.ts';

/** A bar for each key; the present as a line; visits, deadlines and releases below, and in words in the list. */
export function timelineScreen(state: TimelineState, shared: Shared, theme: Theme): readonly Line[] {
  const { zone, timeline } = state;
  const { size, now } = shared;
  if (zone === undefined) return [line('no zone is chosen: 1 shows all of them')];
  if (timeline === undefined) return [waitingFor('timeline', `looking at the keys of ${zone}`, shared)];
  const window = windowOf(state, now);
  const marks = markLines(state, timeline, shared, theme);
  const count = timeline.keys.length;
  const keys = timeline.keys.slice(state.firstKey, state.firstKey + keyRows(shared, count));
  const shown = `${state.firstKey + 1}-${state.firstKey + keys.length}`;
  const place = keys.length === count ? '' : isNarrow(size) ? `${shown}/${count} ` : `keys ${shown} of ${count}  `;
  if (theme.isReading)
    return [line(`${timeline.zone} ${place}`), ...keys.map((key) => line(told(key, window))), ...marks].slice(0, bodyRows(size));
  const label = labelWidth(timeline, size.columns);
  const chart: Chart = { ...window, now, label, columns: Math.max(1, size.columns - label - 1) };
  return [
    headLine(timeline.zone, chart, place, shared),
    axisLine(chart, theme),
    ...keys.map((key) => keyLine(key, chart, theme)),
    eventLine(timeline.marks, chart, theme),
    legend(size.columns),
    ...marks,
  ];
}

interface Chart {
  readonly from: number;
  readonly to: number;
  readonly now: number;
  /** Columns before the bars. */
  readonly label: number;
  readonly columns: number;
}

const labelWidth = ({ keys }: Timeline, columns: number): number =>
  Math.min(Math.floor(columns / 4), Math.max(4, ...keys.map(({ label }) => label.length)));

/** One letter and one shade a state: what is in use is full, what is not seen is empty. */
const STATES: Readonly<
  Record<string, { readonly letter: string; readonly fill: 'light' | 'medium' | 'full' | 'none'; readonly style: StyleName }>
> = {
  generated: { letter: 'G', fill: 'none', style: 'dim' },
  published: { letter: 'P', fill: 'light', style: 'plain' },
  ready: { letter: 'Y', fill: 'medium', style: 'plain' },
  standby: { letter: 'S', fill: 'medium', style: 'plain' },
  active: { letter: 'A', fill: 'full', style: 'good' },
  retired: { letter: 'R', fill: 'medium', style: 'warning' },
  dead: { letter: 'D', fill: 'light', style: 'dim' },
  removed: { letter: 'X', fill: 'none', style: 'dim' },
  revoked: { letter: 'V', fill: 'medium', style: 'bad' },
};

const LEGEND = 'G generated P published Y ready S standby A active R retired D dead X removed V revoked';

const SHORT_LEGEND = 'Gen Pub Y=ready Stdby Act Ret Dead X=gone V=revoked';
const SHORTEST_LEGEND = 'P publ. Y ready A active R retired';
const legend = (columns: number): Line => line([LEGEND, SHORT_LEGEND].find((text) => text.length <= columns) ?? SHORTEST_LEGEND, 'dim');

const columnOf = ({ from, to, columns }: Chart, at: number): number => Math.floor(((at - from) / (to - from)) * columns);

function headLine(zone: string, { from, to }: Chart, place: string, { size }: Shared): Line {
  const span_ = isNarrow(size)
    ? `${dayText(from)}..${dayText(to).slice(5)}`
    : `${minuteText(from)} to ${minuteText(to)} (${Math.round((to - from) / 86_400)} days)`;
  return [span(`${zone} `, 'title'), span(place, 'key'), span(span_)];
}

/** Dates over the bars, as many as there is room for, and the present. */
function axisLine(chart: Chart, { glyphs }: Theme): Line {
  const { from, to, label, columns, now } = chart;
  const cells = Array.from({ length: columns }, () => ' ');
  const step = 14;
  for (let x = 0; x + 10 <= columns; x += step) {
    const text = dayText(from + Math.floor(((to - from) * x) / columns));
    for (let i = 0; i < text.length; i++) cells[x + i] = text[i]!;
  }
  const at = columnOf(chart, now);
  if (at >= 0 && at < columns) cells[at] = glyphs.now;
  return [span(' '.repeat(label + 1)), span(cells.join(''), 'dim')];
}

function keyLine({ label, segments }: TimelineKey, chart: Chart, theme: Theme): Line {
  const cells: { text: string; style: StyleName }[] = Array.from({ length: chart.columns }, () => ({ text: ' ', style: 'plain' }));
  for (const { from, to, state } of segments) {
    if (to <= chart.from || from >= chart.to) continue;
    const { letter, fill, style } = STATES[state] ?? { letter: '?', fill: 'light', style: 'plain' };
    const first = Math.max(0, columnOf(chart, from));
    const last = Math.min(chart.columns, Math.max(first + 1, columnOf(chart, to)));
    for (let x = first; x < last; x++) cells[x] = { text: x === first ? letter : fill === 'none' ? ' ' : theme.glyphs.fill[fill], style };
  }
  const now = columnOf(chart, chart.now);
  // The letter of a state that begins now says more than the line.
  if (now >= 0 && now < chart.columns && !/[A-Z]/.test(cells[now]!.text)) cells[now] = { text: theme.glyphs.now, style: 'key' };
  return [span(`${sized(label, chart.label, theme)} `), ...joined(cells)];
}

/** Cells of one style beside each other are one piece of text. */
function joined(cells: readonly { readonly text: string; readonly style: StyleName }[]): readonly Span[] {
  const spans: Span[] = [];
  for (const { text, style } of cells) {
    const last = spans.at(-1);
    if (last?.style === style) spans[spans.length - 1] = { text: last.text + text, style };
    else spans.push({ text, style });
  }
  return spans;
}

const RANK: Readonly<Record<TimelineMark['kind'], number>> = { event: 0, release: 1, visit: 2, deadline: 3 };

function eventLine(marks: readonly TimelineMark[], chart: Chart, { glyphs }: Theme): Line {
  const cells = Array.from({ length: chart.columns }, () => ({ text: ' ', rank: -1 }));
  for (const { at, kind } of marks) {
    const x = columnOf(chart, at);
    if (x < 0 || x >= chart.columns || RANK[kind] < cells[x]!.rank) continue;
    cells[x] = { text: kind === 'event' ? '.' : glyphs[kind], rank: RANK[kind] };
  }
  return [span(' '.repeat(chart.label + 1)), span(cells.map(({ text }) => text).join(''))];
}

function markLines({ list }: TimelineState, { marks, keys }: Timeline, shared: Shared, theme: Theme): readonly Line[] {
  const { size, now } = shared;
  return marks.slice(list.top, list.top + markRows(shared, keys.length)).map(({ at, kind, text }, i): Line => {
    const isSelected = list.top + i === list.cursor;
    const glyph = kind === 'event' ? '.' : theme.glyphs[kind];
    const when = isNarrow(size) ? dayText(at) : `${minuteText(at)} ${leftText(at, now).padEnd(11)}`;
    const mark = theme.isReading ? (isSelected ? 'selected: ' : '') : isSelected ? '> ' : '  ';
    const what = theme.isReading ? kind : glyph;
    return [span(mark, 'key'), span(`${when} ${what} ${text}`, isSelected ? 'cursor' : kind === 'deadline' ? 'warning' : undefined)];
  });
}

/** For a screen reader: a sentence a key. */
function told({ label, segments }: TimelineKey, { from, to }: { readonly from: number; readonly to: number }): string {
  const seen = segments.filter((one) => one.to > from && one.from < to).map((one) => `${one.state} from ${minuteText(one.from)}`);
  return `${label}: ${seen.join(', ') || 'nothing in this time'}`;
}
