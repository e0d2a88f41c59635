import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { modulePathOf, parsePkcs11Uri } from '../../keystore/pkcs11/uri.ts';
import { readWorkspace } from '../../src/workspace/read-only.ts';
import { expectWhole } from '../crash/harness.ts';
import { coldsign } from '../support/cli.ts';
import { EXAMPLE_ZONE, makeTestWorkspace, type TestWorkspace } from '../support/workspace.ts';
import { buildFaultModule } from './fault-module.ts';
import { loginsAfterRefusal, readCalls, writePlan } from './faulty-token.ts';
import { isRunning } from './fixture.ts';

const REAL = modulePathOf(parsePkcs11Uri('pkcs11:'));
/** 40 names with addresses that are others in each version, so that a run has more than a handful of signatures. */
const makeZone = (version: number): string =>
  EXAMPLE_ZONE + Array.from({ length: 40 }, (_, i) => `host${i}.example. IN A 198.51.${version}.${i}\n`).join('');

/** The keys of the zone are behind the fault module; judges and limits have no part in this. */
function behindFaults(text: string): string {
  const lines = text.split('\n').map((line) => (/^ {2}(ksk|zsk):/.test(line) ? line.replace(REAL, buildFaultModule()) : line));
  return lines.join('\n').replace(/^gate:.*(\n {2}.*)*/m, 'gate: { judges: [], agree: 0, limits: { removed: 100%, changed: 100% } }');
}

/** All that outlives a command: what is released, and which release is current. */
function released(workspace: TestWorkspace): { serials: readonly string[]; current: string } {
  const folder = workspace.path('releases', 'example');
  return { serials: readdirSync(folder).sort(), current: readlinkSync(join(folder, 'current')) };
}

describe('coldsign zone sign on a token that fails: the release is complete, or nothing has changed and the log says why', () => {
  let original: TestWorkspace;
  let workspace: TestWorkspace;
  beforeAll(async () => {
    original = await makeTestWorkspace({ zones: { 'example.': makeZone(0) }, config: behindFaults });
    await original.must('zone', 'sign', 'example.');
  });
  afterAll(() => original?.[Symbol.dispose]());
  /** A copy with a new version of the zone, in which most signatures are to be made. */
  beforeEach(() => {
    workspace = original.copyTo(mkdtempSync(join(tmpdir(), 'coldsign-faulty-workspace-')));
    rmSync(workspace.path('token', 'faults.log'), { force: true });
    workspace.write('example.zone', makeZone(1));
    process.env['XDG_STATE_HOME'] = workspace.path('token');
  });
  afterEach(() => workspace?.[Symbol.dispose]());

  test.each([
    ['a lost session', ['C_Sign 10 return 0xb3']],
    ['a device error', ['C_Sign 10 return 0x30']],
    ['a crash', ['C_Sign 30 segv']],
    ['unplugged', ['C_Sign 20 unplug 0x32']],
    ['a start that fails twice', ['C_Initialize 1-2 return 0x06']],
  ])('%s: it is signed all the same', async (_name, plan) => {
    writePlan(workspace.path('token'), plan);
    const before = released(workspace);
    const result = await coldsign(['zone', 'sign', 'example.', '--dir', workspace.dir]);
    expect({ status: result.status, err: result.err }).toMatchObject({ status: 0 });
    expect(released(workspace).serials).toHaveLength(before.serials.length + 1);
    expect(readCalls(workspace.path('token')).some(({ result: rv }) => rv !== '0x0')).toBe(true);
    writePlan(workspace.path('token'), []);
    await expectWhole(workspace);
  });

  test.each([
    ['a wrong signature', 'C_Sign 25 corrupt 3', 'sign/bad-signature', 3],
    ['r and s exchanged', 'C_Sign 25 swap', 'sign/bad-signature', 3],
    ['the signature of another message', 'C_Sign 25 previous', 'sign/bad-signature', 3],
    ['a device that is gone', 'C_Sign 25 gone 0x32', 'token/device', 3],
    ['crashes without end', 'C_Sign * segv', 'token/device', 3],
    ['a PIN that is refused when the child is replaced', 'C_Sign 25 return 0x30\nC_Login 2+ return 0xa0', 'pin/incorrect', 1],
    ['no key found', 'C_FindObjects * nothing', 'key/not-found', 1],
  ])('%s: nothing is released', async (_name, plan, code, status) => {
    writePlan(workspace.path('token'), plan.split('\n'));
    const before = released(workspace);
    const result = await coldsign(['zone', 'sign', 'example.', '--dir', workspace.dir]);
    expect({ status: result.status, err: result.err }).toMatchObject({ status, err: expect.stringContaining(code) });
    const calls = readCalls(workspace.path('token'));
    expect(loginsAfterRefusal(calls)).toEqual([]);
    expect([...new Set(calls.map(({ pid }) => pid))].filter(isRunning)).toEqual([]);
    expect(released(workspace)).toEqual(before);
    const { state } = readWorkspace(workspace.dir);
    // What was begun is on record; the next command says what became of it.
    expect(Object.values(state.intents).filter(({ type }) => type !== 'sign.intent')).toEqual([]);
    expect(state.zones['example.']!.releases.map(({ serial }) => `${serial}`)).toEqual(before.serials.filter((name) => name !== 'current'));
    const last = JSON.parse(workspace.read('audit', 'entries.jsonl').trimEnd().split('\n').at(-1)!) as { type: string; data: object };
    expect(last).toMatchObject({ type: 'session.close', data: { code } });
    writePlan(workspace.path('token'), []);
    // The PIN was right, and whoever knows that says so.
    for (const path of ['refused-pins.json', 'token/coldsign/refused-pins.json']) rmSync(workspace.path(path), { force: true });
    await workspace.must('zone', 'sign', 'example.');
    await expectWhole(workspace);
  });
});
