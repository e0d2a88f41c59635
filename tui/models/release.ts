import type { DiffView, ReleaseView } from '../data.ts';
import { scrollBy } from '../list.ts';
import { releaseLines } from '../screens/release.ts';
import { bodyRows, type ScreenModel } from './screen.ts';

/** One release of a zone: what it is, what the gate said, and how it differs from the one before. */
export interface ReleaseState {
  readonly zone: string | undefined;
  readonly release: ReleaseView | undefined;
  readonly diff: DiffView | undefined;
  readonly isDiffShown: boolean;
  readonly top: number;
}

export const RELEASE: ScreenModel<ReleaseState> = {
  title: 'release',
  start: { zone: undefined, release: undefined, diff: undefined, isDiffShown: false, top: 0 },
  enter(state, { zone }) {
    if (zone === undefined) return { state };
    if (state.zone === zone) return { state, load: [{ of: 'release', zone, serial: state.release?.serial }] };
    return { state: { ...RELEASE.start, zone }, load: [{ of: 'release', zone, serial: undefined }] };
  },
  update(state, message, shared) {
    const { zone, release, diff } = state;
    switch (message.kind) {
      case 'cursor':
      case 'page':
      case 'edge':
        return { state: { ...state, top: scrollBy(state.top, message, releaseLines(state, shared).length, bodyRows(shared.size)) } };
      case 'scroll': {
        if (zone === undefined || release === undefined) return { state };
        const serial = release.serials[release.serials.indexOf(release.serial) + message.by];
        return serial === undefined ? { state } : { state: { ...state, top: 0 }, load: [{ of: 'release', zone, serial }] };
      }
      case 'diff': {
        if (zone === undefined || release === undefined) return { state };
        const isDiffShown = !state.isDiffShown;
        const next = { ...state, isDiffShown, top: 0 };
        return isDiffShown && diff === undefined ? { state: next, load: [{ of: 'diff', zone, serial: release.serial }] } : { state: next };
      }
      case 'back':
        return { state: { ...state, isDiffShown: false, top: 0 } };
      case 'stopped':
      case 'failed':
        return { state: message.of === 'diff' && diff === undefined ? { ...state, isDiffShown: false, top: 0 } : state };
      case 'answer': {
        const { answer } = message;
        if (answer.of === 'release' && answer.zone === zone) {
          const isSame = answer.release.serial === release?.serial;
          const kept = isSame ? { diff, isDiffShown: state.isDiffShown } : { diff: undefined, isDiffShown: false };
          return { state: { ...state, release: answer.release, ...kept } };
        }
        if (answer.of === 'diff' && answer.zone === zone && answer.serial === release?.serial)
          return { state: { ...state, diff: answer.diff } };
        return { state };
      }
      default:
        return { state };
    }
  },
  settle: (state, shared) => ({
    ...state,
    top: scrollBy(state.top, { kind: 'cursor', by: 0 }, releaseLines(state, shared).length, bodyRows(shared.size)),
  }),
  isDeep: ({ isDiffShown }) => isDiffShown,
  same: ({ release, isDiffShown, diff }, { zone }) =>
    isDiffShown && diff?.before !== undefined
      ? ['zone', 'diff', zone ?? 'ZONE', '--from', `${diff.before}`, '--to', `${release?.serial}`, '--signer-owned']
      : ['zone', 'show', zone ?? 'ZONE'],
};
