import { compareBytes } from '../dns/bytes.ts';
import { canonicalizeRdata, hasCanonicalNames } from '../dns/canonical.ts';
import { compareNames, isAtOrBelow, type WireName } from '../dns/name.ts';
import type { RecordStore } from './record-store.ts';
import { compareKeys, makeSortKeys, sortByKey } from './sort-key.ts';

/**
 * A zone in canonical order (RFC 4034 6): names, under each its RRsets by type number, under each its records by
 * canonical RDATA. Columns over one arena: 5 million records fit in memory. Read-only once built.
 *
 * name i      wire[nameAt[i] ..+ nameLength[i]), lower-case; its RRsets are nameFirstRrset[i] .. nameFirstRrset[i + 1]
 * RRset r     owner rrsetName[r], type rrsetType[r], TTL rrsetTtl[r]; its records are rrsetFirstRecord[r] .. rrsetFirstRecord[r + 1]
 * record k    RDATA wire[rdataAt[k] ..+ rdataLength[k]), letter case as in the file
 */
export interface Zone {
  readonly apex: WireName;
  readonly wire: Uint8Array;
  readonly nameCount: number;
  readonly nameAt: Uint32Array;
  readonly nameLength: Uint8Array;
  readonly nameFirstRrset: Uint32Array;
  readonly rrsetCount: number;
  readonly rrsetName: Uint32Array;
  readonly rrsetType: Uint16Array;
  readonly rrsetTtl: Uint32Array;
  readonly rrsetFirstRecord: Uint32Array;
  readonly recordCount: number;
  readonly rdataAt: Uint32Array;
  readonly rdataLength: Uint16Array;
  /** 1-based; 0 for generated records. */
  readonly recordLine: Uint32Array;
  readonly recordSource: Uint8Array;
  /** TTL as written; rrsetTtl is the smallest of the RRset (RFC 2181 5.2). */
  readonly recordTtl: Uint32Array;
  readonly sources: readonly string[];
  /** Records of the store that are not in the zone, as indices into the store. */
  readonly left: ZoneLeftovers;
}

export interface ZoneLeftovers {
  /** Not at or below the apex. */
  readonly outOfZone: Uint32Array;
  /** Same owner, type and RDATA as one before it (RFC 2181 5). */
  readonly duplicates: Uint32Array;
  /** Taken out because `drop` said so. */
  readonly dropped: Uint32Array;
}

export interface BuildOptions {
  /** Records of these types are left out and counted in `left.dropped`. */
  readonly drop?: (record: number) => boolean;
}

/** Sorts the records of a store into a zone. Every RRset gets the smallest TTL of its records. */
export function buildZone(store: RecordStore, apex: WireName, options: BuildOptions = {}): Zone {
  const wire = store.wire.bytes;
  const { kept, outOfZone, dropped } = selectRecords(store, apex, options.drop);
  const { nameOfStoreName, nameAt, nameLength, nameCount } = sortNames(store, apex, kept);
  const order = sortRecords(store, kept, nameOfStoreName, nameCount);
  return assemble({ store, wire, apex, nameAt, nameLength, nameCount, nameOfStoreName, order, outOfZone, dropped });
}

function selectRecords(store: RecordStore, apex: WireName, drop: BuildOptions['drop']) {
  const inside = new Uint8Array(store.nameCount);
  for (let i = 0; i < store.nameCount; i++) {
    const at = store.nameAt[i]!;
    inside[i] = isAtOrBelow(store.wire.bytes.subarray(at, at + store.nameLength[i]!), apex) ? 1 : 0;
  }
  const kept = new Uint32Array(store.count);
  const outOfZone: number[] = [];
  const dropped: number[] = [];
  let count = 0;
  for (let k = 0; k < store.count; k++) {
    if (inside[store.owner[k]!] === 0) outOfZone.push(k);
    else if (drop?.(k)) dropped.push(k);
    else kept[count++] = k;
  }
  return { kept: kept.subarray(0, count), outOfZone: Uint32Array.from(outOfZone), dropped: Uint32Array.from(dropped) };
}

/** Names that own a kept record, each once, in canonical order. */
function sortNames(store: RecordStore, apex: WireName, kept: Uint32Array) {
  const used = new Uint8Array(store.nameCount);
  for (const k of kept) used[store.owner[k]!] = 1;
  const ids = new Uint32Array(store.nameCount);
  let count = 0;
  for (let i = 0; i < store.nameCount; i++) if (used[i] === 1) ids[count++] = i;
  const at = new Uint32Array(count);
  const length = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    at[i] = store.nameAt[ids[i]!]!;
    length[i] = store.nameLength[ids[i]!]!;
  }
  const keys = makeSortKeys(store.wire.bytes, at, length, count, apex.length);
  const order = sortByKey(keys);
  const nameOfStoreName = new Uint32Array(store.nameCount);
  const nameAt = new Uint32Array(count);
  const nameLength = new Uint8Array(count);
  let nameCount = 0;
  for (let i = 0; i < count; i++) {
    const item = order[i]!;
    if (i === 0 || compareKeys(keys, order[i - 1]!, item) !== 0) {
      nameAt[nameCount] = at[item]!;
      nameLength[nameCount++] = length[item]!;
    }
    nameOfStoreName[ids[item]!] = nameCount - 1;
  }
  return { nameOfStoreName, nameAt: nameAt.slice(0, nameCount), nameLength: nameLength.slice(0, nameCount), nameCount };
}

/** Store indices of the kept records: by name, type, canonical RDATA; equal ones in file order. */
function sortRecords(store: RecordStore, kept: Uint32Array, nameOfStoreName: Uint32Array, nameCount: number): Uint32Array {
  const first = new Uint32Array(nameCount + 1);
  for (const k of kept) first[nameOfStoreName[store.owner[k]!]! + 1]!++;
  for (let i = 0; i < nameCount; i++) first[i + 1]! += first[i]!;
  const order = new Uint32Array(kept.length);
  const fill = first.slice();
  for (const k of kept) order[fill[nameOfStoreName[store.owner[k]!]!]!++] = k;
  const compare = recordComparison(store);
  for (let i = 0; i < nameCount; i++) {
    const begin = first[i]!;
    const end = first[i + 1]!;
    if (end - begin > 24) order.set(Array.from(order.subarray(begin, end)).sort(compare), begin);
    else insertionSort(order, begin, end, compare);
  }
  return order;
}

function insertionSort(order: Uint32Array, begin: number, end: number, compare: (a: number, b: number) => number): void {
  for (let i = begin + 1; i < end; i++) {
    const item = order[i]!;
    let k = i;
    for (; k > begin && compare(order[k - 1]!, item) > 0; k--) order[k] = order[k - 1]!;
    order[k] = item;
  }
}

function recordComparison(store: RecordStore): (a: number, b: number) => number {
  return (a, b) => store.type[a]! - store.type[b]! || compareStoreRdata(store, a, b) || a - b;
}

/** Canonical RDATA order of two records of one type (RFC 4034 6.3). */
function compareStoreRdata(store: RecordStore, a: number, b: number): number {
  const wire = store.wire.bytes;
  const at = store.rdataAt[a]!;
  const bt = store.rdataAt[b]!;
  const type = store.type[a]!;
  const aLength = store.rdataLength[a]!;
  const bLength = store.rdataLength[b]!;
  if (hasCanonicalNames(type) && (hasCapital(wire, at, aLength) || hasCapital(wire, bt, bLength))) {
    return compareBytes(canonicalRdata(type, wire, at, aLength), canonicalRdata(type, wire, bt, bLength));
  }
  const shared = Math.min(aLength, bLength);
  for (let i = 0; i < shared; i++) {
    const difference = wire[at + i]! - wire[bt + i]!;
    if (difference !== 0) return difference;
  }
  return aLength - bLength;
}

/** Any octet that could be a capital letter: without one, RDATA is its own canonical form. */
function hasCapital(wire: Uint8Array, at: number, length: number): boolean {
  for (let i = at; i < at + length; i++) if (wire[i]! >= 0x41 && wire[i]! <= 0x5a) return true;
  return false;
}

function canonicalRdata(type: number, wire: Uint8Array, at: number, length: number): Uint8Array {
  const copy = wire.slice(at, at + length);
  canonicalizeRdata(type, copy, 0, length);
  return copy;
}

interface Parts {
  store: RecordStore;
  wire: Uint8Array;
  apex: WireName;
  nameAt: Uint32Array;
  nameLength: Uint8Array;
  nameCount: number;
  nameOfStoreName: Uint32Array;
  order: Uint32Array;
  outOfZone: Uint32Array;
  dropped: Uint32Array;
}

function assemble({ store, wire, apex, nameAt, nameLength, nameCount, nameOfStoreName, order, outOfZone, dropped }: Parts): Zone {
  const total = order.length;
  const nameFirstRrset = new Uint32Array(nameCount + 1);
  const rrsetName = new Uint32Array(total);
  const rrsetType = new Uint16Array(total);
  const rrsetTtl = new Uint32Array(total);
  const rrsetFirstRecord = new Uint32Array(total + 1);
  const rdataAt = new Uint32Array(total);
  const rdataLength = new Uint16Array(total);
  const recordLine = new Uint32Array(total);
  const recordSource = new Uint8Array(total);
  const recordTtl = new Uint32Array(total);
  const duplicates: number[] = [];
  let rrsets = 0;
  let records = 0;
  let name = -1;
  let before = -1;
  for (let i = 0; i < total; i++) {
    const k = order[i]!;
    const owner = nameOfStoreName[store.owner[k]!]!;
    const sameRrset = owner === name && rrsetType[rrsets - 1] === store.type[k];
    if (sameRrset && compareStoreRdata(store, before, k) === 0) {
      duplicates.push(k);
      if (store.ttl[k]! < rrsetTtl[rrsets - 1]!) rrsetTtl[rrsets - 1] = store.ttl[k]!;
      continue;
    }
    if (!sameRrset) {
      while (name < owner) nameFirstRrset[++name] = rrsets;
      rrsetName[rrsets] = owner;
      rrsetType[rrsets] = store.type[k]!;
      rrsetTtl[rrsets] = store.ttl[k]!;
      rrsetFirstRecord[rrsets++] = records;
    } else if (store.ttl[k]! < rrsetTtl[rrsets - 1]!) rrsetTtl[rrsets - 1] = store.ttl[k]!;
    before = k;
    rdataAt[records] = store.rdataAt[k]!;
    rdataLength[records] = store.rdataLength[k]!;
    recordLine[records] = store.line[k]!;
    recordSource[records] = store.source[k]!;
    recordTtl[records++] = store.ttl[k]!;
  }
  nameFirstRrset[nameCount] = rrsets;
  rrsetFirstRecord[rrsets] = records;
  return {
    apex,
    wire,
    nameCount,
    nameAt,
    nameLength,
    nameFirstRrset,
    rrsetCount: rrsets,
    rrsetName: rrsetName.slice(0, rrsets),
    rrsetType: rrsetType.slice(0, rrsets),
    rrsetTtl: rrsetTtl.slice(0, rrsets),
    rrsetFirstRecord: rrsetFirstRecord.slice(0, rrsets + 1),
    recordCount: records,
    rdataAt,
    rdataLength,
    recordLine,
    recordSource,
    recordTtl,
    sources: store.sources,
    left: { outOfZone, duplicates: Uint32Array.from(duplicates), dropped },
  };
}

/** A view of the owner name; do not write to it. */
export function nameOf(zone: Zone, name: number): WireName {
  const at = zone.nameAt[name]!;
  return zone.wire.subarray(at, at + zone.nameLength[name]!);
}

/** A view of the RDATA, letter case as in the file. */
export function rdataOf(zone: Zone, record: number): Uint8Array {
  const at = zone.rdataAt[record]!;
  return zone.wire.subarray(at, at + zone.rdataLength[record]!);
}

/** Index of a lower-case name, or -1 when nothing stands there (an empty non-terminal is not found). */
export function findName(zone: Zone, name: WireName): number {
  let low = 0;
  let high = zone.nameCount - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const order = compareNames(nameOf(zone, middle), name);
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** Index of the first name at or after `name` in canonical order; nameCount if there is none. */
export function lowerBound(zone: Zone, name: WireName): number {
  let low = 0;
  let high = zone.nameCount;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareNames(nameOf(zone, middle), name) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Index of the RRset of that type at name i, or -1. */
export function findRrset(zone: Zone, name: number, type: number): number {
  if (name < 0) return -1;
  for (let r = zone.nameFirstRrset[name]!; r < zone.nameFirstRrset[name + 1]!; r++) if (zone.rrsetType[r] === type) return r;
  return -1;
}
