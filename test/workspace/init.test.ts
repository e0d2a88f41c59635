import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { makeTestToken } from '../support/token.ts';
import { EXAMPLE_ZONE, inProcess, TestWorkspace } from '../support/workspace.ts';
import { entriesOf, expectRefused, listing, stateOf, WITHOUT_JUDGES } from './stage.ts';

const scratch = mkdtempSync(join(tmpdir(), 'coldsign-init-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const place = (name: string): string => join(scratch, name);
const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

describe('init makes a workspace', () => {
  test('that signs a zone at once: init, zone add --apply --generate-keys, zone sign', async () => {
    const workspace = new TestWorkspace(place('first'));
    const source = place('example.zone');
    writeFileSync(source, EXAMPLE_ZONE);
    const made = await inProcess('init', workspace.dir, '--origin', 'audit.example/first');
    expect(made).toMatchObject({ status: 0, err: '' });
    await workspace.must('zone', 'add', 'example', '--source', source, '--apply', '--generate-keys');
    const { out } = await workspace.must('zone', 'sign', 'example');
    // "default policy: algorithm 13, NSEC, 14 d validity, CDS on rollover"; what validators will be told to trust is there to be told.
    expect(out).toMatch(/KSK \d+ 13 \(ECDSAP256SHA256\)/);
    expect(out).toMatch(/denial +NSEC,/);
    expect(out).toMatch(/judges: 4 of 4 judges accept, 4 must/);
    const { releases } = stateOf(workspace).zones['example.']!;
    const days = (Date.parse(releases[0]!.validUntil) - Date.parse(releases[0]!.validFrom)) / 86_400_000;
    expect(days).toBeGreaterThan(13.4);
    expect(days).toBeLessThanOrEqual(14.1);
  });

  test('with everything in it, private where it is secret', async () => {
    const dir = place('private');
    expect((await inProcess('init', dir, '--origin', 'audit.example/private', '--json')).status).toBe(0);
    expect(readdirSync(dir).sort()).toEqual(
      ['artifacts', 'audit', 'cache', 'coldsign.schema.json', 'coldsign.yaml', 'releases', 'token'].sort(),
    );
    expect(modeOf(dir)).toBe('700');
    for (const [name, kind] of Object.entries(listing(join(dir, 'token'), []))) expect(kind, name).toMatch(/^folder 700$|^file 600 /);
    expect(modeOf(join(dir, 'token', 'pin'))).toBe('600');
    const types = entriesOf(new TestWorkspace(dir)).map(({ type }) => type);
    expect(types).toEqual(['log.genesis', 'session.open', 'policy.loaded', 'session.close']);
    const vkeys = readFileSync(join(dir, 'audit', 'vkeys'), 'utf8');
    expect(vkeys).toMatch(/^audit\.example\/private\+[0-9a-f]{8}\+\S+\n$/);
    expect(JSON.parse(readFileSync(join(dir, 'coldsign.schema.json'), 'utf8'))).toHaveProperty('properties.zones');
  });

  test('on a SoftHSM token that is there, and whose paths are told relative to where one stands', async () => {
    using token = await makeTestToken('given');
    const workspace = new TestWorkspace(place('on-token'));
    const uri = token.uriText.replace(token.folder.pinFile, relative(process.cwd(), token.folder.pinFile));
    const made = await inProcess('init', workspace.dir, '--origin', 'audit.example/t', '--token', uri);
    expect(made).toMatchObject({ status: 0, err: '' });
    expect(existsSync(workspace.path('token'))).toBe(false);
    expect(workspace.read('coldsign.yaml')).toContain(token.folder.pinFile);
    const source = workspace.write('example.zone', EXAMPLE_ZONE);
    workspace.edit(WITHOUT_JUDGES);
    await workspace.must('zone', 'add', 'example.', '--source', source, '--generate-keys');
    await workspace.must('zone', 'sign', 'example.');
    // One token serves two workspaces: each finds its own log in it by the name of the log.
    expect((await inProcess('init', place('second-on-token'), '--origin', 'audit.example/t2', '--token', uri)).status).toBe(0);
    await workspace.must('zone', 'sign', 'example.');
  });

  test('into an empty folder that is there, and by a name with blanks once the log has a name', async () => {
    const dir = place('with blank');
    mkdirSync(dir);
    expectRefused(await inProcess('init', dir), 'audit/bad-origin', 'with blank');
    expect(readdirSync(dir)).toEqual([]);
    expect((await inProcess('init', dir, '--origin', 'audit.example/blank')).status).toBe(0);
  });
});

describe('init refuses', () => {
  test.each([
    ['two words', 'two words'],
    ['a+b', 'a\\+b'],
    ['', '""'],
    ['ä', 'ä'],
    ['x'.repeat(201), 'at most 200'],
  ])('the name %j for a log, and has made nothing', async (origin, text) => {
    const dir = place('bad-origin');
    expectRefused(await inProcess('init', dir, '--origin', origin), 'audit/bad-origin', new RegExp(text));
    expect(existsSync(dir)).toBe(false);
  });

  test('--now for a production workspace, and has made nothing', async () => {
    const dir = place('given-time');
    expectRefused(await inProcess('init', dir, '--origin', 'a/b', '--now', '+1d'), 'workspace/now-refused');
    expect(existsSync(dir)).toBe(false);
  });

  test('a folder with files, a workspace, and a file', async () => {
    const filled = place('filled');
    mkdirSync(filled);
    writeFileSync(join(filled, 'letter'), '');
    expectRefused(await inProcess('init', filled, '--origin', 'a/b'), 'workspace/not-empty', filled);
    expect(readdirSync(filled)).toEqual(['letter']);
    const before = listing(place('private'), []);
    expectRefused(await inProcess('init', place('private'), '--origin', 'a/b'), 'workspace/exists', place('private'));
    expect(listing(place('private'), [])).toEqual(before);
    const file = await inProcess('init', join(filled, 'letter'), '--origin', 'a/b');
    expect(file).toMatchObject({ status: 3, err: expect.stringContaining('coldsign: error file/not-writable: ') as string });
  });

  test('what is left of an interrupted init, and says so', async () => {
    const half = place('half');
    cpSync(place('private'), half, { recursive: true });
    rmSync(join(half, 'coldsign.yaml'));
    expectRefused(await inProcess('init', half, '--origin', 'a/b'), 'workspace/not-empty', 'interrupted init', 'remove the folder');
  });

  test('a token that is not there; with the right one the same folder is good', async () => {
    using token = await makeTestToken('there');
    const dir = place('second-try');
    const wrong = token.uriText.replace('token=there', 'token=elsewhere').replace(/;serial=[^;?]*/, '');
    const refused = await inProcess('init', dir, '--origin', 'a/b', '--token', wrong);
    expect(refused.err).toMatch(/coldsign: error token\//);
    expect(refused.status).not.toBe(70);
    expect((await inProcess('init', dir, '--origin', 'a/b', '--token', token.uriText)).err).toBe('');
  });
});

describe('a workspace is its folder', () => {
  test('moved, and copied, it works where it is, and the copy does not touch the original', async () => {
    const here = new TestWorkspace(place('here'));
    await inProcess('init', here.dir, '--origin', 'audit.example/here');
    here.write('example.zone', EXAMPLE_ZONE);
    here.edit(WITHOUT_JUDGES);
    await here.must('zone', 'add', 'example.', '--source', here.path('example.zone'), '--generate-keys');
    await here.must('zone', 'sign', 'example.');
    renameSync(here.dir, place('moved'));
    const moved = new TestWorkspace(place('moved'));
    await moved.must('zone', 'sign', 'example.');
    const copy = moved.copyTo(place('copied'));
    const original = listing(moved.dir, []);
    await copy.must('zone', 'sign', 'example.');
    expect(basename(copy.read('token', 'softhsm2.conf').split('\n')[0]!)).toBe('tokens');
    expect(listing(moved.dir, [])).toEqual(original);
    await moved.must('zone', 'sign', 'example.');
  });
});
