import { RequestFailed } from './keystore-process.ts';
import type { Lane, LaneKey } from './lane.ts';

/** One piece of a batch on its way to a child. */
interface Job {
  readonly key: LaneKey;
  readonly bytes: Uint8Array;
  readonly ends: Uint32Array;
  readonly resolve: (signatures: Uint8Array) => void;
  readonly reject: (error: unknown) => void;
  failures: number;
}

/** Pieces that a child holds at a time: one in work, one in the pipe, so that it never waits for this process. */
const IN_FLIGHT = 2;
const MAX_FAILURES = 4;
const MAX_RESTARTS = 3;
const BACKOFF_MS = 200;

/** Children of one token, fed from one queue. */
export class SigningPool implements Disposable {
  readonly #lanes: Lane[];
  readonly #queue: Job[] = [];
  readonly #busy = new Map<Lane, number>();
  /** Children start in turn: several that log in at the same moment can fail with CKR_GENERAL_ERROR. */
  #turn: Promise<void> = Promise.resolve();
  #starting: Lane | undefined;
  #reserve: { readonly lanes: readonly Lane[]; readonly dropped: (error: unknown) => void } | undefined;
  #closed: unknown;
  /** No child outlives this process, not even one that hangs. */
  readonly #onExit = (): void => this[Symbol.dispose]();

  /** @param first is started; the others are started by {@link grow} */
  constructor(first: Lane) {
    this.#lanes = [first];
    process.on('exit', this.#onExit);
  }

  get lanes(): readonly Lane[] {
    return this.#lanes;
  }

  /**
   * Starts further children in turn, while those that are there sign already. A token that has no free session, or fails now, is left to
   * the children that it has.
   * @param dropped is told why there are fewer children than asked for
   */
  async grow(lanes: readonly Lane[], dropped: (error: unknown) => void): Promise<void> {
    for (const lane of lanes) {
      const place = this.#lanes[0]?.place;
      if (this.#closed !== undefined || place === undefined) return;
      this.#starting = lane;
      try {
        await this.#inTurn(() => lane.join(place));
      } catch (error) {
        lane[Symbol.dispose]();
        if (this.#closed === undefined) dropped(error);
        return;
      } finally {
        this.#starting = undefined;
      }
      this.#lanes.push(lane);
      this.#feed();
    }
  }

  /** Children that are started, as by {@link grow}, once there is more to sign than those that are there can take. */
  reserve(lanes: readonly Lane[], dropped: (error: unknown) => void): void {
    this.#reserve = lanes.length === 0 ? undefined : { lanes, dropped };
  }

  /** @throws RequestFailed and what Lane throws, after bounded tries */
  sign(key: LaneKey, bytes: Uint8Array, ends: Uint32Array): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      if (this.#closed !== undefined) {
        reject(this.#closed);
        return;
      }
      this.#queue.push({ key, bytes, ends, resolve, reject, failures: 0 });
      this.#feed();
    });
  }

  /** Runs something that may be repeated on the first child, with the same recovery as signing. */
  async repeatable<T>(action: (lane: Lane) => Promise<T>): Promise<T> {
    for (let failures = 0; ; failures++) {
      const lane = this.#lanes[0];
      if (lane === undefined) throw this.#closed;
      const { era } = lane;
      try {
        return await action(lane);
      } catch (error) {
        if (failures >= MAX_FAILURES || !isRecoverable(error)) throw error;
        await this.#recover(lane, error, era);
      }
    }
  }

  [Symbol.dispose](): void {
    process.off('exit', this.#onExit);
    this.#fail(new RequestFailed({ kind: 'device', name: 'the keystore was closed', call: 'sign' }));
    this.#starting?.[Symbol.dispose]();
    for (const lane of this.#lanes.splice(0)) lane[Symbol.dispose]();
  }

  #feed(): void {
    for (let depth = 0; depth < IN_FLIGHT; depth++) {
      for (const lane of this.#lanes) {
        if (this.#queue.length === 0) return;
        if ((this.#busy.get(lane) ?? 0) === depth) void this.#work(lane, this.#queue.shift()!);
      }
    }
    if (this.#queue.length === 0 || this.#reserve === undefined) return;
    const { lanes, dropped } = this.#reserve;
    this.#reserve = undefined;
    void this.grow(lanes, dropped);
  }

  async #work(lane: Lane, job: Job): Promise<void> {
    this.#busy.set(lane, (this.#busy.get(lane) ?? 0) + 1);
    const { era } = lane;
    try {
      job.resolve(await lane.sign(job.key, job.bytes, job.ends));
    } catch (error) {
      await this.#retry(lane, job, error, era);
    } finally {
      this.#busy.set(lane, this.#busy.get(lane)! - 1);
      this.#feed();
    }
  }

  async #retry(lane: Lane, job: Job, error: unknown, era: number): Promise<void> {
    job.failures++;
    if (job.failures >= MAX_FAILURES || !isRecoverable(error)) {
      job.reject(error);
      return;
    }
    try {
      await this.#recover(lane, error, era);
    } catch (second) {
      this.#drop(lane);
      if (this.#lanes.length === 0) this.#fail(second);
    }
    if (this.#closed === undefined) this.#queue.unshift(job);
    else job.reject(this.#closed);
  }

  #recover(lane: Lane, error: RequestFailed, era: number): Promise<void> {
    const how = error.failure.kind === 'session' ? 'session' : 'process';
    return this.#inTurn(() => recoverWithBackoff(lane, how, era));
  }

  #inTurn(action: () => Promise<void>): Promise<void> {
    const own = this.#turn.then(action);
    this.#turn = own.catch(() => {});
    return own;
  }

  #drop(lane: Lane): void {
    const at = this.#lanes.indexOf(lane);
    if (at >= 0) this.#lanes.splice(at, 1);
    lane[Symbol.dispose]();
  }

  #fail(error: unknown): void {
    this.#closed ??= error;
    for (const job of this.#queue.splice(0)) job.reject(this.#closed);
  }
}

function isRecoverable(error: unknown): error is RequestFailed {
  return error instanceof RequestFailed && (error.failure.kind === 'session' || error.failure.kind === 'device');
}

/** A session that cannot be renewed is a case for a new process. */
async function recoverWithBackoff(lane: Lane, how: 'session' | 'process', era: number): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await lane.recover(tries === 1 ? how : 'process', tries === 1 ? era : lane.era);
    } catch (error) {
      if (tries >= MAX_RESTARTS || !isRecoverable(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, BACKOFF_MS * tries));
    }
  }
}
