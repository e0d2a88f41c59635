const OCTETS = 32;

/** A list of SHA-256 hashes in one piece of memory: 100,000 small arrays would cost ten times as much. */
export class HashColumn {
  #octets = new Uint8Array(64 * OCTETS);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(hash: Uint8Array): void {
    if (hash.length !== OCTETS) throw new RangeError(`a hash has ${OCTETS} octets, not ${hash.length}`);
    const at = this.#length * OCTETS;
    if (at === this.#octets.length) {
      const larger = new Uint8Array(at * 2);
      larger.set(this.#octets);
      this.#octets = larger;
    }
    this.#octets.set(hash, at);
    this.#length++;
  }

  /** A copy: what is handed out cannot change the tree. */
  at(index: number): Uint8Array {
    return this.slice(index, 1);
  }

  slice(from: number, count: number): Uint8Array {
    const hashes = new Uint8Array(count * OCTETS);
    this.copy(from, count, hashes, 0);
    return hashes;
  }

  copy(from: number, count: number, into: Uint8Array, at: number): void {
    if (from < 0 || count < 0 || from + count > this.#length) throw new RangeError(`hashes ${from} to ${from + count} of ${this.#length}`);
    into.set(this.#octets.subarray(from * OCTETS, (from + count) * OCTETS), at);
  }
}
