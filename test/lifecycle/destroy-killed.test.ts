import { expect, test } from 'vitest';
import { readWorkspace } from '../../src/workspace/read-only.ts';
import { CrashStage, crashPoints, expectWhole } from '../crash/harness.ts';
import { EXAMPLE_ZONE, makeTestWorkspace } from '../support/workspace.ts';
import { keysOf, WITHOUT_JUDGES } from './stage.ts';

/** Until the session is open, this is like any other command; of what follows, so many places. */
const PLACES = 8;

test('key destroy killed at calls that change the disk: the key is in the log and on the token, or in neither', {
  timeout: 600_000,
}, async () => {
  const workspace = await makeTestWorkspace({ zones: { 'example.': EXAMPLE_ZONE }, config: WITHOUT_JUDGES });
  await workspace.must('zone', 'sign', 'example.');
  await workspace.must('key', 'generate', '--zone', 'example.', '--role', 'zsk');
  const { keyTag } = keysOf(workspace).at(-1)!;
  const command = ['key', 'destroy', '--zone', 'example.', '--key', `${keyTag}`, '--reason', 'not needed', '--confirm', `${keyTag}`];
  using stage = new CrashStage(workspace, command);
  const outcomes = new Set<number>();
  const points = crashPoints(await stage.calls());
  const own = points.slice(Math.floor(points.length / 3));
  const chosen = Array.from({ length: PLACES }, (_, i) => own[Math.floor((i * (own.length - 1)) / (PLACES - 1))]!);
  for (const { at, how } of chosen) {
    const left = await stage.crash(at, how);
    const signed = await left.run('zone', 'sign', 'example.');
    expect(`${signed.status} ${signed.err}`, `killed ${how} call ${at} of ${points.length}`).toMatch(/^0 /);
    await expectWhole(left);
    outcomes.add(readWorkspace(left.dir).state.zones['example.']!.keys.length);
  }
  expect([...outcomes].sort()).toEqual([2, 3]);
});
