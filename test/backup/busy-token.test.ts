import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readTokenFiles } from '../../softhsm/archive.ts';
import { FOLDER, SERIAL } from './support/sample.ts';

/** Readings of `generation` that another process changes before they are made. */
const disk = vi.hoisted(() => ({ changes: 0, reads: 0 }));

vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>();
  const readFileSync = (path: string): Buffer => {
    if (path.endsWith('/generation')) {
      disk.reads++;
      if (disk.changes-- > 0) return Buffer.from(`writing ${disk.reads}`);
    }
    return real.readFileSync(path);
  };
  return { ...real, readFileSync };
});

let dir: string;
beforeEach(() => {
  dir = fs.mkdtempSync(join(tmpdir(), 'coldsign-busy-'));
  fs.mkdirSync(join(dir, FOLDER));
  fs.writeFileSync(join(dir, FOLDER, 'generation'), 'done');
  const head = Buffer.from('000000008000534a00000000000000030000000000000010', 'hex');
  fs.writeFileSync(join(dir, FOLDER, 'token.object'), Buffer.concat([head, Buffer.from(SERIAL)]));
  disk.reads = 0;
});
afterEach(() => fs.rmSync(dir, { recursive: true, force: true }));

test('a token that is written to is read until two readings in a row are the same', () => {
  disk.changes = 3;
  const { files } = readTokenFiles(dir, SERIAL);
  expect(files.map(({ octets }) => Buffer.from(octets).toString('latin1'))[0]).toBe('done');
  expect(disk.reads).toBe(5);
});

test('a token that is written to all the time is refused', () => {
  disk.changes = 1000;
  expect(() => readTokenFiles(dir, SERIAL)).toThrow(expect.objectContaining({ code: 'backup/token-busy' }));
});
