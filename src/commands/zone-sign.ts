import type { WireName } from '../../signer/dns/name.ts';
import { planSigning } from '../../signer/plan.ts';
import { prepareZone } from '../../signer/prepare.ts';
import { newSignedZone } from '../../signer/sign.ts';
import { checkKeySet } from '../../signer/zone-key.ts';
import type { PolicyForZone } from '../config/sign-policy.ts';
import { type Io, note } from '../io.ts';
import { Stopwatch } from '../print/stopwatch.ts';
import { refuseUnsignable } from '../sign/gate.ts';
import { readDnskeys, readPreviousZone, readUnsignedZone, zoneTimes } from '../sign/inputs.ts';
import { keyChanges } from '../sign/key-change.ts';
import { writeSigned } from '../sign/output.ts';
import { refuseOverwriting } from '../sign/outputs-apart.ts';
import { printReport, signReport, warnings } from '../sign/report.ts';
import { openZoneKeys, type ZoneKeyOptions } from '../sign/zone-keys.ts';
import { zoneFileOpener } from '../workspace/zone-source.ts';

export interface ZoneSignOptions extends ZoneKeyOptions {
  readonly file: string;
  readonly apex: WireName;
  readonly output: string;
  /** File with DNSKEY records to publish beside those of the signing keys. */
  readonly publish?: string;
  /** Signed zone that is replaced. */
  readonly previous?: string;
  readonly includeRoot?: string;
  readonly policyFor: PolicyForZone;
  /** Unix seconds. */
  readonly now: number;
  /** File for the JSON report. */
  readonly report?: string;
  readonly json: boolean;
}

/** `zone sign`: zone file → records → zone → plan → signatures → signed zone file. @returns exit status */
export async function zoneSign(options: ZoneSignOptions, io: Io): Promise<number> {
  const { file, apex, now } = options;
  const watch = new Stopwatch();
  await using tokens = openZoneKeys(options, io);
  const input = watch.time('read', () => readUnsignedZone(file, apex, zoneFileOpener(options.includeRoot), io));
  refuseOverwriting(options, input.store.sources);
  const previous = options.previous === undefined ? undefined : watch.time('previous', () => readPreviousZone(options.previous!, apex));
  const published = options.publish === undefined ? [] : readDnskeys(options.publish, apex);
  const keys = await watch.wait('keys', tokens.keys());
  checkKeySet(keys, published);
  if (previous !== undefined) for (const text of keyChanges(previous.zone, keys, published)) note(io, text);
  const policy = options.policyFor(zoneTimes(input.store));
  const prepared = watch.time('sort', () =>
    prepareZone({ store: input.store, apex, keys, published, policy, now, previousSerial: previous?.serial }),
  );
  const findings = watch.time('check', () => refuseUnsignable(prepared.zone, input.store, input.findings, file, io));
  const plan = watch.time('plan', () => planSigning({ zone: prepared.zone, keys, policy, now, previous: previous?.zone }));
  const signed = newSignedZone(plan);
  const written = await watch.wait('sign', writeSigned(signed, tokens.check, options.output, io));
  const report = signReport({
    ...options,
    prepared,
    previousSerial: previous?.serial,
    signed,
    written,
    findings,
    seconds: watch.seconds(),
  });
  for (const text of warnings(report)) note(io, text);
  printReport(report, options, io);
  return 0;
}
