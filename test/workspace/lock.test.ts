import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, watch } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WorkspaceLock } from '../../src/workspace/lock.ts';
import { NODE } from '../support/cli.ts';
import { EXAMPLE_ZONE, makeTestWorkspace, type TestWorkspace } from '../support/workspace.ts';
import { expectRefused, expectSealed, listing, logged, Stage, stateOf, WITHOUT_JUDGES } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = new Stage(await makeTestWorkspace({ zones: { 'example.': EXAMPLE_ZONE }, config: WITHOUT_JUDGES }));
});
afterAll(() => stage[Symbol.dispose]());

const bootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
/** Field 22 of /proc/PID/stat: when the process began, in ticks since boot. */
const startOf = (pid: number): string =>
  readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /s, '')
    .split(' ')[19]!;

function lockOf(pid: number, { started = startOf(pid), boot = bootId() } = {}): string {
  return `${JSON.stringify({ pid, started, boot, command: 'zone sign' })}\n`;
}

test('"one writer at a time": the second one is refused with the process of the first, and readers are let in', async () => {
  const workspace = stage.copy();
  const { child, ended } = await stoppedWriter(workspace);
  try {
    const log = workspace.read('audit', 'entries.jsonl');
    for (const args of [
      ['zone', 'sign', 'example.'],
      ['policy', 'apply'],
      ['key', 'generate', '--zone', 'example.'],
      ['zone', 'sign', '--all'],
    ])
      expectRefused(
        await workspace.run(...args),
        'workspace/locked',
        `process ${child.pid} (coldsign zone sign)`,
        'wait until it has ended',
      );
    const source = workspace.path('example.zone');
    expectRefused(await workspace.run('zone', 'add', 'other.', '--source', source), 'workspace/locked');
    expect(workspace.read('audit', 'entries.jsonl')).toBe(log);
    expect((await workspace.must('status')).out).toContain('example.');
  } finally {
    child.kill('SIGCONT');
  }
  // The first one comes to its end as if nothing had been.
  expect(await ended).toBe(0);
  expect(existsSync(workspace.path('lock'))).toBe(false);
  expect(stateOf(workspace).zones['example.']!.releases).toHaveLength(1);
  expectSealed(workspace);
});

test('a lock from another container is not taken over: its process cannot be seen, which is no sign of its death', async () => {
  const workspace = stage.copy();
  const text = JSON.stringify({ ...JSON.parse(lockOf(process.pid, { started: '1' })), namespace: 'pid:[1]' });
  const holder = workspace.write('lock', `${text}\n`);
  expectRefused(await workspace.run('zone', 'sign', 'example.'), 'workspace/locked', 'of another container', `remove ${holder}`);
  expect(workspace.read('lock')).toBe(`${text}\n`);
});

test('a lock whose process was killed is taken over, and what it left is told', async () => {
  const workspace = stage.copy();
  const { child, ended } = await stoppedWriter(workspace);
  child.kill('SIGKILL');
  await ended;
  expect(existsSync(workspace.path('lock'))).toBe(true);
  await workspace.must('zone', 'sign', 'example.');
  expect(existsSync(workspace.path('lock'))).toBe(false);
});

test.each([
  ['a number that was given to another process since', () => lockOf(process.pid, { started: '1' })],
  ['a process of another boot', () => lockOf(process.pid, { boot: '00000000-0000-0000-0000-000000000000' })],
  ['no process of this number', () => lockOf(2 ** 22 + 1, { started: '1' })],
  ['nothing that can be read', () => '{"pid":'],
  ['nothing', () => ''],
])('a lock is stale: %s', (_, text) => {
  const workspace = stage.copy();
  const path = workspace.write('lock', text());
  {
    using _lock = new WorkspaceLock(path, 'policy apply');
    expect(workspace.read('lock')).toContain(`"pid":${process.pid},`);
  }
  expect(Object.keys(listing(workspace.dir)).filter((name) => name.startsWith('lock'))).toEqual([]);
});

test('a lock of a process that lives is kept, whoever it is', async () => {
  const workspace = stage.copy();
  workspace.write('lock', lockOf(process.pid));
  expectRefused(await workspace.run('policy', 'apply'), 'workspace/locked', `process ${process.pid} `);
  expect(workspace.read('lock')).toBe(lockOf(process.pid));
  expect(logged(workspace, 'session.open').filter(({ command }) => command === 'policy apply')).toHaveLength(1);
  rmSync(workspace.path('lock'));
  await workspace.must('policy', 'apply');
});

/** Stops its process (SIGSTOP) when it has the lock. */
const STOPS = `
  import fs from 'node:fs';
  import { syncBuiltinESMExports } from 'node:module';
  const real = fs.unlinkSync;
  fs.unlinkSync = (path) => {
    real(path);
    if (/lock[.][0-9]+[.][0-9a-f]+$/.test(path)) process.kill(process.pid, 'SIGSTOP');
  };
  syncBuiltinESMExports();
`;

/** `zone sign` in a process of its own, which has the lock and goes on with SIGCONT. */
async function stoppedWriter(workspace: TestWorkspace) {
  const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
  const watcher = watch(workspace.dir);
  const locked = new Promise<void>((resolve) => {
    watcher.on('change', (_, name) => {
      if (name === 'lock') resolve();
    });
  });
  const preload = `data:text/javascript,${encodeURIComponent(STOPS)}`;
  const child = spawn(NODE, ['--import', preload, cli, 'zone', 'sign', 'example.', '--dir', workspace.dir], { stdio: 'ignore' });
  const ended = once(child, 'close').then(([status]) => status as number | null);
  await Promise.race([locked, ended]);
  watcher.close();
  return { child, ended };
}
