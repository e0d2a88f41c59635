import { printName, type WireName } from '../../signer/dns/name.ts';
import { TYPE } from '../../signer/dns/rrtype.ts';
import { Refusal } from '../../signer/errors.ts';
import type { Finding } from '../../signer/finding.ts';
import type { RecordStore } from '../../signer/zone/record-store.ts';
import { buildZone, findRrset, rdataOf, type Zone } from '../../signer/zone/zone.ts';
import { readZoneFile } from '../../signer/zonefile/parse.ts';
import type { ZoneTimes } from '../config/sign-policy.ts';
import type { Io } from '../io.ts';
import { printFindings } from '../print/findings.ts';
import { zoneFileOpener } from '../workspace/zone-source.ts';

export interface UnsignedZone {
  readonly store: RecordStore;
  readonly findings: readonly Finding[];
}

/** Reads the zone file to be signed. @throws Refusal zone/unreadable when anything in it is wrong, after printing all findings */
export function readUnsignedZone(file: string, apex: WireName, includeRoot: string | undefined, io: Io): UnsignedZone {
  const { store, findings, errors } = readZoneFile(zoneFileOpener(includeRoot), file, apex);
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

/** DNSKEY records of a file, as RDATA. @throws Refusal key/no-dnskey */
export function readDnskeys(file: string, apex: WireName): readonly Uint8Array[] {
  const { store, errors } = readZoneFile(zoneFileOpener(), file, apex);
  const zone = buildZone(store, apex);
  const rrset = findRrset(zone, 0, TYPE.DNSKEY);
  if (errors > 0 || rrset < 0)
    throw new Refusal(
      'key/no-dnskey',
      `${file} holds no DNSKEY record of ${printName(apex)}`,
      'put DNSKEY records in zone file form there',
    );
  const out: Uint8Array[] = [];
  for (let k = zone.rrsetFirstRecord[rrset]!; k < zone.rrsetFirstRecord[rrset + 1]!; k++) out.push(rdataOf(zone, k).slice());
  return out;
}

/** What the default policy is made from. Any SOA of the file will do: that there is one at the apex is checked later. */
export function zoneTimes(store: RecordStore): ZoneTimes {
  let soaExpire = 0;
  let largestTtl = 0;
  const view = new DataView(store.wire.bytes.buffer);
  for (let k = 0; k < store.count; k++) {
    if (store.ttl[k]! > largestTtl) largestTtl = store.ttl[k]!;
    if (store.type[k] === TYPE.SOA) soaExpire = view.getUint32(store.rdataAt[k]! + store.rdataLength[k]! - 8);
  }
  return { soaExpire, largestTtl };
}
