import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXAMPLE_ZONE, makeTestWorkspace, type TestWorkspace } from '../support/workspace.ts';
import { expectRefused, expectUnchanged, listing, Stage, stateOf, WITHOUT_JUDGES } from './stage.ts';

let stage: Stage;
/** Released twice: www is 192.0.2.80 in the release 2, and 192.0.2.81 in the release 3. */
beforeAll(async () => {
  const original = await makeTestWorkspace({ zones: { 'example.': EXAMPLE_ZONE }, config: WITHOUT_JUDGES });
  await original.must('zone', 'sign', 'example.');
  original.write('example.zone', EXAMPLE_ZONE.replace('192.0.2.80', '192.0.2.81'));
  await original.must('zone', 'sign', 'example.');
  stage = new Stage(original);
});
afterAll(() => stage[Symbol.dispose]());

const OTHER = EXAMPLE_ZONE.replaceAll('example.', 'other.');

describe('zone add', () => {
  test('comments and every other octet of coldsign.yaml are kept', async () => {
    const workspace = stage.copy();
    const odd = (text: string): string =>
      text
        .replace('format: 1\n', '# mine: é, "quoted"   \nformat:    1   # spaces stay\n\n\n')
        .replace(/^zones:$/m, 'zones:   # ours')
        .replace(/\n$/, '\n# the end, without line feed');
    workspace.edit(odd);
    const before = workspace.read('coldsign.yaml');
    const source = workspace.write('other.zone', OTHER);
    await workspace.must('zone', 'add', 'Other', '--source', source, '--owner', 'Team: "B" # 1', '--risk-class', 'A');
    const after = workspace.read('coldsign.yaml');
    const added = after.split('\n').filter((line) => !before.split('\n').includes(line));
    expect(added).toHaveLength(4);
    expect(added.join('\n')).toMatch(/^ +other:\n +source: other.zone\n +owner: .*\n +risk-class: A$/);
    const rest = after.split('\n').filter((line) => !added.includes(line));
    expect(rest.join('\n')).toBe(before);
    // What was written is what is read.
    await workspace.must('policy', 'apply');
    const [other] = JSON.parse((await workspace.must('zone', 'list', '--risk-class', 'A', '--json')).out) as [{ owner: string }];
    expect(other.owner).toBe('Team: "B" # 1');
  });

  test('the same zone in another case or with the last dot is there already', async () => {
    const workspace = stage.copy();
    const before = listing(workspace.dir, []);
    for (const name of ['example', 'EXAMPLE.', 'ex\\097mple'])
      expectRefused(
        await workspace.run('zone', 'add', name, '--source', workspace.path('example.zone')),
        'workspace/zone-exists',
        'example',
      );
    expect(listing(workspace.dir, [])).toEqual(before);
  });

  test('a source that is missing, a policy or registry that is not there: refused, and the file stays', async () => {
    const workspace = stage.copy();
    const before = listing(workspace.dir, []);
    const source = workspace.path('example.zone');
    expectRefused(await workspace.run('zone', 'add', 'other.', '--source', workspace.path('none')), 'file/not-found', 'none');
    expectRefused(await workspace.run('zone', 'add', 'other.', '--source', source, '--policy', 'strict'), 'policy/bad-config', 'strict');
    expectRefused(await workspace.run('zone', 'add', 'other.', '--source', source, '--registry', 'nic'), 'policy/bad-config', 'nic');
    expectRefused(await workspace.run('zone', 'add', 'a..b', '--source', source), 'usage/origin', 'a..b');
    expect(listing(workspace.dir, [])).toEqual(before);
  });

  test('without --apply it has no effect on signing and listing; status says that it is pending', async () => {
    const workspace = stage.copy();
    const source = workspace.write('other.zone', OTHER);
    const { out } = await workspace.must('zone', 'add', 'other.', '--source', source);
    expect(out).toContain('coldsign policy apply');
    expect((await workspace.must('zone', 'list')).out).not.toContain('other.');
    expectRefused(await workspace.run('zone', 'sign', 'other.'), 'workspace/unknown-zone', 'configuration in force', 'policy apply');
    expectRefused(await workspace.run('key', 'generate', '--zone', 'other.'), 'workspace/unknown-zone');
    const status = (await workspace.must('status')).out;
    expect(status).toContain('changes that are not applied');
    expect(status).toContain('next: coldsign.yaml differs from the configuration in force: coldsign policy apply');
    await workspace.must('policy', 'apply');
    expect((await workspace.must('zone', 'list')).out).toContain('other.');
    expect((await workspace.must('status')).out).not.toContain('not applied');
  });

  test('an edit that is not applied changes no signing: the policy in force decides', async () => {
    const workspace = stage.copy();
    workspace.edit((text) => text.replace('signatures-validity: auto', 'signatures-validity: 60d\n    serial-policy: unixtime'));
    await workspace.must('zone', 'sign', 'example.');
    expect(stateOf(workspace).zones['example.']!.releases.map(({ serial }) => serial)).toEqual([2, 3, 4]);
    workspace.edit(() => 'format: 7\n');
    await workspace.must('zone', 'sign', 'example.');
    expect(JSON.parse((await workspace.must('status', '--format', 'json')).out)).toMatchObject({ config: { isPending: true } });
    expectRefused(await workspace.run('policy', 'apply'), 'policy/bad-config');
    rmSync(workspace.path('coldsign.yaml'));
    expectRefused(await workspace.run('zone', 'sign', 'example.'), 'workspace/not-found', 'coldsign init');
  });
});

describe('zone list and zone show', () => {
  test('filters, each for itself and together', async () => {
    const workspace = stage.copy();
    workspace.write('other.zone', OTHER);
    mkdirSync(workspace.path('zones'));
    writeFileSync(workspace.path('zones', 'third.zone'), EXAMPLE_ZONE.replaceAll('example.', 'third.'));
    workspace.edit((text) => text.replace(/^policies:$/m, 'policies:\n  slow: { signatures-validity: 90d }'));
    await workspace.must('zone', 'add', 'other.', '--source', workspace.path('other.zone'), '--owner', 'A', '--risk-class', 'A');
    await workspace.must('zone', 'add', 'third.', '--source', workspace.path('zones', 'third.zone'), '--owner', 'A', '--policy', 'slow');
    await workspace.must('policy', 'apply');
    const names = async (...filter: string[]): Promise<readonly string[]> => {
      const { out } = await workspace.must('zone', 'list', '--json', ...filter);
      return (JSON.parse(out) as { zone: string }[]).map(({ zone }) => zone);
    };
    expect(await names()).toEqual(['example.', 'other.', 'third.']);
    expect(await names('--owner', 'A')).toEqual(['other.', 'third.']);
    expect(await names('--risk-class', 'B')).toEqual(['example.', 'third.']);
    expect(await names('--owner', 'A', '--risk-class', 'B')).toEqual(['third.']);
    expect(await names('--policy', 'slow')).toEqual(['third.']);
    expect(await names('--due')).toEqual(['other.', 'third.']);
    expect(await names('--owner', 'nobody')).toEqual([]);
  });

  test('show tells keys, releases, DS and where they are; the same as JSON', async () => {
    const workspace = stage.copy();
    const { out } = await workspace.must('zone', 'show', 'EXAMPLE');
    for (const text of [
      /KSK \d+ 13/,
      /ZSK \d+ 13/,
      /release +2, valid/,
      /release +3, .*\(current\)/,
      /DS +example\. IN DS \d+ 13 2 [0-9A-F]{64}/,
    ])
      expect(out).toMatch(text);
    const shown = JSON.parse((await workspace.must('zone', 'show', 'example.', '--json')).out) as Record<string, unknown>;
    const { keys, releases } = stateOf(workspace).zones['example.']!;
    expect(shown).toMatchObject({ name: 'example.', keys, releases, due: [], folder: workspace.path('releases', 'example') });
    expectRefused(await workspace.run('zone', 'show', 'other.'), 'workspace/unknown-zone');
  });
});

describe('zone diff', () => {
  const diff = async (workspace: TestWorkspace, ...args: string[]) => workspace.run('zone', 'diff', 'example.', ...args);

  test('the source against the current release: nothing, 0; a change, 1; the serial alone is no change', async () => {
    const workspace = stage.copy();
    expect(await diff(workspace)).toMatchObject({ status: 0, out: '' });
    workspace.write('example.zone', EXAMPLE_ZONE.replace('192.0.2.80', '192.0.2.81').replace(' 1 7200', ' 99 7200'));
    expect(await diff(workspace)).toMatchObject({ status: 0, out: '' });
    workspace.write('example.zone', EXAMPLE_ZONE.replace('192.0.2.80', '192.0.2.82'));
    const changed = await diff(workspace);
    expect(changed.status).toBe(1);
    expect(changed.out).toMatch(/^- www\.example\.\s.*192\.0\.2\.81\n\+ www\.example\.\s.*192\.0\.2\.82\n$/);
    expect(changed.err).toContain('1 records removed, 1 added');
    const lines = (await diff(workspace, '--json')).out.trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { kind: string }).kind)).toEqual(['removed', 'added']);
    // Only the SOA's timers: a change of data.
    workspace.write('example.zone', EXAMPLE_ZONE.replace('192.0.2.80', '192.0.2.81').replace('7200', '7201'));
    expect((await diff(workspace)).out).toMatch(/^- example\.\s.*7200.*\n\+ example\.\s.*7201/);
  });

  test('two releases: their serials differ too; with --signer-owned what signing has made', async () => {
    const workspace = stage.copy();
    const two = await diff(workspace, '--from', '2', '--to', '3');
    expect(two.status).toBe(1);
    expect(two.out).toMatch(/192\.0\.2\.80\n/);
    expect(two.out).not.toMatch(/RRSIG/);
    const owned = await diff(workspace, '--from', '2', '--to', '3', '--signer-owned');
    // Same input, same signatures: those of www and of the SOA are new, and no other.
    expect(owned.out.match(/^\+ .*RRSIG/gm)).toHaveLength(2);
    expect(await diff(workspace, '--from', '3', '--to', '3', '--signer-owned')).toMatchObject({ status: 0, out: '' });
    expect((await diff(workspace, '--from', '2')).out).toMatch(/\+ www/);
  });

  test('a release that is not there, one that was changed on the disk, a source that cannot be read', async () => {
    const workspace = stage.copy();
    expectRefused(await diff(workspace, '--from', '77'), 'release/none', '77', '2, 3');
    expectRefused(await diff(workspace, '--to', '77'), 'release/none', '77', '2, 3');
    workspace.write('example.zone', 'nonsense (');
    expectRefused(await diff(workspace), 'zone/unreadable', 'line 1');
    const file = join('releases', 'example', '3', 'zone.signed');
    workspace.write(file, workspace.read(file).replace('192.0.2.81', '192.0.2.99'));
    expectRefused(await diff(workspace, '--from', '2', '--to', '3'), 'release/changed', 'sha256');
    const other = workspace.write('other.zone', OTHER);
    await workspace.must('zone', 'add', 'other.', '--source', other, '--apply');
    expectRefused(await workspace.run('zone', 'diff', 'other.'), 'release/none', 'never released');
  });
});

test('looking at a workspace changes nothing in it, and needs no token', async () => {
  const workspace = stage.copy();
  rmSync(workspace.path('token'), { recursive: true });
  const before = listing(workspace.dir, []);
  for (const args of [
    ['zone', 'list'],
    ['zone', 'show', 'example.'],
    ['zone', 'diff', 'example.'],
    ['status'],
    ['key', 'list'],
    ['key', 'ds'],
  ])
    await workspace.must(...args);
  expect(listing(workspace.dir, [])).toEqual(before);
});

test('without its token nothing is signed, and nothing is made in its place', async () => {
  const workspace = stage.copy();
  rmSync(workspace.path('token'), { recursive: true });
  await expectUnchanged(workspace, async () => {
    const { status, err } = await workspace.run('zone', 'sign', 'example.');
    expect(err).toMatch(/coldsign: error (token|pin)\//);
    expect([1, 3]).toContain(status);
  });
});
