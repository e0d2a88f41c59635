import type { EntryData } from '../audit/entry.ts';
import { entryAt, type LogContent } from '../audit/log.ts';
import type { Ceremony } from '../state/ceremonies.ts';
import type { ConcreteStep } from './script/expand.ts';

export interface ShareApprovals {
  readonly approvals: readonly EntryData['approval.given'][];
  /** Who is missing, in words; undefined: as many have brought a share as the step asks for. */
  readonly missing: string | undefined;
}

/**
 * People whose shares made a PIN that a token has accepted since `before` have agreed, each in the role that the ceremony gives them.
 * @param before size of the log when the step began to be carried out
 */
export function shareApprovals(step: ConcreteStep, ceremony: Ceremony, log: LogContent, before: number): ShareApprovals {
  const holders = new Set<string>();
  for (let seq = before; seq < log.tree.size; seq++) {
    const entry = entryAt(log, seq);
    if (entry.type === 'pin.combined') for (const holder of (entry.data as EntryData['pin.combined']).holders) holders.add(holder);
  }
  const roles = Object.entries(step.confirm?.roles ?? {});
  const taken = new Set<string>();
  const approvals: EntryData['approval.given'][] = [];
  const missing: string[] = [];
  for (const [role, need] of roles) {
    const mine = (ceremony.people[role] ?? []).filter((person) => holders.has(person) && !taken.has(person));
    for (const person of mine) {
      taken.add(person);
      approvals.push({ ceremony: ceremony.id, step: step.id, person, role, by: 'share' });
    }
    if (mine.length < need) missing.push(`${mine.length} of ${need} who are ${role} have brought a share`);
  }
  return {
    approvals,
    missing: missing.length === 0 ? undefined : `${missing.join('; ')}; shares came from ${[...holders].join(', ') || 'nobody'}`,
  };
}
