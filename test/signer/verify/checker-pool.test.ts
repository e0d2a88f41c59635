import { expect, test } from 'vitest';
import { verifyBatch } from '../../../signer/verify/public-key.ts';
import { verifyZone } from '../../../signer/verify/verify-zone.ts';
import { CheckerPool } from '../../../src/verify/checker-pool.ts';
import { makeBase, NSEC, ORIGIN, signBase } from '../../mutations/base-zone.ts';
import { type SoftKey, signWith, softKey, ZSK } from '../../support/soft-keys.ts';
import { toZone } from '../../support/soft-zone.ts';

const now = 1_790_000_000;

/** `count` items, every third with a signature that is wrong. */
function batch(key: SoftKey, count: number) {
  const items = Array.from({ length: count }, (_, i) => Buffer.from(`item ${i} `.repeat(i + 1)));
  const signatures = items.map((item, i) => signWith(key, i % 3 === 0 ? Buffer.from('something else') : item));
  const pack = (parts: readonly Buffer[]) => {
    let end = 0;
    return { bytes: new Uint8Array(Buffer.concat(parts)), ends: Uint32Array.from(parts, (part) => (end += part.length)) };
  };
  return { data: pack(items), signatures: pack(signatures) };
}

test.each([8, 10, 13, 14, 15, 16])('algorithm %i: the threads say what the process says, item by item', async (algorithm) => {
  const key = softKey(ZSK, algorithm);
  await using pool = new CheckerPool(2);
  const verdicts = await Promise.all(
    [3, 10, 1].map(async (count) => {
      const { data, signatures } = batch(key, count);
      const here = verifyBatch(key.rdata, data, signatures);
      return { here, there: await pool.check(key.rdata, data, signatures) };
    }),
  );
  for (const { here, there } of verdicts) {
    expect([...here]).toEqual(Array.from(here, (_, i) => (i % 3 === 0 ? 0 : 1)));
    expect([...there]).toEqual([...here]);
  }
});

test('a signature of the wrong length is bad, not an error', () => {
  for (const algorithm of [8, 13, 15, 16]) {
    const key = softKey(ZSK, algorithm);
    const { data } = batch(key, 1);
    for (const octets of [0, 1, 63, 65, 200]) {
      const signatures = { bytes: new Uint8Array(octets), ends: Uint32Array.of(octets) };
      expect([...verifyBatch(key.rdata, data, signatures)]).toEqual([0]);
    }
  }
});

test('a whole zone through the pool', async () => {
  const zone = toZone(signBase(makeBase(NSEC, now)), ORIGIN);
  await using checker = new CheckerPool(2);
  const { findings, counts } = await verifyZone(zone, { now, checker });
  expect(findings).toEqual([]);
  expect(counts.goodSignatures).toBe(counts.signatures);
});

test('a pool that was ended does not answer: the verification fails, it does not pass', async () => {
  const zone = toZone(signBase(makeBase(NSEC, now)), ORIGIN);
  const checker = new CheckerPool(1);
  await checker[Symbol.asyncDispose]();
  await expect(verifyZone(zone, { now, checker })).rejects.toMatchObject({ code: 'verify/worker-failed' });
});

test('a checker that fails in the middle ends the verification with its error', async () => {
  const zone = toZone(signBase(makeBase(NSEC, now)), ORIGIN);
  const checker = { lanes: 2, check: () => Promise.reject(new Error('the lights went out')) };
  await expect(verifyZone(zone, { now, checker })).rejects.toThrow('the lights went out');
});
