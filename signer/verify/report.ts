import { printName } from '../dns/name.ts';
import { typeMnemonic } from '../dns/rrtype.ts';
import type { Finding, Severity } from '../finding.ts';
import { nameOf, type Zone } from '../zone/zone.ts';
import { RULES, type RuleId } from './rules.ts';

/** Where a finding stands; what is absent is not printed. */
export interface Place {
  readonly name?: number;
  readonly type?: number;
  /** Index of a record: gives file and line. */
  readonly record?: number;
  /** Wire name where no name of the zone can be given (an empty non-terminal). */
  readonly owner?: Uint8Array;
  readonly found?: string;
  readonly expected?: string;
}

/** Takes findings. The text is only made if it will be kept. */
export type Report = (id: RuleId, place: Place, text: () => string, severity?: Severity) => void;

export interface Collector {
  readonly report: Report;
  /** By file and line, then in the order of reporting; a rule broken too often ends in one finding with the count. */
  finish(): readonly Finding[];
}

export const FINDINGS_PER_RULE = 100;

export function makeCollector(zone: Zone): Collector {
  const findings: Finding[] = [];
  const kept = new Map<RuleId, number>();
  const cut = new Map<RuleId, { count: number; severity: Severity }>();
  const report: Report = (id, place, text, severity = RULES[id]) => {
    const count = (kept.get(id) ?? 0) + 1;
    kept.set(id, count);
    if (count <= FINDINGS_PER_RULE) findings.push({ id, severity, text: text(), ...describePlace(zone, place) });
    else {
      const before = cut.get(id);
      cut.set(id, { count: (before?.count ?? 0) + 1, severity: worse(severity, before?.severity ?? 'info') });
    }
  };
  const finish = (): readonly Finding[] => {
    const sorted = findings.toSorted((a, b) => compareText(a.file, b.file) || (a.line ?? 0) - (b.line ?? 0));
    const rest = [...cut].map(([id, { count, severity }]): Finding => ({ id, severity, text: `${count} more findings of this kind` }));
    return [...sorted, ...rest];
  };
  return { report, finish };
}

function describePlace(zone: Zone, place: Place): Partial<Finding> {
  const owner = place.owner ?? (place.name === undefined ? undefined : nameOf(zone, place.name));
  const line = place.record === undefined ? 0 : zone.recordLine[place.record]!;
  const file = place.record === undefined ? undefined : zone.sources[zone.recordSource[place.record]!];
  return {
    ...(line > 0 && file !== undefined ? { file, line } : {}),
    ...(owner === undefined ? {} : { owner: printName(owner) }),
    ...(place.type === undefined ? {} : { type: typeMnemonic(place.type) }),
    ...(place.found === undefined ? {} : { found: place.found }),
    ...(place.expected === undefined ? {} : { expected: place.expected }),
  };
}

const RANK: Readonly<Record<Severity, number>> = { info: 0, warning: 1, error: 2 };

function worse(a: Severity, b: Severity): Severity {
  return RANK[a] > RANK[b] ? a : b;
}

function compareText(a = '', b = ''): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
