import { printName } from '../dns/name.ts';
import { TYPE } from '../dns/rrtype.ts';
import type { Finding } from '../finding.ts';
import type { Zone } from '../zone/zone.ts';
import { verifyChildDs } from './child-ds.ts';
import { verifyDenial } from './denial.ts';
import { findApex, type Inspection, readSoa } from './inspection.ts';
import { findAnchors, verifyKeyRoles } from './key-roles.ts';
import { kindsOfNames } from './names.ts';
import type { VerifyOptions } from './options.ts';
import { verifyChanges } from './previous.ts';
import { makeCollector, type Report } from './report.ts';
import { verifySignatures } from './signatures.ts';
import { verifyStructure } from './structure.ts';
import { verifyZoneDigest } from './zone-digest.ts';
import { isSameKey, readKey, readZoneKeys, type ZoneKey } from './zone-keys.ts';

export interface VerifyResult {
  readonly findings: readonly Finding[];
  readonly counts: VerifyCounts;
}

export interface VerifyCounts {
  readonly names: number;
  readonly rrsets: number;
  readonly records: number;
  readonly keys: number;
  /** RRsets that must be signed. */
  readonly signedRrsets: number;
  readonly signatures: number;
  /** Signatures that verify. */
  readonly goodSignatures: number;
  /** NSEC or NSEC3 records. */
  readonly denialRecords: number;
}

/**
 * Examines a signed zone as a whole: what a validator, a parent and a secondary would come to see, and what the operator means.
 * Written from the RFCs alone; of the signer it uses neither the plan nor the octets that were signed.
 * The zone is good if no finding has the severity `error`.
 */
export async function verifyZone(zone: Zone, options: VerifyOptions): Promise<VerifyResult> {
  const { report, finish } = makeCollector(zone);
  const inspection = inspect(zone, options, report);
  if (inspection === undefined) return { findings: finish(), counts: count(zone) };
  verifyZoneDigest(inspection);
  if (options.previous !== undefined) verifyChanges(inspection, options.previous);
  if (!isSigned(zone)) {
    report('VERIFY-UNSIGNED', { name: inspection.apex }, () => 'the zone has neither keys nor signatures');
    return { findings: finish(), counts: count(zone) };
  }
  const keyed = { ...inspection, ...readKeys(inspection) };
  return await verifySigned(keyed, finish);
}

async function verifySigned(inspection: Inspection, finish: () => readonly Finding[]): Promise<VerifyResult> {
  const anchors = findAnchors(inspection);
  const signatures = await verifySignatures(inspection);
  verifyKeyRoles(inspection, anchors, signatures);
  verifyChildDs(inspection, signatures);
  const denialRecords = verifyDenial(inspection);
  const { signedRrsets, good } = signatures;
  return {
    findings: finish(),
    counts: {
      ...count(inspection.zone),
      keys: inspection.keys.length,
      signedRrsets,
      signatures: signatures.signatures,
      goodSignatures: good,
      denialRecords,
    },
  };
}

/** @returns undefined where nothing can be verified: the reason is reported */
function inspect(zone: Zone, options: VerifyOptions, report: Report): Inspection | undefined {
  const apex = findApex(zone);
  if (apex < 0) {
    report('VERIFY-SOA', { owner: zone.apex, type: TYPE.SOA }, () => `no record at ${printName(zone.apex)}`);
    return undefined;
  }
  const kinds = kindsOfNames(zone);
  verifyStructure(zone, apex, kinds, report);
  const soa = readSoa(zone, apex);
  if (soa === undefined) {
    report('VERIFY-SOA', { name: apex, type: TYPE.SOA }, () => 'the apex has not exactly one SOA record');
    return undefined;
  }
  return { zone, options, report, apex, kinds, soa, keys: [], unpublished: [], requested: [] };
}

function isSigned(zone: Zone): boolean {
  return zone.rrsetType.some((type) => type === TYPE.RRSIG || type === TYPE.DNSKEY);
}

function readKeys({ zone, apex, options, report }: Inspection): Pick<Inspection, 'keys' | 'unpublished' | 'requested'> {
  const keys = readZoneKeys(zone, apex, report);
  const others = (rdatas: readonly Uint8Array[] = []): readonly ZoneKey[] =>
    rdatas.map((rdata) => readKey(rdata, false)).filter((key) => !keys.some((other) => isSameKey(other, key)));
  return { keys, unpublished: others(options.unpublishedKeys), requested: others(options.requestedKeys) };
}

function count(zone: Zone): VerifyCounts {
  return {
    names: zone.nameCount,
    rrsets: zone.rrsetCount,
    records: zone.recordCount,
    keys: 0,
    signedRrsets: 0,
    signatures: 0,
    goodSignatures: 0,
    denialRecords: 0,
  };
}
