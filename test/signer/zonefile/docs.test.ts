import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { SEVERITY } from '../../../signer/zonefile/rules.ts';

test('docs/findings.md explains every finding about zone files, with its severity, and no other', () => {
  const text = readFileSync(new URL('../../../docs/findings.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| (ZONEFILE-[A-Z0-9-]+) \| (\w+) \|/gm)].map(([, id, severity]) => [id, severity]);
  expect(Object.fromEntries(rows)).toEqual(SEVERITY);
  expect(rows).toHaveLength(Object.keys(SEVERITY).length);
});
