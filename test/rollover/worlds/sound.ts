import { expect } from 'vitest';
import { storyOf } from '../../../keystore/rollover/simulate/story.ts';
import { type Counts, live } from './world.ts';

/** COLDSIGN_WORLDS_SEED=n: the worlds from number n on, others than those of every run. */
export const FIRST = Number(process.env['COLDSIGN_WORLDS_SEED'] ?? 1);

/** Worlds of one file: the files run at one time. */
const WORLDS = 6670;

/** RFC 7583 1: a validator is to find the zone valid at all times; and every rollover ends. `part`: 0, 1, 2. */
export function expectSound(part: number): void {
  const first = FIRST + part * WORLDS;
  const total: Counts = {};
  for (let seed = first; seed < first + WORLDS; seed++) {
    const { failure, isStuck, counts } = live({ seed });
    expect(failure === undefined ? '' : storyOf(failure), `seed ${seed}`).toBe('');
    expect(isStuck, `seed ${seed} is stuck`).toBe(false);
    for (const [what, times] of Object.entries(counts)) total[what] = (total[what] ?? 0) + times;
  }
  // A generator that has lost one of these proves nothing about it.
  for (const what of ['zsk', 'ksk', 'csk', 'algorithm', 'to-csk', 'to-split', 'insecure', 'first-signing'] as const)
    expect(total[what] ?? 0, what).toBeGreaterThan(WORLDS / 100);
  for (const what of ['unpublished', 'lost', 'duplicated', 'reordered', 'addThenRemove', 'missedVisit', 'cancelled', 'ttlChange'] as const)
    expect(total[what] ?? 0, what).toBeGreaterThan(WORLDS / 20);
}
