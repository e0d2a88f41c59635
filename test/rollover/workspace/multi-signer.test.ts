import { afterAll, beforeAll, expect, test } from 'vitest';
import { isoText } from '../../../src/config/time-text.ts';
import { readWorkspace } from '../../../src/workspace/read-only.ts';
import { KSK, softKey, ZSK } from '../../support/soft-keys.ts';
import { REASON, secureWorkspace, tagOf, toTheEnd } from './settled.ts';
import { type RollStage, ZONE } from './stage.ts';

const KB = softKey(KSK, 13);
const ZB = softKey(ZSK, 13, [KB]);
const ZC = softKey(ZSK, 13, [KB, ZB]);
const lines = (...keys: readonly (typeof KB)[]): string =>
  keys.map(({ flags, algorithm, rdata }) => `${ZONE} IN DNSKEY ${flags} 3 ${algorithm} ${rdata.subarray(4).toString('base64')}\n`).join('');

let stage: RollStage;
beforeAll(async () => {
  stage = await secureWorkspace();
});
afterAll(() => stage[Symbol.dispose]());

const join = (text: string, operator = 'B') =>
  stage.run('roll', 'join', '--zone', ZONE, '--operator', operator, '--keys', stage.workspace.write('theirs', text), ...REASON);
const leave = (...args: readonly string[]) => stage.run('roll', 'leave', '--zone', ZONE, ...args, ...REASON);
const publishes = ({ rdata }: typeof KB): boolean =>
  stage
    .zoneFile()
    .replaceAll(/[\s()]/g, '')
    .includes(rdata.subarray(4).toString('base64'));
const tags = (): readonly (readonly [string, number])[] => stage.roll.keys.map(({ operator, keyTag }) => [operator, keyTag]);

// RFC 8901 4: all operators use the same algorithms. 2.1.2: each has a KSK and a ZSK.
test.each([
  ['no ZSK', () => lines(KB), 'roll/key-unfit'],
  ['another algorithm', () => lines(KB, softKey(ZSK, 15, [KB])), 'roll/algorithms-differ'],
  ['keys of another zone', () => lines(KB, ZB).replaceAll(ZONE, 'other.'), 'roll/foreign-file'],
  ['a revoked key', () => lines(KB, ZB).replace('257', '385'), 'roll/foreign-file'],
  ['no public key', () => `${ZONE} IN DNSKEY 257 3 13 AAAA\n${lines(ZB)}`, 'roll/foreign-file'],
  ['no zone file', () => 'example. IN DNSKEY what', 'roll/foreign-file'],
])('a join is refused and changes nothing: %s', async (_, text, code) => {
  const before = stage.roll;
  expect(await join(text())).toMatchObject({ status: 1, err: expect.stringContaining(code) });
  expect(stage.roll).toEqual(before);
});

// RFC 8901 2.1.2: "Each provider ... imports the public ZSKs of the other providers"; 8: CDS of all KSKs.
test('a join publishes the ZSK of the other operator and asks the parent for its KSK', async () => {
  const { out } = await stage.must(
    ...['roll', 'join', '--zone', ZONE, '--operator', 'B', '--keys', stage.workspace.write('theirs', lines(KB, ZB)), ...REASON],
  );
  expect(out).toMatch(/example\. IN DNSKEY 256 3 13 \S+ ; ZSK/);
  expect(out).toMatch(/are named in the zone when the rollover has ended/);
  await stage.must('roll', 'advance', '--zone', ZONE);
  expect([publishes(ZB), stage.zoneFile().match(/\sDNSKEY\s+25/g)?.length]).toEqual([true, 3]);
  expect(stage.zoneFile()).toMatch(new RegExp(`\\sCDS\\s+${KB.tag} 13 2 `));
  expect(stage.zoneFile()).toMatch(new RegExp(`\\sCDS\\s+${tagOf(stage, 'ksk')} 13 2 `));
  await toTheEnd(stage);
  expect((await stage.must('roll', 'status', '--zone', ZONE)).out).toContain(`KSK ${KB.tag} of B`);
  expect(readWorkspace(stage.workspace.dir).state.zones[ZONE]!.keys).toHaveLength(2);
  // Signed as the states want it, a zone is not due for keys that are not ours.
  const { zones } = JSON.parse((await stage.must('status', '--format', 'json')).out) as { zones: { due: { kind: string }[] }[] };
  expect(zones[0]!.due.map(({ kind }) => kind)).not.toContain('keys-changed');
});

// RFC 8901 6.2: "the new ZSK ... must be imported by all providers" before its signatures appear.
test('our ZSK rollover waits for the other operator to know the new key; a key made only now is known to nobody', async () => {
  const start = (...args: readonly string[]) => stage.run('roll', 'start', '--zone', ZONE, '--role', 'zsk', ...args, ...REASON);
  expect((await start()).err).toContain('roll/not-known-elsewhere');
  expect((await start('--known-elsewhere-from', '-1h')).err).toContain('roll/not-known-elsewhere');
  await stage.must('key', 'generate', '--zone', ZONE, '--role', 'zsk');
  expect((await start('--known-elsewhere-from', '+1h')).err).toContain('roll/not-known-elsewhere');
  expect(await start('--known-elsewhere-from', '-1h')).toMatchObject({ status: 0 });
  await toTheEnd(stage);
  expect(publishes(ZB)).toBe(true);
});

test('the other operator rolls its ZSK: the new one comes by another join, the old one leaves by its tag', async () => {
  expect(await join(lines(KB, ZB, ZC))).toMatchObject({ status: 0 });
  await toTheEnd(stage);
  expect([publishes(ZB), publishes(ZC)]).toEqual([true, true]);
  expect((await join(lines(KB, ZB, ZC))).err).toContain('nothing would change');
  expect((await leave('--operator', 'B', '--key', `${ZB.tag}`)).err).toContain('roll/answers-until');
  expect((await leave('--operator', 'B', '--key', `${ZB.tag}`, '--answers-until', '-1min')).err).toContain('roll/still-served');
  expect(await leave('--operator', 'B', '--key', `${ZB.tag}`, '--answers-until', '-9d')).toMatchObject({ status: 0 });
  await toTheEnd(stage);
  expect([publishes(ZB), publishes(ZC)]).toEqual([false, true]);
});

test('an operator leaves, may come again, and then we leave to it', async () => {
  expect(await leave('--operator', 'B', '--answers-until', '-9d')).toMatchObject({ status: 0 });
  await toTheEnd(stage);
  expect(publishes(ZC)).toBe(false);
  expect(stage.roll.parent.request!.keys).toHaveLength(1);
  expect((await leave('--operator', 'self', '--answers-until', '-9d')).err).toContain('roll/last-key');
  expect(await join(lines(KB, ZC))).toMatchObject({ status: 0 });
  await toTheEnd(stage);
  const largest = Math.max(...stage.roll.versions.flatMap(({ keyTtl, signatureTtl }) => [keyTtl, signatureTtl]));
  const until = (seconds: number) => ['--operator', 'self', '--answers-until', isoText(stage.now + 60 - seconds)];
  expect((await leave(...until(largest - 1))).err).toContain('roll/still-served');
  expect(await leave(...until(largest + 60))).toMatchObject({ status: 0 });
  expect(stage.roll.parent.request!.keys).toHaveLength(2);
  const { serial } = stage;
  await toTheEnd(stage);
  expect(stage.serial).toBe(serial);
  expect(stage.roll.parent.request!.keys).toEqual([stage.roll.keys.find(({ keyTag }) => keyTag === KB.tag)!.name]);
  expect((await stage.run('zone', 'sign', ZONE)).err).toMatch(/roll\/unsigned: this signer has left example\. to other operators/);
  expect(tags().filter(([operator]) => operator === 'B')).toHaveLength(3);
});
