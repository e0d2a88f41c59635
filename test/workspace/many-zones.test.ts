import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NODE } from '../support/cli.ts';
import { EXAMPLE_ZONE, inProcess, makeTestWorkspace, type TestWorkspace } from '../support/workspace.ts';
import { expectRefused, expectSealed, logged, Stage, stateOf, WITHOUT_JUDGES } from './stage.ts';

const zoneText = (name: string): string => EXAMPLE_ZONE.replaceAll('example.', name);
const NAMES = ['a.', 'b.', 'c.', 'd.'];
const BROKEN = 'b. IN SOA (';

let stage: Stage;
/** Four zones, all of them released at the same time. */
beforeAll(async () => {
  const zones = Object.fromEntries(NAMES.map((name) => [name, zoneText(name)]));
  const original = await makeTestWorkspace({ practice: true, zones, config: WITHOUT_JUDGES });
  await original.must('zone', 'sign', '--all');
  stage = new Stage(original);
});
afterAll(() => stage[Symbol.dispose]());

const serials = (workspace: TestWorkspace): Readonly<Record<string, number | undefined>> =>
  Object.fromEntries(Object.entries(stateOf(workspace).zones).map(([name, { releases }]) => [name, releases.at(-1)?.serial]));

/** Zones that a run over many has signed. */
async function signed(workspace: TestWorkspace, ...args: readonly string[]): Promise<readonly string[]> {
  const { out } = await workspace.must('zone', 'sign', '--json', ...args);
  return (JSON.parse(out) as { zones: { zone: string; outcome: string }[] }).zones.map(({ zone }) => zone);
}

describe('zone sign --all', () => {
  test('"one failing zone stops none of the others, and the summary says so"', async () => {
    const workspace = stage.copy();
    workspace.write('b.zone', BROKEN);
    const { status, out, err } = await workspace.run('zone', 'sign', '--all');
    expect(status).toBe(1);
    expect(out).toMatch(/^a\. serial 3 released/m);
    expect(out).toMatch(/^b\. REFUSED zone\/unreadable: .*b\.zone.*\n {2}next: /m);
    expect(out).toMatch(/^4 zones: 3 released, 1 refused, 0 failed$/m);
    expect(err).toContain('b.: error zone/unreadable');
    expect(serials(workspace)).toEqual({ 'a.': 3, 'b.': 2, 'c.': 3, 'd.': 3 });
    expect(logged(workspace, 'batch.zone').slice(4)).toContainEqual({ zone: 'b.', outcome: 'refused', code: 'zone/unreadable' });
    expect(logged(workspace, 'batch.ended').at(-1)).toEqual({ done: 3, refused: 1, failed: 0 });
    expect(logged(workspace, 'session.close').at(-1)).toMatchObject({ outcome: 'refused' });
    expectSealed(workspace);
  });

  test('a zone whose ZSK signs elsewhere has no part in it, is told, and is never due', async () => {
    const workspace = stage.copy();
    workspace.write('e.zone', zoneText('e.'));
    await workspace.must('zone', 'add', 'e.', '--source', workspace.path('e.zone'), '--mode', 'offline-ksk', '--apply');
    const { out, err } = await workspace.must('zone', 'sign', '--all');
    expect(out).toMatch(/^4 zones: 4 released, 0 refused, 0 failed$/m);
    expect(err).toContain('left out, since their ZSK signs elsewhere (mode: offline-ksk): e.');
    expect(JSON.parse((await workspace.must('zone', 'list', '--due', '--json')).out)).toEqual([]);
  });

  test('the same as JSON; the names in any form, and each zone once', async () => {
    const workspace = stage.copy();
    workspace.write('b.zone', BROKEN);
    const { status, out } = await workspace.run('zone', 'sign', 'C', 'b', 'c.', '--json');
    expect(status).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      done: 1,
      refused: 1,
      failed: 0,
      zones: [
        { zone: 'c.', outcome: 'done', serial: 3 },
        { zone: 'b.', outcome: 'refused', code: 'zone/unreadable' },
      ],
    });
    expect(serials(workspace)).toEqual({ 'a.': 2, 'b.': 2, 'c.': 3, 'd.': 2 });
    // A name that is not there is a mistake in the command: then none is signed.
    expectRefused(await workspace.run('zone', 'sign', 'a.', 'e.'), 'workspace/unknown-zone', 'e. is not');
    expect(serials(workspace)).toMatchObject({ 'a.': 2 });
  });

  test.each([
    [['zone', 'sign']],
    [['zone', 'sign', 'a.', '--all']],
    [['zone', 'sign', 'a.', '--due']],
    [['zone', 'sign', 'a.', '--resume']],
    [['zone', 'sign', '--due']],
    [['zone', 'sign', '--all', '--nsec3']],
  ])('%j is refused as usage', async (args) => {
    expectRefused(await stage.original.run(...args), 'usage/sign-what');
  });
});

describe('zone sign --all --due', () => {
  test('is nothing where nothing is due, and that is no failure', async () => {
    const workspace = stage.copy();
    expect((await workspace.must('zone', 'sign', '--all', '--due')).out).toBe('0 zones: 0 released, 0 refused, 0 failed\n');
  });

  test('a changed source, a zone never released, but not a key that no rollover has taken yet; and then nothing', async () => {
    const workspace = stage.copy();
    workspace.write('a.zone', `${zoneText('a.')}new.a. IN A 192.0.2.9\n`);
    await workspace.must('key', 'generate', '--zone', 'c.', '--role', 'zsk');
    workspace.write('e.zone', zoneText('e.'));
    await workspace.must('zone', 'add', 'e.', '--source', workspace.path('e.zone'), '--generate-keys');
    const reasons = JSON.parse((await workspace.must('zone', 'list', '--due', '--json')).out) as {
      zone: string;
      due: { kind: string }[];
    }[];
    expect(reasons.map(({ zone, due }) => [zone, due.map(({ kind }) => kind).join()])).toEqual([
      ['a.', 'source-changed'],
      ['e.', 'never-released'],
    ]);
    expect(await signed(workspace, '--all', '--due')).toEqual(['a.', 'e.']);
    expect(await signed(workspace, '--all', '--due')).toEqual([]);
  });

  test('an included file that changed, and a source under another name or behind another link', async () => {
    const workspace = stage.copy();
    workspace.write('part', 'p.a. IN A 192.0.2.7\n');
    workspace.write('a.zone', `${zoneText('a.')}$INCLUDE part\n`);
    expect(await signed(workspace, '--all', '--due')).toEqual(['a.']);
    workspace.write('part', 'p.a. IN A 192.0.2.8\n');
    expect(await signed(workspace, '--all', '--due')).toEqual(['a.']);
    workspace.write('d-new.zone', `${zoneText('d.')}new.d. IN A 192.0.2.9\n`);
    workspace.edit((text) => text.replace('d.zone', 'link.zone'));
    symlinkSync('d.zone', workspace.path('link.zone'));
    await workspace.must('policy', 'apply');
    // The same file under another name is the same.
    expect(await signed(workspace, '--all', '--due')).toEqual([]);
    workspace.edit((text) => text.replace('link.zone', 'd-new.zone'));
    await workspace.must('policy', 'apply');
    expect(await signed(workspace, '--all', '--due')).toEqual(['d.']);
    expect(workspace.read('releases', 'd', 'current', 'zone.signed')).toContain('new.d.');
  });

  test('a source of more files than an entry can name: all of them are artifacts, and each change is seen', async () => {
    const workspace = stage.copy();
    const names = Array.from({ length: 200 }, (_, i) => `part-${i}`);
    for (const [i, name] of names.entries()) workspace.write(name, `p${i}.a. IN A 192.0.2.7\n`);
    workspace.write('a.zone', `${zoneText('a.')}${names.map((name) => `$INCLUDE ${name}\n`).join('')}`);
    expect(await signed(workspace, '--all', '--due')).toEqual(['a.']);
    const accepted = logged(workspace, 'input.accepted').slice(4);
    expect(accepted.flatMap(({ files }) => files.map(({ name }) => name))).toEqual(['a.zone', ...names]);
    for (const { sha256 } of accepted.flatMap(({ files }) => files)) expect(existsSync(workspace.path('artifacts', sha256))).toBe(true);
    expect(await signed(workspace, '--all', '--due')).toEqual([]);
    workspace.write('part-199', 'p199.a. IN A 192.0.2.8\n');
    expect(await signed(workspace, '--all', '--due')).toEqual(['a.']);
    await workspace.must('audit', 'export', workspace.path('export.tar'), '--inputs');
    expect(await inProcess('audit', 'verify', workspace.path('export.tar'))).toMatchObject({ status: 0 });
  });

  test('a policy that signs otherwise concerns its zones; one that does not is no reason', async () => {
    const workspace = stage.copy();
    workspace.edit((text) =>
      text.replace(/^policies:$/m, 'policies:\n  nsec3: { nsec3: true }').replace('source: b.zone', 'source: b.zone\n    policy: nsec3'),
    );
    await workspace.must('policy', 'apply');
    expect(await signed(workspace, '--all', '--due')).toEqual(['b.']);
    expect(workspace.read('releases', 'b', 'current', 'zone.signed')).toMatch(/\sNSEC3\s/);
    workspace.edit((text) => text.replace('source: c.zone', 'source: c.zone\n    owner: Team C'));
    await workspace.must('policy', 'apply');
    expect(await signed(workspace, '--all', '--due')).toEqual([]);
    workspace.edit((text) => text.replace('    signatures-validity: auto', '    signatures-validity: 30d'));
    await workspace.must('policy', 'apply');
    expect(await signed(workspace, '--all', '--due')).toEqual(['a.', 'c.', 'd.']);
  });

  test('signatures to refresh, each zone in its time', async () => {
    const workspace = stage.copy();
    // Expirations are spread over 12 h; SOA expire 7 d, TTL 1 h, interval and slack 1 d each: 14 d - 9 d 1 h = 4 d 23 h, less up to 12 h.
    expect(await signed(workspace, '--all', '--due', '--now', '+4d')).toEqual([]);
    workspace.write('c.zone', `${zoneText('c.')}new.c. IN A 192.0.2.9\n`);
    expect(await signed(workspace, '--all', '--due', '--now', '+4d')).toEqual(['c.']);
    expect(await signed(workspace, '--all', '--due', '--now', '+5d')).toEqual(NAMES);
    expect(await signed(workspace, '--all', '--due', '--now', '+5d')).toEqual([]);
  });
});

describe('zone sign --resume', () => {
  test('after a run that was killed, the remaining zones and no others; the summary is of the whole run', async () => {
    const counted = stage.copy();
    counted.write('a.zone', 'a. IN SOA (');
    const list = stage.path('calls');
    expect(killedAt(counted, 0, list).status).toBe(1);
    const calls = readFileSync(list, 'utf8').trimEnd().split('\n').length;

    const workspace = stage.copy();
    workspace.write('a.zone', 'a. IN SOA (');
    expect(killedAt(workspace, Math.floor(calls * 0.6), list).signal).toBe('SIGKILL');
    const { finished } = stateOf(workspace).batch!;
    const done = Object.keys(finished);
    expect(finished).toMatchObject({ 'a.': 'refused' });
    expect(done.length).toBeGreaterThan(1);
    expect(done.length).toBeLessThan(4);

    const { status, out, err } = await workspace.run('zone', 'sign', '--resume');
    expect(err).toContain('the session of coldsign zone sign');
    expect(err).toContain('was interrupted');
    const now = logged(workspace, 'batch.zone').slice(4 + done.length);
    expect(now.map(({ zone, outcome }) => [zone, outcome])).toEqual(NAMES.slice(done.length).map((zone) => [zone, 'done']));
    // Nobody was told of the zone that was refused before: the run as a whole has not gone well.
    expect(status).toBe(1);
    expect(out).toMatch(/^a\. REFUSED before the interruption$/m);
    expect(out).toMatch(/^4 zones: 3 released, 1 refused, 0 failed$/m);
    expect(logged(workspace, 'batch.ended').at(-1)).toEqual({ done: 3, refused: 1, failed: 0 });
    expectRefused(await workspace.run('zone', 'sign', '--resume'), 'workspace/nothing-to-resume', 'came to its end');
  });

  test('there is nothing to resume where no run was interrupted, nor where none was', async () => {
    const workspace = stage.copy();
    expectRefused(await workspace.run('zone', 'sign', '--resume'), 'workspace/nothing-to-resume', 'came to its end');
    using fresh = await makeTestWorkspace();
    expectRefused(await fresh.run('zone', 'sign', '--resume'), 'workspace/nothing-to-resume', 'no run over many zones');
  });
});

/** `zone sign --all` in a process of its own, killed at one of the calls that change the disk; 0: at none. */
function killedAt(workspace: TestWorkspace, at: number, list: string) {
  const preload = fileURLToPath(new URL('../support/crash-at.ts', import.meta.url));
  const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
  return spawnSync(NODE, ['--import', preload, cli, 'zone', 'sign', '--all', '--dir', workspace.dir], {
    encoding: 'utf8',
    env: { ...process.env, COLDSIGN_CRASH_AT: `${at}`, COLDSIGN_CRASH_LIST: list },
  });
}
