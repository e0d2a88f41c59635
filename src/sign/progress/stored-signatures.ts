import { closeSync, constants, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { equalBytes } from '../../../signer/dns/bytes.ts';
import type { WireName } from '../../../signer/dns/name.ts';
import type { MadeBefore } from '../../../signer/plan-data.ts';
import type { ZoneKey } from '../../../signer/zone-key.ts';
import { dataName, parseSegmentHead, RECORD_AT, RECORD_HEAD_OCTETS } from './segment.ts';
import { SEGMENT_SUFFIX } from './spool.ts';

/** A file of an interrupted run, read. */
interface Segment {
  readonly path: string;
  readonly view: DataView;
  readonly bytes: Uint8Array;
  /** Where its records begin, in octets and as numbers over all files. */
  readonly start: number;
  readonly firstEntry: number;
  readonly count: number;
  readonly recordOctets: number;
  /** Number of the key in the file → index of the key in the plan; -1: not used any more. */
  readonly keys: readonly number[];
}

/** Larger files are not made; of one that is, the beginning is read. */
const MAX_OCTETS = 2 ** 30;

/** What interrupted runs have left in the folder of a zone: an index over records that stay as they were read. */
export class StoredSignatures implements MadeBefore {
  readonly #signatureOctets: readonly number[];
  readonly #segments: Segment[] = [];
  /** Files that are nothing of this zone and these keys. */
  readonly foreign: readonly string[];
  /** Open addressing: entry + 1, 0 for a free place. */
  readonly #table: Uint32Array;
  /** Above the numbers of all files that are there. */
  readonly nextNumber: number;

  constructor(folder: string, apex: WireName, keys: readonly ZoneKey[]) {
    this.#signatureOctets = keys.map(({ key }) => key.signatureOctets);
    const numbers = segmentNumbers(folder);
    this.nextNumber = (numbers.at(-1) ?? 0) + 1;
    const foreign: string[] = [];
    for (const number of numbers) {
      const path = join(folder, `${number}${SEGMENT_SUFFIX}`);
      const segment = readSegment(path, apex, keys, this.count);
      if (segment === undefined) foreign.push(path);
      else this.#segments.push(segment);
    }
    this.foreign = foreign;
    this.#table = new Uint32Array(2 ** Math.ceil(Math.log2(2 * this.count + 2)));
    for (const segment of this.#segments) for (let i = 0; i < segment.count; i++) this.#add(segment, i);
  }

  /** Records in all files, good ones and others. */
  get count(): number {
    const last = this.#segments.at(-1);
    return last === undefined ? 0 : last.firstEntry + last.count;
  }

  find(key: number, data: Uint8Array): number {
    const { length, first, second } = dataName(data);
    const slot = this.#slot(key, length, first, second);
    return this.#table[slot]! - 1;
  }

  inception(entry: number): number {
    const { segment, at } = this.#locate(entry);
    return segment.view.getUint32(at + RECORD_AT.inception);
  }

  expiration(entry: number): number {
    const { segment, at } = this.#locate(entry);
    return segment.view.getUint32(at + RECORD_AT.expiration);
  }

  signature(entry: number): Uint8Array {
    const { segment, at } = this.#locate(entry);
    const size = this.#signatureOctets[keyOf(segment, at)]!;
    return segment.bytes.subarray(at + RECORD_HEAD_OCTETS, at + RECORD_HEAD_OCTETS + size);
  }

  /** Files of which none of these entries is. @param entries per job the entry, where `isUsed` says so */
  unused(entries: Uint32Array, isUsed: (job: number) => boolean): readonly string[] {
    const used = new Set<Segment>();
    for (let j = 0; j < entries.length && used.size < this.#segments.length; j++)
      if (isUsed(j)) used.add(this.#locate(entries[j]!).segment);
    return this.#segments.filter((segment) => !used.has(segment)).map(({ path }) => path);
  }

  /** Of two over the same data the later one stays. */
  #add(segment: Segment, i: number): void {
    const at = segment.start + i * segment.recordOctets;
    const key = keyOf(segment, at);
    if (key < 0) return;
    const { view } = segment;
    const slot = this.#slot(
      key,
      view.getUint32(at + RECORD_AT.length),
      view.getUint32(at + RECORD_AT.first),
      view.getUint32(at + RECORD_AT.second),
    );
    this.#table[slot] = segment.firstEntry + i + 1;
  }

  /** Where the entry is, or would be. */
  #slot(key: number, length: number, first: number, second: number): number {
    const mask = this.#table.length - 1;
    let slot = ((first ^ Math.imul(second, 0x9e3779b1)) >>> 0) & mask;
    while (this.#table[slot] !== 0) {
      const { segment, at } = this.#locate(this.#table[slot]! - 1);
      const { view } = segment;
      if (
        view.getUint32(at + RECORD_AT.first) === first &&
        view.getUint32(at + RECORD_AT.second) === second &&
        view.getUint32(at + RECORD_AT.length) === length &&
        keyOf(segment, at) === key
      )
        return slot;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #locate(entry: number): { readonly segment: Segment; readonly at: number } {
    let s = this.#segments.length - 1;
    while (this.#segments[s]!.firstEntry > entry) s--;
    const segment = this.#segments[s]!;
    return { segment, at: segment.start + (entry - segment.firstEntry) * segment.recordOctets };
  }
}

const keyOf = ({ bytes, keys }: Segment, at: number): number => keys[bytes[at + RECORD_AT.key]!] ?? -1;

function segmentNumbers(folder: string): readonly number[] {
  let names: readonly string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names
    .filter((name) => /^[1-9][0-9]{0,8}\.signatures$/.test(name))
    .map((name) => Number.parseInt(name, 10))
    .sort((a, b) => a - b);
}

/** @returns undefined if it cannot be read, or is of another zone, or of none of the keys; a record that was cut off at the end is left out */
function readSegment(path: string, apex: WireName, keys: readonly ZoneKey[], firstEntry: number): Segment | undefined {
  const bytes = readBeginning(path);
  const parsed = bytes && parseSegmentHead(bytes);
  if (bytes === undefined || parsed === undefined || !equalBytes(parsed.head.apex, apex)) return undefined;
  const { recordOctets, dnskeys } = parsed.head;
  const fits = (index: number): boolean => index >= 0 && RECORD_HEAD_OCTETS + keys[index]!.key.signatureOctets <= recordOctets;
  const own = dnskeys.map((dnskey) => keys.findIndex(({ key }) => equalBytes(key.dnskey, dnskey))).map((i) => (fits(i) ? i : -1));
  const count = Math.floor((bytes.length - parsed.end) / recordOctets);
  if (count === 0 || own.every((index) => index < 0)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return { path, view, bytes, start: parsed.end, firstEntry, count, recordOctets, keys: own };
}

function readBeginning(path: string): Uint8Array | undefined {
  try {
    // Something that is no file must not keep the program waiting.
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    try {
      const status = fstatSync(fd);
      if (!status.isFile()) return undefined;
      const bytes = new Uint8Array(Math.min(status.size, MAX_OCTETS));
      let length = 0;
      for (let got = -1; got !== 0 && length < bytes.length; length += got) got = readSync(fd, bytes, length, bytes.length - length, null);
      return bytes.subarray(0, length);
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
}
