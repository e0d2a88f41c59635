import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exportLog } from '../../src/audit/export.ts';
import { VerifierUsage } from '../../src/audit/verifier/report.ts';
import { verifyExport } from '../../src/audit/verifier/verify.ts';
import { verifierSource } from '../../src/audit/verifier-source.ts';
import { printVkey } from '../../src/audit/vkey.ts';
import { hashWords } from '../../src/audit/words.ts';
import { NODE } from '../support/cli.ts';
import { TestFolder, unpack } from './support/sample-export.ts';
import { makeSampleLog, type SampleLog } from './support/sample-log.ts';
import { type Files, textOf } from './support/second-verifier.ts';

const folder = new TestFolder();
let log: SampleLog;
let files: Files;
let archive: string;
/** As an auditor has it: out of the export. */
let program: string;

beforeAll(async () => {
  log = await makeSampleLog(join(folder.path, 'log'));
  archive = join(folder.path, 'log.tar');
  await exportLog({ ...log, out: archive, inputs: false });
  files = unpack(archive, folder.path, 'files');
  program = join(folder.path, 'files', 'coldsign-audit', 'verify.mjs');
});
afterAll(() => folder[Symbol.dispose]());

function run(args: readonly string[], node: readonly string[] = []) {
  const { status, stdout, stderr } = spawnSync(NODE, [...node, program, ...args], { encoding: 'utf8', cwd: folder.path });
  return { status, out: stdout, err: stderr };
}

function firstWords(size: number): string {
  return hashWords(Buffer.from(textOf(files, `checkpoints/${size}`).split('\n')[2]!, 'base64')).join(' ');
}

test('it imports nothing but what Node brings', () => {
  const imports = [...textOf(files, 'verify.mjs').matchAll(/^(?:import|export)\b.* from '([^']*)';$/gm)].map(([, from]) => from);
  expect(imports).toEqual(['node:crypto', 'node:fs', 'node:path']);
  expect(textOf(files, 'verify.mjs')).not.toMatch(/\bimport *\(|\brequire\b|getBuiltinModule|sourceMappingURL/);
});

test('it is JavaScript without types', () => {
  execFileSync(NODE, ['--no-strip-types', '--check', program]);
});

describe('as a program', () => {
  test('an export in order: 0, what is proven, what is not, the verdict', () => {
    const { status, out, err } = run([archive]);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(out).toMatch(/^log {6}log\.example$/m);
    expect(out).toContain('Proven:\n  The 33 entries are those that the key log.example+');
    expect(out).toContain('Not proven:\n  Whether this is the log that others have seen before');
    expect(out).toMatch(/\nVerdict: self-consistent; continuity with earlier evidence was not checked\n$/);
  });

  test('every option', () => {
    const old = join(folder.path, 'checkpoint.17');
    writeFileSync(old, files.get('checkpoints/17')!);
    const keys = ['--vkey', log.vkey, '--witness', printVkey(log.witness.key)];
    const { status, out } = run([archive, '--since', old, ...keys, '--json']);
    expect(status).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ ok: true, continuity: 'checked', size: 33, vkey: log.vkey, origin: 'log.example' });
    expect(out).toContain('Witness witness.example saw the first 17 entries');
    expect(run(['--since-words', `33 ${firstWords(33)}`, archive]).status).toBe(0);
  });

  test('an export that is not in order: 1, and every finding with its code', () => {
    const bad = join(folder.path, 'bad.tar');
    const octets = readFileSync(archive);
    octets[octets.indexOf('agreed with')]! ^= 1;
    writeFileSync(bad, octets);
    const { status, out } = run([bad]);
    expect(status).toBe(1);
    expect(out).toMatch(
      /error AUDIT-FILE-CHANGED entries\.jsonl has \d+ octets and sha256 [0-9a-f]{64}, MANIFEST says \d+ and [0-9a-f]{64}/,
    );
    expect(out).toMatch(/error AUDIT-ROOT checkpoint seals 33 entries with the root [0-9a-f]{64}, these have [0-9a-f]{64}/);
    expect(out).not.toContain('none was changed');
    expect(out).toMatch(/Verdict: NOT in order: \d+ findings\n$/);
  });

  test('wrong arguments: 2, and how it is used', () => {
    const eight = 'aardvark adroitness '.repeat(4).trim();
    for (const [args, says] of [
      [[], 'give one export'],
      [[archive, archive], 'give one export'],
      [['--what'], 'give one export'],
      [['nowhere'], 'nowhere cannot be read (ENOENT)'],
      [[archive, '--since', 'nowhere'], 'nowhere cannot be read (ENOENT)'],
      [[archive, '--vkey', 'x'], '"x" is not the vkey of a log'],
      [[archive, '--vkey', printVkey(log.witness.key)], 'is not the vkey of a log'],
      [[archive, '--witness', log.vkey], 'is not the vkey of a witness'],
      [[archive, '--vkey', log.vkey, '--vkey', log.vkey], '--vkey is given twice'],
      [[archive, '--since', archive, '--since-words', eight], 'one piece of older evidence at a time'],
      [[archive, '--since-words', eight], '"aardvark" is not a size'],
      [[archive, '--since-words', '33 aardvark adroitness'], '2 words; give 8 at least'],
      [[archive, '--since-words', `33 adroitness ${eight}`], 'word 1, "adroitness", is not one of the even places'],
    ] as const) {
      const { status, out, err } = run(args);
      expect({ status, out }, args.join(' ')).toEqual({ status: 2, out: '' });
      expect(err).toContain(says);
      expect(err).toContain('usage: node verify.mjs EXPORT');
    }
    expect(run(['--help'])).toMatchObject({ status: 0, err: '' });
  });

  test('it runs through a link, too, and not when it is imported', () => {
    const link = join(folder.path, 'verifier.mjs');
    symlinkSync(program, link);
    expect(spawnSync(NODE, [link, archive]).status).toBe(0);
    const script = `const { verifyExport } = await import(${JSON.stringify(program)}); console.log(verifyExport(${JSON.stringify(archive)}).size)`;
    expect(spawnSync(NODE, ['--input-type=module', '-e', script], { encoding: 'utf8' }).stdout).toBe('33\n');
  });

  test('an old Node has no hash of one call: the other way gives the same', () => {
    const without = 'data:text/javascript,import crypto from "node:crypto"; delete crypto.hash';
    const { status, out } = run([archive, '--json'], ['--import', without]);
    expect(status).toBe(0);
    expect(JSON.parse(out)).toEqual(JSON.parse(JSON.stringify(verifyExport(archive))));
  });
});

describe('words of a printed page', () => {
  test('are the PGP word list: every octet in both places', () => {
    // The root of a log cannot be chosen; that a wrong word in any place is told shows that each was read.
    const words = firstWords(33).split(' ');
    for (const [place] of words.entries()) {
      const other = hashWords(Buffer.from([0, 1, 2, 3])).find((word, i) => i % 2 === place % 2 && word !== words[place])!;
      const report = verifyExport(archive, { sinceWords: `33 ${words.with(place, other).join(' ')}` });
      expect(
        report.findings.map(({ code }) => code),
        `place ${place}`,
      ).toContain('AUDIT-FORK');
    }
  });

  test('the list is the one of the program', () => {
    const all = [0, 1].flatMap((odd) =>
      Array.from({ length: 256 }, (_, octet) => hashWords(odd === 0 ? Buffer.of(octet) : Buffer.of(0, octet))[odd]!),
    );
    const own = verifierSource();
    const [even, odd] = ['EVEN', 'ODD'].map((name) => new RegExp(`${name}_WORDS = \`\n([^\`]*)\``).exec(own)![1]!.trim().split(/\s+/));
    expect([...even!, ...odd!]).toEqual(all);
  });

  test('a wrong one is refused as an argument', () => {
    expect(() => verifyExport(archive, { sinceWords: '33 x x x x x x x x' })).toThrow(VerifierUsage);
  });
});
