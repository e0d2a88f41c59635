import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { WorkspaceData } from '../../src/tui/workspace-data.ts';
import { readWorkspace } from '../../src/workspace/read-only.ts';
import type { Answer, Job, Request } from '../../tui/data.ts';
import { MADE_AT, type MadeEntry, type MadeWorkspace, makeLargeWorkspace, zoneNameOf } from './support/made-workspace.ts';

/** How much is read of the log, and what becomes of it while it is looked at. */
const reads = vi.hoisted((): { octets: number; largest: number } => ({ octets: 0, largest: 0 }));
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const readSync = (fd: number, into: Buffer, at: number, length: number, position: number | null): number => {
    reads.octets += length;
    reads.largest = Math.max(reads.largest, length);
    return fs.readSync(fd, into, at, length, position);
  };
  return { ...fs, readSync };
});

const NOW = MADE_AT + 60;
const program = { command: 'false', args: [] };
const PIECE = 1 << 20;
const REFUSED: MadeEntry = ['gate.refused', { zone: zoneNameOf(1), serial: 9, verdicts: [] }];

let top: string;
let site: MadeWorkspace;
let data: WorkspaceData;
let copies = 0;

beforeAll(async () => {
  top = mkdtempSync(join(tmpdir(), 'coldsign-data-'));
  site = await makeLargeWorkspace(join(top, 'site'), { zones: 4, entries: 6000 });
  data = new WorkspaceData(site.dir, program);
});
afterAll(() => {
  data[Symbol.dispose]();
  rmSync(top, { recursive: true, force: true });
});
beforeEach(() => {
  reads.octets = 0;
  reads.largest = 0;
});

const quiet: Job = { progress: () => {}, signal: new AbortController().signal };

async function ask<T extends Request['of']>(of: WorkspaceData, request: Extract<Request, { of: T }>): Promise<Extract<Answer, { of: T }>> {
  return (await of.load(request, NOW, quiet)) as Extract<Answer, { of: T }>;
}

/** A copy that a test may spoil, opened. */
function spoilt(): { readonly dir: string; readonly entries: string; readonly open: WorkspaceData } {
  const dir = join(top, `copy-${copies++}`);
  cpSync(site.dir, dir, { recursive: true });
  return { dir, entries: join(dir, 'audit', 'entries.jsonl'), open: new WorkspaceData(dir, program) };
}

const codeOf = (action: () => unknown): string => {
  try {
    return `returned ${action()}`;
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
};

describe('"1,000,000 log entries stay fluent, memory bounded"', () => {
  test('a log is read once when it is opened, in pieces of bounded size, and gives the state that commands have', () => {
    const { size } = statSync(join(site.dir, 'audit', 'entries.jsonl'));
    expect(size).toBeGreaterThan(2 * PIECE);
    using open = new WorkspaceData(site.dir, program);
    expect(reads.largest).toBeLessThanOrEqual(PIECE);
    // A piece ends where it does, and the line that it cuts is read again.
    expect(reads.octets).toBeLessThan(1.2 * size);
    const whole = readWorkspace(site.dir);
    expect(open.state).toEqual(whole.state);
    expect(Buffer.from(open.log.tree.root())).toEqual(Buffer.from(whole.content.tree.root()));
  });

  test('of a log that has grown by an entry the new line is read, and the last one that was known', async () => {
    using open = new WorkspaceData(site.dir, program);
    const { entries } = open.summary();
    site.append([REFUSED]);
    reads.octets = 0;
    expect(open.refresh()).toBe(true);
    expect(open.refresh()).toBe(false);
    expect(await ask(open, { of: 'ceremony' })).toEqual({ of: 'ceremony' });
    expect(reads.octets).toBeLessThan(2000);
    expect(open.summary().entries).toBe(entries + 1);
    const { rows } = await ask(open, { of: 'log-rows', numbers: [entries] });
    expect(rows[0]?.type).toBe('gate.refused');
    await site.close();
    expect(open.refresh()).toBe(true);
    expect(open.log.checkpoint?.size).toBe(open.log.size);
  });

  test('an open ceremony is told from the state that is known and from its script: nothing of the log is read for it', async () => {
    using open = new WorkspaceData(site.dir, program, { commands: new Command() });
    const script = { sha256: '00', size: 1, name: 'script.yaml' };
    Object.assign(open.state.ceremonies, { one: { id: 'one', script, plan: '00', people: {}, present: {}, steps: {}, exceptions: [] } });
    reads.octets = 0;
    await expect(ask(open, { of: 'ceremony' })).rejects.toMatchObject({ code: 'audit/artifact-missing' });
    expect(reads.octets).toBe(0);
  });

  test('a state that is folded from the first entry on, where no snapshot fits, is the same, and read in pieces', () => {
    const { dir } = spoilt();
    rmSync(join(dir, 'cache'), { recursive: true });
    mkdirSync(join(dir, 'cache', 'state.json'), { recursive: true });
    reads.largest = 0;
    const told: Record<string, readonly [done: number, total: number]> = {};
    const counted = (label: string, done: number, total: number): void => {
      told[label] = [done, total];
    };
    using open = new WorkspaceData(dir, program, undefined, { told: counted });
    const octets = statSync(join(dir, 'audit', 'entries.jsonl')).size;
    expect(told).toEqual({ 'octets of the log hashed': [octets, octets], 'entries taken in': [open.log.size, open.log.size] });
    expect(reads.largest).toBeLessThanOrEqual(PIECE);
    expect(open.state).toEqual(readWorkspace(dir).state);
    // What comes later is no part of it.
    for (const label of Object.keys(told)) delete told[label];
    const last = open.log.size - 1;
    const line = open.log
      .leafAt(last)
      .toString('latin1')
      .replace(`"seq":${last},`, `"seq":${last + 1},`);
    appendFileSync(join(dir, 'audit', 'entries.jsonl'), `${line}\n`);
    expect(open.refresh()).toBe(true);
    expect(told).toEqual({});
  });
});

describe('what happens to a log while it is looked at is told, and is never a crash', () => {
  test('half a line, as a writer leaves it for a moment, is not taken until the rest of it is there', () => {
    const { entries, open } = spoilt();
    using _ = open;
    const { size } = open.log;
    const line = Buffer.from(
      open.log
        .leafAt(size - 1)
        .toString('latin1')
        .replace(`"seq":${size - 1}`, `"seq":${size}`),
    );
    appendFileSync(entries, line.subarray(0, 40));
    expect(open.refresh()).toBe(false);
    appendFileSync(entries, Buffer.concat([line.subarray(40), Buffer.from('\n')]));
    expect(open.refresh()).toBe(true);
    expect(open.summary().entries).toBe(size + 1);
  });

  test('a log that has become shorter is refused at every look; once the whole one is back, it goes on', async () => {
    const { entries, open } = spoilt();
    using _ = open;
    const whole = readFileSync(entries);
    truncateSync(entries, whole.lastIndexOf('\n', whole.length >> 1) + 1);
    expect(codeOf(() => open.refresh())).toBe('audit/truncated');
    reads.octets = 0;
    // It is not read anew for that.
    expect(codeOf(() => open.refresh())).toBe('audit/truncated');
    expect(reads.octets).toBe(0);
    writeFileSync(entries, whole);
    expect(codeOf(() => open.refresh())).toBe('returned true');
    expect(codeOf(() => open.refresh())).toBe('returned false');
    const { rows } = await ask(open, { of: 'log-rows', numbers: [open.log.size - 1] });
    expect(rows).toHaveLength(1);
  });

  test('a file that was put in its place is read as a log of its own: one that continues it is gone on with, another is refused', async () => {
    const { entries, open } = spoilt();
    using _ = open;
    const known = open.state;
    const copy = `${entries}.copy`;
    cpSync(entries, copy);
    renameSync(copy, entries);
    expect(open.refresh()).toBe(true);
    expect(open.state).not.toBe(known);
    expect(open.state).toEqual(known);
    const changed = readFileSync(entries, 'latin1').replace('"serial":17,', '"serial":18,');
    writeFileSync(copy, changed, 'latin1');
    renameSync(copy, entries);
    expect(codeOf(() => open.refresh())).toBe('audit/forked');
    // What was believed is still there to be looked at.
    expect((await ask(open, { of: 'zones-quick' })).zones).toHaveLength(4);
  });

  test('a last line that was written over in place is no continuation', () => {
    const { entries, open } = spoilt();
    using _ = open;
    const text = readFileSync(entries, 'latin1').trimEnd();
    const at = text.lastIndexOf('\n') + 1;
    writeFileSync(entries, `${text.slice(0, at)}${text.slice(at).replace('"name":"made"', '"name":"mode"')}\n`, 'latin1');
    expect(codeOf(() => open.refresh())).toBe('audit/forked');
  });

  test('an entry of a newer program: what stands before it counts, and what to do is told at every look', () => {
    const { entries, open } = spoilt();
    using _ = open;
    const { size } = open.log;
    const line = open.log.leafAt(size - 1).toString('latin1');
    const numbered = (seq: number): string => line.replace(`"seq":${size - 1}`, `"seq":${seq}`);
    const newer = numbered(size + 1).replace(/"type":"[a-z.]+"/, '"type":"moon.phase"');
    appendFileSync(entries, `${numbered(size)}\n${newer}\n`);
    expect(codeOf(() => open.refresh())).toBe('returned true');
    expect(open.summary().entries).toBe(size + 1);
    expect(codeOf(() => open.refresh())).toBe('audit/unknown-entry');
    expect(codeOf(() => open.refresh())).toBe('audit/unknown-entry');
    expect(open.state.size).toBe(size + 1);
  });

  test('a workspace that is taken away is told, and is there again when it is', () => {
    const { dir, open } = spoilt();
    using _ = open;
    renameSync(dir, `${dir}-away`);
    expect(codeOf(() => open.refresh())).toBe('workspace/not-found');
    expect(open.summary().entries).toBe(open.log.size);
    renameSync(`${dir}-away`, dir);
    expect(codeOf(() => open.refresh())).toBe('returned true');
  });

  test('a checkpoint that comes with new entries and does not fit them is refused', async () => {
    const { dir, open } = spoilt();
    using _ = open;
    const other = await makeLargeWorkspace(join(top, 'other'), { zones: 1 });
    cpSync(join(other.dir, 'audit', 'checkpoint'), join(dir, 'audit', 'checkpoint'));
    rmSync(join(dir, 'audit', 'checkpoints'), { recursive: true });
    const line = open.log.leafAt(open.log.size - 1).toString('latin1');
    appendFileSync(join(dir, 'audit', 'entries.jsonl'), `${line.replace(`"seq":${open.log.size - 1}`, `"seq":${open.log.size}`)}\n`);
    expect(codeOf(() => open.refresh())).toBe('returned true');
    expect(codeOf(() => open.refresh())).toMatch(/^audit\//);
  });

  test('a configuration that cannot be read stands among what is open', () => {
    const { dir, open } = spoilt();
    using _ = open;
    rmSync(join(dir, 'coldsign.yaml'));
    expect(open.summary().isConfigPending).toBe(true);
    mkdirSync(join(dir, 'coldsign.yaml'));
    expect(open.summary().open[0]).toMatch(/coldsign\.yaml cannot be read \(EISDIR\)/);
    rmSync(join(dir, 'coldsign.yaml'), { recursive: true });
    rmSync(join(dir, 'artifacts'), { recursive: true });
    writeFileSync(join(dir, 'coldsign.yaml'), 'format: 1\n');
    expect(open.summary().open[0]).toMatch(/artifacts.* cannot be read/);
  });
});

test('a log line of many megabytes is none: it is refused and not read into memory', () => {
  const { entries, open } = spoilt();
  using _ = open;
  appendFileSync(entries, Buffer.alloc(3 * PIECE, 'x'));
  expect(codeOf(() => open.refresh())).toBe('audit/bad-entry');
  expect(reads.largest).toBeLessThanOrEqual(PIECE);
});
