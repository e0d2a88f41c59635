import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parsePkcs11Uri, printPkcs11Uri } from '../../keystore/pkcs11/uri.ts';
import { keyDs } from '../../src/commands/key-ds.ts';
import { keyGenerate } from '../../src/commands/key-generate.ts';
import { keyList } from '../../src/commands/key-list.ts';
import { tokenInit } from '../../src/commands/token-init.ts';
import { tokenList } from '../../src/commands/token-list.ts';

class Text {
  text = '';
  write(text: string): void {
    this.text += text;
  }
}

async function printed(run: (out: Text, notes: Text) => Promise<void>): Promise<string> {
  const out = new Text();
  await run(out, new Text());
  return out.text;
}

describe('token and key commands on SoftHSM', () => {
  let root: string;
  let dir: string;
  let token: string;
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'coldsign-commands-'));
    dir = join(root, 'token');
    token = (await printed((out) => tokenInit({ dir, label: 'lab', generatePin: true }, out))).trim();
  });
  afterAll(() => rmSync(root, { recursive: true }));

  test('token init prints a complete URI and keeps everything private', () => {
    const uri = parsePkcs11Uri(token);
    expect(uri).toMatchObject({ token: 'lab', pinSource: `file:${dir}/pin`, softhsmConf: `${dir}/softhsm2.conf` });
    expect(uri.serial).toMatch(/^[0-9a-f]{16}$/);
    for (const [name, mode] of [
      ['', 0o700],
      ['tokens', 0o700],
      ['pin', 0o600],
      ['so-pin', 0o600],
      ['softhsm2.conf', 0o600],
    ] as const) {
      expect(statSync(join(dir, name)).mode & 0o777).toBe(mode);
    }
  });

  test('token init never makes a second token of a label, nor overwrites a PIN file', async () => {
    const pin = readFileSync(join(dir, 'pin'));
    await expect(printed((out) => tokenInit({ dir, label: 'lab', generatePin: true }, out))).rejects.toMatchObject({
      code: 'token/exists',
    });
    await expect(printed((out) => tokenInit({ dir, label: 'other', generatePin: true }, out))).rejects.toMatchObject({
      code: 'pin/file-exists',
    });
    expect(readFileSync(join(dir, 'pin'))).toEqual(pin);
    expect(JSON.parse(await printed((out) => tokenList({ token, json: true }, out)))).toHaveLength(1);
  });

  test('token init takes the user PIN from a file or a descriptor', async () => {
    const file = join(root, 'my-pin');
    writeFileSync(file, 'hello-world\n', { mode: 0o600 });
    const byFile = (await printed((out) => tokenInit({ dir: join(root, 'by-file'), pinFile: file }, out))).trim();
    expect(parsePkcs11Uri(byFile)).toMatchObject({ token: 'coldsign', pinSource: `file:${file}` });
    expect(await printed((out, notes) => keyList({ token: byFile }, out, notes))).toMatch(/^ZONE/);
    const fd = openSync(file, 'r');
    const byFd = (await printed((out) => tokenInit({ dir: join(root, 'by-fd'), pinFd: fd }, out))).trim();
    closeSync(fd);
    expect(parsePkcs11Uri(byFd).pinSource).toBeUndefined();
    const again = openSync(file, 'r');
    expect(await printed((out, notes) => keyList({ token: byFd, pinFd: again }, out, notes))).toMatch(/^ZONE/);
    closeSync(again);
    await expect(printed((out, notes) => keyList({ token: byFd }, out, notes))).rejects.toMatchObject({ code: 'pin/no-terminal' });
  });

  test.each([
    [{ label: 'x'.repeat(33), generatePin: true }, 'token/bad-label'],
    [{ label: '', generatePin: true }, 'token/bad-label'],
    [{ generatePin: true, pinFd: 3 }, 'usage/pin-source'],
  ])('token init refuses %o', async (options, code) => {
    await expect(printed((out) => tokenInit({ dir: join(root, 'refused'), ...options }, out))).rejects.toMatchObject({ code });
  });

  test('token list needs no PIN', async () => {
    const { softhsmConf } = parsePkcs11Uri(token);
    const bare = printPkcs11Uri({ ...parsePkcs11Uri('pkcs11:'), softhsmConf: softhsmConf! });
    const table = await printed((out) => tokenList({ token: bare, mechanisms: true }, out));
    expect(table).toMatch(/^LABEL +SERIAL +MODEL +USER PIN +URI\nlab /);
    expect(table).toContain('(not initialised)');
    expect(table).toMatch(/CKM_ECDSA .*CKM_EDDSA/);
    expect(
      await printed((out) => tokenList({ token: 'pkcs11:token=nobody', module: parsePkcs11Uri(token).modulePath! }, out)),
    ).not.toContain('lab');
  });

  test('key generate, key list and key ds agree', async () => {
    const generate = (options: { role: string; zone?: string; algorithm?: string; bits?: number }) =>
      printed((out, notes) => keyGenerate({ token, zone: 'Example.Org', ...options }, out, notes));
    const kskUri = (await generate({ role: 'ksk' })).trim();
    await generate({ role: 'ZSK', algorithm: 'RSASHA256', bits: 1024 });
    await generate({ role: 'csk', zone: 'a.test.', algorithm: 'ed25519' });

    const rows = JSON.parse(await printed((out, notes) => keyList({ token, json: true }, out, notes)));
    expect(rows.map((r: { zone: string; role: string; algorithm: number; size: string }) => [r.zone, r.role, r.algorithm, r.size])).toEqual(
      [
        ['a.test.', 'csk', 15, 'Ed25519'],
        ['example.org.', 'ksk', 13, 'P-256'],
        ['example.org.', 'zsk', 8, 'RSA 1024'],
      ],
    );
    expect(rows[1].uri).toBe(kskUri);
    const table = await printed((out, notes) => keyList({ token, zone: 'EXAMPLE.ORG.' }, out, notes));
    expect(table.split('\n')).toHaveLength(4);
    expect(table).toContain('13 (ECDSAP256SHA256)');

    const tag = rows[1].keyTag;
    const ds = await printed((out, notes) => keyDs({ token, zone: 'example.org' }, out, notes));
    expect(ds).toMatch(new RegExp(`^example\\.org\\. IN DS ${tag} 13 2 [0-9A-F]{64}\nexample\\.org\\. IN DS ${tag} 13 4 [0-9A-F]{96}\n$`));
    expect(await printed((out, notes) => keyDs({ token: kskUri }, out, notes))).toBe(ds);
    expect(await printed((out, notes) => keyDs({ token: kskUri, digestTypes: [2] }, out, notes))).toBe(`${ds.split('\n')[0]}\n`);
    const dnskey = await printed((out, notes) => keyDs({ token, zone: 'example.org', dnskey: true }, out, notes));
    expect(dnskey).toMatch(/^example\.org\. IN DNSKEY 257 3 13 [A-Za-z0-9+/]{86}==$/m);
    expect(dnskey).toMatch(/^example\.org\. IN DNSKEY 256 3 8 /m);
  });

  test.each([
    [{ zone: 'nowhere.test' }, 'key/not-found'],
    [{}, 'usage/no-zone'],
    [{ zone: 'example.org', digestTypes: [1] }, 'key/refused-digest'],
    [{ zone: 'a..b' }, 'usage/bad-zone'],
  ])('key ds refuses %o with %s', async (options, code) => {
    await expect(printed((out, notes) => keyDs({ token, ...options }, out, notes))).rejects.toMatchObject({ code });
  });

  test('key ds refuses the DS of a ZSK', async () => {
    const zsk = (await printed((out, notes) => keyGenerate({ token, zone: 'z.test', role: 'zsk' }, out, notes))).trim();
    await expect(printed((out, notes) => keyDs({ token: zsk }, out, notes))).rejects.toMatchObject({ code: 'key/not-sep' });
    expect(await printed((out, notes) => keyDs({ token: zsk, dnskey: true }, out, notes))).toMatch(/^z\.test\. IN DNSKEY 256 3 13 /);
  });

  test.each([
    [{ role: 'sep', zone: 'a.' }, 'usage/bad-role'],
    [{ role: 'ksk', zone: 'a.', algorithm: 'NOPE' }, 'usage/bad-algorithm'],
    [{ role: 'ksk', zone: 'a.', algorithm: '7' }, 'key/algorithm-refused'],
  ])('key generate refuses %o with %s', async (options, code) => {
    await expect(printed((out, notes) => keyGenerate({ token, ...options }, out, notes))).rejects.toMatchObject({ code });
  });
});
