import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ScratchFolder } from '../../src/backup/scratch.ts';
import { NODE } from '../support/cli.ts';

const MAIN = fileURLToPath(new URL('support/scratch-main.ts', import.meta.url));

let parent: string;
let told: string;
const io = { out: { write: () => true }, err: { write: (text: string) => (told += text) } as unknown as NodeJS.WriteStream };

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'coldsign-scratch-'));
  told = '';
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

async function started() {
  const child = spawn(NODE, [MAIN, parent], { stdio: ['pipe', 'pipe', 'ignore'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, folder: line.toString().trim() };
}

describe('the folder of a scratch token', () => {
  test('is private, and gone after use and after a failure', () => {
    let path = '';
    expect(() => {
      using scratch = new ScratchFolder(io, parent);
      path = scratch.dir;
      expect(statSync(path).mode & 0o777).toBe(0o700);
      throw new Error('failed');
    }).toThrow('failed');
    expect(existsSync(path)).toBe(false);
    expect(process.listenerCount('SIGHUP')).toBe(0);
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('is gone after %s, which still ends the process', async (signal) => {
    const { child, folder } = await started();
    expect(existsSync(join(folder, 'token', 'token.object'))).toBe(true);
    child.kill(signal);
    const [, by] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    expect(by).toBe(signal);
    expect(existsSync(folder)).toBe(false);
  });

  test('of a drill that was killed is removed by the next one; that of one at work is not', async () => {
    const dead = await started();
    dead.child.kill('SIGKILL');
    await once(dead.child, 'exit');
    const alive = await started();
    expect(existsSync(dead.folder)).toBe(false);
    using scratch = new ScratchFolder(io, parent);
    expect(existsSync(alive.folder)).toBe(true);
    expect(existsSync(scratch.dir)).toBe(true);
    alive.child.kill('SIGTERM');
    await once(alive.child, 'exit');
  });

  test('a link or a foreign name is not followed', () => {
    const gone = spawnSync('true').pid;
    mkdirSync(join(parent, 'precious'));
    symlinkSync(join(parent, 'precious'), join(parent, `coldsign-drill-${gone}-AbCdEf`));
    mkdirSync(join(parent, `coldsign-drill-${gone}-AbCdEf.mine`));
    mkdirSync(join(parent, `coldsign-drill-${gone}-GhIjKl`));
    using _scratch = new ScratchFolder(io, parent);
    const left = readdirSync(parent);
    expect(left).toContain('precious');
    expect(left).toContain(`coldsign-drill-${gone}-AbCdEf.mine`);
    expect(left).not.toContain(`coldsign-drill-${gone}-GhIjKl`);
    expect(told).toContain('GhIjKl');
  });
});
