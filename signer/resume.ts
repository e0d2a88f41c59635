import { packJobs } from './pack-jobs.ts';
import { isKeyTarget, isLateTarget, keepRules, type MadeBefore, RESUMED, type SigningPlan } from './plan-data.ts';

/** Jobs that are packed at a time to be looked up. */
const CHUNK_JOBS = 256;

/**
 * A plan that takes over what an interrupted run made: the same RRset in the same octets, signed by the same key, under the rules by which
 * a signature of the previous zone is kept. What the previous zone has is kept from there.
 * The jobs of the plan given are changed: it must not be used beside the one returned.
 * @returns the plan, and how many signatures it takes over; ZONEMD is looked up when its digest is known, and not counted
 */
export function resumePlan(plan: SigningPlan, made: MadeBefore): { readonly plan: SigningPlan; readonly count: number } {
  const resumed: SigningPlan = { ...plan, resumed: { made, entry: new Uint32Array(plan.jobs.count) } };
  const { jobs, zone } = plan;
  let count = 0;
  let chunk: number[] = [];
  for (let j = 0; j < jobs.count; j++) {
    if (jobs.kept[j] === 0 && !isLateTarget(zone, jobs.target[j]!)) chunk.push(j);
    if (chunk.length < CHUNK_JOBS) continue;
    count += resumeJobs(resumed, chunk);
    chunk = [];
  }
  return { plan: resumed, count: count + resumeJobs(resumed, chunk) };
}

/** Looks these jobs up, unless they are kept already. @returns how many are taken over */
export function resumeJobs(plan: SigningPlan, some: readonly number[]): number {
  const { jobs, resumed } = plan;
  if (resumed === undefined) return 0;
  const { bytes, ends } = packJobs(plan, some);
  let count = 0;
  for (const [i, j] of some.entries()) {
    if (jobs.kept[j] !== 0) continue;
    const entry = resumed.made.find(jobs.key[j]!, bytes.subarray(ends[i - 1] ?? 0, ends[i]));
    if (entry < 0 || !isStillGood(plan, j, resumed.made, entry)) continue;
    jobs.inception[j] = resumed.made.inception(entry);
    jobs.expiration[j] = resumed.made.expiration(entry);
    jobs.kept[j] = RESUMED;
    resumed.entry[j] = entry;
    count++;
  }
  return count;
}

export const isResumed = ({ jobs, resumed }: SigningPlan, j: number): boolean => resumed !== undefined && jobs.kept[j] === RESUMED;

/** In serial arithmetic (RFC 4034 3.1.5). */
function isStillGood({ zone, jobs, policy, now }: SigningPlan, j: number, made: MadeBefore, entry: number): boolean {
  const { refresh, longest, longestOfKeys } = keepRules(policy, now);
  const left = (made.expiration(entry) - now) | 0;
  const sinceInception = (now - made.inception(entry)) | 0;
  return sinceInception >= 0 && left > refresh && left <= (isKeyTarget(zone, jobs.target[j]!) ? longestOfKeys : longest);
}
