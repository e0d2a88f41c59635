import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { VERSION } from '../../src/version.ts';

const ROOT = new URL('../..', import.meta.url).pathname;
const CODE =
  /['` ]((?:usage|file|zone|key|token|pin|share|backup|sign|verify|judge|setup|workspace|policy|audit|gate|release|roll|ds|evidence|plan|ceremony|person)\/[a-z0-9-]+)['`:]/g;

function codesIn(text: string): string[] {
  return [...text.matchAll(CODE)].map((match) => match[1]!);
}

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => readFileSync(join(ROOT, folder, path), 'utf8'));
}

const inCode = new Set(['src', 'signer', 'keystore', 'softhsm', 'tui', 'bench'].flatMap(sources).flatMap(codesIn));
const rows = readFileSync(join(ROOT, 'docs/errors.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| `'));
const inDocs = rows.flatMap((row) => codesIn(row.split('|')[1]!));

test('every error code of the program is explained in docs/errors.md, and no other', () => {
  expect(inCode.size).toBeGreaterThan(80);
  expect([...inCode].sort()).toEqual([...inDocs].sort());
});

test('the list is in order, each code once, with its meaning and a next step', () => {
  const areas = Map.groupBy(inDocs, (code) => code.split('/')[0]!);
  for (const [area, codes] of areas) expect(codes, area).toEqual([...new Set(codes)].sort());
  for (const row of rows)
    expect(
      row.split('|').filter((cell) => cell.trim() !== ''),
      row,
    ).toHaveLength(3);
});

test('the version of the program is that of the package', () => {
  expect(VERSION).toBe(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version);
});

test('the lock file names no place to download from', () => {
  expect(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')).not.toMatch(/"resolved"|https?:\/\/registry/);
});
