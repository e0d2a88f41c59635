import type { Config } from '../config/config.ts';
import type { Approval, Ceremony } from '../state/ceremonies.ts';
import type { ConcreteStep } from './script/expand.ts';

/** What a command is told of those who agreed. */
export interface ApprovedByContext {
  readonly steps: readonly ConcreteStep[];
  readonly ceremony: Pick<Ceremony, 'steps'>;
  readonly quorums: Config['quorums'];
  /** Nobody signs in a rehearsal: there a name is enough. */
  readonly isRehearsal: boolean;
}

/**
 * `--approved-by` for a command that takes it: no script may hold it, for it says who has agreed on the day. Those have whose signed statements on
 * this step, or whose shares for it, are in the log; where the step asks nobody, those who signed the script that the step is in.
 *
 * @param argv words after `coldsign`
 * @param takes options that the command has
 */
export function approvedByOptions(
  step: ConcreteStep,
  argv: readonly string[],
  takes: ReadonlySet<string>,
  context: ApprovedByContext,
): readonly string[] {
  if (!takes.has('--approved-by')) return [];
  const people = whoSigned(step, context);
  if (argv[0] === 'roll') return argv.includes('--break') && people.length > 0 ? ['--approved-by', people.join(',')] : [];
  const quorum = context.quorums['policy-apply'];
  if (quorum === undefined) return [];
  // A witness who has agreed to the step is no stranger to it, but has no word in the quorum.
  return people.filter((person) => quorum.people.includes(person)).flatMap((person) => ['--approved-by', person]);
}

function whoSigned({ id, confirm }: ConcreteStep, { steps, ceremony, isRehearsal }: ApprovedByContext): readonly string[] {
  // An approval that has failed, or was begun and not ended, is none: somebody may have said no.
  const isApproved = ({ id: one, do: act }: ConcreteStep): boolean => act.kind === 'approve' && ceremony.steps[one]?.outcome === 'done';
  const asked = confirm === undefined ? steps.filter(isApproved).map((step) => step.id) : [id];
  const counts = ({ by }: Approval): boolean => by !== 'screen' || isRehearsal;
  const given = asked.flatMap((one) => (ceremony.steps[one]?.approvals ?? []).filter(counts));
  return [...new Set(given.map(({ person }) => person))];
}
