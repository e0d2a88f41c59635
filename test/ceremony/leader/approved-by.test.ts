import { afterAll, beforeAll, expect, test } from 'vitest';
import { entriesFrom } from '../../../src/audit/log.ts';
import { approvedByOptions } from '../../../src/ceremony/approved-by.ts';
import type { ConcreteStep } from '../../../src/ceremony/script/expand.ts';
import { readWorkspace } from '../../../src/workspace/read-only.ts';
import { Stage } from './stage.ts';

const SCRIPT = `format: coldsign-ceremony/1
name: new-rules
title: New rules
purpose: Let the new rules count.
mode: any
roles:
  administrator: { title: Administrator, duty: Leads., count: 1 }
  witness: { title: Witness, duty: Watches., count: 1 }
  custodian: { title: Custodian, duty: Agrees., count: 3, need: 2 }
steps:
  - { id: attendance, act: Opening, role: witness, title: Who is here, do: { attendance: true } }
  - { id: continuity, act: Opening, role: witness, title: The log, do: { check: continuity } }
  - id: approve
    act: Rules
    role: administrator
    title: Approve
    do: { approve: script }
    confirm: { roles: { custodian: need, witness: 1 }, by: key, type: new rules }
  - { id: apply, act: Rules, role: administrator, title: Apply, do: { command: [policy, apply] } }
`;

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.make('without-keys');
});
afterAll(() => stage[Symbol.dispose]());

test('a quorum is met by those of its people whose signed statements are in the same ceremony, and the log names them', async () => {
  const { workspace } = stage;
  workspace.edit((text) => `${text}\nquorums: { policy-apply: { need: 2, people: [carol, dave, erin] } }\n`);
  await workspace.must('policy', 'apply');
  workspace.edit((text) => `${text}# new rules\n`);
  const file = await stage.fill(workspace.write('new-rules', SCRIPT));
  const paper = stage.paper();
  await using leader = await stage.open(file);
  while (leader.progress().current !== undefined) await stage.step(leader, paper);
  const entries = [...entriesFrom(readWorkspace(workspace.dir).content, 0)];
  const signed = entries.flatMap(({ type, data }) => (type === 'approval.given' && data.by === 'key' ? [data.person] : []));
  expect(signed).toEqual(['carol', 'dave', 'bob']);
  const [loaded] = entries.flatMap(({ type, data }) => (type === 'policy.loaded' ? [data] : [])).slice(-1);
  // The witness has signed too, and has no word in the quorum.
  expect(loaded!.approvals).toEqual(['carol', 'dave']);
});

test('outside of ceremonies it is a word, and a quorum without it is refused', async () => {
  stage.workspace.edit((text) => `${text}# newer rules\n`);
  expect((await stage.workspace.run('policy', 'apply')).err).toContain('policy/quorum');
});

const begin: ConcreteStep = {
  id: 'begin',
  number: 2,
  act: 'The rollover',
  role: 'administrator',
  title: 'Begin',
  do: { kind: 'command', argv: [] },
  show: [],
  confirm: { roles: { custodian: 2 }, by: 'key', type: '4711' },
} as never;

test('breaking a chain of trust takes those who signed the step; a name on the screen is no signature', () => {
  const given = [
    { person: 'carol', role: 'custodian', by: 'key', time: '' },
    { person: 'dave', role: 'custodian', by: 'key', time: '' },
    { person: 'bob', role: 'witness', by: 'screen', time: '' },
  ] as const;
  const context = {
    steps: [begin],
    ceremony: { steps: { begin: { attempts: 1, approvals: [...given] } } },
    quorums: {},
    isRehearsal: false,
  };
  const takes = new Set(['--approved-by']);
  const start = ['roll', 'start', '--zone', 'example.', '--emergency', '4711'];
  expect(approvedByOptions(begin, [...start, '--break', 'insecure'], takes, context)).toEqual(['--approved-by', 'carol,dave']);
  expect(approvedByOptions(begin, [...start, '--keep'], takes, context)).toEqual([]);
  expect(approvedByOptions(begin, ['policy', 'apply'], takes, context)).toEqual([]);
  expect(approvedByOptions(begin, ['zone', 'sign', 'example.'], new Set(['--dir']), context)).toEqual([]);
});

test('those who have signed for a script that was not approved in the end have approved nothing that is in it', () => {
  const approvals = [{ person: 'carol', role: 'custodian', by: 'key', time: '' }] as const;
  const approve: ConcreteStep = { ...begin, id: 'approve', do: { kind: 'approve' } };
  const { confirm: _, ...asksNobody } = begin;
  const options = (outcome: 'done' | 'failed' | 'skipped') =>
    approvedByOptions(asksNobody, ['policy', 'apply'], new Set(['--approved-by']), {
      steps: [approve, asksNobody],
      ceremony: { steps: { approve: { attempts: 1, approvals: [...approvals], outcome } } },
      quorums: { 'policy-apply': { people: ['carol', 'dave'], need: 1 } },
      isRehearsal: false,
    });
  expect(options('done')).toEqual(['--approved-by', 'carol']);
  expect(options('failed')).toEqual([]);
  expect(options('skipped')).toEqual([]);
});
