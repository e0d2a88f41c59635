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
