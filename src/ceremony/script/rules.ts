import type { Command } from 'commander';
import type { Path } from '../../config/document.ts';
import { isIrreversible, needsApproval, outsideProblem } from './acts.ts';
import { commandProblem } from './command-line.ts';
import { type ConcreteStep, expandScript } from './expand.ts';
import type { Located, Mistake, Source } from './mistakes.ts';
import { peopleProblems } from './people-rules.ts';
import { placeholderProblems } from './placeholder-rules.ts';
import type { Script } from './script.ts';

/** A file that asks for more would keep people for a week. */
const MAX_STEPS = 2000;

/**
 * What is wrong with a script that has the right form. Of a template, steps and commands are looked at with its examples.
 * @param steps those of the script, with their places
 */
export function scriptProblems(script: Script, source: Source, steps: readonly Located[], program: Command): Mistake[] {
  const whole = [...peopleProblems(script, source, steps), ...placeholderProblems(script, source, steps)];
  // What stands for nothing cannot be filled in, and the steps are not there to be looked at.
  if (whole.length > 0) return whole;
  const expanded = expandScript(script);
  if (expanded.length > MAX_STEPS)
    return [{ source, problem: { path: ['steps'], text: `found ${expanded.length} steps, expected at most ${MAX_STEPS}` } }];
  const told = (step: ConcreteStep, path: Path, text: string): Mistake => mistakeAt(steps[step.of]!, path, text);
  return [
    ...idProblems(expanded, told),
    ...expanded.flatMap((step) => stepProblems(step, program, told)),
    ...orderProblems(expanded, program, told),
  ];
}

export const mistakeAt = ({ source, path }: Located, inner: Path, text: string): Mistake => ({
  source,
  problem: { path: [...path, ...inner], text },
});

type Tell = (step: ConcreteStep, path: Path, text: string) => Mistake;

function idProblems(steps: readonly ConcreteStep[], told: Tell): Mistake[] {
  const seen = new Map<string, number>();
  return steps.flatMap((step) => {
    const before = seen.get(step.id);
    seen.set(step.id, step.number);
    return before === undefined ? [] : [told(step, ['id'], `the id ${step.id} is that of step ${before} too`)];
  });
}

/** Whoever has learned to answer yes answers it before having read. */
const NO_ANSWERS = /^(?:y|yes|yes please|ok|okay|done|confirm|confirmed|continue|agree|agreed|true|ja|oui|si|da)$/i;
const LEAST_TYPED = 2;

function stepProblems(step: ConcreteStep, program: Command, told: Tell): Mistake[] {
  const type = step.confirm?.type;
  const mistakes: Mistake[] = [];
  if (type !== undefined && (NO_ANSWERS.test(type) || type.length < LEAST_TYPED))
    mistakes.push(
      told(step, ['confirm', 'type'], `found "${type}", expected what is of this act alone: the name of the zone, the tag of the key`),
    );
  const by = step.confirm?.by;
  if (step.do.kind === 'approve' && by !== 'key')
    mistakes.push(told(step, by === undefined ? [] : ['confirm', 'by'], 'a script is approved by people with keys of their own: by: key'));
  if (by === 'share' && step.do.kind !== 'command')
    mistakes.push(told(step, ['confirm', 'by'], 'shares are brought when a command logs in: by: share is for commands'));
  if (step.do.kind !== 'command') return mistakes;
  const { argv } = step.do;
  const wrong = commandProblem(program, argv) ?? outsideProblem(program, argv);
  if (wrong !== undefined) return [...mistakes, told(step, ['do', 'command'], wrong)];
  if (!isIrreversible(program, argv)) return mistakes;
  if (type === undefined)
    mistakes.push(told(step, ['do', 'command'], `coldsign ${argv.join(' ')} cannot be taken back: the step needs confirm with type`));
  else if (!argv.includes(type))
    mistakes.push(
      told(step, ['confirm', 'type'], `found "${type}", expected a word of the command that cannot be taken back: ${argv.join(' ')}`),
    );
  return mistakes;
}

/** The log is proved to be the one of last time, and the script is approved, before anything is done on them. */
function orderProblems(steps: readonly ConcreteStep[], program: Command, told: Tell): Mistake[] {
  const mistakes: Mistake[] = [];
  let continued = false;
  let approved = false;
  for (const step of steps) {
    if (step.do.kind === 'check' && step.do.what === 'continuity') continued = true;
    if (step.do.kind === 'approve') approved = true;
    if (step.do.kind !== 'command') continue;
    if (!continued)
      mistakes.push(told(step, ['do'], 'a command before the step { check: continuity }: first the log is to be the one of last time'));
    if (!approved && needsApproval(program, step.do.argv))
      mistakes.push(told(step, ['do'], `coldsign ${step.do.argv.slice(0, 2).join(' ')} before the step { approve: script }`));
    // One place to mend is enough.
    continued = true;
  }
  return mistakes;
}
