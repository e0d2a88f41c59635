import { describe, expect } from 'vitest';
import { TPM_PACKAGES, tpm2 } from './labs/tpm2.ts';
import { expectAllDone } from './support/expectations.ts';
import { RemoteSigner } from './support/remote-signer.ts';
import { exerciseWithZone } from './support/run.ts';
import { testsOf } from './support/tests-of.ts';

const now = Math.floor(Date.now() / 1000);
const test = testsOf(TPM_PACKAGES);

describe('tpm2-pkcs11 on a software TPM', () => {
  test('RSA and the NIST curves with the reduced template; RSA signed by the hashing mechanism; a zone; then the TPM is switched off', async () => {
    await using lab = await tpm2();
    const algorithms = [8, 13, 14, 15].map((algorithm) => ({ algorithm }));
    const { report, verdicts } = await exerciseWithZone(lab, { algorithms, messages: 6, zone: { algorithm: 13 } }, now);
    const keys = expectAllDone(report, [8, 13, 14], [15]);
    expect(keys.map(({ strength }) => strength)).toEqual(keys.map(() => 'reduced'));
    expect(verdicts.map(({ verdict }) => verdict)).toEqual(['accept', 'accept']);

    await using signer = new RemoteSigner(lab);
    expect(await signer.opened).toMatchObject({ kind: 'ready' });
    expect(await signer.sign(2)).toEqual({ kind: 'signed', count: 2 });
    await lab.stopTpm();
    // CKR_GENERAL_ERROR of a device that is gone: bounded tries with new processes, then a fault.
    expect(await signer.sign(2)).toMatchObject({ kind: 'failed', code: expect.stringMatching(/^token\//) });
  });
});
