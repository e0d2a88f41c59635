import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Io } from '../../src/io.ts';
import { withSession } from '../../src/workspace/session.ts';
import { EXAMPLE_ZONE, inProcess, makeTestWorkspace, type TestWorkspace } from '../support/workspace.ts';
import { entriesOf, expectRefused, Stage, WITHOUT_JUDGES } from '../workspace/stage.ts';
import { copyToken, fingerprintOf, keysOf, keyWithTag, takeAway, tokenUri, tokenWithKey, withReplicas } from './stage.ts';

/** What a command that was interrupted at the token leaves: an intent without a result. */
async function leaveIntentOpen(dir: string): Promise<void> {
  const io: Io = { out: { write: () => true }, err: { write: () => true } as unknown as Io['err'] };
  await withSession({ dir, command: 'key generate', now: Math.floor(Date.now() / 1000), nowGiven: false }, io, async (session) => {
    const { token } = await session.tokens.keystore('zsk');
    session.append('key.generate.intent', {
      ...{ zone: 'example.', role: 'zsk', algorithm: 13, label: 'example. zsk 13' },
      ...{ token: 'zsk', serial: token.serial, before: [] },
    });
    return 0;
  });
}

/** What an auditor makes of it. */
async function expectVerified(workspace: TestWorkspace): Promise<void> {
  await workspace.must('audit', 'export', workspace.path('export.tar'));
  const verified = await inProcess('audit', 'verify', workspace.path('export.tar'));
  expect(`${verified.status} ${verified.out}${verified.err}`).toMatch(/^0 /);
}

let stage: Stage;

beforeAll(async () => {
  stage = new Stage(await makeTestWorkspace({ zones: { 'example.': EXAMPLE_ZONE }, config: WITHOUT_JUDGES }));
});
afterAll(() => stage[Symbol.dispose]());

test('a key is published when every token has signed a challenge and the DNSKEY RRset; a token that is gone later stops nothing', async () => {
  const workspace = stage.copy();
  const first = tokenUri(workspace);
  const second = copyToken(first, stage.path('copy'));
  workspace.edit(withReplicas([first, second]));
  await workspace.must('policy', 'apply');
  await workspace.must('zone', 'sign', 'example.');
  const proofs = entriesOf(workspace).flatMap((entry) => (entry.type === 'key.proved' ? [entry.data] : []));
  const keys = keysOf(workspace);
  expect(proofs.map(({ key }) => key.keyTag).sort()).toEqual(keys.map(({ keyTag }) => keyTag).sort());
  expect(proofs.map(({ tokens, rrset }) => [tokens.length, rrset?.length])).toEqual([
    [2, 64],
    [2, 64],
  ]);
  // Of the KSK the octets are those of the zone, of the ZSK they carry its own tag: two digests.
  expect(new Set(proofs.map(({ rrset }) => rrset)).size).toBe(2);

  // Proved keys are not proved again; and the first token out of reach, the second one signs. The audit key is on the first too: a replica for it.
  workspace.edit(withReplicas([first, second], [first, second]));
  await workspace.must('policy', 'apply');
  const back = takeAway(first);
  const signed = await workspace.must('zone', 'sign', 'example.');
  back();
  expect(signed.err).toContain('warning: token 1 of 2 for ksk');
  const later = entriesOf(workspace);
  expect(later.filter(({ type }) => type === 'key.proved').length).toBe(2);
  const anomalies = later.flatMap((entry) => (entry.type === 'log.anomaly' ? [entry.data] : []));
  expect(anomalies.filter(({ kind }) => kind === 'token-left-out').map(({ text }) => text)).toEqual(
    expect.arrayContaining([expect.stringContaining('token 1 of 2 for audit'), expect.stringContaining('token 1 of 2 for ksk')]),
  );
  await expectVerified(workspace);
});

test('same label, same CKA_ID, same key tag and another key: refused with both fingerprints, before anything is signed', async () => {
  const workspace = stage.copy();
  const first = tokenUri(workspace);
  const zsk = keysOf(workspace).find(({ role }) => role === 'zsk')!;
  const other = keyWithTag(256, zsk.keyTag);
  const second = tokenWithKey(stage.path('other'), 'second', other, zsk);
  workspace.edit((text) => withReplicas([first])(text).replace(/^ {2}zsk: .*$/m, `  zsk: ${JSON.stringify([first, second])}`));
  await workspace.must('policy', 'apply');
  const own = createHash('sha256').update(Buffer.from(zsk.dnskey, 'base64')).digest('hex');
  const foreign = fingerprintOf(other, 256);
  expect(own).not.toBe(foreign);
  const before = entriesOf(workspace).length;
  const refused = await workspace.run('zone', 'sign', 'example.');
  expectRefused(
    refused,
    'key/replicas-differ',
    own,
    foreign,
    new RegExp(`token 2 of 2 for zsk \\(second\\), .*serial [0-9a-f]+\\)?: SHA-256 ${foreign} \\(key tag ${zsk.keyTag}\\)`),
  );
  const entries = entriesOf(workspace).slice(before);
  expect(entries.map(({ type }) => type)).not.toContain('sign.intent');
  const entry = entries.find(({ type }) => type === 'key.refused');
  expect(entry?.data).toMatchObject({ code: 'key/replicas-differ', key: { zone: 'example.', keyTag: zsk.keyTag, id: zsk.id } });
  expectRefused(await workspace.run('key', 'prove', '--zone', 'example.'), 'key/replicas-differ', foreign);
  await expectVerified(workspace);
});

test('a token that lacks the key, or cannot be reached, keeps it from being published for the first time', async () => {
  const workspace = stage.copy();
  const first = tokenUri(workspace);
  const second = copyToken(first, stage.path('lacking'));
  workspace.edit(withReplicas([first, second]));
  await workspace.must('policy', 'apply');
  const made = await workspace.must('key', 'generate', '--zone', 'example.', '--role', 'zsk');
  expect(made.err).toMatch(/is not on token 2 of 2 for zsk .* yet: it has no key "example\. zsk 13"/);
  expect(made.err).toContain('coldsign key backup and key restore');
  expectRefused(await workspace.run('zone', 'sign', 'example.'), 'key/replica-missing', 'token 2 of 2 for zsk');
  const proved = await workspace.run('key', 'prove', '--all');
  expect(proved.status).toBe(1);
  expect(proved.out).toMatch(/example\.\s+ZSK\s+\d+\s+token 2 of 2 for zsk .*missing: it has no key/);
  expect(proved.out.match(/ {2}proved$/gm)?.length).toBe(5);
  const back = takeAway(second);
  expectRefused(await workspace.run('zone', 'sign', 'example.'), 'key/replica-missing', /token 2 of 2 for [kz]sk .*CKR_GENERAL_ERROR/);
  back();
});

test('a token that is gone does not block what does not need it: an intent on it stays open', async () => {
  const workspace = stage.copy();
  const first = tokenUri(workspace);
  const lone = tokenWithKey(stage.path('lone'), 'lone', keyWithTag(256, keysOf(workspace)[0]!.keyTag ^ 1), { id: 'aa01', label: 'x' });
  workspace.edit((text) => withReplicas([first])(text).replace(/^ {2}zsk: .*$/m, `  zsk: ${JSON.stringify(lone)}`));
  await workspace.must('policy', 'apply');
  await leaveIntentOpen(workspace.dir);
  const back = takeAway(lone);
  const ran = await workspace.must('policy', 'apply');
  expect(ran.err).toMatch(/warning: key\.generate of .* stays open until its token can be asked/);
  expectRefused(await workspace.run('key', 'generate', '--zone', 'example.', '--role', 'zsk'), 'key/generation-open');
  back();
  const resolved = await workspace.must('policy', 'apply');
  expect(resolved.err).toMatch(/key\.generate of .* is abandoned: the token has no new key/);
});
