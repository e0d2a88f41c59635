import { verifierOf } from '../../keystore/public-key.ts';
import { printName, type WireName } from '../../signer/dns/name.ts';
import { TYPE } from '../../signer/dns/rrtype.ts';
import { algorithmLabel } from '../../signer/dnssec/algorithm.ts';
import { dnskeyAlgorithm, keyTag } from '../../signer/dnssec/dnskey.ts';
import { Refusal } from '../../signer/errors.ts';
import type { Finding } from '../../signer/finding.ts';
import type { RecordStore } from '../../signer/zone/record-store.ts';
import { buildZone, findRrset, rdataOf, type Zone } from '../../signer/zone/zone.ts';
import { readZoneFile } from '../../signer/zonefile/parse.ts';
import type { ZoneOpener } from '../../signer/zonefile/source.ts';
import type { ZoneTimes } from '../config/sign-policy.ts';
import type { Io } from '../io.ts';
import { printFindings } from '../print/findings.ts';
import { readApexRecords } from '../workspace/apex-records.ts';
import { zoneFileOpener } from '../workspace/zone-source.ts';

export interface UnsignedZone {
  readonly store: RecordStore;
  readonly findings: readonly Finding[];
}

/** Reads the zone file to be signed. @throws Refusal zone/unreadable when anything in it is wrong, after printing all findings */
export function readUnsignedZone(file: string, apex: WireName, opener: ZoneOpener, io: Io): UnsignedZone {
  const { store, findings, errors } = readZoneFile(opener, file, apex);
  if (errors === 0) return { store, findings };
  printFindings(findings, io.err);
  throw new Refusal(
    'zone/unreadable',
    `${file} has ${errors} ${errors === 1 ? 'error' : 'errors'}; nothing was signed`,
    'mend the lines above and try again',
  );
}

export interface PreviousZone {
  readonly zone: Zone;
  readonly serial: number;
}

/** The signed zone that is replaced: its signatures may be kept, its serial must be passed. @throws Refusal zone/previous */
export function readPreviousZone(file: string, apex: WireName): PreviousZone {
  const { store, findings, errors } = readZoneFile(zoneFileOpener(), file, apex);
  const zone = buildZone(store, apex);
  const soa = findRrset(zone, 0, TYPE.SOA);
  if (errors > 0 || soa < 0) {
    const why =
      errors > 0
        ? `${errors} errors, the first in line ${findings.find((f) => f.severity === 'error')?.line}`
        : `no SOA at ${printName(apex)}`;
    throw new Refusal(
      'zone/previous',
      `the previous zone ${file} cannot be used: ${why}`,
      'give the signed zone that is served now, or leave --previous out to sign everything anew',
    );
  }
  const rdata = rdataOf(zone, zone.rrsetFirstRecord[soa]!);
  return { zone, serial: new DataView(rdata.buffer, rdata.byteOffset).getUint32(rdata.length - 20) };
}

/** DNSKEY records of a file, as RDATA; each a key that can verify. @throws Refusal key/no-dnskey */
export function readDnskeys(file: string, apex: WireName): readonly Uint8Array[] {
  const { records, problem } = readApexRecords(file, apex, TYPE.DNSKEY);
  const why = problem ?? records.map(unusable).find((text) => text !== undefined);
  if (why === undefined) return records.map((rdata) => rdata.slice());
  throw new Refusal(
    'key/no-dnskey',
    `the keys in ${file} cannot be published: ${why}`,
    'put DNSKEY records of the zone there, as `coldsign key ds --dnskey` prints them',
  );
}

function unusable(rdata: Uint8Array): string | undefined {
  try {
    verifierOf(rdata);
    return undefined;
  } catch {
    return `key ${keyTag(rdata)} of algorithm ${algorithmLabel(dnskeyAlgorithm(rdata))} is no public key that could verify anything`;
  }
}

/**
 * What the default policy is made from. That there is one SOA at the apex is checked later; with one of another name beside it, which
 * is left out, the longest timer is taken: it can make signatures too long, never too short.
 */
export function zoneTimes(store: RecordStore): ZoneTimes {
  let soaExpire = 0;
  let largestTtl = 0;
  const view = new DataView(store.wire.bytes.buffer);
  for (let k = 0; k < store.count; k++) {
    if (store.ttl[k]! > largestTtl) largestTtl = store.ttl[k]!;
    if (store.type[k] === TYPE.SOA) soaExpire = Math.max(soaExpire, servedFor(view, store.rdataAt[k]! + store.rdataLength[k]! - 16));
  }
  return { soaExpire, largestTtl };
}

/** BIND takes at most so much of the two (max-refresh-time, max-retry-time). */
const MAX_REFRESH = 28 * 86_400;
const MAX_RETRY = 14 * 86_400;

/**
 * How long a cut-off secondary serves a zone: EXPIRE, and at least REFRESH + RETRY, for BIND does not take a shorter one.
 * @param at where REFRESH stands: then RETRY, EXPIRE, MINIMUM (RFC 1035 3.3.13)
 */
function servedFor(view: DataView, at: number): number {
  return Math.max(view.getUint32(at + 8), Math.min(view.getUint32(at), MAX_REFRESH) + Math.min(view.getUint32(at + 4), MAX_RETRY));
}
