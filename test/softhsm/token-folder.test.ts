import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openKeystore } from '../../keystore/keystore.ts';
import { choosePinSource } from '../../keystore/pin/source.ts';
import { parseName } from '../../signer/dns/name.ts';
import { createTokenFolder, repairTokenFolder } from '../../softhsm/token.ts';
import { makeTestToken } from '../support/token.ts';

describe('a token folder that was moved or copied', () => {
  let base: string;
  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'coldsign-folder-'));
  });
  afterEach(() => rmSync(base, { recursive: true, force: true }));

  test('uses its own tokens, and the original stays as it is', async () => {
    using token = await makeTestToken();
    {
      await using keystore = await token.open({ workers: 1, verifyWorkers: 1 });
      await keystore.generate({ zone: parseName('example.org.'), role: 'ksk', algorithm: 13 });
    }
    const dir = join(base, 'copy');
    cpSync(token.folder.dir, dir, { recursive: true });
    expect(repairTokenFolder(dir)).toBe(true);
    expect(readFileSync(token.folder.config, 'utf8')).toContain(`${token.folder.dir}/tokens`);
    const uri = { ...token.uri, softhsmConf: join(dir, 'softhsm2.conf') };
    await using copy = await openKeystore({ uri, pin: choosePinSource(uri), workers: 1, verifyWorkers: 1 });
    await copy.generate({ zone: parseName('example.net.'), role: 'ksk', algorithm: 13 });
    expect(await copy.findKeys({})).toHaveLength(2);
    await using original = await token.open({ workers: 1, verifyWorkers: 1 });
    expect(await original.findKeys({})).toHaveLength(1);
  });

  test('one line is changed, once; mode 0600, no remains', () => {
    const { dir, config } = createTokenFolder(join(base, 'a'));
    expect(repairTokenFolder(dir)).toBe(false);
    writeFileSync(config, `# ours\nlog.level = DEBUG\n ${readFileSync(config, 'utf8')}slots.mechanisms = ALL\n`);
    const moved = join(base, 'b $& c');
    renameSync(dir, moved);
    const path = join(moved, 'softhsm2.conf');
    const before = readFileSync(path, 'utf8');
    expect(repairTokenFolder(moved)).toBe(true);
    expect(readFileSync(path, 'utf8')).toBe(before.replace(`${dir}/tokens`, () => `${moved}/tokens`));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(moved).sort()).toEqual(['softhsm2.conf', 'tokens']);
    expect(repairTokenFolder(moved)).toBe(false);
  });

  test('a way through a link to the same folder is no other folder', () => {
    const { dir, config } = createTokenFolder(join(base, 'real'));
    symlinkSync(dir, join(base, 'link'));
    const before = readFileSync(config, 'utf8');
    expect(repairTokenFolder(join(base, 'link'))).toBe(false);
    expect(readFileSync(config, 'utf8')).toBe(before);
  });

  test.each([
    ['no tokens/ beside it', 'directories.tokendir = /var/lib/softhsm/tokens\n', false],
    ['another name than tokens', 'directories.tokendir = /var/lib/softhsm/elsewhere\n', true],
    ['no folder named', 'log.level = ERROR\n#directories.tokendir = /var/lib/softhsm/tokens\n', true],
    ['an empty name', 'directories.tokendir =\nlog.level = tokens\n', true],
  ])('a softhsm2.conf with %s is left alone', (_what, text, hasTokens) => {
    const config = join(base, 'softhsm2.conf');
    writeFileSync(config, text);
    if (hasTokens) mkdirSync(join(base, 'tokens'));
    expect(repairTokenFolder(base)).toBe(false);
    expect(readFileSync(config, 'utf8')).toBe(text);
  });

  test('no folder, or no softhsm2.conf in it: nothing to do', () => {
    expect(repairTokenFolder(join(base, 'absent'))).toBe(false);
    mkdirSync(join(base, 'tokens'));
    expect(repairTokenFolder(base)).toBe(false);
  });

  test('a path that SoftHSM would cut at a # is refused, new or moved', () => {
    const { dir } = createTokenFolder(join(base, 'a'));
    renameSync(dir, join(base, 'b#c'));
    expect(() => repairTokenFolder(join(base, 'b#c'))).toThrow(expect.objectContaining({ code: 'token/folder' }));
    expect(() => createTokenFolder(join(base, 'd#e'))).toThrow(expect.objectContaining({ code: 'token/folder' }));
  });
});
