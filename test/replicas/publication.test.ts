import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LoggedKey } from '../../src/audit/entry.ts';
import { placesOf } from '../../src/replicas/prove.ts';
import { emptyState, factsName, keyFacts } from '../../src/state/state.ts';
import { WorkspaceTokens } from '../../src/workspace/tokens.ts';
import { EXAMPLE_ZONE, makeTestWorkspace, type TestWorkspace } from '../support/workspace.ts';
import { entriesOf, Stage, WITHOUT_JUDGES } from '../workspace/stage.ts';
import { copyToken, keysOf, takeAway, tokenUri, withReplicas } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = new Stage(await makeTestWorkspace({ zones: { 'example.': EXAMPLE_ZONE }, config: WITHOUT_JUDGES }));
});
afterAll(() => stage[Symbol.dispose]());

/** Proofs that the command has put into the log: on how many tokens, and whether over the DNSKEY RRset. */
async function proofsOf(workspace: TestWorkspace, ...command: readonly string[]): Promise<readonly (readonly [number, boolean])[]> {
  const before = entriesOf(workspace).length;
  await workspace.must(...command);
  const fresh = entriesOf(workspace).slice(before);
  return fresh.flatMap(({ type, data }) => (type === 'key.proved' ? [[data.tokens.length, data.rrset !== undefined] as const] : []));
}

test('"before a key may be published, every replica signs a random challenge and the first planned DNSKEY RRset": a challenge alone does not do', async () => {
  const workspace = stage.copy();
  const first = tokenUri(workspace);
  workspace.edit(withReplicas([first, copyToken(first, stage.path('second'))]));
  await workspace.must('policy', 'apply');
  const challenged = [
    [2, false],
    [2, false],
  ];
  const published = [
    [2, true],
    [2, true],
  ];
  // A DS at the parent is a publication too.
  expect((await workspace.must('key', 'ds')).err).toMatch(/warning: KSK \d+ of example\. is not proved on every token for ksk/);
  expect(await proofsOf(workspace, 'key', 'prove', '--all')).toEqual(challenged);
  expect((await workspace.must('key', 'ds')).err).toBe('');
  expect(await proofsOf(workspace, 'zone', 'sign', 'example.')).toEqual(published);
  expect(await proofsOf(workspace, 'zone', 'sign', 'example.')).toEqual([]);

  // A clone has label and serial number of the token whose place it takes: nothing says yet that the key on it is the same.
  workspace.edit(withReplicas([first, copyToken(first, stage.path('third'))]));
  await workspace.must('policy', 'apply');
  expect(await proofsOf(workspace, 'zone', 'sign', 'example.')).toEqual(published);
});

test('two URIs of one token are one token that has signed', async () => {
  const workspace = stage.copy();
  const first = tokenUri(workspace);
  workspace.edit(withReplicas([first, first.replace(/;serial=[^;?]*/, '')]));
  await workspace.must('policy', 'apply');
  expect(await proofsOf(workspace, 'key', 'prove', '--all')).toEqual([
    [1, false],
    [1, false],
  ]);
});

test('where the tokens of a role are is told by their URIs, whatever their order and wherever their PINs come from', async () => {
  const io = { out: { write: () => true }, err: { write: () => true } as unknown as NodeJS.WriteStream };
  const [key] = keysOf(stage.original) as [LoggedKey];
  const places = async (...ksk: readonly string[]): Promise<string> => {
    await using tokens = new WorkspaceTokens({ uris: { ksk, zsk: [], audit: [] } }, io);
    return placesOf({ tokens }, key);
  };
  const [a, b] = ['pkcs11:token=a;serial=1?module-path=/m.so', 'pkcs11:token=a;serial=1?module-path=/n.so'] as const;
  expect(await places(a, b)).toBe(await places(b, `${a}&pin-source=file:/pin`));
  expect(await places(a, b)).not.toBe(await places(a, a));
  expect(await places(a, b)).not.toBe(await places(a));
  expect(await places(a)).toBe(createHash('sha256').update(a).digest('hex'));
});

test('keys of other programs may share a CKA_ID, or have none: what is known of one is not known of the other', () => {
  const state = emptyState();
  const key = (keyTag: number, id: string) => ({ zone: 'z.', keyTag, id });
  keyFacts(state, key(1, '01')).drilled = { time: '2026-01-01T00:00:00Z', method: 'token-archive' };
  expect(keyFacts(state, key(2, '01'))).toEqual({});
  expect(keyFacts(state, key(1, '01')).drilled).toBeDefined();
  expect(factsName(key(1, ''))).not.toBe(factsName(key(2, '')));
});

test('a token that cannot be opened does not hide the others from key list --live and --unused: it is told, and the list is not taken for whole', async () => {
  const workspace = stage.copy();
  const first = tokenUri(workspace);
  const second = copyToken(first, stage.path('away'));
  workspace.edit(withReplicas([first, second]));
  await workspace.must('policy', 'apply');
  expect((await workspace.run('key', 'list', '--live')).status).toBe(0);
  const back = takeAway(second);
  const live = await workspace.run('key', 'list', '--live', '--json');
  expect([live.status, live.err]).toEqual([1, expect.stringMatching(/warning: token 2 of 2 for ksk .* was not looked at: /)]);
  const rows = JSON.parse(live.out) as readonly { readonly missing: object[]; readonly unseen: { readonly place: string }[] }[];
  expect(rows.map(({ missing, unseen }) => [missing.length, unseen.map(({ place }) => place.slice(0, 18))])).toEqual([
    [0, ['token 2 of 2 for k']],
    [0, ['token 2 of 2 for z']],
  ]);
  const unused = await workspace.run('key', 'list', '--unused', '--json');
  expect([unused.status, JSON.parse(unused.out)]).toEqual([1, []]);
  back();
  takeAway(first);
  takeAway(second);
  expect((await workspace.run('key', 'list', '--live')).err).toContain('coldsign: error token/');
});
