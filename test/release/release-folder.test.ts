import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseName } from '../../signer/dns/name.ts';
import { clearStaging, currentRelease, pointCurrent, publishRelease, stagingFolder } from '../../src/release/release-folder.ts';

const APEX = parseName('example.org.');
let root = '';
let paths = { releases: '' };

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'coldsign-releases-'));
  paths = { releases: join(root, 'releases') };
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function staged(serial: number, content = `${serial}`): string {
  const staging = stagingFolder(paths, APEX, serial);
  writeFileSync(join(staging, 'MANIFEST'), content);
  return staging;
}

const contentOf = (folder: string): string => readFileSync(join(folder, 'MANIFEST'), 'utf8');

describe('publication', () => {
  test('a first and a second release', () => {
    expect(currentRelease(paths, APEX)).toBeUndefined();
    const first = publishRelease(paths, APEX, 1, staged(1));
    expect(first).toBe(join(paths.releases, 'example.org', '1'));
    expect(currentRelease(paths, APEX)).toEqual({ serial: 1, folder: first });
    const second = publishRelease(paths, APEX, 2, staged(2));
    expect(currentRelease(paths, APEX)).toEqual({ serial: 2, folder: second });
    expect([contentOf(first), contentOf(second)]).toEqual(['1', '2']);
    expect(readlinkSync(join(paths.releases, 'example.org', 'current'))).toBe('2');
    expect(readdirSync(join(paths.releases, 'example.org')).sort()).toEqual(['1', '2', 'current']);
  });

  test('a release is never replaced, whatever stands in its place', () => {
    publishRelease(paths, APEX, 1, staged(1, 'old'));
    expect(() => publishRelease(paths, APEX, 1, staged(1, 'new'))).toThrow(expect.objectContaining({ code: 'release/exists' }));
    expect(contentOf(join(paths.releases, 'example.org', '1'))).toBe('old');
    const other = parseName('other.org.');
    mkdirSync(join(paths.releases, 'other.org', '7'), { recursive: true });
    expect(() => publishRelease(paths, other, 7, stagingFolder(paths, other, 7))).toThrow(
      expect.objectContaining({ code: 'release/exists' }),
    );
    symlinkSync('/nowhere', join(paths.releases, 'other.org', '8'));
    expect(() => publishRelease(paths, other, 8, stagingFolder(paths, other, 8))).toThrow(
      expect.objectContaining({ code: 'release/exists' }),
    );
  });

  test('a zone whose name is as long as names get', () => {
    const label = 'a'.repeat(63);
    const long = parseName(`${label}.${label}.${label}.${'a'.repeat(61)}.`);
    const folder = publishRelease(paths, long, 4294967295, stagingFolder(paths, long, 4294967295));
    expect(currentRelease(paths, long)).toEqual({ serial: 4294967295, folder });
  });
});

describe('an end at any point', () => {
  test('before the rename: nothing is released, and the next start clears what was in the making', () => {
    publishRelease(paths, APEX, 1, staged(1));
    staged(2);
    expect(currentRelease(paths, APEX)?.serial).toBe(1);
    clearStaging(paths);
    expect(readdirSync(paths.releases)).toEqual(['example.org']);
  });

  test('between rename and link: the release is complete, the last one is current until the link is turned', () => {
    publishRelease(paths, APEX, 1, staged(1));
    renameSync(staged(2), join(paths.releases, 'example.org', '2'));
    expect(currentRelease(paths, APEX)?.serial).toBe(1);
    pointCurrent(paths, APEX, 2);
    pointCurrent(paths, APEX, 2);
    expect(currentRelease(paths, APEX)?.serial).toBe(2);
  });

  test('between the making of the link and its rename: what is left is overwritten', () => {
    publishRelease(paths, APEX, 1, staged(1));
    symlinkSync('2', join(paths.releases, 'example.org', '.current.partial'));
    expect(currentRelease(paths, APEX)?.serial).toBe(1);
    publishRelease(paths, APEX, 3, staged(3));
    expect(currentRelease(paths, APEX)?.serial).toBe(3);
    expect(readdirSync(join(paths.releases, 'example.org')).sort()).toEqual(['1', '3', 'current']);
  });

  test('the folder in the making is empty at each beginning', () => {
    staged(1, 'half');
    expect(readdirSync(stagingFolder(paths, APEX, 1))).toEqual([]);
  });

  test('one zone is cleared, the others are let be', () => {
    const other = parseName('other.org.');
    const mine = staged(1);
    const theirs = stagingFolder(paths, other, 1);
    clearStaging(paths, APEX, 1);
    expect([lstatSync(mine, { throwIfNoEntry: false }), lstatSync(theirs).isDirectory()]).toEqual([undefined, true]);
    clearStaging(paths, APEX, 1);
  });
});

test.each([
  ['a folder', (link: string) => mkdirSync(link), 'is no link;'],
  ['a link elsewhere', (link: string) => symlinkSync('../../etc', link), 'is a link to "../../etc";'],
  ['a link to no serial', (link: string) => symlinkSync('01', link), 'is a link to "01";'],
  ['a link to too large a serial', (link: string) => symlinkSync('4294967296', link), 'is a link to "4294967296";'],
])('current is %s', (_, make, text) => {
  mkdirSync(join(paths.releases, 'example.org'), { recursive: true });
  make(join(paths.releases, 'example.org', 'current'));
  expect(() => currentRelease(paths, APEX)).toThrow(
    expect.objectContaining({ code: 'release/bad-current', message: expect.stringContaining(text) }),
  );
});

test('a disk that refuses is a fault that names the folder', () => {
  writeFileSync(join(root, 'releases'), 'a file');
  expect(() => stagingFolder(paths, APEX, 1)).toThrow(
    expect.objectContaining({ code: 'file/not-writable', message: expect.stringContaining('ENOTDIR') }),
  );
});
