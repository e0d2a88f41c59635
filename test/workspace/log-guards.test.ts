import { appendFileSync, cpSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { printEntry } from '../../src/audit/entry-line.ts';
import { parseNote } from '../../src/audit/note.ts';
import type { AnyEntry } from '../../src/state/state.ts';
import { readWorkspace } from '../../src/workspace/read-only.ts';
import { EXAMPLE_ZONE, inProcess, makeTestWorkspace, type TestWorkspace } from '../support/workspace.ts';
import { entriesOf, expectRefused, expectSealed, listing, logged, Stage, stateOf, WITHOUT_JUDGES } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  const original = await makeTestWorkspace({ practice: true, zones: { 'example.': EXAMPLE_ZONE }, config: WITHOUT_JUDGES });
  await original.must('zone', 'sign', 'example.');
  stage = new Stage(original);
});
afterAll(() => stage[Symbol.dispose]());

/** Signing is refused, and nothing whatever of the workspace has changed, apart from the lock that came and went. */
async function refusedUntouched(workspace: TestWorkspace, code: string, ...texts: readonly (string | RegExp)[]): Promise<void> {
  const before = listing(workspace.dir, ['token']);
  expectRefused(await workspace.run('zone', 'sign', 'example.'), code, ...texts);
  expect(listing(workspace.dir, ['token'])).toEqual(before);
}

/** Another state of everything but the token, which is in the safe. */
function putBack(copy: TestWorkspace, workspace: TestWorkspace): void {
  for (const name of ['audit', 'artifacts', 'cache', 'releases', 'coldsign.yaml']) {
    rmSync(workspace.path(name), { recursive: true });
    cpSync(copy.path(name), workspace.path(name), { recursive: true, verbatimSymlinks: true });
  }
}

describe('"clock guard: time earlier than the last entry, or the build, refuses"', () => {
  test('earlier than the last entry', async () => {
    const workspace = stage.copy();
    await workspace.must('zone', 'sign', 'example.', '--now', '+10d');
    await refusedUntouched(workspace, 'audit/clock-backwards', /the clock says .* the last entry of the log is of/);
    const size = entriesOf(workspace).length;
    await workspace.must('zone', 'sign', 'example.', '--now', '+11d');
    expect(entriesOf(workspace).length).toBeGreaterThan(size);
  });

  test('earlier than the build', async () => {
    const workspace = stage.copy();
    expectRefused(
      await workspace.run('zone', 'sign', 'example.', '--now', '2020-01-01T00:00:00Z'),
      'audit/clock-before-build',
      '2020-01-01',
    );
  });

  test('"jumps are logged with mono/boot": a rehearsal that travels leaves an entry', async () => {
    const workspace = stage.copy();
    const { err } = await workspace.must('zone', 'sign', 'example.', '--now', '+10d');
    expect(err).toContain('the clock was moved by');
    const [jump] = logged(workspace, 'clock.jump');
    expect(Math.abs(jump!.seconds - 10 * 86_400)).toBeLessThan(120);
    expect(JSON.parse((await workspace.must('status', '--format', 'json')).out)).toMatchObject({ log: { anomalies: 1 } });
  });

  test('--now is for rehearsals: a production workspace refuses it, for every command that writes', async () => {
    using production = await makeTestWorkspace();
    const before = listing(production.dir, []);
    for (const args of [
      ['zone', 'sign', '--all'],
      ['policy', 'apply'],
      ['key', 'generate', '--zone', 'example.'],
    ])
      expectRefused(await production.run(...args, '--now', '+1d'), 'workspace/now-refused', 'init --practice');
    expect(listing(production.dir, [])).toEqual(before);
  });
});

describe('"rollback and fork are detected: head kept as an HSM data object"', () => {
  test('an older copy of the disk, while the token has seen more', async () => {
    const workspace = stage.copy();
    const older = stage.copy();
    await workspace.must('zone', 'sign', 'example.');
    const size = entriesOf(workspace).length;
    putBack(older, workspace);
    await refusedUntouched(workspace, 'audit/rolled-back', `with ${size} entries`, `it has ${entriesOf(older).length}`);
  });

  test('two continuations of one log with one token', async () => {
    const workspace = stage.copy();
    const start = stage.copy();
    const other = stage.copy();
    await workspace.must('zone', 'sign', 'example.');
    // The other one grows on its own token, further than the first; then it is brought to the token that has seen the first.
    for (let i = 0; i < 2; i++) await other.must('zone', 'sign', 'example.');
    putBack(other, workspace);
    await refusedUntouched(workspace, 'audit/forked', 'no continuation of the one the token knows');
    putBack(start, workspace);
    await refusedUntouched(workspace, 'audit/rolled-back');
  });

  test('the whole folder with its token put back: no evidence is left on this machine, and none is claimed', async () => {
    const workspace = stage.copy();
    const older = workspace.copyTo(stage.path('older'));
    await workspace.must('zone', 'sign', 'example.');
    await older.must('zone', 'sign', 'example.');
  });

  test('the token of another workspace is not the token of this log', async () => {
    using other = await makeTestWorkspace({ practice: true });
    const workspace = stage.copy();
    rmSync(workspace.path('token'), { recursive: true });
    cpSync(other.path('token'), workspace.path('token'), { recursive: true });
    const { status, err } = await workspace.run('zone', 'sign', 'example.');
    expect(err).toMatch(/coldsign: error (token|key)\//);
    expect(status).toBe(1);
  });
});

describe('what is on the disk is held against the signed head', () => {
  test.each([
    ['the first', 0.02],
    ['one in the middle', 0.5],
    ['the last', 0.99],
  ])('one octet of entries.jsonl changed, in %s entry: the root is another', async (_, where) => {
    const workspace = stage.copy();
    const text = workspace.read('audit', 'entries.jsonl');
    // A digit becomes another one: the line stays an entry that could be read.
    const at = text.indexOf('"mono":', Math.floor(text.length * where) - (where > 0.9 ? 600 : 0)) + '"mono":'.length;
    workspace.write('audit/entries.jsonl', `${text.slice(0, at)}${text[at] === '1' ? '2' : '1'}${text.slice(at + 1)}`);
    await refusedUntouched(workspace, 'audit/forked', 'the signed checkpoint has the root');
    for (const args of [['status'], ['zone', 'list'], ['zone', 'show', 'example.'], ['zone', 'diff', 'example.'], ['key', 'ds']])
      expectRefused(await workspace.run(...args), 'audit/forked');
  });

  test('entries removed from the end', async () => {
    const workspace = stage.copy();
    const lines = workspace.read('audit', 'entries.jsonl').split('\n');
    workspace.write('audit/entries.jsonl', `${lines.slice(0, -3).join('\n')}\n`);
    await refusedUntouched(workspace, 'audit/truncated', `${lines.length - 1} entries`, `the log has ${lines.length - 3}`);
    expectRefused(await workspace.run('status'), 'audit/truncated');
  });

  test('entries added by hand behind the signed head: only well-formed ones are read, and the next command tells of them in the log', async () => {
    const workspace = stage.copy();
    const [last] = entriesOf(workspace).slice(-1);
    const data = { config: stateOf(workspace).config, diff: [] };
    const forged = { ...last!, seq: last!.seq + 1, type: 'policy.loaded', cat: 'software', data } as unknown as AnyEntry;
    const before = workspace.read('audit', 'entries.jsonl');
    workspace.write('audit/entries.jsonl', `${before}${JSON.stringify(forged).replace('{', '{ ')}\n`);
    await refusedUntouched(workspace, 'audit/bad-entry');
    workspace.write('audit/entries.jsonl', `${before}${printEntry(forged)}\n`);
    const { err } = await workspace.must('zone', 'sign', 'example.');
    expect(err).toContain(`entry ${forged.seq} stood behind the signed head`);
    expect(logged(workspace, 'log.anomaly')).toMatchObject([{ kind: 'unsigned-entries' }]);
    expect((await workspace.must('zone', 'sign', 'example.')).err).toBe('');
  });

  test('the checkpoint is gone: from checkpoints/ it comes back; all of them gone is refused', async () => {
    const workspace = stage.copy();
    rmSync(workspace.path('audit', 'checkpoint'));
    await workspace.must('zone', 'sign', 'example.');
    expect(existsSync(workspace.path('audit', 'checkpoint'))).toBe(true);
    rmSync(workspace.path('audit', 'checkpoint'));
    rmSync(workspace.path('audit', 'checkpoints'), { recursive: true });
    await refusedUntouched(workspace, 'audit/no-checkpoint', 'no signed checkpoint');
    expectRefused(await workspace.run('status'), 'audit/no-checkpoint');
  });

  test('an older checkpoint in its place does not take away what the token has seen', async () => {
    const workspace = stage.copy();
    const older = stage.copy();
    await workspace.must('zone', 'sign', 'example.');
    // Log and checkpoints of before, artifacts and releases of now.
    rmSync(workspace.path('audit'), { recursive: true });
    cpSync(older.path('audit'), workspace.path('audit'), { recursive: true });
    await refusedUntouched(workspace, 'audit/rolled-back');
  });

  test('a checkpoint of another key', async () => {
    using other = await makeTestWorkspace({ practice: true });
    const workspace = stage.copy();
    const { text } = parseNote(workspace.read('audit', 'checkpoint'));
    const { signatures } = parseNote(other.read('audit', 'checkpoint'));
    const foreign = other.read('audit', 'checkpoint').split('\n\n')[1]!;
    expect(signatures).toHaveLength(1);
    rmSync(workspace.path('audit', 'checkpoints'), { recursive: true });
    workspace.write('audit/checkpoint', `${text}\n${foreign}`);
    await refusedUntouched(workspace, 'audit/not-signed');
  });

  test('the log is gone: never is a new one begun', async () => {
    const workspace = stage.copy();
    rmSync(workspace.path('audit', 'entries.jsonl'));
    await refusedUntouched(workspace, 'audit/no-log', 'entries.jsonl');
    rmSync(workspace.path('audit'), { recursive: true });
    await refusedUntouched(workspace, 'audit/no-log', 'nothing was changed');
    expectRefused(await workspace.run('status'), 'audit/no-log');
  });

  test('an artifact of the configuration in force was changed', async () => {
    const workspace = stage.copy();
    const { config } = stateOf(workspace);
    appendFileSync(workspace.path('artifacts', config!.sha256), '# more\n');
    const { status, err } = await workspace.run('zone', 'sign', 'example.');
    expect(status).toBe(3);
    expect(err).toContain('coldsign: error audit/artifact-changed: ');
  });
});

describe('a torn last line', () => {
  const TORN = '{"actor":{"name":"root","role":"oper';

  test('is kept as an artifact, and told in the log', async () => {
    const workspace = stage.copy();
    const whole = workspace.read('audit', 'entries.jsonl');
    appendFileSync(workspace.path('audit', 'entries.jsonl'), TORN);
    expect((await workspace.must('status')).err).toBe('');
    const { err } = await workspace.must('zone', 'sign', 'example.');
    expect(err).toContain('a line of 36 octets without end was cut off');
    const [anomaly] = logged(workspace, 'log.anomaly');
    expect(anomaly).toMatchObject({ kind: 'torn-line', artifact: { size: 36 } });
    expect(workspace.read('artifacts', anomaly!.artifact!.sha256)).toBe(TORN);
    expect(workspace.read('audit', 'entries.jsonl').startsWith(whole)).toBe(true);
    expectSealed(workspace);
  });

  test('is not lost where the command is refused before it can tell it', async () => {
    const workspace = stage.copy();
    await workspace.must('zone', 'sign', 'example.', '--now', '+1d');
    appendFileSync(workspace.path('audit', 'entries.jsonl'), TORN);
    expectRefused(await workspace.run('zone', 'sign', 'example.'), 'audit/clock-backwards');
    await workspace.must('zone', 'sign', 'example.', '--now', '+2d');
    expect(logged(workspace, 'log.anomaly')).toMatchObject([{ kind: 'torn-line' }]);
  });
});

describe('"the snapshot is only a cache"', () => {
  const forged = (text: string): string => {
    const state = JSON.parse(text) as { zones: Record<string, { releases: object[]; keys: object[] }>; exceptions: number };
    state.zones['example.']!.releases = [];
    state.exceptions = 41;
    return `${JSON.stringify(state)}\n`;
  };

  test('a forged one of the right form is not believed, and is made anew', async () => {
    const workspace = stage.copy();
    workspace.write('cache/state.json', forged(workspace.read('cache', 'state.json')));
    expect(JSON.parse((await workspace.must('status', '--format', 'json')).out)).toMatchObject({
      log: { exceptions: 0 },
      zones: [{ zone: 'example.', serial: 2 }],
    });
    await workspace.must('zone', 'sign', 'example.');
    expect(stateAfter(workspace).zones['example.']!.releases).toHaveLength(2);
    expect(JSON.parse(workspace.read('cache', 'state.json'))).toMatchObject({ exceptions: 0 });
  });

  test.each([
    ['gone', undefined],
    ['empty', ''],
    ['no JSON', 'nonsense'],
    ['of a form to come', '{"format":2,"size":1}'],
    ['of a size below nothing', '{"format":1,"size":-1}'],
    ['ahead of the log', '{"format":1,"size":9999}'],
    ['null', 'null'],
  ])('%s: the state is folded from the log', async (_, text) => {
    const workspace = stage.copy();
    const expected = (await workspace.must('status')).out;
    rmSync(workspace.path('cache'), { recursive: true });
    if (text !== undefined) {
      cpSync(stage.original.path('cache'), workspace.path('cache'), { recursive: true });
      writeFileSync(workspace.path('cache', 'state.json'), text);
    }
    expect((await workspace.must('status')).out).toBe(expected);
  });

  test('that of another log is none of this one', async () => {
    using other = await makeTestWorkspace({ practice: true });
    const workspace = stage.copy();
    const expected = (await workspace.must('status')).out;
    cpSync(other.path('cache', 'state.json'), workspace.path('cache', 'state.json'));
    expect((await workspace.must('status')).out).toBe(expected);
    // An older one of this log is good: what came since is folded on top of it.
    const older = stage.copy();
    await workspace.must('zone', 'sign', 'example.');
    cpSync(older.path('cache', 'state.json'), workspace.path('cache', 'state.json'));
    expect(stateAfter(workspace)).toEqual(stateOf(workspace));
  });
});

test('where there is no workspace, that is said', async () => {
  const outside = await inProcess('status', '--dir', stage.path('nowhere'));
  expectRefused(outside, 'workspace/not-found', 'coldsign init');
});

/** With the cache as it is. */
function stateAfter(workspace: TestWorkspace): ReturnType<typeof stateOf> {
  return readWorkspace(workspace.dir).state;
}
