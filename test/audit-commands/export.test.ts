import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { VerifyReport } from '../../src/audit/verifier/report.ts';
import type { AnyEntry } from '../../src/state/state.ts';
import { coldsign, NODE } from '../support/cli.ts';
import { EXAMPLE_ZONE, inProcess, makeTestWorkspace, type TestWorkspace } from '../support/workspace.ts';
import { Witness } from './other-side.ts';

const SECOND_VERIFIER = new URL('../audit-export/verify_export.py', import.meta.url).pathname;
const run = promisify(execFile);

interface Told {
  readonly file: string;
  readonly sha256: string;
  readonly size: number;
  readonly files: number;
  readonly missing: readonly string[];
}

const log = { vkey: '' };
const witness = new Witness('witness.example/1', log);
let ws: TestWorkspace;
/** Archives, outside of the workspace, with nothing of it near. */
let outside: string;
let older: Told;
/** SIZE and the words of a page that was printed after the older export. */
let page: string;
let newer: Told;

const at = (name: string): string => join(outside, name);
const entries = (): AnyEntry[] => lines().map((line) => JSON.parse(line) as AnyEntry);
const lines = (): string[] => ws.read('audit', 'entries.jsonl').trimEnd().split('\n');
const exported = async (...args: readonly string[]): Promise<Told> =>
  JSON.parse((await ws.must('audit', 'export', ...args, '--json')).out) as Told;
const verified = async (...args: readonly string[]): Promise<{ status: number | undefined; report: VerifyReport }> => {
  const { status, out } = await inProcess('audit', 'verify', ...args, '--json');
  return { status, report: JSON.parse(out) as VerifyReport };
};
const codes = ({ findings }: VerifyReport): string[] => findings.map(({ code }) => code);

beforeAll(async () => {
  ws = await makeTestWorkspace({ zones: { 'example.': EXAMPLE_ZONE }, config: (text) => `${text}\nwitnesses: ['${witness.vkey}']\n` });
  log.vkey = (entries()[0] as Extract<AnyEntry, { type: 'log.genesis' }>).data.vkey;
  outside = join(ws.dir, '..', 'outside');
  mkdirSync(outside);
  await ws.must('zone', 'sign', 'example.');
  older = await exported(at('older.tar'));
  const { size, root } = JSON.parse((await ws.must('audit', 'checkpoint', '--json')).out) as { size: number; root: { words: string[] } };
  page = `${size} ${root.words.slice(0, 8).join(' ')}`;
  await ws.must('audit', 'witness', '--out', at('to-witness'));
  const line = witness.receive(readFileSync(at('to-witness'), 'utf8'), Math.floor(Date.now() / 1000));
  writeFileSync(at('from-witness'), line);
  await ws.must('audit', 'witness', '--in', at('from-witness'));
  newer = await exported(at('newer.tar'), '--inputs');
});
afterAll(() => {
  ws[Symbol.dispose]();
  rmSync(outside, { recursive: true, force: true });
});

describe('audit export', () => {
  test('the archive is sealed by a checkpoint of all that it holds; the log then tells its sha256', () => {
    for (const told of [older, newer]) {
      expect(createHash('sha256').update(readFileSync(told.file)).digest('hex')).toBe(told.sha256);
      // The entry of the export is the first one that is not in it.
      expect(entries()[told.size]).toMatchObject({
        type: 'export.created',
        data: { size: told.size, sha256: told.sha256, files: told.files },
      });
      expect(entries()[told.size - 1]).toMatchObject({ type: 'session.open', data: { command: 'audit export' } });
      expect(told.missing).toEqual([]);
    }
    expect(Object.keys(newer).sort()).toEqual(['file', 'files', 'missing', 'sha256', 'size']);
  });

  test('--inputs: the unsigned zone goes along, which it does not otherwise', async () => {
    expect(codes((await verified(older.file)).report)).toContain('AUDIT-INPUT-ABSENT');
    expect(codes((await verified(newer.file)).report)).not.toContain('AUDIT-INPUT-ABSENT');
  });

  test('an archive is never overwritten: audit/export-exists, and nothing is logged', async () => {
    const before = { octets: readFileSync(older.file), size: lines().length };
    const { status, err } = await ws.run('audit', 'export', older.file);
    expect(status).toBe(1);
    expect(err).toContain('error audit/export-exists');
    expect({ octets: readFileSync(older.file), size: lines().length }).toEqual(before);
  });

  test('where nothing can be written there is nothing, and the session is closed as failed', async () => {
    using copy = ws.copyTo(join(ws.dir, '..', 'copy'));
    const { status, err } = await copy.run('audit', 'export', at('no-such-folder/x.tar'));
    expect(status).not.toBe(0);
    expect(existsSync(at('no-such-folder'))).toBe(false);
    expect(err).toContain('error file/not-writable');
    expect(JSON.parse(copy.read('audit', 'entries.jsonl').trimEnd().split('\n').at(-1)!)).toMatchObject({ data: { outcome: 'failed' } });
  });

  test('an artifact that was lost: the export is made, a warning names it, and the verdict tells it', async () => {
    using copy = ws.copyTo(join(ws.dir, '..', 'lost'));
    const release = entries().find((entry) => entry.type === 'release.intent') as Extract<AnyEntry, { type: 'release.intent' }>;
    const { manifest } = release.data.release;
    rmSync(copy.path('artifacts', manifest));
    const { out, err } = await copy.must('audit', 'export', at('lost.tar'), '--json');
    expect(err).toContain(`artifact ${manifest}`);
    expect((JSON.parse(out) as Told).missing).toEqual([manifest]);
    expect((await verified(at('lost.tar'))).report.findings.some(({ text }) => text.includes(manifest))).toBe(true);
  });
});

describe('audit verify, far from any workspace', () => {
  test('in order; without older evidence the verdict says that continuity was not checked', async () => {
    const { status, out } = await coldsign(['audit', 'verify', newer.file], { cwd: outside });
    expect(status).toBe(0);
    expect(out).toContain('\nProven:\n');
    expect(out).toContain('\nNot proven:\n');
    expect(out).toContain('Verdict: self-consistent; continuity with earlier evidence was not checked\n');
  });

  test.each([
    ['an older export', () => ['--since', older.file]],
    ['an older checkpoint', () => ['--since', ws.path('audit', 'checkpoints', '4')]],
    ['the words of a printed page', () => ['--since-words', page]],
  ])('--since: it continues %s', async (_, args) => {
    const { status, report } = await verified(newer.file, ...args());
    expect(status).toBe(0);
    expect(report).toMatchObject({ ok: true, continuity: 'checked', size: newer.size, origin: 'audit.example/test' });
  });

  test('an older copy in the place of the log, and words of another log: exit 1', async () => {
    const back = await verified(older.file, '--since', newer.file);
    expect(back.status).toBe(1);
    expect(codes(back.report)).toContain('AUDIT-ROLLBACK');
    const words = page.split(' ');
    const other = await verified(
      newer.file,
      '--since-words',
      [...words.slice(0, 8), words[8] === 'Babylon' ? 'Bradbury' : 'Babylon'].join(' '),
    );
    expect(other.status).toBe(1);
    expect(codes(other.report)).toContain('AUDIT-FORK');
  });

  test('--vkey and --witness: keys, or files with one', async () => {
    const { report: plain } = await verified(newer.file);
    expect(plain.notProven.some((text) => text.includes('That the key is the right one'))).toBe(true);
    writeFileSync(at('published-key'), `# of the log\n${log.vkey}\n`);
    writeFileSync(at('witness-key'), `${witness.vkey}\n`);
    for (const [key, cosigner] of [
      [log.vkey, witness.vkey],
      [at('published-key'), at('witness-key')],
    ] as const) {
      const { status, report } = await verified(newer.file, '--vkey', key, '--witness', cosigner);
      expect(status).toBe(0);
      expect(report.notProven.some((text) => text.includes('That the key is the right one'))).toBe(false);
      expect(report.proven.some((text) => text.includes(witness.name))).toBe(true);
    }
    const foreign = new Witness('audit.example/test', log).vkey.replace(/\+[^+]*$/, '+x');
    expect((await inProcess('audit', 'verify', newer.file, '--vkey', foreign)).status).toBe(2);
  });

  test.each([
    ['usage/audit-verify', 2, () => [at('no-such.tar')]],
    ['usage/audit-verify', 2, () => [newer.file, '--since', older.file, '--since-words', page]],
    ['usage/audit-verify', 2, () => [newer.file, '--since-words', '5 one two']],
    ['usage/audit-verify', 2, () => [newer.file, '--witness', log.vkey]],
    ['usage/audit-verify', 2, () => [newer.file, '--vkey', at('from-witness-and-more')]],
    ['file/not-found', 1, () => [newer.file, '--vkey', at('nothing')]],
  ] as const)('%s, exit %i', async (code, exit, args) => {
    writeFileSync(at('from-witness-and-more'), `${log.vkey}\n${witness.vkey}\n`);
    const { status, out, err } = await inProcess('audit', 'verify', ...args());
    expect({ status, out }).toEqual({ status: exit, out: '' });
    expect(err).toContain(`error ${code}`);
  });

  test('what travels in the archive says the same, and so does the second verifier', async () => {
    await run('tar', ['-xf', newer.file, '-C', outside]);
    const own = await run(NODE, [at('coldsign-audit/verify.mjs'), newer.file, '--vkey', log.vkey, '--json'], { cwd: outside });
    const { report } = await verified(newer.file, '--vkey', log.vkey);
    expect(JSON.parse(own.stdout)).toEqual(report);
    const second = await run('python3', [SECOND_VERIFIER, newer.file, '--vkey', log.vkey, '--witness', witness.vkey]);
    const verdict = JSON.parse(second.stdout) as { ok: boolean; findings: { code: string }[] };
    expect(verdict.ok).toBe(true);
    expect(new Set(verdict.findings.map(({ code }) => code))).toEqual(new Set(codes(report)));
  });

  test('one octet of an entry changed in the unpacked export: both see it', async () => {
    const folder = at('changed');
    mkdirSync(folder);
    await run('tar', ['-xf', newer.file, '-C', folder]);
    const path = join(folder, 'coldsign-audit/entries.jsonl');
    writeFileSync(path, readFileSync(path, 'utf8').replace('"outcome":"done"', '"outcome":"nons"'));
    const { status, report } = await verified(join(folder, 'coldsign-audit'));
    expect(status).toBe(1);
    expect(codes(report)).toContain('AUDIT-ROOT');
    const second = await run('python3', [SECOND_VERIFIER, join(folder, 'coldsign-audit')]).catch((error: { stdout: string }) => error);
    const verdict = JSON.parse(second.stdout) as { ok: boolean; findings: { code: string }[] };
    expect(verdict.ok).toBe(false);
    expect(new Set(verdict.findings.map(({ code }) => code))).toEqual(new Set(codes(report)));
  });
});
