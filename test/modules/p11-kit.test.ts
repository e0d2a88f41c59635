import { describe, expect } from 'vitest';
import { P11_KIT_PACKAGES, p11KitRemote } from './labs/p11-kit.ts';
import { expectAllDone } from './support/expectations.ts';
import { RemoteSigner, tryToOpen } from './support/remote-signer.ts';
import { exerciseWithZone } from './support/run.ts';
import { testsOf } from './support/tests-of.ts';

const now = Math.floor(Date.now() / 1000);
const test = testsOf(P11_KIT_PACKAGES);

describe('a token behind the server of p11-kit', () => {
  test('what the wire protocol lets through: no EdDSA; a zone', async () => {
    await using lab = await p11KitRemote();
    const algorithms = [8, 13, 14, 15, 16].map((algorithm) => ({ algorithm }));
    const { report, verdicts } = await exerciseWithZone(lab, { algorithms, workers: 1, zone: { algorithm: 13 } }, now);
    expectAllDone(report, [8, 13, 14], [15, 16]);
    expect(report.stored).toEqual({ storing: 'stored', read: ['010203fa'] });
    expect(verdicts.map(({ verdict }) => verdict)).toEqual(['accept', 'accept']);
  });

  test('the server is started anew between two batches: a new child process signs on', async () => {
    await using lab = await p11KitRemote();
    await using signer = new RemoteSigner(lab);
    expect(await signer.opened).toMatchObject({ kind: 'ready' });
    expect(await signer.sign(3)).toEqual({ kind: 'signed', count: 3 });
    await lab.server.stop();
    await lab.server.start();
    expect(await signer.sign(3)).toEqual({ kind: 'signed', count: 3 });
  });

  test('without the server there is no token: refused with what is present', async () => {
    await using lab = await p11KitRemote();
    await lab.server.stop();
    expect(await tryToOpen(lab)).toMatchObject({ kind: 'failed', code: 'token/not-found', text: expect.stringContaining('present: none') });
  });
});
