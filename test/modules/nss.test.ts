import { describe, expect } from 'vitest';
import { openKeystore } from '../../keystore/keystore.ts';
import { userRefusedPins } from '../../keystore/pin/refused-pins.ts';
import { choosePinSource } from '../../keystore/pin/source.ts';
import { KeystoreProcess } from '../../keystore/pkcs11/keystore-process.ts';
import { modulePathOf, moduleSettings } from '../../keystore/pkcs11/uri.ts';
import { NSS_PACKAGES, nss } from './labs/nss.ts';
import { expectAllDone } from './support/expectations.ts';
import { exerciseWithZone } from './support/run.ts';
import { testsOf } from './support/tests-of.ts';

const now = Math.floor(Date.now() / 1000);
const LIMIT_MS = 60_000;
const test = testsOf(NSS_PACKAGES);

describe('NSS softokn', () => {
  test('RSA and the NIST curves with the reduced template, since it refuses CKA_COPYABLE; a zone', async () => {
    await using lab = await nss();
    const algorithms = [8, 10, 13, 14, 15].map((algorithm) => ({ algorithm }));
    const { report, verdicts } = await exerciseWithZone(lab, { algorithms, messages: 4, zone: { algorithm: 13 } }, now);
    const keys = expectAllDone(report, [8, 10, 13, 14], [15]);
    expect(keys.map(({ strength }) => strength)).toEqual(keys.map(() => 'reduced'));
    // It answers CKA_LOCAL = false for a key that it has just made: nothing is concluded from that.
    for (const { attestation } of keys) expect(attestation).toMatchObject({ sensitive: true, extractable: false });
    for (const { attestation } of keys) expect(attestation.local).toBeUndefined();
    expect(report.processes).toBe(1);
    expect(report.stored).toEqual({ storing: 'unsupported', read: [] });
    expect(verdicts.map(({ verdict }) => verdict)).toEqual(['accept', 'accept']);
  });

  test('a new key under a CKA_ID in use would replace the old one silently: it is not asked for', async () => {
    await using lab = await nss();
    using process = new KeystoreProcess(moduleSettings(lab.uri));
    await process.ask('open', { module: modulePathOf(lab.uri), match: { token: lab.uri.token! } }, LIMIT_MS);
    const pin = { kind: 'file', path: lab.uri.pinSource!.replace(/^file:/, '') } as const;
    const rules = { refusedPins: [userRefusedPins(lab.env)], forceFinalTry: false, wasAccepted: false };
    expect(await process.ask('login', { pin, rules }, LIMIT_MS)).toEqual({ kind: 'logged-in' });
    const order = { id: Uint8Array.of(1, 2, 3, 4), label: 'example.org. ksk 13', role: 'ksk', algorithm: 13, bits: 0 } as const;
    const { publicKey } = await process.ask('generate', order, LIMIT_MS);
    await expect(process.ask('generate', order, LIMIT_MS)).rejects.toMatchObject({
      failure: { kind: 'policy', name: 'the CKA_ID is in use' },
    });
    const [kept] = await process.ask('list-keys', { id: order.id }, LIMIT_MS);
    expect(kept?.publicKey).toEqual(publicKey);
  });

  test('without x-library-parameters the module refuses to start, and the fault says so', async () => {
    await using lab = await nss();
    const { libraryParameters: _parameters, ...uri } = lab.uri;
    await expect(openKeystore({ uri, pin: choosePinSource(uri), workers: 1 })).rejects.toMatchObject({
      message: expect.stringContaining('C_Initialize failed with CKR_ARGUMENTS_BAD'),
    });
  });
});
