import type { Timeline } from '../data.ts';
import { type ListState, moveBy, moveTo, NEW_LIST } from '../list.ts';
import { bodyRows, type ScreenModel, type Shared } from './screen.ts';

/** The states of keys over time: a window that is moved and zoomed. */
export interface TimelineState {
  readonly zone: string | undefined;
  readonly timeline: Timeline | undefined;
  /** Seconds that are seen at once: a member of SPANS by its index. */
  readonly zoom: number;
  /** Middle of the window; undefined: now. */
  readonly middle: number | undefined;
  /** The first key that has a bar on the screen. */
  readonly firstKey: number;
  /** Among the marks. */
  readonly list: ListState;
}

const DAY = 86_400;
/** From two days to twenty years. */
export const SPANS: readonly number[] = [2, 7, 14, 30, 60, 90, 180, 365, 730, 1825, 3650, 7300].map((days) => days * DAY);
const FIRST_ZOOM = 5;

/** Rows for marks, below the bars. */
export const markRows = ({ size }: Pick<Shared, 'size'>, keys: number): number => Math.max(1, bodyRows(size) - 4 - keyRows({ size }, keys));
/** Keys that show: marks have a third of the screen at the least. */
export const keyRows = ({ size }: Pick<Shared, 'size'>, keys: number): number =>
  Math.max(1, Math.min(keys, bodyRows(size) - 4 - Math.max(1, Math.floor(bodyRows(size) / 4))));

/** Whole days are shown whole: the window begins where it would, whatever the second. */
export function windowOf(
  { zoom, middle }: Pick<TimelineState, 'zoom' | 'middle'>,
  now: number,
): { readonly from: number; readonly to: number } {
  const span = SPANS[zoom]!;
  // The present stands at a third: what is to come matters more than what was.
  const from = middle === undefined ? now - Math.floor(span / 3) : middle - Math.floor(span / 2);
  return { from, to: from + span };
}

export const TIMELINE: ScreenModel<TimelineState> = {
  title: 'timeline',
  start: { zone: undefined, timeline: undefined, zoom: FIRST_ZOOM, middle: undefined, firstKey: 0, list: NEW_LIST },
  enter(state, { zone }) {
    if (zone === undefined) return { state };
    const known = state.zone === zone ? state : { ...TIMELINE.start, zoom: state.zoom, zone };
    return { state: known, load: [{ of: 'timeline', zone }] };
  },
  update(state, message, shared) {
    const { timeline } = state;
    const height = markRows(shared, timeline?.keys.length ?? 0);
    switch (message.kind) {
      case 'cursor':
      case 'page':
      case 'edge': {
        const marks = timeline?.marks ?? [];
        const list = moveBy(state.list, message, marks.length, height);
        return { state: { ...state, list, ...inView(state, marks[list.cursor]?.at, shared.now) } };
      }
      case 'scroll':
        return { state: { ...state, middle: moved(state, message.by, shared.now) } };
      case 'zoom': {
        const { from, to } = windowOf(state, shared.now);
        const zoom = Math.max(0, Math.min(SPANS.length - 1, state.zoom - message.by));
        return { state: { ...state, zoom, middle: state.middle === undefined ? undefined : Math.floor((from + to) / 2) } };
      }
      case 'bars':
        return { state: { ...state, firstKey: firstKeyOf(state, message.by, shared) } };
      case 'now':
        return { state: { ...state, middle: undefined } };
      case 'answer': {
        const { answer } = message;
        if (answer.of !== 'timeline' || answer.zone !== state.zone) return { state };
        const { marks } = answer.timeline;
        const next = marks.findIndex(({ at }) => at >= shared.now);
        const cursor = timeline === undefined ? (next < 0 ? marks.length - 1 : next) : state.list.cursor;
        const list = moveTo(state.list, cursor, marks.length, markRows(shared, answer.timeline.keys.length));
        return {
          state: { ...state, timeline: answer.timeline, list, firstKey: firstKeyOf({ ...state, timeline: answer.timeline }, 0, shared) },
        };
      }
      default:
        return { state };
    }
  },
  settle: (state, shared) => ({
    ...state,
    firstKey: firstKeyOf(state, 0, shared),
    list: moveTo(state.list, state.list.cursor, state.timeline?.marks.length ?? 0, markRows(shared, state.timeline?.keys.length ?? 0)),
  }),
  same: (_, { zone }) => ['roll', 'status', '--zone', zone ?? 'ZONE'],
};

/** No further than that the last key has the last bar. */
function firstKeyOf({ timeline, firstKey }: TimelineState, by: number, shared: Shared): number {
  const count = timeline?.keys.length ?? 0;
  return Math.max(0, Math.min(count - keyRows(shared, count), firstKey + by));
}

/** A quarter of the window; no further than a window beyond what is known, and never before 1970 or after 2106. */
function moved(state: TimelineState, by: number, now: number): number {
  const { from, to } = windowOf(state, now);
  const wanted = Math.floor((from + to) / 2) + Math.floor(((to - from) / 4) * by);
  const { from: first, to: last } = state.timeline ?? { from: now, to: now };
  return Math.max(0, Math.min(0xffff_ffff, Math.max(first - (to - from), Math.min(last + (to - from), wanted))));
}

/** A mark that the cursor is on is seen. */
function inView(state: TimelineState, at: number | undefined, now: number): Partial<Pick<TimelineState, 'middle'>> {
  if (at === undefined) return {};
  const { from, to } = windowOf(state, now);
  return at >= from && at < to ? {} : { middle: at };
}
