import { expect, test } from 'vitest';
import { contentsOf } from '../../../keystore/rollover/contents.ts';
import { EMPTY_ROLL, type RollRules, type ZoneRoll } from '../../../keystore/rollover/model.ts';
import { published, released } from '../../../keystore/rollover/observe.ts';
import { observeDs } from '../../../keystore/rollover/observe-ds.ts';
import { settle } from '../../../keystore/rollover/settle.ts';
import { newKeysNeeded } from '../../../keystore/rollover/start/needed.ts';
import type { StartCall, StartWhat } from '../../../keystore/rollover/start/what.ts';
import { start } from '../../../keystore/rollover/start.ts';
import { active, CALL, DAY, fresh, HOUR, inUseWith, RULES, secure, split } from './support.ts';

/** Somebody at the machine every 10 hours; each release is published after an hour, each request is done by the parent after two. */
function live(
  zone: ZoneRoll,
  rules: RollRules,
  what: StartWhat,
  call: Partial<StartCall> = {},
): { readonly zone: ZoneRoll; readonly days: number } {
  const began = 100 * DAY;
  const keys = newKeysNeeded(zone, rules, what).map(({ role, algorithm }, i) => fresh(`new-${role}-${i}`, role, { algorithm }));
  let now = began;
  let at = start({ ...zone, keys: [...zone.keys, ...keys] }, rules, what, { ...CALL, now, ...call });
  for (let visit = 0; at.roll !== undefined; visit++) {
    expect(visit, JSON.stringify(at, undefined, 1)).toBeLessThan(500);
    at = settle(at, rules, now, 'all').zone;
    const serial = visit + 10;
    const isSigned = contentsOf(at, rules).signsZone.length > 0;
    at = released(
      at,
      {
        serial,
        at: now,
        from: 'awaited',
        keyTtl: rules.keyTtl,
        signatureTtl: rules.signatureTtl,
        negativeTtl: rules.negativeTtl,
        isSigned,
      },
      0,
    );
    at = published(at, { serial, from: now + HOUR }).zone;
    const { request } = at.parent;
    at = observeDs(at, { at: now + 2 * HOUR, agree: true, keys: request?.keys ?? [], ttl: rules.dsTtl }).zone;
    now += 10 * HOUR;
  }
  return { zone: at, days: (now - began) / DAY };
}

const standby = (name: string, role: 'ksk' | 'zsk', records: Parameters<typeof inUseWith>[1]) =>
  active(name, role, { ...inUseWith(role, records), activeSince: undefined });

const present = (zone: ZoneRoll): readonly string[] => [
  contentsOf(zone, RULES)
    .dnskey.map(({ name }) => name)
    .sort()
    .join(),
  contentsOf(zone, RULES).signsZone.join(),
  contentsOf(zone, RULES).ds.join(),
];

test.each([
  ['zsk', 'pre-publication', 'double-ksk'],
  ['zsk', 'double-signature', 'double-ksk'],
  ['ksk', 'pre-publication', 'double-ksk'],
  ['ksk', 'pre-publication', 'double-ds'],
  ['ksk', 'pre-publication', 'double-rrset'],
] as const)('%s by %s, %s', (kind, zsk, ksk) => {
  const { zone } = live(split(), { ...RULES, methods: { ...RULES.methods, zsk, ksk } }, { kind });
  expect(present(zone)).toEqual(kind === 'zsk' ? ['K1,new-zsk-0', 'new-zsk-0', 'K1'] : ['Z1,new-ksk-0', 'Z1', 'new-ksk-0']);
  expect(zone.links).toEqual([]);
});

test.each(['pre-publication', 'double-signature', 'delayed-signatures', 'double-ds'] as const)('csk by %s', (csk) => {
  const { zone } = live(secure(active('C1', 'csk')), { ...RULES, keys: 'csk', methods: { ...RULES.methods, csk } }, { kind: 'csk' });
  expect(present(zone)).toEqual(['new-csk-0', 'new-csk-0', 'new-csk-0']);
});

test('first signing, then an island that asks for its DS', () => {
  const first = live(EMPTY_ROLL, RULES, { kind: 'first-signing' }).zone;
  expect(present(first)).toEqual(['new-ksk-0,new-zsk-1', 'new-zsk-1', 'new-ksk-0']);
  expect(first.wantsDs).toBe(true);
  const island = live(EMPTY_ROLL, RULES, { kind: 'first-signing', dsLater: true }).zone;
  expect(present(island)).toEqual(['new-ksk-0,new-zsk-1', 'new-zsk-1', '']);
  expect(present(live({ ...island, keys: [...island.keys, fresh('K2', 'ksk')] }, RULES, { kind: 'ksk' }).zone)).toEqual([
    'K2,new-zsk-1',
    'new-zsk-1',
    '',
  ]);
  expect(live(island, RULES, { kind: 'first-signing' }).zone.wantsDs).toBe(true);
});

test.each(['conservative', 'liberal'] as const)('algorithm, %s, with and without a change of split', (algorithm) => {
  const rules = { ...RULES, algorithm: 15, methods: { ...RULES.methods, algorithm } };
  expect(present(live(split(), rules, { kind: 'algorithm' }).zone)).toEqual(['new-ksk-0,new-zsk-1', 'new-zsk-1', 'new-ksk-0']);
  expect(present(live(split(), { ...rules, keys: 'csk' }, { kind: 'algorithm' }).zone)).toEqual(['new-csk-0', 'new-csk-0', 'new-csk-0']);
  expect(present(live(secure(active('C1', 'csk')), rules, { kind: 'algorithm' }).zone)).toEqual([
    'new-ksk-0,new-zsk-1',
    'new-zsk-1',
    'new-ksk-0',
  ]);
});

test('split and back', () => {
  const csk = live(split(), RULES, { kind: 'to-csk' }).zone;
  expect(present(csk)).toEqual(['new-csk-0', 'new-csk-0', 'new-csk-0']);
  expect(present(live(csk, RULES, { kind: 'to-split' }).zone)).toEqual(['new-ksk-0,new-zsk-1', 'new-zsk-1', 'new-ksk-0']);
});

test('insecure: nothing is left', () => {
  expect(present(live(split(), RULES, { kind: 'insecure' }).zone)).toEqual(['', '', '']);
  expect(present(live(split(), RULES, { kind: 'emergency', key: 'K1', how: 'insecure', approvedBy: ['a', 'b'] }).zone)).toEqual([
    '',
    '',
    '',
  ]);
});

test('standby keys come, take over, and go', () => {
  const zsk = live(split(), RULES, { kind: 'standby', role: 'zsk', how: 'dnskey' }).zone;
  expect(present(zsk)).toEqual(['K1,Z1,new-zsk-0', 'Z1', 'K1']);
  expect(live(zsk, RULES, { kind: 'zsk' }).days).toBeLessThan(live(split(), RULES, { kind: 'zsk' }).days);
  expect(present(live(zsk, RULES, { kind: 'standby', role: 'zsk', how: 'none' }).zone)).toEqual(['K1,Z1', 'Z1', 'K1']);
  for (const how of ['dnskey', 'ds'] as const) {
    const ksk = live(split(), RULES, { kind: 'standby', role: 'ksk', how }).zone;
    expect(present(ksk)).toEqual(how === 'ds' ? ['K1,Z1', 'Z1', 'K1,new-ksk-0'] : ['K1,Z1,new-ksk-0', 'Z1', 'K1']);
    expect(present(live(ksk, RULES, { kind: 'emergency', key: 'K1', how: 'keep' }).zone)).toEqual(['Z1,new-ksk-0', 'Z1', 'new-ksk-0']);
  }
});

test('revocation, alone and on the way out', () => {
  const rules = { ...RULES, rfc5011: 'advised' as const };
  const zone = live(split(standby('K2', 'ksk', ['dnskey', 'krrsig'])), rules, { kind: 'revoke', key: 'K2' }).zone;
  expect(present(zone)).toEqual(['K1,Z1', 'Z1', 'K1']);
  for (const ksk of ['double-ksk', 'double-ds', 'double-rrset'] as const) {
    const rolled = live(split(), { ...rules, methods: { ...rules.methods, ksk } }, { kind: 'ksk' });
    expect(present(rolled.zone)).toEqual(['Z1,new-ksk-0', 'Z1', 'new-ksk-0']);
    expect(rolled.days).toBeGreaterThan(60);
  }
});

test('emergencies and lost keys', () => {
  for (const key of ['K1', 'Z1'] as const) {
    const expected = key === 'Z1' ? ['K1,new-zsk-0', 'new-zsk-0', 'K1'] : ['Z1,new-ksk-0', 'Z1', 'new-ksk-0'];
    expect(present(live(split(), RULES, { kind: 'emergency', key, how: 'keep' }).zone)).toEqual(expected);
    expect(present(live(split(), RULES, { kind: 'emergency', key, how: 'bogus', approvedBy: ['a', 'b'] }).zone)).toEqual(expected);
    expect(present(live(split(), RULES, { kind: 'lost', key, validUntil: 200 * DAY }).zone)).toEqual(expected);
  }
});

test('another operator joins and leaves', () => {
  const keys = [
    { name: 'KB', role: 'ksk', algorithm: 13, keyTag: 40_001 },
    { name: 'ZB', role: 'zsk', algorithm: 13, keyTag: 40_002 },
  ] as const;
  const joined = live(split(), RULES, { kind: 'join', operator: 'B', keys }).zone;
  expect(present(joined)).toEqual(['K1,Z1,ZB', 'Z1', 'K1,KB']);
  const rolled = live(joined, RULES, { kind: 'zsk' }, { knownElsewhereFrom: 0 }).zone;
  expect(present(rolled)).toEqual(['K1,ZB,new-zsk-0', 'new-zsk-0', 'K1,KB']);
  const left = live(rolled, RULES, { kind: 'leave', operator: 'B', servedUntil: 0, keyTtl: HOUR, signatureTtl: DAY }).zone;
  expect(present(left)).toEqual(['K1,new-zsk-0', 'new-zsk-0', 'K1']);
  const gone = live(joined, RULES, { kind: 'leave', operator: 'self', servedUntil: 0, keyTtl: HOUR, signatureTtl: DAY }).zone;
  expect(present(gone)).toEqual(['', '', 'KB']);
  // What the other signs is in caches as long as the DS is.
  const { zone: insecure } = live(joined, RULES, { kind: 'insecure' });
  expect(present(insecure)).toEqual(['', '', '']);
});

// RFC 4035 5.2: "If the validator finds a DS RRset and no DNSKEY that matches it, the zone is bogus": to sign it is the way out.
test('a zone whose DS came before its first signing is signed with that key, and the parent keeps the DS', () => {
  const keys = [fresh('K1', 'ksk'), fresh('Z1', 'zsk')];
  const look = (at: number, ...names: string[]) => ({ at, agree: true, keys: names, ttl: DAY });
  const early = observeDs({ ...EMPTY_ROLL, keys }, look(50 * DAY, 'K1')).zone;
  expect(newKeysNeeded(early, RULES, { kind: 'first-signing' })).toEqual([]);
  const begun = start(early, RULES, { kind: 'first-signing' }, CALL);
  expect(begun.parent.request).toMatchObject({ keys: ['K1'] });
  expect(begun.keys.map(({ records }) => records.ds?.kind)).toEqual(['rumoured', undefined]);
  const { zone } = live(early, RULES, { kind: 'first-signing' });
  expect(present(zone)).toEqual(['K1,Z1', 'Z1', 'K1']);
  expect(zone.keys.every(({ records }) => Object.values(records).every(({ kind }) => kind === 'omnipresent'))).toBe(true);
  // It was taken back in time: the DS comes when no cache has the unsigned zone, as ever.
  const back = start(observeDs(early, look(60 * DAY)).zone, RULES, { kind: 'first-signing' }, CALL);
  expect([back.parent.request, back.keys[0]!.records.ds]).toEqual([undefined, { kind: 'unretentive', since: 60 * DAY, from: 60 * DAY }]);
  expect(present(live(observeDs(early, look(60 * DAY)).zone, RULES, { kind: 'first-signing' }).zone)).toEqual(['K1,Z1', 'Z1', 'K1']);
});
