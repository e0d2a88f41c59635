import { toHex } from '../../signer/dns/bytes.ts';
import { printName } from '../../signer/dns/name.ts';
import { TYPE, typeMnemonic } from '../../signer/dns/rrtype.ts';
import { algorithmLabel } from '../../signer/dnssec/algorithm.ts';
import { DIGEST, dsRdata } from '../../signer/dnssec/dnskey.ts';
import type { Finding } from '../../signer/finding.ts';
import type { SignedZone } from '../../signer/plan-data.ts';
import type { PreparedZone } from '../../signer/prepare.ts';
import { NAME_KIND } from '../../signer/zone/cuts.ts';
import { findRrset, rdataOf } from '../../signer/zone/zone.ts';
import { isRevoked, signsKeys } from '../../signer/zone-key.ts';
import { isoText } from '../config/time-text.ts';
import type { Io } from '../io.ts';
import { writeFileAtomically } from '../workspace/atomic-file.ts';
import type { Written } from './output.ts';

export interface ReportInput {
  readonly output: string;
  readonly verification: 'every-signature' | 'off-for-benchmark';
  readonly now: number;
  readonly prepared: PreparedZone;
  readonly previousSerial: number | undefined;
  readonly signed: SignedZone;
  readonly written: Written;
  readonly findings: readonly Finding[];
  readonly seconds: Readonly<Record<string, number>>;
}

/** The sign report: what was in, what was done, what is out. `format` 1. */
export function signReport({ output, verification, now, prepared, previousSerial, signed, written, findings, seconds }: ReportInput) {
  const { plan } = signed;
  const { zone, denial, jobs, keys, policy } = plan;
  const counts = { ...written.counts };
  const { first, last } = expirationRange(signed);
  const soa = rdataOf(zone, zone.rrsetFirstRecord[findRrset(zone, 0, TYPE.SOA)]!);
  return {
    format: 1,
    zone: printName(zone.apex),
    now: isoText(now),
    serial: prepared.serial,
    inputSerial: prepared.inputSerial,
    ...(previousSerial === undefined ? {} : { previousSerial }),
    output: { file: output, records: written.records, octets: written.octets, sha256: written.sha256 },
    input: { duplicates: zone.left.duplicates.length, outOfZone: zone.left.outOfZone.length, stripped: prepared.stripped },
    policy: {
      signaturesValidity: policy.signaturesValidity,
      signaturesValidityDnskey: policy.signaturesValidityDnskey,
      signaturesRefresh: policy.signaturesRefresh,
      signaturesJitter: policy.signaturesJitter,
      inceptionOffset: policy.inceptionOffset,
    },
    soaExpire: new DataView(soa.buffer, soa.byteOffset).getUint32(soa.length - 8),
    names: nameCounts(signed),
    rrsets: rrsetCounts(signed),
    denial: {
      kind: denial.kind,
      records: denial.count,
      ttl: denial.ttl,
      ...(policy.denial.kind === 'nsec3'
        ? { optOut: policy.denial.optOut, iterations: policy.denial.iterations, salt: toHex(policy.denial.salt) }
        : {}),
    },
    signatures: {
      total: jobs.count,
      ...counts,
      verification,
      earliestExpiration: isoText(first),
      latestExpiration: isoText(last),
    },
    // One trial signature per key proves, before the work begins, that the token holds the key it is believed to hold.
    hsmOperations: counts.made + keys.length,
    keys: keys.map(({ role, key }, i) => ({
      role,
      keyTag: key.keyTag,
      algorithm: algorithmLabel(key.algorithm),
      signatures: jobs.key.subarray(0, jobs.count).reduce((sum, k) => sum + (k === i ? 1 : 0), 0),
    })),
    // A DS of a revoked key validates nothing (RFC 5011 2.1).
    ds: keys
      .filter((key) => signsKeys(key) && !isRevoked(key))
      .flatMap(({ key }) => [DIGEST.sha256, DIGEST.sha384].map((type) => dsText(zone.apex, key.dnskey, type))),
    findings,
    seconds,
  };
}

export type SignReport = ReturnType<typeof signReport>;

function dsText(apex: Uint8Array, dnskey: Uint8Array, digestType: number): string {
  const ds = dsRdata(apex, dnskey, digestType);
  return `${printName(apex)} IN DS ${(ds[0]! << 8) | ds[1]!} ${ds[2]} ${ds[3]} ${toHex(ds.subarray(4)).toUpperCase()}`;
}

function expirationRange({ plan: { jobs } }: SignedZone): { readonly first: number; readonly last: number } {
  const times = jobs.expiration.subarray(0, jobs.count);
  return { first: times.reduce((a, b) => Math.min(a, b), 0xffff_ffff), last: times.reduce((a, b) => Math.max(a, b), 0) };
}

function nameCounts({ plan: { zone, kinds } }: SignedZone) {
  let secure = 0;
  let delegations = 0;
  let authoritative = 0;
  let glueNames = 0;
  let occludedByDname = 0;
  for (let i = 0; i < zone.nameCount; i++) {
    const kind = kinds[i]!;
    if (kind === NAME_KIND.authoritative) authoritative++;
    else if (kind === NAME_KIND.delegation) {
      delegations++;
      if (findRrset(zone, i, TYPE.DS) >= 0) secure++;
    } else if (kind === NAME_KIND.belowCut) glueNames++;
    else occludedByDname++;
  }
  return {
    authoritative,
    secureDelegations: secure,
    insecureDelegations: delegations - secure,
    belowDelegations: glueNames,
    belowDname: occludedByDname,
  };
}

function rrsetCounts({ plan: { zone, kinds } }: SignedZone) {
  const byType = new Map<number, number>();
  let signedRrsets = 0;
  let glue = 0;
  for (let r = 0; r < zone.rrsetCount; r++) {
    const type = zone.rrsetType[r]!;
    const kind = kinds[zone.rrsetName[r]!]!;
    byType.set(type, (byType.get(type) ?? 0) + 1);
    if (kind === NAME_KIND.authoritative || (kind === NAME_KIND.delegation && type === TYPE.DS)) signedRrsets++;
    if (kind === NAME_KIND.belowCut && (type === TYPE.A || type === TYPE.AAAA)) glue++;
  }
  return {
    total: zone.rrsetCount,
    signed: signedRrsets,
    glue,
    byType: Object.fromEntries([...byType].sort(([a], [b]) => a - b).map(([type, count]) => [typeMnemonic(type), count])),
  };
}

/** The report in a few lines. */
function summaryLines(report: SignReport): string[] {
  const { names, rrsets, signatures, denial, seconds } = report;
  const stripped = Object.entries(report.input.stripped).map(([type, count]) => `${count} ${type}`);
  return [
    `${report.zone} serial ${report.serial} signed into ${report.output.file}: ${report.output.records} records, ${report.output.octets} octets`,
    `  RRsets        ${rrsets.total}, signed ${rrsets.signed}, glue ${rrsets.glue}`,
    `  delegations   ${names.secureDelegations} secure, ${names.insecureDelegations} insecure`,
    `  denial        ${denial.kind === 'nsec' ? 'NSEC' : `NSEC3${denial.optOut ? ' opt-out' : ''}`}, ${denial.records} records`,
    `  signatures    ${signatures.made} made, ${signatures.kept} kept${signatures.keptButBad > 0 ? `, ${signatures.keptButBad} of the previous zone were bad and made anew` : ''}`,
    `  expire        ${signatures.earliestExpiration} to ${signatures.latestExpiration}`,
    ...report.keys.map((k) => `  key           ${k.role.toUpperCase()} ${k.keyTag} ${k.algorithm}, ${k.signatures} signatures`),
    ...(stripped.length > 0 ? [`  stripped      ${stripped.join(', ')} left out: the signer makes its own where they are wanted`] : []),
    ...(report.input.outOfZone > 0 ? [`  left out      ${report.input.outOfZone} records that are not in the zone`] : []),
    `  seconds       ${Object.entries(seconds)
      .map(([phase, s]) => `${phase} ${s}`)
      .join(', ')}`,
    ...report.ds.map((ds) => `  DS            ${ds}`),
  ];
}

/** To standard output as text or JSON, and to the report file if one is wanted. */
export function printReport(
  report: SignReport,
  { json, report: path }: { readonly json: boolean; readonly report?: string },
  io: Io,
): void {
  const document = `${JSON.stringify(report, undefined, 2)}\n`;
  if (path !== undefined) writeFileAtomically(path, document);
  io.out.write(json ? document : `${summaryLines(report).join('\n')}\n`);
}

/** What the operator should know although the zone was signed. */
export function* warnings({ serial, previousSerial, signatures, policy, soaExpire }: SignReport): Generator<string> {
  if (policy.signaturesRefresh < soaExpire) {
    yield `warning: signatures are kept until ${policy.signaturesRefresh} s before they expire, but a secondary may serve the zone for ${soaExpire} s (SOA expire): lengthen --refresh and --validity`;
  }

  if (signatures.verification === 'off-for-benchmark') {
    yield 'warning: signatures were not verified (--verification off): do not publish this zone';
  }
  if (serial === previousSerial && signatures.made > 0) {
    yield `warning: ${signatures.made} signatures are new, but the serial is still ${serial}: secondaries will not take the zone`;
  }
  if (signatures.keptButBad > 0) {
    yield `warning: ${signatures.keptButBad} signatures of the previous zone did not verify and were made anew: find out how they got there`;
  }
  if (signatures.resumedButBad !== undefined) {
    yield `warning: ${signatures.resumedButBad} signatures of the interrupted run did not verify and were made anew: look at the disk`;
  }
}
