import { expect, test } from 'vitest';
import { EMPTY_ROLL, type RollKey, type ZoneRoll } from '../../../keystore/rollover/model.ts';
import { newKeysNeeded } from '../../../keystore/rollover/start/needed.ts';
import { start } from '../../../keystore/rollover/start.ts';
import { active, CALL, DAY, fresh, goals, HOUR, inUseWith, keyOf, RULES, refusal, secure, split } from './support.ts';

test('RFC 7583 3.3.5: the first keys are published without a wait; all that were generated are taken', () => {
  const zone: ZoneRoll = { ...EMPTY_ROLL, keys: [fresh('K1', 'ksk'), fresh('Z1', 'zsk')] };
  const after = start(zone, RULES, { kind: 'first-signing' }, CALL);
  expect([goals(after, 'K1'), goals(after, 'Z1')]).toEqual(['OOO', 'OO']);
  expect(after.roll).toMatchObject({ id: 1, kind: 'first-signing', old: [], new: ['K1', 'Z1'], started: 1000, breaksChain: false });
  expect(refusal({ ...EMPTY_ROLL, keys: [fresh('K1', 'ksk')] }, { kind: 'first-signing' })).toBe('roll/key-missing');
  expect(refusal(EMPTY_ROLL, { kind: 'first-signing' })).toBe('roll/key-missing');
  expect(refusal(split(), { kind: 'first-signing' })).toBe('roll/already-signed');
});

test('an island of security asks for its DS later, by the same start', () => {
  const island = start({ ...EMPTY_ROLL, keys: [fresh('C1', 'csk')] }, RULES, { kind: 'first-signing', dsLater: true }, CALL);
  expect(goals(island, 'C1')).toBe('OOOH');
  const settled = secure(active('C1', 'csk', inUseWith('csk', ['dnskey', 'krrsig', 'zrrsig'])));
  expect(goals(start(settled, RULES, { kind: 'first-signing' }, CALL), 'C1')).toBe('OOOO');
  // Its keys can roll meanwhile, and the next asks for no DS either.
  const rolled = start({ ...settled, keys: [...settled.keys, fresh('C2', 'csk')] }, RULES, { kind: 'csk' }, CALL);
  expect([goals(rolled, 'C1'), goals(rolled, 'C2')]).toEqual(['HHHH', 'OOOH']);
});

test('RFC 7583 3.2, 3.3: the new key takes over from the old, and the relation is recorded', () => {
  const after = start(split(fresh('Z2', 'zsk'), fresh('Z3', 'zsk')), RULES, { kind: 'zsk' }, CALL);
  expect([goals(after, 'Z1'), goals(after, 'Z2'), goals(after, 'Z3')]).toEqual(['HH', 'OO', '--']);
  expect(after.links).toEqual([{ old: 'Z1', new: 'Z2' }]);
  expect(goals(start(split(fresh('Z2', 'zsk'), fresh('Z3', 'zsk')), RULES, { kind: 'zsk', new: 'Z3' }, CALL), 'Z3')).toBe('OO');
  const ksk = start(split(fresh('K2', 'ksk')), RULES, { kind: 'ksk' }, CALL);
  expect([goals(ksk, 'K1'), goals(ksk, 'K2')]).toEqual(['HHH', 'OOO']);
});

test('no record moves at a start', () => {
  const before = split(fresh('K2', 'ksk'));
  const after = start(before, RULES, { kind: 'ksk' }, CALL);
  expect(after.keys.map(({ records }) => records)).toEqual(before.keys.map(({ records }) => records));
  expect(after.parent).toBe(before.parent);
});

test('RFC 7583 4: a standby key takes over by the method that it stands by for', () => {
  const standbyZsk = split(active('Z2', 'zsk', { ...inUseWith('zsk', ['dnskey']), activeSince: undefined }), fresh('Z3', 'zsk'));
  const zsk = start(standbyZsk, { ...RULES, methods: { ...RULES.methods, zsk: 'double-signature' } }, { kind: 'zsk' }, CALL);
  expect(zsk.roll).toMatchObject({ new: ['Z2'], methods: { zsk: 'pre-publication' } });
  const byDs = split(active('K2', 'ksk', { ...inUseWith('ksk', ['ds']), activeSince: undefined }));
  expect(start(byDs, RULES, { kind: 'ksk' }, CALL).roll).toMatchObject({ new: ['K2'], methods: { ksk: 'double-ds' } });
  const byKey = split(active('K2', 'ksk', { ...inUseWith('ksk', ['dnskey', 'krrsig']), activeSince: undefined }));
  const rules = { ...RULES, methods: { ...RULES.methods, ksk: 'double-ds' as const } };
  expect(start(byKey, rules, { kind: 'ksk' }, CALL).roll).toMatchObject({ new: ['K2'], methods: { ksk: 'double-ksk' } });
  expect(refusal(byKey, { kind: 'ksk' }, {}, { methods: { ksk: 'double-ds' } })).toBe('roll/method-unsuitable');
});

test('one rollover at a time, from a state that is known', () => {
  const running = start(split(fresh('Z2', 'zsk'), fresh('K2', 'ksk')), RULES, { kind: 'zsk' }, CALL);
  expect(refusal(running, { kind: 'ksk' })).toBe('roll/running');
  // Published at once, with all caches after TTLkey; signs then, and the old signatures are gone after TTLsig; its DNSKEY after TTLkey.
  expect(() => start(running, RULES, { kind: 'ksk' }, CALL)).toThrow(
    `rollover 1 (zsk) is under way, and a zone has one at a time; it can end at ${new Date((CALL.now + HOUR + DAY + HOUR) * 1000).toISOString().replace('.000Z', 'Z')} at the earliest`,
  );
  expect(refusal({ ...EMPTY_ROLL, keys: [fresh('Z1', 'zsk')] }, { kind: 'zsk' })).toBe('roll/not-signed');
  const uncertain = secure(
    active('K1', 'ksk'),
    active('Z1', 'zsk', {
      records: { dnskey: { kind: 'rumoured', since: 1, from: 'awaited' }, zrrsig: { kind: 'omnipresent', since: 0 } },
    }),
    fresh('Z2', 'zsk'),
  );
  expect(refusal(uncertain, { kind: 'zsk' })).toBe('roll/unsettled');
  const dsAwaited = active('K1', 'ksk');
  const unseen = secure(
    { ...dsAwaited, records: { ...dsAwaited.records, ds: { kind: 'rumoured', since: 1, from: 'awaited' } } },
    active('Z1', 'zsk'),
    fresh('Z2', 'zsk'),
  );
  expect(refusal(unseen, { kind: 'zsk' })).toBe('roll/ds-unknown');
});

test('absence of evidence about the DS is no evidence', () => {
  const zone = split(fresh('K2', 'ksk'));
  expect(refusal({ ...zone, parent: { ...zone.parent, observed: { kind: 'unknown' } } }, { kind: 'ksk' })).toBe('roll/ds-unknown');
  expect(refusal({ ...zone, parent: { ...zone.parent, observed: { kind: 'mixed', at: 3 } } }, { kind: 'ksk' })).toBe('roll/ds-unknown');
  const other = { kind: 'settled', keys: ['K9'], from: 0, at: 5, ttl: 1 } as const;
  expect(refusal({ ...zone, parent: { ...zone.parent, observed: other } }, { kind: 'ksk' })).toBe('roll/request-outstanding');
  expect(refusal({ ...zone, parent: { ...zone.parent, observed: { kind: 'unknown' } } }, { kind: 'insecure' })).toBe('roll/ds-unknown');
});

test('the new key fits: role, algorithm, in no use, its private key in order, never revoked (RFC 5011 4.2)', () => {
  const ksk = (more: Partial<RollKey>, rules = {}): string => refusal(split(fresh('N', 'ksk', more)), { kind: 'ksk', new: 'N' }, rules);
  expect(ksk({})).toBe('started');
  expect(ksk({ algorithm: 8 })).toBe('roll/key-unfit');
  expect(ksk({ role: 'zsk' })).toBe('roll/key-unfit');
  expect(ksk({ trouble: 'lost' })).toBe('roll/key-unfit');
  expect(ksk({ revocation: { kind: 'revoked', since: 1, from: 1 } })).toBe('roll/key-unfit');
  // A new rollover back to an old key is allowed, unless resolvers had it as a trust anchor.
  expect(ksk({ activeSince: 1 })).toBe('started');
  expect(ksk({ activeSince: 1 }, { rfc5011: 'advised' })).toBe('roll/key-unfit');
  expect(refusal(split(), { kind: 'ksk', new: 'nobody' })).toBe('roll/key-unknown');
  expect(refusal(split(), { kind: 'ksk' })).toBe('roll/key-missing');
  expect(refusal(split(), { kind: 'ksk', new: 'K1' })).toBe('roll/key-unfit');
  expect(refusal(split(), { kind: 'csk' })).toBe('roll/wrong-shape');
});

test('RFC 6781 4.1.4: all keys of the old algorithm leave, and the DS comes after the DNSKEY', () => {
  const keys = [fresh('K2', 'ksk', { algorithm: 15 }), fresh('Z2', 'zsk', { algorithm: 15 })];
  const standby = active('Z9', 'zsk', { ...inUseWith('zsk', ['dnskey']), activeSince: undefined });
  const rules = { ...RULES, algorithm: 15, methods: { ...RULES.methods, ksk: 'double-ds' as const } };
  const after = start(split(standby, ...keys), rules, { kind: 'algorithm' }, CALL);
  expect(['K1', 'Z1', 'Z9', 'K2', 'Z2'].map((name) => goals(after, name))).toEqual(['HHH', 'HH', 'HH', 'OOO', 'OO']);
  expect(after.roll).toMatchObject({
    methods: { ksk: 'double-ksk', algorithm: 'conservative' },
    old: ['K1', 'Z1', 'Z9'],
    new: ['K2', 'Z2'],
  });
  expect(start(split(...keys), rules, { kind: 'algorithm' }, { ...CALL, methods: { algorithm: 'liberal' } }).roll?.methods.algorithm).toBe(
    'liberal',
  );
  expect(refusal(split(...keys), { kind: 'algorithm', algorithm: 15 }, {}, { methods: { ksk: 'double-ds' } })).toBe(
    'roll/method-unsuitable',
  );
  expect(refusal(split(), { kind: 'algorithm' })).toBe('roll/same-algorithm');
  expect(refusal(split(), { kind: 'algorithm', algorithm: 15 })).toBe('roll/key-missing');
});

test('RFC 6781 4.1.4.3: a CSK that is a trust anchor is split before its algorithm changes', () => {
  const zone = secure(active('C1', 'csk'), fresh('C2', 'csk', { algorithm: 15 }));
  expect(refusal(zone, { kind: 'algorithm', algorithm: 15 }, { keys: 'csk', rfc5011: 'advised' })).toBe('roll/csk-is-anchor');
  expect(refusal(zone, { kind: 'algorithm', algorithm: 15 }, { keys: 'csk' })).toBe('started');
});

// RFC 5011 2.1: a key with the REVOKE bit "MUST NOT" be used for anything but to validate its own revocation.
test('a CSK that is a trust anchor is split before the zone goes insecure: revoked it signs no data, and not revoked it cannot leave', () => {
  const zone = secure(active('C1', 'csk'));
  expect(refusal(zone, { kind: 'insecure' }, { keys: 'csk', rfc5011: 'minimum' })).toBe('roll/csk-is-anchor');
  const emergency = { kind: 'emergency', key: 'C1', how: 'insecure', approvedBy: ['A', 'B'] } as const;
  expect(refusal(zone, emergency, { keys: 'csk', rfc5011: 'minimum' })).toBe('roll/csk-is-anchor');
  expect(refusal(zone, { kind: 'insecure' }, { keys: 'csk' })).toBe('started');
  expect(refusal(split(), { kind: 'insecure' }, { rfc5011: 'minimum' })).toBe('started');
});

test('KSK and ZSK change places with a CSK in both directions; ZSKs are not linked, so the data is signed twice', () => {
  const toCsk = start(split(fresh('C1', 'csk')), RULES, { kind: 'to-csk' }, CALL);
  expect(['K1', 'Z1', 'C1'].map((name) => goals(toCsk, name))).toEqual(['HHH', 'HH', 'OOOO']);
  expect(toCsk.links).toEqual([{ old: 'K1', new: 'C1' }]);
  const toSplit = start(secure(active('C1', 'csk'), fresh('K1', 'ksk'), fresh('Z1', 'zsk')), RULES, { kind: 'to-split' }, CALL);
  expect(['C1', 'K1', 'Z1'].map((name) => goals(toSplit, name))).toEqual(['HHHH', 'OOO', 'OO']);
  expect(toSplit.links).toEqual([{ old: 'C1', new: 'K1' }]);
  expect(refusal(split(), { kind: 'to-split' })).toBe('roll/wrong-shape');
});

test('RFC 8078 4: the zone goes insecure with all of its keys', () => {
  const after = start(split(), RULES, { kind: 'insecure' }, CALL);
  expect([goals(after, 'K1'), goals(after, 'Z1'), after.wantsDs]).toEqual(['HHH', 'HH', false]);
  // RFC 5011 5: all trust anchors are revoked.
  expect(keyOf(start(split(), { ...RULES, rfc5011: 'advised' }, { kind: 'insecure' }, CALL), 'K1').revocation).toEqual({ kind: 'wanted' });
});

test('RFC 5011 2.1: under that policy an old KSK is revoked on its way out, a ZSK never', () => {
  const rules = { ...RULES, rfc5011: 'minimum' as const };
  expect(keyOf(start(split(fresh('K2', 'ksk')), rules, { kind: 'ksk' }, CALL), 'K1').revocation).toEqual({ kind: 'wanted' });
  expect(keyOf(start(split(fresh('Z2', 'zsk')), rules, { kind: 'zsk' }, CALL), 'Z1').revocation).toEqual({ kind: 'none' });
  expect(keyOf(start(split(fresh('K2', 'ksk')), RULES, { kind: 'ksk' }, CALL), 'K1').revocation).toEqual({ kind: 'none' });
});

test('keys that must be generated first: standby and unused keys are taken before', () => {
  expect(newKeysNeeded(EMPTY_ROLL, RULES, { kind: 'first-signing' })).toEqual([
    { role: 'ksk', algorithm: 13 },
    { role: 'zsk', algorithm: 13 },
  ]);
  expect(newKeysNeeded({ ...EMPTY_ROLL, keys: [fresh('K', 'ksk')] }, RULES, { kind: 'first-signing' })).toEqual([
    { role: 'zsk', algorithm: 13 },
  ]);
  expect(newKeysNeeded(split(), RULES, { kind: 'zsk' })).toEqual([{ role: 'zsk', algorithm: 13 }]);
  expect(newKeysNeeded(split(fresh('Z2', 'zsk')), RULES, { kind: 'zsk' })).toEqual([]);
  expect(newKeysNeeded(split(active('Z2', 'zsk', inUseWith('zsk', ['dnskey']))), RULES, { kind: 'zsk' })).toEqual([]);
  expect(newKeysNeeded(split(fresh('Z2', 'zsk', { algorithm: 15 })), RULES, { kind: 'algorithm', algorithm: 15 })).toEqual([
    { role: 'ksk', algorithm: 15 },
  ]);
  expect(newKeysNeeded(split(), RULES, { kind: 'to-csk' })).toEqual([{ role: 'csk', algorithm: 13 }]);
  expect(newKeysNeeded(split(), RULES, { kind: 'standby', role: 'ksk', how: 'ds' })).toEqual([{ role: 'ksk', algorithm: 13 }]);
  expect(newKeysNeeded(split(), RULES, { kind: 'emergency', key: 'K1', how: 'keep' })).toEqual([{ role: 'ksk', algorithm: 13 }]);
  expect(newKeysNeeded(split(), RULES, { kind: 'insecure' })).toEqual([]);
});
