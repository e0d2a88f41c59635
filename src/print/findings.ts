import type { Finding, Severity } from '../../signer/finding.ts';

const SEVERITIES: readonly Severity[] = ['error', 'warning', 'info'];

/** Findings in the order of the files they are about (`sources`: as they were opened), by line and column. Those without a place come first. */
export function sortFindings(findings: readonly Finding[], sources: readonly string[]): readonly Finding[] {
  const rank = new Map(sources.map((name, i) => [name, i]));
  const fileOf = (finding: Finding): number => (finding.file === undefined ? -1 : (rank.get(finding.file) ?? sources.length));
  return findings.toSorted(
    (a, b) => fileOf(a) - fileOf(b) || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0) || compareText(a.id, b.id),
  );
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export function countBySeverity(findings: readonly Finding[]): Readonly<Record<Severity, number>> {
  const counts = { error: 0, warning: 0, info: 0 };
  for (const { severity } of findings) counts[severity]++;
  return counts;
}

/** `file:line:column: severity ID text`, one line a finding. */
export function findingLine({ file, line, column, severity, id, text }: Finding): string {
  const place = [file, line, column].filter((part) => part !== undefined && part !== 0).join(':');
  return `${place === '' ? '' : `${place}: `}${severity} ${id} ${text}`;
}

/** All findings as lines, each with its line feed. */
export function findingLines(findings: readonly Finding[]): string {
  return findings.map((finding) => `${findingLine(finding)}\n`).join('');
}

/** Writes the findings, one a line. */
export function printFindings(findings: readonly Finding[], to: { write(text: string): unknown }): void {
  if (findings.length > 0) to.write(findingLines(findings));
}

/** `2 errors, 1 warning`, or `no findings`. */
export function findingSummary(findings: readonly Finding[]): string {
  const counts = countBySeverity(findings);
  const parts = SEVERITIES.filter((severity) => counts[severity] > 0).map((severity) => plural(counts[severity], severity));
  return parts.length === 0 ? 'no findings' : parts.join(', ');
}

function plural(count: number, severity: Severity): string {
  const word = severity === 'info' ? 'note' : severity;
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
