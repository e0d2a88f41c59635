import { scrollBy } from '../list.ts';
import { helpLines } from '../screens/help.ts';
import { bodyRows, type ScreenModel } from './screen.ts';

export interface HelpState {
  readonly top: number;
}

export const HELP: ScreenModel<HelpState> = {
  title: 'help',
  start: { top: 0 },
  enter: () => ({ state: { top: 0 } }),
  update(state, message, shared) {
    if (message.kind !== 'cursor' && message.kind !== 'page' && message.kind !== 'edge') return { state };
    return { state: { top: scrollBy(state.top, message, helpLines(shared).length, bodyRows(shared.size)) } };
  },
  settle: ({ top }, shared) => ({ top: scrollBy(top, { kind: 'cursor', by: 0 }, helpLines(shared).length, bodyRows(shared.size)) }),
  same: () => ['--help'],
};
