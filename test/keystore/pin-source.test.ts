import { chmodSync, closeSync, mkdirSync, mkdtempSync, openSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { pinContext } from '../../keystore/pin/offer.ts';
import { Pin } from '../../keystore/pin/pin.ts';
import { makeSealKey } from '../../keystore/pin/seal.ts';
import { choosePinSource, readPinSource } from '../../keystore/pin/source.ts';
import { parsePkcs11Uri } from '../../keystore/pkcs11/uri.ts';

const dir = mkdtempSync(join(tmpdir(), 'coldsign-pin-'));
afterAll(() => rmSync(dir, { recursive: true }));

function pinFile(name: string, text: string, mode = 0o600): string {
  const path = join(dir, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

const read = async (path: string): Promise<string> => new TextDecoder().decode(await readPinSource({ kind: 'file', path }, 'PIN'));

describe('PIN sources', () => {
  test.each([
    ['no line end', '1234', '1234'],
    ['line end', '1234\n', '1234'],
    ['CR LF', '1234\r\n', '1234'],
    ['only the first line', '1234\nsecond', '1234'],
    ['blanks belong to it', ' 12 34 ', ' 12 34 '],
    ['UTF-8', 'pässwörd\n', 'pässwörd'],
  ])('file with %s', async (_what, content, pin) => {
    expect(await read(pinFile('good', content))).toBe(pin);
  });

  test.each([0o400, 0o600])('mode %o is strict enough', async (mode) => {
    expect(await read(pinFile(`strict-${mode}`, '1234', mode))).toBe('1234');
  });

  test.each([0o640, 0o604, 0o666, 0o620, 0o700])('mode %o is refused, without the PIN in the message', async (mode) => {
    const failed = await read(pinFile(`open-${mode}`, 'sesame', mode)).catch((error: Error) => error);
    expect(failed).toMatchObject({ code: 'pin/file-mode' });
    expect(String(failed)).not.toContain('sesame');
  });

  test('folders, missing files and empty files are refused', async () => {
    mkdirSync(join(dir, 'folder'), { mode: 0o600 });
    await expect(read(join(dir, 'folder'))).rejects.toMatchObject({ code: 'pin/unusable-source' });
    await expect(read(join(dir, 'missing'))).rejects.toMatchObject({ code: 'pin/unusable-source' });
    await expect(read(pinFile('empty', ''))).rejects.toMatchObject({ code: 'pin/empty' });
    await expect(read(pinFile('long', 'x'.repeat(300)))).rejects.toMatchObject({ code: 'pin/empty' });
  });

  test('a symbolic link counts as what it points at', async () => {
    const link = join(dir, 'link');
    symlinkSync(pinFile('target', '1234', 0o644), link);
    await expect(read(link)).rejects.toMatchObject({ code: 'pin/file-mode' });
  });

  test('file descriptor', async () => {
    const fd = openSync(pinFile('fd', '4321\n'), 'r');
    try {
      expect(new TextDecoder().decode(await readPinSource({ kind: 'descriptor', fd }, 'PIN'))).toBe('4321');
    } finally {
      closeSync(fd);
    }
    await expect(readPinSource({ kind: 'descriptor', fd: 9999 }, 'PIN')).rejects.toMatchObject({ code: 'pin/unusable-source' });
  });

  test('order: pin-source of the very token, descriptor, prompt; other schemes are refused', () => {
    const uri = (query: string) => parsePkcs11Uri(`pkcs11:token=a${query}`);
    expect(choosePinSource(uri('?pin-source=file:/p'), 5)).toEqual({ kind: 'file', path: '/p' });
    expect(choosePinSource(uri(''), 5)).toEqual({ kind: 'descriptor', fd: 5 });
    expect(choosePinSource(uri('?pin-source=file:/p'))).toEqual({ kind: 'file', path: '/p' });
    expect(choosePinSource(uri('?pin-source=file:///p'))).toEqual({ kind: 'file', path: '/p' });
    expect(choosePinSource(uri(''))).toEqual({ kind: 'prompt' });
    for (const bad of ['?pin-source=%7C/bin/getpin', '?pin-source=file:p', '?pin-source=https://x/p']) {
      expect(() => choosePinSource(uri(bad))).toThrow(expect.objectContaining({ code: 'pin/unusable-source' }));
    }
  });

  test('a PIN from a file is read by the child alone, and a refused one is never given out again', async () => {
    const path = pinFile('refused', '1234');
    using pin = new Pin({ kind: 'file', path }, 'PIN');
    const token = { label: 'a', serial: '1' };
    const offer = () => pin.offer(token, async () => new Uint8Array(32));
    expect(await offer()).toEqual({ kind: 'file', path });
    pin.markRefused();
    await expect(offer()).rejects.toMatchObject({ code: 'pin/incorrect' });
  });

  test('a PIN from a descriptor comes from another process, sealed for the child that logs in and for this token', async () => {
    const fd = openSync(pinFile('sealed', 'sesame\n'), 'r');
    using pin = new Pin({ kind: 'descriptor', fd }, 'PIN');
    const key = makeSealKey();
    const offer = await pin.offer({ label: 'a', serial: '1' }, async () => key.publicKey);
    closeSync(fd);
    if (offer.kind !== 'sealed') throw new Error('not sealed');
    expect(Buffer.from(offer.octets).includes('sesame')).toBe(false);
    expect(new TextDecoder().decode(key.open(offer.octets, pinContext('a', '1')))).toBe('sesame');
    expect(() => key.open(offer.octets, pinContext('a', '2'))).toThrow();
    expect(() => makeSealKey().open(offer.octets, pinContext('a', '1'))).toThrow();
  });

  test('pin-source=shares: takes shares from the terminal or a descriptor', () => {
    const uri = parsePkcs11Uri('pkcs11:token=a?pin-source=shares:');
    expect(choosePinSource(uri, 5)).toEqual({ kind: 'shares' });
    expect(choosePinSource(uri, undefined, 6)).toEqual({ kind: 'shares', fd: 6 });
  });
});
