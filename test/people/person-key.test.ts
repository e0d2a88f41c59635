import { createPublicKey, verify } from 'node:crypto';
import { closeSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseNote, signNote, verifyNote } from '../../src/audit/note.ts';
import { parseVkey } from '../../src/audit/vkey.ts';
import { parseConfig } from '../../src/config/parse-config.ts';
import { newPersonKey, openPersonKey } from '../../src/people/person-key.ts';
import { EXAMPLE_ZONE, inProcess, makeTestWorkspace, type TestWorkspace } from '../support/workspace.ts';

const PASSPHRASE = 'seven wet umbrellas';
const octets = (text: string): Uint8Array => new TextEncoder().encode(text);

let alice: { readonly vkey: string; readonly file: string };
beforeAll(async () => {
  alice = await newPersonKey('alice', octets(PASSPHRASE));
});

describe('a person key', () => {
  test('RFC 8032: signs by Ed25519, under the name of the person; the private key is in the file only sealed', async () => {
    const signer = await openPersonKey(alice.file, 'alice.key', octets(PASSPHRASE));
    const text = 'coldsign statement\n';
    const note = parseNote(await signNote(text, [signer]));
    expect(verifyNote(note, [parseVkey(alice.vkey)]).verified.map(({ name }) => name)).toEqual(['alice']);
    // A second implementation of the check, from the vkey alone.
    const raw = Buffer.from(/^[^+]+\+[^+]+\+(.*)$/.exec(alice.vkey)![1]!, 'base64').subarray(1);
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') }, format: 'jwk' });
    expect(verify(null, Buffer.from(text), key, note.signatures[0]!.signature)).toBe(true);
    expect(alice.file).not.toContain(PASSPHRASE);
  });

  test('another passphrase opens nothing, nor does a file of which an octet was changed', async () => {
    await expect(openPersonKey(alice.file, 'alice.key', octets('seven dry umbrellas'))).rejects.toMatchObject({
      code: 'person/wrong-passphrase',
    });
    const lines = alice.file.split('\n');
    const other = await newPersonKey('alice', octets('eleven dry umbrellas'));
    const forgedName = `${lines[0]}\n${lines[1]!.replace(alice.vkey, other.vkey)}\n${lines[2]}\n`;
    await expect(openPersonKey(forgedName, 'alice.key', octets(PASSPHRASE))).rejects.toMatchObject({ code: 'person/wrong-passphrase' });
    const sealed = Buffer.from(lines[2]!, 'base64');
    sealed[20]! ^= 1;
    const flipped = `${lines[0]}\n${lines[1]}\n${sealed.toString('base64')}\n`;
    await expect(openPersonKey(flipped, 'alice.key', octets(PASSPHRASE))).rejects.toMatchObject({ code: 'person/wrong-passphrase' });
  });

  test.each([
    ['another first line', (text: string) => text.replace('key 1', 'key 2')],
    ['cut off', (text: string) => text.slice(0, -3)],
    ['a line more', (text: string) => `${text}more\n`],
    ['scrypt that asks for all memory', (text: string) => text.replace('"n":131072', '"n":1073741824')],
    ['scrypt that asks for nothing', (text: string) => text.replace('"n":131072', '"n":2')],
    ['a vkey whose id is not its own', (text: string) => text.replace(/\+[0-9a-f]{8}\+/, '+00000000+')],
  ])('%s: no person key, and told so before a passphrase is stretched', async (_, change) => {
    await expect(openPersonKey(change(alice.file), 'alice.key', octets(PASSPHRASE))).rejects.toMatchObject({ code: 'person/bad-file' });
  });

  test('what can be guessed, or is no name, makes none', async () => {
    await expect(newPersonKey('alice', octets('short'))).rejects.toMatchObject({
      code: 'backup/weak-passphrase',
      message: 'the passphrase of a person key has at least 12 characters, this one has 5',
    });
    await expect(newPersonKey('a b', octets(PASSPHRASE))).rejects.toMatchObject({ code: 'person/bad-name' });
  });
});

describe('in coldsign.yaml', () => {
  const HEAD = 'format: 1\nlog: { origin: audit.example.net/a }\ntokens: { ksk: "pkcs11:token=a" }\n';
  const parse = (people: string) => () => parseConfig(`${HEAD}people:\n${people}`, 'coldsign.yaml', '/work/space');

  test('a person has one key, of their own name', () => {
    expect(parse(`  alice: { name: Alice, key: "${alice.vkey}" }\n`)().people).toEqual({
      alice: { name: 'Alice', roles: [], key: alice.vkey },
    });
    expect(parse(`  bob: { name: Bob, key: "${alice.vkey}" }\n`)).toThrow('found the key of alice, expected that of bob');
    expect(parse(`  alice: { name: Alice, key: "${alice.vkey.replace(/\+[0-9a-f]{8}\+/, '+00000000+')}" }\n`)).toThrow(
      'its id is not that of name and key',
    );
    expect(parse('  alice: { name: Alice, key: alice }\n')).toThrow('a verifier key NAME+KEYID+BASE64');
  });
});

describe('the commands', () => {
  let workspace: TestWorkspace;
  beforeAll(async () => {
    workspace = await makeTestWorkspace({ practice: true, zones: { 'example.': EXAMPLE_ZONE } });
    workspace.write('passphrase', `${PASSPHRASE}\n`);
    workspace.write('wrong', 'seven dry umbrellas\n');
  });
  afterAll(() => workspace[Symbol.dispose]());

  async function withPassphrase(file: string, ...args: readonly string[]) {
    const fd = openSync(workspace.path(file), 'r');
    try {
      return await inProcess(...args, '--passphrase-fd', `${fd}`);
    } finally {
      closeSync(fd);
    }
  }

  test('new writes a file for the person alone, and never over another one', async () => {
    const path = workspace.path('bob.key');
    const made = await withPassphrase('passphrase', 'person', 'new', 'bob', '--out', path);
    expect(made.status, made.err).toBe(0);
    expect(made.out).toMatch(/^bob\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+\n {2}next: write it into coldsign\.yaml/);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const text = readFileSync(path, 'utf8');
    const again = await withPassphrase('passphrase', 'person', 'new', 'bob', '--out', path);
    expect(again).toMatchObject({ status: 1, err: expect.stringContaining('person/file-exists') });
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  test('check tells whether the configuration in force knows the key; list who is known; the log says since when', async () => {
    writeFileSync(workspace.path('alice.key'), alice.file);
    const check = () => withPassphrase('passphrase', 'person', 'check', workspace.path('alice.key'), '--dir', workspace.dir);
    expect(await check()).toMatchObject({
      status: 1,
      out: expect.stringContaining('UNKNOWN    the configuration in force has no person alice'),
    });
    workspace.edit((text) => `${text}\npeople:\n  alice: { name: Alice A., roles: [custodian], key: "${alice.vkey}" }\n`);
    await workspace.must('policy', 'apply');
    expect(await check()).toMatchObject({ status: 0, out: expect.stringContaining('known      as Alice A.') });
    expect((await workspace.run('person', 'list')).out).toContain(`alice   Alice A.  custodian  ${alice.vkey}`);
    const loaded = workspace
      .read('audit', 'entries.jsonl')
      .split('\n')
      .filter((line) => line.includes('"policy.loaded"'))
      .at(-1)!;
    expect(JSON.parse(loaded).data.keys).toEqual({ alice: alice.vkey });
    const wrong = await withPassphrase('wrong', 'person', 'check', workspace.path('alice.key'), '--dir', workspace.dir);
    expect(wrong).toMatchObject({ status: 1, err: expect.stringContaining('person/wrong-passphrase') });
  });
});
