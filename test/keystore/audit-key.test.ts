import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AuditKey, generateAuditKey, openAuditKey } from '../../keystore/audit-key.ts';
import type { Keystore } from '../../keystore/keystore.ts';
import { noteSignature, publicField } from '../../keystore/note-form.ts';
import type { NoteKey } from '../../keystore/note-key.ts';
import { parseName } from '../../signer/dns/name.ts';
import { dnskeyRdata } from '../../signer/dnssec/dnskey.ts';
import { makeTestToken, type TestToken } from '../support/token.ts';

const TEXT = new TextEncoder().encode('audit.example.net/site-a\n3\nqNR0oQ==\n');
const ZONE = parseName('example.org.');

/** An outside judge: the key and the signature go to the openssl program as files. */
function opensslVerifies({ kind, publicKey }: NoteKey, text: Uint8Array, signature: Uint8Array): boolean {
  const dir = mkdtempSync(join(tmpdir(), 'coldsign-openssl-'));
  const path = (name: string): string => join(dir, name);
  try {
    const spki = kind === 'ed25519' ? Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), publicKey]) : publicKey;
    writeFileSync(path('key.der'), spki);
    writeFileSync(path('text'), text);
    writeFileSync(path('signature'), signature);
    execFileSync('openssl', ['pkey', '-pubin', '-inform', 'DER', '-in', path('key.der'), '-out', path('key.pem')]);
    const args =
      kind === 'ed25519'
        ? ['pkeyutl', '-verify', '-pubin', '-inkey', path('key.pem'), '-rawin', '-in', path('text'), '-sigfile', path('signature')]
        : ['dgst', '-sha256', '-verify', path('key.pem'), '-signature', path('signature'), path('text')];
    return spawnSync('openssl', args).status === 0;
  } finally {
    rmSync(dir, { recursive: true });
  }
}

describe('the key of a log, in a SoftHSM token', () => {
  let token: TestToken;
  let keystore: Keystore;
  let made: Record<NoteKey['kind'], AuditKey>;
  beforeAll(async () => {
    token = await makeTestToken();
    keystore = await token.open({ workers: 1, verifyWorkers: 1 });
    made = {
      ed25519: await generateAuditKey(keystore, 'audit.example.net/a'),
      p256: await generateAuditKey(keystore, 'audit.example.net/b', 'p256'),
    };
  });
  afterAll(async () => {
    await keystore[Symbol.asyncDispose]();
    token[Symbol.dispose]();
  });

  test.each(['ed25519', 'p256'] as const)('%s: hardened as a KSK, and signatures that openssl accepts', async (kind) => {
    const key = made[kind];
    expect(key.kind).toBe(kind);
    expect(key.label).toBe(`coldsign audit audit.example.net/${kind === 'ed25519' ? 'a' : 'b'}`);
    expect(key.id.length).toBe(16);
    const [listed] = (await keystore.listKeys()).filter(({ label }) => label === key.label);
    expect(listed!.id).toEqual(key.id);
    expect(listed!.attestation).toEqual({
      extractable: false,
      sensitive: true,
      neverExtractable: true,
      alwaysSensitive: true,
      local: true,
      copyable: false,
      modifiable: false,
    });
    const signature = await key.sign(TEXT);
    if (kind === 'ed25519') expect(signature.length).toBe(64);
    expect(opensslVerifies(key, TEXT, signature)).toBe(true);
    expect(opensslVerifies(key, TEXT.with(0, 0x41), signature)).toBe(false);
    expect(opensslVerifies(key, randomBytes(100_000), signature)).toBe(false);
    const long = randomBytes(100_000);
    expect(opensslVerifies(key, long, await key.sign(long))).toBe(true);
  });

  test('opened again by id, by label, or by its public key alone, in another session', async () => {
    await using other = await token.open({ workers: 1, verifyWorkers: 1 });
    for (const { id, label, kind, publicKey } of Object.values(made)) {
      for (const name of [{ id }, { label }, { id, label }, {}]) {
        const key = await openAuditKey(other, { ...name, expected: { kind, publicKey } });
        expect(key).toMatchObject({ id, label, kind, publicKey });
        expect(opensslVerifies(key, TEXT, await key.sign(TEXT))).toBe(true);
      }
    }
  });

  test('another key than the one on record is refused, with both fingerprints', async () => {
    const { ed25519, p256 } = made;
    const expected = { kind: 'ed25519', publicKey: ed25519.publicKey.with(0, ed25519.publicKey[0]! ^ 1) } as const;
    await expect(openAuditKey(keystore, { id: ed25519.id, expected })).rejects.toMatchObject({
      code: 'key/audit-mismatch',
      message: expect.stringMatching(/Ed25519 SHA256:[0-9a-f]{64}; on record is Ed25519 SHA256:[0-9a-f]{64}$/),
    });
    await expect(openAuditKey(keystore, { id: ed25519.id, expected: p256 })).rejects.toMatchObject({ code: 'key/audit-mismatch' });
    await expect(openAuditKey(keystore, { label: p256.label, expected: ed25519 })).rejects.toMatchObject({ code: 'key/audit-mismatch' });
    const wrongForm = { kind: 'p256', publicKey: p256.publicKey.subarray(1) } as const;
    await expect(openAuditKey(keystore, { expected: wrongForm })).rejects.toMatchObject({ code: 'key/audit-mismatch' });
  });

  test('a key that is not there is not made in its place', async () => {
    const expected = made.ed25519;
    const before = (await keystore.findKeys({})).length;
    for (const name of [{ id: Uint8Array.of(1, 2) }, { label: 'coldsign audit other' }, { id: made.p256.id, label: made.ed25519.label }]) {
      await expect(openAuditKey(keystore, { ...name, expected })).rejects.toMatchObject({ code: 'key/audit-not-found' });
    }
    expect(await keystore.findKeys({})).toHaveLength(before);
  });

  test('one label, one key: a second one is refused, whoever made the first', async () => {
    await using other = await token.open({ workers: 1, verifyWorkers: 1 });
    await keystore.listKeys();
    await generateAuditKey(other, 'made-elsewhere');
    await expect(generateAuditKey(keystore, 'made-elsewhere')).rejects.toMatchObject({ code: 'key/audit-exists' });
    await expect(generateAuditKey(keystore, 'made-elsewhere', 'p256')).rejects.toMatchObject({ code: 'key/audit-exists' });
  });

  test.each(['', 'a\nb', 'x'.repeat(241), 'é'.repeat(121), '\ud800'])('%j is no name of a log', async (name) => {
    await expect(generateAuditKey(keystore, name)).rejects.toMatchObject({ code: 'key/bad-audit-name' });
  });

  test('a dedicated key, never the KSK: a key of a log never signs a zone', async () => {
    for (const { id, label, publicKey, kind } of Object.values(made)) {
      const dnskey = dnskeyRdata(257, kind === 'ed25519' ? 15 : 13, publicField(kind, publicKey)!);
      for (const uri of [{ id }, { object: label }, { id, object: label }]) {
        for (const more of [{}, { role: 'ksk' }, { role: 'zsk', algorithm: 13 }, { expected: dnskey }] as const) {
          await expect(keystore.openSigningKey({ uri, ...more })).rejects.toMatchObject({ code: 'key/is-audit-key' });
        }
      }
    }
  });

  test('and a key of a zone never signs a log, even where its public key is the one on record', async () => {
    for (const [kind, algorithm] of [
      ['ed25519', 15],
      ['p256', 13],
    ] as const) {
      const { id, label, dnskey } = await keystore.generate({ zone: ZONE, role: 'ksk', algorithm });
      const spki = Buffer.concat([Buffer.from('3059301306072a8648ce3d020106082a8648ce3d03010703420004', 'hex'), dnskey.subarray(4)]);
      const expected = { kind, publicKey: kind === 'ed25519' ? dnskey.slice(4) : new Uint8Array(spki) };
      for (const name of [{ id }, { label }, { id, label }]) {
        await expect(openAuditKey(keystore, { ...name, expected })).rejects.toMatchObject({ code: 'key/audit-not-found' });
      }
      await expect(openAuditKey(keystore, { expected })).rejects.toMatchObject({ code: 'key/audit-mismatch' });
    }
  });
});

describe('tokens without a working Ed25519', () => {
  test('EdDSA not among the mechanisms: P-256, and Ed25519 refused where it is asked for', async () => {
    using token = await makeTestToken();
    // SoftHSM passes over the first name of a list of what is left out.
    appendFileSync(token.folder.config, 'slots.mechanisms = -X,CKM_EDDSA\n');
    await using keystore = await token.open({ workers: 1, verifyWorkers: 1 });
    expect(keystore.token.mechanisms.map(({ name }) => name)).not.toContain('CKM_EDDSA');
    const key = await generateAuditKey(keystore, 'a');
    expect(key.kind).toBe('p256');
    expect(opensslVerifies(key, TEXT, await key.sign(TEXT))).toBe(true);
    await expect(generateAuditKey(keystore, 'b', 'ed25519')).rejects.toMatchObject({ code: 'token/unsupported' });
    expect(await keystore.findKeys({})).toHaveLength(1);
  });

  test('EdDSA listed and wrong: the trial signature tells, and the useless pair is gone', async () => {
    using token = await makeTestToken();
    const childScript = new URL('./children/broken-eddsa-child.ts', import.meta.url);
    await using keystore = await token.open({ workers: 1, verifyWorkers: 1, childScript });
    const key = await generateAuditKey(keystore, 'a');
    expect(key.kind).toBe('p256');
    await expect(generateAuditKey(keystore, 'b', 'ed25519')).rejects.toMatchObject({ code: 'sign/bad-signature' });
    expect((await keystore.findKeys({})).map(({ label }) => label)).toEqual(['coldsign audit a']);
  });

  test('a token that starts to lie is found out at the signature', async () => {
    using token = await makeTestToken();
    const childScript = new URL('./children/corrupting-child.ts', import.meta.url);
    await using keystore = await token.open({ workers: 1, verifyWorkers: 1, childScript });
    const key = await generateAuditKey(keystore, 'a');
    expect(opensslVerifies(key, TEXT, await key.sign(TEXT))).toBe(true);
    await expect(key.sign(TEXT)).rejects.toMatchObject({ code: 'sign/bad-signature' });
  });
});

describe('ECDSA signatures in DER', () => {
  const raw = (r: string, s: string): Uint8Array => Uint8Array.fromHex(r.padStart(64, '0') + s.padStart(64, '0'));
  test.each([
    ['1', '7f', '300602010102017f'],
    ['80', 'ff00', '300902020080020300ff00'],
    ['0', '0', '3006020100020100'],
    ['ff'.repeat(32), `7f${'00'.repeat(31)}`, `3045022100${'ff'.repeat(32)}02207f${'00'.repeat(31)}`],
  ])('X.690 8.3.2: the first nine bits of an integer are neither all ones nor all zero (r %s, s %s)', (r, s, der) => {
    expect(Buffer.from(noteSignature('p256', raw(r, s))).toString('hex')).toBe(der);
  });
});
