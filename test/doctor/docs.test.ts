import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { TOKEN_RULES } from '../../keystore/doctor/rules.ts';

test('docs/findings.md explains every finding about tokens, with its severity, and no other', () => {
  const text = readFileSync(new URL('../../docs/findings.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| (TOKEN-[A-Z0-9-]+) \| (\w+) \| (.+) \| (.+) \|$/gm)];
  expect(rows.map(([, id, severity]) => [id, severity])).toEqual(TOKEN_RULES.map(({ id, severity }) => [id, severity]));
});
