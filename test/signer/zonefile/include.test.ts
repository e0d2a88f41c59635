import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parseName } from '../../../signer/dns/name.ts';
import { Refusal } from '../../../signer/errors.ts';
import { readZoneFile } from '../../../signer/zonefile/parse.ts';
import { zoneFileOpener } from '../../../src/workspace/zone-source.ts';
import { findingPlaces, memoryOpener, read, recordLines } from './memory-files.ts';

test('RFC 1035 5.1: origin and owner of the including file are as before', () => {
  const zone = 'a 5 TXT 1\n$INCLUDE sub other.\n TXT 4\n$ORIGIN deep\n$INCLUDE sub\nb TXT 7\n';
  const sub = ' TXT 2\nx TXT 3\n$ORIGIN strange.\ny TXT 5\n';
  expect(recordLines(read({ zone, sub }))).toEqual([
    'a.example. 5 IN TXT "1"',
    'a.example. 5 IN TXT "2"',
    'x.other. 5 IN TXT "3"',
    'y.strange. 5 IN TXT "5"',
    'a.example. 5 IN TXT "4"',
    'a.example. 5 IN TXT "2"',
    'x.deep.example. 5 IN TXT "3"',
    'y.strange. 5 IN TXT "5"',
    'b.deep.example. 5 IN TXT "7"',
  ]);
});

test('$TTL of an included file holds for what comes after it', () => {
  expect(recordLines(read({ zone: '$TTL 5\n$INCLUDE sub\na TXT x\n', sub: '$TTL 6\n' }))).toEqual(['a.example. 6 IN TXT "x"']);
});

test('names of files: quoted, escaped', () => {
  expect(recordLines(read({ zone: '$INCLUDE "a b"\n$INCLUDE c\\ d ; c\n', 'a b': 'a 5 TXT x\n', 'c d': 'b 5 TXT x\n' }))).toHaveLength(2);
});

test('findings name the file they are in', () => {
  const reading = read({ zone: '$INCLUDE sub\nb 5 FOO\n$INCLUDE missing\n$INCLUDE sub x..y\n', sub: '\n  5 TXT x\na 5 FOO\n' });
  expect(findingPlaces(reading)).toEqual([
    'sub:2:3 ZONEFILE-OWNER-MISSING',
    'sub:3:5 ZONEFILE-TYPE',
    '2:5 ZONEFILE-TYPE',
    '3:10 ZONEFILE-INCLUDE',
    '4:14 ZONEFILE-DIRECTIVE',
  ]);
});

test('a file that includes itself, by whatever way', () => {
  expect(findingPlaces(read({ zone: '$INCLUDE zone\n' }))).toEqual(['1:10 ZONEFILE-INCLUDE']);
  expect(findingPlaces(read({ zone: '$INCLUDE a\n', a: '\n$INCLUDE b\n', b: '$INCLUDE a\n' }))).toEqual(['b:1:10 ZONEFILE-INCLUDE']);
});

test('16 files deep and no deeper', () => {
  const files = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`f${i}`, `$INCLUDE f${i + 1}\n`]));
  expect(findingPlaces(read({ zone: '$INCLUDE f1\n', ...files }))).toEqual(['f16:1:10 ZONEFILE-INCLUDE']);
});

test('many inclusions of few files end', () => {
  const files = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`f${i}`, `$INCLUDE f${i + 1}\n`.repeat(10)]));
  const reading = read({ zone: '$INCLUDE f0\n', ...files, f10: 'a 5 TXT x\n' });
  expect(reading.findings[0]).toMatchObject({ id: 'ZONEFILE-INCLUDE', text: 'more than 10000 files are included' });
  expect(reading.store.count).toBeLessThan(10_000);
});

test('at most 256 different files', () => {
  const names = Array.from({ length: 300 }, (_, i) => `f${i}`);
  const reading = read({
    zone: names.map((name) => `$INCLUDE ${name}\n`).join(''),
    ...Object.fromEntries(names.map((name) => [name, 'a 5 TXT x\n'])),
  });
  expect(findingPlaces(reading)).toEqual(Array.from({ length: 45 }, (_, i) => `${256 + i}:10 ZONEFILE-INCLUDE`));
});

test('every file is closed, whatever happens', () => {
  const open = { count: 0 };
  const files = { zone: '$INCLUDE a\n', a: 'x 5 FOO\n$INCLUDE b\n', b: 'x 5 FOO\n'.repeat(9) };
  readZoneFile(memoryOpener(files, 7, open), 'zone', parseName('example.'), { maxErrors: 3 });
  expect(open.count).toBe(0);
});

const root = mkdtempSync(join(tmpdir(), 'coldsign-include-'));
afterAll(() => rmSync(root, { recursive: true }));

function put(path: string, text: string): string {
  const full = join(root, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, text);
  return full;
}

const readDisk = (path: string, includeRoot?: string) => readZoneFile(zoneFileOpener(includeRoot), path, parseName('example.'));

test('on disk: beside the including file first, then beside the zone file', () => {
  const zone = put('beside/zone', '$INCLUDE sub/one\n');
  put('beside/sub/one', '$INCLUDE two\n$INCLUDE sub/three\n');
  put('beside/sub/two', 'a 5 TXT x\n');
  put('beside/two', 'b 5 TXT x\n');
  put('beside/sub/three', 'c 5 TXT x\nd 5 FOO\n');
  const reading = readDisk(zone);
  expect(recordLines(reading)).toEqual(['a.example. 5 IN TXT "x"', 'c.example. 5 IN TXT "x"']);
  expect(reading.findings).toMatchObject([{ file: join(root, 'beside/sub/three'), line: 2, column: 5 }]);
});

test('on disk: nothing outside the folder of the zone file, by path or by link, unless --include-root says so', () => {
  put('outside/secret', 'a 5 TXT x\n');
  const byPath = put('confined/by-path', '$INCLUDE ../outside/secret\n');
  const absolute = put('confined/absolute', `$INCLUDE ${root}/outside/secret\n`);
  const byLink = put('confined/by-link', '$INCLUDE link\n');
  symlinkSync('../outside/secret', join(root, 'confined/link'));
  const byFolder = put('confined/by-folder', '$INCLUDE folder/secret\n');
  symlinkSync('../outside', join(root, 'confined/folder'));
  for (const zone of [byPath, absolute, byLink, byFolder]) {
    const refused = readDisk(zone);
    expect(refused.findings, zone).toMatchObject([
      { id: 'ZONEFILE-INCLUDE', line: 1, column: 10, text: expect.stringContaining('outside of') },
    ]);
    expect(refused.store.count).toBe(0);
    expect(recordLines(readDisk(zone, root))).toEqual(['a.example. 5 IN TXT "x"']);
  }
});

test('on disk: a folder whose name begins like the zone folder is outside', () => {
  put('zones-other/secret', 'a 5 TXT x\n');
  expect(readDisk(put('zones/zone', '$INCLUDE ../zones-other/secret\n')).errors).toBe(1);
});

test('on disk: a file that includes itself under another name', () => {
  const zone = put('self/zone', '$INCLUDE alias\n');
  symlinkSync('zone', join(root, 'self/alias'));
  expect(readDisk(zone).findings).toMatchObject([{ text: expect.stringContaining('includes itself') }]);
});

test('on disk: what is no file is refused', () => {
  mkdirSync(join(root, 'odd/folder'), { recursive: true });
  expect(readDisk(put('odd/zone', '$INCLUDE folder\n')).findings).toMatchObject([{ text: expect.stringContaining('not a regular file') }]);
  for (const [path, code] of [
    [join(root, 'odd/missing'), 'file/not-found'],
    [join(root, 'odd/folder'), 'file/not-regular'],
    ['/dev/null', 'file/not-regular'],
  ] as const) {
    expect(() => readDisk(path)).toThrow(Refusal);
    expect(() => readDisk(path)).toThrow(expect.objectContaining({ code }));
  }
});
