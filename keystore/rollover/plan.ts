import { cancel } from './cancel.ts';
import type { RollRules, ZoneRoll } from './model.ts';
import { latestTimes } from './plan/latest.ts';
import { labelOf } from './plan/new-keys.ts';
import { missedVisit, nextVisitOf, type VisitInput } from './plan/next-visit.ts';
import type { PlanStep, RollPlan, WayBack } from './plan/types.ts';
import { type Pace, walk } from './plan/walk.ts';
import { kindOf, titleOf, wayBack } from './plan/words.ts';

export interface PlanInput {
  readonly zoneName: string;
  readonly zone: ZoneRoll;
  readonly rules: RollRules;
  /** A visit. Unix seconds. */
  readonly now: number;
  /** Steps after it are not in the plan. */
  readonly until: number;
  /** End of the first signature of the current release; absent: there is none. */
  readonly validUntil?: number;
  /** Number of the next rollover; absent: that of the one under way and 1, or 1. */
  readonly nextRoll?: number;
}

/**
 * What is to be done for a zone, and when: rollovers under way to their end, those that the policy asks for and those that lifetimes do. At visits
 * only: now, and after each ceremony-interval. Evidence is taken to come as expected; carrying a step out waits for what is really seen.
 * The same input gives the same plan.
 */
export function planRoll({ zoneName, zone, rules, now, until, validUntil, nextRoll = (zone.roll?.id ?? 0) + 1 }: PlanInput): RollPlan {
  const input: VisitInput = { zone, rules, now, until, nextRoll, validUntil };
  const { paces, stuck, newKeys } = walk(input);
  const latest = latestTimes(paces, rules, validUntil);
  const back = waysBack(paces, rules);
  const all = paces.map((pace, i) => stepOf(pace, i + 1, latest[i], back[i]!));
  const steps = all.filter(({ at }) => at <= until);
  return {
    format: 1,
    zone: zoneName,
    now,
    until,
    keys: [...zone.keys, ...newKeys].map((key) => ({ name: key.name, label: labelOf(key), role: key.role, algorithm: key.algorithm })),
    steps,
    stuck,
    nextVisit: nextVisitOf(all, input),
    missed: missedVisit(paces, input),
  };
}

function stepOf(pace: Pace, number: number, latest: number | undefined, back: WayBack): PlanStep {
  const { at, earliest, roll, reason, evidence, before, after, moves } = pace;
  return {
    number,
    at,
    earliest,
    ...(latest === undefined ? {} : { latest }),
    kind: kindOf(pace),
    roll: { id: roll.id, kind: roll.kind },
    title: titleOf(pace),
    reason,
    evidence,
    before,
    after,
    moves,
    back,
  };
}

/** The way back from each step, until the first later step of its rollover from which there is none. */
function waysBack(paces: readonly Pace[], rules: RollRules): readonly WayBack[] {
  const ways = paces.map((pace) => wayBack(pace, rules, pace.zone.roll === undefined ? OVER : cancel(pace.zone, rules, pace.at)));
  return ways.map((way, i) => {
    if (way.kind !== 'cancel') return way;
    const end = paces.findIndex((pace, j) => j > i && pace.roll.id === paces[i]!.roll.id && ways[j]!.kind !== 'cancel');
    return end === -1 ? way : { ...way, until: paces[end]!.at };
  });
}

const OVER = { refused: 'no rollover is under way' };
