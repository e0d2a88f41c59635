import { afterAll, beforeAll, expect, test } from 'vitest';
import { readWorkspace } from '../../../src/workspace/read-only.ts';
import { DAY, type RollStage, signedWorkspace, ZONE } from './stage.ts';

let stage: RollStage;
beforeAll(async () => {
  stage = await signedWorkspace((text) => `${text}\npeople:\n  alice: { name: Alice }\n  bob: { name: Bob }\n`);
  await stage.published();
  stage.now += 2 * DAY;
  await stage.must('roll', 'advance', '--zone', ZONE);
});
afterAll(() => stage[Symbol.dispose]());

const REASON = ['--reason', 'as it was agreed'];
const keysBefore = (): number => readWorkspace(stage.workspace.dir).state.zones[ZONE]!.keys.length;

test.each([
  ['none or two of the kinds', ['--role', 'zsk', '--insecure'], 'usage/roll'],
  ['a role that there is not', ['--role', 'xsk'], 'usage/roll'],
  ['a method of another kind', ['--role', 'zsk', '--method', 'double-ds'], 'usage/roll'],
  ['a key that the zone does not have', ['--emergency', '1', '--keep'], 'roll/key-unknown'],
  ['rollovers of a zone are serialised: the first signing waits for its DS', ['--role', 'zsk'], 'roll/running'],
])('refused, and no key is made: %s', async (_, args, code) => {
  const count = keysBefore();
  const { status, err } = await stage.run('roll', 'start', '--zone', ZONE, ...args, ...REASON);
  expect([status, err]).toEqual([code.startsWith('usage/') ? 2 : 1, expect.stringContaining(code)]);
  expect(keysBefore()).toBe(count);
});

test('breaking the chain of trust takes two different people of the configuration', async () => {
  const tag = stage.roll.keys.find(({ role }) => role === 'zsk')!.keyTag;
  const args = ['roll', 'start', '--zone', ZONE, '--emergency', `${tag}`, '--break', 'bogus', ...REASON];
  for (const [people, code] of [
    ['alice', 'roll/approvals'],
    ['alice,alice', 'roll/approvals'],
    ['alice,carol', 'policy/unknown-person'],
  ] as const) {
    const { status, err } = await stage.run(...args, '--approved-by', people);
    expect([status, err]).toEqual([1, expect.stringContaining(code)]);
  }
});

test('the first signing waits for its DS at the parent, and status says so', async () => {
  expect(stage.vectors).toEqual(['ksk OOR', 'zsk OO']);
  const { out } = await stage.must('roll', 'status', '--zone', ZONE);
  expect(out).toMatch(/waits: DS of KSK \d+ omnipresent: evidence: its DS seen on all servers of the parent/);
  const json = JSON.parse((await stage.must('roll', 'status', '--json')).out) as { zones: { dsRequest: string[] }[] };
  expect(json.zones[0]!.dsRequest).toEqual([stage.roll.keys[0]!.name]);
});
