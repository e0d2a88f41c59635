import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseName } from '../../signer/dns/name.ts';
import type { CliResult } from '../support/cli.ts';
import { makeTestToken, type TestToken } from '../support/token.ts';
import { inProcess } from '../support/workspace.ts';

const HOLDERS = ['ann', 'bob', 'cid'];

let dir: string;
let token: TestToken;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'coldsign-backup-shares-'));
  token = await makeTestToken();
  await using keystore = await token.open({ workers: 1 });
  await keystore.generate({ zone: parseName('example.'), role: 'ksk', algorithm: 13 });
});
afterAll(() => {
  token[Symbol.dispose]();
  rmSync(dir, { recursive: true, force: true });
});

/** @returns lines `NAME: share` */
async function backup(name: string): Promise<readonly string[]> {
  const folder = join(dir, `${name}-shares`);
  mkdirSync(folder, { mode: 0o700 });
  const holders = HOLDERS.flatMap((holder) => ['--holder', holder]);
  const args = ['--token', token.uriText, '--output', join(dir, name), '--shares', '2/3', ...holders, '--share-dir', folder];
  const { status, err } = await inProcess('key', 'backup', ...args);
  expect(status, err).toBe(0);
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.txt'))
    .sort();
  expect(readFileSync(join(folder, files[0]!), 'utf8')).toMatch(/For the backup of token/);
  return files.map((file, i) => `${HOLDERS[i]}: ${readFileSync(join(folder, file), 'utf8').trimEnd().split('\n').at(-1)}`);
}

async function drill(name: string, lines: readonly string[]): Promise<CliResult> {
  writeFileSync(join(dir, 'lines'), `${lines.join('\n')}\n`, { mode: 0o600 });
  const fd = openSync(join(dir, 'lines'), 'r');
  try {
    return await inProcess('key', 'drill', join(dir, name), '--token', token.uriText, '--backup-share-fd', `${fd}`);
  } finally {
    closeSync(fd);
  }
}

test('a backup whose key exists only in shares opens with any k of them, and with no fewer', async () => {
  const lines = await backup('shared');
  for (const pair of [lines.slice(0, 2), lines.slice(1)]) {
    const { status, out, err } = await drill('shared', pair);
    expect(status, err).toBe(0);
    expect(out).toContain('proved; 1 key\n');
  }
  expect((await drill('shared', lines.slice(2))).err).toContain('share/too-few');
});

test('shares of another backup of the same token are told apart', async () => {
  const [first, second] = [await backup('one'), await backup('two')];
  expect((await drill('one', second)).err).toContain('backup/wrong-key');
  expect((await drill('one', [first[0]!, second[1]!])).err).toContain('share/other-set');
});

test('the backup names set and holders, and holds no share', async () => {
  const lines = await backup('named');
  const { out } = await inProcess('key', 'backup', '--show', join(dir, 'named'), '--json');
  const { protection } = JSON.parse(out) as { protection: { holders: string[]; threshold: number } };
  expect(protection).toMatchObject({ kind: 'shares', threshold: 2, holders: HOLDERS });
  for (const line of lines) expect(readFileSync(join(dir, 'named')).includes(line.split(': ')[1]!)).toBe(false);
});
