import { Refusal } from '../../signer/errors.ts';
import { isoText } from '../config/time-text.ts';
import { toBase64 } from './base64.ts';
import { parseSignedCheckpoint, type SignedCheckpoint } from './checkpoint-store.ts';
import type { MerkleTree } from './merkle.ts';
import {
  cosignatureTime,
  type NoteSignature,
  parseNote,
  parseSignatureLine,
  printSignatureLine,
  type SignedNote,
  verifyNote,
} from './note.ts';
import { checkContinues } from './signed-head.ts';
import { keyIdText, type VerifierKey } from './vkey.ts';

/**
 * What a witness is sent: the size it cosigned last, the proof that the checkpoint continues it, the checkpoint.
 *
 * @param oldSize 0 for a witness that has not seen the log
 * @throws Refusal audit/witness-ahead when the witness has seen more than the checkpoint; audit/truncated, audit/forked when it is not of this log
 * @see C2SP tlog-witness, add-checkpoint
 */
export function addCheckpointBody(tree: MerkleTree, oldSize: number, checkpointNote: string): string {
  const checkpoint = checkpointOf(tree, checkpointNote);
  if (oldSize > checkpoint.size)
    throw new Refusal(
      'audit/witness-ahead',
      `the witness has seen the log with ${oldSize} entries, the checkpoint is of ${checkpoint.size}`,
      'check the number; if it is right, an older copy of the log was put in place of the newest',
    );
  return `old ${oldSize}\n${hashLines(tree.consistencyProof(oldSize, checkpoint.size))}\n${checkpointNote}`;
}

/**
 * Proof, for whoever has the vkey, that one entry is in the log, without showing any other.
 *
 * @throws Refusal audit/truncated, audit/forked when the checkpoint is not of this log
 * @see C2SP tlog-proof
 */
export function tlogProof(tree: MerkleTree, index: number, checkpointNote: string): string {
  const checkpoint = checkpointOf(tree, checkpointNote);
  return `c2sp.org/tlog-proof@v1\nindex ${index}\n${hashLines(tree.inclusionProof(index, checkpoint.size))}\n${checkpointNote}`;
}

export interface Cosignature {
  readonly key: VerifierKey;
  /** When the witness saw the log, unix seconds. */
  readonly time: number;
  /** The signature line, without its line feed. */
  readonly line: string;
}

/** Clocks of two machines are never the same. */
const AHEAD_SECONDS = 300;

/**
 * Reads what a witness has answered: signature lines, or the whole checkpoint with them. Lines of other keys are passed over,
 * as the specification wants it, as long as one is of a witness that is known.
 *
 * @param note the checkpoint that was sent
 * @param witnessKeys of kind cosignature
 * @param now unix seconds
 * @throws Refusal audit/bad-cosignature when a line is none, does not verify, is of another checkpoint or of a time to come
 * @throws Refusal audit/unknown-witness when no line is of a known witness
 * @see C2SP tlog-cosignature
 */
export function readCosignatures(
  text: string,
  note: Pick<SignedNote, 'text'>,
  witnessKeys: readonly VerifierKey[],
  now: number,
): Cosignature[] {
  const keys = witnessKeys.filter(({ kind }) => kind === 'cosignature');
  const lines = cosignatureLines(text, note);
  const found = lines.flatMap((line) => {
    const key = keys.find(({ name, keyId }) => name === line.name && keyId === line.keyId);
    return key === undefined ? [] : [checkCosignature(line, key, note, now)];
  });
  if (found.length > 0) return found;
  throw new Refusal(
    'audit/unknown-witness',
    `cosigned by ${names(lines)}, but the known witnesses are ${names(keys)}`,
    'give the vkey of the witness, type 0x04, as its operator published it',
  );
}

function checkCosignature(line: NoteSignature, key: VerifierKey, { text }: Pick<SignedNote, 'text'>, now: number): Cosignature {
  try {
    verifyNote({ text, signatures: [line] }, [key]);
  } catch (cause) {
    if (!(cause instanceof Refusal)) throw cause;
    throw badCosignature(`the cosignature of ${key.name} is not over this checkpoint, of ${text.split('\n')[1]} entries`, cause);
  }
  const time = cosignatureTime(line.signature)!;
  if (time > now + AHEAD_SECONDS)
    throw badCosignature(`${key.name} says that it has seen the log at ${isoText(time)}, but the clock here says ${isoText(now)}`);
  return { key, time, line: printSignatureLine(line).trimEnd() };
}

function cosignatureLines(text: string, note: Pick<SignedNote, 'text'>): readonly NoteSignature[] {
  try {
    if (!text.includes('\n\n')) return text.replace(/\n$/, '').split('\n').map(parseSignatureLine);
    const whole = parseNote(text);
    if (whole.text === note.text) return whole.signatures;
  } catch (cause) {
    if (!(cause instanceof Refusal)) throw cause;
    throw badCosignature(cause.message, cause);
  }
  throw badCosignature('it stands under another checkpoint than the one that is stored');
}

/** A checkpoint of this log: proofs from another tree would be worth nothing. */
function checkpointOf(tree: MerkleTree, note: string): SignedCheckpoint {
  const checkpoint = parseSignedCheckpoint(note);
  checkContinues(tree, checkpoint, 'the checkpoint');
  return checkpoint;
}

const hashLines = (hashes: readonly Uint8Array[]): string => hashes.map((hash) => `${toBase64(hash)}\n`).join('');

function names(keys: readonly Pick<VerifierKey, 'name' | 'keyId'>[]): string {
  return keys.map(({ name, keyId }) => `${name}+${keyIdText(keyId)}`).join(', ') || 'none';
}

function badCosignature(message: string, cause?: unknown): Refusal {
  return new Refusal('audit/bad-cosignature', message, 'fetch the answer of the witness again, for the newest checkpoint', { cause });
}
