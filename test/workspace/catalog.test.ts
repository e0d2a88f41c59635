import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseNote } from '../../src/audit/note.ts';
import { EXAMPLE_ZONE, inProcess, makeTestWorkspace, type TestWorkspace } from '../support/workspace.ts';
import { expectRefused, expectSealed, expectUnchanged, logged, Stage, stateOf, WITHOUT_JUDGES } from './stage.ts';

let stage: Stage;
/** a. and b. are released, c. is not; a. is of the group `customers`. */
beforeAll(async () => {
  const zones = Object.fromEntries(['a.', 'b.', 'c.'].map((name) => [name, EXAMPLE_ZONE.replaceAll('example.', name)]));
  const grouped = (text: string): string => `${WITHOUT_JUDGES(text)}\ncatalog: { zone: catalog.example., group-by: group }\n`;
  const original = await makeTestWorkspace({ zones, config: grouped });
  original.edit((text) => text.replace('source: a.zone', 'source: a.zone\n    group: customers'));
  await original.must('policy', 'apply');
  await original.must('zone', 'sign', 'a.', 'b.');
  stage = new Stage(original);
});
afterAll(() => stage[Symbol.dispose]());

const catalogOf = (workspace: TestWorkspace): string => workspace.read('releases', 'catalog.example', 'current', 'catalog.zone');
const membersOf = (workspace: TestWorkspace): readonly string[] =>
  [...catalogOf(workspace).matchAll(/\sPTR\s+(\S+)/g)].map(([, name]) => name!);
const serialOf = (workspace: TestWorkspace): number | undefined => stateOf(workspace).zones['catalog.example.']?.releases.at(-1)?.serial;

test('RFC 9432: members are the zones that have a release, each with its group', async () => {
  const workspace = stage.copy();
  const { out } = await workspace.must('release', 'catalog');
  expect(out).toContain('catalog.example. serial 1 with 2 members released into');
  expect(membersOf(workspace)).toEqual(['a.', 'b.']);
  expect(catalogOf(workspace).match(/^group\..*TXT.*$/gm)).toEqual([expect.stringContaining('"customers"')]);
  const { text } = parseNote(workspace.read('releases', 'catalog.example', '1', 'MANIFEST'));
  expect(text).toMatch(/^kind catalog$/m);
  expect(logged(workspace, 'gate.passed').at(-1)).toMatchObject({ zone: 'catalog.example.', serial: 1 });
  expectSealed(workspace);
  const shown = await inProcess(
    'release',
    'show',
    workspace.path('releases', 'catalog.example', '1'),
    '--key',
    workspace.path('audit', 'vkeys'),
  );
  expect(shown).toMatchObject({ status: 0, out: expect.stringContaining('catalog.example.') as string });
});

test('the serial is raised on a change and not otherwise', async () => {
  const workspace = stage.copy();
  await workspace.must('release', 'catalog');
  const again = JSON.parse((await workspace.must('release', 'catalog', '--json')).out) as object;
  expect(again).toMatchObject({ serial: 1, members: 2, isNew: false });
  await workspace.must('zone', 'sign', 'a.');
  expect((await workspace.must('release', 'catalog')).out).toContain('is current');
  await workspace.must('zone', 'sign', 'c.');
  await workspace.must('release', 'catalog');
  expect(serialOf(workspace)).toBe(2);
  expect(membersOf(workspace)).toEqual(['a.', 'b.', 'c.']);
  workspace.edit((text) => text.replace(/^ {4}group: customers$/m, '    group: others'));
  // Not in force yet.
  expect((await workspace.must('release', 'catalog')).out).toContain('is current');
  await workspace.must('policy', 'apply');
  await workspace.must('release', 'catalog');
  expect(serialOf(workspace)).toBe(3);
  // A zone that leaves the configuration leaves the catalog, and its releases stay.
  workspace.edit((text) => text.replace(/ {2}b:\n {4}source: b.zone\n/, ''));
  await workspace.must('policy', 'apply');
  await workspace.must('release', 'catalog');
  expect(membersOf(workspace)).toEqual(['a.', 'c.']);
  expect(workspace.read('releases', 'b', 'current', 'MANIFEST')).toContain('zone b.');
});

test('the catalog is no zone to be signed: lists, runs over all zones and status leave it alone', async () => {
  const workspace = stage.copy();
  await workspace.must('release', 'catalog');
  expect((await workspace.must('zone', 'list')).out).not.toContain('catalog.example.');
  expect((await workspace.must('zone', 'sign', '--all', '--due', '--json')).out).not.toContain('catalog.example.');
  expectRefused(await workspace.run('zone', 'sign', 'catalog.example.'), 'workspace/unknown-zone');
  expect((await workspace.run('status')).status).toBe(0);
});

test('no catalog in the configuration, and a catalog that is one of the zones', async () => {
  const workspace = stage.copy();
  workspace.edit((text) => text.replace(/^catalog: .*$/m, 'catalog: { zone: B }'));
  expectRefused(await workspace.run('policy', 'apply'), 'policy/unworkable', /catalog/);
  workspace.edit((text) => text.replace(/^catalog:.*\n/m, ''));
  await workspace.must('policy', 'apply');
  await expectUnchanged(workspace, async () => {
    expectRefused(await workspace.run('release', 'catalog'), 'policy/no-catalog', 'policy apply');
  });
});
