import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { verifierSource } from '../../src/audit/verifier-source.ts';

const ROOT = new URL('../..', import.meta.url).pathname;
const HERE = new URL('.', import.meta.url).pathname;

function codesIn(text: string): string[] {
  return [...new Set([...text.matchAll(/\bAUDIT-[A-Z-]*[A-Z]\b(?!-)/g)].map(([code]) => code))].sort();
}

const page = readFileSync(join(ROOT, 'docs/audit-verification.md'), 'utf8');
const rows = [...page.matchAll(/^\| (AUDIT-[A-Z-]+) \| (error|note) \| (.+) \|$/gm)].map(([, code, severity]) => ({ code, severity }));
const documented = rows.map(({ code }) => code).sort();

test('every code of either verifier is explained in docs/audit-verification.md, once, and no other', () => {
  const first = verifierSource();
  const second = readFileSync(join(HERE, 'verify_export.py'), 'utf8');
  expect(documented).toEqual([...new Set(documented)]);
  expect(documented.length).toBeGreaterThan(50);
  expect(codesIn(first)).toEqual(documented);
  expect(codesIn(second)).toEqual(documented);
});

test('what is a note there is one in both', () => {
  const notes = rows.filter(({ severity }) => severity === 'note').map(({ code }) => code);
  const first = verifierSource();
  const second = /^NOTES = \{(.*)\}$/m.exec(readFileSync(join(HERE, 'verify_export.py'), 'utf8'))?.[1];
  expect([...first.matchAll(/\.note\(\s*'(AUDIT-[A-Z-]+)'/g)].map(([, code]) => code).sort()).toEqual(notes.toSorted());
  expect(codesIn(second!)).toEqual(notes.toSorted());
});

test('every code is expected by a test', () => {
  const tests = readdirSync(HERE)
    .filter((name) => name.endsWith('.test.ts') && name !== 'documentation.test.ts')
    .map((name) => readFileSync(join(HERE, name), 'utf8'));
  const tested = codesIn(tests.join('\n'));
  expect(documented.filter((code) => !tested.includes(code!))).toEqual([]);
});
