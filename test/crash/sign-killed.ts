import { expect } from 'vitest';
import { readWorkspace } from '../../src/workspace/read-only.ts';
import { type Crash, CrashStage, expectWhole } from './harness.ts';

/**
 * `zone sign` of a changed zone, killed at every call that changes the disk, and in the middle of every write. After some of them the command
 * that cleans up is killed as well.
 */
export async function signKilledEverywhere(part: number, parts: number): Promise<void> {
  using stage = await CrashStage.make(['zone', 'sign', 'example.']);
  for await (const crash of stage.crashes(part, parts)) {
    const { at, calls } = crash;
    expect(calls.filter((name) => name === 'fsyncSync').length).toBeGreaterThan(20);
    await recovers(stage, crash, at % 6 === part ? ((at * 17) % calls.length) + 1 : undefined);
  }
}

async function recovers(stage: CrashStage, crash: Crash, again: number | undefined): Promise<void> {
  const { workspace, at, how } = crash;
  const before = readWorkspace(workspace.dir);
  const status = await workspace.run('status', '--format', 'json');
  expect(status.err).toBe('');
  expect(JSON.parse(status.out).interrupted === undefined).toBe(before.state.session === undefined);
  if (again !== undefined) await stage.crashAgain(again);
  const signed = await workspace.run('zone', 'sign', 'example.');
  expect(`${signed.status} ${signed.err}`, `killed ${how} call ${at}`).toMatch(/^0 /);
  if (before.state.session !== undefined && again === undefined) expect(signed.err).toContain('was interrupted');
  await expectWhole(workspace, crash.isKilled);
  const released = readWorkspace(workspace.dir).state.zones['example.']!.releases;
  expect(workspace.read('releases', 'example', `${released.at(-1)!.serial}`, 'zone.signed')).toContain('192.0.2.81');
}
