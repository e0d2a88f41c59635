import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Placement } from '../../src/apply/placement.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'coldsign-placement-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const write = (name: string, text: string): string => {
  writeFileSync(join(dir, name), text);
  return join(dir, name);
};
const expectedOf = (text: string) => ({ sha256: createHash('sha256').update(text).digest('hex'), size: Buffer.byteLength(text) });
const names = (): readonly string[] => readdirSync(dir).sort();

test('prepared, the target is untouched; placed, it is new in one step; disposed, nothing else is left', () => {
  const target = write('zone', 'old');
  const source = write('source', 'new');
  {
    using placement = new Placement(target, source, expectedOf('new'));
    expect(readFileSync(target, 'utf8')).toBe('old');
    expect(readFileSync(placement.copy, 'utf8')).toBe('new');
    placement.place();
    expect(readFileSync(target, 'utf8')).toBe('new');
    expect(readFileSync(join(dir, '.zone.before'), 'utf8')).toBe('old');
  }
  expect(names()).toEqual(['source', 'zone']);
});

test('disposed without being placed, the target is as it was', () => {
  const target = write('zone', 'old');
  {
    using _placement = new Placement(target, write('source', 'new'), expectedOf('new'));
  }
  expect({ names: names(), content: readFileSync(target, 'utf8') }).toEqual({ names: ['source', 'zone'], content: 'old' });
});

test.each([
  ['changed', 'nex'],
  ['longer', 'newer'],
  ['shorter', 'ne'],
])('a source that is %s than what was judged is not placed', (_how, text) => {
  const target = write('zone', 'old');
  const source = write('source', text);
  expect(() => new Placement(target, source, expectedOf('new'))).toThrow(expect.objectContaining({ code: 'release/bad-file' }));
  expect({ names: names(), content: readFileSync(target, 'utf8') }).toEqual({ names: ['source', 'zone'], content: 'old' });
});

test('a link in the place of the source is not followed', () => {
  symlinkSync('/etc/passwd', join(dir, 'source'));
  expect(() => new Placement(join(dir, 'zone'), join(dir, 'source'), expectedOf('new'))).toThrow(
    expect.objectContaining({ code: 'file/read-failed' }),
  );
  expect(names()).toEqual(['source']);
});

test('a folder that is not there', () => {
  const source = write('source', 'new');
  expect(() => new Placement(join(dir, 'missing', 'zone'), source, expectedOf('new'))).toThrow(
    expect.objectContaining({ code: 'file/not-writable' }),
  );
});
