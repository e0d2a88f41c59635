import { afterAll, beforeAll, expect, test } from 'vitest';
import { openKeystore } from '../../keystore/keystore.ts';
import { choosePinSource } from '../../keystore/pin/source.ts';
import { parsePkcs11Uri } from '../../keystore/pkcs11/uri.ts';
import { revokedKeyTag } from '../../signer/dnssec/dnskey.ts';
import type { LoggedKey, LoggedRelease } from '../../src/audit/entry.ts';
import { keyToDestroy } from '../../src/keys/destroy-key.ts';
import { overviews } from '../../src/keys/key-overview.ts';
import { emptyState, keyFacts, zoneState } from '../../src/state/state.ts';
import type { ArtifactStore } from '../../src/workspace/artifacts.ts';
import { EXAMPLE_ZONE, makeTestWorkspace, type TestWorkspace } from '../support/workspace.ts';
import { addForeign, keysOf, tokenUri, WITHOUT_JUDGES } from './stage.ts';

let workspace: TestWorkspace;
beforeAll(async () => {
  workspace = await makeTestWorkspace({ zones: { 'example.': EXAMPLE_ZONE }, config: WITHOUT_JUDGES });
});
afterAll(() => workspace[Symbol.dispose]());

const listed = async (...args: readonly string[]): Promise<Record<string, unknown>[]> =>
  JSON.parse((await workspace.must('key', 'list', '--json', ...args)).out) as Record<string, unknown>[];

test('without a token: standby, then published, each key with all that the log has', async () => {
  expect((await listed()).map(({ role, state, origin, restored }) => [role, state, origin, restored])).toEqual([
    ['ksk', 'standby', 'generated', []],
    ['zsk', 'standby', 'generated', []],
  ]);
  await workspace.must('zone', 'sign', 'example.');
  const rows = await listed();
  expect(rows.map(({ state }) => state)).toEqual(['published', 'published']);
  for (const [i, key] of keysOf(workspace).entries()) {
    expect(rows[i]).toMatchObject({ ...key, revokedKeyTag: revokedKeyTag(Buffer.from(key.dnskey, 'base64')) });
    expect(rows[i]?.['tokens']).toMatchObject([{ serial: key.serial, known: 'made' }]);
  }
});

test('--live marks a key that is missing on a token; --unused lists what nothing explains, and changes nothing', async () => {
  expect(await listed('--unused')).toEqual([]);
  addForeign(workspace, [
    { kind: 'pair', label: 'of another program', id: 'aa01', algorithm: 8 },
    { kind: 'data', label: 'a file', application: 'another program' },
    { kind: 'secret', label: 'kek', id: 'aa02' },
  ]);
  const unused = await listed('--unused');
  expect(unused.map(({ kind, id, label, what }) => [kind, id, label, what])).toEqual([
    ['data', '', 'a file', 'of another program'],
    ['private-key', 'aa01', 'of another program', 'RSA 2048'],
    ['public-key', 'aa01', 'of another program', 'RSA 2048'],
    ['secret-key', 'aa02', 'kek', ''],
  ]);
  const before = await listed('--live');
  expect(before.map(({ missing }) => missing)).toEqual([[], []]);
  const [ksk] = keysOf(workspace) as [LoggedKey];
  const uri = parsePkcs11Uri(tokenUri(workspace));
  await using keystore = await openKeystore({ uri, pin: choosePinSource(uri), workers: 1 });
  await keystore.destroyKey(keyToDestroy(ksk));
  const { out, err } = await workspace.must('key', 'list', '--live');
  expect(out).toContain(`${ksk.serial} (missing)`);
  expect(err).toContain(`warning: key ${ksk.keyTag} of example. is not on the token coldsign`);
  expect(await listed('--unused')).toEqual(unused);
});

test('--all, --live and --unused are about a workspace', async () => {
  const refused = await workspace.run('key', 'list', '--token', tokenUri(workspace), '--unused');
  expect([refused.status, refused.err]).toEqual([2, expect.stringContaining('error usage/list-what')]);
});

test('a key that left the newest release is withdrawn; a restored key is shown as restored for ever', () => {
  const state = emptyState();
  const key = (keyTag: number, id: string): LoggedKey => ({
    zone: 'z.',
    role: 'ksk',
    algorithm: 13,
    keyTag,
    dnskey: keysOf(workspace)[0]!.dnskey,
    id,
    label: 'k',
    token: 'ksk',
    serial: 's1',
  });
  const { keys, past, releases } = zoneState(state, 'z.');
  keys.push(key(1, 'aa'), key(2, ''), key(3, ''));
  past.push(key(4, 'dd'));
  const release = (...keyTags: number[]): LoggedRelease => ({ zone: 'z.', serial: keyTags[0]!, keyTags }) as unknown as LoggedRelease;
  releases.push(release(1, 2), release(2));
  const token = { label: 'spare', serial: 's2' };
  keyFacts(state, key(2, '')).restored = [{ time: '2026-01-02T00:00:00Z', token, reason: 'the token broke' }];
  const list = { sha256: '00', size: 0, name: 'keys' };
  state.bulk.push({ type: 'key.restored', seq: 9, time: '2026-01-01T00:00:00Z', keys: list });
  const artifacts = { get: () => Buffer.from(JSON.stringify([{ zone: 'z.', keyTag: 2, id: '' }])) } as unknown as ArtifactStore;
  const rows = overviews({ state, artifacts }, ['z.'], true);
  expect(rows.map((row) => row.state)).toEqual(['withdrawn', 'published', 'standby', 'destroyed']);
  expect(rows.map(({ restored }) => restored.length)).toEqual([0, 2, 0, 0]);
  expect(rows[1]?.tokens).toEqual([
    { serial: 's1', known: 'made' },
    { ...token, known: 'restored' },
  ]);
  expect(overviews({ state, artifacts }, ['z.'], false)).toHaveLength(3);
});
