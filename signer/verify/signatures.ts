import { equalBytes } from '../dns/bytes.ts';
import { labelCount, lowerCaseName, printName } from '../dns/name.ts';
import { TYPE, typeMnemonic } from '../dns/rrtype.ts';
import { findRrset, nameOf, type Zone } from '../zone/zone.ts';
import { type Coverage, makeCoverage } from './coverage.ts';
import type { Inspection } from './inspection.ts';
import { KIND, mustBeSigned } from './names.ts';
import { u16 } from './octets.ts';
import { makeInProcessChecker } from './public-key.ts';
import type { Place } from './report.ts';
import { type Rrsig, readRrsig, timeText } from './rrsig.ts';
import type { RuleId } from './rules.ts';
import { makeSignatureQueue, type PendingSignature } from './signature-queue.ts';
import { makeValidityCheck } from './validity.ts';
import { keyLabel, type ZoneKey } from './zone-keys.ts';

export interface SignatureOutcome {
  /** RRSIG records in the zone. */
  readonly signatures: number;
  /** Those that verify. */
  readonly good: number;
  /** RRsets that must be signed. */
  readonly signedRrsets: number;
  /** Keys whose signature over that RRset of the apex verifies. */
  readonly apexSigners: ReadonlyMap<number, readonly ZoneKey[]>;
}

/** Types whose signers have a role to play (RFC 4035 2.2, RFC 7344 4.1). */
const ROLE_TYPES: ReadonlySet<number> = new Set([TYPE.DNSKEY, TYPE.CDS, TYPE.CDNSKEY]);

/** Every RRSIG of the zone, and every RRset that needs one. */
export async function verifySignatures(inspection: Inspection): Promise<SignatureOutcome> {
  const { zone, options, report, kinds, apex } = inspection;
  const walk = prepareWalk(inspection);
  const { coverage } = walk;
  const apexSigners = new Map<number, ZoneKey[]>();
  const byUnpublished = new Map<ZoneKey, number>();
  let good = 0;
  let settled = 0;
  const settle = (item: PendingSignature, key: ZoneKey | undefined): void => {
    if (++settled % 4096 === 0) options.onProgress?.(settled);
    const name = zone.rrsetName[item.rrset]!;
    const type = zone.rrsetType[item.rrset]!;
    if (key === undefined) {
      const place = { name, type, record: item.record };
      report('VERIFY-RRSIG-BAD', place, () => `${whatSigned(zone, name, item.rrsig)} does not verify`);
      return;
    }
    good++;
    if (item.candidates.length > 1) coverage.verified(item, key);
    if (!key.published) byUnpublished.set(key, (byUnpublished.get(key) ?? 0) + 1);
    else if (key.revoked && type !== TYPE.DNSKEY) {
      const place = { name, type, record: item.record };
      report('VERIFY-RRSIG-REVOKED-KEY', place, () => `${whatSigned(zone, name, item.rrsig)}: the key is revoked (RFC 5011 2.1)`);
    }
    if (name === apex && ROLE_TYPES.has(type)) apexSigners.set(type, [...(apexSigners.get(type) ?? []), key]);
  };
  const queue = makeSignatureQueue(zone, options.checker ?? makeInProcessChecker(), settle);
  let signedRrsets = 0;
  for (let name = 0; name < zone.nameCount; name++) {
    const signatures = signaturesAt(zone, name, walk);
    for (let r = zone.nameFirstRrset[name]!; r < zone.nameFirstRrset[name + 1]!; r++) {
      if (zone.rrsetType[r] === TYPE.RRSIG) continue;
      const must = mustBeSigned(kinds[name]!, zone.rrsetType[r]!);
      if (must) signedRrsets++;
      for (const item of inspectRrset(walk, name, r, signatures, must)) if (queue.add(item)) await queue.flush();
    }
    reportStray(walk, name, signatures);
  }
  await queue.finish();
  coverage.finish();
  for (const [key, count] of byUnpublished)
    report(
      'VERIFY-RRSIG-UNPUBLISHED-KEY',
      { name: apex },
      () => `${count} signatures by ${keyLabel(key)}, which is known but not published`,
    );
  return { signatures: walk.signatures, good, signedRrsets, apexSigners };
}

interface Signature {
  readonly rrsig: Rrsig;
  readonly record: number;
}

interface Walk {
  readonly inspection: Inspection;
  readonly coverage: Coverage;
  /** By algorithm * 65536 + key tag; those first that can vouch for data. */
  readonly keys: ReadonlyMap<number, readonly ZoneKey[]>;
  /** Algorithms with a key that is there for data alone. */
  readonly withZsk: ReadonlySet<number>;
  readonly checkTimes: ReturnType<typeof makeValidityCheck>;
  readonly signer: Uint8Array;
  readonly signatures: number;
}

function prepareWalk(inspection: Inspection): Walk {
  const { zone, keys, unpublished, report, options, soa } = inspection;
  const byTag = new Map<number, ZoneKey[]>();
  for (const key of [...keys.filter(({ revoked }) => !revoked), ...keys.filter(({ revoked }) => revoked), ...unpublished]) {
    if (!key.usable) continue;
    const id = key.algorithm * 65536 + key.tag;
    byTag.set(id, [...(byTag.get(id) ?? []), key]);
  }
  const active = keys.filter((key) => key.usable && !key.revoked);
  const { used, signatures } = surveySignatures(zone);
  return {
    inspection,
    coverage: makeCoverage(inspection, used),
    keys: byTag,
    withZsk: new Set(active.filter((key) => !key.sep).map((key) => key.algorithm)),
    checkTimes: makeValidityCheck(options, soa.expire, report),
    signer: zone.apex,
    signatures,
  };
}

/** Which algorithms sign at all, so that one without any is told once and not at each RRset. */
function surveySignatures(zone: Zone): { used: ReadonlySet<number>; signatures: number } {
  const used = new Set<number>();
  let signatures = 0;
  for (let r = 0; r < zone.rrsetCount; r++) {
    if (zone.rrsetType[r] !== TYPE.RRSIG) continue;
    for (let k = zone.rrsetFirstRecord[r]!; k < zone.rrsetFirstRecord[r + 1]!; k++) {
      signatures++;
      if (zone.rdataLength[k]! > 2) used.add(zone.wire[zone.rdataAt[k]! + 2]!);
    }
  }
  return { used, signatures };
}

const NONE: readonly Signature[] = [];

function signaturesAt(zone: Zone, name: number, { inspection }: Walk): readonly Signature[] {
  const rrset = findRrset(zone, name, TYPE.RRSIG);
  if (rrset < 0) return NONE;
  const list: Signature[] = [];
  for (let record = zone.rrsetFirstRecord[rrset]!; record < zone.rrsetFirstRecord[rrset + 1]!; record++) {
    const rrsig = readRrsig(zone.wire, zone.rdataAt[record]!, zone.rdataLength[record]!);
    if (rrsig !== undefined) list.push({ rrsig, record });
    else {
      const place = { name, type: TYPE.RRSIG, record };
      inspection.report('VERIFY-RRSIG-MALFORMED', place, () => `RRSIG of ${zone.rdataLength[record]} octets is not an RRSIG`);
    }
  }
  return list;
}

/** Static checks of the signatures over one RRset. @returns what is left for cryptography */
function inspectRrset(walk: Walk, name: number, rrset: number, signatures: readonly Signature[], must: boolean): PendingSignature[] {
  const { zone, report } = walk.inspection;
  const type = zone.rrsetType[rrset]!;
  const pending: PendingSignature[] = [];
  for (const { rrsig, record } of signatures) {
    if (rrsig.covered !== type) continue;
    if (!must) reportNeedless(walk, name, rrsig, record);
    else inspectFields(walk, name, rrset, rrsig, record);
    const candidates = signersOf(walk, name, rrsig, record);
    if (candidates.length > 0) pending.push({ rrsig, rrset, record, candidates });
  }
  if (!must) return pending;
  walk.coverage.examine(rrset, pending, () => what(zone, name, type));
  if (!ROLE_TYPES.has(type) && pending.length > 0 && pending.every(({ candidates }) => candidates.every((key) => key.sep))) {
    const algorithms = pending.map((item) => item.rrsig.algorithm);
    const place = { name, type, record: pending[0]!.record };
    if (algorithms.some((algorithm) => walk.withZsk.has(algorithm)))
      report('VERIFY-DATA-SIGNED-BY-KSK-ONLY', place, () => `${what(zone, name, type)} is signed by a key-signing key alone`);
  }
  return pending;
}

/** The fields that can be wrong without a key being at hand. */
function inspectFields(walk: Walk, name: number, rrset: number, rrsig: Rrsig, record: number): void {
  const { zone, report } = walk.inspection;
  const place: Place = { name, type: rrsig.covered, record };
  const text = (): string => whatSigned(zone, name, rrsig);
  const ttl = zone.rrsetTtl[rrset]!;
  const labels = signedLabels(zone, name);
  const check = (id: RuleId, found: number, expected: number, field: string): void => {
    if (found !== expected)
      report(id, { ...place, found: `${found}`, expected: `${expected}` }, () => `${text()}: ${field} is ${found}, not ${expected}`);
  };
  check('VERIFY-RRSIG-LABELS', rrsig.labels, labels, 'labels field');
  check('VERIFY-RRSIG-ORIGINAL-TTL', rrsig.originalTtl, ttl, 'original TTL');
  check('VERIFY-RRSIG-TTL', zone.recordTtl[record]!, ttl, 'TTL of the RRSIG');
  walk.checkTimes(rrsig, ttl, place, text);
}

/** Keys that may have made the signature; empty if there are none. */
function signersOf(walk: Walk, name: number, rrsig: Rrsig, record: number): readonly ZoneKey[] {
  const { zone, report } = walk.inspection;
  const place: Place = { name, type: rrsig.covered, record };
  const signer = zone.wire.subarray(rrsig.signerAt, rrsig.signatureAt);
  if (!equalBytes(signer, walk.signer) && !equalBytes(lowerCaseName(signer), walk.signer)) {
    const values = { found: printName(signer), expected: printName(walk.signer) };
    report(
      'VERIFY-RRSIG-SIGNER',
      { ...place, ...values },
      () => `${whatSigned(zone, name, rrsig)}: signer is ${values.found}, not ${values.expected}`,
    );
    return [];
  }
  const keys = walk.keys.get(rrsig.algorithm * 65536 + rrsig.keyTag) ?? [];
  if (keys.length === 0)
    report('VERIFY-RRSIG-UNKNOWN-KEY', place, () => `${whatSigned(zone, name, rrsig)}: no such usable key in the DNSKEY RRset`);
  return keys;
}

/** A signature where RFC 4035 2.2 wants none: no answer of this zone can use it. */
function reportNeedless(walk: Walk, name: number, rrsig: Rrsig, record: number): void {
  const { zone, kinds, report } = walk.inspection;
  const place: Place = { name, type: rrsig.covered, record };
  const isAddress = rrsig.covered === TYPE.A || rrsig.covered === TYPE.AAAA;
  if (kinds[name] === KIND.delegation && rrsig.covered === TYPE.NS)
    report('VERIFY-SIGNED-DELEGATION-NS', place, () => `${whatSigned(zone, name, rrsig)} signs the NS RRset of a delegation`);
  else if (kinds[name] === KIND.delegation || isAddress)
    report('VERIFY-SIGNED-GLUE', place, () => `${whatSigned(zone, name, rrsig)} signs glue`);
  else report('VERIFY-SIGNED-OCCLUDED', place, () => `${whatSigned(zone, name, rrsig)} signs data below a delegation or a DNAME`);
}

/** RRSIGs that cover nothing. */
function reportStray(walk: Walk, name: number, signatures: readonly Signature[]): void {
  const { zone, report } = walk.inspection;
  for (const { rrsig, record } of signatures) {
    if (rrsig.covered !== TYPE.RRSIG && findRrset(zone, name, rrsig.covered) >= 0) continue;
    report('VERIFY-RRSIG-NO-RRSET', { name, type: rrsig.covered, record }, () =>
      rrsig.covered === TYPE.RRSIG
        ? `${whatSigned(zone, name, rrsig)}: RRSIGs are not signed (RFC 4035 2.2)`
        : `${whatSigned(zone, name, rrsig)}: there is no such RRset`,
    );
  }
}

/** RFC 4034 3.1.3: labels without the root and without a leading `*`. */
function signedLabels(zone: Zone, name: number): number {
  const at = zone.nameAt[name]!;
  return labelCount(zone.wire, at) - (u16(zone.wire, at) === 0x012a ? 1 : 0);
}

function what(zone: Zone, name: number, type: number): string {
  return `${printName(nameOf(zone, name))} ${typeMnemonic(type)}`;
}

function whatSigned(zone: Zone, name: number, rrsig: Rrsig): string {
  const key = keyLabel({ tag: rrsig.keyTag, algorithm: rrsig.algorithm });
  return `RRSIG over ${what(zone, name, rrsig.covered)} by ${key} until ${timeText(rrsig.expiration)}`;
}
