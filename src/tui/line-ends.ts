/** Places of the line feeds of a file that grows at its end: 8 octets a line. */
export class LineEnds {
  #places = new Float64Array(1024);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Of the complete lines, with their line feeds. */
  get octets(): number {
    return this.start(this.#count);
  }

  get all(): Float64Array {
    return this.#places.subarray(0, this.#count);
  }

  /** Place of the first octet of a line. */
  start(line: number): number {
    return line === 0 ? 0 : this.#places[line - 1]! + 1;
  }

  /** Place of its line feed. @throws RangeError where there is no such line */
  end(line: number): number {
    const end = line < this.#count ? this.#places[line] : undefined;
    if (end === undefined) throw new RangeError(`there is no entry ${line} in a log of ${this.#count}`);
    return end;
  }

  push(place: number): void {
    if (this.#count === this.#places.length) {
      const larger = new Float64Array(this.#places.length * 2);
      larger.set(this.#places);
      this.#places = larger;
    }
    this.#places[this.#count++] = place;
  }

  /** Index after the last of those lines from `line` on, before `until`, that fit into so many octets; one at least. */
  fitting(line: number, until: number, octets: number): number {
    const limit = this.start(line) + octets;
    let end = line + 1;
    while (end < until && this.#places[end]! < limit) end++;
    return end;
  }

  /** @param octets of the lines, beginning with the first of them */
  *linesOf(octets: Buffer, from: number, until: number): Generator<readonly [line: number, octets: Buffer]> {
    const base = this.start(from);
    for (let line = from; line < until; line++) yield [line, octets.subarray(this.start(line) - base, this.end(line) - base)];
  }
}
