import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { afterAll, expect, test } from 'vitest';
import { parseName } from '../../../signer/dns/name.ts';
import { type ZoneCheckOptions, zoneCheck } from '../../../src/commands/zone-check.ts';
import type { Io } from '../../../src/io.ts';
import { sortFindings } from '../../../src/print/findings.ts';
import { writeAll } from '../../../src/print/stream.ts';

const folder = mkdtempSync(join(tmpdir(), 'coldsign-check-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function check(text: string, options: Partial<ZoneCheckOptions> = {}, includes: Readonly<Record<string, string>> = {}) {
  const file = join(folder, 'zone');
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, text);
  for (const [name, content] of Object.entries(includes)) writeFileSync(join(folder, name), content);
  let out = '';
  let err = '';
  const io = {
    out: { write: (piece: string | Uint8Array) => (out += typeof piece === 'string' ? piece : new TextDecoder().decode(piece)) },
    err: { write: (piece: string) => (err += piece) },
  } as unknown as Io;
  const exit = await zoneCheck({ file, apex: parseName('example.'), generic: false, json: false, ...options }, io);
  return { exit, out: out.replaceAll(`${folder}/`, ''), err: err.replaceAll(`${folder}/`, '') };
}

const ZONE = `$TTL 300
@ SOA ns hm 2026010100 7200 3600 1209600 300
@ NS ns
@ NS ns.other.
ns A 192.0.2.1
Www TXT "x" ; comment
`;

test('a good zone: a summary, exit status 0', async () => {
  expect(await check(ZONE)).toEqual({ exit: 0, out: 'example.: 5 records, 3 names: no findings\n', err: '' });
});

test('--generic: canonical order, one record a line on standard output, findings elsewhere', async () => {
  const { exit, out, err } = await check(`${ZONE}a 5 TXT x\na 6 TXT y\na 6 TXT y\n`, { generic: true });
  expect(exit).toBe(0);
  expect(out.split('\n')).toEqual([
    'example.\t300\tIN\tTYPE2\t\\# 10 026E73056F7468657200',
    'example.\t300\tIN\tTYPE2\t\\# 12 026E73076578616D706C6500',
    'example.\t300\tIN\tTYPE6\t\\# 44 026E73076578616D706C650002686D076578616D706C650078C275F400001C2000000E10001275000000012C',
    'a.example.\t5\tIN\tTYPE16\t\\# 2 0178',
    'a.example.\t5\tIN\tTYPE16\t\\# 2 0179',
    'ns.example.\t300\tIN\tTYPE1\t\\# 4 C0000201',
    'www.example.\t300\tIN\tTYPE16\t\\# 2 0178',
    '',
  ]);
  expect(err).toMatch(/^zone:\d+: warning ZONE-/);
});

test('errors of the file: place, ID and text of each; the zone is not judged by what is left of it', async () => {
  const { exit, out } = await check('@ 5 SOA ns hm x 1 1 1 1\n@ 5 FOO y\n$INCLUDE sub\n', {}, { sub: 'a IN CH A 192.0.2.1\n' });
  expect(exit).toBe(1);
  expect(out).toBe(
    [
      'zone:1:15: error ZONEFILE-RDATA RDATA of SOA: expected a number from 0 to 4294967295, found x',
      'zone:2:5: error ZONEFILE-TYPE type: expected the mnemonic of an RR type, or TYPE and a number from 0 to 65535, found FOO',
      'sub:1:6: error ZONEFILE-TYPE type: expected the mnemonic of an RR type, or TYPE and a number from 0 to 65535, found CH',
      'example.: 0 records, 0 names: 3 errors; the zone itself is checked once the file can be read',
      '',
    ].join('\n'),
  );
});

test('errors of the zone count as well, and nothing is printed in generic form', async () => {
  const { exit, out, err } = await check(`${ZONE}www CNAME ns\n`, { generic: true });
  expect(exit).toBe(1);
  expect(out).toBe('');
  expect(err).toMatch(/error ZONE-CNAME/);
});

test('--json: one document', async () => {
  const { exit, out, err } = await check(`${ZONE}a 5 FOO\n`, { json: true });
  expect(exit).toBe(1);
  expect(err).toBe('');
  expect(JSON.parse(out)).toMatchObject({
    format: 1,
    zone: 'example.',
    readable: false,
    records: 5,
    errors: 1,
    findings: [{ id: 'ZONEFILE-TYPE', severity: 'error', line: 7, column: 5, found: 'FOO' }],
  });
});

test('--json and --generic exclude each other', async () => {
  await expect(check(ZONE, { json: true, generic: true })).rejects.toMatchObject({ code: 'usage/two-formats' });
});

test('--previous: the serial must be ahead of it', async () => {
  const previous = join(folder, 'previous');
  writeFileSync(previous, ZONE.replace('2026010100', '2026010101'));
  const { exit, out } = await check(ZONE, { previous });
  expect(exit).toBe(1);
  expect(out).toMatch(/ZONE-SERIAL[A-Z-]* .*2026010100.*2026010101|ZONE-SERIAL[A-Z-]* .*2026010101.*2026010100/);
});

test('findings are sorted by file as opened, line, column; those without a place first', () => {
  const finding = (id: string, file?: string, line?: number) => ({
    id,
    severity: 'info' as const,
    text: '',
    ...(file ? { file, line: line ?? 0 } : {}),
  });
  const sorted = sortFindings(
    [finding('B', 'b', 1), finding('A', 'a', 2), finding('A', 'z', 1), finding('N'), finding('A', 'z', 1)],
    ['z', 'b', 'a'],
  );
  expect(sorted.map(({ id, file }) => `${id}${file ?? ''}`)).toEqual(['N', 'Az', 'Az', 'Bb', 'Aa']);
});

test('a reader that goes away ends the printing', async () => {
  const stream = new PassThrough({ highWaterMark: 4 });
  let made = 0;
  function* pieces() {
    for (; made < 1000; made++) yield new Uint8Array(8);
  }
  stream.once('data', () => stream.destroy(Object.assign(new Error('gone'), { code: 'EPIPE' })));
  expect(await writeAll(stream, pieces())).toBe(false);
  expect(made).toBeLessThan(10);
});

test('a slow reader is waited for', async () => {
  let taken = 0;
  const slow = new Writable({
    highWaterMark: 1,
    write(chunk: Uint8Array, _, done) {
      taken += chunk.length;
      setImmediate(done);
    },
  });
  expect(
    await writeAll(
      slow,
      Array.from({ length: 50 }, () => new Uint8Array(10)),
    ),
  ).toBe(true);
  expect(taken).toBe(500);
});
