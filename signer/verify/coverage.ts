import { TYPE } from '../dns/rrtype.ts';
import { algorithmLabel } from '../dnssec/algorithm.ts';
import type { Severity } from '../finding.ts';
import type { Inspection } from './inspection.ts';
import type { PendingSignature } from './signature-queue.ts';
import type { ZoneKey } from './zone-keys.ts';

/** Watches that each RRset has the signatures that it needs (RFC 4035 2.2). */
export interface Coverage {
  /** @param what names the RRset */
  examine(rrset: number, signatures: readonly PendingSignature[], what: () => string): void;
  /** `key` has made the signature. Only signatures that several keys with one tag may have made are to be told. */
  verified(signature: PendingSignature, key: ZoneKey): void;
  /** When all signatures are verified. */
  finish(): void;
}

/** A signature of this algorithm by a key that is published, or by one that was announced and is not. */
interface Need {
  readonly algorithm: number;
  readonly published: boolean;
  readonly severity: Severity;
}

interface Doubt {
  readonly need: Need;
  readonly rrset: number;
  readonly signatures: readonly PendingSignature[];
  readonly what: () => string;
}

/** @param used algorithms of which there are signatures at all: one without any is told once and not at each RRset */
export function makeCoverage(inspection: Inspection, used: ReadonlySet<number>): Coverage {
  const { zone, report, options, unpublished } = inspection;
  const needs = neededAlgorithms(inspection, used);
  const announced = options.unpublishedSignAll === true ? new Set(unpublished.map((key) => key.algorithm)) : new Set<number>();
  for (const algorithm of announced) needs.push({ algorithm, published: false, severity: 'error' });
  const doubts: Doubt[] = [];
  const signers = new Map<PendingSignature, ZoneKey>();

  function missing({ algorithm, published, severity }: Need, rrset: number, what: () => string): void {
    const place = { name: zone.rrsetName[rrset]!, type: zone.rrsetType[rrset]!, record: zone.rrsetFirstRecord[rrset]! };
    const by = published ? '' : ' by a key that was announced';
    report('VERIFY-RRSIG-MISSING', place, () => `${what()} has no signature of algorithm ${algorithmLabel(algorithm)}${by}`, severity);
  }

  return {
    examine(rrset, signatures, what) {
      const type = zone.rrsetType[rrset]!;
      for (const need of needs) {
        if (!need.published && type === TYPE.DNSKEY) continue;
        if (signatures.some(({ candidates }) => candidates.every((key) => meets(need, key, type)))) continue;
        const unsure = signatures.filter(({ candidates }) => candidates.some((key) => meets(need, key, type)));
        if (unsure.length === 0) missing(need, rrset, what);
        else doubts.push({ need, rrset, signatures: unsure, what });
      }
    },
    verified: (signature, key) => {
      signers.set(signature, key);
    },
    finish() {
      for (const { need, rrset, signatures, what } of doubts) {
        const made = signatures.map((signature) => signers.get(signature)).filter((key) => key !== undefined);
        if (!made.some((key) => meets(need, key, zone.rrsetType[rrset]!))) missing(need, rrset, what);
      }
    },
  };
}

/** RFC 5011 2.1: a revoked key still signs the DNSKEY RRset, and may be the last one of its algorithm there (RFC 6781 4.1.4.2). */
function meets({ algorithm, published }: Need, key: ZoneKey, type: number): boolean {
  return key.algorithm === algorithm && key.published === published && (!key.revoked || type === TYPE.DNSKEY);
}

function neededAlgorithms({ keys, options, report, apex }: Inspection, used: ReadonlySet<number>): Need[] {
  const active = keys.filter((key) => key.usable && !key.revoked);
  const algorithms = new Set(active.map((key) => key.algorithm));
  const ofParent = new Set(options.ds?.map((ds) => ds[2]));
  const listed = new Set(options.incompleteAlgorithms?.filter((algorithm) => !ofParent.has(algorithm)));
  // One algorithm at least has to be complete.
  const lenient = algorithms.isSubsetOf(listed) ? new Set<number>() : listed;
  const needs: Need[] = [];
  for (const algorithm of algorithms) {
    const severity = lenient.has(algorithm) ? 'warning' : 'error';
    if (used.has(algorithm)) {
      needs.push({ algorithm, published: true, severity });
      continue;
    }
    const tags = active.filter((key) => key.algorithm === algorithm).map((key) => key.tag);
    report(
      'VERIFY-ALGORITHM-UNUSED',
      { name: apex, type: TYPE.DNSKEY },
      () => `algorithm ${algorithmLabel(algorithm)} has keys (${tags.join(', ')}) but no signature in the zone`,
      severity,
    );
  }
  return needs;
}
