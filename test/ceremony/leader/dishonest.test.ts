import { generateKeyPairSync } from 'node:crypto';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signNote } from '../../../src/audit/note.ts';
import { printVkey, vkeyOf } from '../../../src/audit/vkey.ts';
import type { CeremonyLeader, LeaderOptions } from '../../../src/ceremony/leader.ts';
import { main } from '../../../src/main.ts';
import { KEPT_CEREMONIES } from '../../../src/state/ceremonies.ts';
import { readWorkspace } from '../../../src/workspace/read-only.ts';
import { EXAMPLE_ZONE } from '../../support/workspace.ts';
import { Stage, signerFrom } from './stage.ts';

/* An operator who wants to do more than was agreed to, a custodian who wants to count twice, and bad luck. */

const SCRIPT = `format: coldsign-ceremony/1
name: small
title: A small ceremony
purpose: Sign, and let new rules count.
mode: any
roles:
  administrator: { title: Administrator, duty: Leads., count: 1 }
  witness: { title: Witness, duty: Watches., count: 1 }
  custodian: { title: Custodian, duty: Agrees., count: 3, need: 2 }
separate:
  - [witness, custodian]
values:
  zones: { ask: zones, example: [example.] }
steps:
  - { id: attendance, act: Opening, role: witness, title: Who is here, do: { attendance: true } }
  - { id: clock, act: Opening, role: witness, title: The time, do: { check: clock } }
  - { id: continuity, act: Opening, role: witness, title: The log, do: { check: continuity } }
  - id: seen
    act: Opening
    role: witness
    title: Seen
    do: { manual: Look., evidence: what was seen }
    confirm: { roles: { custodian: 2 }, by: screen }
  - id: approve
    act: Work
    role: administrator
    title: Approve
    do: { approve: script }
    confirm: { roles: { custodian: need, witness: 1 }, by: key, type: small work }
  - id: sign
    act: Work
    role: administrator
    title: Sign
    each: zones
    do: { command: [zone, sign, '{{item}}'] }
    confirm: { roles: { custodian: 1 }, by: key, type: '{{item}}' }
APPLY`;
const APPLY = `  - { id: apply, act: Work, role: administrator, title: Apply, do: { command: [policy, apply] } }
`;

let made: Stage;
beforeAll(async () => {
  made = await Stage.make();
  const { workspace } = made;
  // What the zone includes lies beside it, and each copy of the workspace has its own.
  workspace.write('example.zone', `${EXAMPLE_ZONE}$INCLUDE more.zone\n`);
  workspace.write('more.zone', 'more.example. IN A 192.0.2.7\n');
  workspace.edit((text) => text.replaceAll(`${workspace.dir}/`, ''));
  await workspace.must('policy', 'apply');
});
afterAll(() => made?.[Symbol.dispose]());

interface World extends AsyncDisposable {
  readonly stage: Stage;
  readonly leader: CeremonyLeader;
  readonly paper: string;
  readonly file: string;
}

interface Wish {
  /** With a step that lets coldsign.yaml take effect. */
  readonly apply?: boolean;
  readonly zones?: string;
  /** Of coldsign.yaml, before the script is filled. */
  readonly edit?: (text: string) => string;
  readonly open?: Partial<LeaderOptions>;
}

/** @param until step that is next */
async function world(
  until: string,
  { apply = false, zones = 'example.', edit = (text: string) => text, open = {} }: Wish = {},
): Promise<World> {
  const stage = made.copy();
  const paper = stage.paper();
  stage.workspace.edit(edit);
  const template = stage.workspace.write('small', SCRIPT.replace('APPLY', apply ? APPLY : ''));
  const file = await stage.fill(template, '--set', `zones=${zones}`);
  const leader = await stage.open(file, open);
  while (leader.progress().current!.id !== until) await stage.step(leader, paper);
  return {
    stage,
    leader,
    paper,
    file,
    [Symbol.asyncDispose]: async () => {
      await leader[Symbol.asyncDispose]();
      stage[Symbol.dispose]();
    },
  };
}

const come = (leader: CeremonyLeader, person: string, role: string) => leader.attend([{ person, role, act: 'came' }]);

describe('who counts', () => {
  let at: World;
  beforeAll(async () => {
    at = await world('attendance');
  });
  afterAll(() => at?.[Symbol.asyncDispose]());

  test('fewer than a role takes are too few from the beginning', async () => {
    const { leader } = at;
    for (const [person, role] of [
      ['alice', 'administrator'],
      ['bob', 'witness'],
      ['carol', 'custodian'],
    ] as const)
      await come(leader, person, role);
    await leader.begin();
    const { outcome, text } = await leader.carryOut({});
    expect(outcome).toBe('failed');
    expect(text).toContain('too few: custodian: 1 of the 2 that it takes; absent: custodian: dave, erin');
  });

  test('nobody comes, refuses, reads a clock or takes a role over who takes no part, or is known by no configuration', async () => {
    const { leader, stage, paper } = at;
    await expect(come(leader, 'zoe', 'custodian')).rejects.toMatchObject({ code: 'ceremony/not-in-role' });
    await expect(come(leader, 'bob', 'custodian')).rejects.toMatchObject({ code: 'ceremony/not-in-role' });
    await expect(leader.refuse('zoe', 'no')).rejects.toMatchObject({ code: 'ceremony/not-in-role' });
    await expect(leader.refuse('dave', 'no')).rejects.toMatchObject({ code: 'ceremony/not-present' });
    // Bob, who is bob, could be a custodian beside the witness.
    await expect(leader.handOver('custodian', 'erin', 'Bob', 'ill')).rejects.toMatchObject({
      code: 'policy/unknown-person',
      message: expect.stringContaining('"Bob" is to take part, and the configuration in force names alice, bob'),
    });
    while (leader.progress().current!.id !== 'clock') await stage.step(leader, paper);
    await leader.begin();
    await expect(leader.carryOut({ person: 'alice', witnessTime: leader.now() })).rejects.toMatchObject({
      code: 'ceremony/not-in-role',
      message: '"alice" is not witness in this ceremony; bob is',
    });
    expect((await leader.carryOut({ person: 'bob', witnessTime: leader.now() })).outcome).toBe('done');
  });

  test('a role that is handed over to and fro speaks once', async () => {
    const { leader, stage, paper } = at;
    while (leader.progress().current!.id !== 'seen') await stage.step(leader, paper);
    await leader.begin();
    await stage.agree(leader, 'carol', 'custodian');
    await leader.handOver('custodian', 'carol', 'frank', 'ill');
    await come(leader, 'frank', 'custodian');
    expect(leader.progress().missing).toEqual([{ role: 'custodian', have: 0, need: 2 }]);
    await stage.agree(leader, 'frank', 'custodian');
    await expect(leader.carryOut({ text: 'seen' })).rejects.toMatchObject({ code: 'ceremony/out-of-turn' });
    await leader.handOver('custodian', 'frank', 'carol', 'well again');
    expect(leader.progress().missing).toEqual([{ role: 'custodian', have: 1, need: 2 }]);
    // Frank is in the room still, without a part in it.
    const wish = { what: 'a', why: 'b', followUp: 'c', agreed: ['alice', 'frank'] };
    await expect(leader.except(wish)).rejects.toMatchObject({ code: 'ceremony/not-in-role' });
    await leader.attend([{ person: 'frank', role: 'custodian', act: 'left' }]);
    await stage.agree(leader, 'dave', 'custodian');
    expect((await leader.carryOut({ text: 'seen' })).outcome).toBe('done');
  });

  test('an approval is skipped by no exception: the names on it are typed, and nobody has signed', async () => {
    const { leader } = at;
    const wish = { what: 'they are late', why: 'snow', followUp: 'none', agreed: ['alice', 'bob'] };
    await expect(leader.skip(wish)).rejects.toMatchObject({ code: 'ceremony/not-skipped' });
    expect(leader.ceremony.exceptions).toEqual([]);
  });
});

describe('what runs', () => {
  test('one process leads; while it is paused nothing is done', async () => {
    await using at = await world('attendance');
    const { stage, leader, file } = at;
    await expect(stage.open(file)).rejects.toMatchObject({ code: 'workspace/locked' });
    await leader.pause('lunch');
    await expect(leader.begin()).rejects.toMatchObject({ code: 'ceremony/paused' });
    await leader[Symbol.asyncDispose]();
    await using other = await stage.open(file);
    await other.resume();
    await other.begin();
  });

  test('what was signed for an attempt that failed is nothing for the next one', async () => {
    await using at = await world('sign:example.', { open: { run: async (argv, io) => (argv[0] === 'zone' ? 1 : await main(argv, io)) } });
    const { stage, leader } = at;
    await leader.begin();
    const wish = { person: 'carol', role: 'custodian', typed: 'example.' };
    const note = await signNote(leader.statement(wish), [stage.signers.get('carol')!]);
    await leader.agree({ ...wish, note });
    expect((await leader.carryOut({})).outcome).toBe('failed');
    await leader.begin();
    await expect(leader.agree({ ...wish, note })).rejects.toMatchObject({
      code: 'ceremony/other-statement',
      message: expect.stringContaining('an earlier one was agreed to'),
    });
  });

  test('the data of a zone that is not that of the plan is not signed, nor what it includes; put back, it is', async () => {
    await using at = await world('sign:example.');
    const { stage, leader, paper } = at;
    await leader.begin();
    await stage.agreeAll(leader);
    for (const name of ['example.zone', 'more.zone']) {
      const whole = readFileSync(stage.workspace.path(name));
      appendFileSync(stage.workspace.path(name), 'evil.example. IN A 192.0.2.66\n');
      await expect(leader.carryOut({})).rejects.toMatchObject({ code: 'ceremony/input-changed' });
      writeFileSync(stage.workspace.path(name), whole);
    }
    expect((await leader.carryOut(stage.input(leader, paper))).outcome).toBe('done');
  });

  test('rules that took effect beside the ceremony stop it, until an exception tells of them', async () => {
    await using at = await world('approve');
    const { stage, leader } = at;
    await leader.begin();
    // The operator has a key for carol, and makes it hers.
    const { privateKey } = generateKeyPairSync('ed25519');
    const mine = signerFrom('carol', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    stage.workspace.edit((text) => text.replace(/carol\+[^"]*/, printVkey(vkeyOf(mine))));
    await stage.workspace.must('policy', 'apply');
    const wish = { person: 'carol', role: 'custodian', typed: 'small work' };
    expect(() => leader.statement(wish)).toThrow('and by none of its steps');
    await expect(leader.agree(wish)).rejects.toMatchObject({ code: 'ceremony/rules-changed' });
    await leader.except({ what: 'another key of carol', why: 'she lost hers', followUp: 'none', agreed: ['alice', 'bob'] });
    const note = await signNote(leader.statement(wish), [mine]);
    await leader.agree({ ...wish, note });
  });

  test('coldsign.yaml takes effect as it was when the script was filled', async () => {
    const edit = (text: string): string => text.replace('frank: { name: frank }', 'frank: { name: Frank F. }');
    await using at = await world('apply', { apply: true, edit });
    const { stage, leader, paper } = at;
    await leader.begin();
    const approved = stage.workspace.read('coldsign.yaml');
    stage.workspace.edit((text) => text.replace('Frank F.', 'Mallory'));
    await expect(leader.carryOut({})).rejects.toMatchObject({
      code: 'ceremony/input-changed',
      message: expect.stringContaining('{"after":"Mallory","before":"frank","path":"people.frank.name"}, which is not in the plan'),
    });
    stage.workspace.write('coldsign.yaml', approved);
    stage.workspace.edit((text) => text.replace('pkcs11:', 'pkcs11:model=other;'));
    await expect(leader.carryOut({})).rejects.toMatchObject({
      code: 'ceremony/input-changed',
      message: expect.stringContaining('the tokens that are in force and those in coldsign.yaml have the sha256'),
    });
    stage.workspace.write('coldsign.yaml', approved);
    expect((await leader.carryOut(stage.input(leader, paper))).outcome).toBe('done');
    // What its own step has loaded stops nothing.
    await leader.end();
    expect(readWorkspace(stage.workspace.dir).config.people['frank']!.name).toBe('Frank F.');
  });
});

describe('which script', () => {
  test('one that was carried out is carried out no second time, however many came after it', async () => {
    await using at = await world('attendance', { zones: '' });
    const { stage, leader, paper, file } = at;
    while (leader.progress().current !== undefined) await stage.step(leader, paper);
    await leader.end();
    await leader[Symbol.asyncDispose]();
    for (let i = 0; i <= KEPT_CEREMONIES; i++) {
      const template = stage.workspace.write(`small-${i}`, SCRIPT.replace('APPLY', ''));
      await using other = await stage.open(await stage.fill(template, '--set', 'zones='));
      await other.abort('another day');
    }
    expect(readWorkspace(stage.workspace.dir).state.ceremonies[leader.id]).toBeUndefined();
    await expect(stage.open(file)).rejects.toMatchObject({ code: 'ceremony/held-already' });
  });

  test('one that was filled for another log is not for this one, though that has the same name', async () => {
    using stage = made.copy();
    const file = await stage.fill(stage.workspace.write('small', SCRIPT.replace('APPLY', '')), '--set', 'zones=example.');
    const text = readFileSync(file, 'utf8');
    writeFileSync(
      file,
      text.replace(/(words: )(\S+)/, (_, head: string, word: string) => `${head}${word === 'absurd' ? 'aardvark' : 'absurd'}`),
    );
    await expect(stage.open(file)).rejects.toMatchObject({ code: 'ceremony/other-log' });
  });
});
