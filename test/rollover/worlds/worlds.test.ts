import { expect, test } from 'vitest';
import { ENGINE } from '../../../keystore/rollover/parts.ts';
import { storyOf } from '../../../keystore/rollover/simulate/story.ts';
import { type Counts, live } from './world.ts';

/** COLDSIGN_WORLDS_SEED=n: the worlds from number n on, others than those of every run. */
const FIRST = Number(process.env['COLDSIGN_WORLDS_SEED'] ?? 1);
const WORLDS = 2000;

test('RFC 7583 1: a validator is to find the zone valid at all times, whatever its caches hold; and every rollover ends', () => {
  const total: Counts = {};
  for (let seed = FIRST; seed < FIRST + WORLDS; seed++) {
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
});

test('RFC 7583 1: valid at all times: an unsigned zone does not turn back in the midst of caches that hold the absence of its DNSKEY', () => {
  // Cancelled when the DNSKEY was forgotten and signatures were not yet.
  const { failure, isStuck, counts } = live({ seed: 1018542 });
  expect(failure === undefined ? '' : storyOf(failure)).toBe('');
  expect(isStuck).toBe(false);
  expect(counts['insecure']).toBe(1);
});

test('reloading the state at each visit gives the same future', () => {
  for (let seed = FIRST; seed < FIRST + 100; seed++)
    expect(live({ seed, reloads: true }).zone, `seed ${seed}`).toEqual(live({ seed }).zone);
});

test.each([
  ['caches forget at once', { ...ENGINE, oldVersions: () => 0 }],
  ['rule 3 is not asked', { ...ENGINE, ruleRrsig: () => true, introduction: () => undefined, withdrawal: () => undefined }],
  ['rule 2 is not asked', { ...ENGINE, ruleDnskey: () => true, introduction: () => undefined, withdrawal: () => undefined }],
  ['TTLds is nothing', { ...ENGINE, dsTtl: () => 0 }],
  ['Dsgn is nothing', { ...ENGINE, dsgn: () => 0 }],
] as const)('worlds notice an engine where %s', (name, parts) => {
  let seed = 1;
  const isCaught = (): boolean => {
    const { failure, isStuck } = live({ seed, parts });
    return failure !== undefined || isStuck;
  };
  while (seed <= 2000 && !isCaught()) seed++;
  expect(seed, name).toBeLessThanOrEqual(2000);
});
