import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EVEN_WORDS, ODD_WORDS } from '../../keystore/shares/pgp-words.ts';
import type { VerifyOptions } from '../../src/audit/verifier/report.ts';
import { verifyExport } from '../../src/audit/verifier/verify.ts';
import { printVkey } from '../../src/audit/vkey.ts';
import { hashWords } from '../../src/audit/words.ts';
import { judgeCases, mistakesIn } from './support/cases.ts';
import { linesOf, resealed, withEntry } from './support/forge.ts';
import { makeSampleExport, makeVariation, type SampleExport, TestFolder } from './support/sample-export.ts';
import { answerOf, askSecondVerifier, errorsOf, relisted, textOf } from './support/second-verifier.ts';

const folder = new TestFolder();
let log: SampleExport;
/** The same log, when it had 17 entries. */
let early: SampleExport;
/** By the same key: another reason in entry 13, so another log from there on. */
let rewritten: SampleExport;
/** The checkpoints of `log`, as lone files. */
let checkpoint4: string;
let checkpoint17: string;
let checkpoint33: string;

beforeAll(async () => {
  log = await makeSampleExport(folder.path, 'log');
  early = await makeVariation(folder.path, 'early', log, { checkpoints: 2 });
  rewritten = await makeVariation(folder.path, 'rewritten', log, { reason: 'nobody asked' });
  [checkpoint4, checkpoint17, checkpoint33] = [4, 17, 33].map((size) =>
    lone(`checkpoint.${size}`, textOf(log.files, `checkpoints/${size}`)),
  ) as [string, string, string];
});
afterAll(() => folder[Symbol.dispose]());

function lone(name: string, text: string): string {
  const path = join(folder.path, name);
  writeFileSync(path, text);
  return path;
}

/** Size and the first words of a root, as on a printed page. */
function page({ files }: SampleExport, size: number, count = 8): string {
  const root = textOf(files, `checkpoints/${size}`).split('\n')[2]!;
  return [size, ...hashWords(Buffer.from(root, 'base64')).slice(0, count)].join(' ');
}

interface Outcome {
  readonly what: string;
  readonly archive: string;
  readonly options: VerifyOptions;
  readonly errors: readonly string[];
}

/** Both verifiers, from the disk. */
async function expectOutcomes(outcomes: readonly Outcome[]): Promise<void> {
  const words = [EVEN_WORDS, ODD_WORDS].map((list) => list.trim().toLowerCase().split(/\s+/));
  const second = await askSecondVerifier(outcomes.map(({ archive, options }) => ({ path: archive, options: { ...options, words } })));
  for (const [i, { what, archive, options, errors }] of outcomes.entries()) {
    const report = verifyExport(archive, options);
    expect(errorsOf(report), what).toEqual(errors);
    expect(second[i], what).toEqual(answerOf(report));
  }
}

test('without older evidence nothing is said of continuity, and the verdict tells so', () => {
  const report = verifyExport(log.archive);
  expect(report.verdict).toBe('self-consistent; continuity with earlier evidence was not checked');
  expect(report.continuity).toBe('unchecked');
  expect(report.notProven.join('\n')).toContain('continuity with earlier evidence was not checked');
});

test('a log that continues what was seen before', async () => {
  const folders = join(folder.path, 'early.files', 'coldsign-audit');
  const ways: VerifyOptions[] = [
    { since: early.archive },
    { since: folders },
    { since: log.archive },
    { since: checkpoint4 },
    { since: checkpoint33 },
    { sinceWords: page(log, 17) },
    { sinceWords: page(log, 33, 32).toUpperCase() },
  ];
  await expectOutcomes(ways.map((options) => ({ what: JSON.stringify(options), archive: log.archive, options, errors: [] })));
  for (const options of ways) expect(verifyExport(log.archive, options)).toMatchObject({ ok: true, continuity: 'checked' });
  expect(verifyExport(log.archive, { since: early.archive }).verdict).toMatch(/^self-consistent, and a continuation of .* at 17 entries$/);
});

test('rollback: an older copy in the place of the log shows by what has seen the newer one, and by nothing else', async () => {
  const { archive } = early;
  await expectOutcomes([
    { what: 'alone', archive, options: {}, errors: [] },
    { what: 'older evidence still', archive, options: { since: checkpoint4 }, errors: [] },
    { what: 'export', archive, options: { since: log.archive }, errors: ['AUDIT-ROLLBACK'] },
    { what: 'checkpoint', archive, options: { since: checkpoint33 }, errors: ['AUDIT-ROLLBACK'] },
    { what: 'page', archive, options: { sinceWords: page(log, 33) }, errors: ['AUDIT-ROLLBACK'] },
  ]);
  expect(verifyExport(archive, { since: checkpoint33 }).continuity).toBe('broken');
});

test('rewritten with the right key: what was seen after the place shows it; what was seen before cannot', async () => {
  const { archive, vkey } = rewritten;
  const lines = { what: 'export', archive, options: { since: log.archive }, errors: ['AUDIT-FORK'] };
  await expectOutcomes([
    { what: 'alone', archive, options: { vkey }, errors: [] },
    { what: 'checkpoint before the fork', archive, options: { since: checkpoint4 }, errors: [] },
    lines,
    { what: 'export of then', archive, options: { since: early.archive }, errors: ['AUDIT-FORK'] },
    { what: 'checkpoint', archive, options: { since: checkpoint17 }, errors: ['AUDIT-FORK'] },
    { what: 'page', archive, options: { sinceWords: page(log, 17) }, errors: ['AUDIT-FORK'] },
    { what: 'the other way round', archive: log.archive, options: { since: archive }, errors: ['AUDIT-FORK'] },
  ]);
  const [finding] = verifyExport(archive, { since: log.archive }).findings;
  expect(finding?.text).toContain('entry 13 is the first that differs');
});

test('a witness that has cosigned the true log has not cosigned another one', async () => {
  const trueLine: string = JSON.parse(linesOf(log.files)[30]!).data.line;
  const moved = withEntry(rewritten.files, 30, ({ data }) => Object.assign(data, { line: trueLine }));
  const files = relisted(await resealed(moved, log.signers));
  const options = { witnesses: [printVkey(log.witness.key)] };
  const cases = [
    { name: 'the witness known', files, options, errors: ['AUDIT-COSIGNATURE'] },
    { name: 'the witness unknown', files, errors: [] },
    { name: 'a witness that was fooled', files: rewritten.files, options, errors: [] },
  ];
  expect(mistakesIn(await judgeCases(rewritten, cases))).toEqual([]);
  expect(verifyExport(log.archive, options).proven.join('\n')).toContain(
    'witness.example saw the first 17 entries, as they are here, at 2026-11-25T',
  );
  expect(verifyExport(log.archive).notProven.join('\n')).toContain('no cosignature of a known witness');
});

test('older evidence that is none', async () => {
  const { archive } = log;
  const note = textOf(log.files, 'checkpoints/17');
  const foreign = await makeSampleExport(folder.path, 'foreign');
  const other = lone('origin', note.replace('log.example\n', 'log.example2\n'));
  const bad = lone('bad', note.replace('\n17\n', '\n16\n'));
  const text = lone('text', 'hello\n');
  const empty = lone('empty', '');
  const cut = lone('cut.tar', '');
  writeFileSync(cut, Buffer.from(`${'x'.repeat(257)}ustar${'x'.repeat(900)}`));
  await expectOutcomes([
    { what: 'of another key', archive, options: { since: foreign.archive }, errors: ['AUDIT-FORK', 'AUDIT-OLD-SIGNATURE'] },
    { what: 'of another log', archive, options: { since: other }, errors: ['AUDIT-OLD', 'AUDIT-OLD-SIGNATURE'] },
    { what: 'changed', archive, options: { since: bad }, errors: ['AUDIT-FORK', 'AUDIT-OLD-SIGNATURE'] },
    { what: 'no note', archive, options: { since: text }, errors: ['AUDIT-OLD'] },
    { what: 'empty', archive, options: { since: empty }, errors: ['AUDIT-OLD'] },
    { what: 'archive that ends', archive, options: { since: cut }, errors: ['AUDIT-OLD'] },
    { what: 'folder without a log', archive, options: { since: join(folder.path, 'log') }, errors: ['AUDIT-OLD'] },
  ]);
  expect(verifyExport(archive, { since: text })).toMatchObject({ ok: false, continuity: 'broken' });
});
