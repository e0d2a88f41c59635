import type { RollRules } from '../model.ts';
import { durationText } from '../simulate/words.ts';
import { latestTimes } from './latest.ts';
import type { MissedVisit, NextVisit, PlanStep } from './types.ts';
import { visitAt } from './visits.ts';
import { type Pace, type WalkInput, walk } from './walk.ts';

export interface VisitInput extends WalkInput {
  /** End of the first signature of the current release. */
  readonly validUntil: number | undefined;
}

/** When somebody must come next, by when at the latest, and what breaks first if nobody does. */
export function nextVisitOf(steps: readonly PlanStep[], { now, rules, validUntil }: VisitInput): NextVisit {
  const coming = steps.filter(({ at, kind }) => at > now && kind !== 'end');
  const byInterval = rules.ceremonyInterval === 0 ? undefined : now + rules.ceremonyInterval;
  const due = minimum([coming[0]?.at, byInterval]);
  const signatures = validUntil === undefined ? undefined : validUntil - cacheTime(rules);
  const late = coming.filter(({ latest }) => latest !== undefined);
  const latest = signatures ?? minimum(late.map((step) => step.latest));
  return {
    ...(due === undefined ? {} : { due }),
    ...(latest === undefined ? {} : { latest }),
    breaks: breaksOf(signatures, latest, rules),
    slips: [...new Map(late.filter((step) => latest === undefined || step.latest! <= latest).map((step) => [step.roll.id, step])).values()]
      .toReversed()
      .map(({ title, roll }) => `${roll.kind} ${roll.id}: ${title}`),
  };
}

function breaksOf(signatures: number | undefined, latest: number | undefined, { propagation, keyTtl, signatureTtl }: RollRules): string {
  if (signatures !== undefined) {
    const ttl = Math.max(keyTtl, signatureTtl);
    return `signatures end while caches hold them: the first of them ends Dprp ${durationText(propagation)} + largest TTL ${durationText(ttl)} after that`;
  }
  return latest === undefined
    ? 'nothing: no signature and no lifetime ends'
    : 'nothing; but a rollover is too late for the lifetime of its key';
}

/** From the moment when a new version is there until no cache holds the old one. */
function cacheTime({ propagation, keyTtl, signatureTtl }: RollRules): number {
  return propagation + Math.max(keyTtl, signatureTtl);
}

/** What happens if nobody comes at the next planned visit: the same plan is walked without it. */
export function missedVisit(paces: readonly Pace[], input: VisitInput): MissedVisit {
  const { rules, now, validUntil } = input;
  const { ceremonyInterval } = rules;
  if (ceremonyInterval === 0) return { isHarmless: true, because: 'there are no planned visits: whatever is due is done when it is due' };
  const missed = visitAt(now + 1, now, rules);
  const next = missed + ceremonyInterval;
  if (validUntil !== undefined && next > validUntil - cacheTime(rules))
    return {
      isHarmless: false,
      because: `the visit after it is ${durationText(next - validUntil + cacheTime(rules))} too late: signatures end while caches hold them`,
    };
  const touched = new Set(paces.filter(({ at }) => at === missed).map(({ roll }) => roll.id));
  if (touched.size === 0)
    return { isHarmless: true, because: 'nothing of a rollover is planned for it, and the signatures last until after the next one' };
  const last = paces.findLast(({ roll }) => touched.has(roll.id))!;
  const without = walk({ ...input, until: last.at + 4 * ceremonyInterval, missed });
  const latest = latestTimes(without.paces, rules, validUntil);
  const isLate = without.paces.find((pace, i) => touched.has(pace.roll.id) && latest[i] !== undefined && pace.at > latest[i]!);
  if (isLate === undefined)
    return { isHarmless: true, because: 'what was planned for it is done at the visit after it, in time for every lifetime' };
  return { isHarmless: false, because: `rollover ${isLate.roll.id} (${isLate.roll.kind}) is then too late for the lifetime of its key` };
}

function minimum(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
