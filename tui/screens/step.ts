import { fact, type Line } from '../lines.ts';
import type { PlanState } from '../models/plan.ts';
import type { Shared } from '../models/screen.ts';
import { leftText, minuteText } from '../time.ts';

/** Everything of the step under the cursor: earliest, too late, why not sooner, what changes, the way back, the command; and of its plan. */
export function stepLines({ plan, list }: PlanState, { size: { columns }, now }: Shared): readonly Line[] {
  if (plan === undefined) return [];
  const step = plan.steps[list.cursor];
  const ofPlan = [...plan.head.slice(1), { name: 'hash', text: plan.hash }].flatMap(({ name, text }) => fact(name, text, columns));
  if (step === undefined) return ofPlan;
  const { number, title, roll, earliest, latest, act, facts } = step;
  return [
    ...fact('step', `${number}. ${title} (${roll})`, columns),
    ...fact('earliest', `${minuteText(earliest)} (${leftText(earliest, now)})`, columns),
    ...fact('too late', latest === undefined ? 'later does no harm' : `${minuteText(latest)} (${leftText(latest, now)})`, columns),
    ...fact('command', `coldsign ${act.argv.join(' ')}`, columns),
    ...facts.flatMap(({ name, text }) => fact(name, text, columns)),
    ...ofPlan,
  ];
}
