import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openKeystore } from '../../keystore/keystore.ts';
import { parsePkcs11Uri } from '../../keystore/pkcs11/uri.ts';
import { VerifyPool } from '../../keystore/verify-pool.ts';
import { parseName } from '../../signer/dns/name.ts';
import type { Packed, SigningKey } from '../../signer/signing-key.ts';
import { makeTestToken, type TestToken } from '../support/token.ts';

const LABEL = 'example.org. zsk 13';
const child = (name: string): URL => new URL(`./children/${name}.ts`, import.meta.url);

function makeBatch(count: number): Packed {
  return {
    bytes: Uint8Array.from({ length: count * 100 }, (_, i) => i & 255),
    ends: Uint32Array.from({ length: count }, (_, i) => (i + 1) * 100),
  };
}

async function allVerify(key: SigningKey, batch: Packed, signatures: Uint8Array): Promise<boolean> {
  await using pool = new VerifyPool(1);
  const verdicts = await pool.verifyBatch(key.dnskey, batch, signatures);
  return verdicts.length === batch.ends.length && verdicts.every((verdict) => verdict === 1);
}

/** A zombie is gone, too: only its parent's book-keeping is left. */
function isRunning(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

const countLogins = (log: string): number =>
  readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => line === 'login').length;

const untilGone = (pids: readonly number[]): Promise<void> => expect.poll(() => pids.filter(isRunning), { timeout: 20_000 }).toEqual([]);

describe('failures of token and child process', () => {
  let token: TestToken;
  let scratch: string;
  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), 'coldsign-failures-'));
    token = await makeTestToken();
    await using keystore = await token.open({ workers: 1 });
    await keystore.generate({ zone: parseName('example.org.'), role: 'zsk', algorithm: 13 });
  });
  afterAll(() => {
    token[Symbol.dispose]();
    rmSync(scratch, { recursive: true });
  });

  test('a wrong PIN is tried once, by one child, and is in no message', async () => {
    const log = join(scratch, 'requests');
    const wrong = join(scratch, 'wrong-pin');
    writeFileSync(wrong, 'not-the-pin-4711\n', { mode: 0o600 });
    writeFileSync(log, '');
    Object.assign(process.env, { REQUEST_LOG: log });
    const failed = await token
      .open({ workers: 2, pin: { kind: 'file', path: wrong }, childScript: child('logging-child') })
      .catch((error: Error) => error as Error & { cause: unknown });
    expect(failed).toMatchObject({ name: 'Refusal', code: 'pin/incorrect' });
    expect(JSON.stringify([String(failed), (failed as Error).stack, (failed as Error).cause])).not.toContain('4711');
    expect(countLogins(log)).toBe(1);
    const notes: string[] = [];
    await using keystore = await token.open({ workers: 1, warn: (text) => notes.push(text) });
    expect(notes).toEqual([expect.stringContaining('a wrong PIN was entered')]);
    expect(keystore.childPids).toHaveLength(1);
  });

  test('a PIN that is refused when a child is replaced is not tried by the other children', async () => {
    const log = join(scratch, 'requests-2');
    const marker = join(scratch, 'refuse-pin');
    writeFileSync(log, '');
    Object.assign(process.env, { REQUEST_LOG: log, REFUSE_PIN: marker });
    await using keystore = await token.open({ workers: 2, childScript: child('logging-child') });
    const key = await keystore.openSigningKey({ uri: { object: LABEL } });
    writeFileSync(marker, '');
    writeFileSync(log, '');
    for (const pid of keystore.childPids) process.kill(pid, 'SIGKILL');
    await expect(key.sign(makeBatch(600))).rejects.toMatchObject({ code: 'pin/incorrect' });
    expect(countLogins(log)).toBe(1);
  });

  test('a token that is not there is refused with those that are', async () => {
    const uri = { ...token.uri, token: 'nobody', serial: '0' };
    const opening = openKeystore({ uri, pin: { kind: 'file', path: token.folder.pinFile } });
    await expect(opening).rejects.toMatchObject({ code: 'token/not-found', message: expect.stringContaining('token=coldsign-test') });
    const unnamed = openKeystore({ uri: parsePkcs11Uri('pkcs11:'), pin: { kind: 'prompt' } });
    await expect(unnamed).rejects.toMatchObject({ code: 'token/bad-uri' });
  });

  test('a library that is no PKCS#11 module is refused', async () => {
    const opening = openKeystore({ uri: { ...token.uri, modulePath: process.execPath }, pin: { kind: 'prompt' } });
    await expect(opening).rejects.toMatchObject({ code: 'token/unsupported' });
  });

  test('children killed in the middle of a batch are replaced and the batch is signed whole', async () => {
    await using keystore = await token.open({ workers: 2, verifyWorkers: 1 });
    const key = await keystore.openSigningKey({ uri: { object: LABEL } });
    const before = keystore.childPids;
    const batch = makeBatch(2000);
    const signing = key.sign(batch);
    for (const pid of before) process.kill(pid, 'SIGKILL');
    expect(await allVerify(key, batch, await signing)).toBe(true);
    expect(keystore.childPids.some((pid) => before.includes(pid))).toBe(false);
  });

  test('children that hang are killed by the watchdog and replaced', async () => {
    await using keystore = await token.open({ workers: 1, verifyWorkers: 1, watchdogMs: 3000 });
    const key = await keystore.openSigningKey({ uri: { object: LABEL } });
    const before = keystore.childPids;
    for (const pid of before) process.kill(pid, 'SIGSTOP');
    const batch = makeBatch(10);
    expect(await allVerify(key, batch, await key.sign(batch))).toBe(true);
    await untilGone(before);
  });

  test('a lost session is opened again in the same child', async () => {
    const marker = join(scratch, 'fail-once');
    writeFileSync(marker, '');
    Object.assign(process.env, { FAIL_ONCE: marker });
    await using keystore = await token.open({ workers: 1, verifyWorkers: 1, childScript: child('failing-child') });
    const key = await keystore.openSigningKey({ uri: { object: LABEL } });
    const before = keystore.childPids;
    const batch = makeBatch(300);
    expect(await allVerify(key, batch, await key.sign(batch))).toBe(true);
    expect(existsSync(marker)).toBe(false);
    expect(keystore.childPids).toEqual(before);
  });

  test('a token that stays away is a fault, after bounded tries, and the program goes on', async () => {
    const gone = await makeTestToken('gone');
    await using keystore = await gone.open({ workers: 2 });
    await keystore.generate({ zone: parseName('example.org.'), role: 'zsk', algorithm: 13 });
    const key = await keystore.openSigningKey({ uri: { object: LABEL } });
    gone[Symbol.dispose]();
    await expect(key.sign(makeBatch(600))).rejects.toMatchObject({ code: expect.stringMatching(/^(token|key)\//) });
    await expect(key.sign(makeBatch(1))).rejects.toMatchObject({ code: expect.stringMatching(/^(token|key)\//) });
  });

  test('a corrupted signature never comes out', async () => {
    await using keystore = await token.open({ workers: 1, verifyWorkers: 1, childScript: child('corrupting-child') });
    const key = await keystore.openSigningKey({ uri: { object: LABEL } });
    const good = makeBatch(4);
    expect(await allVerify(key, good, await key.sign(good))).toBe(true);
    await expect(key.sign(makeBatch(4))).rejects.toMatchObject({ name: 'Fault', code: 'sign/bad-signature', message: /^1 of 4 / });
    await expect(key.sign(makeBatch(1000))).rejects.toMatchObject({ code: 'sign/bad-signature' });
  });

  test('a key that the token calls extractable is refused, and left where it is', async () => {
    await using keystore = await token.open({ workers: 1, childScript: child('extractable-child') });
    const before = (await keystore.listKeys()).length;
    const generating = keystore.generate({ zone: parseName('example.org.'), role: 'ksk', algorithm: 13 });
    await expect(generating).rejects.toMatchObject({ name: 'Fault', code: 'key/extractable', message: /is still on the token/ });
    expect(await keystore.listKeys()).toHaveLength(before + 1);
  });

  test('children do not outlive a parent that is killed, even when they hang', async () => {
    const parent = spawn(process.execPath, [child('orphan-parent').pathname, token.uriText], { stdio: ['ignore', 'pipe', 'inherit'] });
    const lines = createInterface({ input: parent.stdout });
    const line = await new Promise<string>((resolve) => lines.once('line', resolve));
    const pids = line.split(' ').map(Number);
    expect(pids).toHaveLength(2);
    expect(pids.every(isRunning)).toBe(true);
    process.kill(pids[0]!, 'SIGSTOP');
    parent.kill('SIGKILL');
    await untilGone(pids);
  });

  test('a keystore closed while its children still start leaves none behind', async () => {
    const keystore = await openKeystore({ uri: token.uri, pin: { kind: 'file', path: token.folder.pinFile }, workers: 3 });
    const pids = keystore.childPids;
    await keystore[Symbol.asyncDispose]();
    await untilGone(pids);
    expect(keystore.childPids).toEqual([]);
  });

  test('closing ends the children', async () => {
    const keystore = await token.open({ workers: 2 });
    const pids = keystore.childPids;
    await keystore[Symbol.asyncDispose]();
    await untilGone(pids);
  });
});
