import { expect } from 'vitest';
import { printPkcs11Uri } from '../../keystore/pkcs11/uri.ts';
import { NSS_PACKAGES, nss } from '../modules/labs/nss.ts';
import { testsOf } from '../modules/support/tests-of.ts';
import { makeTestToken } from '../support/token.ts';
import { EXAMPLE_ZONE, makeTestWorkspace } from '../support/workspace.ts';
import { entriesOf, WITHOUT_JUDGES } from '../workspace/stage.ts';
import { keysOf, tokenUri } from './stage.ts';

const test = testsOf(NSS_PACKAGES);

test('KSK, ZSK and the key of the log each on a token of its own, of two vendors, with PINs of their own, in one run', async () => {
  await using lab = await nss();
  using ksks = await makeTestToken('ksks');
  const zskUri = printPkcs11Uri(lab.uri);
  using workspace = await makeTestWorkspace({ config: WITHOUT_JUDGES });
  const audit = tokenUri(workspace, 'audit');
  const file = workspace.write('example.zone', EXAMPLE_ZONE);
  await workspace.must('zone', 'add', 'example.', '--source', file);
  const roles = [
    ['ksk', ksks.uriText],
    ['zsk', zskUri],
    ['audit', audit],
  ];
  const tokens = `tokens:\n${roles.map(([role, uri]) => `  ${role}: ${JSON.stringify(uri)}\n`).join('')}`;
  workspace.edit((text) => text.replace(/^tokens:\n(?: {2}.*\n)+/m, tokens));
  await workspace.must('policy', 'apply');
  await workspace.must('key', 'generate', '--zone', 'example.');
  await workspace.must('zone', 'sign', 'example.');
  const proofs = entriesOf(workspace).flatMap((entry) => (entry.type === 'key.proved' ? [entry.data] : []));
  const labels = Object.fromEntries(
    keysOf(workspace).map(({ role, keyTag }) => [role, proofs.find(({ key }) => key.keyTag === keyTag)?.tokens]),
  );
  expect(labels['ksk']?.map(({ label }) => label)).toEqual(['ksks']);
  expect(labels['zsk']?.map(({ label }) => label)).toEqual([lab.uri.token]);
});
