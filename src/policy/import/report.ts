import type { RawPolicy } from '../../config/schema.ts';

/** Policies of another program, as members of coldsign.yaml, and what became of every element of the source. */
export interface PolicyImport {
  /** Of all policies in the source, also of those that were not asked for. */
  readonly names: readonly string[];
  readonly policies: readonly ImportedPolicy[];
  readonly report: ImportReport;
}

export interface ImportedPolicy {
  readonly name: string;
  readonly members: RawPolicy;
}

/** Every element of the source is in one of the lists. */
export interface ImportReport {
  /** Means the same here. */
  readonly carried: ImportItem[];
  /** Has become something else: why. */
  readonly changed: ImportItem[];
  /** Has no counterpart: why, and what takes its place. */
  readonly dropped: ImportItem[];
}

export interface ImportItem {
  /** Path in the source: `example keys ksk lifetime`. */
  readonly element: string;
  /** 1-based; 0 for what the source does not write and means. */
  readonly line: number;
  readonly value: string;
  /** `zsk-lifetime: 30d` */
  readonly becomes?: string;
  readonly reason?: string;
}

/** An element of the source on its way. */
export interface SourceElement {
  readonly element: string;
  readonly line: number;
  readonly value: string;
}

/** Collects the members of one policy; each method puts its element into one list. */
export interface PolicyBuilder {
  readonly members: Record<string, unknown>;
  carry(from: SourceElement, knob?: keyof RawPolicy, value?: unknown): void;
  change(from: SourceElement, reason: string, knob?: keyof RawPolicy, value?: unknown): void;
  drop(from: SourceElement, reason: string): void;
}

export const emptyReport = (): ImportReport => ({ carried: [], changed: [], dropped: [] });

export function policyBuilder(report: ImportReport): PolicyBuilder {
  const members: Record<string, unknown> = {};
  const put = (knob: keyof RawPolicy | undefined, value: unknown): Pick<ImportItem, 'becomes'> => {
    if (knob === undefined) return {};
    members[knob] = value;
    return { becomes: `${knob}: ${typeof value === 'string' ? value : JSON.stringify(value)}` };
  };
  return {
    members,
    carry(from, knob, value) {
      report.carried.push({ ...from, ...put(knob, value) });
    },
    change(from, reason, knob, value) {
      report.changed.push({ ...from, ...put(knob, value), reason });
    },
    drop(from, reason) {
      report.dropped.push({ ...from, reason });
    },
  };
}

/** Names of policies here have no blanks. */
export function policyName(name: string): string {
  const words = name.match(/[A-Za-z0-9][A-Za-z0-9._-]*/g) ?? [];
  return words.join('-').slice(0, 63) || 'imported';
}
