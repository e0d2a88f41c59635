import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WorkspaceLock } from '../../src/workspace/lock.ts';
import { NODE } from '../support/cli.ts';
import { EXAMPLE_ZONE, inProcess, makeTestWorkspace, type TestWorkspace } from '../support/workspace.ts';
import { expectRefused, gateWith, logged } from '../workspace/stage.ts';

const PRELOAD = fileURLToPath(new URL('../support/crash-at.ts', import.meta.url));
const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
/** Enough for several writes of the progress. */
const HOSTS = Array.from({ length: 1500 }, (_, i) => `h${i}.example. IN A 198.51.100.${i & 255}\n`).join('');

let original: TestWorkspace;
let scratch: string;
beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'coldsign-killed-'));
  original = await makeTestWorkspace({ zones: { 'example.': `${EXAMPLE_ZONE}${HOSTS}` }, config: gateWith('limits: { added: 10000 }') });
});
afterAll(() => {
  original[Symbol.dispose]();
  rmSync(scratch, { recursive: true, force: true });
});

/** `zone sign example.` as a process of its own, with calls that change the disk counted. */
async function signKilled(workspace: TestWorkspace, env: Record<string, string>): Promise<string | null> {
  const child = spawn(NODE, ['--import', PRELOAD, CLI, 'zone', 'sign', 'example.', '--dir', workspace.dir], {
    stdio: 'ignore',
    env: { ...process.env, NODE_COMPILE_CACHE: join(scratch, 'compiled'), ...env },
  });
  const [, signal] = (await once(child, 'close')) as [number | null, string | null];
  return signal;
}

const progressFiles = (workspace: TestWorkspace): readonly string[] => {
  const folder = workspace.path('cache', 'progress', 'example');
  return existsSync(folder) ? readdirSync(folder) : [];
};

interface Signed {
  readonly folder: string;
  readonly report: { readonly signatures: { readonly made: number; readonly kept: number }; readonly hsmOperations: number };
}

async function sign(workspace: TestWorkspace): Promise<Signed & { readonly err: string }> {
  const { out, err } = await workspace.must('zone', 'sign', 'example.', '--json');
  return { ...(JSON.parse(out) as Signed), err };
}

test('killed while the token signs: the next run makes the missing signatures only, and two verifiers accept the zone', async () => {
  const list = join(scratch, 'calls');
  const whole = original.copyTo(join(scratch, 'whole'));
  expect(await signKilled(whole, { COLDSIGN_CRASH_LIST: list })).toBeNull();
  expect(progressFiles(whole), 'nothing is left when the release was made').toEqual([]);
  const total = logged(whole, 'sign.result').at(-1)!.made;
  const calls = readFileSync(list, 'utf8').trimEnd().split('\n');
  // The progress is written from the call on that makes its folder; behind it come the head of the file and the first signatures.
  const begin = calls.findIndex((_, i) => calls.slice(i, i + 3).join(' ') === 'mkdirSync writeSync writeSync');
  const writes = calls.flatMap((name, i) => (name === 'writeSync' && i > begin ? [i + 1] : []));
  const found: number[] = [];
  // The second write is that of the first signatures, and gets through by half.
  for (const at of [writes[1]!, writes[4]!]) {
    const workspace = original.copyTo(join(scratch, 'killed'));
    expect(await signKilled(workspace, { COLDSIGN_CRASH_AT: `${at}`, COLDSIGN_CRASH_HOW: 'half' })).toBe('SIGKILL');
    expect(progressFiles(workspace)).toEqual(['1.signatures']);
    const { report, folder, err } = await sign(workspace);
    const { made, kept } = report.signatures;
    expect(made + kept).toBe(total);
    expect(err).toContain(`${kept} signatures of the interrupted run are used`);
    // One trial signature per key.
    expect(report.hsmOperations).toBe(made + 2);
    expect(progressFiles(workspace)).toEqual([]);
    found.push(kept);
    expect((await inProcess('zone', 'verify', join(folder, 'zone.signed'), '-o', 'example.')).status).toBe(0);
    execFileSync('ldns-verify-zone', [join(folder, 'zone.signed')], { stdio: 'pipe' });
    rmSync(workspace.dir, { recursive: true, force: true });
  }
  expect(found[0]).toBeGreaterThan(0);
  expect(found[1]).toBeGreaterThan(found[0]!);
  expect(found[1]).toBeLessThan(total);
});

test('what a zone that did not pass the gate has cost the token is not paid twice', async () => {
  using workspace = original.copyTo(join(scratch, 'refused'));
  workspace.edit((text) => text.replace('added: 10000', 'added: 10').replace('gate: {', 'gate: { overridable: [limit-added],'));
  workspace.write('example.zone', EXAMPLE_ZONE);
  await workspace.must('policy', 'apply');
  await workspace.must('zone', 'sign', 'example.');
  workspace.write('example.zone', `${EXAMPLE_ZONE}${HOSTS}`);
  expectRefused(await workspace.run('zone', 'sign', 'example.'), 'gate/refused');
  const { made } = logged(workspace, 'sign.result').at(-1)!;
  expect(made).toBeGreaterThan(3000);
  const again = await workspace.must('zone', 'sign', 'example.', '--override', 'limit-added', '--reason', 'a new customer');
  expect(again.err).toContain(`${made} signatures of the interrupted run are used`);
  expect(logged(workspace, 'sign.result').at(-1)!.made).toBe(0);
  expect(progressFiles(workspace)).toEqual([]);
});

test('while a command works in the workspace no other one touches its progress', async () => {
  using workspace = original.copyTo(join(scratch, 'locked'));
  const folder = workspace.path('cache', 'progress', 'example');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, '1.signatures'), 'of the command that has the lock');
  using _lock = new WorkspaceLock(workspace.path('lock'), 'zone sign');
  expectRefused(await workspace.run('zone', 'sign', 'example.'), 'workspace/locked');
  expect(readFileSync(join(folder, '1.signatures'), 'utf8')).toBe('of the command that has the lock');
});
