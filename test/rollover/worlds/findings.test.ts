import { expect, test } from 'vitest';
import { cancel } from '../../../keystore/rollover/cancel.ts';
import { contentsOf } from '../../../keystore/rollover/contents.ts';
import type { RollRules } from '../../../keystore/rollover/model.ts';
import { published, servedOlder } from '../../../keystore/rollover/observe.ts';
import { observeDs } from '../../../keystore/rollover/observe-ds.ts';
import { settle } from '../../../keystore/rollover/settle.ts';
import { DAY, key, RULES, rollOf, T0, vectorOf, zoneOf } from '../engine/support.ts';

/** What worlds have found of the engine, each without its world. */

test('RFC 5011 5: the only trust anchor is not revoked before its successor is with all resolvers', () => {
  const rules: RollRules = { ...RULES, rfc5011: 'minimum' };
  const withoutDs = { dnskey: 'omnipresent', krrsig: 'omnipresent', ds: 'hidden' } as const;
  const keys = [
    key('old', 'ksk', { vector: 'OOH', goal: 'hidden', revocation: { kind: 'wanted' } }),
    key('zsk', 'zsk', { vector: 'OO' }),
    key('new', 'ksk', { vector: 'HHH', goal: withoutDs }),
  ];
  const island = zoneOf(keys, [{ old: 'old', new: 'new' }], { roll: rollOf('ksk', rules, ['old'], ['new']), wantsDs: false });
  const { zone, moves, waits } = settle(island, rules, T0, 'all');
  expect(vectorOf(zone)).toBe('OOH|OO|RRH');
  expect(moves.filter(({ kind }) => kind === 'revoke')).toEqual([]);
  expect(waits.find(({ move }) => move.kind === 'revoke')?.until).toBe('rules');
});

test('RFC 8901 2.1.2: a zone that turns back from going insecure has the DS and the ZSK of the other operator again', () => {
  const keys = [
    key('ksk', 'ksk', { vector: 'OOH', goal: 'hidden' }),
    key('zsk', 'zsk', { vector: 'OO', goal: 'hidden' }),
    key('their-ksk', 'ksk', { vector: 'HHH', goal: { ds: 'hidden' }, operator: 'them' }),
    key('their-zsk', 'zsk', { vector: 'OH', goal: { dnskey: 'hidden' }, operator: 'them' }),
  ].map((one) => (one.operator === 'self' ? { ...one, activeSince: 0 } : one));
  const roll = rollOf(
    'insecure',
    RULES,
    keys.map(({ name }) => name),
    [],
  );
  const result = cancel(zoneOf(keys, [], { roll, wantsDs: false }), RULES, T0);
  if ('refused' in result) throw new Error(result.refused);
  const { zone } = settle(result.zone, RULES, T0, 'all');
  expect(contentsOf(zone, RULES)).toMatchObject({
    ds: ['ksk', 'their-ksk'],
    dnskey: [{ name: 'ksk' }, { name: 'zsk' }, { name: 'their-zsk' }],
  });
});

test('a server that went back in the midst of a rollover holds it up, and does not stop it', () => {
  const keys = [
    // All was with all caches, and waits anew since some server gave out an older version.
    key('old', 'ksk', { vector: 'RRO', goal: 'hidden', since: T0, from: T0 }),
    key('new', 'ksk', { vector: 'RRH', since: T0, from: T0 }),
    key('zsk', 'zsk', { vector: 'OO' }),
  ];
  const zone = zoneOf(keys, [{ old: 'old', new: 'new' }], { roll: rollOf('ksk', RULES, ['old'], ['new']) });
  expect(vectorOf(settle(zone, RULES, T0 + RULES.keyTtl - 1, 'all').zone)).toBe('RRO|RRH|OO');
  expect(vectorOf(settle(zone, RULES, T0 + RULES.keyTtl, 'all').zone)).toBe('OOU|OOR|OO');
});

test('RFC 6781 4.1.4: a server that goes back brings the DNSKEY of the old algorithm again, and its signatures stay until that is gone anew', () => {
  const version = (serial: number, at: number) =>
    ({ serial, at, from: at, keyTtl: RULES.keyTtl, signatureTtl: DAY, negativeTtl: RULES.negativeTtl, isSigned: true }) as const;
  const keys = [
    key('old-ksk', 'ksk', { vector: 'HHH', goal: 'hidden', algorithm: 8 }),
    key('old-zsk', 'zsk', { vector: 'HO', goal: 'hidden', algorithm: 8 }),
    key('ksk', 'ksk', { vector: 'OOO' }),
    key('zsk', 'zsk', { vector: 'OO' }),
  ];
  const roll = rollOf('algorithm', RULES, ['old-ksk', 'old-zsk'], ['ksk', 'zsk']);
  const zone = zoneOf(keys, [], { roll, versions: [version(1, T0 - DAY), version(2, T0)] });
  expect(vectorOf(settle(zone, RULES, T0 + DAY, 'all').zone)).toBe('HHH|HU|OOO|OO');
  const back = servedOlder(zone, { serial: 1, at: T0 + DAY }).zone;
  expect(vectorOf(settle(back, RULES, T0 + 2 * DAY, 'all').zone)).toBe('UUH|UO|OOO|OO');
  const again = published(back, { serial: 2, from: T0 + 2 * DAY }).zone;
  expect(vectorOf(settle(again, RULES, T0 + 2 * DAY + RULES.keyTtl - 1, 'all').zone)).toBe('UUH|UO|OOO|OO');
  expect(vectorOf(settle(again, RULES, T0 + 2 * DAY + RULES.keyTtl, 'all').zone)).toBe('HHH|HU|OOO|OO');
});

test('RFC 8901 8: after we have left, what the servers of the other operator give out brings nothing of ours back', () => {
  const version = (serial: number, at: number) =>
    ({ serial, at, from: at, keyTtl: RULES.keyTtl, signatureTtl: DAY, negativeTtl: RULES.negativeTtl, isSigned: true }) as const;
  const keys = [
    key('ksk', 'ksk', { vector: 'HHU', goal: 'hidden', since: T0 }),
    key('zsk', 'zsk', { vector: 'HH', goal: 'hidden' }),
    key('their-ksk', 'ksk', { vector: 'HHO', goal: { ds: 'omnipresent' }, operator: 'them' }),
    key('their-zsk', 'zsk', { vector: 'HH', goal: { dnskey: 'hidden' }, operator: 'them' }),
  ];
  const roll = rollOf('leave', RULES, ['ksk', 'zsk'], []);
  const zone = zoneOf(keys, [], { roll, versions: [version(10, T0 - 20 * DAY), version(20, T0 - 10 * DAY)] });
  // They count their serials by themselves.
  const seen = servedOlder(zone, { serial: 5, at: T0 }).zone;
  const { zone: after } = settle(seen, RULES, T0 + RULES.dsTtl, 'all');
  expect(vectorOf(after)).toBe('HHH|HH|HHO|HH');
  expect(after.roll).toBeUndefined();
});

test('RFC 7583 3.3.4: a new trust anchor that some resolver may have taken is revoked when the rollover turns back; before that it just goes', () => {
  const rules: RollRules = { ...RULES, rfc5011: 'minimum' };
  const begun = (since: number) =>
    zoneOf(
      [
        { ...key('old', 'ksk', { vector: 'OOO', goal: 'hidden', revocation: { kind: 'wanted' } }), activeSince: 0 },
        key('new', 'ksk', { vector: 'RRH', since, from: since }),
        key('zsk', 'zsk', { vector: 'OO' }),
      ],
      [{ old: 'old', new: 'new' }],
      { roll: rollOf('ksk', rules, ['old'], ['new']) },
    );
  const turned = (since: number) => {
    const result = cancel(begun(since), rules, T0);
    if ('refused' in result) throw new Error(result.refused);
    return settle(result.zone, rules, T0, 'all').zone;
  };
  expect(vectorOf(turned(T0 - 30 * DAY + 1))).toBe('OOO|UUH|OO');
  const watched = turned(T0 - 30 * DAY);
  expect(vectorOf(watched)).toBe('OOO|ROH|OO');
  expect(watched.keys.map(({ revocation }) => revocation.kind)).toEqual(['none', 'revoked', 'none']);
});

test('RFC 7583 3.3.4: a new trust anchor that waits anew since a server went back may have been taken before that, and is revoked too', () => {
  const rules: RollRules = { ...RULES, rfc5011: 'minimum' };
  const version = (serial: number, at: number) =>
    ({ serial, at, from: at, keyTtl: RULES.keyTtl, signatureTtl: DAY, negativeTtl: RULES.negativeTtl, isSigned: true }) as const;
  const keys = [
    { ...key('old', 'ksk', { vector: 'OOO', goal: 'hidden', revocation: { kind: 'wanted' } }), activeSince: 0 },
    key('new', 'ksk', { vector: 'OOH', since: T0 - DAY }),
    key('zsk', 'zsk', { vector: 'OO' }),
  ];
  const roll = { ...rollOf('ksk', rules, ['old'], ['new']), started: T0 - 33 * DAY };
  // Version 1 brought it, and signatures were made anew since.
  const versions = [version(1, T0 - 33 * DAY), version(2, T0 - 10 * DAY)];
  const back = servedOlder(zoneOf(keys, [{ old: 'old', new: 'new' }], { roll, versions }), { serial: 1, at: T0 }).zone;
  expect(vectorOf(back)).toBe('OOO|RRH|OO');
  const result = cancel(back, rules, T0);
  if ('refused' in result) throw new Error(result.refused);
  expect(result.zone.keys.map(({ revocation }) => revocation.kind)).toEqual(['none', 'wanted', 'none']);
});

test('RFC 7583 3.3.2: the DS of the new key that one look did not find counts again from the look that finds it, and the rollover goes on', () => {
  const rules: RollRules = { ...RULES, methods: { ...RULES.methods, ksk: 'double-ds' } };
  const keys = [
    { ...key('old', 'ksk', { vector: 'UUO', goal: 'hidden', since: T0 }), trouble: 'lost' as const },
    key('new', 'ksk', { vector: 'RRO', since: T0 }),
    key('zsk', 'zsk', { vector: 'OO' }),
  ];
  const zone = zoneOf(keys, [{ old: 'old', new: 'new' }], { roll: rollOf('ksk', rules, ['old'], ['new']) });
  const ttl = RULES.dsTtl;
  const without = observeDs(zone, { at: T0, agree: true, keys: ['old'], ttl }).zone;
  expect(vectorOf(without)).toBe('UUO|RRU|OO');
  const disputed = observeDs(without, { at: T0, agree: true, keys: ['old', 'new'], ttl }).zone;
  const found = observeDs(disputed, { at: T0 + 60, agree: true, keys: ['old', 'new'], ttl }).zone;
  expect(found.keys[1]!.records.ds).toEqual({ kind: 'rumoured', since: T0 + 60, from: T0 + 60 });
  expect(vectorOf(settle(found, rules, T0 + 60 + ttl - 1, 'all').zone)).toBe('HHO|OOR|OO');
  // Now the old DS may be withdrawn.
  expect(vectorOf(settle(found, rules, T0 + 60 + ttl, 'all').zone)).toBe('HHU|OOO|OO');
});
