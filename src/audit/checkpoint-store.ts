import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault, Refusal } from '../../signer/errors.ts';
import { syncFolder, writeFileAtomically } from '../workspace/atomic-file.ts';
import { toBase64 } from './base64.ts';
import { type Checkpoint, parseCheckpoint } from './checkpoint.ts';
import { parseNote, type SignedNote } from './note.ts';

/** A head of the log with the note that signs it: what it says, its text and signatures, and the note as it is stored. */
export interface SignedCheckpoint extends Checkpoint, SignedNote {
  readonly note: string;
}

/** @throws Refusal audit/bad-note, audit/bad-checkpoint; no signature is verified here */
export function parseSignedCheckpoint(note: string): SignedCheckpoint {
  const parsed = parseNote(note);
  return { ...parseCheckpoint(parsed.text), ...parsed, note };
}

/**
 * The newest checkpoint that was ever stored: `checkpoint`, or the one with the largest number in `checkpoints/` when the program
 * was ended between writing the two.
 *
 * @param audit folder of the log
 * @throws Refusal audit/bad-note, audit/bad-checkpoint
 * @throws Refusal audit/forked when both are of one size and differ
 */
export function newestCheckpoint(audit: string): SignedCheckpoint | undefined {
  const current = read(join(audit, 'checkpoint'));
  const size = storedSizes(audit).at(-1);
  if (size === undefined || (current !== undefined && current.size > size)) return current;
  const stored = storedCheckpoint(audit, size);
  if (stored === undefined) return current;
  if (current?.size === size) checkSame(stored, current);
  return current?.size === size ? current : stored;
}

/** Stores a checkpoint, durably: first under its size, then as the newest. */
export function storeCheckpoint(audit: string, { size, note }: SignedCheckpoint): void {
  if (mkdirSync(join(audit, 'checkpoints'), { recursive: true }) !== undefined) syncFolder(audit);
  writeFileAtomically(storedPath(audit, size), note);
  writeFileAtomically(join(audit, 'checkpoint'), note);
}

/** The same checkpoint with other signatures under it takes the place of the stored one: witnesses sign later. */
export function exchangeCheckpoint(audit: string, { size, note }: SignedCheckpoint): void {
  writeFileAtomically(storedPath(audit, size), note);
  if (read(join(audit, 'checkpoint'))?.size === size) writeFileAtomically(join(audit, 'checkpoint'), note);
}

/** Sizes of all checkpoints that were ever stored, ascending. */
export function storedSizes(audit: string): readonly number[] {
  const folder = join(audit, 'checkpoints');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /^(0|[1-9][0-9]{0,14})$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
}

/** The one that is stored under its size. @throws Refusal audit/bad-note, audit/bad-checkpoint */
export function storedCheckpoint(audit: string, size: number): SignedCheckpoint | undefined {
  const stored = read(storedPath(audit, size));
  if (stored === undefined || stored.size === size) return stored;
  throw new Refusal('audit/bad-checkpoint', `${storedPath(audit, size)} says size ${stored.size}`, 'the file was exchanged or renamed');
}

/** Writes what a program that was ended between the two writes left out. */
export function completeStore(audit: string, newest: SignedCheckpoint): void {
  const isComplete = existsSync(storedPath(audit, newest.size)) && read(join(audit, 'checkpoint'))?.size === newest.size;
  if (!isComplete) storeCheckpoint(audit, newest);
}

const storedPath = (audit: string, size: number): string => join(audit, 'checkpoints', String(size));

function read(path: string): SignedCheckpoint | undefined {
  let octets: Uint8Array;
  try {
    octets = readFileSync(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Fault('audit/not-readable', `${path} cannot be read`, 'check the disk and the permissions of the folder', { cause });
  }
  try {
    return parseSignedCheckpoint(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octets));
  } catch (cause) {
    const code = cause instanceof Refusal ? cause.code : 'audit/bad-note';
    const why = cause instanceof Refusal ? cause.message : 'it is not UTF-8';
    throw new Refusal(code, `${path}: ${why}`, 'bring the file back from an export or a backup', { cause });
  }
}

function checkSame(stored: SignedCheckpoint, current: SignedCheckpoint): void {
  const [a, b] = [toBase64(stored.root), toBase64(current.root)];
  if (a === b && stored.origin === current.origin) return;
  throw new Refusal(
    'audit/forked',
    `two checkpoints of size ${stored.size}: checkpoint has root ${b} of ${current.origin}, checkpoints/${stored.size} has ${a} of ${stored.origin}`,
    'somebody has written two logs: keep both files, and compare with exports, witnesses and printed checkpoints',
  );
}
