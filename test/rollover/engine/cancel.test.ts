import { describe, expect, test } from 'vitest';
import { apply } from '../../../keystore/rollover/apply.ts';
import { cancel, reverse } from '../../../keystore/rollover/cancel.ts';
import type { Link, RollRules, ZoneRoll } from '../../../keystore/rollover/model.ts';
import { settle } from '../../../keystore/rollover/settle.ts';
import { DAY, key, RULES, rollOf, simulate, T0, vectorOf, zoneOf } from './support.ts';

const links: readonly Link[] = [{ old: 'old', new: 'new' }];
const KSK = key('ksk', 'ksk', { vector: 'OOO' });
const ZSK = key('zsk', 'zsk', { vector: 'OO' });
const doubleDs: RollRules = { ...RULES, methods: { ...RULES.methods, ksk: 'double-ds' } };

function zone(role: 'ksk' | 'zsk', old: string, next: string, rules = RULES): ZoneRoll {
  const keys = [
    { ...key('old', role, { vector: old, goal: 'hidden', since: T0, from: 'awaited' }), activeSince: 0 },
    key('new', role, { vector: next, since: T0, from: 'awaited' }),
    role === 'ksk' ? ZSK : KSK,
  ];
  return zoneOf(keys, links, { roll: rollOf(role, rules, ['old'], ['new']) });
}

describe('cancel is one step', () => {
  test.each([
    ['zsk', 'OO', 'RH', RULES, 'OO|UH|OOO'],
    ['zsk', 'OO', 'OH', RULES, 'OO|OH|OOO'],
    ['zsk', 'OU', 'OR', RULES, 'OR|OU|OOO'],
    ['ksk', 'OOU', 'OOR', RULES, 'OOR|OOU|OO'],
    ['ksk', 'UUO', 'RRO', doubleDs, 'RRO|UUO|OO'],
  ] as const)('%s %s|%s', (role, old, next, rules, expected) => {
    const start = zone(role, old, next, rules);
    const result = cancel(start, rules, T0);
    if ('refused' in result) throw new Error(result.refused);
    expect(vectorOf(result.zone)).toBe(expected);
    expect(apply(reverse(start), result.moves, T0)).toEqual(result.zone);
    // And it ends where it began.
    const end = simulate(result.zone, rules, T0).at(-1)!;
    expect(end.vector).toBe(role === 'zsk' ? 'OO|HH|OOO' : 'OOO|HHH|OO');
    expect(end.zone).toMatchObject({ roll: undefined, links: [] });
  });

  test('the goals alone exchanged in the midst of a swap: each single step would break the zone, until all that is on its way has arrived', () => {
    const start = zone('zsk', 'OU', 'OR');
    const naive = {
      ...start,
      keys: start.keys.map((each) => {
        const goal = each.name === 'old' ? ('omnipresent' as const) : ('hidden' as const);
        return each.role === 'zsk' ? { ...each, goals: { dnskey: goal, zrrsig: goal } } : each;
      }),
    };
    const { moves, waits } = settle(naive, RULES, T0 + 365 * DAY, 'all');
    expect(moves).toEqual([]);
    expect(waits.filter(({ until }) => until === 'rules' || until === 'evidence')).toHaveLength(waits.length);
  });

  test('the request to the parent turns round with the DS', () => {
    const result = cancel(zone('ksk', 'OOU', 'OOR'), RULES, T0);
    expect(result).toMatchObject({ zone: { parent: { request: { keys: ['old'], at: T0 } } } });
  });
});

describe('refused', () => {
  test('a second time', () => {
    const result = cancel(zone('zsk', 'OU', 'OR'), RULES, T0);
    if ('refused' in result) throw new Error(result.refused);
    expect(cancel(result.zone, RULES, T0 + DAY)).toEqual({ refused: expect.stringContaining('going back') });
  });

  test('when what would come back fits to nothing', () => {
    // The old key was withdrawn before its DS was gone: coming back, its DS would be there without its key.
    expect(cancel(zone('ksk', 'HHU', 'OOO', doubleDs), doubleDs, T0)).not.toHaveProperty('refused');
    expect(cancel(zone('ksk', 'HHU', 'RRR', doubleDs), doubleDs, T0)).toEqual({ refused: expect.stringContaining('do not fit together') });
  });

  test('with three keys of the role about', () => {
    const start = zone('zsk', 'OU', 'OR');
    const crowded = { ...start, keys: [...start.keys, key('third', 'zsk', { vector: 'UH', goal: 'hidden' })] };
    expect(cancel(crowded, RULES, T0)).toEqual({ refused: expect.stringContaining('3 keys of the role zsk') });
  });

  test('RFC 5011 4.2: a revoked key never comes back', () => {
    const start = zone('ksk', 'OOH', 'OOO');
    const revoked = { ...start.keys[0]!, revocation: { kind: 'revoked', since: T0, from: T0 } as const };
    expect(cancel({ ...start, keys: [revoked, ...start.keys.slice(1)] }, RULES, T0)).toEqual({
      refused: expect.stringContaining('revoked'),
    });
  });
});
