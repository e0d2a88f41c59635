import { equalBytes } from '../dns/bytes.ts';
import { TYPE } from '../dns/rrtype.ts';
import { algorithmLabel } from '../dnssec/algorithm.ts';
import { findRrset, rdataOf, type Zone } from '../zone/zone.ts';
import type { Inspection } from './inspection.ts';
import { u16 } from './octets.ts';
import type { SignatureOutcome } from './signatures.ts';
import { compareDs, keyLabel, type ZoneKey } from './zone-keys.ts';

/** RFC 8078 4: `CDS 0 0 0 00`, `CDNSKEY 0 3 0 AA==`. */
const DELETE_CDS = Uint8Array.of(0, 0, 0, 0, 0);
const DELETE_CDNSKEY = Uint8Array.of(0, 0, 3, 0, 0);
const DIGEST_SHA1 = 1;

interface Request {
  readonly present: boolean;
  readonly delete: boolean;
  /** Keys that the parent is asked to trust. */
  readonly keys: ReadonlySet<ZoneKey>;
  /** A record stands for no key of the zone, nor for one that was told. */
  readonly unknown: boolean;
}

/** CDS and CDNSKEY at the apex against the keys and each other (RFC 7344 4, RFC 8078 4). */
export function verifyChildDs(inspection: Inspection, { apexSigners }: SignatureOutcome): void {
  const cds = readRequest(inspection, TYPE.CDS, DELETE_CDS);
  const cdnskey = readRequest(inspection, TYPE.CDNSKEY, DELETE_CDNSKEY);
  if (cds.present && cdnskey.present && !cds.unknown && !cdnskey.unknown) compareRequests(inspection, cds, cdnskey);
  const signers = apexSigners.get(TYPE.DNSKEY) ?? [];
  for (const request of [cds, cdnskey]) {
    if (!request.present || request.delete) continue;
    for (const algorithm of new Set([...request.keys].map((key) => key.algorithm))) {
      const usable = [...request.keys].some((key) => key.algorithm === algorithm && signers.includes(key));
      if (!usable)
        inspection.report(
          'VERIFY-CDS-CONTINUITY',
          { name: inspection.apex, type: request === cds ? TYPE.CDS : TYPE.CDNSKEY },
          () =>
            `no requested key of algorithm ${algorithmLabel(algorithm)} signs the DNSKEY RRset: the zone would become bogus (RFC 7344 4.1)`,
        );
    }
  }
}

function readRequest(inspection: Inspection, type: number, deletion: Uint8Array): Request {
  const { zone, apex, options, report, keys, requested } = inspection;
  const candidates = [...keys, ...requested].filter((key) => key.usable && !key.revoked);
  const wanted = new Set<ZoneKey>();
  let isDelete = false;
  let unknown = false;
  const records = recordsOf(zone, apex, type);
  for (const record of records) {
    const rdata = rdataOf(zone, record);
    const place = { name: apex, type, record };
    if (equalBytes(rdata, deletion)) {
      isDelete = true;
      if (!options.allowDelete)
        report('VERIFY-CDS-DELETE', place, () => 'asks the parent to remove the DS RRset: the zone would become insecure (RFC 8078 4)');
      if (records.length > 1) report('VERIFY-CDS-DELETE-MIXED', place, () => 'the delete form stands beside other records (RFC 8078 4)');
      continue;
    }
    const matching = candidates.filter((key) => standsFor(rdata, type, zone, key));
    for (const key of matching) wanted.add(key);
    if (matching.length === 0) {
      unknown = true;
      reportUnknown(inspection, type, record, rdata);
    }
    if (type === TYPE.CDS && (rdata[3] === DIGEST_SHA1 || !DIGESTS.has(rdata[3] ?? 0)))
      report('VERIFY-CDS-DIGEST-TYPE', place, () => `CDS with digest type ${rdata[3]}: use 2 or 4 (RFC 9905)`);
  }
  return { present: records.length > 0, delete: isDelete, keys: wanted, unknown };
}

const DIGESTS: ReadonlySet<number> = new Set([1, 2, 4]);

function standsFor(rdata: Uint8Array, type: number, zone: Zone, key: ZoneKey): boolean {
  if (type === TYPE.CDNSKEY) return equalBytes(rdata, key.rdata);
  return rdata.length > 4 && compareDs(rdata, zone.apex, key) !== 'differs';
}

function reportUnknown({ report, apex }: Inspection, type: number, record: number, rdata: Uint8Array): void {
  const place = { name: apex, type, record };
  if (type === TYPE.CDNSKEY)
    report('VERIFY-CDNSKEY-UNKNOWN-KEY', place, () => 'the CDNSKEY record is not a usable key of the DNSKEY RRset');
  else {
    const label = rdata.length < 4 ? 'of too few octets' : keyLabel({ tag: u16(rdata, 0), algorithm: rdata[2]! });
    report('VERIFY-CDS-UNKNOWN-KEY', place, () => `CDS ${label} digest type ${rdata[3]} matches no usable key of the DNSKEY RRset`);
  }
}

function compareRequests({ apex, report }: Inspection, cds: Request, cdnskey: Request): void {
  const same = cds.delete === cdnskey.delete && cds.keys.size === cdnskey.keys.size && [...cds.keys].every((key) => cdnskey.keys.has(key));
  if (same) return;
  const list = (request: Request): string => (request.delete ? 'delete' : [...request.keys].map((key) => key.tag).join(', '));
  report(
    'VERIFY-CDS-CDNSKEY-DIFFER',
    { name: apex, type: TYPE.CDS, found: list(cds), expected: list(cdnskey) },
    () => `CDS asks for ${list(cds)}, CDNSKEY for ${list(cdnskey)} (RFC 7344 4)`,
  );
}

function recordsOf(zone: Zone, name: number, type: number): readonly number[] {
  const rrset = findRrset(zone, name, type);
  if (rrset < 0) return [];
  const first = zone.rrsetFirstRecord[rrset]!;
  return Array.from({ length: zone.rrsetFirstRecord[rrset + 1]! - first }, (_, i) => first + i);
}
