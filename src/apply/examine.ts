import { parseName } from '../../signer/dns/name.ts';
import { serialFollows } from '../../signer/dns/serial.ts';
import { Refusal } from '../../signer/errors.ts';
import type { Finding } from '../../signer/finding.ts';
import type { VerifyOptions } from '../../signer/verify/options.ts';
import { makeInProcessChecker } from '../../signer/verify/public-key.ts';
import { type VerifyCounts, verifyZone } from '../../signer/verify/verify-zone.ts';
import { checkZone } from '../../signer/zone/checks/check-zone.ts';
import { readCatalog } from '../catalog/read-catalog.ts';
import { type Io, note } from '../io.ts';
import { countBySeverity, printFindings } from '../print/findings.ts';
import { reportProgress } from '../print/progress.ts';
import type { Bundle } from '../release/bundle.ts';
import type { ExpectedForms } from '../release/expected-forms.ts';
import type { Verdict } from '../release/judges.ts';
import { readSignedFile, type SignedReading } from '../release/signed-file.ts';
import { judgeUnsigned } from '../release/unsigned-gate.ts';
import { contentsOfZone } from '../release/zone-contents.ts';
import type { PreviousZone } from '../sign/inputs.ts';
import { CheckerPool } from '../verify/checker-pool.ts';
import { countSignatures } from '../verify/count-signatures.ts';
import type { JudgeWish } from './apply-config.ts';
import { serialBackwards } from './apply-state.ts';
import { askJudges } from './ask-judges.ts';
import { checkCompanions } from './companions.ts';
import { expectedOf } from './expectations.ts';

/** Fewer than these are verified before a thread has started. */
const IN_PROCESS_SIGNATURES = 3000;

export interface ExamineOptions {
  /** Unix seconds. */
  readonly now: number;
  readonly nowGiven: boolean;
  /** DS RDATA that the parent has. */
  readonly ds?: readonly Uint8Array[];
  /** What is served now. */
  readonly previous?: PreviousZone;
  /** Seconds; as {@link VerifyOptions.margin}. */
  readonly margin?: number;
  readonly threads?: number;
  readonly judges: JudgeWish;
}

export interface Examination {
  readonly records: number;
  /** None of them an error. */
  readonly findings: readonly Finding[];
  /** Of a signed zone. */
  readonly counts: VerifyCounts | undefined;
  /** Of a catalog. */
  readonly members: number | undefined;
  readonly verdicts: readonly Verdict[];
}

/**
 * The complete check of the zone of a release: it is the one that the manifest means, every rule of the verifier holds, what stands beside it agrees, and the judges accept.
 * A zone that is unsigned has nothing of what signing makes; a catalog zone is held against RFC 9432.
 * @param zoneFile copy of the zone file of the bundle, or that file itself
 * @throws Refusal release/bad-file, release/other-zone, release/other-serial, release/bad-zone, release/disagrees, release/bad-catalog, release/judges
 */
export async function examine(bundle: Bundle, zoneFile: string, options: ExamineOptions, io: Io): Promise<Examination> {
  const { manifest } = bundle;
  const reading = readSignedFile(zoneFile, parseName(manifest.zone), options.now);
  refuseOther(bundle, reading);
  if (options.previous !== undefined && !serialFollows(manifest.serial, options.previous.serial))
    throw serialBackwards(manifest.zone, manifest.serial, options.previous.serial, 'the serial of the previous zone');
  switch (manifest.kind) {
    case 'catalog':
      return examineCatalog(bundle, reading);
    case 'unsigned':
      return await examineUnsigned(bundle, reading, zoneFile, options, io);
    case 'zone':
      return await examineSigned(bundle, reading, zoneFile, options, io);
  }
}

function examineCatalog({ manifest }: Bundle, { zone, findings }: SignedReading): Examination {
  refuseSignedWords(manifest);
  const { members } = readCatalog(zone);
  return { records: zone.recordCount, findings, counts: undefined, members: members.length, verdicts: [] };
}

async function examineUnsigned(
  bundle: Bundle,
  reading: SignedReading,
  zoneFile: string,
  options: ExamineOptions,
  io: Io,
): Promise<Examination> {
  const { manifest } = bundle;
  refuseSignedWords(manifest);
  const { verdict, text } = judgeUnsigned(reading);
  if (verdict === 'fail') throw badZone(manifest.zone, manifest.serial, text, 1);
  refuseDsOfUnsigned(bundle, options);
  const findings = [...reading.findings, ...checkZone(reading.zone, {}).filter(({ severity }) => severity !== 'info')];
  refuseErrors(bundle, findings, io);
  const verdicts = await askJudges(options.judges, { ...options, file: zoneFile, origin: manifest.zone, contents: 'unsigned' });
  return { records: reading.zone.recordCount, findings, counts: undefined, members: undefined, verdicts };
}

async function examineSigned(
  bundle: Bundle,
  reading: SignedReading,
  zoneFile: string,
  options: ExamineOptions,
  io: Io,
): Promise<Examination> {
  const { manifest } = bundle;
  const result = await verify(reading, options, expectedOf(manifest, reading.zone), io);
  const findings = [...reading.findings, ...result.findings];
  refuseErrors(bundle, findings, io);
  checkCompanions(bundle, reading.zone, reading.signed);
  if (options.nowGiven && options.judges.names !== 'all' && options.judges.names.includes('dnssec-verify'))
    note(io, 'dnssec-verify knows only the clock of this machine, and is not asked about another time');
  const judged = { ...options, file: zoneFile, origin: manifest.zone, contents: contentsOfZone(reading.zone) };
  const verdicts = await askJudges(options.judges, judged);
  return { records: reading.zone.recordCount, findings, counts: result.counts, members: undefined, verdicts };
}

/** RFC 4035 5.2: below a DS that a resolver can use everything must be signed. */
function refuseDsOfUnsigned({ manifest }: Bundle, { ds = [] }: ExamineOptions): void {
  if (ds.length === 0) return;
  const text = `the parent has ${ds.length} DS records, and the zone has no signatures: resolvers find it bogus`;
  throw badZone(manifest.zone, manifest.serial, text, 1);
}

/** Of a zone without signatures MANIFEST has neither keys nor times, and expects nothing of them. */
function refuseSignedWords({ kind, zone, serial, keys, expected, validFrom, validUntil }: Bundle['manifest']): void {
  const said = [
    ...(keys.length === 0 ? [] : [`${keys.length} keys`]),
    ...(expected.length === 0 ? [] : [`${expected.length} forms of a rollover`]),
    ...(validFrom === undefined && validUntil === undefined ? [] : ['times of signatures']),
  ];
  if (said.length === 0) return;
  throw new Refusal(
    'release/disagrees',
    `MANIFEST says that serial ${serial} of ${zone} is of the kind ${kind}, which has no signatures, and lists ${said.join(' and ')}`,
    'the release was not made by a sound signing side: do not use it, and have it made anew',
  );
}

/** The zone that was read is the one whose hash is signed, and manifest and zone name the same zone and serial. */
function refuseOther({ manifest }: Bundle, { signed, zone, findings, errors }: SignedReading): void {
  const { zone: name, serial } = manifest;
  const listed = manifest.files.find(({ sha256 }) => sha256 === signed.sha256);
  if (listed === undefined) {
    throw new Refusal(
      'release/bad-file',
      `the zone file has the sha256 ${signed.sha256} at the second reading, and MANIFEST does not name it`,
      'somebody writes to the folder, or the medium is failing: copy the release to a disk and try again',
    );
  }
  if (signed.serial === undefined) {
    const first = findings.find(({ severity }) => severity === 'error');
    throw new Refusal(
      'release/other-zone',
      `MANIFEST says ${name}, but the zone file has no SOA record of that name${errors === 0 ? '' : `; the first of ${errors} errors is in line ${first?.line}: ${first?.text}`}`,
      'the release was not made by a sound signing side: do not use it, and have it made anew',
    );
  }
  if (signed.serial !== serial) {
    throw new Refusal(
      'release/other-serial',
      `MANIFEST says serial ${serial}, the SOA of ${name} says ${signed.serial}`,
      'the release was not made by a sound signing side: do not use it, and have it made anew',
    );
  }
  if (zone.left.outOfZone.length > 0 || errors > 0) {
    const first = findings.find(({ severity }) => severity === 'error');
    throw badZone(name, serial, first?.text ?? `${zone.left.outOfZone.length} records are outside of the zone`, Math.max(1, errors));
  }
}

async function verify({ zone }: SignedReading, options: ExamineOptions, expected: ExpectedForms, io: Io) {
  const { now, ds, previous, margin, threads } = options;
  const signatures = countSignatures(zone);
  await using pool = signatures > IN_PROCESS_SIGNATURES ? new CheckerPool(threads) : undefined;
  using progress = reportProgress('verify', signatures, io.err);
  const rules: VerifyOptions = {
    ...expected,
    now,
    checker: pool ?? makeInProcessChecker(),
    onProgress: (done) => progress.report(done),
    ...(ds === undefined ? {} : { ds }),
    ...(previous === undefined ? {} : { previous: previous.zone, allowChanges: true }),
    ...(margin === undefined ? {} : { margin }),
  };
  return await verifyZone(zone, rules);
}

function refuseErrors({ manifest }: Bundle, findings: readonly Finding[], io: Io): void {
  const { error } = countBySeverity(findings);
  if (error === 0) return;
  printFindings(findings, io.err);
  const first = findings.find(({ severity }) => severity === 'error')!;
  throw badZone(manifest.zone, manifest.serial, `${first.id}: ${first.text}`, error);
}

function badZone(zone: string, serial: number, first: string, errors: number): Refusal {
  return new Refusal(
    'release/bad-zone',
    `serial ${serial} of ${zone} does not verify: ${errors} ${errors === 1 ? 'error' : 'errors'}, the first: ${first}`,
    'do not use the release; keep it, and have a new one made',
  );
}
