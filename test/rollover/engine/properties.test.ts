import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { apply } from '../../../keystore/rollover/apply.ts';
import type { RollKind, RollRules } from '../../../keystore/rollover/model.ts';
import { settle } from '../../../keystore/rollover/settle.ts';
import { checkWorld } from '../../../keystore/rollover/simulate/check.ts';
import { type Life, live, type Visit } from './life.ts';
import { key, RULES, rollOf, T0, zoneOf } from './support.ts';

const span = (max: number): fc.Arbitrary<number> => fc.integer({ min: 0, max });

const rulesOf = (algorithm: RollRules['methods']['algorithm']): fc.Arbitrary<RollRules> =>
  fc
    .record({
      zsk: fc.constantFrom('pre-publication' as const, 'double-signature' as const),
      ksk: fc.constantFrom('double-ksk' as const, 'double-ds' as const, 'double-rrset' as const),
      csk: fc.constantFrom('pre-publication' as const, 'double-signature' as const, 'delayed-signatures' as const, 'double-ds' as const),
      propagation: span(8),
      parentPropagation: span(8),
      keyTtl: fc.integer({ min: 1, max: 30 }),
      signatureTtl: fc.integer({ min: 1, max: 30 }),
      negativeTtl: fc.integer({ min: 1, max: 30 }),
      dsTtl: fc.integer({ min: 1, max: 30 }),
      dsgn: span(10),
    })
    .map(({ zsk, ksk, csk, ...times }) => ({ ...RULES, ...times, methods: { zsk, ksk, csk, algorithm } }));

const visit: fc.Arbitrary<Visit> = fc.record({
  gap: fc.integer({ min: 11, max: 40 }),
  registration: span(30),
  isSeen: fc.boolean(),
  cancels: fc.integer({ min: 0, max: 9 }).map((die) => die === 0),
});

const lifeOf = (kinds: readonly RollKind[], algorithm: RollRules['methods']['algorithm'] = 'conservative'): fc.Arbitrary<Life> =>
  fc.record({
    rules: rulesOf(algorithm),
    shape: fc.constantFrom('ksk-zsk' as const, 'csk' as const),
    rolls: fc.array(fc.constantFrom(...kinds), { minLength: 1, maxLength: 4 }),
    visits: fc.array(visit, { maxLength: 25 }),
  });

describe('for every cache (RFC 4035 5)', () => {
  test('any rollovers one after the other, turned back at any time, are never bogus and come to an end', () => {
    fc.assert(
      fc.property(lifeOf(['zsk', 'ksk', 'csk', 'algorithm', 'to-csk', 'to-split']), (life) => {
        const { world, zone } = live(life);
        expect(checkWorld(world)).toBeUndefined();
        expect(zone.roll).toBeUndefined();
      }),
      { numRuns: 400 },
    );
  });

  test('first signing and going insecure are never bogus', () => {
    fc.assert(
      fc.property(lifeOf(['first-signing']), fc.boolean(), (life, leaves) => {
        const { world, zone } = live({ ...life, rolls: leaves ? ['first-signing', 'insecure'] : ['first-signing'] });
        expect(checkWorld(world, { insecureAllowed: [{ from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }] })).toBeUndefined();
        expect(zone.roll).toBeUndefined();
      }),
      { numRuns: 150 },
    );
  });

  test('RFC 6840 5.11: the liberal way is fit for validators that do not insist on every algorithm', () => {
    fc.assert(
      fc.property(lifeOf(['algorithm', 'zsk', 'csk'], 'liberal'), (life) => {
        expect(checkWorld(live(life).world, { profiles: ['L', 'D'] })).toBeUndefined();
      }),
      { numRuns: 100 },
    );
  });
});

test('moves alone make the same zone', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('zsk', 'ksk', 'csk'),
      fc.array(fc.constantFrom('H', 'R', 'O', 'U'), { minLength: 8, maxLength: 8 }),
      (role, letters) => {
        const keys = [
          key('old', role, { vector: letters.slice(0, 4).join(''), goal: 'hidden', since: T0 }),
          key('new', role, { vector: letters.slice(4).join(''), since: T0 }),
        ];
        const zone = zoneOf(keys, [{ old: 'old', new: 'new' }], { roll: rollOf(role, RULES, ['old'], ['new']) });
        const { zone: after, moves } = settle(zone, RULES, T0 + 1_000_000, 'all');
        expect(apply(zone, moves, T0 + 1_000_000)).toEqual(after);
        expect(settle(after, RULES, T0 + 1_000_000, 'all').moves).toEqual([]);
      },
    ),
    { numRuns: 500 },
  );
});
