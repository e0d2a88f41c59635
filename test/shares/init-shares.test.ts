import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { coldsign } from '../support/cli.ts';

const dir = mkdtempSync(join(tmpdir(), 'coldsign-init-shares-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const init = (token: string, shares: string) =>
  coldsign(['token', 'init', '--dir', token, '--shares', '2/2', '--holder', 'Ada', '--holder', 'Ben', '--share-dir', shares], { cwd: dir });

test('shares that could not be written are refused before there is a token whose PIN nobody has', async () => {
  const refused = await init('token', 'nowhere');
  expect(refused.status).toBe(2);
  expect(refused.err).toContain('usage/shares');
  expect(existsSync(join(dir, 'token'))).toBe(false);
});

test('without a terminal to show them on, and without a folder for them, no token is made either', async () => {
  const refused = await coldsign(['token', 'init', '--dir', 'blind', '--shares', '2/2', '--holder', 'Ada', '--holder', 'Ben'], {
    cwd: dir,
  });
  expect(refused.status).toBe(1);
  expect(refused.err).toMatch(/error pin\/no-terminal: .*\n.*--share-dir/);
  expect(existsSync(join(dir, 'blind'))).toBe(false);
});

test('nobody has the PIN of the security officer, who could set another PIN without any share', async () => {
  mkdirSync(join(dir, 'shares'), { mode: 0o700 });
  expect((await init('token', 'shares')).status).toBe(0);
  expect(readdirSync(join(dir, 'token')).sort()).toEqual(['softhsm2.conf', 'tokens']);
  expect(readdirSync(join(dir, 'shares')).filter((name) => name.endsWith('.txt'))).toHaveLength(2);
});
