import { lstatSync } from 'node:fs';
import type { WireName } from '../../signer/dns/name.ts';
import { TYPE } from '../../signer/dns/rrtype.ts';
import { Refusal } from '../../signer/errors.ts';
import { buildZone, findName, findRrset, rdataOf, type Zone } from '../../signer/zone/zone.ts';
import { readZoneFile } from '../../signer/zonefile/parse.ts';
import type { ZoneOpener } from '../../signer/zonefile/source.ts';
import { sha256OfFile } from '../release/file-hash.ts';
import { zoneFileOpener } from '../workspace/zone-source.ts';

/** The zone file that a name server has now. */
export interface PlacedZone {
  /** Hexadecimal. */
  readonly sha256: string;
  readonly serial: number;
}

/** What coldsign writes has its SOA in the first line; other signers put comments and directives before it. */
const HEAD_OCTETS = 1 << 20;

/** @returns undefined where there is no file @throws Refusal release/placed-unreadable */
export function readPlaced(path: string, apex: WireName): PlacedZone | undefined {
  const status = lstatSync(path, { throwIfNoEntry: false });
  if (status === undefined) return undefined;
  if (!status.isFile()) throw unreadable(path, 'is not a regular file');
  const sha256 = sha256OfFile(path);
  const serial = serialIn(path, apex, HEAD_OCTETS) ?? (status.size > HEAD_OCTETS ? serialIn(path, apex, status.size) : undefined);
  if (sha256 === undefined || serial === undefined) throw unreadable(path, 'has no SOA record of the zone that can be read');
  return { sha256, serial };
}

/** Serial of the SOA at the apex; undefined if there is none. */
export function serialOf(zone: Zone): number | undefined {
  const soa = findRrset(zone, findName(zone, zone.apex), TYPE.SOA);
  if (soa < 0) return undefined;
  const rdata = rdataOf(zone, zone.rrsetFirstRecord[soa]!);
  return new DataView(rdata.buffer, rdata.byteOffset).getUint32(rdata.length - 20);
}

function serialIn(path: string, apex: WireName, octets: number): number | undefined {
  // Where the head was cut there is an error: only the SOA is looked for.
  const { store } = readZoneFile(headOpener(octets), path, apex);
  return serialOf(buildZone(store, apex));
}

function headOpener(octets: number): ZoneOpener {
  const open = zoneFileOpener();
  return (path, includedFrom) => {
    const source = open(path, includedFrom);
    let left = octets;
    return {
      name: source.name,
      identity: source.identity,
      sizeHint: Math.min(source.sizeHint, octets),
      read(into, at) {
        const count = left <= 0 ? 0 : source.read(into.subarray(0, at + Math.min(left, into.length - at)), at);
        left -= count;
        return count;
      },
      [Symbol.dispose]: () => source[Symbol.dispose](),
    };
  };
}

function unreadable(path: string, why: string): Refusal {
  return new Refusal(
    'release/placed-unreadable',
    `${path} ${why}: whether the new serial is ahead cannot be said`,
    'look at the file; if the name server does not need it, move it away and apply again',
  );
}
