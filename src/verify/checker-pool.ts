import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { Fault } from '../../signer/errors.ts';
import type { Packed } from '../../signer/signing-key.ts';
import type { SignatureChecker } from '../../signer/verify/public-key.ts';

/** What a worker gets and gives back, one for one. */
export interface CheckRequest {
  readonly id: number;
  readonly dnskey: Uint8Array<ArrayBuffer>;
  readonly data: Packed;
  readonly signatures: Packed;
}

export interface CheckReply {
  readonly id: number;
  readonly good: Uint8Array<ArrayBuffer>;
}

interface Task {
  readonly resolve: (good: Uint8Array) => void;
  readonly reject: (reason: unknown) => void;
}

interface Lane {
  readonly worker: Worker;
  readonly tasks: Map<number, Task>;
}

/** Signature checks on worker threads, one batch after the other on each. To be ended with `await using`. */
export class CheckerPool implements SignatureChecker, AsyncDisposable {
  readonly lanes: number;
  readonly #lanes: readonly Lane[];
  #next = 0;
  #failure: Fault | undefined;

  /** @param threads default: as many as the machine runs at a time */
  constructor(threads: number = availableParallelism()) {
    this.lanes = Math.max(1, threads);
    this.#lanes = Array.from({ length: this.lanes }, () => this.#open());
  }

  check(dnskey: Uint8Array, data: Packed, signatures: Packed): Promise<Uint8Array> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const lane = this.#lanes.reduce((least, other) => (other.tasks.size < least.tasks.size ? other : least));
    const id = this.#next++;
    // a view would be cloned with the whole buffer behind it: the zone
    const request: CheckRequest = { id, dnskey: dnskey.slice(), data, signatures };
    return new Promise((resolve, reject) => {
      lane.tasks.set(id, { resolve, reject });
      lane.worker.postMessage(request, [data.bytes.buffer as ArrayBuffer, signatures.bytes.buffer as ArrayBuffer]);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#lanes.map(({ worker }) => worker.terminate()));
  }

  #open(): Lane {
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const worker = new Worker(new URL(`./checker-worker.${extension}`, import.meta.url));
    const tasks = new Map<number, Task>();
    worker.on('message', ({ id, good }: CheckReply) => {
      tasks.get(id)?.resolve(good);
      tasks.delete(id);
    });
    worker.on('error', (cause) => this.#fail(tasks, cause));
    worker.on('messageerror', (cause) => this.#fail(tasks, cause));
    worker.on('exit', (status) => this.#fail(tasks, new Error(`exit status ${status}`)));
    return { worker, tasks };
  }

  /** A lane that dies takes the pool with it: half a verification is none. */
  #fail(tasks: Map<number, Task>, cause: unknown): void {
    this.#failure ??= new Fault('verify/worker-failed', 'a thread that checks signatures died', 'try again with --threads 1', { cause });
    for (const task of tasks.values()) task.reject(this.#failure);
    tasks.clear();
  }
}
