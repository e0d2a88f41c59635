import type { Interval, KeyName, Move, Wait } from '../model.ts';
import type { PlanEvidence } from './types.ts';

/** What moves were last said to wait for, by move: from it a step has its reasons when they come to pass. */
export type Heard = Map<string, Wait>;

export function hear(heard: Heard, waits: readonly Wait[]): void {
  for (const wait of waits) {
    const name = nameOf(wait.move);
    const last = heard.get(name);
    // What was waited for at first stays known when the wait is for time alone.
    const evidence = wait.evidence === 'none' ? (last?.evidence ?? 'none') : wait.evidence;
    heard.set(name, { ...wait, interval: wait.interval ?? last?.interval, evidence });
  }
}

/** What a step's moves waited for. */
export interface Reasons {
  readonly reason: readonly Interval[];
  readonly evidence: readonly PlanEvidence[];
  readonly earliest: number | undefined;
}

/** It is forgotten with that. */
export function takeReasons(heard: Heard, moves: readonly Move[]): Reasons {
  const reason: Interval[] = [];
  const byKind = new Map<PlanEvidence['kind'], KeyName[]>();
  let earliest: number | undefined;
  for (const move of moves) {
    const name = nameOf(move);
    const wait = heard.get(name);
    if (wait === undefined) continue;
    heard.delete(name);
    const { interval, evidence, until } = wait;
    if (interval !== undefined && !reason.some((other) => sameInterval(other, interval))) reason.push(interval);
    if (evidence !== 'none') byKind.set(evidence, [...new Set([...(byKind.get(evidence) ?? []), move.key])]);
    if (typeof until === 'number') earliest = Math.max(earliest ?? until, until);
  }
  return { reason, evidence: [...byKind].map(([kind, keys]) => ({ kind, keys })), earliest };
}

function nameOf(move: Move): string {
  return move.kind === 'revoke' ? `revoke ${move.key}` : `${move.record} ${move.to} ${move.key}`;
}

function sameInterval(a: Interval, b: Interval): boolean {
  return a.name === b.name && a.terms.length === b.terms.length && a.terms.every(({ seconds }, i) => seconds === b.terms[i]!.seconds);
}
