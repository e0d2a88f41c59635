import type { RollRules } from '../model.ts';

/**
 * The first visit at or after a time: `now` is one, and another follows after each ceremony-interval; without an interval somebody is there
 * whenever something is to be done.
 */
export function visitAt(time: number, now: number, { ceremonyInterval }: Pick<RollRules, 'ceremonyInterval'>): number {
  if (time <= now) return now;
  return ceremonyInterval === 0 ? time : now + Math.ceil((time - now) / ceremonyInterval) * ceremonyInterval;
}
