import type { Finding } from '../../signer/finding.ts';
import type { Verdict } from './judges.ts';

/** What the gate says of one rule. */
export interface RuleVerdict {
  /** `verifier`, `preservation`, `serial`, or one of OVERRIDABLE_RULES. */
  readonly rule: string;
  readonly verdict: 'pass' | 'fail' | 'overridden';
  /** One sentence with both values. */
  readonly text: string;
  readonly findings?: readonly Finding[];
  readonly judges?: readonly Verdict[];
}

export interface GateResult {
  readonly passed: boolean;
  /** In the order of the gate. All rules are asked, also after one has failed. */
  readonly verdicts: readonly RuleVerdict[];
  /** Hexadecimal sha256 over the data of the zone (see preservation.ts), the same for input and output. */
  readonly preservation: string;
  readonly seconds: Readonly<Record<string, number>>;
}
