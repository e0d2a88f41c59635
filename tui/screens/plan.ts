import { beside, halves } from '../beside.ts';
import { type Line, line, span } from '../lines.ts';
import { type PlanState, planListRows } from '../models/plan.ts';
import { bodyRows, isNarrow, isWide, type Shared } from '../models/screen.ts';
import { table } from '../table.ts';
import type { Theme } from '../theme.ts';
import { dayText, minuteText } from '../time.ts';
import { stepLines } from './step.ts';
import { waitingFor } from './waiting.ts';

/** The steps of a plan, and what there is to say of the one under the cursor, as far as there is room; or that alone. */
export function planScreen(state: PlanState, shared: Shared, theme: Theme): readonly Line[] {
  const { zone, plan, list } = state;
  const { size } = shared;
  if (zone === undefined) return [line('no zone is chosen: 1 shows all of them')];
  if (plan === undefined) return [waitingFor('plan', `planning ${zone}`, shared)];
  const { columns } = size;
  const head = plan.head[0] === undefined ? '' : `${plan.head[0].name}: ${plan.head[0].text}`;
  const steps = plan.steps.length === 1 ? '1 step' : `${plan.steps.length} steps`;
  const top: Line = [span(`${plan.zone} `, 'title'), span(`${steps}; ${head}`)];
  const lines = stepLines(state, shared);
  if (state.open !== undefined) return lines.slice(state.open, state.open + bodyRows(size));
  if (plan.steps.length === 0) return [top, ...lines].slice(0, bodyRows(size));
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
  if (isWide(size)) {
    const { list: left, pane } = halves(columns);
    const told = stepLines(state, { ...shared, size: { ...size, columns: pane } });
    return [top, ...beside(table(COLUMNS, rows, left, theme), told, columns, bodyRows(size) - 1, theme)];
  }
  return [
    top,
    ...table(COLUMNS, rows, columns, theme),
    line(theme.isReading ? '' : theme.glyphs.rule.repeat(columns), 'dim'),
    ...lines,
  ].slice(0, bodyRows(size));
}

const COLUMNS = [
  { head: '#', most: 4 },
  { head: 'visit', most: 17 },
  { head: 'too late', most: 10, drop: 2 },
  { head: 'step', least: 20 },
  { head: 'rollover', most: 18, drop: 1 },
] as const;
