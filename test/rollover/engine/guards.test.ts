import { describe, expect, test } from 'vitest';
import type { Arrival, RollRules, Version, Wait, ZoneRoll } from '../../../keystore/rollover/model.ts';
import { ENGINE } from '../../../keystore/rollover/parts.ts';
import { settle } from '../../../keystore/rollover/settle.ts';
import { DAY, HOUR, key, RULES, rollOf, simulate, T0, vectorOf, zoneOf } from './support.ts';

const KSK = key('ksk', 'ksk', { vector: 'OOO' });

function version(at: number, from: Arrival, more: Partial<Version> = {}): Version {
  return { serial: at, at, from, keyTtl: HOUR, signatureTtl: DAY, negativeTtl: HOUR, isSigned: true, ...more };
}

/** A new ZSK that was published, and what was published before. */
function introduced(from: Arrival, versions: readonly Version[]): ZoneRoll {
  return zoneOf([key('new', 'zsk', { vector: 'RH', since: T0, from }), key('zsk', 'zsk', { vector: 'OO' }), KSK], [], { versions });
}

const times = (waits: readonly Wait[]): readonly Wait['until'][] => waits.map(({ until }) => until).filter((until) => until !== 'rules');
const waitFor = (zone: ZoneRoll, rules: RollRules = RULES, now = T0): Wait => settle(zone, rules, now, 'none').waits[0]!;

describe('the zone', () => {
  test('RFC 7583 appendix A, Dprp: without evidence of the publication no time passes', () => {
    expect(waitFor(introduced('awaited', []), RULES, T0 + 1000 * DAY)).toMatchObject({ until: 'evidence', evidence: 'published' });
  });

  test('ready at Ipub, not one second before', () => {
    const zone = introduced(T0 + HOUR, []);
    expect(vectorOf(settle(zone, RULES, T0 + 2 * HOUR - 1, 'none').zone)).toBe('RH|OO|OOO');
    expect(vectorOf(settle(zone, RULES, T0 + 2 * HOUR, 'none').zone)).toBe('OH|OO|OOO');
    expect(waitFor(zone)).toMatchObject({
      until: T0 + 2 * HOUR,
      interval: {
        name: 'Ipub',
        terms: [
          { name: 'Dprp', seconds: HOUR },
          { name: 'TTLkey', seconds: HOUR },
        ],
      },
    });
  });

  test('a TTL that was lowered counts as long as caches can have it', () => {
    const old = version(T0 - DAY, T0 - DAY + HOUR, { keyTtl: 2 * DAY });
    expect(waitFor(introduced(T0 + HOUR, [old, version(T0, T0 + HOUR)])).until).toBe(T0 + HOUR + 2 * DAY);
    // Superseded an hour before the record came, it is out of caches an hour earlier.
    const between = version(T0 - HOUR, T0);
    expect(waitFor(introduced(T0 + HOUR, [old, between, version(T0, T0 + HOUR)])).until).toBe(T0 + 2 * DAY);
  });

  test('a TTL that is raised counts at once', () => {
    expect(waitFor(introduced(T0 + HOUR, [version(T0 - DAY, T0 - DAY)]), { ...RULES, keyTtl: DAY }).until).toBe(T0 + HOUR + DAY);
  });

  test('after an unsigned version the absence of a DNSKEY is waited for', () => {
    const unsigned = version(T0 - DAY, T0 - DAY, { isSigned: false, negativeTtl: 3 * HOUR });
    expect(waitFor(introduced(T0 + HOUR, [unsigned])).until).toBe(T0 + 4 * HOUR);
  });

  test('margins: publish-safety on what comes, retire-safety on what changes over', () => {
    const rules = { ...RULES, publishSafety: 100, retireSafety: 1000 };
    expect(waitFor(introduced(T0 + HOUR, []), rules).until).toBe(T0 + 2 * HOUR + 100);
    const swap = zoneOf([
      key('old', 'zsk', { vector: 'OU', goal: 'hidden', since: T0, from: T0 }),
      key('new', 'zsk', { vector: 'OR', since: T0, from: T0 }),
      KSK,
    ]);
    expect(times(settle(swap, rules, T0, 'none').waits)).toEqual([T0 + DAY + 1000, T0 + DAY + 1000]);
  });

  test('a DS that takes a place has the margin of that also when the old one is known to be gone before', () => {
    const rules = { ...RULES, publishSafety: 10 * DAY, retireSafety: 1000 };
    const swap = [
      key('old', 'ksk', { vector: 'OOU', goal: 'hidden', since: T0, from: T0 }),
      key('new', 'ksk', { vector: 'OOR', since: T0, from: T0 }),
      key('zsk', 'zsk', { vector: 'OO' }),
    ];
    for (const keys of [swap, swap.toReversed()]) {
      const zone = zoneOf(keys, [{ old: 'old', new: 'new' }], { roll: rollOf('ksk', rules, ['old'], ['new']) });
      const after = settle(zone, rules, T0 + DAY + 1000, 'none').zone;
      expect(after.keys.find(({ name }) => name === 'new')?.records.ds?.kind).toBe('omnipresent');
    }
  });
});

describe('the parent', () => {
  const asked = (observed: ZoneRoll['parent']['observed'], from: Arrival = T0): ZoneRoll =>
    zoneOf(
      [key('old', 'ksk', { vector: 'OOU', goal: 'hidden', since: T0, from }), key('new', 'ksk', { vector: 'OOR', since: T0, from })],
      [{ old: 'old', new: 'new' }],
      {
        parent: { request: { keys: ['new'], at: T0, submittedAt: T0 }, observed },
      },
    );
  const settled = (keys: readonly string[], from: number, ttl = DAY) => ({ kind: 'settled', keys, from, at: from, ttl }) as const;

  test('RFC 7583 3.3.1: the wait begins when the DS is seen, whenever it was handed in', () => {
    const { waits } = settle(asked(settled(['old'], 0), 'awaited'), RULES, T0 + 1000 * DAY, 'all');
    expect(waits.filter(({ until }) => until !== 'rules').map(({ until, evidence }) => [until, evidence])).toEqual([
      ['evidence', 'ds-gone'],
      ['evidence', 'ds-seen'],
    ]);
  });

  test('nothing advances while the parent has not what it was asked for', () => {
    for (const observed of [settled(['old', 'new'], T0), { kind: 'mixed', at: T0 } as const, { kind: 'unknown' } as const]) {
      expect(settle(asked(observed), RULES, T0 + 1000 * DAY, 'all').moves).toEqual([]);
    }
  });

  test('a DS that was seen, went and came again is counted from its return', () => {
    const back = asked(settled(['new'], T0 + 5 * DAY), T0);
    expect(settle(back, RULES, T0 + 6 * DAY - 1, 'all').moves).toEqual([]);
    expect(vectorOf(settle(back, RULES, T0 + 6 * DAY, 'none').zone)).toBe('OOH|OOO');
  });

  test('TTLds is the largest that was seen', () => {
    expect(times(settle(asked(settled(['new'], T0, 3 * DAY)), RULES, T0, 'none').waits)).toEqual([T0 + 3 * DAY, T0 + 3 * DAY]);
  });
});

describe('trust anchors (RFC 5011)', () => {
  const rules: RollRules = { ...RULES, rfc5011: 'minimum', keyTtl: 60 * DAY };

  test('2.4.1: hold-down is the TTL where that is longer', () => {
    const zone = zoneOf([key('new', 'ksk', { vector: 'RRH', since: T0, from: T0 + HOUR }), KSK, key('zsk', 'zsk', { vector: 'OO' })]);
    // AddHoldDownTime 60 d + 2 * 15 d
    expect(settle(zone, rules, T0, 'none').waits[0]!.until).toBe(T0 + HOUR + 90 * DAY);
  });

  test('2.3: a resolver comes again by the TTL that it was given last, also where that was lowered since', () => {
    const anchor = { ...rules, keyTtl: HOUR };
    const versions = [version(T0 - DAY, T0 - DAY, { keyTtl: 20 * DAY }), version(T0, T0 + HOUR)];
    const zone = (before: readonly Version[]): ZoneRoll =>
      zoneOf([key('new', 'ksk', { vector: 'RRH', since: T0, from: T0 + HOUR }), KSK, key('zsk', 'zsk', { vector: 'OO' })], [], {
        versions: before,
      });
    // AddHoldDownTime 30 d + 2 * 10 d
    expect(waitFor(zone(versions), anchor)).toMatchObject({
      until: T0 + HOUR + 50 * DAY,
      interval: {
        terms: [
          { name: 'DprpC', seconds: HOUR },
          { name: 'AddHoldDownTime', seconds: 30 * DAY },
          { name: '2*modifiedQueryInterval', seconds: 20 * DAY },
        ],
      },
    });
    // Superseded so long ago that everybody came again meanwhile.
    const late = [version(T0 - 40 * DAY, T0 - 40 * DAY, { keyTtl: 20 * DAY }), version(T0 - 20 * DAY, T0 - 20 * DAY), versions[1]!];
    expect(waitFor(zone(late), anchor).until).toBe(T0 + HOUR + 30 * DAY + 2 * HOUR);
  });

  test('RFC 7583 3.3.4.2, Irev: a revoked key is there until a resolver with the longer TTL came again', () => {
    const revoked = key('old', 'ksk', {
      vector: 'OOH',
      goal: 'hidden',
      revocation: { kind: 'revoked', since: T0, from: T0 + HOUR },
    });
    const zone = zoneOf([revoked, KSK, key('zsk', 'zsk', { vector: 'OO' })], [], {
      versions: [version(T0 - DAY, T0 - DAY, { keyTtl: 20 * DAY }), version(T0, T0 + HOUR)],
    });
    expect(waitFor(zone, { ...rules, keyTtl: HOUR }).until).toBe(T0 + HOUR + 10 * DAY);
  });

  test('the first key is given to resolvers by hand, and needs no hold-down', () => {
    const zone = zoneOf([key('new', 'ksk', { vector: 'RRH', since: T0, from: T0 })]);
    expect(settle(zone, { ...rules, keyTtl: HOUR }, T0, 'none').waits[0]!.until).toBe(T0 + HOUR);
  });

  test('2.2: nothing is revoked while a new anchor is watched', () => {
    const zone = zoneOf([
      key('old', 'ksk', { vector: 'OOH', goal: 'hidden', revocation: { kind: 'wanted' } }),
      KSK,
      key('new', 'ksk', { vector: 'RRH', since: T0, from: T0 }),
      key('zsk', 'zsk', { vector: 'OO' }),
    ]);
    const { waits } = settle(zone, RULES, T0, 'all');
    expect(waits.find(({ move }) => move.kind === 'revoke')?.because).toContain('watch');
  });
});

describe('standby, other operators, emergencies', () => {
  test('RFC 6781 4.2.4: a standby DS has no DNSKEY', () => {
    const goals = { dnskey: 'hidden', krrsig: 'hidden', ds: 'omnipresent' } as const;
    const zone = zoneOf([KSK, key('zsk', 'zsk', { vector: 'OO' }), key('standby', 'ksk', { vector: 'HHH', goal: goals })]);
    expect(simulate(zone, RULES, T0).at(-1)!.vector).toBe('OOO|OO|HHO');
  });

  test('RFC 7583 4: a standby ZSK has waited already', () => {
    const zone = zoneOf(
      [KSK, key('old', 'zsk', { vector: 'OO', goal: 'hidden' }), key('standby', 'zsk', { vector: 'OH' })],
      [{ old: 'old', new: 'standby' }],
      { roll: rollOf('zsk', RULES, ['old'], ['standby']) },
    );
    expect(simulate(zone, RULES, T0)[0]!.vector).toBe('OOO|OU|OR');
  });

  test("RFC 8901 2.1.2: another operator's ZSK is published and signs nothing here, its DS stands beside ours", () => {
    const zone = zoneOf([
      KSK,
      key('zsk', 'zsk', { vector: 'OO' }),
      key('their-zsk', 'zsk', { vector: 'HH', goal: { dnskey: 'omnipresent' }, operator: 'them' }),
      key('their-ksk', 'ksk', { vector: 'HHH', goal: { ds: 'omnipresent' }, operator: 'them' }),
    ]);
    const stages = simulate(zone, RULES, T0);
    expect(stages.at(-1)!.vector).toBe('OOO|OO|OH|HHO');
    expect(stages.at(-1)!.zone.parent.request?.keys).toEqual(['ksk', 'their-ksk']);
  });

  test('RFC 6781 4.2.1.2: with the chain broken on purpose nothing waits for anything', () => {
    const zone = zoneOf(
      [key('old', 'ksk', { vector: 'OOO', goal: 'hidden' }), key('new', 'ksk', { vector: 'HHH' }), key('zsk', 'zsk', { vector: 'OO' })],
      [],
      {
        roll: { ...rollOf('ksk', RULES, ['old'], ['new']), breaksChain: true },
      },
    );
    expect(vectorOf(settle(zone, RULES, T0, 'all').zone)).toBe('UUU|RRR|OO');
    expect(vectorOf(settle({ ...zone, roll: { ...zone.roll!, breaksChain: false } }, RULES, T0, 'all').zone)).toBe('OOO|RRH|OO');
  });

  test('without somebody at the machine nothing is done, and what could be is told', () => {
    const zone = zoneOf([KSK, key('old', 'zsk', { vector: 'OO' }), key('new', 'zsk', { vector: 'HH' })]);
    const { moves, waits } = settle(zone, RULES, T0, 'none');
    expect(moves).toEqual([]);
    expect(waits).toContainEqual(
      expect.objectContaining({ move: { kind: 'record', key: 'new', record: 'dnskey', to: 'rumoured' }, until: T0 }),
    );
    expect(ENGINE.dsgn({ dsgn: 3 })).toBe(3);
  });
});
