import { execFileSync } from 'node:child_process';
import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { cryptoBinding } from '../../keystore/doctor/bindings.ts';
import { neededLibraries } from '../../keystore/doctor/elf.ts';
import { examineModule } from '../../keystore/doctor/module-file.ts';
import { modulePathOf, parsePkcs11Uri } from '../../keystore/pkcs11/uri.ts';

const SOFTHSM = modulePathOf(parsePkcs11Uri('pkcs11:'));
const folder = mkdtempSync(join(tmpdir(), 'coldsign-module-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('DT_NEEDED entries are those that readelf shows', () => {
  const shown = execFileSync('readelf', ['-d', SOFTHSM], { encoding: 'utf8' });
  const expected = [...shown.matchAll(/\(NEEDED\).*\[(.+)\]/g)].map((match) => match[1]);
  expect(expected.length).toBeGreaterThan(1);
  expect(neededLibraries(readFileSync(SOFTHSM))).toEqual(expected);
});

test('what is no library, or a damaged one, is never a crash', () => {
  const whole = new Uint8Array(readFileSync(SOFTHSM));
  expect(neededLibraries(new Uint8Array())).toBeUndefined();
  expect(neededLibraries(new TextEncoder().encode('#!/bin/sh\n'))).toBeUndefined();
  fc.assert(
    fc.property(fc.nat(4096), fc.nat(1024), fc.nat(255), (length, at, value) => {
      const damaged = whole.slice(0, length);
      if (at < damaged.length) damaged[at] = value;
      const found = neededLibraries(damaged);
      expect(found === undefined || Array.isArray(found)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test('OpenSSL functions are counted by the file that answers them; other functions and other callers are not', () => {
  const line = (from: string, to: string, name: string): string =>
    `  77:\tbinding file ${from} [0] to ${to} [0]: normal symbol \`${name}' [OPENSSL_3.0.0]`;
  const lines = [
    line('/a b/module.so', '/opt/node', 'EVP_sha256'),
    line('/a b/module.so', '/opt/node', 'EVP_sha256'),
    line('/a b/module.so', '/opt/node', 'RSA_new'),
    line('/a b/module.so', '/lib/libcrypto.so.3', 'BN_new'),
    line('/a b/module.so', '/lib/libc.so.6', 'malloc'),
    line('/a b/module.so', '/a b/module.so', 'EVP_own'),
    line('/opt/other.so', '/opt/node', 'EVP_md5'),
    'anything else',
  ];
  expect(cryptoBinding(lines, '/a b/module.so', '/opt/node')).toEqual({
    kind: 'bound',
    to: [
      { file: '/lib/libcrypto.so.3', isNode: false, functions: 1 },
      { file: '/opt/node', isNode: true, functions: 2 },
    ],
  });
  expect(cryptoBinding(lines, '/opt/none.so', '/opt/node')).toEqual({ kind: 'none' });
});

test('SoftHSM: its digest, and who answers its OpenSSL calls', async () => {
  const sha256 = execFileSync('sha256sum', [SOFTHSM], { encoding: 'utf8' }).slice(0, 64);
  const found = await examineModule(SOFTHSM);
  expect(found).toMatchObject({ path: SOFTHSM, sha256, kind: 'module', binding: { kind: 'bound' } });
  expect(found.needs).toContain('libcrypto.so.3');
});

test('a library that writes calls down, and one that passes them on, are told from what they hold', async () => {
  for (const [mark, kind] of [
    ['PKCS11SPY_OUTPUT', 'spy'],
    ['P11_KIT_SERVER_ADDRESS', 'forwarding'],
  ] as const) {
    const copy = join(folder, `${kind}.so`);
    copyFileSync(SOFTHSM, copy);
    appendFileSync(copy, `\0${mark}\0`);
    expect((await examineModule(copy)).kind).toBe(kind);
  }
});

test('a file that cannot be loaded leaves the question open; one that cannot be read is refused', async () => {
  const text = join(folder, 'text.so');
  writeFileSync(text, 'no library');
  expect(await examineModule(text)).toMatchObject({ needs: [], binding: { kind: 'unknown' } });
  const truncated = join(folder, 'half.so');
  writeFileSync(truncated, readFileSync(SOFTHSM).subarray(0, 100_000));
  expect((await examineModule(truncated)).binding.kind).toBe('unknown');
  await expect(examineModule(join(folder, 'none.so'))).rejects.toMatchObject({ code: 'token/no-module' });
});
