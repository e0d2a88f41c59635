import type { EntryData } from '../audit/entry.ts';
import { entryAt, type LogContent, leafAt } from '../audit/log.ts';
import type { AnyEntry } from '../state/state.ts';

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

/** Holders of shares of one PIN, by the log. */
export interface HeldSet {
  readonly set: string;
  readonly holders: readonly string[];
  readonly voided?: string;
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

/** A configuration that took effect while the ceremony was open, and by none of its steps. */
export interface LoadedOutside {
  readonly seq: number;
  readonly time: string;
  /** Command and person, as the log has them. */
  readonly by: string;
}

/** The newest one that no exception tells of: people have agreed under other rules, and others may agree with other keys. */
export function loadedOutside(log: LogContent, id: string): LoadedOutside | undefined {
  const loads: AnyEntry[] = [];
  for (let seq = log.tree.size - 1; seq >= 0; seq--) {
    const entry = entryAt(log, seq);
    const { type, data } = entry;
    if ((type === 'ceremony.exception' || type === 'ceremony.opened') && data.ceremony === id) return undefined;
    if (type === 'policy.loaded') loads.push(entry);
    if (type !== 'session.open') continue;
    const load = loads.find(({ session }) => session === entry.session);
    if (load !== undefined && data.ceremony !== id)
      return { seq: load.seq, time: load.time, by: `coldsign ${data.command}, as ${load.actor.name}` };
  }
  return undefined;
}

/** Ceremonies that were opened with a script, newest first, and whether each was carried out; of the whole log, however old. */
export function heldWith(log: LogContent, sha256: string): readonly { readonly id: string; readonly ended: string | undefined }[] {
  const mark = Buffer.from(sha256);
  const done = new Map<string, string>();
  const held: { readonly id: string; readonly ended: string | undefined }[] = [];
  for (let seq = log.tree.size - 1; seq >= 0; seq--) {
    const { buffer, byteOffset, length } = leafAt(log, seq);
    const leaf = Buffer.from(buffer, byteOffset, length);
    if (leaf.includes(ENDED)) {
      const { type, data, time } = entryAt(log, seq);
      if (type === 'ceremony.ended' && data.outcome === 'done') done.set(data.ceremony, time);
    } else if (leaf.includes(OPENED) && leaf.includes(mark)) {
      const { type, data } = entryAt(log, seq);
      if (type === 'ceremony.opened' && data.script.sha256 === sha256) held.push({ id: data.ceremony, ended: done.get(data.ceremony) });
    }
  }
  return held;
}

const ENDED = Buffer.from('"type":"ceremony.ended"');
const OPENED = Buffer.from('"type":"ceremony.opened"');
