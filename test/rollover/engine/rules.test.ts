import { describe, expect, test } from 'vitest';
import type { Link, RollKey } from '../../../keystore/rollover/model.ts';
import { ENGINE } from '../../../keystore/rollover/parts.ts';
import { isInsecure, isSafe, ruleDnskey, ruleDs, ruleRrsig } from '../../../keystore/rollover/rules.ts';
import { key, RULES, rollOf, zoneOf } from './support.ts';

const ab: readonly Link[] = [{ old: 'a', new: 'b' }];
const liberal = { ...RULES, methods: { ...RULES.methods, algorithm: 'liberal' as const } };

function dnskey(a: string, b: string, links: readonly Link[] = ab, since: readonly [number, number] = [0, 0]): boolean {
  const keys = [key('a', 'ksk', { vector: a, since: since[0] }), key('b', 'ksk', { vector: b, since: since[1] })];
  return ruleDnskey(zoneOf(keys, links), 13, ENGINE);
}

/** A KSK with its DS keeps the zone from being insecure. */
function rrsig(a: string, b: string, links: readonly Link[] = ab, since: readonly [number, number] = [0, 0]): boolean {
  const keys = [key('a', 'zsk', { vector: a, since: since[0] }), key('b', 'zsk', { vector: b, since: since[1] })];
  return ruleRrsig(zoneOf([...keys, key('k', 'ksk', { vector: 'HHO', algorithm: 8 })], links), 13, RULES, ENGINE);
}

describe('rule 2, vectors are DNSKEY KRRSIG DS', () => {
  test.each([
    ['(3b) one key is everywhere', 'OOO', 'RRH', true],
    ['(3c) the DS changes under two keys that are everywhere', 'OOU', 'OOR', true],
    ['(3c) not while the new key is not everywhere', 'OOU', 'ROR', false],
    ['(3d) the key changes under two DS that are everywhere', 'UUO', 'RRO', true],
    ['(3d) not while the new DS is not everywhere', 'UUO', 'RRR', false],
    ['(3d) not when the new key is absent', 'UUO', 'HHO', false],
    ['(3e) without a DS there is nothing to match', 'RRH', 'HHH', true],
    ['(3e) a DS has its key before it', 'RRR', 'HHH', false],
    ['(3e) the old DS is gone, its key may go', 'UUH', 'OOO', true],
  ])('%s: %s %s', (_name, a, b, verdict) => {
    expect(dnskey(a, b)).toBe(verdict);
  });

  test('(3d) only between keys of which one takes over from the other', () => {
    expect(dnskey('UUO', 'RRO', [])).toBe(false);
    expect(dnskey('UUO', 'RRO', [{ old: 'b', new: 'a' }])).toBe(false);
  });

  test('(3e) a DS that is not everywhere is vouched for by another in the same caches only', () => {
    expect(dnskey('HHR', 'OOR', [], [5, 5])).toBe(true);
    expect(dnskey('HHR', 'OOR', [], [5, 4])).toBe(true);
    expect(dnskey('HHR', 'OOR', [], [4, 5])).toBe(false);
    expect(dnskey('HHU', 'OOU', [], [5, 4])).toBe(false);
    expect(dnskey('HHU', 'OOU', [], [4, 5])).toBe(true);
  });

  test('RFC 5011 2.1: a revoked key validates nothing', () => {
    const keys = [key('a', 'ksk', { vector: 'OOO', revocation: { kind: 'revoked', since: 0, from: 0 } })];
    expect(ruleDnskey(zoneOf(keys), 13, ENGINE)).toBe(false);
  });
});

describe('rule 3, vectors are DNSKEY ZRRSIG', () => {
  test.each([
    ['(3f) one key is everywhere with its signatures', 'OO', 'RH', true],
    ['(3g) the key changes under signatures of both', 'UO', 'RO', true],
    ['(3h) signatures change under both keys', 'OU', 'OR', true],
    ['(3h) not while the new key is not everywhere', 'OU', 'RR', false],
    ['(3i) signatures of a new algorithm come before its key', 'RO', 'HH', true],
    ['(3i) and not with it', 'RR', 'HH', false],
    ['(3i) signatures of an old algorithm stay longer than its key', 'UO', 'HH', true],
    ['(3i) and do not go with it', 'UU', 'HH', false],
    ['(3i) signatures without a key are no harm', 'HR', 'HH', true],
  ])('%s: %s %s', (_name, a, b, verdict) => {
    expect(rrsig(a, b)).toBe(verdict);
  });

  test('(3i) keys that came at different times are in different caches', () => {
    expect(rrsig('RH', 'RO', [], [5, 5])).toBe(true);
    expect(rrsig('RH', 'RO', [], [4, 5])).toBe(false);
    expect(rrsig('UH', 'UO', [], [5, 4])).toBe(false);
  });

  test('nothing depends on the key that goes: a third key waits until the first has left every cache', () => {
    const three = (c: string): boolean =>
      ruleRrsig(
        zoneOf(
          [
            key('c', 'zsk', { vector: c, goal: 'hidden' }),
            key('a', 'zsk', { vector: 'OU' }),
            key('b', 'zsk', { vector: 'OR' }),
            key('k', 'ksk', { vector: 'OOO', algorithm: 8 }),
          ],
          [{ old: 'c', new: 'a' }, ...ab],
        ),
        13,
        RULES,
        ENGINE,
      );
    expect(three('HH')).toBe(true);
    expect(three('UH')).toBe(false);
    // Over a key that is going too the first may hand over to the third.
    expect(three('OU')).toBe(true);
  });

  test('RFC 6840 5.11, liberal: an algorithm without a DS is not insisted on', () => {
    const keys = [key('a', 'zsk', { vector: 'RR' }), key('k', 'ksk', { vector: 'OOO', algorithm: 8 })];
    expect(ruleRrsig(zoneOf(keys), 13, liberal, ENGINE)).toBe(true);
    expect(ruleRrsig(zoneOf(keys), 13, RULES, ENGINE)).toBe(false);
    const withDs = zoneOf([...keys, key('n', 'ksk', { vector: 'HHR' })]);
    expect(ruleRrsig(withDs, 13, liberal, ENGINE)).toBe(false);
  });

  test('RFC 8901 4: the key of another operator needs no signatures of ours, and makes none for us', () => {
    const foreign = (own: string): boolean => {
      const keys: readonly RollKey[] = [
        key('f', 'zsk', { vector: 'OO', operator: 'other' }),
        key('a', 'zsk', { vector: own }),
        key('k', 'ksk', { vector: 'OOO', algorithm: 8 }),
      ];
      return ruleRrsig(zoneOf(keys), 13, RULES, ENGINE);
    };
    expect(foreign('OO')).toBe(true);
    expect(foreign('OR')).toBe(false);
  });
});

describe('rule 1 and the insecure zone', () => {
  test('(3a) the last DS goes only on the way to insecure', () => {
    const before = zoneOf([key('a', 'ksk', { vector: 'OOO' })]);
    const after = zoneOf([key('a', 'ksk', { vector: 'OOU' })]);
    expect(ruleDs(before, after)).toBe(false);
    expect(ruleDs(before, { ...after, wantsDs: false })).toBe(true);
  });

  test('without any DS there is no order: all may come or go at once', () => {
    const keys = [key('k', 'ksk', { vector: 'RRH' }), key('z', 'zsk', { vector: 'RR' })];
    expect(isSafe(zoneOf(keys), RULES, ENGINE)).toBe(true);
  });

  test.each([
    ['a DS was asked for', { request: { keys: ['k'], at: 0, submittedAt: undefined }, observed: { kind: 'unknown' } as const }],
    ['a DS was seen', { request: undefined, observed: { kind: 'settled', keys: ['?1'], from: 0, at: 0, ttl: 1 } as const }],
  ])('not insecure: %s', (_name, parent) => {
    const zone = zoneOf([key('k', 'ksk', { vector: 'OOH' })]);
    expect(isInsecure(zone, RULES)).toBe(true);
    expect(isInsecure({ ...zone, parent }, RULES)).toBe(false);
  });

  test('RFC 5011 6.6: a key that resolvers trust keeps the zone secure until it is revoked', () => {
    const rules = { ...RULES, rfc5011: 'minimum' as const };
    expect(isInsecure(zoneOf([key('k', 'ksk', { vector: 'OOH' })]), rules)).toBe(false);
    // A server went back to a version without it: who has it as an anchor has it still.
    const back = key('k', 'ksk', { vector: 'RRH', since: 9, from: 'awaited' });
    expect(isInsecure(zoneOf([{ ...back, activeSince: 1 }]), rules)).toBe(false);
    expect(isInsecure(zoneOf([{ ...back, activeSince: undefined }]), rules)).toBe(true);
    const revoked = key('k', 'ksk', { vector: 'OOH', revocation: { kind: 'revoked', since: 0, from: 0 } });
    expect(isInsecure(zoneOf([revoked], [], { roll: rollOf('insecure', rules, ['k'], []) }), rules)).toBe(true);
  });
});
