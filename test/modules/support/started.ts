import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

const PATIENCE_MS = 30_000;
const POLL_MS = 20;

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** What the process says on its standard output and error is kept for messages. Default: the last 2000 characters. */
  readonly cwd?: string;
}

/** A service in a process group of its own, ended with all that it has started. */
export class Started implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #name: string;
  #said = '';

  constructor(command: string, args: readonly string[], { env, cwd }: StartOptions = {}) {
    this.#name = command;
    this.#process = spawn(command, args, {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
      ...(cwd === undefined ? {} : { cwd }),
    });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.on('data', (piece: Buffer) => {
        this.#said = `${this.#said}${piece}`.slice(-2000);
      });
    }
    this.#process.on('error', (error) => {
      this.#said += error.message;
    });
  }

  get pid(): number {
    const { pid } = this.#process;
    if (pid === undefined) throw new Error(`${this.#name} did not start: ${this.#said}`);
    return pid;
  }

  /** What it has printed lately. */
  get said(): string {
    return this.#said;
  }

  get hasEnded(): boolean {
    return this.#process.pid === undefined || this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  /** Waits until the service does what shows that it is ready. @throws Error it has ended, or takes too long */
  async until(what: string, isReady: () => boolean | Promise<boolean>): Promise<void> {
    await waitUntil(`${this.#name}: ${what}`, async () => {
      if (this.hasEnded) throw new Error(`${this.#name} ended before ${what}: ${this.#said}`);
      return await isReady();
    });
  }

  /** @param signal that the whole group gets */
  async stop(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (this.hasEnded) return;
    const exit = once(this.#process, 'exit');
    process.kill(-this.pid, signal);
    await exit;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** @throws Error after half a minute */
export async function waitUntil(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`waited ${PATIENCE_MS} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

export interface Ran {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a program to its end. */
export async function run(command: string, args: readonly string[], { env, cwd }: StartOptions = {}): Promise<Ran> {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    timeout: 90_000,
    killSignal: 'SIGKILL',
    ...(cwd === undefined ? {} : { cwd }),
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (piece: Buffer) => {
    out += piece;
  });
  child.stderr.on('data', (piece: Buffer) => {
    err += piece;
  });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  return { status, out, err };
}

/** @throws Error with what it printed, unless it ends with status 0 */
export async function mustRun(command: string, args: readonly string[], options: StartOptions = {}): Promise<string> {
  const { status, out, err } = await run(command, args, options);
  if (status !== 0) throw new Error(`${command} ${args[0] ?? ''}: status ${status}\n${out}${err}`);
  return out;
}
