import type { CeremonyPicture } from '../ceremony-picture.ts';
import type { Act } from '../data.ts';
import { type ListMessage, scrollBy } from '../list.ts';
import { ceremonyLines } from '../screens/ceremony-lines.ts';
import { bodyRows, type ScreenModel, type Shared } from './screen.ts';

/** The ceremony that is open, as the log tells it; long steps are scrolled. */
export interface CeremonyState {
  readonly isKnown: boolean;
  readonly ceremony: CeremonyPicture | undefined;
  readonly act: Act | undefined;
  readonly top: number;
}

export const CEREMONY: ScreenModel<CeremonyState> = {
  title: 'ceremony',
  start: { isKnown: false, ceremony: undefined, act: undefined, top: 0 },
  enter: (state) => ({ state, load: [{ of: 'ceremony' }] }),
  update(state, message, shared) {
    switch (message.kind) {
      case 'cursor':
      case 'page':
      case 'edge':
        return { state: { ...state, top: scrolled(state, message, shared) } };
      case 'answer': {
        const { answer } = message;
        if (answer.of !== 'ceremony') return { state };
        const { ceremony, act } = answer;
        const isSame = ceremony?.id === state.ceremony?.id && ceremony?.step?.number === state.ceremony?.step?.number;
        const next = { isKnown: true, ceremony, act, top: isSame ? state.top : 0 };
        return { state: { ...next, top: scrolled(next, { kind: 'cursor', by: 0 }, shared) } };
      }
      default:
        return { state };
    }
  },
  settle: (state, shared) => ({ ...state, top: scrolled(state, { kind: 'cursor', by: 0 }, shared) }),
  act: ({ act }) => act,
  same: ({ ceremony }) => ['ceremony', 'show', ...(ceremony === undefined ? [] : [ceremony.id])],
};

/** Rows that stay while the step is scrolled: mode and title, place and progress. */
export const CEREMONY_HEAD = 3;

function scrolled({ ceremony, top }: CeremonyState, message: ListMessage, { size }: Shared): number {
  const count = ceremony === undefined ? 0 : ceremonyLines(ceremony, size.columns).length;
  return scrollBy(top, message, count, bodyRows(size) - CEREMONY_HEAD);
}
