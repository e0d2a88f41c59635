import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { BLOCKS_SIGNING } from '../../../signer/zone/checks/check-zone.ts';
import { SEVERITY } from '../../../signer/zone/checks/rules.ts';

const ROOT = new URL('../../../', import.meta.url);
const CODE = new URL('signer/zone/checks/', ROOT);

/** Rows of docs/findings.md: ID → severity column. */
function documented(): Record<string, string> {
  const text = readFileSync(new URL('docs/findings.md', ROOT), 'utf8');
  const rows = [...text.matchAll(/^\| (ZONE-[A-Z0-9-]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$/gm)];
  expect(new Set(rows.map(([, id]) => id)).size).toBe(rows.length);
  return Object.fromEntries(rows.map(([, id, severity]) => [id!, severity!]));
}

test('docs/findings.md explains every finding about zones, with its severity', () => {
  const expected = Object.entries(SEVERITY).map(([id, severity]) => [
    id,
    BLOCKS_SIGNING.has(id) ? `${severity}, **no signing**` : severity,
  ]);
  expect(documented()).toEqual(Object.fromEntries(expected));
});

test('every ID in the code is in the table, and every ID of the table is in the code of a rule', () => {
  const files = readdirSync(CODE).filter((file) => file !== 'rules.ts');
  const used = files.flatMap((file) => readFileSync(new URL(file, CODE), 'utf8').match(/(?<=')ZONE-[A-Z0-9-]+(?=')/g) ?? []);
  expect([...new Set(used)].sort()).toEqual(Object.keys(SEVERITY).sort());
});
