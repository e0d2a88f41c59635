import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pkcs11js from 'pkcs11js';
import { afterAll, describe, expect, test } from 'vitest';
import { RefusedPins } from '../../keystore/pin/refused-pins.ts';
import { refuseByFlags, refuseLength } from '../../keystore/pkcs11/login-flags.ts';
import { modulePathOf, parsePkcs11Uri } from '../../keystore/pkcs11/uri.ts';

const dir = mkdtempSync(join(tmpdir(), 'coldsign-flags-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('flags of the token before a login (PKCS#11 CK_TOKEN_INFO)', () => {
  test.each([
    [0x40000, true, 'pin/locked'],
    [0x20000, false, 'pin/final-try'],
    [0x100, true, 'pin/protected-path'],
  ])('%i, forced %s: %s', (flags, force, code) => {
    expect(() => refuseByFlags(flags, 'token a', force)).toThrow(expect.objectContaining({ code }));
  });

  test.each([
    [0x20000, true],
    [0x10000, false],
    [0, false],
  ])('%i, forced %s: a login', (flags, force) => {
    expect(() => refuseByFlags(flags, 'token a', force)).not.toThrow();
  });

  test('lengths that the token tells', () => {
    const token = { name: 'token a', min: 4, max: 8 };
    for (const good of [4, 8]) expect(() => refuseLength(good, token)).not.toThrow();
    for (const bad of [3, 9]) expect(() => refuseLength(bad, token)).toThrow(expect.objectContaining({ code: 'pin/length' }));
  });
});

test('the binding takes no PIN but a string, and passes the module a pointer even where that is empty: no protected authentication path', () => {
  const library = new pkcs11js.PKCS11();
  library.load(modulePathOf(parsePkcs11Uri('pkcs11:')));
  const login = library.C_Login.bind(library) as (...args: unknown[]) => void;
  for (const pin of [[], [null], [undefined], [Buffer.alloc(0)]])
    expect(() => login(Buffer.alloc(8), 1, ...pin)).toThrow(/[Aa]rgument|type|parameters/);
  // SoftHSM looks for the null pointer after it has found out that it was not initialised: the empty string has reached it.
  expect(() => login(Buffer.alloc(8), 1, '')).toThrow(/CKR_CRYPTOKI_NOT_INITIALIZED/);
});

describe('the record of refused PINs', () => {
  const octets = (text: string): Uint8Array => new TextEncoder().encode(text);
  const token = { label: 'a', serial: '1' };

  test('a refused PIN is known to the next program, of this token and no other, until a good login', () => {
    const path = join(dir, 'state', 'refused.json');
    new RefusedPins(path, token).add(octets('1234'));
    new RefusedPins(path, token).add(octets('5678'));
    new RefusedPins(path, { label: 'b', serial: '1' }).add(octets('9999'));
    const again = new RefusedPins(path, token);
    for (const pin of ['1234', '5678'])
      expect(() => again.refuseKnown(octets(pin))).toThrow(expect.objectContaining({ code: 'pin/refused-before' }));
    for (const pin of ['9999', '12345']) expect(() => again.refuseKnown(octets(pin))).not.toThrow();
    expect(readFileSync(path, 'utf8')).not.toMatch(/1234|5678|MTIzN|31323334/);
    again.clear();
    expect(() => again.refuseKnown(octets('1234'))).not.toThrow();
    expect(() => new RefusedPins(path, { label: 'b', serial: '1' }).refuseKnown(octets('9999'))).toThrow();
  });

  test('two programs at once: neither loses what the other has written', async () => {
    const path = join(dir, 'contested', 'refused.json');
    const script = join(import.meta.dirname, 'children', 'refuse-pins.ts');
    const run = promisify(execFile);
    await Promise.all(['a', 'b', 'c'].map((label) => run(process.execPath, [script, path, label])));
    const { tokens } = JSON.parse(readFileSync(path, 'utf8')) as { tokens: { label: string; digests: string[] }[] };
    expect(tokens.map(({ label, digests }) => `${label} ${digests.length}`).sort()).toEqual(['a 2', 'b 2', 'c 2']);
  });

  test('a lock that a killed program has left does not stand for ever', () => {
    const path = join(dir, 'left.json');
    writeFileSync(`${path}.lock`, '');
    new RefusedPins(path, token).begin('fine');
    expect(() => new RefusedPins(path, token).refuseDoubtful('fine')).not.toThrow();
    expect(() => new RefusedPins(path, token).refuseDoubtful('final-try')).toThrow(expect.objectContaining({ code: 'pin/in-doubt' }));
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  test.each(['', 'null', '{}', '{"format":2,"tokens":[]}', '{"format":1,"tokens":[{}]}'])(
    'a record that is %j: no login on a guess',
    (text) => {
      const path = join(dir, 'damaged.json');
      writeFileSync(path, text);
      expect(() => new RefusedPins(path, token).refuseKnown(octets('1'))).toThrow(expect.objectContaining({ code: 'pin/bad-record' }));
    },
  );
});
