import { expect, test } from 'vitest';
import { migrationOf } from '../../../keystore/rollover/migration.ts';
import { EMPTY_ROLL, isHidden, RECORDS, type RollKey, type RollRules, type ZoneRoll } from '../../../keystore/rollover/model.ts';
import { newKeysNeeded } from '../../../keystore/rollover/start/needed.ts';
import { start } from '../../../keystore/rollover/start.ts';
import { active, CALL, fresh, inUseWith, RULES, secure, split } from '../start/support.ts';

const steps = (zone: ZoneRoll, rules: Partial<RollRules>): readonly string[] =>
  migrationOf(zone, { ...RULES, ...rules }).map(({ kind, what, why }) => {
    expect(why).not.toBe('');
    return what.kind === 'standby' ? `${kind} ${what.role} ${what.how}` : kind;
  });

test('a policy that the keys fit needs nothing; methods, TTLs and lifetimes never do', () => {
  expect(steps(split(), {})).toEqual([]);
  expect(
    steps(split(), {
      methods: { zsk: 'double-signature', ksk: 'double-ds', csk: 'double-ds', algorithm: 'liberal' },
      keyTtl: 1,
      zskLifetime: 5,
    }),
  ).toEqual([]);
});

test('split, algorithm, both: one rollover brings both', () => {
  expect(steps(split(), { keys: 'csk' })).toEqual(['to-csk']);
  expect(steps(secure(active('C1', 'csk')), {})).toEqual(['to-split']);
  expect(steps(split(), { algorithm: 15 })).toEqual(['algorithm']);
  expect(steps(split(), { algorithm: 15, keys: 'csk' })).toEqual(['algorithm']);
  expect(steps(secure(active('C1', 'csk')), { algorithm: 15, keys: 'csk', rfc5011: 'advised' })).toEqual(['to-split', 'algorithm']);
});

test('standby keys come and go with the policy', () => {
  expect(steps(split(), { standbyZsk: true, standbyKsk: 'ds' })).toEqual(['standby zsk dnskey', 'standby ksk ds']);
  const zone = split(active('Z2', 'zsk', inUseWith('zsk', ['dnskey'])), active('K2', 'ksk', inUseWith('ksk', ['dnskey', 'krrsig'])));
  expect(steps(zone, { standbyZsk: true, standbyKsk: 'dnskey' })).toEqual([]);
  expect(steps(zone, { standbyZsk: false, standbyKsk: 'ds' })).toEqual(['standby zsk none', 'standby ksk none', 'standby ksk ds']);
  expect(steps(zone, { algorithm: 15, standbyZsk: true })).toEqual(['algorithm', 'standby zsk dnskey']);
});

test('a zone without keys is signed first; one that goes insecure is left alone', () => {
  expect(steps(EMPTY_ROLL, {})).toEqual(['first-signing']);
});

/** The end of a rollover: every goal reached, the parent seen. */
function ended(zone: ZoneRoll): ZoneRoll {
  const keys = zone.keys.map(
    (key): RollKey => ({
      ...key,
      records: Object.fromEntries(
        RECORDS[key.role].map((record) => [
          record,
          key.goals[record] === 'omnipresent' ? { kind: 'omnipresent', since: 0 } : { kind: 'hidden' },
        ]),
      ),
      activeSince: key.activeSince ?? (Object.values(key.goals).includes('omnipresent') ? 1 : undefined),
    }),
  );
  const settled = secure(...keys);
  return { ...settled, keys: keys.filter((key) => !isHidden(key) || Object.keys(key.goals).length === 0) };
}

test('a migration walked to its end leaves nothing to migrate', () => {
  const wanted: readonly Partial<RollRules>[] = [
    { keys: 'csk' },
    { algorithm: 15, keys: 'csk' },
    { algorithm: 15, standbyZsk: true, standbyKsk: 'ds' },
    { algorithm: 15, rfc5011: 'advised', standbyKsk: 'dnskey' },
    { standbyZsk: true, standbyKsk: 'dnskey' },
    { algorithm: 15, keys: 'csk', rfc5011: 'minimum' },
  ];
  const standby = active('Z2', 'zsk', inUseWith('zsk', ['dnskey']));
  for (const from of [split(), split(standby), secure(active('C1', 'csk')), EMPTY_ROLL]) {
    for (const change of wanted) {
      const rules = { ...RULES, ...change };
      let zone = from;
      let rounds = 0;
      for (let next = migrationOf(zone, rules)[0]; next !== undefined && rounds < 10; next = migrationOf(zone, rules)[0]) {
        const keys = newKeysNeeded(zone, rules, next.what).map(({ role, algorithm }, i) =>
          fresh(`N${rounds}${i}${role}`, role, { algorithm }),
        );
        zone = ended(start({ ...zone, keys: [...zone.keys, ...keys] }, rules, next.what, CALL));
        rounds++;
      }
      expect(migrationOf(zone, rules)).toEqual([]);
      expect(rounds).toBeLessThanOrEqual(5);
    }
  }
});
