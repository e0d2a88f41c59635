import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Fault } from '../../signer/errors.ts';
import { entriesFrom, entryAt, type LogContent } from '../audit/log.ts';
import { writeFileAtomically } from '../workspace/atomic-file.ts';
import { applyEntry, emptyState, type State } from './state.ts';

/**
 * The state that the log stands for. A snapshot saves the folding of the entries before it. It is believed only if the log vouches for it: the
 * session.close entry that follows the entries it stands for holds its sha256, and the log is held against its signed checkpoint.
 */
export function loadState(content: LogContent, snapshotPath: string): State {
  const state = readSnapshot(content, snapshotPath) ?? emptyState();
  for (const entry of entriesFrom(content, state.size)) applyEntry(state, entry);
  return state;
}

/** Keeps the state for the next start. @returns sha256 for the session.close entry, hexadecimal @throws Fault file/not-writable */
export function saveSnapshot(state: State, path: string): string {
  const text = `${JSON.stringify(state)}\n`;
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? 'error';
    throw new Fault('file/not-writable', `${dirname(path)} could not be made (${why})`, 'check the folder and its permissions', { cause });
  }
  writeFileAtomically(path, text);
  return sha256(text);
}

function readSnapshot(content: LogContent, path: string): State | undefined {
  const text = textOf(path);
  if (text === undefined) return undefined;
  const state = parse(text);
  if (state === undefined || !(state.size < content.tree.size)) return undefined;
  const voucher = entryAt(content, state.size);
  return voucher.type === 'session.close' && voucher.data.snapshot === sha256(text) ? state : undefined;
}

/** A cache that cannot be read is no cache. */
function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** The same of one that makes no sense. What is absent in the JSON is undefined in the state. */
function parse(text: string): State | undefined {
  try {
    const value = JSON.parse(text) as Partial<State>;
    return value.format === 5 && Number.isSafeInteger(value.size) && value.size! >= 0
      ? ({ ...emptyState(), ...value } as State)
      : undefined;
  } catch {
    return undefined;
  }
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
