import type { ConcreteStep } from './script/expand.ts';

/** Steps as they are rehearsed: nobody has own keys or shares there. */
export const agreedByName = (steps: readonly ConcreteStep[]): readonly ConcreteStep[] =>
  steps.map(({ confirm, ...step }) => (confirm === undefined ? step : { ...step, confirm: { ...confirm, by: 'screen' } }));
