import { printName, type WireName } from '../../signer/dns/name.ts';
import { Refusal } from '../../signer/errors.ts';
import type { Finding } from '../../signer/finding.ts';
import type { VerifyOptions } from '../../signer/verify/options.ts';
import { type VerifyResult, verifyZone } from '../../signer/verify/verify-zone.ts';
import { buildZone, type Zone } from '../../signer/zone/zone.ts';
import { readZoneFile } from '../../signer/zonefile/parse.ts';
import { readClock } from '../config/time-text.ts';
import type { Io } from '../io.ts';
import { countBySeverity, findingLine, findingSummary, sortFindings } from '../print/findings.ts';
import { reportProgress } from '../print/progress.ts';
import { CheckerPool } from '../verify/checker-pool.ts';
import { countSignatures } from '../verify/count-signatures.ts';
import { readDsFile } from '../workspace/apex-records.ts';
import { zoneFileOpener } from '../workspace/zone-source.ts';

export interface ZoneVerifyOptions {
  /** The signed zone; `-` for standard input. */
  readonly file: string;
  readonly apex: WireName;
  /** File with the DS records that the parent has. */
  readonly ds?: string;
  /** The signed zone that this one replaces. */
  readonly previous?: string;
  /** Unix seconds; default: the clock. */
  readonly now?: number;
  /** Seconds that each signature must still be valid; default: three days, the TTL and the SOA expire value. */
  readonly margin?: number;
  /** Differences from `previous` are meant. */
  readonly allowChanges?: boolean;
  /** CDS and CDNSKEY that ask for the removal of the DS RRset are meant. */
  readonly allowDelete?: boolean;
  /** NSEC3 iterations that are still good. */
  readonly maxIterations?: number;
  readonly includeRoot?: string;
  /** Default: as many as the machine runs at a time. */
  readonly threads?: number;
  readonly json?: boolean;
}

/** `zone verify`: signed zone file → zone → every rule of the verifier → findings and verdict. @returns exit status, 1 on any error */
export async function zoneVerify(options: ZoneVerifyOptions, io: Io): Promise<number> {
  const now = options.now ?? readClock();
  const reading = readZoneFile(zoneFileOpener(options.includeRoot), options.file, options.apex);
  const zone = buildZone(reading.store, options.apex);
  const result = reading.errors > 0 ? undefined : await examine(zone, options, now, io);
  const findings = sortFindings([...reading.findings, ...(result?.findings ?? [])], reading.store.sources);
  const errors = countBySeverity(findings).error;
  if (options.json) io.out.write(`${JSON.stringify(toJson(options, now, findings, result), undefined, 2)}\n`);
  else printResult(options, findings, result, io);
  return errors === 0 ? 0 : 1;
}

async function examine(zone: Zone, options: ZoneVerifyOptions, now: number, io: Io): Promise<VerifyResult> {
  const ds = options.ds === undefined ? undefined : readDsFile(options.ds, options.apex);
  const previous = options.previous === undefined ? undefined : readPrevious(options.previous, options.apex);
  await using checker = new CheckerPool(options.threads);
  using progress = reportProgress('verify', countSignatures(zone), io.err);
  const { margin, maxIterations, allowChanges, allowDelete } = options;
  const rules: VerifyOptions = {
    now,
    checker,
    onProgress: (done) => progress.report(done),
    ...(ds === undefined ? {} : { ds }),
    ...(previous === undefined ? {} : { previous }),
    ...(margin === undefined ? {} : { margin }),
    ...(maxIterations === undefined ? {} : { maxIterations }),
    ...(allowChanges === undefined ? {} : { allowChanges }),
    ...(allowDelete === undefined ? {} : { allowDelete }),
  };
  return await verifyZone(zone, rules);
}

/** @throws Refusal verify/previous */
function readPrevious(file: string, apex: WireName): Zone {
  const { store, findings, errors } = readZoneFile(zoneFileOpener(), file, apex);
  if (errors === 0) return buildZone(store, apex);
  throw new Refusal(
    'verify/previous',
    `the previous zone ${file} cannot be read: ${firstError(findings)}`,
    'give the signed zone that is served now',
  );
}

function firstError(findings: readonly Finding[]): string {
  const first = findings.find(({ severity }) => severity === 'error');
  return first === undefined ? 'it has errors' : `line ${first.line}: ${first.text}`;
}

/** What `--json` prints. `format` 1. */
function toJson(options: ZoneVerifyOptions, now: number, findings: readonly Finding[], result: VerifyResult | undefined) {
  const { error, warning, info } = countBySeverity(findings);
  return {
    format: 1,
    zone: printName(options.apex),
    file: options.file,
    now,
    good: error === 0,
    errors: error,
    warnings: warning,
    infos: info,
    counts: result?.counts,
    findings,
  };
}

function printResult(options: ZoneVerifyOptions, findings: readonly Finding[], result: VerifyResult | undefined, io: Io): void {
  io.out.write(findings.map((finding) => `${findingLine(finding)}\n`).join(''));
  if (result !== undefined) {
    const { counts } = result;
    io.out.write(
      `${counts.names} names, ${counts.rrsets} RRsets, ${counts.signedRrsets} of them to be signed, ${counts.keys} keys, ` +
        `${counts.denialRecords} denial records; ${counts.goodSignatures} of ${counts.signatures} signatures verify\n`,
    );
  }
  const verdict = countBySeverity(findings).error === 0 ? 'good' : 'bad';
  io.out.write(`${printName(options.apex)}: ${verdict}: ${findingSummary(findings)}\n`);
}
