import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openBackup, readBackup, sealBackup } from '../../keystore/backup/envelope.ts';
import { parseHeader, printHeader } from '../../keystore/backup/header.ts';
import { newPassphraseProtection, passphraseKey } from '../../keystore/backup/passphrase.ts';
import { HEADER, randomKey } from './support/sample.ts';

const withDigest = (body: Uint8Array): Buffer => Buffer.concat([body, createHash('sha256').update(body).digest()]);
const code = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
  return 'none';
};

describe('a sealed backup', () => {
  test('gives back its header without any key, and its content with the key', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), (payload) => {
        const key = randomKey();
        const backup = readBackup(sealBackup(HEADER, key, payload), 'b');
        expect(backup.header).toEqual(HEADER);
        expect(Buffer.compare(openBackup(backup, key, 'b'), payload)).toBe(0);
      }),
      { numRuns: 50 },
    );
  });

  test('with one bit flipped anywhere is refused as damaged before any key is needed', () => {
    const file = sealBackup(HEADER, randomKey(), new Uint8Array(64));
    for (let at = 0; at < file.length; at++) {
      const bad = Uint8Array.from(file);
      bad[at]! ^= 1 << (at & 7);
      expect(
        code(() => readBackup(bad, 'b')),
        `octet ${at}`,
      ).toMatch(/^backup\/(damaged|not-a-backup)$/);
    }
  });

  test('cut off anywhere is refused', () => {
    const file = sealBackup(HEADER, randomKey(), new Uint8Array(64));
    for (let length = 0; length < file.length; length++)
      expect(
        code(() => readBackup(file.subarray(0, length), 'b')),
        `${length} octets`,
      ).toMatch(/^backup\/(damaged|not-a-backup)$/);
  });

  test('whose header or content was changed together with the digest does not open', () => {
    const key = randomKey();
    const file = Buffer.from(sealBackup(HEADER, key, new Uint8Array(64)));
    const body = file.subarray(0, -32);
    const other = Buffer.from(body.toString('latin1').replace('"serial":"a1b2', '"serial":"a1b3'), 'latin1');
    expect(code(() => openBackup(readBackup(withDigest(other), 'b'), key, 'b'))).toBe('backup/damaged');
    for (const at of [body.length - 1, body.length - 17, body.length - 60]) {
      const bad = Buffer.from(body);
      bad[at]! ^= 1;
      expect(
        code(() => openBackup(readBackup(withDigest(bad), 'b'), key, 'b')),
        `octet ${at}`,
      ).toBe('backup/damaged');
    }
  });

  test('does not open with another key, and that is told apart from damage', () => {
    const backup = readBackup(sealBackup(HEADER, randomKey(), new Uint8Array(8)), 'b');
    expect(code(() => openBackup(backup, randomKey(), 'b'))).toBe('backup/wrong-key');
  });

  test('shows nothing of its content', () => {
    const payload = new TextEncoder().encode('what nobody may read '.repeat(20));
    const file = sealBackup(HEADER, randomKey(), payload);
    expect(Buffer.from(file).includes('nobody')).toBe(false);
  });
});

describe('the header', () => {
  test('is the same line for the same header, and no other line is taken', () => {
    const line = printHeader(HEADER);
    expect(parseHeader(line)).toEqual(HEADER);
    expect(parseHeader(` ${line}`)).toBeUndefined();
    expect(parseHeader(line.replace('"format":1', '"format":2'))).toBeUndefined();
    expect(parseHeader(line.replace('"format":1', '"format":1,"more":1'))).toBeUndefined();
  });

  test.each([
    ['a cost that takes all memory', '"n":32768', '"n":1073741824'],
    ['a cost that guesses pass by', '"n":32768', '"n":2'],
    ['a short salt', `"salt":"${'5a'.repeat(32)}"`, '"salt":"5a"'],
  ])('with %s is refused', (_what, from, to) => {
    const line = printHeader(HEADER);
    expect(line).toContain(from);
    expect(parseHeader(line.replace(from, to))).toBeUndefined();
  });
});

test('a passphrase of less than 12 characters is refused, and every backup has a salt of its own', () => {
  const octets = (text: string): Uint8Array => new TextEncoder().encode(text);
  expect(code(() => newPassphraseProtection(octets('ääääääääääX')))).toBe('backup/weak-passphrase');
  const [a, b] = [newPassphraseProtection(octets('twelve chars')), newPassphraseProtection(octets('twelve chars'))];
  expect(a.salt).not.toBe(b.salt);
});

test('RFC 7914: scrypt of this passphrase and salt is this key', async () => {
  const key = await passphraseKey(new TextEncoder().encode('correct horse battery'), {
    kind: 'passphrase',
    n: 2 ** 15,
    r: 8,
    p: 1,
    salt: '00'.repeat(32),
  });
  expect(Buffer.from(key).toString('hex')).toBe('5e77913dc733953a77bf74c963aad5434db0fd3a946b3d640f32091d3cab97c6');
});
