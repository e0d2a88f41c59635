import { closeSync, openSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EntryData } from '../../src/audit/entry.ts';
import { makeSoftToken } from '../../src/commands/token-init.ts';
import { readWorkspace } from '../../src/workspace/read-only.ts';
import { withSession } from '../../src/workspace/session.ts';
import { type CliResult, coldsign } from '../support/cli.ts';
import { EXAMPLE_ZONE, makeTestWorkspace, type TestWorkspace } from '../support/workspace.ts';

let workspace: TestWorkspace;
let other: string;

beforeAll(async () => {
  workspace = await makeTestWorkspace();
  workspace.write('example.zone', EXAMPLE_ZONE);
  await workspace.must('zone', 'add', 'example.', '--source', workspace.path('example.zone'));
  await workspace.must('policy', 'apply');
  await workspace.must('key', 'generate', '--zone', 'example.', '--wrappable');
  writeFileSync(workspace.path('passphrase'), 'seven wet umbrellas\n', { mode: 0o600 });
  ({ uri: other } = await makeSoftToken({ dir: workspace.path('other'), label: 'second', generatePin: true }));
  const saved = await run('key', 'backup', '--method', 'wrap', '--output', workspace.path('backup'), '--so-pin-fd', '{token/so-pin}');
  expect(saved.status, saved.err).toBe(0);
});
afterAll(() => workspace[Symbol.dispose]());

async function run(...args: readonly string[]): Promise<CliResult> {
  const open: number[] = [];
  const words = [...args, '--passphrase-fd', '{passphrase}'].map((word) => {
    const file = /^\{(.+)\}$/.exec(word)?.[1];
    if (file === undefined) return word;
    open.push(openSync(workspace.path(file), 'r'));
    return `${open.at(-1)}`;
  });
  try {
    return await workspace.run(...words);
  } finally {
    for (const fd of open) closeSync(fd);
  }
}

const types = async (): Promise<readonly string[]> => {
  const shown = await workspace.must('audit', 'show', '--json');
  return shown.out
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { type: string }).type);
};
const restoredTimes = (): readonly number[] =>
  Object.values(readWorkspace(workspace.dir).state.zones['example.']!.facts).map(({ restored }) => restored?.length ?? 0);

test('the log has the restoration before the first key is on the token, and its end', async () => {
  const restored = await run('key', 'restore', workspace.path('backup'), '--to', other, '--reason', 'the token broke');
  expect(restored.status, restored.err).toBe(0);
  expect((await types()).slice(-5)).toEqual([
    ...['session.open', 'key.restore.intent', 'key.restored', 'intent.resolved', 'session.close'],
  ]);
  expect(restoredTimes()).toEqual([1, 1]);
});

test('a restoration without an end: its keys are marked as restored by the next command, whatever got to the token', async () => {
  const { zones } = readWorkspace(workspace.dir).state;
  const keys = zones['example.']!.keys.map(({ zone, keyTag, id }) => ({ zone, keyTag, id }));
  const token = { label: 'second', serial: '0' };
  const intent: EntryData['key.restore.intent'] = { method: 'wrap', keys, token, sha256: 'ab'.repeat(32), reason: 'once more' };
  const io = { out: { write: () => true }, err: { write: () => true } as unknown as NodeJS.WriteStream };
  const now = Math.floor(Date.now() / 1000);
  const interrupted = withSession({ dir: workspace.dir, command: 'key restore', now, nowGiven: false }, io, async (session) => {
    session.append('key.restore.intent', intent);
    throw new Error('power cut');
  });
  await expect(interrupted).rejects.toThrow('power cut');
  const next = await workspace.must('policy', 'apply');
  expect(next.err).toContain('key.restore of ');
  expect(restoredTimes()).toEqual([2, 2]);
  expect(readWorkspace(workspace.dir).state.intents).toEqual({});
  await workspace.must('audit', 'export', workspace.path('export.tar'));
  const verified = await coldsign(['audit', 'verify', workspace.path('export.tar'), '--vkey', workspace.path('audit', 'vkeys')]);
  expect(verified.status, verified.out).toBe(0);
});
