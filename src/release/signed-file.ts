import { createHash } from 'node:crypto';
import { latin1, toBase64, WireWriter } from '../../signer/dns/bytes.ts';
import type { WireName } from '../../signer/dns/name.ts';
import { TYPE } from '../../signer/dns/rrtype.ts';
import { dnskeyAlgorithm, dnskeyFlags, keyTag } from '../../signer/dnssec/dnskey.ts';
import { Refusal } from '../../signer/errors.ts';
import type { Finding } from '../../signer/finding.ts';
import { serialDistance } from '../../signer/verify/octets.ts';
import { readRrsig } from '../../signer/verify/rrsig.ts';
import { buildZone, findName, findRrset, rdataOf, type Zone } from '../../signer/zone/zone.ts';
import { readZoneFile } from '../../signer/zonefile/parse.ts';
import { printRecord } from '../../signer/zonefile/print.ts';
import type { ZoneOpener } from '../../signer/zonefile/source.ts';
import { zoneFileOpener } from '../workspace/zone-source.ts';
import type { PublishedKey, SignedFile } from './gate-types.ts';

export interface SignedReading {
  readonly zone: Zone;
  /** Of the reading of the file: of a file made by this program there are none. */
  readonly findings: readonly Finding[];
  readonly errors: number;
  readonly signed: SignedFile;
}

/**
 * Reads a signed zone anew from the disk; the hash is over the octets that were read, so that nothing else can have been judged.
 * @param now unix seconds: RRSIG times are serial numbers around it (RFC 4034 3.1.5)
 * @throws Refusal file/…; Fault file/read-failed
 */
export function readSignedFile(file: string, apex: WireName, now: number): SignedReading {
  const { opener, digest } = hashingOpener();
  const { store, findings, errors } = readZoneFile(opener, file, apex);
  const zone = buildZone(store, apex);
  return { zone, findings, errors, signed: { ...digest(), ...factsOf(zone, now) } };
}

function hashingOpener(): { readonly opener: ZoneOpener; readonly digest: () => Pick<SignedFile, 'sha256' | 'size'> } {
  const open = zoneFileOpener();
  const hash = createHash('sha256');
  let size = 0;
  const opener: ZoneOpener = (path, includedFrom) => {
    if (includedFrom !== undefined) {
      throw new Refusal('release/include', `the signed zone includes ${path}; a release is one file`, 'sign the zone again');
    }
    const source = open(path);
    return {
      name: source.name,
      identity: source.identity,
      sizeHint: source.sizeHint,
      read(into, at) {
        const count = source.read(into, at);
        hash.update(into.subarray(at, at + count));
        size += count;
        return count;
      },
      [Symbol.dispose]: () => source[Symbol.dispose](),
    };
  };
  return { opener, digest: () => ({ sha256: hash.digest('hex'), size }) };
}

function factsOf(zone: Zone, now: number): Omit<SignedFile, 'sha256' | 'size'> {
  return {
    records: zone.recordCount,
    serial: soaSerial(zone),
    ...validity(zone, now),
    keys: apexRecords(zone, TYPE.DNSKEY).map(publishedKey),
    cds: apexText(zone, [TYPE.CDS, TYPE.CDNSKEY]),
    zonemd: apexText(zone, [TYPE.ZONEMD]),
  };
}

function soaSerial(zone: Zone): number | undefined {
  const [rdata, more] = apexRecords(zone, TYPE.SOA);
  if (rdata === undefined || more !== undefined || rdata.length < 22) return undefined;
  return new DataView(rdata.buffer, rdata.byteOffset).getUint32(rdata.length - 20);
}

function validity(zone: Zone, now: number): Pick<SignedFile, 'validFrom' | 'validUntil'> {
  let latest = Number.NEGATIVE_INFINITY;
  let earliest = Number.POSITIVE_INFINITY;
  for (let r = 0; r < zone.rrsetCount; r++) {
    if (zone.rrsetType[r] !== TYPE.RRSIG) continue;
    for (let k = zone.rrsetFirstRecord[r]!; k < zone.rrsetFirstRecord[r + 1]!; k++) {
      const rrsig = readRrsig(zone.wire, zone.rdataAt[k]!, zone.rdataLength[k]!);
      if (rrsig === undefined) continue;
      latest = Math.max(latest, now + serialDistance(rrsig.inception, now));
      earliest = Math.min(earliest, now + serialDistance(rrsig.expiration, now));
    }
  }
  return Number.isFinite(latest) ? { validFrom: latest, validUntil: earliest } : { validFrom: undefined, validUntil: undefined };
}

function publishedKey(rdata: Uint8Array): PublishedKey {
  return { tag: keyTag(rdata), algorithm: dnskeyAlgorithm(rdata), flags: dnskeyFlags(rdata), dnskey: toBase64(rdata) };
}

function apexRecords(zone: Zone, type: number): readonly Uint8Array[] {
  const rrset = findRrset(zone, findName(zone, zone.apex), type);
  if (rrset < 0) return [];
  const begin = zone.rrsetFirstRecord[rrset]!;
  return Array.from({ length: zone.rrsetFirstRecord[rrset + 1]! - begin }, (_, i) => rdataOf(zone, begin + i));
}

function apexText(zone: Zone, types: readonly number[]): string {
  const out = new WireWriter();
  const apex = findName(zone, zone.apex);
  for (const type of types) {
    const rrset = findRrset(zone, apex, type);
    for (const rdata of apexRecords(zone, type)) printRecord(zone.apex, 0, zone.rrsetTtl[rrset]!, type, rdata, 0, rdata.length, out);
  }
  return latin1(out.bytes, 0, out.length);
}
