import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { Fault } from '../signer/errors.ts';
import type { Packed } from '../signer/signing-key.ts';
import { cutBatch } from './batches.ts';
import { verifierOf, verifyPacked } from './public-key.ts';

export interface VerifyOrder {
  readonly number: number;
  readonly dnskey: Uint8Array;
  readonly bytes: Uint8Array;
  readonly ends: Uint32Array;
  /** All of one length, end to end. */
  readonly signatures: Uint8Array;
}

export interface VerifyAnswer {
  readonly number: number;
  readonly verdicts: Uint8Array;
}

interface Waiting {
  readonly resolve: (verdicts: Uint8Array) => void;
  readonly reject: (error: Fault) => void;
}

interface Thread {
  readonly worker: Worker;
  readonly waiting: Map<number, Waiting>;
}

/** So many signatures are verified here, before a thread is worth its start. */
const BEFORE_THREADS = 256;

/** Threads that verify signatures in software, beside the processes that make them. They start when there is enough to do. */
export class VerifyPool implements AsyncDisposable {
  readonly #size: number;
  readonly #threads: Thread[] = [];
  #orders = 0;
  #verifiedHere = 0;

  /** @param size number of threads; default: one a core */
  constructor(size: number = availableParallelism()) {
    this.#size = Math.max(1, size);
  }

  /**
   * @param dnskeyRdata the DNSKEY that will be published
   * @param data per item the signed data of RFC 4034 3.1.8.1
   * @param signatures one per item, all of one length, end to end, in DNSSEC form
   * @returns 1 for an item whose signature verifies, else 0
   * @throws Fault verify/worker-failed: malformed DNSKEY, thread lost
   */
  async verifyBatch(dnskeyRdata: Uint8Array, data: Packed, signatures: Uint8Array): Promise<Uint8Array> {
    const verdicts = new Uint8Array(data.ends.length);
    if (data.ends.length === 0) return verdicts;
    const octets = signatures.length / data.ends.length;
    if (!Number.isInteger(octets)) return verdicts;
    this.#verifiedHere += data.ends.length;
    if (this.#verifiedHere <= BEFORE_THREADS) return verifyHere(dnskeyRdata, data, signatures);
    const dnskey = compact(dnskeyRdata);
    await Promise.all(
      cutBatch(data).map(async (piece) => {
        const own = signatures.slice(piece.first * octets, (piece.first + piece.ends.length) * octets);
        verdicts.set(await this.#order(dnskey, piece, own), piece.first);
      }),
    );
    return verdicts;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#threads.splice(0).map(({ worker }) => worker.terminate()));
  }

  #order(dnskey: Uint8Array, data: Packed, signatures: Uint8Array): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const thread = this.#leastBusy();
      const number = this.#orders++;
      thread.waiting.set(number, { resolve, reject });
      thread.worker.ref();
      const order: VerifyOrder = { number, dnskey, bytes: compact(data.bytes), ends: compact(data.ends), signatures };
      thread.worker.postMessage(order);
    });
  }

  #leastBusy(): Thread {
    const idle = this.#threads.find(({ waiting }) => waiting.size === 0);
    if (idle !== undefined) return idle;
    if (this.#threads.length < this.#size) {
      const thread = this.#start();
      this.#threads.push(thread);
      return thread;
    }
    return this.#threads.reduce((a, b) => (b.waiting.size < a.waiting.size ? b : a));
  }

  #start(): Thread {
    const script = new URL(`./verify-worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);
    const worker = new Worker(script, { execArgv: [], resourceLimits: { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 128 } });
    const thread: Thread = { worker, waiting: new Map() };
    worker.on('message', (answer: VerifyAnswer) => {
      thread.waiting.get(answer.number)?.resolve(answer.verdicts);
      thread.waiting.delete(answer.number);
      if (thread.waiting.size === 0) worker.unref();
    });
    const lose = (cause: unknown): void => {
      const at = this.#threads.indexOf(thread);
      if (at >= 0) this.#threads.splice(at, 1);
      const fault = workerFailed(cause);
      for (const { reject } of thread.waiting.values()) reject(fault);
      thread.waiting.clear();
    };
    worker.on('error', lose);
    worker.on('exit', (status) => lose(new Error(`thread ended with status ${status}`)));
    return thread;
  }
}

function verifyHere(dnskey: Uint8Array, data: Packed, signatures: Uint8Array): Uint8Array {
  try {
    return verifyPacked(verifierOf(dnskey), data, signatures);
  } catch (cause) {
    throw workerFailed(cause);
  }
}

function workerFailed(cause: unknown): Fault {
  return new Fault('verify/worker-failed', 'signatures could not be verified', 'run the command again; report it if it comes back', {
    cause,
  });
}

/** The same numbers over a buffer of just their size: sending a view clones the whole buffer behind it. Shared memory is never cloned. */
function compact<T extends Uint8Array | Uint32Array>(view: T): T {
  const whole = view.buffer instanceof SharedArrayBuffer || view.byteLength === view.buffer.byteLength;
  return whole ? view : (view.slice() as T);
}
