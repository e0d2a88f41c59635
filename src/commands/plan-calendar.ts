import { newMemo } from '../../keystore/rollover/plan/tracks.ts';
import type { Io } from '../io.ts';
import { planCalendar } from '../plan/plan-calendar.ts';
import { chosenZones, planUntil, planZone } from '../plan/plan-zone.ts';
import { readSealedWorkspace } from '../workspace/sealed-head.ts';
import type { PlanOptions } from './plan-show.ts';

/** `plan calendar`: the steps of plans as iCalendar (RFC 5545) on standard output. Nothing is written. */
export function planCalendarCommand(options: PlanOptions, io: Io): number {
  const until = planUntil(options.until, options.now);
  const workspace = readSealedWorkspace(options.dir);
  const memo = newMemo();
  io.out.write(planCalendar(chosenZones(workspace, options).map((zone) => planZone(workspace, zone, options.now, until, memo).plan)));
  return 0;
}
