import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readWorkspace } from '../../../src/workspace/read-only.ts';
import { Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.make();
  await stage.workspace.must('zone', 'sign', 'example.');
});
afterAll(() => stage[Symbol.dispose]());

test('the whole script with the real inputs comes to the same plan, and leaves nothing', async () => {
  const out = stage.workspace.path('export.tar');
  const file = await stage.fill('routine-signing', '--set', 'zones=example.', '--set', 'evidence=', '--set', `export=${out}`);
  const before = readFileSync(stage.workspace.path('audit', 'entries.jsonl'));
  const { status, out: told, err } = await stage.workspace.run('ceremony', 'rehearse', file);
  expect(status, `${told}${err}`).toBe(0);
  const plan = /plan: ([0-9a-f]{64})/.exec(readFileSync(file, 'utf8'))![1]!;
  expect(told).toContain(`plan ${plan}, the same as in the script`);
  // Rehearsal entries can never be mistaken for production: the real log has none.
  expect(readFileSync(stage.workspace.path('audit', 'entries.jsonl'))).toEqual(before);
  expect(existsSync(out)).toBe(false);
  expect(readWorkspace(stage.workspace.dir).state.ceremonies).toEqual({});
}, 120_000);

test('rules that are to take effect take effect in the rehearsal: the plan is the same, and the real workspace goes by the old ones', async () => {
  const { workspace } = stage;
  const apply = '{ id: apply, act: Work, role: administrator, title: Apply, do: { command: [policy, apply] } }';
  const check = '{ id: continuity, act: Work, role: administrator, title: Log, do: { check: continuity } }';
  const approve =
    '{ id: approve, act: Work, role: administrator, title: Approve, do: { approve: script }, confirm: { roles: { custodian: need }, by: key } }';
  const roles = ['administrator', 'witness', 'custodian']
    .map((role) => `  ${role}: { title: ${role}, duty: Acts., count: ${role === 'custodian' ? 3 : 1} }\n`)
    .join('');
  workspace.edit((text) => text.replace('frank: { name: frank }', 'frank: { name: Frank F. }'));
  const script = `format: coldsign-ceremony/1\nname: rules\ntitle: Rules\npurpose: New rules.\nmode: any\nroles:\n${roles}steps:\n`;
  const steps = [check, approve, apply].map((step) => `  - ${step}\n`).join('');
  const attendance = '  - { id: attendance, act: Work, role: witness, title: Who is here, do: { attendance: true } }\n';
  const file = await stage.fill(workspace.write('rules', `${script}${attendance}${steps}`));
  const { status, out: told, err } = await workspace.run('ceremony', 'rehearse', file);
  expect(status, `${told}${err}`).toBe(0);
  expect(`${told}${err}`).toContain('people.frank.name: frank -> Frank F.');
  expect(readWorkspace(workspace.dir).config.people['frank']!.name).toBe('frank');
}, 120_000);
