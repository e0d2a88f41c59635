import { expect, test } from 'vitest';
import { readWorkspace } from '../../src/workspace/read-only.ts';
import { CrashStage, expectWhole } from './harness.ts';

test('key generate killed at each call: the key is in the log and on the token, or in neither', { timeout: 600_000 }, async () => {
  using stage = await CrashStage.make(['key', 'generate', '--zone', 'example.', '--role', 'zsk']);
  const outcomes = new Set<number>();
  for await (const crash of stage.crashes()) {
    const { workspace, at, how } = crash;
    const signed = await workspace.run('zone', 'sign', 'example.');
    expect(`${signed.status} ${signed.err}`, `killed ${how} call ${at}`).toMatch(/^0 /);
    await expectWhole(workspace, crash.isKilled);
    outcomes.add(readWorkspace(workspace.dir).state.zones['example.']!.keys.length);
  }
  expect([...outcomes].sort()).toEqual([2, 3]);
});

test('policy apply killed at each call: the old configuration is in force, or the new one', { timeout: 600_000 }, async () => {
  using stage = await CrashStage.make(['policy', 'apply'], (workspace) => {
    workspace.edit((text) => text.replace(/# dnskey-ttl: 1h/, 'dnskey-ttl: 2h'));
  });
  const found = new Set<number>();
  for await (const crash of stage.crashes()) {
    const { workspace } = crash;
    const { config, isConfigPending } = readWorkspace(workspace.dir);
    const ttl = config.policies['default']!.dnskeyTtl;
    expect(isConfigPending).toBe(ttl === 3600);
    found.add(ttl);
    await workspace.must('policy', 'apply');
    expect(readWorkspace(workspace.dir).config.policies['default']!.dnskeyTtl).toBe(7200);
    await expectWhole(workspace, crash.isKilled);
  }
  expect([...found].sort()).toEqual([3600, 7200]);
});
