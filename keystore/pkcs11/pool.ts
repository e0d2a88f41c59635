import { RequestFailed } from './keystore-process.ts';
import { isNotFound, isTransient, isTransientAgain, MAX_RESTARTS, maxRestartsInARow, type Remedy, Trouble } from './ladder.ts';
import type { Lane, LaneKey } from './lane.ts';
import type { TokenSummary } from './protocol.ts';

/** One piece of a batch on its way to a child. */
interface Job {
  readonly key: LaneKey;
  readonly bytes: Uint8Array;
  readonly ends: Uint32Array;
  readonly resolve: (signatures: Uint8Array) => void;
  readonly reject: (error: unknown) => void;
  readonly trouble: Trouble;
}

/** Why a child is to be brought back, and how. */
interface Need {
  readonly remedy: Remedy;
  /** In which the request was made. */
  readonly era: number;
  readonly error: unknown;
}

/** Pieces that a child holds at a time: one in work, one in the pipe, so that it never waits for this process. */
const IN_FLIGHT = 2;
const BACKOFF_MS = 200;

/** Those of this process. One listener for all: node warns of a leak where there are more than ten, and tokens of a role may be many. */
const OPEN = new Set<SigningPool>();

/** No child outlives this process, not even one that hangs. */
function endWithProcess(pool: SigningPool): void {
  if (OPEN.size === 0) process.on('exit', endAll);
  OPEN.add(pool);
}

function endAll(): void {
  for (const pool of OPEN) pool[Symbol.dispose]();
}

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
  /** New processes since the last request that was fulfilled. */
  #restarts = 0;
  readonly #backoffMs: number;

  /**
   * @param first is started by {@link open}; the others by {@link grow}
   * @param backoffMs pause after a failed start; twice and three times as long after the next
   */
  constructor(first: Lane, backoffMs: number = BACKOFF_MS) {
    this.#lanes = [first];
    this.#backoffMs = backoffMs;
    endWithProcess(this);
  }

  get lanes(): readonly Lane[] {
    return this.#lanes;
  }

  /** The child that does everything but sign. @throws what has closed the pool */
  get first(): Lane {
    const [lane] = this.#lanes;
    if (lane === undefined) throw this.#closed;
    return lane;
  }

  /**
   * Starts the first child, in bounded tries.
   * Design note: a token that is not there is looked for once more. SoftHSM shows none for a moment while another process logs in to it:
   * it empties the file of the token, unlocks it, and only then writes it.
   * @param beforeLogin sees the token's flags, once
   * @throws Refusal, RequestFailed
   */
  async open(beforeLogin: (token: TokenSummary) => void): Promise<TokenSummary> {
    let hasSeen = false;
    const { first } = this;
    for (let tries = 1; ; tries++) {
      try {
        return await first.start((token) => {
          if (!hasSeen) beforeLogin(token);
          hasSeen = true;
        });
      } catch (error) {
        const isWorthMore = isTransient(error) || (tries === 1 && isNotFound(error));
        if (tries >= MAX_RESTARTS || !isWorthMore) throw error;
        await this.#pause(tries);
      }
    }
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
      this.#queue.push({ key, bytes, ends, resolve, reject, trouble: new Trouble() });
      this.#feed();
    });
  }

  /** Runs something that may be repeated on the first child, with the same recovery as signing. */
  async repeatable<T>(action: (lane: Lane) => Promise<T>): Promise<T> {
    const trouble = new Trouble();
    for (;;) {
      const lane = this.first;
      const { era } = lane;
      try {
        const done = await action(lane);
        this.#restarts = 0;
        return done;
      } catch (error) {
        const remedy = trouble.remedy(error);
        if (remedy === undefined) throw error;
        await this.#recover(lane, { remedy, era, error });
      }
    }
  }

  /** The end in good order: logins that are under way come to their end first. */
  async close(): Promise<void> {
    this.#fail(closed());
    const starting = this.#starting === undefined ? [] : [this.#starting];
    await Promise.all([...this.#lanes, ...starting].map((lane) => lane.close()));
    this[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    OPEN.delete(this);
    if (OPEN.size === 0) process.off('exit', endAll);
    this.#fail(closed());
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
      const signatures = await lane.sign(job.key, job.bytes, job.ends);
      this.#restarts = 0;
      job.resolve(signatures);
    } catch (error) {
      await this.#retry(lane, job, error, era);
    } finally {
      this.#busy.set(lane, this.#busy.get(lane)! - 1);
      this.#feed();
    }
  }

  async #retry(lane: Lane, job: Job, error: unknown, era: number): Promise<void> {
    const remedy = job.trouble.remedy(error);
    if (remedy === undefined) {
      job.reject(error);
      // What a token fails to do after all tries it will not do for the rest of the batch either.
      if (isTransient(error)) for (const waiting of this.#queue.splice(0)) waiting.reject(error);
      return;
    }
    try {
      await this.#recover(lane, { remedy, era, error });
    } catch (second) {
      this.#drop(lane);
      if (this.#lanes.length === 0) this.#fail(second);
    }
    if (this.#closed === undefined) this.#queue.unshift(job);
    else job.reject(this.#closed);
  }

  #recover(lane: Lane, need: Need): Promise<void> {
    return this.#inTurn(() => this.#climb(lane, need));
  }

  /** A session that cannot be renewed is a case for a new process. */
  async #climb(lane: Lane, { remedy, era, error }: Need): Promise<void> {
    if (lane.era !== era) return;
    for (let tries = 1; ; tries++) {
      const how = tries === 1 ? remedy : 'process';
      if (how === 'process' && ++this.#restarts > maxRestartsInARow(this.#lanes.length)) throw error;
      try {
        return await lane.recover(how, lane.era);
      } catch (failed) {
        if (tries >= MAX_RESTARTS || !isTransientAgain(failed)) throw failed;
        await this.#pause(tries);
      }
    }
  }

  #pause(tries: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, this.#backoffMs * tries));
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

function closed(): RequestFailed {
  return new RequestFailed({ kind: 'device', name: 'the keystore was closed', call: 'sign' });
}
