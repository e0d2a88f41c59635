import { expect, test } from 'vitest';
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
