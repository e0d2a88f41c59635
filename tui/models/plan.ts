import type { PlanStepView, PlanView } from '../data.ts';
import { type ListState, moveBy, moveTo, NEW_LIST } from '../list.ts';
import { bodyRows, type ScreenModel, type Shared } from './screen.ts';

/** The steps of a plan; of the one under the cursor everything is told. */
export interface PlanState {
  readonly zone: string | undefined;
  readonly plan: PlanView | undefined;
  readonly list: ListState;
}

export const planListRows = ({ size }: Pick<Shared, 'size'>): number => Math.max(1, Math.min(8, Math.floor((bodyRows(size) - 2) / 2)));

export const PLAN: ScreenModel<PlanState> = {
  title: 'plan',
  start: { zone: undefined, plan: undefined, list: NEW_LIST },
  enter(state, { zone }) {
    if (zone === undefined) return { state };
    return { state: state.zone === zone ? state : { ...PLAN.start, zone }, load: [{ of: 'plan', zone }] };
  },
  update(state, message, shared) {
    switch (message.kind) {
      case 'cursor':
      case 'page':
      case 'edge':
        return { state: { ...state, list: moveBy(state.list, message, state.plan?.steps.length ?? 0, planListRows(shared)) } };
      case 'answer': {
        const { answer } = message;
        if (answer.of !== 'plan' || answer.zone !== state.zone) return { state };
        return {
          state: {
            ...state,
            plan: answer.plan,
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
  }),
  // What is planned for later cannot be run now.
  act: (state, { now }) => {
    const step = selectedStep(state);
    return step !== undefined && step.number === 1 && step.earliest <= now ? step.act : undefined;
  },
  same: (_, { zone }) => ['plan', 'show', '--zone', zone ?? 'ZONE'],
};

export const selectedStep = ({ plan, list }: PlanState): PlanStepView | undefined => plan?.steps[list.cursor];
