import type { ZoneContents, ZoneView } from '../data.ts';
import { scrollBy } from '../list.ts';
import { zoneLines } from '../screens/zone.ts';
import { bodyRows, type ScreenModel } from './screen.ts';

/** One zone: a page that is scrolled. */
export interface ZoneState {
  readonly zone: string | undefined;
  readonly view: ZoneView | undefined;
  readonly contents: ZoneContents | undefined;
  readonly top: number;
}

export const ZONE: ScreenModel<ZoneState> = {
  title: 'zone',
  start: { zone: undefined, view: undefined, contents: undefined, top: 0 },
  enter(state, { zone }) {
    if (zone === undefined) return { state };
    const known = state.zone === zone ? state : { ...ZONE.start, zone };
    return { state: known, load: [{ of: 'zone', zone }] };
  },
  update(state, message, shared) {
    switch (message.kind) {
      case 'cursor':
      case 'page':
      case 'edge':
        return { state: { ...state, top: scrollBy(state.top, message, zoneLines(state, shared).length, bodyRows(shared.size)) } };
      case 'open':
        return { state, go: { screen: 'plan' } };
      case 'answer': {
        const { answer } = message;
        if (answer.of === 'zone' && answer.zone === state.zone) {
          const serial = answer.view.releases[0]?.serial;
          const isNew = serial !== undefined && state.contents?.serial !== serial;
          const contents = isNew ? undefined : state.contents;
          return { state: { ...state, view: answer.view, contents }, ...(isNew ? { load: [{ of: 'contents', zone: answer.zone }] } : {}) };
        }
        if (answer.of === 'contents' && answer.zone === state.zone) return { state: { ...state, contents: answer.contents } };
        return { state };
      }
      default:
        return { state };
    }
  },
  settle: (state, shared) => ({
    ...state,
    top: scrollBy(state.top, { kind: 'cursor', by: 0 }, zoneLines(state, shared).length, bodyRows(shared.size)),
  }),
  act: ({ view }) => view?.row.act,
  same: (_, { zone }) => ['zone', 'show', zone ?? 'ZONE'],
};
