import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { JUDGES, runJudges } from '../../src/release/judges.ts';
import { printZone } from '../support/soft-records.ts';
import { makeBase, NSEC, ORIGIN, signBase } from './base-zone.ts';
import { MUTATIONS, makeBaseNamed, mutate } from './corpus.ts';
import { BEGIN, DOCUMENT, END } from './table.ts';

const now = Math.floor(Date.now() / 1000);
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coldsign-corpus-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('the corpus has names of its own, and every mutation changes its base', () => {
  expect(new Set(MUTATIONS.map((m) => m.name)).size).toBe(MUTATIONS.length);
  for (const mutation of MUTATIONS) {
    const base = makeBaseNamed(mutation.base, now);
    const plain = (zone: string): string => zone.replaceAll(/(RRSIG \S+ \d+ \d+ \d+ \d+ \d+ \d+ \S+) \S+/g, '$1');
    const changed = mutate(mutation, base, now);
    const same = printZone(changed.records) === printZone(signBase(base));
    const sameButSignatures = plain(printZone(changed.records)) === plain(printZone(signBase(base)));
    expect([mutation.name, same, sameButSignatures && mutation.parentDs === undefined && !touchesSignatures(mutation.name)]).toEqual([
      mutation.name,
      false,
      false,
    ]);
  }
});

/** Mutations whose only trace is in the octets of a signature. */
function touchesSignatures(name: string): boolean {
  return ['rrsig-by-other-key-with-same-tag', 'rrsig-bit-flipped', 'rrsig-truncated', 'rrsig-swapped'].includes(name);
}

test('docs/judges.md has a row for each mutation, in the order of the corpus (else: node test/mutations/table.ts --write)', async () => {
  const text = await readFile(DOCUMENT, 'utf8');
  const rows = text
    .slice(text.indexOf(BEGIN), text.indexOf(END))
    .split('\n')
    .filter((line) => /^\| [a-z]/.test(line) && !line.startsWith('| mutation '))
    .map((line) => line.split(' | '));
  expect(rows.map(([name, fault, rules]) => [name?.slice(2), fault, rules])).toEqual(
    MUTATIONS.map((m) => [m.name, m.fault, m.rules.join(' ')]),
  );
  for (const cells of rows) {
    expect(cells).toHaveLength(3 + JUDGES.length);
    for (const cell of cells.slice(3)) expect(cell.replace(/ \|$/, '')).toMatch(/^(\*\*accept\*\*|reject|unavailable)$/);
  }
});

describe('base zones of other algorithms: all four judges accept', () => {
  for (const algorithm of [8, 10, 14, 15, 16]) {
    test(`algorithm ${algorithm}`, async () => {
      const file = join(folder, `${algorithm}.zone`);
      await writeFile(file, printZone(signBase(makeBase(NSEC, now, { algorithm }))));
      const verdicts = await runJudges({ file, origin: ORIGIN, now });
      expect(verdicts.map((v) => [v.judge, v.verdict, v.verdict === 'accept' ? '' : v.text])).toEqual(JUDGES.map((j) => [j, 'accept', '']));
    });
  }
});
