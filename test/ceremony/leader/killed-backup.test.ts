import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { NODE } from '../../support/cli.ts';
import { EXAMPLE_ZONE, makeTestWorkspace, type TestWorkspace } from '../../support/workspace.ts';

/* A script names the file of a backup, and cannot be changed: a step that was killed between file and entry has to go on with that very file. */

const CLI = fileURLToPath(new URL('../../../src/cli.ts', import.meta.url));
const PRELOAD = fileURLToPath(new URL('die-with.ts', import.meta.url));
let workspace: TestWorkspace;
let output: string;
beforeAll(async () => {
  workspace = await makeTestWorkspace({ practice: true, zones: { 'example.': EXAMPLE_ZONE } });
  output = workspace.path('saved');
  workspace.write('right', 'a passphrase of several words');
  workspace.write('wrong', 'another passphrase of several words');
  const fd = openSync(workspace.path('right'), 'r');
  const { signal, stderr } = spawnSync(
    NODE,
    ['--import', PRELOAD, CLI, 'key', 'backup', '--output', output, '--dir', workspace.dir, '--passphrase-fd', '3'],
    { stdio: ['ignore', 'ignore', 'pipe', fd], env: { ...process.env, COLDSIGN_DIE_WITH: output }, encoding: 'utf8' },
  );
  closeSync(fd);
  if (signal !== 'SIGKILL') throw new Error(`it was not killed: ${stderr}`);
});
afterAll(() => workspace?.[Symbol.dispose]());

async function backup(passphrase: 'right' | 'wrong') {
  const fd = openSync(workspace.path(passphrase), 'r');
  try {
    return await workspace.run('key', 'backup', '--output', output, '--passphrase-fd', `${fd}`);
  } finally {
    closeSync(fd);
  }
}

const logged = (): number => workspace.read('audit', 'entries.jsonl').split('"type":"key.backup"').length - 1;

test('the file is opened, and noted once; not by a passphrase that is not its own, and not a second time', async () => {
  expect(existsSync(output)).toBe(true);
  expect((await backup('wrong')).err).toContain('error backup/wrong-key');
  expect(logged()).toBe(0);
  const { status, err } = await backup('right');
  expect(status, err).toBe(0);
  expect(err).toContain('is there already, and not in the log');
  expect(logged()).toBe(1);
  expect((await backup('right')).err).toContain('error backup/output-exists');
  expect(logged()).toBe(1);
});

test('another file in its place is none', async () => {
  rmSync(output);
  workspace.write('saved', 'dear diary\n');
  expect((await backup('right')).err).toContain('error backup/output-exists');
});
