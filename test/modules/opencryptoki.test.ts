import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { OPENCRYPTOKI_PACKAGES, openCryptoki } from './labs/opencryptoki.ts';
import { expectAllDone } from './support/expectations.ts';
import { pinFile } from './support/lab.ts';
import { tryToOpen } from './support/remote-signer.ts';
import { exerciseWithZone } from './support/run.ts';
import { testsOf } from './support/tests-of.ts';

const now = Math.floor(Date.now() / 1000);
const test = testsOf(OPENCRYPTOKI_PACKAGES);

describe('openCryptoki', () => {
  test('RSA only, with raw PKCS#1 signatures and without CKA_COPYABLE; a zone', async () => {
    await using lab = await openCryptoki();
    const algorithms = [8, 10, 13, 15].map((algorithm) => ({ algorithm }));
    const { report, verdicts } = await exerciseWithZone(lab, { algorithms, zone: { algorithm: 8 } }, now);
    const keys = expectAllDone(report, [8, 10], [13, 15]);
    expect(keys.map(({ strength }) => strength)).toEqual(['reduced', 'reduced']);
    // It would make keys extractable and not sensitive where nothing is said.
    for (const { attestation } of keys) expect(attestation).toMatchObject({ sensitive: true, extractable: false });
    expect(report.stored).toEqual({ storing: 'stored', read: ['010203fa'] });
    expect(verdicts.map(({ verdict }) => verdict)).toEqual(['accept', 'accept']);
  });

  // PKCS#11 2.40 C_Login: CKR_PIN_LOCKED after too many tries. The token locks at the third; the program never makes it.
  test('two wrong PINs: the last try is not spent, with a wrong PIN or the right one', async () => {
    await using lab = await openCryptoki();
    const withPin = (name: string, pin: string): typeof lab.uri => {
      const file = join(lab.folder, name);
      writeFileSync(file, pin, { mode: 0o600 });
      return { ...lab.uri, pinSource: pinFile(file) };
    };
    expect(await tryToOpen(lab, withPin('wrong-1', '11112222'))).toMatchObject({ kind: 'failed', code: 'pin/incorrect' });
    expect(await tryToOpen(lab, withPin('wrong-2', '22223333'))).toMatchObject({ kind: 'failed', code: 'pin/incorrect' });
    const third = await tryToOpen(lab, withPin('wrong-3', '33334444'));
    expect(third).toMatchObject({ kind: 'failed', code: expect.stringMatching(/^pin\//) });
    // Had the third been a try, the token would be locked now, and say so.
    const right = await tryToOpen(lab);
    expect(right).toEqual({ ...third, text: expect.stringMatching(/one try is left/) });
  });
});
