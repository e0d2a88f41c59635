import { WireWriter } from '../dns/bytes.ts';

/**
 * Sort keys of names: octet strings whose plain order is the canonical order of the names (RFC 4034 6.1).
 * Labels come from the right, each ended by 00; the octets 00 and 01 inside a label become 01 01 and 01 02.
 */
export interface SortKeys {
  readonly bytes: Uint8Array;
  /** Start of key i; key i ends where key i + 1 starts. One more entry than keys. */
  readonly at: Uint32Array;
}

/** Keys of the lower-case wire names at wire[nameAt[i]], without their last `suffixOctets` octets (the apex, root label included). */
export function makeSortKeys(wire: Uint8Array, nameAt: Uint32Array, nameLength: Uint8Array, count: number, suffixOctets: number): SortKeys {
  const out = new WireWriter(Math.max(256, count * 16));
  const at = new Uint32Array(count + 1);
  const starts = new Uint8Array(128);
  for (let i = 0; i < count; i++) {
    at[i] = out.length;
    const begin = nameAt[i]!;
    const end = begin + nameLength[i]! - suffixOctets;
    let labels = 0;
    for (let k = begin; k < end; k += wire[k]! + 1) starts[labels++] = k - begin;
    out.reserve(2 * (end - begin) + 2);
    const { bytes } = out;
    let w = out.length;
    while (labels-- > 0) {
      const start = begin + starts[labels]!;
      const stop = start + wire[start]!;
      for (let k = start + 1; k <= stop; k++) {
        const octet = wire[k]!;
        if (octet > 1) bytes[w++] = octet;
        else {
          bytes[w++] = 1;
          bytes[w++] = octet + 1;
        }
      }
      bytes[w++] = 0;
    }
    out.length = w;
  }
  at[count] = out.length;
  return { bytes: out.bytes.subarray(0, out.length), at };
}

/** Order of two keys of one set. */
export function compareKeys(keys: SortKeys, a: number, b: number): number {
  const { bytes, at } = keys;
  let i = at[a]!;
  let k = at[b]!;
  const endA = at[a + 1]!;
  const endB = at[b + 1]!;
  while (i < endA && k < endB) {
    const difference = bytes[i++]! - bytes[k++]!;
    if (difference !== 0) return difference;
  }
  return endA - i - (endB - k);
}

/** Indices 0..count-1 in the order of their keys; equal keys stand together, in their first order. */
export function sortByKey(keys: SortKeys): Uint32Array {
  const count = keys.at.length - 1;
  const order = new Uint32Array(count);
  let sorted = true;
  for (let i = 0; i < count; i++) {
    order[i] = i;
    if (sorted && i > 0 && compareKeys(keys, i - 1, i) > 0) sorted = false;
  }
  if (!sorted) multikeyQuicksort(keys, order);
  return order;
}

/** Bentley and Sedgewick's three-way radix quicksort, with an explicit stack; ties are ordered by index. */
function multikeyQuicksort({ bytes, at }: SortKeys, order: Uint32Array): void {
  const stack: number[] = [0, order.length, 0];
  const octet = (index: number, depth: number): number => {
    const position = at[index]! + depth;
    return position < at[index + 1]! ? bytes[position]! : -1;
  };
  while (stack.length > 0) {
    const depth = stack.pop()!;
    const high = stack.pop()!;
    const low = stack.pop()!;
    if (high - low < 12) {
      insertionSort({ bytes, at }, order, low, high);
      continue;
    }
    const pivot = median(octet(order[low]!, depth), octet(order[(low + high) >>> 1]!, depth), octet(order[high - 1]!, depth));
    let below = low;
    let above = high;
    for (let i = low; i < above; ) {
      const value = octet(order[i]!, depth);
      if (value < pivot) swap(order, below++, i++);
      else if (value > pivot) swap(order, i, --above);
      else i++;
    }
    stack.push(low, below, depth, above, high, depth);
    if (pivot >= 0) stack.push(below, above, depth + 1);
    else order.subarray(below, above).sort();
  }
}

function insertionSort(keys: SortKeys, order: Uint32Array, low: number, high: number): void {
  for (let i = low + 1; i < high; i++) {
    const item = order[i]!;
    let k = i;
    while (k > low) {
      const difference = compareKeys(keys, order[k - 1]!, item);
      if (difference < 0 || (difference === 0 && order[k - 1]! < item)) break;
      order[k] = order[k - 1]!;
      k--;
    }
    order[k] = item;
  }
}

function median(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}

function swap(order: Uint32Array, i: number, k: number): void {
  const item = order[i]!;
  order[i] = order[k]!;
  order[k] = item;
}
