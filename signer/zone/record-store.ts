import { WireWriter } from '../dns/bytes.ts';

type Column = Uint8Array | Uint16Array | Uint32Array;

/**
 * Records in the order of the file: names and RDATA in one arena in wire form, everything else in columns.
 * The zone (zone.ts) is built from it once. 21 octets a record beside the arena.
 */
export class RecordStore {
  readonly wire: WireWriter;
  /** Owner names, lower-case, uncompressed. A name may stand here more than once; zone.ts merges them. */
  nameAt = new Uint32Array(1024);
  nameLength = new Uint8Array(1024);
  nameCount = 0;
  /** Index of the owner name. */
  owner = new Uint32Array(1024);
  type = new Uint16Array(1024);
  ttl = new Uint32Array(1024);
  rdataAt = new Uint32Array(1024);
  rdataLength = new Uint16Array(1024);
  /** 1-based line of the record; 0 for a generated one. */
  line = new Uint32Array(1024);
  /** Index into `sources`. */
  source = new Uint8Array(1024);
  count = 0;
  /** File names, for findings. At most 256: the parser refuses more includes. */
  readonly sources: string[] = [];

  /** @param sizeHint octets of the zone file: the wire form is seldom larger */
  constructor(sizeHint = 65_536) {
    this.wire = new WireWriter(Math.max(4096, sizeHint));
  }

  /** Registers the lower-case wire name that stands in the arena from `at` to its end. */
  addName(at: number): number {
    if (this.nameCount === this.nameAt.length) {
      this.nameAt = grow(this.nameAt);
      this.nameLength = grow(this.nameLength);
    }
    this.nameAt[this.nameCount] = at;
    this.nameLength[this.nameCount] = this.wire.length - at;
    return this.nameCount++;
  }

  /** Copies a lower-case wire name into the arena and registers it. */
  copyName(name: Uint8Array): number {
    const at = this.wire.length;
    this.wire.append(name);
    return this.addName(at);
  }

  /** Adds a record whose RDATA (wire form, names uncompressed, letter case kept) stands in the arena from `rdataAt` to its end. */
  add(owner: number, type: number, ttl: number, rdataAt: number, line: number, source: number): void {
    if (this.count === this.owner.length) this.#grow();
    const i = this.count++;
    this.owner[i] = owner;
    this.type[i] = type;
    this.ttl[i] = ttl;
    this.rdataAt[i] = rdataAt;
    this.rdataLength[i] = this.wire.length - rdataAt;
    this.line[i] = line;
    this.source[i] = source;
  }

  /** Adds a record made by the program. */
  addGenerated(owner: number, type: number, ttl: number, rdata: Uint8Array): void {
    const at = this.wire.length;
    this.wire.append(rdata);
    this.add(owner, type, ttl, at, 0, 0);
  }

  #grow(): void {
    this.owner = grow(this.owner);
    this.type = grow(this.type);
    this.ttl = grow(this.ttl);
    this.rdataAt = grow(this.rdataAt);
    this.rdataLength = grow(this.rdataLength);
    this.line = grow(this.line);
    this.source = grow(this.source);
  }
}

function grow<T extends Column>(column: T): T {
  const larger = new (column.constructor as new (size: number) => T)(Math.ceil(column.length * 1.5));
  larger.set(column);
  return larger;
}
