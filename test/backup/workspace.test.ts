import { spawnSync } from 'node:child_process';
import { closeSync, cpSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readWorkspace } from '../../src/workspace/read-only.ts';
import type { CliResult } from '../support/cli.ts';
import { EXAMPLE_ZONE, makeTestWorkspace, type TestWorkspace } from '../support/workspace.ts';

const WITHOUT_JUDGES = (text: string): string => text.replace(/^gate:.*(\n {2}.*)*/m, 'gate: { judges: [], agree: 0 }');
const REASON = ['--reason', 'the disk of the signer has died'];

let workspace: TestWorkspace;
let backup: string;

beforeAll(async () => {
  const config = (text: string): string =>
    WITHOUT_JUDGES(text).replace('    algorithm: 13', '    backup-proof-max-age: 30d\n    algorithm: 13');
  workspace = await makeTestWorkspace({ practice: true, zones: { 'example.': EXAMPLE_ZONE }, config });
  workspace.write('passphrase', 'seven wet umbrellas\n');
  workspace.write('wrong', 'seven dry umbrellas\n');
  backup = workspace.path('backup');
});
afterAll(() => workspace[Symbol.dispose]());

async function run(...args: readonly string[]): Promise<CliResult> {
  return runWith('passphrase', ...args);
}

async function runWith(file: string, ...args: readonly string[]): Promise<CliResult> {
  const fd = openSync(workspace.path(file), 'r');
  try {
    return await workspace.run(...args, '--passphrase-fd', `${fd}`);
  } finally {
    closeSync(fd);
  }
}

const entries = (type: string): readonly { data: Record<string, unknown> }[] =>
  workspace
    .read('audit', 'entries.jsonl')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; data: Record<string, unknown> })
    .filter((entry) => entry.type === type);
const facts = () => Object.values(readWorkspace(workspace.dir).state.zones['example.']!.facts);
const sign = (...more: readonly string[]) => workspace.run('zone', 'sign', 'example.', ...more);

describe('in a workspace whose policy asks for proofs of backups', () => {
  test('a key without a proved backup signs nothing', async () => {
    const { status, err } = await sign();
    expect(status).toBe(1);
    expect(err).toMatch(
      /key\/backup-unproven: (KSK|ZSK) \d+ of example\. must not be used: no backup of it was ever proved; backup-proof-max-age is 30d/,
    );
    expect(entries('sign.intent')).toHaveLength(0);
  });

  test('a backup alone is no proof', async () => {
    const { status, err } = await run('key', 'backup', '--output', backup);
    expect(status, err).toBe(0);
    expect(entries('key.backup').map(({ data }) => data['method'])).toEqual(['token-archive']);
    expect(facts().every((fact) => fact.backup !== undefined && fact.drilled === undefined)).toBe(true);
    expect((await sign()).err).toContain('key/backup-unproven');
  });

  test('a drill that fails is in the log and proves nothing', async () => {
    expect((await runWith('wrong', 'key', 'drill', backup)).err).toContain('backup/wrong-key');
    writeFileSync(workspace.path('cut'), readFileSync(backup).subarray(0, 3000));
    expect((await run('key', 'drill', workspace.path('cut'))).err).toContain('backup/damaged');
    expect(entries('key.drill').map(({ data }) => data['outcome'])).toEqual(['failed', 'failed']);
    expect(facts().every((fact) => fact.drilled === undefined)).toBe(true);
  });

  test('a drill that proves every key lets them sign, until the proof is too old', async () => {
    const { status, out, err } = await run('key', 'drill', backup);
    expect(status, err).toBe(0);
    expect(out).toContain('2 of them of this workspace');
    expect(facts().every((fact) => fact.drilled !== undefined)).toBe(true);
    const signed = await sign();
    expect(signed.status, signed.err).toBe(0);
    using copy = workspace.copyTo(`${workspace.dir}-too-late`);
    const later = await copy.run('zone', 'sign', 'example.', '--now', '+31d');
    expect(later.err).toMatch(/key\/backup-unproven: .* its backup was proved 31d.* ago, at 20/);
  });

  test('a key that was made after the backup is missing in it, and the drill says so', async () => {
    using copy = workspace.copyTo(`${workspace.dir}-later`);
    await copy.must('key', 'generate', '--zone', 'example.', '--role', 'zsk');
    const fd = openSync(copy.path('passphrase'), 'r');
    const { err } = await copy.run('key', 'drill', backup, '--passphrase-fd', `${fd}`);
    closeSync(fd);
    expect(err).toMatch(/warning: the ZSK \d+ of example\. is on that token and not in this backup/);
  });

  test('the backup of another workspace is not taken for one of these keys', async () => {
    using other = await makeTestWorkspace({ zones: { 'example.': EXAMPLE_ZONE }, config: WITHOUT_JUDGES });
    const fd = openSync(workspace.path('passphrase'), 'r');
    const { status, out, err } = await other.run('key', 'drill', backup, '--passphrase-fd', `${fd}`, '--token', tokenUri());
    closeSync(fd);
    expect(status, err).toBe(0);
    expect(out).toContain('3 keys, 0 of them of this workspace');
    expect(readWorkspace(other.dir).state.zones['example.']!.facts).toEqual({});
  });
});

/** With the PIN file of this workspace. */
const tokenUri = (): string => readWorkspace(workspace.dir).config.tokens.ksk[0]!;

test('a token that is lost is restored in its place, and its keys are marked for ever', async () => {
  const tokens = workspace.path('token', 'tokens');
  renameSync(tokens, workspace.path('lost'));
  expect((await sign()).status).not.toBe(0);
  const { status, err } = await run('key', 'restore', backup, '--to', workspace.path('token'), ...REASON);
  expect(status, err).toBe(0);
  const signed = await sign();
  expect(signed.status, signed.err).toBe(0);
  expect(entries('key.restored')).toHaveLength(1);
  expect(facts().every(({ restored }) => restored?.[0]?.reason === REASON[1])).toBe(true);
  const listed = await workspace.must('key', 'list', '--json');
  expect(listed.out).toContain(REASON[1]!);
  const again = await run('key', 'restore', backup, '--to', workspace.path('token'), ...REASON);
  expect(again.err).toContain('backup/target-taken');
});

test('a token of a restoration that was killed before the log had it is not used; the next restoration moves it aside', async () => {
  const [folder] = readdirSync(workspace.path('token', 'tokens'));
  const { pid } = spawnSync('true');
  writeFileSync(workspace.path('token', '.restoring'), `${pid} ${folder}\n`);
  expect((await sign()).err).toMatch(/error backup\/restore-unfinished: .* was interrupted: no log says/);
  const { status, err } = await run('key', 'restore', backup, '--to', workspace.path('token'), ...REASON);
  expect(status, err).toBe(0);
  expect(entries('key.restored')).toHaveLength(2);
  const left = readdirSync(workspace.path('token')).filter((name) => name.startsWith('.'));
  expect(left).toEqual([expect.stringMatching(/^\.unfinished\.[0-9a-f]{16}$/)]);
  const signed = await sign();
  expect(signed.status, signed.err).toBe(0);
});

test('a restoration that the log does not get is taken back', async () => {
  mkdirSync(workspace.path('elsewhere'), { mode: 0o700 });
  // Without the key of the log no session opens.
  renameSync(workspace.path('token', 'tokens'), workspace.path('lost-again'));
  mkdirSync(workspace.path('token', 'tokens'), { mode: 0o700 });
  const { status } = await run('key', 'restore', backup, '--to', workspace.path('elsewhere'), ...REASON);
  expect(status).not.toBe(0);
  expect(readdirSync(workspace.path('elsewhere', 'tokens'))).toEqual([]);
  expect(existsSync(workspace.path('elsewhere', '.restoring'))).toBe(false);
  expect(entries('key.restored')).toHaveLength(2);
  cpSync(workspace.path('lost-again'), workspace.path('token', 'tokens'), { recursive: true });
});

test('the procedure of a vendor is recorded with its evidence, and not without', async () => {
  const evidence = workspace.write('protocol.txt', 'cloned to the second HSM, serial 4711\n');
  const what = ['--vendor', '--place', 'safe of the second site', '--reason', 'cloned with the tool of the vendor'];
  expect((await workspace.run('key', 'backup', ...what)).err).toContain('backup/no-evidence');
  expect((await workspace.run('key', 'backup', '--vendor', '--evidence', evidence)).err).toContain('gate/no-reason');
  await workspace.must('key', 'backup', ...what, '--evidence', evidence);
  await workspace.must('key', 'drill', '--vendor', '--evidence', evidence, '--reason', 'the clone has signed a test zone');
  const [drill] = entries('key.drill').slice(-1);
  expect(drill!.data).toMatchObject({ method: 'vendor', outcome: 'proved' });
  const { sha256 } = drill!.data['evidence'] as { sha256: string };
  expect(existsSync(workspace.path('artifacts', sha256))).toBe(true);
  await workspace.must('key', 'drill', '--vendor', '--failed', '--evidence', evidence, '--reason', 'the clone could not be read');
  expect(entries('key.drill').at(-1)!.data).toMatchObject({ outcome: 'failed' });
});
