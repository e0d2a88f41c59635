import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { modulePathOf, parsePkcs11Uri } from '../../keystore/pkcs11/uri.ts';
import { Fault } from '../../signer/errors.ts';
import { repairTokenFolder } from '../../softhsm/token.ts';
import type { EntryData } from '../../src/audit/entry.ts';
import { makeJudgePanel } from '../../src/release/gate.ts';
import { makeRelease } from '../../src/release/make-release.ts';
import { readWorkspace } from '../../src/workspace/read-only.ts';
import { type Session, withSession } from '../../src/workspace/session.ts';
import { NODE } from '../support/cli.ts';
import { EXAMPLE_ZONE, makeTestWorkspace, type TestWorkspace } from '../support/workspace.ts';
import { expectRefused, expectSealed, logged, Stage, stateOf, WITHOUT_JUDGES } from './stage.ts';

const MAKE_KEY = fileURLToPath(new URL('./make-key.ts', import.meta.url));
const LABEL = 'a. zsk 13';
const zoneText = (name: string): string => EXAMPLE_ZONE.replaceAll('example.', name);

let stage: Stage;
beforeAll(async () => {
  const zones = Object.fromEntries(['a.', 'b.', 'c.'].map((name) => [name, zoneText(name)]));
  stage = new Stage(await makeTestWorkspace({ zones, config: WITHOUT_JUDGES }));
});
afterAll(() => stage[Symbol.dispose]());

/** A command that does what it does and then fails, as one does that is killed: the log has no word of the rest. */
async function interrupted(workspace: TestWorkspace, command: string, use: (session: Session) => Promise<void> | void): Promise<void> {
  const io = { out: { write: () => true }, err: { write: () => true } as unknown as NodeJS.WriteStream };
  const request = { dir: workspace.dir, command, now: Math.floor(Date.now() / 1000), nowGiven: false };
  const failing = withSession(request, io, async (session) => {
    await use(session);
    throw new Fault('token/failed', 'the token is gone', 'connect it again');
  });
  await expect(failing).rejects.toThrow('the token is gone');
}

const keyTags = (workspace: TestWorkspace): readonly number[] => stateOf(workspace).zones['a.']!.keys.map(({ keyTag }) => keyTag);

describe('a key.generate.intent without a result: "resolved by looking at the token, never by guessing"', () => {
  const intent = (session: Session, more: Partial<EntryData['key.generate.intent']> = {}): void => {
    const before = session.state.zones['a.']!.keys.filter(({ role }) => role === 'zsk').map(({ id }) => id);
    session.append('key.generate.intent', { zone: 'a.', role: 'zsk', algorithm: 13, label: LABEL, token: 'zsk', before, ...more });
  };

  /** Something makes a key pair under the label, as the token would have: a PKCS#11 module lives as long as its process. */
  function makeKey(workspace: TestWorkspace, how: 'safe' | 'extractable' | 'wrappable' | 'p384'): void {
    const uri = parsePkcs11Uri(readWorkspace(workspace.dir).config.tokens.zsk[0]!);
    repairTokenFolder(workspace.path('token'));
    const env = { ...process.env, SOFTHSM2_CONF: uri.softhsmConf };
    execFileSync(NODE, [MAKE_KEY, modulePathOf(uri), workspace.path('token', 'pin'), LABEL, how], { env });
  }

  test('a good key that was made is taken', async () => {
    const workspace = stage.copy();
    await interrupted(workspace, 'key generate', (session) => intent(session));
    makeKey(workspace, 'safe');
    const { err } = await workspace.must('zone', 'sign', 'a.');
    expect(err).toContain('is completed: the token has the key');
    expect(keyTags(workspace)).toHaveLength(3);
  });

  test('a key that the token gives out is not: making it would have been refused with key/extractable', async () => {
    const workspace = stage.copy();
    const before = keyTags(workspace);
    await interrupted(workspace, 'key generate', (session) => intent(session));
    makeKey(workspace, 'extractable');
    const { err } = await workspace.must('zone', 'sign', 'a.');
    expect(err).toContain('is abandoned: ');
    expect(err).toContain('which is not used: the token reports it as extractable');
    expect(keyTags(workspace)).toEqual(before);
  });

  test('a key that was to leave the token wrapped is taken, and nothing else that is extractable', async () => {
    const [asked, unasked] = [stage.copy(), stage.copy()];
    await interrupted(asked, 'key generate', (session) => intent(session, { wrappable: true }));
    await interrupted(unasked, 'key generate', (session) => intent(session));
    for (const workspace of [asked, unasked]) makeKey(workspace, 'wrappable');
    expect((await asked.must('zone', 'sign', 'a.')).err).toContain('is completed: the token has the key');
    expect((await unasked.must('zone', 'sign', 'a.')).err).toContain('which is not used: the token reports it as extractable');
    expect([keyTags(asked).length, keyTags(unasked).length]).toEqual([3, 2]);
  });

  test('a key with a tag that was to be avoided is not', async () => {
    const workspace = stage.copy();
    makeKey(workspace, 'safe');
    const { out } = await workspace.must('key', 'list', '--token', readWorkspace(workspace.dir).config.tokens.zsk[0]!, '--json');
    const listed = JSON.parse(out) as readonly { readonly id: string; readonly keyTag: number }[];
    const { keyTag } = listed.find(({ id }) => id === '07'.repeat(16))!;
    await interrupted(workspace, 'key generate', (session) => intent(session, { avoidTags: [keyTag] }));
    expect((await workspace.must('zone', 'sign', 'a.')).err).toContain(`is ${keyTag}, which was to be avoided`);
    expect(keyTags(workspace)).not.toContain(keyTag);
  });

  test('a key that cannot sign for the algorithm is not: the zone could not be signed any more', async () => {
    const workspace = stage.copy();
    const before = keyTags(workspace);
    await interrupted(workspace, 'key generate', (session) => intent(session));
    makeKey(workspace, 'p384');
    const { err } = await workspace.must('zone', 'sign', 'a.');
    expect(err).toContain('which is not used: ');
    expect(keyTags(workspace)).toEqual(before);
  });

  test('a key of the zone that has its result already is no second one', async () => {
    const workspace = stage.copy();
    const before = keyTags(workspace);
    await interrupted(workspace, 'key generate', (session) => intent(session, { before: [] }));
    await workspace.must('zone', 'sign', 'a.');
    expect(logged(workspace, 'intent.resolved').at(-1)).toMatchObject({
      outcome: 'abandoned',
      found: `the token has no new key "${LABEL}"`,
    });
    expect(keyTags(workspace)).toEqual(before);
  });

  test('another token than that of the intent says nothing about the key', async () => {
    const workspace = stage.copy();
    await interrupted(workspace, 'key generate', (session) => intent(session, { serial: 'ffffffffffffffff' }));
    makeKey(workspace, 'safe');
    await workspace.must('zone', 'sign', 'a.');
    expect(logged(workspace, 'intent.resolved').at(-1)).toMatchObject({
      outcome: 'abandoned',
      found: expect.stringContaining('token ffffffffffffffff'),
    });
    expect(keyTags(workspace)).toHaveLength(2);
  });
});

test('a run that is resumed does no zone twice that was released and not yet noted', async () => {
  const workspace = stage.copy();
  await interrupted(workspace, 'zone sign', async (session) => {
    session.append('batch.begun', { zones: ['a.', 'b.', 'c.'] });
    for (const name of ['a.', 'b.'])
      await makeRelease(session, { zone: session.config.zones[name]!, overrides: new Map(), judges: makeJudgePanel() });
    session.append('batch.zone', { zone: 'a.', outcome: 'done' });
  });
  const { out } = await workspace.must('zone', 'sign', '--resume');
  expect(out).toMatch(/^3 zones: 3 released, 0 refused, 0 failed$/m);
  const { zones } = stateOf(workspace);
  expect(Object.entries(zones).map(([name, { releases }]) => [name, releases.length])).toEqual([
    ['a.', 1],
    ['b.', 1],
    ['c.', 1],
  ]);
  expect(logged(workspace, 'batch.zone').map(({ zone, outcome }) => `${zone} ${outcome}`)).toEqual(['a. done', 'b. done', 'c. done']);
});

describe('what is made from the log is no reason to fail', () => {
  test.each([['audit/tile'], ['cache']])(
    '%s is a file: the release is made, the session ends once, and the next command makes it anew',
    async (name) => {
      const workspace = stage.copy();
      rmSync(workspace.path(name), { recursive: true });
      workspace.write(name, '');
      const { err } = await workspace.must('zone', 'sign', 'a.');
      expect(err).toContain('the log is whole, and the next command makes it anew');
      const [opened, closed] = [logged(workspace, 'session.open'), logged(workspace, 'session.close')];
      expect(closed).toHaveLength(opened.length);
      expect(closed.at(-1)).toMatchObject({ outcome: 'done' });
      expectSealed(workspace);
      rmSync(workspace.path(name));
      await workspace.must('zone', 'sign', 'b.');
      expect(readdirSync(workspace.path(name))).not.toEqual([]);
    },
  );

  test('an artifact that was damaged is written anew when its octets come in again', async () => {
    const workspace = stage.copy();
    await workspace.must('zone', 'sign', 'a.');
    const { sha256 } = logged(workspace, 'input.accepted').at(-1)!.files[0]!;
    const path = workspace.path('artifacts', sha256);
    writeFileSync(path, readFileSync(path).fill(32));
    await workspace.must('zone', 'sign', 'a.');
    expect(readFileSync(path, 'utf8')).toBe(zoneText('a.'));
  });
});

test('--as with a name that every object has is nobody', async () => {
  for (const name of ['constructor', '__proto__'])
    expectRefused(await stage.original.run('zone', 'sign', 'a.', '--as', name), 'policy/unknown-person');
});
