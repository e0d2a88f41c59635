import { newMemo } from '../../keystore/rollover/plan/tracks.ts';
import type { Io } from '../io.ts';
import { planJson, planJsonSchema } from '../plan/plan-json.ts';
import { planText } from '../plan/plan-text.ts';
import { chosenZones, type PlanChoice, planUntil, planZone } from '../plan/plan-zone.ts';
import { readSealedWorkspace } from '../workspace/sealed-head.ts';

export interface PlanOptions extends PlanChoice {
  readonly dir?: string;
  /** Unix seconds. */
  readonly now: number;
  /** A moment; absent: two years. */
  readonly until?: string;
}

/** `plan show`: log and configuration in force → what is to be done for a zone, or all of them, and when. Nothing is written. */
export function planShow(options: PlanOptions & { readonly json: boolean }, io: Io): number {
  const until = planUntil(options.until, options.now);
  const workspace = readSealedWorkspace(options.dir);
  const memo = newMemo();
  const plans = chosenZones(workspace, options).map((zone) => planZone(workspace, zone, options.now, until, memo));
  io.out.write(options.json ? planJson(plans) : plans.map(planText).join('\n'));
  return 0;
}

/** `plan schema`: JSON Schema of `plan show --json`. */
export function planSchema(io: Io): number {
  io.out.write(`${JSON.stringify(planJsonSchema(), undefined, 2)}\n`);
  return 0;
}
