import { WireWriter } from '../dns/bytes.ts';
import { compareNames } from '../dns/name.ts';
import { isSignerOwned, TYPE } from '../dns/rrtype.ts';
import { printRecord } from '../zonefile/print.ts';
import { nameOf, type Zone } from './zone.ts';

/** A record that only one of two zones has, as a line of a zone file without its line feed. */
export interface DiffLine {
  readonly kind: 'removed' | 'added';
  readonly text: string;
}

export interface DiffOptions {
  /** What signing adds is compared too. */
  readonly signerOwned: boolean;
}

/** Records that were removed and added from one zone to the next, in canonical order; of one RRset the removed ones first. */
export function* diffZones(before: Zone, after: Zone, options: DiffOptions): Generator<DiffLine> {
  let b = 0;
  let a = 0;
  while (b < before.nameCount || a < after.nameCount) {
    const order = compareAt(before, b, after, a);
    yield* diffName(order <= 0 ? [before, b] : undefined, order >= 0 ? [after, a] : undefined, options);
    if (order <= 0) b++;
    if (order >= 0) a++;
  }
}

type Place = readonly [zone: Zone, index: number];

function compareAt(before: Zone, b: number, after: Zone, a: number): number {
  if (b >= before.nameCount) return 1;
  return a >= after.nameCount ? -1 : compareNames(nameOf(before, b), nameOf(after, a));
}

function* diffName(before: Place | undefined, after: Place | undefined, options: DiffOptions): Generator<DiffLine> {
  const old = rrsetsByType(before, options);
  const fresh = rrsetsByType(after, options);
  const types = [...new Set([...old.keys(), ...fresh.keys()])].sort((x, y) => x - y);
  for (const type of types) yield* diffRrset(linesOf(before, old.get(type)), linesOf(after, fresh.get(type)));
}

function rrsetsByType(place: Place | undefined, { signerOwned }: DiffOptions): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  if (place === undefined) return found;
  const [zone, name] = place;
  const isApex = zone.nameLength[name] === zone.apex.length;
  for (let r = zone.nameFirstRrset[name]!; r < zone.nameFirstRrset[name + 1]!; r++) {
    const type = zone.rrsetType[r]!;
    if (signerOwned || !isSignerOwned(type, isApex)) found.set(type, r);
  }
  return found;
}

function* diffRrset(old: ReadonlySet<string>, fresh: ReadonlySet<string>): Generator<DiffLine> {
  for (const text of old) if (!fresh.has(text)) yield { kind: 'removed', text };
  for (const text of fresh) if (!old.has(text)) yield { kind: 'added', text };
}

function linesOf(place: Place | undefined, rrset: number | undefined): ReadonlySet<string> {
  const lines = new Set<string>();
  if (place === undefined || rrset === undefined) return lines;
  const [zone] = place;
  const ownerAt = zone.nameAt[zone.rrsetName[rrset]!]!;
  const type = zone.rrsetType[rrset]!;
  const decoder = new TextDecoder();
  for (let k = zone.rrsetFirstRecord[rrset]!; k < zone.rrsetFirstRecord[rrset + 1]!; k++) {
    const out = new WireWriter(512);
    const ttl = type === TYPE.RRSIG ? zone.recordTtl[k]! : zone.rrsetTtl[rrset]!;
    const at = zone.rdataAt[k]!;
    printRecord(zone.wire, ownerAt, ttl, type, zone.wire, at, at + zone.rdataLength[k]!, out);
    lines.add(decoder.decode(out.bytes.subarray(0, out.length - 1)));
  }
  return lines;
}
