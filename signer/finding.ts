export type Severity = 'error' | 'warning' | 'info';

/** A rule's verdict about data: a value, never thrown. `id` is stable and documented (docs/findings.md). */
export interface Finding {
  readonly id: string;
  readonly severity: Severity;
  /** One sentence: the thing, and both values compared. */
  readonly text: string;
  readonly file?: string;
  /** 1-based. */
  readonly line?: number;
  /** 1-based, in octets. */
  readonly column?: number;
  /** Absolute presentation form. */
  readonly owner?: string;
  /** Mnemonic of the RR type concerned. */
  readonly type?: string;
  readonly found?: string;
  readonly expected?: string;
}
