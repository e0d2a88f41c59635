import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { coldsign, NODE } from '../support/cli.ts';
import { sightingsIn, watchProcesses } from '../support/process-watch.ts';
import { SecretScan } from '../support/secret-scan.ts';

/** What the scanner does not find it does not forbid: each form and each place is planted once. */
const SECRET = 'Plant3d~S+cret/of mine';
const scan = new SecretScan({ planted: SECRET });
const dir = mkdtempSync(join(tmpdir(), 'coldsign-scan-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const octets = Buffer.from(SECRET);
const embedded = (before: number, encoding: 'base64' | 'base64url'): string =>
  Buffer.concat([Buffer.alloc(before, 'x'), octets, Buffer.from('yz')]).toString(encoding);

test.each([
  ['plain', SECRET],
  ['hex', octets.toString('hex')],
  ['hex, upper case', octets.toString('hex').toUpperCase()],
  ['hex with colons', octets.toString('hex').match(/../g)!.join(':')],
  ['base64 alone', octets.toString('base64')],
  ['base64 in something longer', embedded(3, 'base64')],
  ['base64 in something longer, moved by one', embedded(4, 'base64')],
  ['base64 in something longer, moved by two', embedded(5, 'base64')],
  ['base64url', embedded(7, 'base64url')],
  ['percent-encoded, as in a URI', `pin-value=${encodeURIComponent(SECRET)}`],
  ['reversed', [...SECRET].reverse().join('')],
])('finds a secret in the form %s', (_, text) => {
  expect(scan.text('here', `before ${text} after`)).not.toEqual([]);
});

test('finds it as UTF-16 and in what is compressed', () => {
  expect(scan.octets('here', Buffer.concat([Buffer.of(1), Buffer.from(SECRET, 'utf16le')]))).not.toEqual([]);
  expect(scan.octets('here', gzipSync(Buffer.from(`[${SECRET}]`)))).toContainEqual({
    secret: 'planted',
    form: 'plain',
    where: 'here (unpacked)',
  });
});

test('finds nothing where nothing is', () => {
  expect(scan.text('here', SECRET.slice(1).repeat(20))).toEqual([]);
});

test('finds it in a file, in the name of a file, and not in a file that may have it', () => {
  mkdirSync(join(dir, 'deep', 'er'), { recursive: true });
  writeFileSync(join(dir, 'deep', 'er', 'file'), `.${SECRET}.`);
  writeFileSync(join(dir, octets.toString('hex')), '');
  symlinkSync('/nowhere', join(dir, 'dangling'));
  expect(
    scan
      .folder(dir)
      .map(({ form, where }) => `${form} ${where}`)
      .sort(),
  ).toEqual([`hex the name of ${join(dir, octets.toString('hex'))}`, `plain ${join(dir, 'deep', 'er', 'file')}`]);
  expect(scan.folder(join(dir, 'deep'), ['er/file'])).toEqual([]);
});

test('finds it in the arguments and in the environment of processes that another process starts', async () => {
  const script = `require('node:child_process').spawnSync(process.execPath, ['-e', process.argv[2], process.argv[1]], { stdio: 'inherit' })`;
  const wait = 'require("node:fs").readSync(0, Buffer.alloc(1))';
  const watched = await watchProcesses(async () => {
    // `sleep` stands in for a command that takes its time.
    await coldsign([], { program: ['/bin/sh', '-c', `sleep 0.3 | "${NODE}" -e "$0" "$1" "$2"`, script, SECRET, wait], env: {} });
    await coldsign([], { program: ['/bin/sh', '-c', 'sleep 0.3'], env: { SOME_PIN: octets.toString('base64') } });
  });
  const found = sightingsIn(scan, watched).map(({ where }) => where);
  expect(found.some((where) => where.startsWith('arguments of process'))).toBe(true);
  expect(found.some((where) => where.startsWith('environment of process'))).toBe(true);
});
