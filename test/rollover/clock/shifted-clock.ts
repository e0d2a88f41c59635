import { execFileSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { endianness, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { toolEnvironment } from '../../../src/release/tool.ts';

/**
 * The time of day of foreign programs: it stands still at a second and moves only when told, while they run.
 * Ends with the file closed; programs that still run keep the last time.
 */
export class ShiftedClock implements Disposable {
  readonly #file: number;
  readonly #path: string;
  #now: number;

  /** @param path a new file in a private folder
   * @param now unix seconds */
  constructor(path: string, now: number) {
    this.#path = path;
    this.#file = openSync(path, 'wx', 0o600);
    this.#now = now;
    this.moveTo(now);
  }

  /** Unix seconds. */
  get now(): number {
    return this.#now;
  }

  moveTo(seconds: number): void {
    const octets = Buffer.alloc(8);
    if (endianness() === 'LE') octets.writeBigInt64LE(BigInt(seconds));
    else octets.writeBigInt64BE(BigInt(seconds));
    writeSync(this.#file, octets, 0, octets.length, 0);
    this.#now = seconds;
  }

  /** What a program must be started with to live by this clock. */
  environment(): NodeJS.ProcessEnv {
    return { ...toolEnvironment(), LD_PRELOAD: buildShiftedClock(), CLOCK_FILE: this.#path };
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }
}

const SOURCE = fileURLToPath(new URL('./shifted-clock.c', import.meta.url));
const FLAGS = ['-std=gnu11', '-O1', '-Wall', '-Wextra', '-Werror', '-fPIC', '-shared', '-pthread'];

/**
 * The library of this folder, compiled once for each state of its source and kept in the system's temporary folder.
 * A machine without a C compiler fails the test: a program at the real time proves nothing about another.
 */
function buildShiftedClock(): string {
  const state = [...FLAGS, readFileSync(SOURCE, 'utf8')].join('\0');
  const folder = join(tmpdir(), `coldsign-shifted-clock-${process.getuid?.() ?? 0}`);
  const path = join(folder, `${hash('sha256', state).slice(0, 16)}.so`);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const partial = `${path}.${process.pid}`;
  execFileSync('cc', [...FLAGS, '-o', partial, SOURCE]);
  renameSync(partial, path);
  return path;
}
