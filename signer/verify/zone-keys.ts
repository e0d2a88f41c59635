import { createHash } from 'node:crypto';
import { equalBytes } from '../dns/bytes.ts';
import type { WireName } from '../dns/name.ts';
import { TYPE } from '../dns/rrtype.ts';
import { algorithmByNumber, algorithmLabel } from '../dnssec/algorithm.ts';
import { findRrset, rdataOf, type Zone } from '../zone/zone.ts';
import { u16 } from './octets.ts';
import { importDnskey } from './public-key.ts';
import type { Report } from './report.ts';

/** A key of the DNSKEY RRset at the apex, or one that was announced to the verifier. */
export interface ZoneKey {
  readonly rdata: Uint8Array;
  readonly algorithm: number;
  readonly tag: number;
  readonly sep: boolean;
  readonly revoked: boolean;
  /** In the DNSKEY RRset. */
  readonly published: boolean;
  /** Can verify: protocol 3, zone key flag set, a public key that is one. */
  readonly usable: boolean;
}

const FLAG_ZONE = 0x0100;
const FLAG_REVOKE = 0x0080;
const FLAG_SEP = 0x0001;
const PROTOCOL = 3;
const WEAK_RSA_BITS = 2048;

/**
 * RFC 4034 appendix B; B.1 for algorithm 1, whose tag is taken from the modulus.
 * @param rdata DNSKEY RDATA, REVOKE bit included
 */
export function keyTagOf(rdata: Uint8Array): number {
  if (rdata[3] === 1) return rdata.length < 7 ? 0 : u16(rdata, rdata.length - 3);
  let sum = 0;
  for (let i = 0; i + 1 < rdata.length; i += 2) sum += u16(rdata, i);
  if (rdata.length % 2 === 1) sum += rdata[rdata.length - 1]! << 8;
  return (sum + Math.floor(sum / 65536)) & 0xffff;
}

const DIGEST_HASH: ReadonlyMap<number, string> = new Map([
  [1, 'sha1'],
  [2, 'sha256'],
  [4, 'sha384'],
]);

export type DsMatch = 'match' | 'differs' | 'unknown-digest';

/** Does DS RDATA (key tag, algorithm, digest type, digest) stand for this key (RFC 4034 5.1.4, RFC 4509)? */
export function compareDs(ds: Uint8Array, apex: WireName, key: ZoneKey): DsMatch {
  if (u16(ds, 0) !== key.tag || ds[2] !== key.algorithm) return 'differs';
  const hash = DIGEST_HASH.get(ds[3]!);
  if (hash === undefined) return 'unknown-digest';
  const digest = createHash(hash).update(apex).update(key.rdata).digest();
  return equalBytes(ds.subarray(4), digest) ? 'match' : 'differs';
}

export function readKey(rdata: Uint8Array, published: boolean): ZoneKey {
  const flags = u16(rdata, 0);
  return {
    rdata,
    algorithm: rdata[3] ?? 0,
    tag: keyTagOf(rdata),
    sep: (flags & FLAG_SEP) !== 0,
    revoked: (flags & FLAG_REVOKE) !== 0,
    published,
    usable: (flags & FLAG_ZONE) !== 0 && rdata[2] === PROTOCOL && importDnskey(rdata).kind === 'usable',
  };
}

/** A key is its algorithm and its public key; flags and tag may differ. */
export function isSameKey(a: ZoneKey, b: ZoneKey): boolean {
  return a.algorithm === b.algorithm && equalBytes(a.rdata.subarray(4), b.rdata.subarray(4));
}

/** `12345 algorithm 13 (ECDSAP256SHA256)` */
export function keyLabel(key: { readonly tag: number; readonly algorithm: number }): string {
  return `${key.tag} algorithm ${algorithmLabel(key.algorithm)}`;
}

/** The keys of the zone, each examined (RFC 4034 2.1). */
export function readZoneKeys(zone: Zone, apex: number, report: Report): readonly ZoneKey[] {
  const rrset = findRrset(zone, apex, TYPE.DNSKEY);
  if (rrset < 0) {
    report('VERIFY-NO-DNSKEY', { name: apex }, () => 'no DNSKEY RRset at the apex: nothing can be verified');
    return [];
  }
  const keys: ZoneKey[] = [];
  for (let k = zone.rrsetFirstRecord[rrset]!; k < zone.rrsetFirstRecord[rrset + 1]!; k++) {
    const rdata = rdataOf(zone, k);
    if (rdata.length < 5) {
      report('VERIFY-DNSKEY-KEY', { name: apex, type: TYPE.DNSKEY, record: k }, () => `DNSKEY of ${rdata.length} octets has no public key`);
      continue;
    }
    const key = readKey(rdata, true);
    examineKey(key, apex, k, report);
    const twin = keys.find((other) => other.tag === key.tag && other.algorithm === key.algorithm);
    if (twin !== undefined)
      report('VERIFY-KEY-TAG-TWICE', { name: apex, type: TYPE.DNSKEY, record: k }, () => `two keys have the tag ${keyLabel(key)}`);
    keys.push(key);
  }
  return keys;
}

function examineKey(key: ZoneKey, name: number, record: number, report: Report): void {
  const place = { name, type: TYPE.DNSKEY, record };
  const label = `DNSKEY ${keyLabel(key)}`;
  const flags = u16(key.rdata, 0);
  if (key.rdata[2] !== PROTOCOL)
    report(
      'VERIFY-DNSKEY-PROTOCOL',
      { ...place, found: `${key.rdata[2]}`, expected: '3' },
      () => `${label}: protocol is ${key.rdata[2]}, not 3`,
    );
  const unassigned = flags & ~(FLAG_ZONE | FLAG_REVOKE | FLAG_SEP);
  if ((flags & FLAG_ZONE) === 0 || unassigned !== 0)
    report('VERIFY-DNSKEY-FLAGS', { ...place, found: `${flags}`, expected: '256 or 257' }, () =>
      unassigned === 0 ? `${label}: flags ${flags} lack the zone key bit` : `${label}: flags ${flags} have bits that are not assigned`,
    );
  const algorithm = algorithmByNumber(key.algorithm);
  if (algorithm === undefined || algorithm.form.kind === 'other') {
    report('VERIFY-ALGORITHM-UNKNOWN', place, () => `${label}: signatures of this algorithm cannot be verified`);
    return;
  }
  if (algorithm.deprecated) report('VERIFY-ALGORITHM-DEPRECATED', place, () => `${label}: ${algorithm.refused ?? 'deprecated'}`);
  const imported = importDnskey(key.rdata);
  if (imported.kind === 'unusable') report('VERIFY-DNSKEY-KEY', place, () => `${label}: ${imported.because}`);
  else if (algorithm.form.kind === 'rsa' && imported.bits < WEAK_RSA_BITS)
    report(
      'VERIFY-DNSKEY-WEAK',
      place,
      () => `${label}: RSA modulus of ${imported.bits} bits, below ${WEAK_RSA_BITS}`,
      imported.bits < algorithm.form.minBits ? 'error' : 'warning',
    );
}
