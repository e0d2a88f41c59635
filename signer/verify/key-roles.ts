import { TYPE } from '../dns/rrtype.ts';
import { algorithmLabel } from '../dnssec/algorithm.ts';
import { findRrset } from '../zone/zone.ts';
import type { Inspection } from './inspection.ts';
import { u16 } from './octets.ts';
import type { SignatureOutcome } from './signatures.ts';
import { compareDs, type DsMatch, keyLabel, type ZoneKey } from './zone-keys.ts';

/** Which keys stand between the parent and the zone. */
export interface Anchors {
  /** Keys that a DS record stands for; without DS records, those with the SEP flag. Revoked ones are none. */
  readonly keys: readonly ZoneKey[];
  readonly fromDs: boolean;
}

const DS_MIN_OCTETS = 5;
const DIGEST_SHA1 = 1;
const DIGEST_SHA256 = 2;
const DIGEST_SHA384 = 4;

/** The parent's DS records against the DNSKEY RRset (RFC 4034 5, RFC 4509, RFC 6840 5.11). */
export function findAnchors(inspection: Inspection): Anchors {
  const { options, keys } = inspection;
  const active = keys.filter((key) => key.usable && !key.revoked);
  if (options.ds === undefined) return { keys: active.filter((key) => key.sep), fromDs: false };
  const anchors = new Set<ZoneKey>();
  // RFC 4509 3: validators leave SHA-1 digests aside where there are better ones
  const ignoresSha1 = options.ds.some((ds) => ds[3] === DIGEST_SHA256 || ds[3] === DIGEST_SHA384);
  for (const ds of options.ds)
    for (const key of matchDs(inspection, ds, active)) if (!ignoresSha1 || ds[3] !== DIGEST_SHA1) anchors.add(key);
  if (anchors.size === 0)
    inspection.report(
      'VERIFY-DS-NO-MATCH',
      { name: inspection.apex, type: TYPE.DS },
      () => `none of the ${options.ds?.length} DS records of the parent matches a key of the zone`,
    );
  return { keys: [...anchors], fromDs: true };
}

function matchDs({ zone, report, apex }: Inspection, ds: Uint8Array, active: readonly ZoneKey[]): readonly ZoneKey[] {
  const place = { name: apex, type: TYPE.DS };
  if (ds.length < DS_MIN_OCTETS) {
    report('VERIFY-DS-MALFORMED', place, () => `DS RDATA of ${ds.length} octets has no digest`);
    return [];
  }
  const label = `DS ${keyLabel({ tag: u16(ds, 0), algorithm: ds[2]! })} digest type ${ds[3]}`;
  if (ds[3] === DIGEST_SHA1) report('VERIFY-DS-SHA1', place, () => `${label}: SHA-1 is not to be used any more (RFC 9905)`);
  const verdicts = active.map((key) => ({ key, verdict: compareDs(ds, zone.apex, key) }));
  const matching = verdicts.filter(({ verdict }) => verdict === 'match').map(({ key }) => key);
  if (matching.length === 0) {
    const unknown = verdicts.some(({ verdict }) => verdict === ('unknown-digest' satisfies DsMatch));
    report('VERIFY-DS-UNMATCHED', place, () => (unknown ? `${label}: digest type is not known` : `${label} matches no key of the zone`));
  }
  if (matching.some((key) => !key.sep)) report('VERIFY-DS-WITHOUT-SEP', place, () => `${label} stands for a key without the SEP flag`);
  return matching;
}

/** The DNSKEY, CDS and CDNSKEY RRsets are signed by the keys that the parent knows. */
export function verifyKeyRoles(inspection: Inspection, anchors: Anchors, { apexSigners }: SignatureOutcome): void {
  const { zone, apex, report, keys } = inspection;
  const dnskeySigners = apexSigners.get(TYPE.DNSKEY) ?? [];
  const kind = anchors.fromDs ? 'a key that matches a DS record' : 'a key with the SEP flag';
  if (keys.length > 0 && !dnskeySigners.some((key) => anchors.keys.includes(key)))
    report(
      'VERIFY-DNSKEY-NOT-SIGNED-BY-KSK',
      { name: apex, type: TYPE.DNSKEY },
      () => `the DNSKEY RRset is not signed by ${kind}`,
      isEndOfAnchors(inspection, dnskeySigners) ? 'warning' : 'error',
    );
  for (const type of [TYPE.CDS, TYPE.CDNSKEY]) {
    if (findRrset(zone, apex, type) < 0) continue;
    if ((apexSigners.get(type) ?? []).some((key) => anchors.keys.includes(key))) continue;
    const name = type === TYPE.CDS ? 'CDS' : 'CDNSKEY';
    report('VERIFY-CDS-NOT-SIGNED-BY-KSK', { name: apex, type }, () => `the ${name} RRset is not signed by ${kind} (RFC 7344 4.1)`);
  }
  for (const key of keys)
    if (key.revoked && key.usable && !dnskeySigners.includes(key))
      report(
        'VERIFY-REVOKED-NOT-SELF-SIGNED',
        { name: apex, type: TYPE.DNSKEY },
        () => `revoked key ${keyLabel(key)} does not sign the DNSKEY RRset: nobody will see that it is revoked (RFC 5011 2.1)`,
      );
  if (anchors.fromDs) verifyDsAlgorithms(inspection, anchors, dnskeySigners);
}

/**
 * RFC 5011 5: a zone that was a trust anchor revokes all of its anchors to become insecure. Until the last of them is gone no key is left that could
 * vouch for the others, and nobody is to look for one: that it has no DS is meant.
 */
function isEndOfAnchors({ keys, options }: Inspection, signers: readonly ZoneKey[]): boolean {
  const isMeant = options.allowDelete === true && (options.ds ?? []).length === 0;
  return isMeant && signers.some((key) => key.sep && key.revoked) && !keys.some((key) => key.sep && !key.revoked);
}

/** RFC 4035 2.2: the DNSKEY RRset is signed by each algorithm that appears in the DS RRset. */
function verifyDsAlgorithms({ options, report, apex }: Inspection, anchors: Anchors, signers: readonly ZoneKey[]): void {
  for (const algorithm of new Set(options.ds?.filter((ds) => ds.length >= DS_MIN_OCTETS).map((ds) => ds[2]!))) {
    if (anchors.keys.some((key) => key.algorithm === algorithm && signers.includes(key))) continue;
    report(
      'VERIFY-DS-NOT-SIGNING',
      { name: apex, type: TYPE.DNSKEY },
      () => `the parent has DS records of algorithm ${algorithmLabel(algorithm)}, but no key they match signs the DNSKEY RRset`,
    );
  }
}
