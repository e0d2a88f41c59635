import { fact, type Line, line, span } from '../lines.ts';
import { type PlanState, planListRows, selectedStep } from '../models/plan.ts';
import { bodyRows, isNarrow, type Shared } from '../models/screen.ts';
import { table } from '../table.ts';
import type { Theme } from '../theme.ts';
import { dayText, leftText, minuteText } from '../time.ts';

/** The steps of a plan, and everything of the one under the cursor: earliest, too late, why not sooner, what changes, the way back, the command. */
export function planScreen(state: PlanState, shared: Shared, theme: Theme): readonly Line[] {
  const { zone, plan, list } = state;
  const { size, now } = shared;
  if (zone === undefined) return [line('no zone is chosen: 1 shows all of them')];
  if (plan === undefined) return [line(`planning ${zone}`)];
  const { columns } = size;
  const head = plan.head[0] === undefined ? '' : `${plan.head[0].name}: ${plan.head[0].text}`;
  const steps = plan.steps.length === 1 ? '1 step' : `${plan.steps.length} steps`;
  const top: Line = [span(`${plan.zone} `, 'title'), span(`${steps}; ${head}`)];
  const step = selectedStep(state);
  if (step === undefined)
    return [top, ...plan.head.slice(1).flatMap(({ name, text }) => fact(name, text, columns)), line(`hash ${plan.hash}`, 'dim')].slice(
      0,
      bodyRows(size),
    );
  const rows = plan.steps.slice(list.top, list.top + planListRows(shared)).map((one, i) => ({
    isSelected: list.top + i === list.cursor,
    cells: [
      `${one.number}`,
      isNarrow(size) ? dayText(one.at) : minuteText(one.at),
      one.latest === undefined ? '-' : dayText(one.latest),
      one.title,
      one.roll,
    ].map((text) => ({ text })),
  }));
  const latest = step.latest === undefined ? 'later does no harm' : `${minuteText(step.latest)} (${leftText(step.latest, now)})`;
  return [
    top,
    ...table(
      [
        { head: '#', most: 4 },
        { head: 'visit', most: 17 },
        { head: 'too late', most: 10, drop: 2 },
        { head: 'step', least: 12 },
        { head: 'rollover', most: 18, drop: 1 },
      ],
      rows,
      columns,
      theme,
    ),
    line(theme.isReading ? '' : theme.glyphs.rule.repeat(columns), 'dim'),
    ...fact('step', `${step.number}. ${step.title} (${step.roll})`, columns),
    ...fact('earliest', `${minuteText(step.earliest)} (${leftText(step.earliest, now)})`, columns),
    ...fact('too late', latest, columns),
    ...fact('command', `coldsign ${step.act.argv.join(' ')}`, columns),
    ...step.facts.flatMap(({ name, text }) => fact(name, text, columns)),
    ...plan.head.slice(1).flatMap(({ name, text }) => fact(name, text, columns)),
    ...fact('hash', plan.hash, columns),
  ].slice(0, bodyRows(size));
}
