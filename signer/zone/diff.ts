import { equalBytes, WireWriter } from '../dns/bytes.ts';
import { compareNames } from '../dns/name.ts';
import { isSignerOwned, TYPE } from '../dns/rrtype.ts';
import { printRecord } from '../zonefile/print.ts';
import { nameOf, rdataOf, type Zone } from './zone.ts';

/** A record that only one of two zones has, as a line of a zone file without its line feed. */
export interface DiffLine {
  readonly kind: 'removed' | 'added';
  readonly text: string;
}

export interface DiffOptions {
  /** What signing adds is compared too. */
  readonly signerOwned: boolean;
  /** SOA records that differ in the serial only are the same: the signer sets it. */
  readonly ignoreSerial: boolean;
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
  for (const type of types) {
    if (type === TYPE.SOA && options.ignoreSerial && sameButSerial(before, old.get(type), after, fresh.get(type))) continue;
    yield* diffRrset(linesOf(before, old.get(type)), linesOf(after, fresh.get(type)));
  }
}

function sameButSerial(before: Place | undefined, old: number | undefined, after: Place | undefined, fresh: number | undefined): boolean {
  if (before === undefined || old === undefined || after === undefined || fresh === undefined) return false;
  if (before[0].rrsetTtl[old] !== after[0].rrsetTtl[fresh]) return false;
  return equalBytes(soaWithoutSerial(before[0], old), soaWithoutSerial(after[0], fresh));
}

/** The serial stands 20 octets before the end (RFC 1035 3.3.13). */
function soaWithoutSerial(zone: Zone, rrset: number): Uint8Array {
  const rdata = rdataOf(zone, zone.rrsetFirstRecord[rrset]!).slice();
  return rdata.fill(0, rdata.length - 20, rdata.length - 16);
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
