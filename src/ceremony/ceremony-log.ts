import type { EntryData } from '../audit/entry.ts';
import { entryAt, type LogContent } from '../audit/log.ts';
import type { HeldSet } from './opening.ts';

/** Place of the entry with which the newest attempt at a step began. */
export function begunAt(log: LogContent, id: string, step: string): number {
  for (let seq = log.tree.size - 1; seq >= 0; seq--) {
    const { type, data } = entryAt(log, seq);
    if (type !== 'ceremony.step.begun') continue;
    const begun = data as EntryData['ceremony.step.begun'];
    if (begun.ceremony === id && begun.step === step) return seq;
  }
  throw new RangeError(`the step ${step} has not begun`);
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
