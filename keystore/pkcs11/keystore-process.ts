import { type ChildProcess, fork } from 'node:child_process';
import { childEnvironment, launchOf, scriptBeside } from '../launch.ts';
import type { TokenFailure } from './ckr.ts';
import type { Answer, Exchanges, Reply, Request, RequestKind } from './protocol.ts';

/** A request that the child process did not fulfil. Internal to keystore/: refusals and faults are made of it. */
export class RequestFailed extends Error {
  override readonly name = 'RequestFailed';
  readonly failure: TokenFailure;
  constructor(failure: TokenFailure) {
    super(`${failure.call}: ${failure.name}`);
    this.failure = failure;
  }
}

export interface ProcessOptions {
  /** SOFTHSM2_CONF of the child. */
  readonly softhsmConf?: string;
  /** What C_Initialize gives the module; nothing secret: it is the child's argument. */
  readonly libraryParameters?: string;
  /** Tests put another program in the child's place. */
  readonly script?: URL;
}

interface Pending {
  readonly kind: RequestKind;
  readonly timeoutMs: number;
  readonly resolve: (answer: never) => void;
  readonly reject: (error: RequestFailed) => void;
}

/** After the watchdog: time for an answer that lies in the pipe already because this process was busy. */
const GRACE_MS = 250;

/** One child process. Requests are answered in order; the watchdog runs for the oldest one, anew at each sign of life. */
export class KeystoreProcess implements Disposable {
  readonly #process: ChildProcess;
  readonly #pending: Pending[] = [];
  #hasAnswered = false;
  #watchdog: NodeJS.Timeout | undefined;
  /** Why no more requests are taken. */
  #lost: TokenFailure | undefined;

  constructor(options: ProcessOptions) {
    this.#process = launch(options);
    this.#process.on('message', (reply: Reply) => this.#settle(reply));
    this.#process.on('error', (error) => this.#end(`the child process failed (${(error as NodeJS.ErrnoException).code ?? error.name})`));
    this.#process.on('exit', (status, signal) =>
      this.#end(
        `the child process ended (${signal ?? `status ${status}`})${this.#hasAnswered ? '' : ' before its first answer; is the program installed completely?'}`,
      ),
    );
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  get isAlive(): boolean {
    return this.#lost === undefined;
  }

  /** @throws RequestFailed; class `device` if the process dies or does not answer in time */
  ask<K extends RequestKind>(kind: K, ask: Exchanges[K]['ask'], timeoutMs: number): Promise<Answer<K>> {
    return new Promise((resolve, reject) => {
      if (this.#lost !== undefined) {
        reject(new RequestFailed({ ...this.#lost, call: kind }));
        return;
      }
      this.#pending.push({ kind, timeoutMs, resolve, reject });
      if (this.#pending.length === 1) this.#watch(timeoutMs);
      const request = { kind, ...ask } as unknown as Request;
      this.#process.send(request, (error) => {
        if (error !== null) this.#end('the child process takes no more requests');
      });
    });
  }

  [Symbol.dispose](): void {
    this.#end('the keystore was closed');
  }

  #settle(reply: Reply): void {
    this.#hasAnswered = true;
    clearTimeout(this.#watchdog);
    const oldest = reply.kind === 'alive' ? undefined : this.#pending.shift();
    const next = this.#pending[0];
    if (next !== undefined) this.#watch(next.timeoutMs);
    if (reply.kind === 'alive' || oldest === undefined) return;
    if (reply.kind === 'done') oldest.resolve(reply.answer as never);
    else oldest.reject(new RequestFailed(reply.failure));
  }

  #watch(timeoutMs: number): void {
    this.#watchdog = setTimeout(() => {
      this.#watchdog = setTimeout(() => this.#end(`no answer within ${Math.round(timeoutMs)} ms`), GRACE_MS);
    }, timeoutMs);
  }

  #end(why: string): void {
    clearTimeout(this.#watchdog);
    this.#process.kill('SIGKILL');
    if (this.#lost !== undefined) return;
    this.#lost = { kind: 'device', name: why, call: '' };
    for (const { kind, reject } of this.#pending.splice(0)) reject(new RequestFailed({ ...this.#lost, call: kind }));
  }
}

/** Design note: a child that is blocked inside the module does not notice that its parent is gone: the kernel is asked to kill it then. */
function launch(options: ProcessOptions): ChildProcess {
  const script = options.script ?? scriptBeside('./child', import.meta.url);
  const environment = childEnvironment();
  return fork(script, options.libraryParameters === undefined ? [] : [options.libraryParameters], {
    ...launchOf(script, { diesWithParent: true }),
    env: options.softhsmConf === undefined ? environment : { ...environment, SOFTHSM2_CONF: options.softhsmConf },
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
}
