import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { findProgram } from '../../../src/release/tool.ts';
import { until } from '../../support/name-servers.ts';

export interface ProcessRequest {
  /** Program by its name, as it is looked for in the folders of programs and servers. */
  readonly program: string;
  readonly args: readonly string[];
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Where it logs, beside standard error. */
  readonly logFile?: string;
}

/** One server in the foreground, stopped by its process id; killed too where this process ends without having stopped it. */
export class ServerProcess implements AsyncDisposable {
  readonly #request: ProcessRequest;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #killAtExit: () => void;
  #output = '';

  constructor(request: ProcessRequest) {
    const file = findProgram(request.program);
    if (file === undefined) throw new Error(`${request.program} is not installed`);
    this.#request = request;
    this.#child = spawn(file, request.args, { stdio: ['ignore', 'pipe', 'pipe'], env: request.environment, cwd: request.folder });
    this.#child.stdout?.on('data', (piece: Buffer) => this.#add(piece));
    this.#child.stderr?.on('data', (piece: Buffer) => this.#add(piece));
    this.#ended = once(this.#child, 'exit').catch((error: Error) => this.#add(error.message));
    this.#killAtExit = () => void this.#child.kill('SIGKILL');
    process.prependOnceListener('exit', this.#killAtExit);
  }

  /** All that it has written to standard output and standard error. */
  get output(): string {
    return this.#output;
  }

  /** Waits until the probe gives true. @throws Error with the end of its log where it has ended */
  async ready(probe: () => Promise<boolean>): Promise<void> {
    let ended = false;
    await until(
      `${this.#request.program} is ready`,
      async () => {
        ended = this.#child.exitCode !== null || this.#child.signalCode !== null;
        return ended || (await probe());
      },
      (done) => done,
    );
    if (ended) throw new Error(`${this.#request.program} has ended: ${this.log().trim().split('\n').slice(-8).join(' | ')}`);
  }

  log(): string {
    const { logFile } = this.#request;
    if (logFile === undefined) return this.#output;
    try {
      return readFileSync(logFile, 'utf8') + this.#output;
    } catch {
      return this.#output;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    process.removeListener('exit', this.#killAtExit);
    if (this.#child.pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGTERM');
    const hard = setTimeout(() => this.#child.kill('SIGKILL'), 5000);
    await this.#ended;
    clearTimeout(hard);
  }

  #add(piece: Buffer | string): void {
    this.#output += piece.toString();
  }
}
