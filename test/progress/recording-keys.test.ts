import { expect, test } from 'vitest';
import { Fault } from '../../signer/errors.ts';
import type { Packed, SigningKey } from '../../signer/signing-key.ts';
import { recordingKeys } from '../../src/sign/progress/recording-keys.ts';

/** A key whose token needs so long for a signature, by a clock that is moved by hand. */
class PacedKey implements SigningKey {
  readonly algorithm = 13;
  readonly keyTag = 1;
  readonly flags = 256;
  readonly dnskey = new Uint8Array(68);
  readonly signatureOctets = 2;
  readonly #each: number;
  readonly pieces: number[] = [];
  ms = 0;
  failAt = Number.POSITIVE_INFINITY;

  constructor(each: number) {
    this.#each = each;
  }

  async sign({ ends, bytes }: Packed): Promise<Uint8Array> {
    this.pieces.push(ends.length);
    if (this.pieces.length === this.failAt) throw new Fault('token/failed', 'the token is gone', 'connect it again');
    this.ms += this.#each * ends.length;
    return Uint8Array.from({ length: 2 * ends.length }, (_, i) => bytes[ends[i >> 1]! - 1]!);
  }
}

const batch = (items: number): Packed => ({
  bytes: Uint8Array.from({ length: items * 3 }, (_, i) => i),
  ends: Uint32Array.from({ length: items }, (_, i) => 3 * (i + 1)),
});

function recorded(key: PacedKey): { readonly key: SigningKey; readonly made: number[] } {
  const made: number[] = [];
  const [zoneKey] = recordingKeys(
    [{ role: 'zsk', key }],
    (_, { ends }) => made.push(ends.length),
    () => key.ms,
  );
  return { key: zoneKey!.key, made };
}

test.each([
  [2000, 1],
  [50, 20],
  [0.05, 128],
])('a token that needs %d ms for a signature gets pieces of %i', async (each, items) => {
  const key = new PacedKey(each);
  const { key: recording, made } = recorded(key);
  await recording.sign(batch(192));
  const before = key.pieces.length;
  await recording.sign(batch(256));
  expect(Math.max(...key.pieces.slice(before))).toBeLessThanOrEqual(items);
  expect(Math.max(...key.pieces.slice(before))).toBeGreaterThan(items / 1.5 - 1);
  expect(made.reduce((a, b) => a + b, 0)).toBe(448);
});

test('the signatures are in the order of the batch', async () => {
  const signatures = await recorded(new PacedKey(1)).key.sign(batch(100));
  expect([...signatures]).toEqual(Array.from({ length: 200 }, (_, i) => ((i >> 1) * 3 + 2) & 255));
});

test('when a piece fails the batch fails, and what the other pieces made is told', async () => {
  const key = new PacedKey(1);
  key.failAt = 2;
  const { key: recording, made } = recorded(key);
  await expect(recording.sign(batch(40))).rejects.toThrow('the token is gone');
  expect(made.reduce((a, b) => a + b, 0)).toBe(32);
});
