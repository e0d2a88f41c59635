import type { Finding } from '../../signer/finding.ts';
import { isoText } from '../config/time-text.ts';
import type { ReleaseDraft } from './make-release.ts';
import { RELEASE_FILES } from './manifest.ts';
import type { WrittenZone } from './unsigned-file.ts';

/** What was in, what is out, of a zone without signatures. `format` 1; the members that a sign report has too are called the same. */
export interface UnsignedReport {
  readonly format: 1;
  readonly zone: string;
  readonly now: string;
  readonly serial: number;
  readonly inputSerial: number;
  readonly previousSerial?: number;
  readonly output: WrittenZone & { readonly file: string };
  readonly input: { readonly duplicates: number; readonly outOfZone: number; readonly stripped: Readonly<Record<string, number>> };
  readonly findings: readonly Finding[];
  readonly seconds: Readonly<Record<string, number>>;
}

export function unsignedReport(
  { zone, prepared, previous, findings }: ReleaseDraft,
  { records, octets, sha256 }: WrittenZone,
  now: number,
  seconds: Readonly<Record<string, number>>,
): UnsignedReport {
  const { duplicates, outOfZone } = prepared.zone.left;
  return {
    format: 1,
    zone: zone.name,
    now: isoText(now),
    serial: prepared.serial,
    inputSerial: prepared.inputSerial,
    ...(previous === undefined ? {} : { previousSerial: previous.serial }),
    output: { file: RELEASE_FILES.unsigned, records, octets, sha256 },
    input: { duplicates: duplicates.length, outOfZone: outOfZone.length, stripped: prepared.stripped },
    findings,
    seconds,
  };
}
