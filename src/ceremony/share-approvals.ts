import type { EntryData } from '../audit/entry.ts';
import { entryAt, type LogContent } from '../audit/log.ts';
import type { Ceremony } from '../state/ceremonies.ts';
import type { HeldSet } from './opening.ts';
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

/** Who has brought shares since the session that opened the ceremony, by set: for a token that was made elsewhere the log knows no other holders. */
export function broughtSince(log: LogContent, id: string): readonly HeldSet[] {
  const brought: HeldSet[] = [];
  let opening: string | undefined;
  for (let seq = log.tree.size - 1; seq >= 0; seq--) {
    const { type, session, data } = entryAt(log, seq);
    if (opening !== undefined && session !== opening) break;
    if (type === 'pin.combined') brought.push(data as EntryData['pin.combined']);
    if (type === 'ceremony.opened' && (data as EntryData['ceremony.opened']).ceremony === id) opening = session;
  }
  return brought;
}
