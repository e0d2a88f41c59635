import { expect, test } from 'vitest';
import { type KeySource, openOnFirst } from '../../keystore/replicas/failover.ts';
import { Fault, Refusal } from '../../signer/errors.ts';
import type { Packed, SigningKey } from '../../signer/signing-key.ts';

const BATCH: Packed = { bytes: Uint8Array.of(1), ends: Uint32Array.of(1) };
const down = (): Fault => new Fault('token/device', 'the token is gone', 'connect it');

/** A key whose signature says which token made it; `failAt`: the batch, from 1, with which its token breaks for good. */
function source(name: string, mark: number, failAt = Number.POSITIVE_INFINITY, error: () => Error = down): KeySource & { opened: number } {
  let batches = 0;
  const key: SigningKey = {
    algorithm: 13,
    keyTag: 4711,
    flags: 256,
    dnskey: Uint8Array.of(1, 0, 3, 13),
    signatureOctets: 1,
    async sign() {
      if (++batches >= failAt) throw error();
      return Uint8Array.of(mark);
    },
  };
  const made = {
    name,
    opened: 0,
    async open() {
      made.opened++;
      if (failAt === 0) throw error();
      return key;
    },
  };
  return made;
}

const run = async (key: SigningKey, times: number): Promise<number[]> => {
  const marks: number[] = [];
  for (let i = 0; i < times; i++) marks.push((await key.sign(BATCH))[0]!);
  return marks;
};

test('a token that fails in the midst of signing is left, and the next one signs that batch and all after it', async () => {
  const told: string[] = [];
  const key = await openOnFirst([source('a', 1, 3), source('b', 2, 2), source('c', 3)], (text) => told.push(text));
  expect(await run(key, 5)).toEqual([1, 1, 2, 3, 3]);
  expect(told).toEqual([expect.stringMatching(/^a failed while it signed with the key 4711/), expect.stringMatching(/^b failed while/)]);
});

test('batches that fail together move on once', async () => {
  const told: string[] = [];
  const last = source('b', 2);
  const key = await openOnFirst([source('a', 1, 1), last], (text) => told.push(text));
  const made = await Promise.all([1, 2, 3, 4].map(() => key.sign(BATCH)));
  expect(made.map(([mark]) => mark)).toEqual([2, 2, 2, 2]);
  expect([last.opened, told.length]).toEqual([1, 1]);
});

test('the error of the last token is thrown, to all batches', async () => {
  const key = await openOnFirst([source('a', 1, 2), source('b', 2, 1)], () => {});
  expect(await run(key, 1)).toEqual([1]);
  const made = await Promise.allSettled([key.sign(BATCH), key.sign(BATCH)]);
  expect(made.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await expect(key.sign(BATCH)).rejects.toMatchObject({ code: 'token/device' });
});

test('at the start, tokens that are gone and tokens without the key are passed over; a key that is another one is not', async () => {
  const told: string[] = [];
  const lacks = (): Refusal => new Refusal('key/not-found', 'no such key', 'list them');
  const key = await openOnFirst([source('a', 1, 0), source('b', 2, 0, lacks), source('c', 3)], (text) => told.push(text));
  expect(await run(key, 1)).toEqual([3]);
  expect(told).toEqual(['a is left out: the token is gone', 'b is left out: no such key']);
  const other = (): Refusal => new Refusal('key/mismatch', 'another key', 'find out');
  const third = source('c', 3);
  await expect(openOnFirst([source('a', 1, 0, other), third], () => {})).rejects.toMatchObject({ code: 'key/mismatch' });
  expect(third.opened).toBe(0);
});

test('a refused PIN and a bad signature are for people: no other token is tried', async () => {
  const refused = (): Refusal => new Refusal('pin/incorrect', 'refused', 'check it');
  await expect(openOnFirst([source('a', 1, 0, refused), source('b', 2)], () => {})).rejects.toMatchObject({ code: 'pin/incorrect' });
  const bad = (): Fault => new Fault('sign/bad-signature', 'does not verify', 'find out');
  const key = await openOnFirst([source('a', 1, 1, bad), source('b', 2)], () => {});
  await expect(key.sign(BATCH)).rejects.toMatchObject({ code: 'sign/bad-signature' });
});
