import { afterAll, beforeAll, expect, test } from 'vitest';
import { isoText } from '../../../src/config/time-text.ts';
import type { KeySets } from './key-sets.ts';
import { DAY, HOUR, Life, NO_JUDGES, type Step, THREE_JUDGES, TTL_DS, TTL_KEY, ZONE } from './life.ts';
import type { Observation } from './witnesses.ts';

/** No delay and no margin: each step comes in the first second in which RFC 7583 allows it. Visits are on the hour, as all TTLs are. */
const POLICY = [
  'signatures-validity: 200d',
  'signatures-validity-dnskey: 200d',
  'signatures-refresh: 20d',
  'signatures-jitter: 0s',
  'ceremony-interval: 1h',
  'ceremony-slack: 0s',
  'zsk-lifetime: 240d',
  'ksk-lifetime: 330d',
  'zone-propagation-delay: 0s',
  'parent-propagation-delay: 0s',
  'publish-safety: 0s',
  'retire-safety: 0s',
  'zsk-method: pre-publication',
];

let life: Life;
let begin: number;
/** Of the first two rollovers by lifetime, made when the zone had just become secure. */
let firstYear: readonly Step[];

beforeAll(async () => {
  life = await Life.begin(POLICY);
  begin = life.now + HOUR;
});
afterAll(() => life?.[Symbol.asyncDispose]());

const advance = () => life.must('roll', 'advance', '--zone', ZONE);

/** What `roll advance` has told at the visits of follow(). */
const told: string[] = [];

/** Visits as they are planned; before each, the simulator finds nothing in the plan of the two months to come. */
async function follow(steps: readonly Step[]): Promise<readonly Step[]> {
  told.length = 0;
  const happened: Step[] = [];
  for (const { at } of steps) {
    await life.read(life.now, 'plan', 'simulate', '--until', isoText(life.now + 60 * DAY));
    happened.push({ at, after: await life.visit(at, async () => void told.push((await advance()).out)) });
  }
  return happened;
}

/** `roll start` a minute before the visit. @returns what is planned then */
async function startAt(at: number, ...what: readonly string[]): Promise<readonly Step[]> {
  await life.moveTo(at - 60);
  await life.must('roll', 'start', '--zone', ZONE, ...what);
  return life.planned(at, at + 10 * DAY);
}

const answered = ({ question, rcode }: Observation): boolean =>
  rcode === (question.includes('.any.') || question.endsWith('DNSKEY') ? 'NOERROR' : 'NXDOMAIN');
const notSecure = (seen: readonly Observation[]) => seen.filter((one) => !answered(one) || !one.ad);
const notInsecure = (seen: readonly Observation[]) => seen.filter((one) => !answered(one) || one.ad);

function expectAllSecure(): void {
  const seen = life.takeSeen();
  expect(notSecure(seen)).toEqual([]);
  expect(new Set(seen.map(({ resolver }) => resolver)).size).toBe(5);
}

const rolled = (steps: readonly Step[], part: keyof KeySets) => steps.map(({ after }) => after[part]);

// RFC 7583 3.3.5, RFC 8078 3: the DS comes when no cache can lack DNSKEY and signatures, negative answers among them.
test('a zone that caches know unsigned is signed, and has its first DS', async () => {
  await life.visit(begin, () => life.must('zone', 'sign', ZONE));
  const steps = await life.planned(begin, begin + 10 * DAY);
  expect(await follow(steps)).toEqual(steps);
  expect(rolled(steps, 'ds')).toEqual([['ksk8#1'], ['ksk8#1']]);
  const [ds] = steps;
  const seen = life.takeSeen();
  expect(seen.filter((one) => !answered(one))).toEqual([]);
  expect(notInsecure(seen.filter(({ at }) => at < ds!.at))).toEqual([]);
  // The parent says for an hour that there is no DS.
  const late = seen.filter(({ at }) => at > ds!.at + HOUR);
  expect(late.length).toBeGreaterThan(20);
  expect(notSecure(late)).toEqual([]);
  firstYear = await life.planned(life.visited, begin + 340 * DAY);
});

test('it is signed again in the last hour in which that is safe, and its keys stay as they are', async () => {
  const { nextVisit } = await life.plan(life.visited, begin + 340 * DAY);
  const { sets } = life;
  const latest = nextVisit.latest!;
  expect(Math.round((latest - begin) / DAY)).toBe(200);
  expect(await life.visit(latest, () => life.must('zone', 'sign', ZONE))).toEqual(sets);
  expectAllSecure();
});

// RFC 7583 3.2.1: Tpub(N+1) <= Tact(N) + Lzsk - Ipub.
test('its ZSK is replaced when its life ends, as it was planned eight months before', async () => {
  const steps = firstYear.slice(0, 4);
  expect(await follow(steps)).toEqual(steps);
  expect(rolled(steps, 'dnskey').map((names) => names.length)).toEqual([3, 3, 2, 2]);
  expect(rolled(steps, 'signsZone')).toEqual([['zsk8#2'], ['zsk8#3'], ['zsk8#3'], ['zsk8#3']]);
  // Two visits earlier than the end of its life: one may be missed.
  expect(steps[1]!.at).toBe(begin + 240 * DAY - 2 * HOUR);
  expect(told[0]).toMatch(/begun: zsk: the lifetime of ZSK \d+ asks for it\n/);
  expect(told[0]).toMatch(/next: publish serial \d+; then coldsign evidence import FILE, with what all servers answer\n/);
  expectAllSecure();
});

// RFC 7583 3.3.1: Tpub(N+1) <= Tact(N) + Lksk - Dreg - IpubC.
test('its KSK is replaced when its life ends, by Double-KSK', async () => {
  const oldDs = life.parentHas;
  const steps = firstYear.slice(4);
  expect(await follow(steps)).toEqual(steps);
  expect(rolled(steps, 'ds')).toEqual([['ksk8#1'], ['ksk8#4'], ['ksk8#4'], ['ksk8#4']]);
  expect(rolled(steps, 'signsKeys')).toEqual([['ksk8#1', 'ksk8#4'], ['ksk8#1', 'ksk8#4'], ['ksk8#4'], ['ksk8#4']]);
  expect(told[1]).toMatch(/next: publish serial \d+; give the parent exactly what coldsign ds export zone\.example\. prints; then /);
  expect(told[3]).not.toContain('next:');
  expectAllSecure();

  // The resolvers would tell: with the old DS, what is released now is bogus.
  const ds = life.parentHas;
  await life.serveDs(oldDs);
  expect((await life.fresh()).map(({ rcode }) => rcode)).toEqual(['SERVFAIL', 'SERVFAIL', 'SERVFAIL']);
  await life.serveDs(ds);
  expect(notSecure(await life.fresh())).toEqual([]);
});

// RFC 6781 4.1.4: signatures first, then keys, then the DS; and back in that order.
test('its algorithm changes from 8 to 13 by a change of the policy, in the conservative order; from here on three judges agree to each release', async () => {
  await life.moveTo(begin + 400 * DAY);
  life.workspace.edit((text) =>
    text
      .replace('algorithm: 8 ', 'algorithm: 13 ')
      .replace('zsk-method: pre-publication', 'zsk-method: double-signature')
      .replace(NO_JUDGES, THREE_JUDGES),
  );
  expect(life.workspace.read('coldsign.yaml')).toContain(THREE_JUDGES);
  await life.must('policy', 'apply');
  expect((await life.read(life.now, 'roll', 'status')).out).toMatch(
    /policy: the keys are of .*, and the policy wants .*; to begin: coldsign roll start --zone zone\.example\. --algorithm 13 --reason TEXT\n/,
  );
  const steps = await startAt(begin + 401 * DAY, '--algorithm', '13', '--reason', 'shorter signatures');
  expect(await follow(steps)).toEqual(steps);
  const old = ['ksk8#4', 'zsk8#3'];
  const both = ['ksk13#5', 'ksk8#4', 'zsk13#6', 'zsk8#3'];
  const fresh = ['ksk13#5', 'zsk13#6'];
  expect(rolled(steps, 'dnskey')).toEqual([old, both, both, fresh, fresh, fresh]);
  expect(rolled(steps, 'signsZone').map((names) => names.length)).toEqual([2, 2, 2, 2, 1, 1]);
  expect(rolled(steps, 'ds').map(([name]) => name)).toEqual(['ksk8#4', 'ksk8#4', ...Array<string>(4).fill('ksk13#5')]);
  expectAllSecure();
});

// RFC 7583 3.3.2: the DS first; then the keys change places in one version of the zone.
test('its KSK is replaced before its time, by Double-DS', async () => {
  const options = ['--role', 'ksk', '--method', 'double-ds', '--reason', 'its custodian has left'];
  const steps = await startAt(begin + 500 * DAY, ...options);
  expect(await follow(steps)).toEqual(steps);
  expect(rolled(steps, 'ds')).toEqual([['ksk13#5', 'ksk13#7'], ['ksk13#5', 'ksk13#7'], ['ksk13#7'], ['ksk13#7']]);
  expect(rolled(steps, 'signsKeys')).toEqual([['ksk13#5'], ['ksk13#7'], ['ksk13#7'], ['ksk13#7']]);
  expectAllSecure();
});

// RFC 7583 3.2.2: Tact(N+1) = Tact(N) + Lzsk - Iret.
test('the next ZSK comes by Double-Signature, as the policy has it by now', async () => {
  const steps = await life.planned(life.visited, begin + 700 * DAY);
  const { nextVisit } = await life.plan(life.visited, begin + 700 * DAY);
  await life.visit(nextVisit.latest!, () => life.must('zone', 'sign', ZONE));
  expect(await follow(steps)).toEqual(steps);
  expect(rolled(steps, 'signsZone')).toEqual([['zsk13#6', 'zsk13#8'], ['zsk13#8'], ['zsk13#8']]);
  expectAllSecure();
});

// RFC 6781 4.1.3: the new key signs the keys first, then the data too while the DS is replaced; the old keys go one after the other.
test('one key takes both roles, as the policy has it by now', async () => {
  await life.moveTo(begin + 680 * DAY);
  life.workspace.edit((text) => text.replace('# keys: ksk-zsk ', 'keys: csk '));
  await life.must('policy', 'apply');
  expect((await life.read(life.now, 'roll', 'status')).out).toMatch(
    /policy: the zone is signed with KSK and ZSK, .* --to csk --reason TEXT\n/,
  );
  const steps = await startAt(begin + 681 * DAY, '--to', 'csk', '--reason', 'one key is easier to keep');
  expect(await follow(steps)).toEqual(steps);
  expect(steps.at(-1)!.after).toEqual({ dnskey: ['csk13#9'], signsKeys: ['csk13#9'], signsZone: ['csk13#9'], ds: ['csk13#9'], cds: [] });
  expectAllSecure();
});

// RFC 6781 4.2.1.2, RFC 8078 4: the zone stays signed until no cache has the DS.
test('it goes insecure: no answer is without AD before the DS is gone, and none is refused', async () => {
  const steps = await startAt(begin + 725 * DAY, '--insecure', '--reason', 'the registry changes its system');
  expect(rolled(steps, 'ds')).toEqual([[], [], []]);
  const [withoutDs, unsigned, end] = steps;
  expect(await follow([withoutDs!])).toEqual([withoutDs]);
  expect(withoutDs!.after.cds).toBe('delete');
  // A DNSKEY RRset that was validated in the last second of the DS is trusted until it has run out itself.
  expect(unsigned!.at).toBe(withoutDs!.at + TTL_DS + TTL_KEY);
  await life.moveTo(unsigned!.at - 60);
  expect((await life.read(life.now, 'roll', 'status')).out).toMatch(/waits: DS of CSK \d+ hidden: until/);
  const signed = life.takeSeen();
  expect(notSecure(signed.filter(({ at }) => at < withoutDs!.at))).toEqual([]);
  // What was filled in the second before has the DS until its last second; what asks now gets none.
  expect(notSecure(signed.filter(({ resolver }) => resolver.startsWith('just-filled')))).toEqual([]);
  expect(signed.filter((one) => !answered(one))).toEqual([]);
  expect(notInsecure(await life.fresh())).toEqual([]);

  const published = unsigned!.at;
  expect(await follow([unsigned!, end!])).toEqual([unsigned, end]);
  expect(told[0]).toMatch(/serial \d+ released UNSIGNED\n/);
  expect(life.roll.roll).toBeUndefined();
  await life.moveTo(published + 2 * DAY);
  const after = life.takeSeen();
  expect(after.filter((one) => !answered(one))).toEqual([]);
  expect(notInsecure(after.filter(({ at }) => at > published))).toEqual([]);
  expect(life.now - begin).toBeGreaterThan(725 * DAY);
});

// RFC 7583 3.3.5: caches have the unsigned zone, negative answers among it, and nobody may look for a signature before they have not.
test('it is signed anew with new keys, and has a DS again', async () => {
  const steps = await startAt(life.visited + 4 * DAY, '--first-signing', '--reason', 'the registry has its new system');
  expect(notInsecure(life.takeSeen())).toEqual([]);
  expect(rolled(steps, 'ds')).toEqual([[], ['csk13#10'], ['csk13#10']]);
  expect(await follow(steps)).toEqual(steps);
  const seen = life.takeSeen();
  expect(seen.filter((one) => !answered(one))).toEqual([]);
  expect(notInsecure(seen.filter(({ at }) => at < steps[1]!.at))).toEqual([]);
  expect(notSecure(await life.fresh())).toEqual([]);
});
