import { printName, type WireName } from '../../signer/dns/name.ts';
import { Refusal } from '../../signer/errors.ts';
import type { Finding } from '../../signer/finding.ts';
import { checkZone } from '../../signer/zone/checks/check-zone.ts';
import { buildZone, type Zone } from '../../signer/zone/zone.ts';
import { readZoneFile, type ZoneFileReading } from '../../signer/zonefile/parse.ts';
import { printZone } from '../../signer/zonefile/print-zone.ts';
import type { Io } from '../io.ts';
import { countBySeverity, findingSummary, printFindings, sortFindings } from '../print/findings.ts';
import { writeAll } from '../print/stream.ts';
import { readPreviousZone } from '../sign/inputs.ts';
import { zoneFileOpener } from '../workspace/zone-source.ts';

export interface ZoneCheckOptions {
  /** `-` for standard input. */
  readonly file: string;
  readonly apex: WireName;
  /** Print the zone instead of the findings, which then go to standard error. */
  readonly generic: boolean;
  readonly json: boolean;
  readonly includeRoot?: string;
  /** Zone file whose serial the zone must be ahead of. */
  readonly previous?: string;
  /** Seconds. */
  readonly zoneMaxTtl?: number;
}

/** `zone check`: zone file → records → zone → findings. @returns exit status: 1 if any of them is an error */
export async function zoneCheck(options: ZoneCheckOptions, io: Io): Promise<number> {
  refuseTwoForms(options);
  const reading = readZoneFile(zoneFileOpener(options.includeRoot), options.file, options.apex);
  const zone = buildZone(reading.store, options.apex);
  const findings = allFindings(reading, zone, options);
  const { error } = countBySeverity(findings);
  if (options.json) io.out.write(`${JSON.stringify(checkReport(options, zone, reading, findings), undefined, 2)}\n`);
  else printCheck(options, zone, reading, findings, io);
  if (options.generic && error === 0) await writeAll(io.out, printZone(zone, 'generic'));
  return error > 0 ? 1 : 0;
}

function refuseTwoForms({ generic, json }: ZoneCheckOptions): void {
  if (generic && json)
    throw new Refusal('usage/two-formats', '--generic and --json both ask for standard output', 'run the command once with each');
}

/** A zone that could be read in part only would be judged wrongly, so its checks wait until the file is in order. */
function allFindings(reading: ZoneFileReading, zone: Zone, { apex, previous, zoneMaxTtl }: ZoneCheckOptions): readonly Finding[] {
  if (reading.errors > 0) return sortFindings(reading.findings, reading.store.sources);
  const checks = checkZone(zone, {
    records: reading.store,
    ...(previous === undefined ? {} : { previousSerial: readPreviousZone(previous, apex).serial }),
    ...(zoneMaxTtl === undefined ? {} : { zoneMaxTtl }),
  });
  return sortFindings([...reading.findings, ...checks], reading.store.sources);
}

function printCheck({ apex, generic }: ZoneCheckOptions, zone: Zone, reading: ZoneFileReading, findings: readonly Finding[], io: Io): void {
  const to = generic ? io.err : io.out;
  const left = reading.errors > 0 ? '; the zone itself is checked once the file can be read' : '';
  printFindings(findings, to);
  to.write(`${printName(apex)}: ${zone.recordCount} records, ${zone.nameCount} names: ${findingSummary(findings)}${left}\n`);
}

/** What `--json` prints. `format` 1. */
function checkReport({ file, apex }: ZoneCheckOptions, zone: Zone, reading: ZoneFileReading, findings: readonly Finding[]) {
  const { error, warning, info } = countBySeverity(findings);
  return {
    format: 1,
    zone: printName(apex),
    file,
    readable: reading.errors === 0,
    records: zone.recordCount,
    rrsets: zone.rrsetCount,
    names: zone.nameCount,
    errors: error,
    warnings: warning,
    infos: info,
    findings,
  };
}
