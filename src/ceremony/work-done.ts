import type { EntryType } from '../audit/entry.ts';
import { entryAt, type LogContent } from '../audit/log.ts';

/** Command → the entry with which its work is done: run once more it would be refused, or do it twice. All others find out themselves what is left to do. */
const LAST_ENTRY: Readonly<Record<string, EntryType>> = {
  'key destroy': 'key.destroy.result',
  'key restore': 'key.restored',
  'roll start': 'roll.started',
  'roll cancel': 'roll.cancelled',
  'policy apply': 'policy.loaded',
  'ds submit': 'ds.submitted',
  'ds retract': 'ds.retracted',
  'pin void': 'pin.shares',
};

/** Command → what it notes before the act; where it was killed in between, the session after it looks at the tokens and tells that it was completed. */
const INTENT: Readonly<Record<string, EntryType>> = { 'key destroy': 'key.destroy.intent', 'key restore': 'key.restore.intent' };

/**
 * A command that was killed before its session could close had done its work already.
 * @param argv words after `coldsign`
 * @param session in which it ran
 */
export function wasWorkDone(log: LogContent, [noun, verb]: readonly string[], session: string): boolean {
  const command = `${noun} ${verb}`;
  const last = LAST_ENTRY[command];
  if (last === undefined) return false;
  for (let seq = log.tree.size - 1; seq >= 0; seq--) {
    const entry = entryAt(log, seq);
    if (entry.session === session && entry.type === last) return true;
    if (entry.session === session && entry.type === 'session.open') return false;
    if (entry.type !== 'intent.resolved' || entry.data.outcome !== 'completed') continue;
    const intent = entryAt(log, entry.data.intent);
    if (intent.session === session && intent.type === INTENT[command]) return true;
  }
  return false;
}
