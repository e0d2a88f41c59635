import { appendFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CeremonyLeader } from '../../../src/ceremony/leader.ts';
import { readWorkspace } from '../../../src/workspace/read-only.ts';
import { Stage } from './stage.ts';

let made: Stage;
beforeAll(async () => {
  made = await Stage.make();
});
afterAll(() => made[Symbol.dispose]());

const ROUTINE = ['routine-signing', '--set', 'zones=example.', '--set', 'evidence=', '--set', 'export=out.tar'] as const;

async function begun(stage: Stage): Promise<{ leader: CeremonyLeader; paper: string }> {
  const [script, ...more] = ROUTINE;
  const paper = stage.paper();
  const file = await stage.fill(script, ...more.map((one) => one.replace('out.tar', stage.workspace.path('out.tar'))));
  return { leader: await stage.open(file), paper };
}

test('a routine ceremony: every step in its order, and a release at its end', async () => {
  using stage = made.copy();
  const { leader, paper } = await begun(stage);
  await using open = leader;
  while (open.progress().current !== undefined) await stage.step(open, paper);
  await open.end();
  const { state } = readWorkspace(stage.workspace.dir);
  expect(state.zones['example.']!.releases).toHaveLength(1);
  const ceremony = state.ceremonies[open.id]!;
  expect(ceremony.ended?.outcome).toBe('done');
  expect(Object.values(ceremony.steps).map(({ outcome }) => outcome)).toEqual(open.steps.map(() => 'done'));
  const text = await stage.workspace.must('ceremony', 'report', open.id);
  expect(text.out).toContain('PRACTICE: NOT A PRODUCTION CEREMONY');
  for (const { number, title } of open.steps) expect(text.out).toContain(`${number}. ${title}`);
  expect(ceremony.steps['approve']!.approvals.map(({ person, by }) => `${person} ${by}`)).toEqual(['carol key', 'dave key', 'bob key']);
});

describe('who agrees', () => {
  let stage: Stage;
  let leader: CeremonyLeader;
  beforeAll(async () => {
    stage = made.copy();
    const ceremony = await begun(stage);
    leader = ceremony.leader;
    while (leader.progress().current!.id !== 'approve') await stage.step(leader, ceremony.paper);
    await leader.begin();
  });
  afterAll(async () => {
    await leader[Symbol.asyncDispose]();
    stage[Symbol.dispose]();
  });

  test('nobody in a role that is not theirs', async () => {
    await expect(stage.agree(leader, 'alice', 'custodian')).rejects.toMatchObject({ code: 'ceremony/not-in-role' });
    await expect(stage.agree(leader, 'alice', 'administrator')).rejects.toMatchObject({ code: 'ceremony/not-in-role' });
  });

  test('nobody without typing what the script asks for', async () => {
    await expect(stage.agree(leader, 'carol', 'custodian', 'yes')).rejects.toMatchObject({
      code: 'ceremony/typed',
      message: 'typed "yes", expected "routine signing"',
    });
  });

  test('nobody with the key of another, or with what was signed for another step', async () => {
    const wish = { person: 'carol', role: 'custodian', typed: 'routine signing' };
    const { signNote } = await import('../../../src/audit/note.ts');
    const byDave = await signNote(leader.statement(wish), [stage.signers.get('dave')!]);
    await expect(leader.agree({ ...wish, note: byDave })).rejects.toMatchObject({ code: 'audit/not-signed' });
    const other = leader.statement(wish).replace('step: approve', 'step: advance');
    const note = await signNote(other, [stage.signers.get('carol')!]);
    await expect(leader.agree({ ...wish, note })).rejects.toMatchObject({ code: 'ceremony/other-statement' });
    await expect(leader.agree(wish)).rejects.toMatchObject({ code: 'ceremony/needs-key' });
  });

  test('nobody twice, and nobody who has left; the step waits for all', async () => {
    await stage.agree(leader, 'carol', 'custodian');
    await expect(stage.agree(leader, 'carol', 'custodian')).rejects.toMatchObject({ code: 'ceremony/agreed-already' });
    await leader.attend([{ person: 'dave', role: 'custodian', act: 'left' }]);
    await expect(stage.agree(leader, 'dave', 'custodian')).rejects.toMatchObject({ code: 'ceremony/not-present' });
    await expect(leader.carryOut({})).rejects.toMatchObject({ code: 'ceremony/out-of-turn' });
    expect(leader.progress().missing).toEqual([
      { role: 'custodian', have: 1, need: 2 },
      { role: 'witness', have: 0, need: 1 },
    ]);
  });

  test('a hand-over gives the role to another, but not across roles that are separate', async () => {
    await expect(leader.handOver('custodian', 'dave', 'bob', 'ill')).rejects.toMatchObject({ code: 'ceremony/separate' });
    await leader.handOver('witness', 'bob', 'frank', 'ill');
    expect(leader.ceremony.people['witness']).toEqual(['frank']);
    await leader.handOver('witness', 'frank', 'bob', 'well again');
  });

  test('what was approved is what runs: a changed octet is refused', async () => {
    await stage.agree(leader, 'erin', 'custodian');
    await stage.agree(leader, 'bob', 'witness');
    appendFileSync(stage.workspace.path('routine-signing.filled'), '\n');
    await expect(leader.carryOut({})).rejects.toMatchObject({ code: 'ceremony/changed' });
    await expect(stage.open(stage.workspace.path('routine-signing.filled'))).rejects.toMatchObject({ code: 'ceremony/changed' });
  });
});

describe('what is not as the script says', () => {
  test('a failed check stops; the step goes on with another attempt, or is skipped by an exception that two people agree to', async () => {
    using stage = made.copy();
    const { leader, paper } = await begun(stage);
    await using open = leader;
    while (open.progress().current!.id !== 'clock') await stage.step(open, paper);
    await open.begin();
    const late = await open.carryOut({ person: 'bob', witnessTime: open.now() - 61 });
    expect(late).toMatchObject({ outcome: 'failed', text: 'the clocks are 61 s apart, 60 s are allowed' });
    expect(open.progress().stage).toBe('failed');
    await open.begin();
    await open.carryOut({ person: 'bob', witnessTime: open.now() - 59 });
    await stage.step(open, paper);
    await open.begin();
    const wrong = paper.replace(/ \S+ /, ' aardvark ');
    const found = await open.carryOut({ person: 'bob', paperWords: wrong === paper ? paper.replace(/ \S+ /, ' absurd ') : wrong });
    expect(found.outcome).toBe('failed');
    expect(found.text).toContain('this log is not a continuation of the one you printed');
    const wish = { what: 'the page is wet', why: 'rain', followUp: 'bob looks for the copy', agreed: ['bob'] };
    await expect(open.skip(wish)).rejects.toMatchObject({ code: 'ceremony/exception-incomplete' });
    await expect(open.skip({ ...wish, agreed: ['bob', 'zoe'] })).rejects.toMatchObject({
      code: 'ceremony/not-in-role',
      message: '"zoe" takes no part in this ceremony; its people are alice, bob, carol, dave, erin',
    });
    await expect(open.skip({ ...wish, why: ' ', agreed: ['bob', 'alice'] })).rejects.toMatchObject({
      code: 'ceremony/exception-incomplete',
    });
    await open.skip({ ...wish, agreed: ['bob', 'alice'] });
    expect(open.ceremony.exceptions).toEqual([{ number: 1, step: 'continuity', what: 'the page is wet' }]);
    await expect(open.closeException(2, 'x', ['bob'])).rejects.toMatchObject({ code: 'ceremony/no-such-exception' });
  });

  test('a plan that has changed since the script was filled is refused', async () => {
    using stage = made.copy();
    const file = await stage.fill(ROUTINE[0], ...ROUTINE.slice(1));
    stage.workspace.write('example.zone', 'changed');
    const source = readWorkspace(stage.workspace.dir).config.zones['example.']!.source;
    appendFileSync(source, 'new.example. IN A 192.0.2.99\n');
    await expect(stage.open(file)).rejects.toMatchObject({ code: 'ceremony/plan-changed' });
  });
});
