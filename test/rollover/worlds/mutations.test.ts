import { describe, expect, test } from 'vitest';
import { ENGINE } from '../../../keystore/rollover/parts.ts';
import { cancelAnyway, seenOnce } from './defective.ts';
import { inWorlds, MUTATIONS, undone, withoutPart } from './mutations.ts';
import { type LiveOptions, live } from './world.ts';

/** How many worlds a mutant may survive. */
const MOST = 120;

describe('RFC 7583 1, "the rollover must be done so that no validation fails": each rule and guard is one that is missed', () => {
  test.each(MUTATIONS)('$part: $worlds', ({ without, goesWrong, from = 1 }) => {
    let seed = from;
    while (seed < from + MOST && !goesWrong(seed, withoutPart(without))) {
      expect(goesWrong(seed, ENGINE), `the engine, seed ${seed}`).toBe(false);
      seed++;
    }
    expect(seed).toBeLessThan(from + MOST);
    expect(goesWrong(seed, ENGINE), `the engine, seed ${seed}`).toBe(false);
  });

  test('no member of the engine is left out', () => {
    expect([...new Set(MUTATIONS.map(({ part }) => part))].sort()).toEqual(Object.keys(ENGINE).sort());
  });
});

describe('members that others stand in for', () => {
  const ends = (options: LiveOptions) => {
    const { failure, isStuck, zone } = live(options);
    return { failure, isStuck, zone };
  };

  test('evidence of a DS counts anew when it comes again, and so does the time since when the set is what it is: either is enough', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const right = ends({ seed, frame: undone(seed) });
      expect(right, `seed ${seed}`).toMatchObject({ failure: undefined, isStuck: false });
      expect(ends({ seed, frame: undone(seed), parts: { ...ENGINE, dsSettledFrom: () => 0 } }), `seed ${seed}`).toEqual(right);
      expect(inWorlds(undone, { observes: seenOnce })(seed, ENGINE), `seed ${seed}`).toBe(false);
    }
  });

  test('one rollover at a time: the head of the chain and co-visibility decide nothing', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const right = ends({ seed });
      expect(ends({ seed, parts: { ...ENGINE, isHeadOfChain: () => true } }), `seed ${seed}`).toEqual(right);
      expect(ends({ seed, parts: { ...ENGINE, isCoVisible: () => true } }), `seed ${seed}`).toEqual(right);
    }
  });
});

test('a way back is refused where some cache would have what does not fit together: one that is taken all the same is noticed', () => {
  const goesWrong = inWorlds(undefined, { cancels: cancelAnyway });
  let seed = 1;
  while (seed <= MOST && !goesWrong(seed, ENGINE)) seed++;
  expect(seed).toBeLessThanOrEqual(MOST);
});
