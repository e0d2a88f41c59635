import { afterAll, beforeAll, expect, test } from 'vitest';
import { REASON, secureWorkspace, seen, signersOf, tagOf, toTheEnd } from './settled.ts';
import { type RollStage, StageTemplate, ZONE } from './stage.ts';

const PEOPLE = (text: string): string => `${text}\npeople:\n  alice: { name: Alice }\n  bob: { name: Bob }\n`;
const start = (stage: RollStage, ...args: readonly string[]) => stage.must('roll', 'start', '--zone', ZONE, ...args, ...REASON);
const advance = (stage: RollStage) => stage.must('roll', 'advance', '--zone', ZONE);
const others = (stage: RollStage): readonly string[] => stage.vectors.slice(2);

let secure: StageTemplate;
beforeAll(async () => {
  secure = new StageTemplate(await secureWorkspace(PEOPLE));
});
afterAll(() => secure?.[Symbol.dispose]());

// RFC 7583 4: "a standby ZSK ... is simply a key that is published and not used"; in an emergency it signs at once.
test('a standby ZSK signs with the next release; the compromised one leaves after Iret', async () => {
  using stage = secure.begin();
  const bad = tagOf(stage, 'zsk');
  await start(stage, '--standby', 'zsk', '--how', 'dnskey');
  await toTheEnd(stage);
  expect(others(stage)).toEqual(['zsk OH']);
  await start(stage, '--emergency', `${bad}`, '--keep');
  expect(stage.roll.keys.find(({ keyTag }) => keyTag === bad)!.trouble).toBe('compromised');
  await advance(stage);
  expect(stage.vectors).toEqual(['ksk OOO', 'zsk OU', 'zsk OR']);
  expect(signersOf(stage, 'NS')).toEqual([tagOf(stage, 'zsk', -1)]);
  await toTheEnd(stage);
  expect(stage.vectors).toEqual(['ksk OOO', 'zsk HH', 'zsk OO']);
});

// RFC 7583 4: Double-KSK leaves Dreg + DprpP + TTLds; Double-DS swaps the DNSKEY now.
test.each([
  ['dnskey', 'ksk OOH', ['ksk OOU', 'ksk OOR']],
  ['ds', 'ksk HHO', ['ksk UUO', 'ksk RRO']],
] as const)('a standby KSK with its %s takes over with the next release', async (how, ready, after) => {
  using stage = secure.begin();
  await start(stage, '--standby', 'ksk', '--how', how);
  await toTheEnd(stage);
  expect(others(stage)).toEqual([ready]);
  await start(stage, '--emergency', `${tagOf(stage, 'ksk')}`, '--keep');
  await advance(stage);
  expect([stage.vectors[0], stage.vectors[2]]).toEqual(after);
  await toTheEnd(stage);
  expect(stage.vectors).toEqual(['ksk HHH', 'zsk OO', 'ksk OOO']);
});

test('a standby key leaves when it is not wanted any more, or when somebody else has it', async () => {
  using stage = secure.begin();
  await start(stage, '--standby', 'ksk', '--how', 'ds');
  await toTheEnd(stage);
  await start(stage, '--emergency', `${tagOf(stage, 'ksk', -1)}`, '--keep');
  await toTheEnd(stage);
  expect(stage.vectors).toEqual(['ksk OOO', 'zsk OO', 'ksk HHH']);
  await start(stage, '--standby', 'zsk');
  await toTheEnd(stage);
  await start(stage, '--standby', 'zsk', '--how', 'none');
  await toTheEnd(stage);
  expect(stage.vectors.at(-1)).toBe('zsk HH');
});

// RFC 6781 4.2.1.1: the chain is kept by an ordinary Double-KSK; the old KSK stays until the new DS is in place.
test('without a standby the chain is kept: the new KSK is published first, and the old DS is replaced when caches have it', async () => {
  using stage = secure.begin();
  await start(stage, '--emergency', `${tagOf(stage, 'ksk')}`, '--keep');
  await advance(stage);
  expect(stage.vectors).toEqual(['ksk OOO', 'zsk OO', 'ksk RRH']);
  await seen(stage);
  expect(stage.vectors).toEqual(['ksk OOU', 'zsk OO', 'ksk OOR']);
  await toTheEnd(stage);
  expect(stage.vectors).toEqual(['ksk HHH', 'zsk OO', 'ksk OOO']);
});

// RFC 6781 4.2.1.2: breaking the chain makes the zone bogus for those who hold the old DS or DNSKEY RRset.
test('a break is refused until two people agree and accept the seconds for which the zone is bogus; then all changes in one release', async () => {
  using stage = secure.begin();
  const bad = tagOf(stage, 'zsk');
  const args = ['roll', 'start', '--zone', ZONE, '--emergency', `${bad}`, '--break', 'bogus', ...REASON];
  expect((await stage.run(...args)).err).toContain('roll/two-people');
  const two = [...args, '--approved-by', 'alice,bob'];
  const refused = await stage.run(...two);
  expect(refused.err).toMatch(/roll\/accept-bogus/);
  const [, seconds] = /--accept-bogus (\d+)/.exec(refused.err)!;
  expect(refused.err).toMatch(/who holds the DNSKEY RRset of before .*bogus = Dprp \+ TTLkey = /);
  const { versions } = stage.roll;
  const propagation = 3600;
  const largest = Math.max(...versions.flatMap(({ keyTtl, signatureTtl }) => [keyTtl, signatureTtl]));
  expect(Number(seconds)).toBeGreaterThanOrEqual(largest);
  expect(Number(seconds)).toBeLessThanOrEqual(largest + 24 * propagation);
  expect((await stage.run(...two, '--accept-bogus', `${Number(seconds) - 1}`)).err).toContain('roll/accept-bogus');
  expect(stage.roll.roll).toBeUndefined();
  const { err } = await stage.must(...two, '--accept-bogus', seconds!);
  expect(err).toMatch(/warning: bogus for who holds data of before/);
  // Signing again advances nothing, also here.
  await stage.must('zone', 'sign', ZONE);
  expect(signersOf(stage, 'NS')).toEqual([bad]);
  await advance(stage);
  expect(stage.vectors).toEqual(['ksk OOO', 'zsk UU', 'zsk RR']);
  expect([signersOf(stage, 'NS'), stage.zoneFile().match(/\sDNSKEY\s+25/g)?.length]).toEqual([[tagOf(stage, 'zsk', -1)], 2]);
  await toTheEnd(stage);
  expect(stage.vectors).toEqual(['ksk OOO', 'zsk HH', 'zsk OO']);
});

test('a KSK changes places at once with its DS asked for in the same release', async () => {
  using stage = secure.begin();
  const args = ['--emergency', `${tagOf(stage, 'ksk')}`, '--break', 'bogus', '--approved-by', 'alice,bob', '--accept-bogus', '9999999'];
  const { err } = await start(stage, ...args);
  expect(err).toMatch(/who holds the DS of before .*Dreg \+ DprpP \+ TTLds/);
  await advance(stage);
  expect(stage.vectors).toEqual(['ksk UUU', 'zsk OO', 'ksk RRR']);
  expect(stage.roll.parent.request!.keys).toEqual([stage.roll.keys.at(-1)!.name]);
  await toTheEnd(stage);
  expect(stage.vectors).toEqual(['ksk HHH', 'zsk OO', 'ksk OOO']);
});

test('a break to insecure takes two people too, and is bogus for nobody: the DS goes first', async () => {
  using stage = secure.begin();
  const args = ['--emergency', `${tagOf(stage, 'ksk')}`, '--break', 'insecure'];
  expect((await stage.run('roll', 'start', '--zone', ZONE, ...args, ...REASON)).err).toContain('roll/two-people');
  await start(stage, ...args, '--approved-by', 'alice,bob');
  await advance(stage);
  expect(stage.vectors).toEqual(['ksk OOU', 'zsk OO']);
  expect(stage.zoneFile()).toMatch(/\sCDS\s+0 0 0 00/);
});
