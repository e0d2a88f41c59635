import type { Packed } from '../signer/signing-key.ts';

/** Part of a batch; `first` is the place of its first item in the whole. */
export interface Piece extends Packed {
  readonly first: number;
}

/** Enough items to make a message cheap, few enough that all cores have one. */
const MAX_ITEMS = 128;

/** Cuts a batch into pieces of nearly equal size for the children and the verification threads; the pieces are views. */
export function cutBatch(batch: Packed, maxItems: number = MAX_ITEMS): Piece[] {
  const count = batch.ends.length;
  if (count <= maxItems) return [{ ...batch, bytes: batch.bytes.subarray(0, batch.ends[count - 1] ?? 0), first: 0 }];
  const pieces = Math.ceil(count / maxItems);
  return Array.from({ length: pieces }, (_, i) => {
    const first = Math.floor((count * i) / pieces);
    const last = Math.floor((count * (i + 1)) / pieces);
    const start = batch.ends[first - 1] ?? 0;
    const ends = batch.ends.slice(first, last).map((end) => end - start);
    return { first, ends, bytes: batch.bytes.subarray(start, batch.ends[last - 1]) };
  });
}
