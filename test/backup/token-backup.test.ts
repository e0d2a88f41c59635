import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBackup, readBackup, sealBackup } from '../../keystore/backup/envelope.ts';
import type { BackupHeader } from '../../keystore/backup/header.ts';
import { passphraseKey } from '../../keystore/backup/passphrase.ts';
import { parseName } from '../../signer/dns/name.ts';
import { packTokenFiles, unpackTokenFiles } from '../../softhsm/archive.ts';
import { type CliResult, coldsign, NODE } from '../support/cli.ts';
import { makeTestToken, type TestToken } from '../support/token.ts';
import { inProcess } from '../support/workspace.ts';

const CLI = join(import.meta.dirname, '../../src/cli.ts');
const PASSPHRASE = 'seven wet umbrellas';

let dir: string;
let token: TestToken;
let backup: string;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'coldsign-backup-'));
  writeFileSync(join(dir, 'passphrase'), `${PASSPHRASE}\n`, { mode: 0o600 });
  writeFileSync(join(dir, 'wrong'), 'seven wet umbrellaS\n', { mode: 0o600 });
  token = await makeTestToken();
  await using keystore = await token.open({ workers: 1 });
  for (const algorithm of [13, 15]) await keystore.generate({ zone: parseName('example.'), role: 'zsk', algorithm });
  await keystore.generate({ zone: parseName('example.'), role: 'ksk', algorithm: 8, bits: 1024 });
  backup = join(dir, 'backup');
  const made = await withPassphrase('key', 'backup', '--token', token.uriText, '--output', backup);
  expect(made.status, made.err).toBe(0);
});
afterAll(() => {
  token[Symbol.dispose]();
  rmSync(dir, { recursive: true, force: true });
});

/** In a folder without workspace. */
async function withPassphrase(...args: readonly string[]): Promise<CliResult> {
  return withFile('passphrase', ...args);
}

async function withFile(name: string, ...args: readonly string[]): Promise<CliResult> {
  const fd = openSync(join(dir, name), 'r');
  try {
    return await inProcess(...args, '--passphrase-fd', `${fd}`);
  } finally {
    closeSync(fd);
  }
}

const drill = (file: string) => withPassphrase('key', 'drill', file, '--token', token.uriText);
const scratches = (): readonly string[] => readdirSync(tmpdir()).filter((name) => name.startsWith(`coldsign-drill-${process.pid}-`));

let backupKey: Uint8Array | undefined;

/** Derived once: all of these files have the protection of the one backup. */
async function keyOf({ protection }: BackupHeader): Promise<Uint8Array> {
  if (protection.kind !== 'passphrase') throw new Error('not by passphrase');
  backupKey ??= await passphraseKey(new TextEncoder().encode(PASSPHRASE), protection);
  return backupKey;
}

/** The backup with another header or content, sealed with the right passphrase. */
async function forged(change: (header: BackupHeader) => BackupHeader, payload?: Uint8Array): Promise<string> {
  const { header, ...sealed } = readBackup(readFileSync(backup), 'b');
  const key = await keyOf(header);
  const path = join(dir, 'forged');
  writeFileSync(path, sealBackup(change(header), key, payload ?? openBackup({ header, ...sealed }, key, 'b')));
  return path;
}

describe('key backup', () => {
  test('is a private file that names token and keys, and holds neither PIN nor passphrase', async () => {
    expect(statSync(backup).mode & 0o777).toBe(0o600);
    const { header } = readBackup(readFileSync(backup), 'b');
    expect(header.token.serial).toBe(token.uri.serial);
    expect(header.keys.map(({ label }) => label).sort()).toEqual(['example. ksk 8', 'example. zsk 13', 'example. zsk 15']);
    const pin = readFileSync(token.folder.pinFile);
    const key = await keyOf(header);
    const payload = Buffer.from(openBackup(readBackup(readFileSync(backup), 'b'), key, 'b'));
    expect(payload.includes(pin)).toBe(false);
    expect(readFileSync(backup).includes(PASSPHRASE)).toBe(false);
  });

  test('is shown without passphrase, with zones and key tags', async () => {
    const { status, out } = await inProcess('key', 'backup', '--show', backup);
    expect(status).toBe(0);
    expect(out).toMatch(/example\. +zsk +15 +\d+ +[0-9a-f]{32} +example\. zsk 15/);
  });

  test('never overwrites a file, and leaves none behind when the disk is full', async () => {
    const again = await withPassphrase('key', 'backup', '--token', token.uriText, '--output', backup);
    expect(again.err).toContain('backup/output-exists');
    const args = ['key', 'backup', '--token', token.uriText, '--output', join(dir, 'full'), '--passphrase-fd', '3'];
    const full = await coldsign(['-c', `exec "$@" 3< ${join(dir, 'passphrase')}`, 'sh', 'prlimit', '--fsize=4096', NODE, CLI, ...args], {
      program: ['sh'],
    });
    expect(full.err).toMatch(/file\/not-writable: .*(EFBIG|ENOSPC)/);
    expect(full.status).toBe(3);
    expect(readdirSync(dir).filter((name) => name.includes('full'))).toEqual([]);
  });
});

describe('key drill', () => {
  test('every key of the restored token signs a challenge, and nothing is left of it', async () => {
    const { status, out, err } = await drill(backup);
    expect(err).not.toContain('error');
    expect(out).toContain('proved; 3 keys');
    expect(status).toBe(0);
    expect(scratches()).toEqual([]);
  });

  test('a wrong passphrase is told apart from damage', async () => {
    expect((await withFile('wrong', 'key', 'drill', backup)).err).toContain('backup/wrong-key');
    const bad = join(dir, 'bad');
    writeFileSync(bad, readFileSync(backup).subarray(0, -700));
    expect((await drill(bad)).err).toContain('backup/damaged');
  });

  test('a header that lists a key that is not there, or another one, is found out', async () => {
    const absent = await forged((header) => ({ ...header, keys: [...header.keys, { ...header.keys[0]!, id: 'ff'.repeat(16) }] }));
    expect((await drill(absent)).err).toContain('backup/key-missing');
    const other = await forged((header) => ({
      ...header,
      keys: header.keys.map((key) => (key.algorithm === 15 ? { ...key, publicKey: Buffer.alloc(32, 3).toString('base64') } : key)),
    }));
    expect((await drill(other)).err).toContain('backup/other-key');
    expect(scratches()).toEqual([]);
  });

  test('the archive of another token than the header says is refused', async () => {
    const other = await forged((header) => ({ ...header, token: { ...header.token, serial: '0'.repeat(16) } }));
    expect((await drill(other)).err).toMatch(/backup\/bad-archive: the archive .* is of the token|backup\/bad-archive/);
  });

  test('a token file that was damaged before the backup was made does not pass', async () => {
    const { header, ...sealed } = readBackup(readFileSync(backup), 'b');
    const key = await keyOf(header);
    const files = await unpackTokenFiles(openBackup({ header, ...sealed }, key, 'b'));
    const without = { ...files, files: files.files.filter(({ name }, i) => i > 2 || name === 'token.object' || name === 'generation') };
    const result = await drill(await forged((same) => same, await packTokenFiles(without)));
    expect(result.err).toMatch(/error (backup\/key-missing|token\/)/);
    expect(result.status).not.toBe(0);
    expect(scratches()).toEqual([]);
  });
});

describe('key restore', () => {
  test('makes the token anew, which signs with the same keys, and never over another one', async () => {
    const to = join(dir, 'restored');
    const args = ['key', 'restore', backup, '--to', to, '--reason', 'the disk has died', '--token', token.uriText];
    const { status, out, err } = await withPassphrase(...args);
    expect(status, err).toBe(0);
    expect(out).toContain(`x-softhsm2-conf=${to}/softhsm2.conf`);
    const files = readdirSync(to).sort();
    expect(files).toEqual(['softhsm2.conf', 'tokens']);
    expect((await inProcess('key', 'list', '--token', out.trim())).out).toContain('example. zsk 15');
    expect((await withPassphrase(...args)).err).toContain('backup/target-taken');
    expect(readdirSync(join(to, 'tokens'))).toHaveLength(1);
  });

  test('where the disk is full, nothing is left there', async () => {
    const to = join(dir, 'no-room');
    const args = ['key', 'restore', backup, '--to', to, '--reason', 'the disk has died', '--token', token.uriText, '--passphrase-fd', '3'];
    const full = await coldsign(['-c', `exec "$@" 3< ${join(dir, 'passphrase')}`, 'sh', 'prlimit', '--fsize=512', NODE, CLI, ...args], {
      program: ['sh'],
    });
    expect(full.err).toMatch(/file\/not-writable: the token could not be written to .*(EFBIG|ENOSPC)/);
    expect(full.status).toBe(3);
    expect(readdirSync(to).sort()).toEqual(['softhsm2.conf', 'tokens']);
    expect(readdirSync(join(to, 'tokens'))).toEqual([]);
  });

  test('what does not prove itself is not left there', async () => {
    const to = join(dir, 'refused');
    const absent = await forged((header) => ({ ...header, keys: [...header.keys, { ...header.keys[0]!, id: 'ff'.repeat(16) }] }));
    const args = ['--to', to, '--reason', 'the disk has died', '--token', token.uriText];
    expect((await withPassphrase('key', 'restore', absent, ...args)).err).toContain('backup/key-missing');
    expect(readdirSync(join(to, 'tokens'))).toEqual([]);
  });

  test('without a reason is refused before anything is written', async () => {
    const { err } = await withPassphrase('key', 'restore', backup, '--to', join(dir, 'no-reason'));
    expect(err).toContain('gate/no-reason');
    expect(existsSync(join(dir, 'no-reason'))).toBe(false);
  });
});
