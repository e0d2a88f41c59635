import { expect, test } from 'vitest';
import { ENGINE } from '../../../keystore/rollover/parts.ts';
import { storyOf } from '../../../keystore/rollover/simulate/story.ts';
import { expectSound, FIRST } from './sound.ts';
import { live } from './world.ts';

test('RFC 7583 1: a validator is to find the zone valid at all times, whatever its caches hold; and every rollover ends', () =>
  expectSound(0));

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
  ['keys that were validated are forgotten with the DS', { ...ENGINE, lastDsTrust: () => 0 }],
] as const)('worlds notice an engine where %s', (name, parts) => {
  let seed = 1;
  const isCaught = (): boolean => {
    const { failure, isStuck } = live({ seed, parts });
    return failure !== undefined || isStuck;
  };
  while (seed <= 2000 && !isCaught()) seed++;
  expect(seed, name).toBeLessThanOrEqual(2000);
});
