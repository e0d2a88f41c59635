import type { PlanStepView, PlanView } from '../data.ts';
import { type ListMessage, type ListState, moveBy, moveTo, NEW_LIST, scrollBy } from '../list.ts';
import { stepLines } from '../screens/step.ts';
import { bodyRows, isWide, type ScreenModel, type Shared } from './screen.ts';

/** The steps of a plan; of the one under the cursor everything is told, as far as there is room: it can be opened. */
export interface PlanState {
  readonly zone: string | undefined;
  readonly plan: PlanView | undefined;
  readonly list: ListState;
  /** First line that shows of the step that is open; undefined: none is. */
  readonly open: number | undefined;
}

export const planListRows = ({ size }: Pick<Shared, 'size'>): number =>
  isWide(size) ? bodyRows(size) - 2 : Math.max(1, Math.min(8, Math.floor((bodyRows(size) - 2) / 2)));

export const PLAN: ScreenModel<PlanState> = {
  title: 'plan',
  start: { zone: undefined, plan: undefined, list: NEW_LIST, open: undefined },
  enter(state, { zone }) {
    if (zone === undefined) return { state };
    return { state: state.zone === zone ? state : { ...PLAN.start, zone }, load: [{ of: 'plan', zone }] };
  },
  update(state, message, shared) {
    switch (message.kind) {
      case 'cursor':
      case 'page':
      case 'edge':
        if (state.open !== undefined) return { state: { ...state, open: scrolled(state, message, shared) } };
        return { state: { ...state, list: moveBy(state.list, message, state.plan?.steps.length ?? 0, planListRows(shared)) } };
      case 'open':
        return { state: selectedStep(state) === undefined ? state : { ...state, open: 0 } };
      case 'back':
        return { state: { ...state, open: undefined } };
      case 'answer': {
        const { answer } = message;
        if (answer.of !== 'plan' || answer.zone !== state.zone) return { state };
        return {
          state: {
            ...state,
            plan: answer.plan,
            open: answer.plan.steps.length === 0 ? undefined : state.open,
            list: moveTo(state.list, state.list.cursor, answer.plan.steps.length, planListRows(shared)),
          },
        };
      }
      default:
        return { state };
    }
  },
  settle: (state, shared) => ({
    ...state,
    list: moveTo(state.list, state.list.cursor, state.plan?.steps.length ?? 0, planListRows(shared)),
    open: state.open === undefined ? undefined : scrolled(state, { kind: 'cursor', by: 0 }, shared),
  }),
  isDeep: ({ open }) => open !== undefined,
  // What is planned for later cannot be run now.
  act: (state, { now }) => {
    const step = selectedStep(state);
    return step !== undefined && step.number === 1 && step.earliest <= now ? step.act : undefined;
  },
  same: (_, { zone }) => ['plan', 'show', '--zone', zone ?? 'ZONE'],
};

function scrolled(state: PlanState, message: ListMessage, shared: Shared): number {
  return scrollBy(state.open ?? 0, message, stepLines(state, shared).length, bodyRows(shared.size));
}

export const selectedStep = ({ plan, list }: PlanState): PlanStepView | undefined => plan?.steps[list.cursor];
