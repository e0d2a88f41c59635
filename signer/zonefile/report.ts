import { latin1 } from '../dns/bytes.ts';
import type { Finding } from '../finding.ts';
import type { Position } from './lexer.ts';
import { SEVERITY, type ZoneFileFindingId } from './rules.ts';

/** Errors after which the rest of a file is not read, and warnings after which no more are listed. */
export const MAX_FINDINGS = 100;

/** What a reader says about one place: rule, what stands there and what should. */
export interface Complaint {
  readonly id: ZoneFileFindingId;
  readonly text: string;
  /** Mnemonic of the RR type concerned. */
  readonly type?: string;
  readonly found?: string;
  readonly expected?: string;
}

/** Collects the findings of one reading, up to a limit. */
export interface Report {
  readonly findings: Finding[];
  readonly limit: number;
  errors: number;
  warnings: number;
  /** The limit of errors is reached: reading stops. */
  full: boolean;
}

export function newReport(limit: number = MAX_FINDINGS): Report {
  return { findings: [], limit, errors: 0, warnings: 0, full: false };
}

/** Adds a finding; at the limit one that says so, and nothing after it. */
export function complain(report: Report, complaint: Complaint, file: string, position: Position): void {
  const severity = SEVERITY[complaint.id];
  const count = severity === 'error' ? ++report.errors : ++report.warnings;
  if (report.full || count > report.limit + 1) return;
  const { line, column } = position;
  if (count <= report.limit) report.findings.push({ severity, ...complaint, file, line, column });
  else {
    const last = severity === 'error' ? tooManyErrors(report.limit) : moreWarnings(report.limit);
    report.findings.push({ severity, ...last, file, line, column });
    report.full = severity === 'error';
  }
}

function tooManyErrors(limit: number): Complaint {
  return { id: 'ZONEFILE-TOO-MANY-ERRORS', text: `more than ${limit} errors: the rest was not read` };
}

function moreWarnings(limit: number): Complaint {
  return { id: 'ZONEFILE-MORE-WARNINGS', text: `more than ${limit} warnings: the others are not listed` };
}

/** `what: expected …, found …` */
export function mismatch(id: ZoneFileFindingId, what: string, expected: string, found: string): Complaint {
  const shown = quoteFound(found);
  return { id, text: `${what}: expected ${expected}, found ${shown}`, found: shown, expected };
}

const MAX_SHOWN = 60;

/** Text from the file, one octet a character, made safe to print: shortened, unprintable octets as `\DDD`. */
export function quoteFound(text: string): string {
  const cut = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
  let safe = '';
  for (const character of cut) {
    const code = character.charCodeAt(0);
    safe += (code >= 0x20 && code < 0x7f) || code > 0xff ? character : `\\${code.toString().padStart(3, '0')}`;
  }
  return safe;
}

/** The text of a span, no more of it than is shown. */
export function spanText(bytes: Uint8Array, start: number, end: number): string {
  return latin1(bytes, start, Math.min(end, start + MAX_SHOWN + 1));
}
