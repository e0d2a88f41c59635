import { hash } from 'node:crypto';
import { sha256 } from '@noble/hashes/sha2.js';
import { HashColumn } from './hash-column.ts';

/** SHA-256 of octets: 32 octets. */
export type Hash = (octets: Uint8Array) => Uint8Array;

/** SHA-256 of node:crypto; the default of the tree is that of @noble/hashes. A detour over text: twice as fast as a buffer of its own. */
export const nodeSha256: Hash = (octets) => Buffer.from(hash('sha256', octets, 'latin1'), 'latin1');

/** Leaf hash: SHA-256(0x00 | leaf). @see RFC 6962 2.1 */
export function leafHash(leaf: Uint8Array, hash: Hash = sha256): Uint8Array {
  const octets = new Uint8Array(leaf.length + 1);
  octets.set(leaf, 1);
  return hash(octets);
}

/** Node hash: SHA-256(0x01 | left | right). @see RFC 6962 2.1 */
export function nodeHash(left: Uint8Array, right: Uint8Array, hash: Hash = sha256): Uint8Array {
  const octets = new Uint8Array(65);
  octets[0] = 1;
  octets.set(left, 1);
  octets.set(right, 33);
  return hash(octets);
}

/**
 * Merkle tree that grows at its end. All complete subtrees are kept, level by level (64 octets a leaf in all), so that root and
 * proofs of any size the tree ever had cost O(log n).
 *
 * @see RFC 6962 2.1
 */
export class MerkleTree {
  /** Level k: hashes of the complete subtrees of 2^k leaves, from the left. */
  readonly #levels: HashColumn[] = [new HashColumn()];
  #hash: Hash;
  readonly #pair = new Uint8Array(65);
  #leaf = new Uint8Array(1024);

  constructor(hash: Hash = sha256) {
    this.#hash = hash;
    this.#pair[0] = 1;
  }

  /** From here on another implementation of SHA-256 does the work. */
  continueWith(hash: Hash): void {
    this.#hash = hash;
  }

  get size(): number {
    return this.#levels[0]!.length;
  }

  add(leaf: Uint8Array): void {
    if (leaf.length >= this.#leaf.length) this.#leaf = new Uint8Array(leaf.length * 2);
    this.#leaf.set(leaf, 1);
    this.addHash(this.#hash(this.#leaf.subarray(0, leaf.length + 1)));
  }

  /** @param leaf hash of a leaf, 32 octets */
  addHash(leaf: Uint8Array): void {
    this.#levels[0]!.push(leaf);
    for (let k = 0; this.#levels[k]!.length % 2 === 0; k++) {
      const level = this.#levels[k]!;
      if (this.#levels.length === k + 1) this.#levels.push(new HashColumn());
      level.copy(level.length - 2, 2, this.#pair, 1);
      this.#levels[k + 1]!.push(this.#hash(this.#pair));
    }
  }

  /** Merkle Tree Hash of the first `size` leaves, 32 octets; of none: SHA-256 of nothing. */
  root(size: number = this.size): Uint8Array {
    this.#check(size, 0, this.size);
    return size === 0 ? new Uint8Array(this.#hash(new Uint8Array(0))) : this.#range(0, size);
  }

  /** Audit path of a leaf in the tree of `size` leaves, from the leaf's sibling up. @see RFC 6962 2.1.1 */
  inclusionProof(index: number, size: number = this.size): Uint8Array[] {
    this.#check(size, 1, this.size);
    this.#check(index, 0, size - 1);
    const path: Uint8Array[] = [];
    let [low, high] = [0, size];
    while (high - low > 1) {
      const middle = low + largestPowerBelow(high - low);
      if (index < middle) {
        path.push(this.#range(middle, high));
        high = middle;
      } else {
        path.push(this.#range(low, middle));
        low = middle;
      }
    }
    return path.reverse();
  }

  /** Proof that the tree of `old` leaves is the beginning of that of `size` leaves; empty when `old` is 0 or `size`. @see RFC 6962 2.1.2 */
  consistencyProof(old: number, size: number = this.size): Uint8Array[] {
    this.#check(size, 0, this.size);
    this.#check(old, 0, size);
    if (old === 0 || old === size) return [];
    const path: Uint8Array[] = [];
    let [low, high] = [0, size];
    while (old !== high) {
      const middle = low + largestPowerBelow(high - low);
      if (old <= middle) {
        path.push(this.#range(middle, high));
        high = middle;
      } else {
        path.push(this.#range(low, middle));
        low = middle;
      }
    }
    // A subtree from the very left is the old root itself, which the verifier has.
    if (low > 0) path.push(this.#range(low, high));
    return path.reverse();
  }

  /** Hashes of complete subtrees of 2^level leaves, one after the other: what tiles are made of. */
  completeSubtrees(level: number, from: number, count: number): Uint8Array {
    this.#check(level, 0, Number.MAX_SAFE_INTEGER);
    this.#check(from, 0, this.#levels[level]?.length ?? 0);
    this.#check(count, 0, (this.#levels[level]?.length ?? 0) - from);
    return this.#levels[level]?.slice(from, count) ?? new Uint8Array(0);
  }

  /** Hash of the leaves `low` to `high` - 1, where `low` is a multiple of the smallest power of two that is not below their number. */
  #range(low: number, high: number): Uint8Array {
    const count = high - low;
    if (count === 1) return this.#levels[0]!.at(low);
    const half = largestPowerBelow(count);
    if (half * 2 === count) return this.#levels[Math.round(Math.log2(count))]!.at(low / count);
    const middle = low + half;
    return new Uint8Array(nodeHash(this.#range(low, middle), this.#range(middle, high), this.#hash));
  }

  #check(value: number, low: number, high: number): void {
    if (!Number.isInteger(value) || value < low || value > high)
      throw new RangeError(`${value} is not in ${low} to ${high}, in a tree of ${this.size} leaves`);
  }
}

/**
 * Whether `leaf` is number `index` in the tree of `size` leaves with this root.
 *
 * @param leaf its leaf hash
 * @param proof from the leaf's sibling up
 * @see RFC 9162 2.1.3.2
 */
export function verifyInclusion(
  leaf: Uint8Array,
  index: number,
  size: number,
  proof: readonly Uint8Array[],
  root: Uint8Array,
  hash: Hash = sha256,
): boolean {
  if (!isCount(index) || !isCount(size) || index >= size) return false;
  let [node, last, result] = [index, size - 1, leaf];
  for (const sibling of proof) {
    if (last === 0 || sibling.length !== 32) return false;
    if (isOdd(node) || node === last) {
      result = nodeHash(sibling, result, hash);
      // The rightmost node of a level may have no sibling; then it is its own parent.
      while (!isOdd(node) && node !== 0) [node, last] = [half(node), half(last)];
    } else {
      result = nodeHash(result, sibling, hash);
    }
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && isEqual(result, root);
}

/**
 * Whether the tree of `old` leaves with `oldRoot` is the beginning of that of `size` leaves with `root`.
 * Of a tree without leaves everything is a continuation; its root is still checked by the caller.
 *
 * @see RFC 9162 2.1.4.2
 */
export function verifyConsistency(
  old: number,
  size: number,
  oldRoot: Uint8Array,
  root: Uint8Array,
  proof: readonly Uint8Array[],
  hash: Hash = sha256,
): boolean {
  if (!isCount(old) || !isCount(size) || old > size) return false;
  if (old === size) return proof.length === 0 && isEqual(oldRoot, root);
  if (old === 0) return proof.length === 0;
  if (proof.some((part) => part.length !== 32)) return false;
  // The proof leaves the old root out where it is a node of the new tree.
  const path = isPowerOfTwo(old) ? [oldRoot, ...proof] : proof;
  const [first, ...rest] = path;
  if (first === undefined) return false;
  let [node, last] = [old - 1, size - 1];
  while (isOdd(node)) [node, last] = [half(node), half(last)];
  let [oldResult, result] = [first, first];
  for (const part of rest) {
    if (last === 0) return false;
    if (isOdd(node) || node === last) {
      oldResult = nodeHash(part, oldResult, hash);
      result = nodeHash(part, result, hash);
      while (!isOdd(node) && node !== 0) [node, last] = [half(node), half(last)];
    } else {
      result = nodeHash(result, part, hash);
    }
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && isEqual(oldResult, oldRoot) && isEqual(result, root);
}

/** Largest power of two smaller than `count`, which is above 1. */
function largestPowerBelow(count: number): number {
  let power = 1;
  while (power * 2 < count) power *= 2;
  return power;
}

// Shifts and masks would cut sizes to 32 bits.
const half = (n: number): number => Math.floor(n / 2);
const isOdd = (n: number): boolean => n % 2 === 1;
const isCount = (n: number): boolean => Number.isSafeInteger(n) && n >= 0;
const isPowerOfTwo = (n: number): boolean => n === 1 || largestPowerBelow(n) * 2 === n;

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, i) => octet === b[i]);
}
