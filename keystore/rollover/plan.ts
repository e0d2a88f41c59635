import type { KeyName, RollRules, ZoneRoll } from './model.ts';
import { labelOf } from './model.ts';
import { latestTimes } from './plan/latest.ts';
import { missedVisit, nextVisitOf, type VisitInput } from './plan/next-visit.ts';
import { newMemo, type PlanMemo } from './plan/tracks.ts';
import type { PlanRoll, PlanStep, RollPlan, StepNeeds } from './plan/types.ts';
import { type Asked, type Pace, walk } from './plan/walk.ts';
import { type Told, tell, withLabels } from './plan/words.ts';
import { beginCommand } from './start/command.ts';

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
 * @param memo shared by the plans of many zones, so that what is the same for them is found out once
 */
export function planRoll(
  { zoneName, zone, rules, now, until, validUntil, nextRoll = (zone.roll?.id ?? 0) + 1 }: PlanInput,
  memo: PlanMemo = newMemo(),
): RollPlan {
  const input: VisitInput = { zone, rules, now, until, nextRoll, validUntil };
  const { keys, paces, steps, stuck } = course(zoneName, input, memo);
  const ofItself = paces.some(({ asked }) => asked?.kind === 'start') ? { ...input, isUnasked: true } : input;
  const unasked = ofItself === input ? { paces, steps } : course(zoneName, ofItself, memo);
  return {
    format: 1,
    zone: zoneName,
    now,
    until,
    keys,
    steps: steps.filter(({ at }) => at <= until),
    stuck,
    nextVisit: nextVisitOf(unasked.steps, ofItself),
    missed: missedVisit(unasked.paces, ofItself),
  };
}

/** All that is walked, in the words of a plan; the last rollover goes on beyond `until`. */
function course(zoneName: string, input: VisitInput, { tracks, words }: PlanMemo) {
  const { zone, rules, validUntil } = input;
  const { paces, stuck, newKeys } = walk({ ...input, tracks });
  const latest = latestTimes(paces, rules, validUntil);
  const told = paces.map((pace) => tell(pace, rules, words));
  const keys = [...zone.keys, ...newKeys].map((key) => ({ name: key.name, label: labelOf(key), role: key.role, algorithm: key.algorithm }));
  const labels = new Map(keys.map(({ name, label }) => [name, label]));
  const rolls = new Map(paces.map(({ roll: { id, kind } }) => [id, { id, kind }]));
  const steps = paces.map((pace, i) =>
    stepOf(pace, told[i]!, labels, {
      number: i + 1,
      roll: rolls.get(pace.roll.id)!,
      latest: latest[i],
      backUntil: endOfWay(paces, told, i),
      needs: pace.asked === undefined ? undefined : needsOf(zoneName, pace.asked),
    }),
  );
  return { keys, paces, steps, stuck };
}

function needsOf(zoneName: string, asked: Asked): StepNeeds {
  switch (asked.kind) {
    case 'start': {
      const command = beginCommand(zoneName, asked.zone, asked.what);
      if (command === undefined) throw new Error(`a plan cannot begin ${asked.what.kind}`);
      return { kind: 'begin', command, because: asked.why };
    }
    case 'keys': {
      const [role, ...others] = asked.roles;
      return {
        kind: 'keys',
        command: `coldsign key generate --zone ${zoneName}${others.length === 0 ? ` --role ${role}` : ''}`,
        because: asked.why,
      };
    }
    default:
      return asked satisfies never;
  }
}

interface StepFacts {
  readonly number: number;
  readonly roll: PlanRoll;
  readonly latest: number | undefined;
  readonly backUntil: number | undefined;
  readonly needs: StepNeeds | undefined;
}

function stepOf(
  { at, earliest, reason, evidence, before, after, moves, like }: Pace,
  { kind, title, back }: Told,
  labels: ReadonlyMap<KeyName, string>,
  { number, roll, latest, backUntil, needs }: StepFacts,
): PlanStep {
  const label = (name: KeyName): string => {
    const own = like === undefined ? name : like.rename(name);
    return labels.get(own) ?? own;
  };
  const how = withLabels(back.how, label);
  // Plans of many zones have millions of steps: an object that is spread into takes several times as long.
  const step: { -readonly [Member in keyof PlanStep]: PlanStep[Member] } = {
    number,
    at,
    earliest,
    kind,
    roll,
    title: withLabels(title, label),
    reason,
    evidence,
    before,
    after,
    moves,
    back: backUntil === undefined ? { kind: back.kind, how } : { kind: back.kind, how, until: backUntil },
  };
  if (latest !== undefined) step.latest = latest;
  if (needs !== undefined) step.needs = needs;
  return step;
}

/** A way back ends with the first later step of the rollover from which there is none. */
function endOfWay(paces: readonly Pace[], told: readonly Told[], i: number): number | undefined {
  if (told[i]!.back.kind !== 'cancel') return undefined;
  for (let j = i + 1; j < paces.length && paces[j]!.roll.id === paces[i]!.roll.id; j++) {
    if (told[j]!.back.kind !== 'cancel') return paces[j]!.at;
  }
  return undefined;
}
