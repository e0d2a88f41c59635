import { createHash } from 'node:crypto';
import { compareBytes, latin1, WireWriter } from '../../signer/dns/bytes.ts';
import { printName, type WireName } from '../../signer/dns/name.ts';
import { printRdata } from '../../signer/dns/rdata/registry.ts';
import { CLASS_IN, isSignerOwned, typeMnemonic } from '../../signer/dns/rrtype.ts';
import type { RecordStore } from '../../signer/zone/record-store.ts';
import { buildZone, nameOf, type Zone } from '../../signer/zone/zone.ts';
import { appendDataRdata, areSameOctets, canonicalRecords, isData, pairRrsets } from './data-records.ts';

const CHUNK_OCTETS = 1 << 16;

/**
 * SHA-256, hexadecimal, over the data of a zone: every record that is not the signer's, in canonical order, as owner in wire form and lower case,
 * type(2) class(2) TTL(4) length(2) RDATA in canonical form, numbers big-endian; the serial of the apex SOA is 0.
 * Signing has added DNSSEC records and nothing else if input and output have the same digest. TTLs are those of the RRset (RFC 2181 5.2).
 */
export function preservationDigest(zone: Zone): string {
  const hash = createHash('sha256');
  const out = new WireWriter(CHUNK_OCTETS + 0x1_0200);
  for (let r = 0; r < zone.rrsetCount; r++) {
    if (!isData(zone, r)) continue;
    const name = zone.rrsetName[r]!;
    const nameAt = zone.nameAt[name]!;
    const nameEnd = nameAt + zone.nameLength[name]!;
    for (let k = zone.rrsetFirstRecord[r]!; k < zone.rrsetFirstRecord[r + 1]!; k++) {
      out.append(zone.wire, nameAt, nameEnd);
      out.u16(zone.rrsetType[r]!);
      out.u16(CLASS_IN);
      out.u32(zone.rrsetTtl[r]!);
      out.u16(zone.rdataLength[k]!);
      appendDataRdata(out, zone, r, k);
      if (out.length < CHUNK_OCTETS) continue;
      hash.update(out.bytes.subarray(0, out.length));
      out.length = 0;
    }
  }
  return hash.update(out.bytes.subarray(0, out.length)).digest('hex');
}

/**
 * The input as a zone, without what is the signer's: what the output is compared with.
 * @param count how many records of the store were read; those after them were made by the program
 */
export function inputZone(store: RecordStore, apex: WireName, count: number = store.count): Zone {
  const isApex = (k: number): boolean => store.nameLength[store.owner[k]!] === apex.length;
  return buildZone(store, apex, { drop: (k) => k >= count || isSignerOwned(store.type[k]!, isApex(k)) });
}

export interface Difference {
  /** Absolute presentation form. */
  readonly owner: string;
  /** Mnemonic. */
  readonly type: string;
  /** `www.example.org. A: in the input 192.0.2.1, not in the output` */
  readonly text: string;
}

/**
 * The first record, in canonical order, that one of both zones has and the other has not, or has with another TTL.
 * What is the signer's is left aside.
 */
export function firstDifference(input: Zone, output: Zone): Difference | undefined {
  for (const [r, p] of pairRrsets(input, output)) {
    const what = p < 0 ? onlyIn(input, r, 0, 'input') : r < 0 ? onlyIn(output, p, 0, 'output') : differenceOfRrsets(input, r, output, p);
    if (what === undefined) continue;
    const [zone, rrset] = r < 0 ? [output, p] : [input, r];
    const owner = printName(nameOf(zone, zone.rrsetName[rrset]!));
    const type = typeMnemonic(zone.rrsetType[rrset]!);
    return { owner, type, text: `${owner} ${type}: ${what}` };
  }
  return undefined;
}

function differenceOfRrsets(input: Zone, r: number, output: Zone, p: number): string | undefined {
  const same = areSameOctets(input, r, output, p);
  const before = same ? [] : canonicalRecords(input, r);
  const after = same ? [] : canonicalRecords(output, p);
  for (let i = 0; i < before.length || i < after.length; i++) {
    const order = i >= before.length ? 1 : i >= after.length ? -1 : compareBytes(before[i]!, after[i]!);
    if (order < 0) return onlyIn(input, r, i, 'input');
    if (order > 0) return onlyIn(output, p, i, 'output');
  }
  const ttls = [input.rrsetTtl[r], output.rrsetTtl[p]];
  return ttls[0] === ttls[1] ? undefined : `TTL ${ttls[0]} in the input, ${ttls[1]} in the output`;
}

const TEXT_LIMIT = 120;

/** @param index of the record in its RRset */
function onlyIn(zone: Zone, rrset: number, index: number, where: 'input' | 'output'): string {
  const k = zone.rrsetFirstRecord[rrset]! + index;
  const out = new WireWriter(256);
  const at = zone.rdataAt[k]!;
  printRdata(zone.rrsetType[rrset]!, zone.wire, at, at + zone.rdataLength[k]!, out);
  const text = latin1(out.bytes, 0, out.length);
  const short = text.length > TEXT_LIMIT ? `${text.slice(0, TEXT_LIMIT)}…` : text;
  return `in the ${where} ${short}, not in the ${where === 'input' ? 'output' : 'input'}`;
}
