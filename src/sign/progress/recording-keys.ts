import { cutBatch } from '../../../keystore/batches.ts';
import type { Packed, SigningKey } from '../../../signer/signing-key.ts';
import type { ZoneKey } from '../../../signer/zone-key.ts';

/** How long the token may work on one piece, so that little is lost and people see that it works. */
const PIECE_MS = 1000;
/** Before the speed of the token is known. */
const FIRST_ITEMS = 8;
const MOST_ITEMS = 128;

/**
 * Keys that tell what they have made, in pieces of about a second of the token's work: a slow token gives its first signatures soon, a
 * quick one gets whole batches.
 * @param made is told of each piece when its signatures are verified; key is the index
 */
export function recordingKeys(
  keys: readonly ZoneKey[],
  made: (key: number, batch: Packed, signatures: Uint8Array) => void,
  clock: () => number = () => performance.now(),
): readonly ZoneKey[] {
  return keys.map(({ key, ...rest }, index) => ({
    ...rest,
    key: recordingKey(key, (batch, signatures) => made(index, batch, signatures), clock),
  }));
}

function recordingKey(key: SigningKey, made: (batch: Packed, signatures: Uint8Array) => void, clock: () => number): SigningKey {
  let start: number | undefined;
  let done = 0;
  const items = (): number => {
    if (start === undefined || done === 0) return FIRST_ITEMS;
    const perSecond = (done / Math.max(1, clock() - start)) * PIECE_MS;
    return Math.max(1, Math.min(MOST_ITEMS, Math.round(perSecond)));
  };
  const { algorithm, keyTag, flags, dnskey, signatureOctets } = key;
  return {
    algorithm,
    keyTag,
    flags,
    dnskey,
    signatureOctets,
    async sign(batch) {
      start ??= clock();
      const signatures = new Uint8Array(batch.ends.length * signatureOctets);
      // All are waited for: what other pieces have made when one fails is told as well.
      const results = await Promise.allSettled(
        cutBatch(batch, items()).map(async (piece) => {
          const own = await key.sign(piece);
          signatures.set(own, piece.first * signatureOctets);
          done += piece.ends.length;
          made(piece, own);
        }),
      );
      for (const result of results) if (result.status === 'rejected') throw result.reason;
      return signatures;
    },
  };
}
