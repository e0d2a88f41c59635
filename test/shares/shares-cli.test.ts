import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { coldsign, quote, shell } from '../support/cli.ts';
import { inProcess, makeTestWorkspace } from '../support/workspace.ts';

const HOLDERS = ['Ada', 'Ben', 'Cleo', 'Dan', 'Eve'];
const dir = mkdtempSync(join(tmpdir(), 'coldsign-shares-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** Words of the shares in a folder that the program has written, by number. */
function readShares(folder: string): readonly string[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.txt'));
  const shares: string[] = [];
  for (const name of files) {
    expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    const number = Number(/-(\d+)\.txt$/.exec(name)![1]);
    shares[number - 1] = readFileSync(join(folder, name), 'utf8').split('\n\n')[1]!.replaceAll('\n', ' ');
  }
  return shares;
}

let files = 0;
/** A file with lines `NAME: words`. */
function shareFile(shares: readonly string[], indexes: readonly number[], names: readonly string[] = HOLDERS): string {
  const path = join(dir, `shares-${files++}`);
  writeFileSync(path, indexes.map((i) => `${names[i]}: ${shares[i]}\n`).join(''), { mode: 0o600 });
  return path;
}

function shareFolder(name: string): string {
  mkdirSync(join(dir, name), { mode: 0o700 });
  return join(dir, name);
}

const holders = HOLDERS.flatMap((name) => ['--holder', name]);

describe('a token whose PIN is in shares alone, 3 of 5', () => {
  let uri = '';
  let shares: readonly string[] = [];
  const list = (file: string) => shell(`coldsign key list --token ${quote(uri)} --share-fd 3 3< ${quote(file)}`);

  beforeAll(async () => {
    const folder = shareFolder('first');
    const made = await coldsign(['token', 'init', '--dir', join(dir, 'token'), '--shares', '3/5', ...holders, '--share-dir', folder]);
    expect(made.err).toBe('');
    uri = made.out.trim();
    shares = readShares(folder);
    expect(shares).toHaveLength(5);
    expect(uri).toContain('pin-source=shares:');
  });

  test.each([[[0, 1, 2]], [[4, 2, 0]], [[1, 3, 4]]])('the shares %j log in', async (indexes) => {
    const result = await list(shareFile(shares, indexes));
    expect(result).toMatchObject({ status: 0, err: '' });
  });

  test('two of three, a share twice, one name twice, a slip: each is told without a word of the share, and there is no login', async () => {
    const typo = [...shares];
    typo[1] = shares[1]!.replace(/^ *1 +\S+/, '1 aardvarkk');
    for (const [file, code] of [
      [shareFile(shares, [0, 1]), 'share/too-few'],
      [shareFile(shares, [0, 1, 1]), 'share/duplicate'],
      [shareFile(shares, [0, 1, 2], ['Ada', 'Ada', 'Cleo']), 'share/duplicate'],
      [shareFile(typo, [0, 1, 2]), 'share/mistyped'],
    ] as const) {
      const { status, err } = await list(file);
      expect(err).toContain(`error ${code}`);
      expect(status).toBe(1);
      const told = err.toLowerCase().split(/[^a-z]+/);
      expect(
        shares[1]!
          .toLowerCase()
          .split(/\s+/)
          .filter((word) => word.length > 4 && told.includes(word)),
      ).toEqual([]);
    }
    // A good login is possible at once: nothing was tried.
    expect((await list(shareFile(shares, [2, 3, 4]))).status).toBe(0);
  });

  test('pin check tells the set, and whether a share is for the token', async () => {
    const file = shareFile(shares, [3]);
    const good = await shell(`coldsign pin check --token ${quote(uri)} --share-fd 3 --json 3< ${quote(file)}`, { cwd: dir });
    expect(JSON.parse(good.out)).toMatchObject({ index: 4, count: 5, threshold: 3, fits: true, holder: 'Dan' });
    const other = uri.replace(/serial=[0-9a-f]+/, 'serial=00');
    const bad = await shell(`coldsign pin check --token ${quote(other)} --share-fd 3 --json 3< ${quote(file)}`, { cwd: dir });
    expect(bad.status).toBe(1);
    expect(JSON.parse(bad.out)).toMatchObject({ fits: false });
  });

  test('whatever logs in takes shares: key generate, token bench, key backup, key drill, key restore, init', async () => {
    const file = quote(shareFile(shares, [0, 2, 4]));
    const passphrase = join(dir, 'passphrase');
    writeFileSync(passphrase, 'a long passphrase of the backup\n', { mode: 0o600 });
    const [backup, restored, workspace] = ['all.backup', 'restored', 'workspace-of-shares'].map((name) => quote(join(dir, name)));
    for (const line of [
      `coldsign key generate --token ${quote(uri)} --zone example.org --role zsk --share-fd 3 3< ${file}`,
      `coldsign token bench ${quote(uri)} --clean --share-fd 3 3< ${file}`,
      `coldsign key backup --token ${quote(uri)} --output ${backup} --passphrase-fd 4 --share-fd 3 3< ${file} 4< ${quote(passphrase)}`,
      `coldsign key drill ${backup} --passphrase-fd 4 --share-fd 3 3< ${file} 4< ${quote(passphrase)}`,
      `coldsign key restore ${backup} --to ${restored} --reason "a rehearsal of the year" --passphrase-fd 4 --token-share-fd 3 3< ${file} 4< ${quote(passphrase)}`,
      `coldsign init ${workspace} --token ${quote(uri)} --share-fd 3 3< ${file}`,
    ]) {
      const { status, err } = await shell(line, { cwd: dir });
      expect(status, err).toBe(0);
    }
    expect(readFileSync(join(dir, 'workspace-of-shares', 'audit', 'entries.jsonl'), 'utf8')).toContain('"pin.combined"');
  });

  test('one file with shares for several tokens: each takes its own; without any, it is told whose they are', async () => {
    const folder = shareFolder('of-another');
    const init = [
      'token',
      'init',
      '--dir',
      join(dir, 'another'),
      '--label',
      'another',
      '--shares',
      '2/2',
      '--holder',
      'Ada',
      '--holder',
      'Ben',
    ];
    expect(await coldsign([...init, '--share-dir', folder])).toMatchObject({ status: 0, err: '' });
    const others = shareFile(readShares(folder), [0, 1]);
    expect((await list(others)).err).toContain('error share/other-subject');
    const own = shareFile(shares, [1, 2, 3]);
    writeFileSync(own, readFileSync(others, 'utf8') + readFileSync(own, 'utf8'));
    expect(await list(own)).toMatchObject({ status: 0, err: '' });
  });

  test('--share-fd and another source of the PIN: one of them is meant', async () => {
    const other = uri.replace('shares:', `file:${dir}/pin`);
    const { err } = await shell(`coldsign key list --token ${quote(other)} --share-fd 3 3< ${quote(shareFile(shares, [0, 1, 2]))}`);
    expect(err).toContain('error usage/pin-source');
  });

  test('shares anew, of a new PIN: the old shares do not log in, and what was refused is not tried again by the next run', async () => {
    const folder = shareFolder('second');
    const old = shareFile(shares, [0, 1, 2]);
    const state = shareFolder('state');
    const env = { XDG_STATE_HOME: state };
    const made = await shell(
      `coldsign pin reshare --token ${quote(uri)} --shares 2/3 --holder Ada --holder Ben --holder Cleo --share-dir ${quote(folder)} --share-fd 3 3< ${quote(old)}`,
      { env },
    );
    expect(made.status).toBe(0);
    const command = (file: string) => shell(`coldsign key list --token ${quote(uri)} --share-fd 3 3< ${quote(file)}`, { env });
    expect((await command(old)).err).toContain('error pin/incorrect');
    const record = join(state, 'coldsign', 'refused-pins.json');
    expect(statSync(record).mode & 0o777).toBe(0o600);
    expect((await command(old)).err).toContain('error pin/refused-before');
    const fresh = shareFile(readShares(folder), [0, 2]);
    expect(await command(fresh)).toMatchObject({ status: 0, err: expect.stringContaining('a wrong PIN was entered since') });
    expect(() => statSync(record)).toThrow('ENOENT');
    const mixed = join(dir, 'mixed');
    writeFileSync(mixed, `${readFileSync(fresh, 'utf8').split('\n')[0]}\n${readFileSync(old, 'utf8')}`);
    expect((await command(mixed)).err).toMatch(/error share\/(other-set|duplicate)/);
  });
});

test('in a workspace: who brought shares is in the log, a void set is refused', async () => {
  using workspace = await makeTestWorkspace();
  const folder = shareFolder('workspace');
  const three = ['--holder', 'Ada', '--holder', 'Ben', '--holder', 'Cleo'];
  const split = await workspace.must('pin', 'split', '--shares', '2/3', ...three, '--share-dir', folder);
  expect(split.err).toMatch(/the PIN of the security officer .* it is in .*so-pin/);
  const shares = readShares(folder);
  expect((await workspace.run('policy', 'apply')).err).toContain('error pin/incorrect');
  expect((await workspace.run('policy', 'apply')).err).toContain('error pin/refused-before');
  expect(statSync(workspace.path('refused-pins.json')).mode & 0o777).toBe(0o600);
  const asFile = /pkcs11:[^\s'"]+/.exec(workspace.read('coldsign.yaml'))![0].replaceAll(/(file:|conf=)token/g, `$1${workspace.dir}/token`);
  expect((await inProcess('key', 'list', '--token', asFile)).err).toContain('error pin/refused-before');
  workspace.edit((text) => text.replaceAll(/pin-source=file:[^&\s'"]*/g, 'pin-source=shares:'));
  const run = (line: string, file: string) => shell(`coldsign ${line} --dir ${quote(workspace.dir)} --share-fd 3 3< ${quote(file)}`);
  expect(await run('policy apply', shareFile(shares, [2, 0]))).toMatchObject({ status: 0 });
  const log = workspace.read('audit', 'entries.jsonl');
  const combined = log.split('\n').filter((line) => line.includes('"pin.combined"'));
  expect(JSON.parse(combined.at(-1)!).data).toMatchObject({ holders: ['Cleo', 'Ada'] });
  const { set } = JSON.parse(combined.at(-1)!).data as { set: string };
  for (const share of shares)
    for (const line of share
      .trim()
      .split(/\s*\b\d+\s+/)
      .slice(1))
      expect(log).not.toContain(line);
  // The last set is not voided: nobody could log in any more.
  const voiding = `pin void --set ${set.slice(0, 8)} --reason ${quote('a share was lost')}`;
  expect((await run(voiding, shareFile(shares, [0, 1]))).err).toContain('error share/last-set');
  const second = shareFolder('workspace-second');
  const names = three.join(' ');
  expect(await run(`pin reshare --shares 2/3 ${names} --share-dir ${quote(second)}`, shareFile(shares, [0, 1]))).toMatchObject({
    status: 0,
  });
  expect((await run('policy apply', shareFile(shares, [0, 1]))).err).toContain('error share/void-set');
  expect(await run('policy apply', shareFile(readShares(second), [1, 2]))).toMatchObject({ status: 0 });
  expect((await run(voiding, shareFile(readShares(second), [1, 2]))).err).toContain('is void since');
});
