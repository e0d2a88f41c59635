import type { Approval, Ceremony, CeremonyStep } from '../state/ceremonies.ts';
import type { ConcreteStep } from './script/expand.ts';

/** Where a ceremony stands: which step is next, and what is missing before it can be carried out. */
export interface Progress {
  /** Undefined: all steps have ended. */
  readonly current: ConcreteStep | undefined;
  readonly stage: Stage;
  /** Steps that have ended, and all. */
  readonly done: number;
  readonly total: number;
  /** Roles that have not agreed often enough. */
  readonly missing: readonly MissingApproval[];
  readonly given: readonly Approval[];
}

/**
 * `to-begin`: nothing was done. `agreeing`: people must agree first. `ready`: it can be carried out.
 * `interrupted`: its command began, and its session did not live to close. `carried-out`: its command has done its work, the entry that says so is
 * missing. `failed`: it was tried and did not work. `over`: no step is left.
 */
export type Stage = 'to-begin' | 'agreeing' | 'ready' | 'interrupted' | 'carried-out' | 'failed' | 'over';

export interface MissingApproval {
  readonly role: string;
  readonly have: number;
  readonly need: number;
}

const NOTHING: CeremonyStep = { attempts: 0, approvals: [] };

/** Script and log → where it stands; the same after a power cut, for nothing else is asked. */
export function progressOf(steps: readonly ConcreteStep[], ceremony: Pick<Ceremony, 'steps' | 'people'>): Progress {
  const has = (id: string): CeremonyStep => ceremony.steps[id] ?? NOTHING;
  const current = steps.find(({ id }) => !isOver(has(id)));
  const done = steps.filter(({ id }) => isOver(has(id))).length;
  if (current === undefined) return { current, stage: 'over', done, total: steps.length, missing: [], given: [] };
  const state = has(current.id);
  const given = standing(state.approvals, ceremony);
  const missing = missingOf(current, given);
  return { current, stage: stageOf(current, state, missing), done, total: steps.length, missing, given };
}

/** Agreement that counts: of people who hold the role still. Who has handed it over has left its word to the other; a role speaks once. */
export const standing = (approvals: readonly Approval[], { people }: Pick<Ceremony, 'people'>): readonly Approval[] =>
  approvals.filter(({ role, person }) => people[role]?.includes(person) === true);

const isOver = ({ outcome }: CeremonyStep): boolean => outcome === 'done' || outcome === 'skipped';

function stageOf({ confirm }: ConcreteStep, state: CeremonyStep, missing: readonly MissingApproval[]): Stage {
  if (state.begun === undefined) return 'to-begin';
  if (state.outcome === 'failed') return 'failed';
  if (state.command !== undefined) return stageOfCommand(state.command.outcome);
  // Who brought shares is known when the command has logged in with them.
  return missing.length > 0 && confirm?.by !== 'share' ? 'agreeing' : 'ready';
}

function stageOfCommand(outcome: NonNullable<CeremonyStep['command']>['outcome']): Stage {
  if (outcome === undefined) return 'interrupted';
  return outcome === 'done' ? 'carried-out' : 'failed';
}

function missingOf({ confirm }: ConcreteStep, approvals: readonly Approval[]): readonly MissingApproval[] {
  return Object.entries(confirm?.roles ?? {})
    .map(([role, need]) => ({ role, need, have: approvals.filter((approval) => approval.role === role).length }))
    .filter(({ have, need }) => have < need);
}
