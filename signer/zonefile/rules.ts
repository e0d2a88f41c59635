import type { Severity } from '../finding.ts';

/** What can be wrong with a zone file; each ID is explained in docs/findings.md. */
export const SEVERITY = {
  'ZONEFILE-ENCODING': 'error',
  'ZONEFILE-NUL': 'error',
  'ZONEFILE-CONTROL': 'warning',
  'ZONEFILE-QUOTE-OPEN': 'error',
  'ZONEFILE-PAREN-OPEN': 'error',
  'ZONEFILE-PAREN-CLOSE': 'error',
  'ZONEFILE-ENTRY-TOO-LONG': 'error',
  'ZONEFILE-DIRECTIVE': 'error',
  'ZONEFILE-INCLUDE': 'error',
  'ZONEFILE-GENERATE': 'error',
  'ZONEFILE-GENERATE-LIMIT': 'error',
  'ZONEFILE-OWNER': 'error',
  'ZONEFILE-OWNER-MISSING': 'error',
  'ZONEFILE-OWNER-INHERITED': 'warning',
  'ZONEFILE-TTL': 'error',
  'ZONEFILE-TTL-MISSING': 'error',
  'ZONEFILE-TTL-RANGE': 'warning',
  'ZONEFILE-CLASS': 'error',
  'ZONEFILE-TYPE': 'error',
  'ZONEFILE-TYPE-META': 'error',
  'ZONEFILE-TYPE-RANGE': 'warning',
  'ZONEFILE-RDATA': 'error',
  'ZONEFILE-TOO-LARGE': 'error',
  'ZONEFILE-TOO-MANY-ERRORS': 'error',
  'ZONEFILE-MORE-WARNINGS': 'warning',
} as const satisfies Readonly<Record<string, Severity>>;

export type ZoneFileFindingId = keyof typeof SEVERITY;
