import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { parseNote } from '../../src/audit/note.ts';
import { parseManifest } from '../../src/release/manifest.ts';
import { readWorkspace } from '../../src/workspace/read-only.ts';
import { NODE } from '../support/cli.ts';
import { privateKeysOn } from '../support/token-look.ts';
import { EXAMPLE_ZONE, makeTestWorkspace, TestWorkspace } from '../support/workspace.ts';

const PRELOAD = fileURLToPath(new URL('../support/crash-at.ts', import.meta.url));
const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

/** The judges have no part in what is on the disk, and cost most of the time. */
const WITHOUT_JUDGES = (text: string): string => text.replace(/^gate:.*(\n {2}.*)*/m, 'gate: { judges: [], agree: 0 }');

/** Before the call, or in the middle of a write. */
type How = 'before' | 'half';

export interface Crash {
  /** What is left; gone with the next one. */
  readonly workspace: TestWorkspace;
  /** Number of the call, from 1. */
  readonly at: number;
  readonly how: How;
  /** A process was killed there; elsewhere the disk is the one that it would have left. */
  readonly isKilled: boolean;
  /** All that the command makes when nothing goes wrong. */
  readonly calls: readonly string[];
}

/** Of the places of {@link CrashStage.crashes}. */
const KILLED_EVERY = 8;

/** A workspace with a released zone and a change to sign, and what to do in it. */
export class CrashStage implements Disposable {
  readonly #scratch = mkdtempSync(join(tmpdir(), 'coldsign-crash-'));
  readonly #original: TestWorkspace;
  readonly #command: readonly string[];
  /** Where the copies live, one after the other, so that paths stay the same. */
  readonly dir: string;

  constructor(original: TestWorkspace, command: readonly string[]) {
    this.#original = original;
    this.#command = command;
    this.dir = join(this.#scratch, 'ws');
  }

  static async make(command: readonly string[], prepare: (workspace: TestWorkspace) => void = () => {}): Promise<CrashStage> {
    const workspace = await makeTestWorkspace({ zones: { 'example.': EXAMPLE_ZONE }, config: WITHOUT_JUDGES });
    await workspace.must('zone', 'sign', 'example.');
    workspace.write('example.zone', EXAMPLE_ZONE.replace('192.0.2.80', '192.0.2.81'));
    prepare(workspace);
    return new CrashStage(workspace, command);
  }

  /** The calls that the command makes when nothing goes wrong. */
  async calls(env: Record<string, string> = {}): Promise<readonly string[]> {
    this.#restore();
    const list = join(this.#scratch, 'calls');
    const { status, err } = await this.#run({ ...env, COLDSIGN_CRASH_LIST: list });
    if (status !== 0) throw new Error(`the command fails without a crash: ${err}`);
    return readFileSync(list, 'utf8').trimEnd().split('\n');
  }

  /**
   * The disk as the command leaves it that is killed at a call, for each call that changes it, and for a write in its middle, too. It is of one
   * run, which keeps its disk at each call: what has been written by then is what a kill leaves, and the time is spent on the next command.
   * At some of the calls the command is killed all the same: then no process of it is left either, and the disk has the same files.
   *
   * @param part of `parts` of the calls, so that several files share the work
   */
  async *crashes(part = 0, parts = 1): AsyncGenerator<Crash> {
    const kept = join(this.#scratch, 'kept');
    mkdirSync(kept);
    const env = { COLDSIGN_CRASH_DISK: this.dir, COLDSIGN_CRASH_KEEP: kept, COLDSIGN_CRASH_PART: `${part}/${parts}` };
    const calls = await this.calls(env);
    for (const [i, { at, how }] of crashPoints(calls, part, parts).entries()) {
      const disk = join(kept, `${at}-${how}`);
      const isKilled = i % KILLED_EVERY === 0;
      if (isKilled) {
        await this.crash(at, how);
        expect(names(this.dir), `killed ${how} call ${at}`).toEqual(names(disk));
      } else {
        rmSync(this.dir, { recursive: true, force: true });
        renameSync(disk, this.dir);
      }
      yield { workspace: new TestWorkspace(this.dir), at, how, isKilled, calls };
    }
  }

  /** The command, killed at the call. */
  async crash(at: number, how: How): Promise<TestWorkspace> {
    this.#restore();
    const { signal } = await this.#run({ COLDSIGN_CRASH_AT: `${at}`, COLDSIGN_CRASH_HOW: how });
    expect(signal, `killed at call ${at}`).toBe('SIGKILL');
    return new TestWorkspace(this.dir);
  }

  /** The next command, killed as well. */
  async crashAgain(at: number): Promise<void> {
    await this.#run({ COLDSIGN_CRASH_AT: `${at}` }, ['zone', 'sign', 'example.']);
  }

  [Symbol.dispose](): void {
    this.#original[Symbol.dispose]();
    rmSync(this.#scratch, { recursive: true, force: true });
  }

  #restore(): void {
    rmSync(this.dir, { recursive: true, force: true });
    this.#original.copyTo(this.dir);
  }

  async #run(env: Record<string, string>, command = this.#command): Promise<{ status: number | null; signal: string | null; err: string }> {
    const child = spawn(NODE, ['--import', PRELOAD, CLI, ...command, '--dir', this.dir], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...env },
    });
    let err = '';
    child.stderr.on('data', (piece: Buffer) => {
      err += piece.toString();
    });
    const [status, signal] = (await once(child, 'close')) as [number | null, string | null];
    return { status, signal, err };
  }
}

/** Every call that changes the disk once, a write also in its middle. */
export function crashPoints(calls: readonly string[], part = 0, parts = 1): readonly { at: number; how: How }[] {
  return calls.flatMap((name, i) => {
    if (i % parts !== part) return [];
    const at = i + 1;
    return name === 'writeSync'
      ? [
          { at, how: 'before' as const },
          { at, how: 'half' as const },
        ]
      : [{ at, how: 'before' as const }];
  });
}

/** All files and folders, without what is random in their names. */
function names(dir: string): readonly string[] {
  const all = readdirSync(dir, { recursive: true, encoding: 'utf8' });
  return all.map((name) => name.replaceAll(/[0-9a-f-]{8,}|\d{2,}/g, '*')).sort();
}

/**
 * What holds after the next command, wherever the one before was killed.
 * @param asksProgram for the keys, too; that takes long, and most crashes of a command are spared it
 */
export async function expectWhole(workspace: TestWorkspace, asksProgram = true): Promise<void> {
  const { state, paths, artifacts } = readWorkspace(workspace.dir);
  expect(state.intents).toEqual({});
  expect(state.session).toBeUndefined();
  const zone = state.zones['example.']!;
  const folder = join(paths.releases, 'example');
  const onDisk = readdirSync(folder).filter((name) => name !== 'current');
  expect(onDisk.map(Number).sort((a, b) => a - b)).toEqual(zone.releases.map(({ serial }) => serial));
  expect(readlinkSync(join(folder, 'current'))).toBe(`${zone.releases.at(-1)!.serial}`);
  let before: string | undefined;
  for (const { serial, manifest } of zone.releases) {
    const text = artifacts.get({ sha256: manifest, name: 'MANIFEST' }).toString();
    expect(readFileSync(join(folder, `${serial}`, 'MANIFEST'), 'utf8')).toBe(text);
    expect(parseManifest(parseNote(text).text).previous?.sha256).toBe(before);
    before = manifest;
  }
  expect(remains(workspace.dir)).toEqual([]);
  const { tokens } = readWorkspace(workspace.dir).config;
  const onToken = privateKeysOn(tokens.ksk[0]!).filter(({ label }) => label.startsWith('example. '));
  expect(onToken.map(({ id }) => id).sort()).toEqual(zone.keys.map(({ id }) => id).sort());
  if (asksProgram) expect((await workspace.run('key', 'list')).status).toBe(0);
}

/** Files of commands that were killed: temporary ones, locks, releases in the making. */
function remains(dir: string): readonly string[] {
  const names = readdirSync(dir, { recursive: true, encoding: 'utf8' });
  const staging = join(dir, 'releases', '.staging');
  return [
    ...names.filter((name) => /\.partial$|^lock|incoming/.test(name)),
    ...(existsSync(staging) ? readdirSync(staging, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('/')) : []),
  ];
}
