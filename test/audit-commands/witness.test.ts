import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { storeCosignatures } from '../../src/audit/cosignatures.ts';
import type { AnyEntry } from '../../src/state/state.ts';
import type { CliResult } from '../support/cli.ts';
import { inProcess, makeTestWorkspace, type TestWorkspace } from '../support/workspace.ts';
import { Witness } from './other-side.ts';

const log = { vkey: '' };
const first = new Witness('witness.example/1', log);
const second = new Witness('witness.example/2', log);
const stranger = new Witness('stranger.example', log);

let alone: TestWorkspace;
let both: TestWorkspace;
beforeAll(async () => {
  alone = await makeTestWorkspace({ config: (text) => `${text}\nwitnesses: ['${first.vkey}']\n` });
  log.vkey = (entries(alone)[0] as Extract<AnyEntry, { type: 'log.genesis' }>).data.vkey;
  both = alone.copyTo(join(alone.dir, '..', 'both'));
  both.edit((text) => text.replace(`'${first.vkey}'`, `'${first.vkey}', '${second.vkey}'`));
  await both.must('policy', 'apply');
});
afterAll(() => {
  alone[Symbol.dispose]();
  both[Symbol.dispose]();
});

const entries = (ws: TestWorkspace): AnyEntry[] =>
  ws
    .read('audit', 'entries.jsonl')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as AnyEntry);
const sizeOf = (ws: TestWorkspace): number => entries(ws).length;
const textOf = (note: string): string => note.slice(0, note.indexOf('\n\n') + 1);
const timeNow = (): number => Math.floor(Date.now() / 1000);
const sent = async (ws: TestWorkspace, ...args: readonly string[]): Promise<string> => {
  await ws.must('audit', 'witness', '--out', ws.path('out'), ...args);
  return ws.read('out');
};
const answer = (ws: TestWorkspace, text: string, ...args: readonly string[]): Promise<CliResult> =>
  ws.run('audit', 'witness', '--in', ws.write('in', text), '--json', ...args);

function copy(name: string, of: TestWorkspace = both): TestWorkspace {
  return of.copyTo(join(of.dir, '..', name));
}

describe('C2SP tlog-witness, there and back', () => {
  test('a witness that is new to the log, then the same one after the log has grown', async () => {
    using ws = copy('there-and-back', alone);
    const seen = sizeOf(ws);
    const body = await sent(ws);
    expect(body).toBe(`old 0\n\n${ws.read('audit', 'checkpoint')}`);
    const line = first.receive(body, timeNow());

    const told = JSON.parse((await answer(ws, line)).out) as {
      size: number;
      cosignatures: { witness: string; line: string; isNew: boolean }[];
    };
    expect(told).toMatchObject({ size: seen, cosignatures: [{ witness: first.name, line: line.trimEnd(), isNew: true }] });
    expect(ws.read('audit', 'checkpoints', `${seen}`).endsWith(`\n${line}`)).toBe(true);
    const logged = entries(ws).filter(({ type }) => type === 'checkpoint.witnessed');
    expect(logged).toMatchObject([{ data: { size: seen, witness: first.name, line: line.trimEnd() } }]);

    // "The witness MUST verify the consistency proof": this one throws when old is not what it has seen, or the proof is wrong.
    expect(sizeOf(ws)).toBeGreaterThan(seen);
    const next = await sent(ws);
    expect(next.startsWith(`old ${seen}\n`)).toBe(true);
    const later = first.receive(next, timeNow());
    expect((await answer(ws, later)).status).toBe(0);
    // The opening of the next session says what was witnessed by then.
    await ws.must('audit', 'checkpoint', '--sign');
    const opened = entries(ws).findLast(({ type }) => type === 'session.open');
    expect(opened).toMatchObject({ data: { witnessed: first.size } });
  });

  test('the same answer again changes nothing, not even the log', async () => {
    using ws = copy('again');
    const line = second.cosign(textOf(ws.read('audit', 'checkpoint')), timeNow());
    const size = sizeOf(ws);
    expect((await answer(ws, line)).status).toBe(0);
    const after = { entries: ws.read('audit', 'entries.jsonl'), note: ws.read('audit', 'checkpoints', `${size}`) };
    const { status, out, err } = await answer(ws, line);
    expect(status).toBe(0);
    expect(err).toContain('has this already');
    expect(JSON.parse(out)).toMatchObject({ size, cosignatures: [{ isNew: false }] });
    expect({ entries: ws.read('audit', 'entries.jsonl'), note: ws.read('audit', 'checkpoints', `${size}`) }).toEqual(after);
    // Of two answers over one checkpoint the first counts.
    const again = second.cosign(textOf(after.note), timeNow() + 1);
    expect((await answer(ws, again)).err).toContain('has this already');
    expect(ws.read('audit', 'checkpoints', `${size}`)).toBe(after.note);
    // The program was ended between the entry and the file: the next run completes it, with the line of the log.
    writeFileSync(ws.path('audit', 'checkpoints', `${size}`), after.note.replace(line, ''));
    expect((await answer(ws, again)).status).toBe(0);
    expect(ws.read('audit', 'checkpoints', `${size}`)).toBe(after.note);
    expect(entries(ws).filter(({ type }) => type === 'checkpoint.witnessed')).toHaveLength(1);
  });

  test('an answer for an older checkpoint comes in late: what was witnessed last does not go back', async () => {
    using ws = copy('late');
    const old = { size: sizeOf(ws), line: first.cosign(textOf(ws.read('audit', 'checkpoint')), timeNow()) };
    await ws.must('audit', 'checkpoint', '--sign');
    const newer = { size: sizeOf(ws), line: first.cosign(textOf(ws.read('audit', 'checkpoint')), timeNow()) };
    expect(JSON.parse((await answer(ws, newer.line)).out)).toMatchObject({ size: newer.size });
    expect(JSON.parse((await answer(ws, old.line)).out)).toMatchObject({ size: old.size });
    expect((await sent(ws, '--witness', first.name)).startsWith(`old ${newer.size}\n`)).toBe(true);
    expect((await sent(ws, '--witness', first.name, '--old', `${old.size}`)).startsWith(`old ${old.size}\n`)).toBe(true);
  });

  test('lines of two witnesses, the whole checkpoint as the answer, lines of strangers among them', async () => {
    using ws = copy('several');
    const note = ws.read('audit', 'checkpoint');
    const lines = [first, stranger, second].map((witness) => witness.cosign(textOf(note), timeNow()));
    const { status, out } = await answer(ws, note + lines.join(''));
    expect(status).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ cosignatures: [{ witness: first.name }, { witness: second.name }] });
    const size = note.split('\n')[1]!;
    expect(ws.read('audit', 'checkpoints', size)).toBe(note + lines[0] + lines[2]);
  });

  test('lines go under the newest checkpoint, too, while it is the newest', () => {
    using ws = copy('newest');
    const size = sizeOf(ws);
    const note = ws.read('audit', 'checkpoint');
    const line = first.cosign(textOf(note), timeNow()).trimEnd();
    expect(storeCosignatures(ws.path('audit'), size, [line])).toBe(true);
    expect(ws.read('audit', 'checkpoint')).toBe(`${note}${line}\n`);
    expect(ws.read('audit', 'checkpoints', `${size}`)).toBe(`${note}${line}\n`);
    expect(storeCosignatures(ws.path('audit'), size, [line])).toBe(false);
  });
});

describe('what is refused, and leaves the log as it is', () => {
  const text = (): string => textOf(both.read('audit', 'checkpoint'));
  const other = (): string => text().replace(/\n\d+\n/, '\n4\n');

  const refused: readonly [code: string, what: string, answer: () => string, ...args: readonly string[]][] = [
    ['audit/unknown-witness', 'a stranger alone', () => stranger.cosign(text(), timeNow())],
    [
      'audit/unknown-witness',
      'another witness than the one that was named',
      () => first.cosign(text(), timeNow()),
      '--witness',
      second.name,
    ],
    ['audit/bad-cosignature', 'over another checkpoint', () => first.cosign(text().replace('audit.example', 'other.example'), timeNow())],
    ['audit/bad-cosignature', 'over another size', () => first.cosign(other(), timeNow())],
    ['audit/bad-cosignature', 'another size, as a whole', () => `${other()}\n${first.cosign(other(), timeNow())}`],
    ['audit/bad-cosignature', 'of a time to come', () => first.cosign(text(), timeNow() + 3600)],
    ['audit/bad-cosignature', 'spoilt', () => first.cosign(text(), timeNow()).replace(/.{8}=*\n$/, 'AAAAAAAA\n')],
    ['audit/bad-cosignature', 'not a signature line', () => '409 Conflict\n'],
    ['audit/bad-cosignature', 'not a note', () => 'a\n\nb\n'],
    ['audit/bad-cosignature', 'too long to be one', () => 'x'.repeat(70_000)],
  ];

  test.each(refused)('%s: %s', async (code, _, make, ...args) => {
    const before = both.read('audit', 'entries.jsonl');
    const { status, out, err } = await answer(both, make(), ...args);
    expect({ status, out }).toEqual({ status: 1, out: '' });
    expect(err).toContain(`error ${code}`);
    expect(both.read('audit', 'entries.jsonl')).toBe(before);
  });

  test('which witness: several and none named, a name that is none, none in the configuration', async () => {
    const out = both.path('not-written');
    expect((await both.run('audit', 'witness', '--out', out)).err).toContain('error audit/which-witness');
    expect((await both.run('audit', 'witness', '--out', out, '--witness', 'x')).err).toContain('error audit/unknown-witness');
    using bare = copy('bare', alone);
    bare.edit((config) => config.replace(/\nwitnesses: .*\n/, '\n'));
    await bare.must('policy', 'apply');
    expect((await bare.run('audit', 'witness', '--out', out)).err).toContain('error audit/no-witness');
    bare.edit((config) => `${config}\nwitnesses: ['${log.vkey}']\n`);
    await bare.must('policy', 'apply');
    expect((await bare.run('audit', 'witness', '--out', out)).err).toContain('error audit/no-witness');
    expect(existsSync(out)).toBe(false);
  });

  test('a witness that has seen more than the log has: an older copy was put in its place', async () => {
    const { status, err } = await both.run('audit', 'witness', '--out', both.path('x'), '--witness', first.name, '--old', '999');
    expect(status).toBe(1);
    expect(err).toContain('error audit/witness-ahead');
  });

  test('the checkpoint that was cosigned is gone from the folder', async () => {
    using ws = copy('gone');
    const line = first.cosign(textOf(ws.read('audit', 'checkpoint')), timeNow());
    const size = sizeOf(ws);
    await ws.must('audit', 'checkpoint', '--sign');
    expect((await answer(ws, line)).status).toBe(0);
    writeFileSync(ws.path('audit', 'checkpoints', `${size}`), readFileSync(ws.path('audit', 'checkpoints', `${size + 2}`)));
    expect((await answer(ws, line)).err).toContain('error audit/bad-checkpoint');
  });

  test('--in and --out together, or none of them; a file that is not there', async () => {
    for (const args of [[], ['--in', 'a', '--out', 'b'], ['--in', 'a', '--old', '3']]) {
      const { status, err } = await inProcess('audit', 'witness', ...args);
      expect(status).toBe(2);
      expect(err).toContain('error usage/witness-what');
    }
    expect((await both.run('audit', 'witness', '--in', both.path('nothing'))).err).toContain('error file/unreadable');
  });
});
