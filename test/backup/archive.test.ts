import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pack } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { packTokenFiles, readTokenFiles, serialOf, type TokenFiles, unpackTokenFiles } from '../../softhsm/archive.ts';
import { placeToken, removePlaced } from '../../softhsm/place.ts';
import { NODE } from '../support/cli.ts';
import { FOLDER, SERIAL } from './support/sample.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'coldsign-archive-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const TOKEN_OBJECT = Buffer.concat([
  Buffer.from('0000000000000009', 'hex'),
  Buffer.from('000000008000534a00000000000000030000000000000010', 'hex'),
  Buffer.from(SERIAL),
]);
const FILES: TokenFiles = {
  folder: FOLDER,
  files: [
    { name: 'generation', octets: Uint8Array.of(1, 2, 3) },
    { name: 'token.object', octets: Uint8Array.from(TOKEN_OBJECT) },
  ],
};

interface Member {
  readonly name: string;
  readonly type?: 'file' | 'symlink' | 'link' | 'directory';
  readonly linkname?: string;
  readonly mode?: number;
  readonly octets?: Uint8Array;
}

async function tarOf(...members: readonly Member[]): Promise<Uint8Array> {
  const tar = pack();
  for (const { name, type = 'file', linkname, mode = 0o600, octets = new Uint8Array() } of members) {
    const link = linkname === undefined ? {} : { linkname };
    const header = { name, type, mode, mtime: new Date(0), uid: 0, gid: 0, ...link };
    if (type === 'file') tar.entry(header, Buffer.from(octets));
    else tar.entry(header);
  }
  tar.finalize();
  const pieces: Buffer[] = [];
  for await (const piece of tar) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

const OBJECT: Member = { name: `${FOLDER}/token.object`, octets: TOKEN_OBJECT };

describe('the archive of a token', () => {
  test('the same files make the same octets, and come back from them', async () => {
    const tar = await packTokenFiles(FILES);
    expect(Buffer.compare(tar, await packTokenFiles(FILES))).toBe(0);
    expect(await unpackTokenFiles(tar)).toEqual(FILES);
    expect(serialOf(FILES)).toBe(SERIAL);
  });

  test.each<[string, readonly Member[]]>([
    ['a name that leads elsewhere', [OBJECT, { name: '../../etc/cron.d/x' }]],
    ['an absolute name', [OBJECT, { name: `/${FOLDER}/generation` }]],
    ['a member of another folder', [OBJECT, { name: `${FOLDER.replace('0123', '9999')}/generation` }]],
    ['a symbolic link', [OBJECT, { name: `${FOLDER}/generation`, type: 'symlink', linkname: '/etc/passwd' }]],
    ['a hard link', [OBJECT, { name: `${FOLDER}/generation`, type: 'link', linkname: '/etc/passwd' }]],
    ['a folder', [OBJECT, { name: `${FOLDER}/`, type: 'directory' }]],
    ['a file that is none of a token', [OBJECT, { name: `${FOLDER}/pin` }]],
    ['one name twice', [OBJECT, OBJECT]],
    ['members out of order', [OBJECT, { name: `${FOLDER}/generation` }]],
    ['a file that others can read', [{ ...OBJECT, mode: 0o644 }]],
    ['no token object', [{ name: `${FOLDER}/generation` }]],
    ['nothing', []],
  ])('with %s is refused', async (_what, members) => {
    await expect(unpackTokenFiles(await tarOf(...members))).rejects.toMatchObject({ code: 'backup/bad-archive' });
  });

  test('with more behind its end, or cut off, is refused', async () => {
    const tar = await packTokenFiles(FILES);
    await expect(unpackTokenFiles(Buffer.concat([tar, Buffer.from('more')]))).rejects.toMatchObject({ code: 'backup/bad-archive' });
    await expect(unpackTokenFiles(tar.subarray(0, 700))).rejects.toMatchObject({ code: 'backup/bad-archive' });
    await expect(unpackTokenFiles(new Uint8Array(1024).fill(0x41))).rejects.toMatchObject({ code: 'backup/bad-archive' });
  });
});

describe('reading a token', () => {
  test('takes the folder whose token object has the serial number, neither PIN files nor links', () => {
    const tokens = join(dir, 'tokens');
    mkdirSync(join(tokens, FOLDER), { recursive: true });
    for (const { name, octets } of FILES.files) writeFileSync(join(tokens, FOLDER, name), octets);
    writeFileSync(join(tokens, FOLDER, 'pin'), '1234');
    writeFileSync(join(tokens, FOLDER, 'token.lock'), '');
    symlinkSync('/etc/passwd', join(tokens, FOLDER, `${FOLDER}.object`));
    mkdirSync(join(tokens, FOLDER.replace('0123', '9999')));
    expect(readTokenFiles(tokens, SERIAL)).toEqual(FILES);
    expect(() => readTokenFiles(tokens, '0'.repeat(16))).toThrow(expect.objectContaining({ code: 'backup/no-token-folder' }));
  });
});

describe('placing a token', () => {
  test('makes private files in a private folder, with the locks that SoftHSM wants', () => {
    const folder = placeToken(join(dir, 'new'), FILES);
    expect(readdirSync(join(folder.dir, 'tokens', FOLDER)).sort()).toEqual(['generation', 'token.lock', 'token.object']);
    expect(readdirSync(folder.dir).sort()).toEqual(['.restoring', 'softhsm2.conf', 'tokens']);
    removePlaced(folder, FILES);
    expect(readdirSync(join(folder.dir, 'tokens'))).toEqual([]);
  });

  test('a token that is there is never overwritten, nor is another put beside it', () => {
    const folder = placeToken(join(dir, 'new'), FILES);
    const before = readFileSync(join(folder.dir, 'tokens', FOLDER, 'token.object'));
    const other = { ...FILES, folder: FOLDER.replace('0123', '9999') };
    for (const files of [FILES, other])
      expect(() => placeToken(folder.dir, files)).toThrow(expect.objectContaining({ code: 'backup/target-taken' }));
    expect(readFileSync(join(folder.dir, 'tokens', FOLDER, 'token.object'))).toEqual(before);
    expect(readdirSync(join(folder.dir, 'tokens'))).toEqual([FOLDER]);
  });

  test('a softhsm2.conf of another folder is not used', () => {
    mkdirSync(join(dir, 'new'), { mode: 0o700 });
    writeFileSync(join(dir, 'new', 'softhsm2.conf'), 'directories.tokendir = /var/lib/softhsm/elsewhere\n');
    chmodSync(join(dir, 'new'), 0o700);
    expect(() => placeToken(join(dir, 'new'), FILES)).toThrow(expect.objectContaining({ code: 'token/folder' }));
  });
});

describe('killed at any call that changes the disk', () => {
  const PRELOAD = fileURLToPath(new URL('../support/crash-at.ts', import.meta.url));
  const MAIN = fileURLToPath(new URL('support/killed.ts', import.meta.url));
  const run = (what: string, path: string, env: Record<string, string>) =>
    spawnSync(NODE, ['--import', PRELOAD, MAIN, what, path], { env: { ...process.env, ...env }, encoding: 'utf8' });
  const calls = (what: string): number => {
    const list = join(dir, 'calls');
    const { status, stderr } = run(what, join(dir, 'first'), { COLDSIGN_CRASH_LIST: list });
    expect(status, stderr).toBe(0);
    return readFileSync(list, 'utf8').trimEnd().split('\n').length;
  };

  test('a backup is complete or absent, and the next attempt works', () => {
    const count = calls('backup');
    expect(count).toBeGreaterThan(3);
    for (let at = 1; at <= count; at++) {
      const path = join(dir, `b${at}`);
      expect(run('backup', path, { COLDSIGN_CRASH_AT: `${at}`, COLDSIGN_CRASH_HOW: 'half' }).signal).toBe('SIGKILL');
      if (existsSync(path)) expect(readFileSync(path)).toEqual(readFileSync(join(dir, 'first')));
      else if (at % 3 === 0) expect(run('backup', path, {}).status).toBe(0);
    }
    expect(readdirSync(dir).filter((name) => name.startsWith('.b3.'))).toEqual([]);
    expect(existsSync(join(dir, 'b3'))).toBe(true);
  });

  test('a restored token is whole or not there, and the next attempt works', () => {
    const count = calls('place');
    expect(count).toBeGreaterThan(8);
    for (let at = 1; at <= count; at++) {
      const path = join(dir, `p${at}`);
      expect(run('place', path, { COLDSIGN_CRASH_AT: `${at}`, COLDSIGN_CRASH_HOW: 'half' }).signal).toBe('SIGKILL');
      const there = existsSync(join(path, 'tokens')) ? readdirSync(join(path, 'tokens')) : [];
      if (there.length > 0) expect(readdirSync(join(path, 'tokens', FOLDER)).sort()).toEqual(['generation', 'token.lock', 'token.object']);
      else if (at % 4 === 0) expect(run('place', path, {}).status, `call ${at}`).toBe(0);
    }
  });
});
