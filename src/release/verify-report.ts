import type { Finding } from '../../signer/finding.ts';
import type { VerifyCounts } from '../../signer/verify/verify-zone.ts';
import { isoText } from '../config/time-text.ts';
import { countBySeverity } from '../print/findings.ts';
import { VERSION } from '../version.ts';
import type { VerifyReport } from './gate-types.ts';

export interface VerifyReportInput {
  /** Absolute name. */
  readonly zone: string;
  readonly serial: number | undefined;
  /** Unix seconds at which the signatures were judged. */
  readonly now: number;
  readonly findings: readonly Finding[];
  readonly counts: VerifyCounts | undefined;
}

/** What the verifier of this program has found, as it travels with the release. */
export function verifyReport({ zone, serial, now, findings, counts }: VerifyReportInput): VerifyReport {
  const { error, warning, info } = countBySeverity(findings);
  return {
    format: 1,
    zone,
    serial,
    now: isoText(now),
    version: VERSION,
    good: error === 0 && counts !== undefined,
    errors: error,
    warnings: warning,
    infos: info,
    counts,
    findings,
  };
}
