import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openKeystore } from '../../keystore/keystore.ts';
import { choosePinSource } from '../../keystore/pin/source.ts';
import { importKey, softHsm } from './labs/softhsm.ts';
import { expectAllDone } from './support/expectations.ts';
import { exercise, exerciseWithZone } from './support/run.ts';

const now = Math.floor(Date.now() / 1000);
const ALL = [8, 10, 13, 14, 15, 16].map((algorithm) => ({ algorithm }));

describe('SoftHSM', () => {
  test('all algorithms with the hardened template; a zone', async () => {
    await using lab = await softHsm();
    const { report, verdicts } = await exerciseWithZone(lab, { algorithms: ALL, workers: 1, zone: { algorithm: 15 } }, now);
    const keys = expectAllDone(report, [8, 10, 13, 14, 15, 16], []);
    expect(keys.map(({ strength }) => strength)).toEqual(keys.map(() => 'hardened'));
    expect(report.stored).toEqual({ storing: 'stored', read: ['010203fa'] });
    expect(verdicts.map(({ verdict }) => verdict)).toEqual(['accept', 'accept']);
  });

  test('without EdDSA: the algorithms that the token lacks are refused before anything is made', async () => {
    await using lab = await softHsm(['CKM_EDDSA', 'CKM_EC_EDWARDS_KEY_PAIR_GEN']);
    const algorithms = ALL.filter(({ algorithm }) => algorithm > 10);
    const { report, verdicts } = await exerciseWithZone(lab, { algorithms, workers: 1, zone: { algorithm: 13 } }, now);
    expectAllDone(report, [13, 14], [15, 16]);
    expect(verdicts.map(({ verdict }) => verdict)).toEqual(['accept', 'accept']);
  });

  // RFC 8017 9.2: EM = 0x00 || 0x01 || PS || 0x00 || T, made here where the token has the bare RSA operation alone.
  test('with CKM_RSA_X_509 as the only RSA signature', async () => {
    await using lab = await softHsm(['CKM_RSA_PKCS', 'CKM_SHA256_RSA_PKCS', 'CKM_SHA512_RSA_PKCS']);
    const report = await exercise(lab, { algorithms: [{ algorithm: 8 }, { algorithm: 10, bits: 1024 }], workers: 1 });
    expectAllDone(report, [8, 10], []);
  });

  test('with the hashing RSA signatures only', async () => {
    await using lab = await softHsm(['CKM_RSA_PKCS', 'CKM_RSA_X_509']);
    expectAllDone(await exercise(lab, { algorithms: [{ algorithm: 8 }, { algorithm: 10, bits: 1024 }], workers: 1 }), [8, 10], []);
  });
});

// PKCS#11 3.0 says of CKA_EC_POINT: "DER-encoding of ECPoint"; softhsm2-util stores the 32 octets of Ed25519 as they are.
describe('keys that softhsm2-util has imported', () => {
  test.each([
    ['Ed25519', 15],
    ['P-256', 13],
    ['P-384', 14],
    ['RSA', 8],
  ] as const)('%s: found, listed with the public key of the file, signs, destroyed', async (kind, algorithm) => {
    await using lab = await softHsm();
    const pair =
      kind === 'RSA'
        ? generateKeyPairSync('rsa', { modulusLength: 2048 })
        : kind === 'Ed25519'
          ? generateKeyPairSync('ed25519')
          : generateKeyPairSync('ec', { namedCurve: kind });
    const file = join(lab.folder, 'key.pem');
    writeFileSync(file, pair.privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 });
    await importKey(lab, { file, id: 'a1b2', label: 'from elsewhere' });
    await using store = await openKeystore({ uri: lab.uri, pin: choosePinSource(lab.uri), workers: 1, verifyWorkers: 1 });
    const id = Uint8Array.of(0xa1, 0xb2);
    const [listed] = await store.findKeys({ id });
    const { x, y, n, e } = pair.publicKey.export({ format: 'jwk' });
    const octets = (text: string | undefined): Buffer => Buffer.from(text ?? '', 'base64url');
    const field = kind === 'RSA' ? Buffer.concat([Buffer.of(3), octets(e), octets(n)]) : Buffer.concat([octets(x), octets(y)]);
    expect(Buffer.from(listed!.publicKey!)).toEqual(field);
    const key = await store.openSigningKey({ uri: { id }, role: 'zsk', algorithm });
    expect((await key.sign({ bytes: Uint8Array.of(1, 2, 3), ends: Uint32Array.of(3) })).length).toBe(key.signatureOctets);
    const gone = await store.destroyKey({ id, label: 'from elsewhere', dnskey: key.dnskey });
    expect(gone).toEqual({ outcome: 'destroyed', objects: 2, others: 0 });
  });
});
