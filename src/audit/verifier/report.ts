// What a verification is asked and what it says.

export interface VerifyOptions {
  /** Older evidence: an export (archive or folder) or a lone checkpoint. */
  readonly since?: string;
  /** From a printed page: size, then the first words of the root, 8 at least. */
  readonly sinceWords?: string;
  /** Key of the log as its operator published it. */
  readonly vkey?: string;
  /** vkeys of witnesses whose cosignatures are to be checked. */
  readonly witnesses?: readonly string[];
}

export interface VerifyFinding {
  readonly code: string;
  readonly severity: 'error' | 'note';
  readonly text: string;
}

export interface VerifyReport {
  /** No finding is an error. */
  readonly ok: boolean;
  readonly verdict: string;
  readonly origin: string | undefined;
  /** vkey that every checkpoint was held against. */
  readonly vkey: string | undefined;
  readonly size: number;
  /** Merkle Tree Hash over all entries, base64. */
  readonly root: string;
  readonly continuity: 'checked' | 'broken' | 'unchecked';
  readonly counts: Readonly<
    Record<'checkpoints' | 'sessions' | 'releases' | 'exceptions' | 'anomalies' | 'artifacts' | 'inputsAbsent', number>
  >;
  readonly findings: readonly VerifyFinding[];
  readonly proven: readonly string[];
  readonly notProven: readonly string[];
}

/** The question cannot be asked: a path or an argument is wrong. */
export class VerifierUsage extends Error {}
