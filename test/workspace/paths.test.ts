import { expect, test } from 'vitest';
import { parseName } from '../../signer/dns/name.ts';
import { zoneFolder } from '../../src/workspace/paths.ts';

const folder = (name: string): string => zoneFolder(parseName(name));

test('a zone has one folder, whatever octets are in its name: never above, beside or inside another one', () => {
  const names = [
    '.',
    'example.',
    'a\\047b.',
    '%2fb.',
    '\\046\\046.',
    '\\000.',
    '*.',
    '@root.',
    'staging.',
    '%~.',
    'current.',
    'a\\.b.',
    'a.b.',
  ];
  const folders = names.map(folder);
  expect(new Set(folders).size).toBe(names.length);
  for (const name of folders) expect(name).toMatch(/^(@root|[a-z0-9_%-][a-z0-9._%-]*)$/);
  expect(folder('EXAMPLE.')).toBe(folder('example.'));
});

test('RFC 1035 2.3.4: a name has 255 octets or less; a file name made from any of them, with a suffix, too', () => {
  const label = (octet: string): string => octet.repeat(63);
  const long = (last: string): string => `${[label('\\200'), label('\\201'), label('\\202'), last].join('.')}.`;
  const [a, b] = [folder(long('a')), folder(long('b'))];
  expect(a).not.toBe(b);
  for (const name of [a, b, folder(`${[label('a'), label('b'), label('c'), 'd'.repeat(61)].join('.')}.`)]) expect(name.length).toBe(200);
});
