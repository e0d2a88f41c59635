import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { SEVERITY } from '../../src/policy/rules.ts';

test('docs/findings.md explains every rule about policies, with its severity, and no other', () => {
  const text = readFileSync(new URL('../../docs/findings.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| (POLICY-[A-Z0-9-]+) \| (\w+) \| (.+) \| (.+) \|$/gm)];
  expect(Object.fromEntries(rows.map(([, id, severity]) => [id, severity]))).toEqual(SEVERITY);
});
