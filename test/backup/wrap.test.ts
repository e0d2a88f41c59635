import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parsePkcs11Uri } from '../../keystore/pkcs11/uri.ts';
import { makeSoftToken } from '../../src/commands/token-init.ts';
import type { CliResult } from '../support/cli.ts';
import { inProcess } from '../support/workspace.ts';

let dir: string;
let uri: string;
let other: string;
let soPinFile: string;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'coldsign-wrap-'));
  writeFileSync(join(dir, 'passphrase'), 'seven wet umbrellas\n');
  const token = await makeSoftToken({ dir: join(dir, 'token'), label: 'first', generatePin: true });
  uri = token.uri;
  soPinFile = token.soPinFile!;
  ({ uri: other } = await makeSoftToken({ dir: join(dir, 'other'), label: 'second', generatePin: true }));
  const generate = (zone: string, alg: string, ...more: readonly string[]) =>
    must('key', 'generate', '--token', uri, '--zone', zone, '--role', 'zsk', '--alg', alg, ...more);
  await generate('wrap.example.', '13', '--wrappable');
  await generate('wrap.example.', '14', '--wrappable');
  await generate('wrap.example.', '8', '--wrappable', '--bits', '1024');
  await generate('stay.example.', '13');
  await generate('edwards.example.', '15', '--wrappable');
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** `{NAME}` stands for a descriptor of the file. */
async function run(...args: readonly string[]): Promise<CliResult> {
  const files = new Map([
    ['{passphrase}', join(dir, 'passphrase')],
    ['{so-pin}', soPinFile],
  ]);
  const open: number[] = [];
  const words = args.map((word) => {
    const file = files.get(word);
    if (file === undefined) return word;
    open.push(openSync(file, 'r'));
    return `${open.at(-1)}`;
  });
  try {
    return await inProcess(...words);
  } finally {
    for (const fd of open) closeSync(fd);
  }
}

async function must(...args: readonly string[]): Promise<CliResult> {
  const result = await run(...args);
  expect(result.status, result.err).toBe(0);
  return result;
}

const backup = (name: string, ...more: readonly string[]) =>
  run('key', 'backup', '--token', uri, '--method', 'wrap', '--output', join(dir, name), '--passphrase-fd', '{passphrase}', ...more);

async function objectsOf(token: string): Promise<number> {
  const tokens = parsePkcs11Uri(token).softhsmConf!.replace('softhsm2.conf', 'tokens');
  const [folder] = readdirSync(tokens);
  return readdirSync(join(tokens, folder!)).filter((name) => name.endsWith('.object')).length;
}

describe('keys wrapped on their token', () => {
  test('a wrong PIN of the security officer is tried once, over the end of the program too', async () => {
    const right = readFileSync(soPinFile);
    try {
      writeFileSync(soPinFile, 'not-the-so-pin');
      const first = await backup('wrong', '--zone', 'wrap.example', '--so-pin-fd', '{so-pin}');
      expect(first.err).toContain('error pin/incorrect');
      const second = await backup('wrong', '--zone', 'wrap.example', '--so-pin-fd', '{so-pin}');
      expect(second.err).toContain('error pin/refused-before');
    } finally {
      writeFileSync(soPinFile, right);
    }
  });

  test('with the trusted key of the security officer they are saved, proved by a drill, and restored to another token', async () => {
    const before = await objectsOf(uri);
    const made = await backup('wrapped', '--zone', 'wrap.example', '--so-pin-fd', '{so-pin}');
    expect(made.status, made.err).toBe(0);
    // The key-encryption key is on the token only while it is needed.
    expect(await objectsOf(uri)).toBe(before);
    const drilled = await must('key', 'drill', join(dir, 'wrapped'), '--passphrase-fd', '{passphrase}');
    expect(drilled.out).toContain('proved; 3 keys');

    const restore = ['key', 'restore', join(dir, 'wrapped'), '--to', other, '--reason', 'a second site', '--passphrase-fd', '{passphrase}'];
    await must(...restore);
    const tags = async (token: string) => {
      const { out } = await must('key', 'list', '--token', token, '--json');
      const keys = JSON.parse(out) as { label: string; keyTag: number; id: string }[];
      return keys.filter(({ label }) => label.startsWith('wrap.')).map(({ label, keyTag, id }) => `${label} ${keyTag} ${id}`);
    };
    expect(await tags(other)).toEqual(await tags(uri));
    expect(await tags(other)).toHaveLength(3);
    const count = await objectsOf(other);
    expect((await run(...restore)).err).toContain('backup/target-taken');
    expect(await objectsOf(other)).toBe(count);
  });

  test('without it, the token is not asked to let them go', async () => {
    const { err } = await backup('untrusted', '--zone', 'wrap.example');
    expect(err).toContain('backup/not-wrappable');
    expect(err).toContain('--so-pin-fd');
  });

  test('a key that was made to stay is named, and the ways that are left', async () => {
    const { err } = await backup('stay', '--zone', 'stay.example', '--so-pin-fd', '{so-pin}');
    expect(err).toMatch(/backup\/not-wrappable: .*ZSK \d+ of stay\.example\.: it was made so that it never leaves the token/);
    expect(err).toContain('--vendor');
  });

  test('Ed25519 is refused by the token, and nothing is written', async () => {
    const { err } = await backup('edwards', '--zone', 'edwards.example', '--so-pin-fd', '{so-pin}');
    expect(err).toMatch(/backup\/not-wrappable: .*CKR_KEY_NOT_WRAPPABLE/);
    expect(readdirSync(dir)).not.toContain('edwards');
  });

  test('they are not restored as a folder', async () => {
    const args = ['--to', join(dir, 'new'), '--reason', 'a second site', '--passphrase-fd', '{passphrase}'];
    expect((await run('key', 'restore', join(dir, 'wrapped'), ...args)).err).toContain('usage/backup-target');
  });
});
