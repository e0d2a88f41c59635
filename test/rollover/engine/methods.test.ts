import { describe, expect, test } from 'vitest';
import type { RollRules, ZoneRoll } from '../../../keystore/rollover/model.ts';
import { DAY, HOUR, key, RULES, rollOf, type Stage, simulate, T0, zoneOf } from './support.ts';

const links = [{ old: 'old', new: 'new' }];
const methods = (some: Partial<RollRules['methods']>): RollRules => ({ ...RULES, methods: { ...RULES.methods, ...some } });

/** Vector and hours from the beginning. */
const told = (stages: readonly Stage[]): readonly (readonly [string, number])[] =>
  stages.map(({ vector, at }) => [vector, (at - T0) / HOUR]);

const KSK = key('ksk', 'ksk', { vector: 'OOO' });
const ZSK = key('zsk', 'zsk', { vector: 'OO' });

function roll(role: 'ksk' | 'zsk' | 'csk', rules: RollRules, others: Parameters<typeof zoneOf>[0] = []): ZoneRoll {
  const length = { ksk: 3, zsk: 2, csk: 4 }[role];
  const keys = [
    key('old', role, { vector: 'O'.repeat(length), goal: 'hidden' }),
    key('new', role, { vector: 'H'.repeat(length), since: 0 }),
    ...others,
  ];
  return zoneOf(keys, links, { roll: rollOf(role, rules, ['old'], ['new']) });
}

describe('ZSK (RFC 7583 3.2)', () => {
  test('3.2.1: Ipub = Dprp + TTLkey, Iret = Dsgn + Dprp + TTLsig', () => {
    const rules = { ...RULES, dsgn: 7 * DAY };
    expect(told(simulate(roll('zsk', rules, [KSK]), rules, T0))).toEqual([
      ['OO|RH|OOO', 0],
      ['OU|OR|OOO', 2],
      ['UH|OO|OOO', 2 + 8 * 24 + 1],
      ['HH|OO|OOO', 2 + 8 * 24 + 3],
    ]);
  });

  test('3.2.2: Iret = Dsgn + Dprp + max(TTLkey, TTLsig)', () => {
    const rules = { ...methods({ zsk: 'double-signature' }), dsgn: 7 * DAY };
    expect(told(simulate(roll('zsk', rules, [KSK]), rules, T0))).toEqual([
      ['OO|RR|OOO', 0],
      ['OO|OR|OOO', 2],
      ['UU|OO|OOO', 8 * 24 + 1],
      ['HU|OO|OOO', 8 * 24 + 3],
      ['HH|OO|OOO', 16 * 24 + 2],
    ]);
  });
});

describe('KSK (RFC 7583 3.3)', () => {
  test('3.3.1: IpubC = DprpC + TTLkey, Iret = DprpP + TTLds', () => {
    expect(told(simulate(roll('ksk', RULES, [ZSK]), RULES, T0))).toEqual([
      ['OOO|RRH|OO', 0],
      ['OOU|OOR|OO', 2],
      ['UUH|OOO|OO', 27],
      ['HHH|OOO|OO', 29],
    ]);
  });

  test('3.3.1: Dreg comes between the request and the DS, and is no part of an interval', () => {
    const rules = { ...RULES, registration: 12 * HOUR };
    expect(told(simulate(roll('ksk', rules, [ZSK]), rules, T0))[2]).toEqual(['UUH|OOO|OO', 2 + 12 + 25]);
  });

  test('3.3.2: IpubP = DprpP + TTLds, Iret = DprpC + TTLkey; key and signature change in one step', () => {
    const rules = { ...methods({ ksk: 'double-ds' }), registration: 12 * HOUR };
    expect(told(simulate(roll('ksk', rules, [ZSK]), rules, T0))).toEqual([
      ['OOO|HHR|OO', 0],
      ['UUO|RRO|OO', 12 + 25],
      ['HHU|OOO|OO', 12 + 27],
      ['HHH|OOO|OO', 24 + 27 + 25],
    ]);
  });

  test('3.3.3: Ipub = max(Dreg + IpubP, IpubC)', () => {
    const rules = { ...methods({ ksk: 'double-rrset' }), registration: 12 * HOUR };
    expect(told(simulate(roll('ksk', rules, [ZSK]), rules, T0)).slice(0, 3)).toEqual([
      ['OOO|RRR|OO', 0],
      ['OOO|OOR|OO', 2],
      ['UUU|OOO|OO', 12 + 25],
    ]);
  });

  test('3.3.4: a new trust anchor is published for DprpC + Itrp, the old one is revoked for Irev', () => {
    const rules: RollRules = { ...RULES, rfc5011: 'minimum' };
    const zone = roll('ksk', rules, [ZSK]);
    const old = { ...zone.keys[0]!, revocation: { kind: 'wanted' } as const };
    const stages = simulate({ ...zone, keys: [old, ...zone.keys.slice(1)] }, rules, T0);
    expect(told(stages)).toEqual([
      ['OOO|RRH|OO', 0],
      ['OOO|ROH|OO', 2],
      ['OOU|OOR|OO', 30 * 24 + 3],
      ['OOH|OOO|OO', 31 * 24 + 4],
      ['UUH|OOO|OO', 31 * 24 + 6],
      ['HHH|OOO|OO', 31 * 24 + 8],
    ]);
    expect(stages[3]!.moves).toContainEqual({ kind: 'revoke', key: 'old' });
  });

  test('RFC 5011 6.2: a revoked key stays 30 days where that is advised', () => {
    const rules: RollRules = { ...RULES, rfc5011: 'advised' };
    const zone = roll('ksk', rules, [ZSK]);
    const old = { ...zone.keys[0]!, revocation: { kind: 'wanted' } as const };
    expect(told(simulate({ ...zone, keys: [old, ...zone.keys.slice(1)] }, rules, T0))[4]).toEqual(['UUH|OOO|OO', 61 * 24 + 4]);
  });
});

describe('CSK (RFC 6781 4.1.3)', () => {
  test('pre-publication: signatures and DS change together, the old key stays for the longer of both', () => {
    const rules = { ...RULES, dsgn: 7 * DAY };
    expect(told(simulate(roll('csk', rules), rules, T0))).toEqual([
      ['OOOO|RRHH', 0],
      ['OOUU|OORR', 2],
      ['OUUH|OORO', 27],
      ['OHUH|OORO', 29],
      ['UHHH|OOOO', 8 * 24 + 3],
      ['HHHH|OOOO', 8 * 24 + 5],
    ]);
  });

  test('double-signature: everything is signed by both, the DS changes, the old key goes', () => {
    const rules = methods({ csk: 'double-signature' });
    expect(told(simulate(roll('csk', rules), rules, T0))).toEqual([
      ['OOOO|RRRH', 0],
      ['OOOO|OORH', 2],
      ['OOOU|OOOR', 25],
      ['UUUH|OOOO', 50],
      ['HHUH|OOOO', 52],
      ['HHHH|OOOO', 75],
    ]);
  });

  test('delayed signatures: the zone changes over once the old DS is dead', () => {
    const rules = methods({ csk: 'delayed-signatures' });
    expect(told(simulate(roll('csk', rules), rules, T0))).toEqual([
      ['OOOO|RRHH', 0],
      ['OOOU|OOHR', 2],
      ['OUUH|OORO', 27],
      ['OHUH|OORO', 29],
      ['UHHH|OOOO', 52],
      ['HHHH|OOOO', 54],
    ]);
  });

  test('double-DS: all signatures change under two keys and two DS', () => {
    const rules = methods({ csk: 'double-ds' });
    expect(told(simulate(roll('csk', rules), rules, T0))).toEqual([
      ['OOOO|RHHR', 0],
      ['OOOO|OHHR', 2],
      ['OUUO|ORRO', 25],
      ['OHUO|OORO', 27],
      ['UHHU|OOOO', 50],
      ['HHHU|OOOO', 52],
      ['HHHH|OOOO', 75],
    ]);
  });
});

describe('Algorithm (RFC 6781 4.1.4)', () => {
  const change = (rules: RollRules): ZoneRoll =>
    zoneOf(
      [
        key('ko', 'ksk', { vector: 'OOO', goal: 'hidden', algorithm: 8 }),
        key('zo', 'zsk', { vector: 'OO', goal: 'hidden', algorithm: 8 }),
        key('kn', 'ksk', { vector: 'HHH' }),
        key('zn', 'zsk', { vector: 'HH' }),
      ],
      [
        { old: 'ko', new: 'kn' },
        { old: 'zo', new: 'zn' },
      ],
      { roll: rollOf('algorithm', rules, ['ko', 'zo'], ['kn', 'zn']) },
    );

  test('conservative: signatures, keys, DS; and back in the reverse order', () => {
    const rules = { ...RULES, dsgn: 7 * DAY };
    expect(told(simulate(change(rules), rules, T0)).slice(0, 5)).toEqual([
      ['OOO|OO|HHH|HR', 0],
      ['OOO|OO|RRH|RO', 8 * 24 + 1],
      ['OOU|OO|OOR|OO', 8 * 24 + 3],
      ['UUH|UO|OOO|OO', 9 * 24 + 4],
      ['HHH|HU|OOO|OO', 9 * 24 + 6],
    ]);
  });

  test('RFC 6840 5.11, liberal: keys and signatures together', () => {
    const rules = methods({ algorithm: 'liberal' });
    expect(told(simulate(change(rules), rules, T0)).slice(0, 4)).toEqual([
      ['OOO|OO|RRH|RR', 0],
      ['OOO|OO|OOH|OR', 2],
      ['OOU|OO|OOR|OO', 25],
      ['UUH|UU|OOO|OO', 50],
    ]);
  });
});

describe('First signing and back', () => {
  const first = (rules: RollRules): ZoneRoll => ({
    ...zoneOf([key('k', 'ksk', { vector: 'HHH' }), key('z', 'zsk', { vector: 'HH' })], [], { wantsDs: false }),
    parent: { request: undefined, observed: { kind: 'unknown' } },
    roll: rollOf('first-signing', rules, [], ['k', 'z']),
  });

  test('RFC 7583 3.3.5: no DS before every cache has keys and signatures', () => {
    const stages = simulate(first(RULES), RULES, T0);
    expect(told(stages)).toEqual([
      ['RRH|RR', 0],
      ['OOH|OR', 2],
      ['OOR|OO', 25],
      ['OOO|OO', 50],
    ]);
    expect(stages.at(-1)!.zone).toMatchObject({ wantsDs: true, roll: undefined });
  });

  test('negative answers of the unsigned zone are waited for', () => {
    const rules = { ...RULES, propagation: 2, keyTtl: 5, signatureTtl: 7, negativeTtl: 30 };
    expect(simulate(first(rules), rules, T0).find(({ vector }) => vector === 'OOR|OO')?.at).toBe(T0 + 32);
  });

  test('RFC 8078 4: all goes at once, but not before the DS is gone from caches', () => {
    const zone = zoneOf([key('k', 'ksk', { vector: 'OOO', goal: 'hidden' }), key('z', 'zsk', { vector: 'OO', goal: 'hidden' })], [], {
      wantsDs: false,
      roll: rollOf('insecure', RULES, ['k', 'z'], []),
    });
    // DprpP + TTLds, and TTLkey: so long a DNSKEY RRset is trusted that was validated in the last second of the DS.
    expect(told(simulate(zone, RULES, T0)).slice(0, 2)).toEqual([
      ['OOU|OO', 0],
      ['UUH|UU', 26],
    ]);
  });
});

describe('CSK and split', () => {
  test('split to CSK: the DS changes after Ipub, both old keys are out when DS and signatures are over', () => {
    const zone = zoneOf(
      [
        key('k', 'ksk', { vector: 'OOO', goal: 'hidden' }),
        key('z', 'zsk', { vector: 'OO', goal: 'hidden' }),
        key('c', 'csk', { vector: 'HHHH' }),
      ],
      [{ old: 'k', new: 'c' }],
      { roll: rollOf('to-csk', RULES, ['k', 'z'], ['c']) },
    );
    expect(told(simulate(zone, RULES, T0)).slice(0, 3)).toEqual([
      ['OOO|OO|RRHH', 0],
      ['OOU|OO|OORR', 2],
      ['UUH|UU|OOOO', 27],
    ]);
  });
});
