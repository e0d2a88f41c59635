import { createHash } from 'node:crypto';
import { WireWriter } from '../../signer/dns/bytes.ts';
import { TYPE } from '../../signer/dns/rrtype.ts';
import { findRrset, nameOf, type Zone } from '../../signer/zone/zone.ts';
import { printRecord } from '../../signer/zonefile/print.ts';
import { AtomicFile } from '../workspace/atomic-file.ts';

const CHUNK_OCTETS = 1 << 18;

export interface WrittenZone {
  readonly records: number;
  readonly octets: number;
  /** Of the file, hexadecimal. */
  readonly sha256: string;
}

/**
 * Writes a zone as it is: the SOA first, then all in canonical order, one record a line, names absolute. The file appears under its name when it is
 * complete and on the disk.
 * @throws Fault file/not-writable
 */
export function writeUnsignedFile(zone: Zone, path: string): WrittenZone {
  const out = new WireWriter(CHUNK_OCTETS + 70_000);
  const hash = createHash('sha256');
  using file = new AtomicFile(path);
  const flush = (): void => {
    const piece = out.bytes.subarray(0, out.length);
    hash.update(piece);
    file.write(piece);
    out.length = 0;
  };
  const soa = findRrset(zone, 0, TYPE.SOA);
  print(zone, soa, out);
  for (let r = 0; r < zone.rrsetCount; r++) {
    if (r !== soa) print(zone, r, out);
    if (out.length >= CHUNK_OCTETS) flush();
  }
  flush();
  file.commit();
  return { records: zone.recordCount, octets: file.octets, sha256: hash.digest('hex') };
}

function print(zone: Zone, rrset: number, out: WireWriter): void {
  const owner = nameOf(zone, zone.rrsetName[rrset]!);
  for (let k = zone.rrsetFirstRecord[rrset]!; k < zone.rrsetFirstRecord[rrset + 1]!; k++) {
    const at = zone.rdataAt[k]!;
    printRecord(owner, 0, zone.rrsetTtl[rrset]!, zone.rrsetType[rrset]!, zone.wire, at, at + zone.rdataLength[k]!, out);
  }
}
