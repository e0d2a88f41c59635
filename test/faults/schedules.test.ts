import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Keystore } from '../../keystore/keystore.ts';
import { VerifyPool } from '../../keystore/verify-pool.ts';
import type { SigningKey } from '../../signer/signing-key.ts';
import type { TestToken } from '../support/token.ts';
import { FaultyToken, loginsAfterRefusal } from './faulty-token.ts';
import { allVerify, makeBatch, makeTokenWithKey, outcome, SELECTOR, untilGone } from './fixture.ts';
import { makeSchedule, RUN_LENGTH, type Schedule } from './schedule.ts';

const SCHEDULES = 1000;
/** Side by side; each has a keystore of its own on the same token. */
const STRANDS = 3;
const WATCHDOG_MS = 1500;
/** Far more than any schedule needs, and less than the limit of the test: what hangs is named. */
const LIMIT_MS = 90_000;
const BATCH = makeBatch(RUN_LENGTH);

let token: TestToken;
let verifyPool: VerifyPool;
beforeAll(async () => {
  verifyPool = new VerifyPool(1);
  token = await makeTokenWithKey();
});
afterAll(async () => {
  await verifyPool?.[Symbol.asyncDispose]();
  token?.[Symbol.dispose]();
});

/** An open keystore that lives through one schedule after the other, until one is too much for it. */
class Strand implements AsyncDisposable {
  #faults: FaultyToken | undefined;
  #keystore: Keystore | undefined;
  #key: SigningKey | undefined;
  /** Calls that were logged before this keystore was opened. */
  #before = 0;
  readonly outcomes: string[] = [];

  async run({ isFresh, lines }: Schedule): Promise<void> {
    if (isFresh) {
      await this[Symbol.asyncDispose]();
      this.#faults = new FaultyToken(token);
      this.#faults.plan(...lines);
    } else {
      if (this.#key === undefined) await this.#open();
      this.#faults!.plan(...lines);
    }
    const first = await outcome(() => this.#sign());
    this.outcomes.push(first);
    if (first === 'signed') return;
    this.#faults!.plan();
    if ((await outcome(() => this.#sign())) !== 'signed') await this[Symbol.asyncDispose]();
  }

  async #open(): Promise<void> {
    this.#faults ??= new FaultyToken(token);
    if (this.#keystore === undefined) this.#before = this.#faults.calls().length;
    this.#keystore ??= await this.#faults.open({ watchdogMs: WATCHDOG_MS, verifyPool });
    this.#key = await this.#keystore.openSigningKey(SELECTOR);
  }

  async #sign(): Promise<void> {
    if (this.#key === undefined) await this.#open();
    const signatures = await this.#key!.sign(BATCH);
    expect(allVerify(this.#key!, BATCH, signatures), 'a wrong signature came out').toBe(true);
  }

  /** Ends the keystore, and looks at what its processes have done. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#keystore?.[Symbol.asyncDispose]();
    const calls = this.#faults?.calls() ?? [];
    await untilGone([...new Set(calls.map(({ pid }) => pid))]);
    this.#faults?.[Symbol.dispose]();
    expect(loginsAfterRefusal(calls.slice(this.#before)), 'a refused PIN was tried again').toEqual([]);
    this.#faults = undefined;
    this.#keystore = undefined;
    this.#key = undefined;
  }
}

/** COLDSIGN_FAULT_SEED repeats a run that has failed. */
test(`${SCHEDULES} random fault schedules: no wrong signature, no hang, no second login with a refused PIN, no process left`, async () => {
  const seed = Number(process.env['COLDSIGN_FAULT_SEED'] ?? randomInt(1_000_000));
  const strands = Array.from({ length: STRANDS }, () => new Strand());
  const work = async (strand: Strand, from: number): Promise<void> => {
    for (let number = from; number < SCHEDULES; number += STRANDS) {
      const schedule = makeSchedule(seed, number);
      const { promise: late, reject } = Promise.withResolvers<never>();
      const alarm = setTimeout(() => reject(new Error('it did not end')), LIMIT_MS);
      try {
        await Promise.race([strand.run(schedule), late]);
      } catch (cause) {
        throw new Error(`COLDSIGN_FAULT_SEED=${seed}, schedule ${number}: ${JSON.stringify(schedule)}`, { cause });
      } finally {
        clearTimeout(alarm);
      }
    }
    await strand[Symbol.asyncDispose]();
  };
  await Promise.all(strands.map(work));
  const counts = Object.groupBy(
    strands.flatMap(({ outcomes }) => outcomes),
    (kind) => kind,
  );
  // The schedules are of both kinds: many that signing survives, and many that it must not survive.
  expect(counts['signed']?.length).toBeGreaterThan(SCHEDULES / 3);
  expect(counts['sign/bad-signature']?.length).toBeGreaterThan(SCHEDULES / 50);
}, 600_000);
