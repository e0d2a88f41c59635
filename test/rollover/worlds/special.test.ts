import { expect, test } from 'vitest';
import { storyOf } from '../../../keystore/rollover/simulate/story.ts';
import { storyOfStranded } from '../../../keystore/rollover/simulate/story-5011.ts';
import { FIRST } from './sound.ts';
import { SORTS } from './special.ts';
import { type Counts, live } from './world.ts';

test.each(SORTS)(
  'RFC 7583 1, RFC 5011 2: nobody finds the zone bogus, loses its trust anchor or is left with an old one: $name',
  ({ frame, worlds, shows }) => {
    const total: Counts = {};
    for (let seed = FIRST; seed < FIRST + worlds; seed++) {
      const { failure, stranded, isStuck, counts } = live({ seed, frame: frame(seed) });
      const story = failure === undefined ? (stranded === undefined ? '' : storyOfStranded(stranded)) : storyOf(failure);
      expect(story, `seed ${seed}`).toBe('');
      expect(isStuck, `seed ${seed} is stuck`).toBe(false);
      for (const [what, times] of Object.entries(counts)) total[what] = (total[what] ?? 0) + times;
    }
    for (const what of shows) expect(total[what] ?? 0, what).toBeGreaterThanOrEqual(worlds / 20);
  },
);
