import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { Pkcs11Uri } from '../../keystore/pkcs11/uri.ts';
import { CARD_PACKAGES, type CardLab, smartCardHsm } from './labs/smart-card-hsm.ts';
import { expectAllDone } from './support/expectations.ts';
import { pinFile } from './support/lab.ts';
import { missingOptional } from './support/packages.ts';
import { RemoteSigner, type SignerAnswer, tryToOpen } from './support/remote-signer.ts';
import { exerciseWithZone } from './support/run.ts';
import { testsOf } from './support/tests-of.ts';

const now = Math.floor(Date.now() / 1000);
const test = testsOf(CARD_PACKAGES);

describe('OpenSC with a SmartCard-HSM', () => {
  let lab: CardLab;
  beforeAll(async () => {
    if (missingOptional(CARD_PACKAGES).length === 0) lab = await smartCardHsm();
  });
  afterAll(() => lab?.[Symbol.asyncDispose]());

  // A few signatures a second: what the tests ask of it stays small.
  test('RSA and the NIST curves; a zone; it cannot tell whether a key is sensitive', async () => {
    const algorithms = [8, 13, 15].map((algorithm) => ({ algorithm }));
    const { report, verdicts } = await exerciseWithZone(lab, { algorithms, messages: 3, zone: { algorithm: 13 } }, now);
    const keys = expectAllDone(report, [8, 13], [15]);
    for (const { attestation } of keys) expect(attestation.sensitive).toBeUndefined();
    // OpenSC says "SmartCard-HSM (UserPIN)".
    expect(report.token.label).toBe('SmartCard-HSM');
    expect(report.processes).toBe(1);
    // It keeps keys and certificates; OpenSC refuses a data object on it or, now and then, keeps one: what is said must be what is there.
    const { storing, read } = report.stored!;
    expect(read).toEqual(storing === 'stored' ? ['010203fa'] : []);
    expect(verdicts.map(({ verdict }) => verdict)).toEqual(['accept', 'accept']);
  });

  // PKCS#11 2.40, CKR_DEVICE_REMOVED: "The token was removed from its slot during the execution of the function".
  test('pulled in the midst of a batch: refused while it is out; put back, the same key signs', async () => {
    let id = '';
    {
      await using signer = new RemoteSigner(lab);
      const opened = await signer.opened;
      if (opened.kind !== 'ready') throw new Error(JSON.stringify(opened));
      id = opened.id;
      await lab.card.pullAt(3);
      const answer = await signer.sign(6);
      expect(answer).toMatchObject({ kind: 'failed', code: expect.stringMatching(/^token\/(not-found|device)$/) });
      expect(await tryToOpen(lab, withId(id))).toMatchObject({ kind: 'failed', code: 'token/not-found' });
    }
    await lab.card.insert();
    await using again = new RemoteSigner(lab, withId(id));
    expect(await again.opened).toMatchObject({ kind: 'ready', id });
    // Out and in again between two batches: the sessions are gone, the keystore opens new ones.
    await lab.card.pull();
    await lab.card.insert();
    expect(await again.sign(3)).toEqual({ kind: 'signed', count: 3 });
  });

  test('two wrong PINs: the last try is not spent, with a wrong PIN or the right one', async () => {
    expect(await tryToOpen(lab, withPin('wrong-1', '111122'))).toMatchObject({ kind: 'failed', code: 'pin/incorrect' });
    expect(await tryToOpen(lab, withPin('wrong-2', '222233'))).toMatchObject({ kind: 'failed', code: 'pin/incorrect' });
    const third: SignerAnswer = await tryToOpen(lab, withPin('wrong-3', '333344'));
    expect(third).toMatchObject({ kind: 'failed', code: expect.stringMatching(/^pin\//) });
    expect(await tryToOpen(lab)).toEqual({ ...third, text: expect.stringMatching(/one try is left/) });
  });

  function withPin(name: string, pin: string): Pkcs11Uri {
    const file = join(lab.folder, name);
    writeFileSync(file, pin, { mode: 0o600 });
    return { ...lab.uri, pinSource: pinFile(file) };
  }

  function withId(id: string): Pkcs11Uri {
    return { ...lab.uri, id: Uint8Array.fromHex(id) };
  }
});
