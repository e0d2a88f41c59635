import { createHash } from 'node:crypto';
import { compareBytes, equalBytes, fromBase64 } from '../../signer/dns/bytes.ts';
import type { WireName } from '../../signer/dns/name.ts';
import { TYPE, typeMnemonic } from '../../signer/dns/rrtype.ts';
import { FLAG } from '../../signer/dnssec/dnskey.ts';
import { Refusal } from '../../signer/errors.ts';
import { buildZone, findName, findRrset, rdataOf, type Zone } from '../../signer/zone/zone.ts';
import { readZoneFile } from '../../signer/zonefile/parse.ts';
import { isoText } from '../config/time-text.ts';
import type { Bundle } from '../release/bundle.ts';
import type { PublishedKey, SignedFile } from '../release/gate-types.ts';
import { RELEASE_FILES } from '../release/manifest.ts';
import { octetsOpener } from './octets-opener.ts';

/**
 * What stands beside the zone in a release says the same as the zone: keys and times of the manifest, DS for the parent, CDS and CDNSKEY, ZONEMD.
 * @throws Refusal release/disagrees with both values
 */
export function checkCompanions({ manifest, files }: Bundle, zone: Zone, signed: SignedFile): void {
  compareKeys(manifest.keys, signed.keys);
  compareText('valid-from', manifest.validFrom, signed.validFrom);
  compareText('valid-until', manifest.validUntil, signed.validUntil);
  compareRecords(files.get(RELEASE_FILES.cds), zone, RELEASE_FILES.cds, [TYPE.CDS, TYPE.CDNSKEY]);
  compareRecords(files.get(RELEASE_FILES.zonemd), zone, RELEASE_FILES.zonemd, [TYPE.ZONEMD]);
  checkDsSet(files.get(RELEASE_FILES.dsset)!, zone.apex, signed.keys);
}

function compareKeys(listed: Bundle['manifest']['keys'], published: readonly PublishedKey[]): void {
  const text = (keys: Bundle['manifest']['keys']): string =>
    keys
      .map(({ tag, algorithm, flags }) => `${tag} (algorithm ${algorithm}, flags ${flags})`)
      .sort()
      .join(', ') || 'none';
  if (text(listed) !== text(published)) throw disagrees('the keys', `MANIFEST says ${text(listed)}`, `the zone has ${text(published)}`);
}

function compareText(what: string, listed: string | undefined, time: number | undefined): void {
  const found = time === undefined ? undefined : isoText(time);
  if (listed !== found) throw disagrees(what, `MANIFEST says ${listed ?? 'none'}`, `the signatures of the zone say ${found ?? 'none'}`);
}

/** The file has the records of these types that the apex of the zone has, and no others. */
function compareRecords(octets: Uint8Array | undefined, zone: Zone, path: string, types: readonly number[]): void {
  const beside = octets === undefined ? undefined : parseRecords(octets, zone.apex, path);
  for (const type of types) {
    const inZone = apexRecords(zone, type);
    const inFile = beside === undefined ? [] : apexRecords(beside, type);
    if (!sameRecords(inZone, inFile))
      throw disagrees(path, `it has ${inFile.length} ${typeMnemonic(type)} records`, `the zone has ${inZone.length}, or others`);
  }
  const others = beside === undefined ? 0 : beside.recordCount - types.reduce((sum, type) => sum + apexRecords(beside, type).length, 0);
  if (others > 0)
    throw disagrees(path, `it has ${others} records of another name or type`, `only ${types.map(typeMnemonic).join(' and ')} belong there`);
}

/**
 * Each DS is that of a published entry point. Not each of those has one: in a rollover that of the new key comes when caches have the key, and that
 * of the old one goes before it (RFC 7583 2.2).
 * Design note: digests by node:crypto, while the signing side makes them with @noble/hashes.
 * @see RFC 4034 5.1.4
 */
function checkDsSet(octets: Uint8Array, apex: WireName, keys: readonly PublishedKey[]): void {
  const path = RELEASE_FILES.dsset;
  const beside = parseRecords(octets, apex, path);
  const records = apexRecords(beside, TYPE.DS);
  if (records.length !== beside.recordCount)
    throw disagrees(path, `it has ${beside.recordCount} records`, `${records.length} of them are DS records of the zone`);
  const entryPoints = keys.filter(({ flags }) => (flags & FLAG.sep) !== 0 && (flags & FLAG.revoke) === 0);
  for (const ds of records) {
    const key = entryPoints.find((candidate) => isDsOf(ds, apex, candidate));
    if (key === undefined)
      throw disagrees(path, `a DS names key ${(ds[0]! << 8) | ds[1]!}`, 'no published key-signing key has that tag, algorithm and digest');
  }
}

const DIGESTS: Readonly<Record<number, string>> = { 1: 'sha1', 2: 'sha256', 4: 'sha384' };

function isDsOf(ds: Uint8Array, apex: WireName, { tag, algorithm, dnskey }: PublishedKey): boolean {
  const hash = DIGESTS[ds[3]!];
  if (hash === undefined || ((ds[0]! << 8) | ds[1]!) !== tag || ds[2] !== algorithm) return false;
  const digest = createHash(hash).update(apex).update(fromBase64(dnskey)!).digest();
  return equalBytes(digest, ds.subarray(4));
}

/** DS sets come without TTL. */
const PREAMBLE = new TextEncoder().encode('$TTL 0\n');

function parseRecords(octets: Uint8Array, apex: WireName, path: string): Zone {
  const { store, findings, errors } = readZoneFile(octetsOpener(path, Buffer.concat([PREAMBLE, octets])), path, apex);
  const first = findings.find(({ severity }) => severity === 'error');
  if (errors > 0)
    throw disagrees(path, `line ${(first?.line ?? 1) - 1} cannot be read: ${first?.text}`, 'it has to hold records in zone-file form');
  return buildZone(store, apex);
}

/** RDATA of a type at the apex, in canonical order. */
export function apexRecords(zone: Zone, type: number): readonly Uint8Array[] {
  const rrset = findRrset(zone, findName(zone, zone.apex), type);
  if (rrset < 0) return [];
  const first = zone.rrsetFirstRecord[rrset]!;
  return Array.from({ length: zone.rrsetFirstRecord[rrset + 1]! - first }, (_, i) => rdataOf(zone, first + i));
}

/** Both in canonical order, without duplicates. */
function sameRecords(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  return a.length === b.length && a.every((rdata, i) => compareBytes(rdata, b[i]!) === 0);
}

function disagrees(what: string, one: string, other: string): Refusal {
  return new Refusal(
    'release/disagrees',
    `${what} of the release and its zone disagree: ${one}, ${other}`,
    'the release was not made by a sound signing side: do not use it, and have it made anew',
  );
}
