import { printName, type WireName } from '../../signer/dns/name.ts';
import { TYPE, typeMnemonic } from '../../signer/dns/rrtype.ts';
import { Refusal } from '../../signer/errors.ts';
import { buildZone, findName, findRrset, rdataOf } from '../../signer/zone/zone.ts';
import { readZoneFile } from '../../signer/zonefile/parse.ts';
import type { ZoneOpener, ZoneSource } from '../../signer/zonefile/source.ts';
import { zoneFileOpener } from './zone-source.ts';

/**
 * RDATA of the DS records of a zone, from a file as {@link readApexRecords} reads it.
 * @throws Refusal verify/no-ds
 */
export function readDsFile(file: string, apex: WireName): readonly Uint8Array[] {
  const { records, problem } = readApexRecords(file, apex, TYPE.DS);
  if (problem === undefined) return records;
  throw new Refusal(
    'verify/no-ds',
    `the DS file ${file} cannot be used: ${problem}`,
    'put the DS records of the zone there in zone-file form, as `coldsign key ds` prints them',
  );
}

/**
 * RDATA of one type at the apex, from a file in zone-file form. TTLs may be missing, as in what `key ds` and dnssec-dsfromkey print;
 * other records are left aside. `problem` says why there is none.
 */
export function readApexRecords(
  file: string,
  apex: WireName,
  type: number,
): { readonly records: readonly Uint8Array[]; readonly problem?: string } {
  const { store, findings, errors } = readZoneFile(withDefaultTtl(zoneFileOpener()), file, apex);
  const zone = buildZone(store, apex);
  const rrset = findRrset(zone, findName(zone, apex), type);
  const first = findings.find(({ severity }) => severity === 'error');
  if (errors > 0 && first !== undefined) return { records: [], problem: `line ${(first.line ?? 1) - PREAMBLE_LINES}: ${first.text}` };
  if (rrset < 0) return { records: [], problem: `it has no ${typeMnemonic(type)} record of ${printName(apex)}` };
  const begin = zone.rrsetFirstRecord[rrset]!;
  return { records: Array.from({ length: zone.rrsetFirstRecord[rrset + 1]! - begin }, (_, i) => rdataOf(zone, begin + i)) };
}

const PREAMBLE = new TextEncoder().encode('$TTL 0\n');
const PREAMBLE_LINES = 1;

function withDefaultTtl(opener: ZoneOpener): ZoneOpener {
  return (path, includedFrom) => {
    const source = opener(path, includedFrom);
    return includedFrom === undefined ? withPreamble(source) : source;
  };
}

function withPreamble(source: ZoneSource): ZoneSource {
  let given = 0;
  return {
    name: source.name,
    identity: source.identity,
    sizeHint: source.sizeHint + PREAMBLE.length,
    read(into, at) {
      if (given === PREAMBLE.length) return source.read(into, at);
      const piece = PREAMBLE.subarray(given, given + into.length - at);
      into.set(piece, at);
      given += piece.length;
      return piece.length;
    },
    [Symbol.dispose]: () => source[Symbol.dispose](),
  };
}
