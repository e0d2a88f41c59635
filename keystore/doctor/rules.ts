import type { Severity } from '../../signer/finding.ts';
import type { Examination } from './facts.ts';
import { loginRules } from './rules-login.ts';
import { tellingRules } from './rules-telling.ts';

/** A verdict about a token: what was seen, and what to do about it. */
export interface Advice {
  readonly id: string;
  readonly severity: Severity;
  /** One sentence: what was seen. */
  readonly text: string;
  /** The next step. */
  readonly next: string;
}

/** One question about an examination. Every ID is explained in docs/findings.md. */
export interface TokenRule {
  readonly id: string;
  readonly severity: Severity;
  /** @returns what was seen and the next step; nothing where all is well, or where it was not looked at */
  readonly judge: (examination: Examination) => { readonly text: string; readonly next: string } | undefined;
}

export const TOKEN_RULES: readonly TokenRule[] = [...tellingRules, ...loginRules];

const RANK: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 };

/** All that is worth saying, the worst first. */
export function judgeToken(examination: Examination): readonly Advice[] {
  return TOKEN_RULES.flatMap(({ id, severity, judge }): Advice[] => {
    const found = judge(examination);
    return found === undefined ? [] : [{ id, severity, ...found }];
  }).toSorted((a, b) => RANK[a.severity] - RANK[b.severity]);
}
