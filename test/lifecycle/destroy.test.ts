import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openKeystore } from '../../keystore/keystore.ts';
import { choosePinSource } from '../../keystore/pin/source.ts';
import { parsePkcs11Uri } from '../../keystore/pkcs11/uri.ts';
import type { LoggedKey } from '../../src/audit/entry.ts';
import { keyToDestroy } from '../../src/keys/destroy-key.ts';
import { needsOf, safeFrom } from '../../src/keys/needs.ts';
import { readWorkspace } from '../../src/workspace/read-only.ts';
import { NODE } from '../support/cli.ts';
import { EXAMPLE_ZONE, makeTestWorkspace, type TestWorkspace } from '../support/workspace.ts';
import { addForeign, keysOf, type ListedKey, tokenUri, unused, WITHOUT_JUDGES } from './stage.ts';

const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
const REASON = ['--reason', 'not needed any more'] as const;

describe('key destroy in a workspace', () => {
  let original: TestWorkspace;
  beforeAll(async () => {
    original = await makeTestWorkspace({ zones: { 'example.': EXAMPLE_ZONE }, config: WITHOUT_JUDGES, practice: true });
    addForeign(original, [
      { kind: 'pair', label: 'of another program', id: 'aa01' },
      { kind: 'pair', label: 'example. zsk 13', id: 'aa02' },
      { kind: 'data', label: 'a file', application: 'another program' },
      { kind: 'secret', label: 'kek' },
    ]);
    await original.must('zone', 'sign', 'example.');
    await original.must('key', 'generate', '--zone', 'example.', '--role', 'zsk');
    await original.must('key', 'generate', '--zone', 'example.', '--role', 'ksk');
  });
  afterAll(() => original[Symbol.dispose]());
  let copies = 0;
  const copy = (): TestWorkspace => original.copyTo(join(original.dir, '..', `copy-${copies++}`, 'workspace'));
  const newest = (workspace: TestWorkspace, role: LoggedKey['role']): LoggedKey => keysOf(workspace).findLast((key) => key.role === role)!;
  const oldest = (workspace: TestWorkspace, role: LoggedKey['role']): LoggedKey => keysOf(workspace).find((key) => key.role === role)!;
  const destroy = (workspace: TestWorkspace, { keyTag }: Pick<LoggedKey, 'keyTag'>, ...more: readonly string[]) =>
    workspace.run('key', 'destroy', '--zone', 'example', '--key', `${keyTag}`, ...REASON, ...more);
  const onToken = async (workspace: TestWorkspace): Promise<readonly ListedKey[]> =>
    JSON.parse((await workspace.must('key', 'list', '--token', tokenUri(workspace), '--json')).out.toString()) as ListedKey[];

  test('a key that no release has: tag typed, gone from the token, its tag stays taken, other objects untouched', async () => {
    using workspace = copy();
    const key = newest(workspace, 'zsk');
    const before = await unused(workspace);
    const untyped = await destroy(workspace, key, '--confirm', 'y');
    expect([untyped.status, untyped.err]).toEqual([1, expect.stringContaining('error key/not-confirmed')]);
    expect(keysOf(workspace)).toContainEqual(key);
    const { status, out, err } = await destroy(workspace, key, '--confirm', `${key.keyTag}`);
    expect(`${status} ${err}`).toBe('0 ');
    expect(out).toBe(`key ${key.keyTag} on token coldsign (serial ${key.serial}): destroyed, and read back as not found\n`);
    const { keys, past } = readWorkspace(workspace.dir).state.zones['example.']!;
    expect([keys.includes(key), past]).toEqual([false, [key]]);
    expect((await onToken(workspace)).map(({ id }) => id)).not.toContain(key.id);
    expect(await unused(workspace)).toBe(before);
    expect(before.match(/"label": "(of another program|example. zsk 13|a file|kek)"/g)).toHaveLength(6);
    const listed = await workspace.must('key', 'list', '--all', '--json');
    expect(JSON.parse(listed.out)).toContainEqual(expect.objectContaining({ keyTag: key.keyTag, state: 'destroyed' }));
    const again = await destroy(workspace, key, '--confirm', `${key.keyTag}`);
    expect(again.err).toContain('it was destroyed');
    await workspace.must('zone', 'sign', 'example.');
  });

  test('a key of the newest release is needed; a KSK needs word of its DS', async () => {
    using workspace = copy();
    const used = oldest(workspace, 'zsk');
    const needed = await destroy(workspace, used, '--confirm', `${used.keyTag}`);
    expect([needed.status, needed.err]).toEqual([1, expect.stringContaining('is signed with it')]);
    expect(needed.err).toMatch(/error key\/still-needed: .*now is \d{4}-/);
    const ksk = newest(workspace, 'ksk');
    const unknown = await destroy(workspace, ksk, '--confirm', `${ksk.keyTag}`);
    expect([unknown.status, unknown.err]).toEqual([1, expect.stringContaining('error key/ds-unknown')]);
    const attested = ['--confirm', `${ksk.keyTag}`, '--attest-no-ds', 'the DS was never handed in: seen at a.parent today'];
    expect((await destroy(workspace, ksk, ...attested)).status).toBe(0);
    const { state } = readWorkspace(workspace.dir);
    expect(state.exceptions).toBe(1);
    expect((await destroy(workspace, { keyTag: 1 }, '--confirm', '1')).err).toContain('error key/not-found');
  });

  test('what an interruption leaves: all of it on the token, or nothing; the next command tells', async () => {
    using workspace = copy();
    const key = newest(workspace, 'zsk');
    // The intent is durable, and the process ends before the token is touched, or right after.
    for (const step of ['before', 'after'] as const) {
      await killedAt(workspace, key, step);
      expect(Object.keys(readWorkspace(workspace.dir).state.intents)).toHaveLength(1);
      const next = await workspace.must('key', 'generate', '--zone', 'example.');
      const isThere = step === 'before';
      expect(next.err).toContain(isThere ? 'still has it, or part of it' : 'is on none of: token coldsign');
      expect(keysOf(workspace).some(({ id }) => id === key.id)).toBe(isThere);
      expect((await onToken(workspace)).some(({ id }) => id === key.id)).toBe(isThere);
    }
  });

  test('at the terminal the tag is typed', async () => {
    using workspace = copy();
    const key = newest(workspace, 'zsk');
    const args = [
      'key',
      'destroy',
      '--zone',
      'example.',
      '--key',
      `${key.keyTag}`,
      '--reason',
      'not_needed_any_more',
      '--dir',
      workspace.dir,
    ];
    const typed = async (line: string): Promise<string> => {
      const script = spawn('/usr/bin/script', ['-qfec', [NODE, CLI, ...args].join(' '), '/dev/null'], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      let screen = '';
      script.stdout.setEncoding('utf8').on('data', (text: string) => {
        if (!screen.includes('to go on: ') && `${screen}${text}`.includes('to go on: ')) script.stdin.write(line);
        screen += text;
      });
      return new Promise((resolve) => script.on('close', () => resolve(screen)));
    };
    expect(await typed('yes\r')).toContain('error key/not-confirmed: "yes" was typed');
    expect(await typed(`${key.keyTag}\r`)).toContain('destroyed, and read back as not found');
  });

  test('replicas: gone from all of them, or the log says where it still is', async () => {
    using workspace = copy();
    await workspace.must('key', 'list', '--live');
    // A second token with the same keys, as cloning leaves it.
    const twin = workspace.copyTo(join(workspace.dir, '..', 'twin'));
    await twin.must('key', 'list', '--live');
    expect(existsSync(twin.path('coldsign.yaml'))).toBe(true);
    workspace.edit((text) =>
      text.replace(/^( +ksk: )(.*)$/m, `$1[$2, '${tokenUri(twin)}']`).replace(/^( +zsk: )(.*)$/m, `$1[$2, '${tokenUri(twin)}']`),
    );
    await workspace.must('policy', 'apply');
    const key = newest(workspace, 'zsk');
    // Interrupted when one token of two has lost it.
    await killedAt(workspace, key, 'before');
    await destroyOn(tokenUri(twin), key);
    const next = await workspace.must('key', 'generate', '--zone', 'example.');
    expect(next.err).toMatch(/abandoned: key \d+ of example. is not destroyed: .* still has it, or part of it; it is gone from token/);
    expect(keysOf(workspace)).toContainEqual(key);
    const { status, out, err } = await destroy(workspace, key, '--confirm', `${key.keyTag}`);
    expect(`${status} ${err}`).toMatch(/^0 /);
    expect(out).toMatch(/destroyed, and read back as not found\n.*: was not there\n$/);
    for (const one of [workspace, twin]) expect((await onToken(one)).map(({ id }) => id)).not.toContain(key.id);
  });
});

async function destroyOn(uriText: string, key: LoggedKey): Promise<void> {
  const uri = parsePkcs11Uri(uriText);
  await using keystore = await openKeystore({ uri, pin: choosePinSource(uri), workers: 1 });
  await keystore.destroyKey(keyToDestroy(key));
}

/** Runs key destroy and ends it at the request to the token, before it is made or when it is done. */
async function killedAt(workspace: TestWorkspace, { keyTag }: LoggedKey, step: 'before' | 'after'): Promise<void> {
  const preload = fileURLToPath(new URL('./kill-at-destroy.ts', import.meta.url));
  const args = ['key', 'destroy', '--zone', 'example.', '--key', `${keyTag}`, ...REASON, '--confirm', `${keyTag}`, '--dir', workspace.dir];
  const child = spawn(NODE, ['--import', preload, CLI, ...args], { stdio: 'ignore', env: { ...process.env, KILL_AT_DESTROY: step } });
  const signal = await new Promise((resolve) => child.on('close', (_status, by) => resolve(by)));
  expect(signal).toBe('SIGKILL');
}

describe('until when a key is needed', () => {
  const DAY = 86_400;
  const goneAfter = { delivery: DAY, largestTtl: 2 * DAY, safety: 3600, jitter: 7200 };
  const release = (serial: number, created: number, ...keyTags: readonly number[]) => ({
    serial,
    created: created * DAY,
    validUntil: (created + 14) * DAY,
    keyTags,
  });
  const key = { keyTag: 7, id: 'aa' };
  const ask = { key, hasEarlier: false, isConfigured: true, otherNeeds: [], goneAfter };

  test('never in a release: not at all', () => {
    expect(needsOf({ ...ask, releases: [release(1, 10, 8)] })).toEqual([]);
    expect(safeFrom([])).toBe(0);
  });

  test('in the newest release: without end, while the zone is signed here; then until its signatures and TTLs have ended', () => {
    const releases = [release(1, 10, 7)];
    expect(safeFrom(needsOf({ ...ask, releases }))).toBeUndefined();
    expect(safeFrom(needsOf({ ...ask, releases, isConfigured: false }))).toBe((10 + 14 + 2) * DAY + 7200 + 3600);
  });

  test('RFC 7583 3.2.1: retired for Dprp + TTL after the zone without it was made, however many releases follow', () => {
    const releases = [release(1, 10, 7, 8), release(2, 20, 8), release(3, 30, 8)];
    expect(safeFrom(needsOf({ ...ask, releases }))).toBe((20 + 1 + 2) * DAY + 3600);
    const back = [...releases, release(4, 40, 7, 8), release(5, 50, 8)];
    expect(safeFrom(needsOf({ ...ask, releases: back }))).toBe((50 + 1 + 2) * DAY + 3600);
  });

  test('releases that are no longer known may have had it', () => {
    expect(safeFrom(needsOf({ ...ask, hasEarlier: true, releases: [release(9, 100, 8)] }))).toBe(103 * DAY + 3600);
  });

  test('an act that is under way needs it without end', () => {
    const needs = needsOf({ ...ask, releases: [], otherNeeds: ['sign of 2026-11-24T09:00:00Z has no result yet'] });
    expect(safeFrom(needs)).toBeUndefined();
  });
});
