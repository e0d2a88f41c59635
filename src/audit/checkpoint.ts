import { Refusal } from '../../signer/errors.ts';
import { fromBase64, toBase64 } from './base64.ts';

/** Head of a log: what the text of its checkpoint says. */
export interface Checkpoint {
  /** Name of the log; also that of the key that signs it. */
  readonly origin: string;
  /** Entries in the tree. */
  readonly size: number;
  /** Merkle Tree Hash, 32 octets. */
  readonly root: Uint8Array;
}

/** Text of the note: origin, size, root in base64, a line each. @see C2SP tlog-checkpoint */
export function checkpointText({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${toBase64(root)}\n`;
}

/**
 * Exactly three lines. Extension lines are allowed elsewhere, but nobody can audit them, and this program never writes one.
 *
 * @param text of the note, with its last line feed
 * @throws Refusal audit/bad-checkpoint
 */
export function parseCheckpoint(text: string): Checkpoint {
  const lines = text.split('\n');
  const [origin = '', size = '', root = ''] = lines;
  if (lines.length !== 4 || lines[3] !== '') throw badCheckpoint(`${lines.length - 1} lines instead of three`);
  if (origin === '') throw badCheckpoint('the origin is empty');
  if (!/^(0|[1-9][0-9]*)$/.test(size) || !Number.isSafeInteger(Number(size))) throw badCheckpoint(`${JSON.stringify(size)} is not a size`);
  const octets = fromBase64(root);
  if (octets?.length !== 32) throw badCheckpoint(`${JSON.stringify(root)} is not the base64 of 32 octets`);
  return { origin, size: Number(size), root: octets };
}

function badCheckpoint(what: string): Refusal {
  return new Refusal(
    'audit/bad-checkpoint',
    `the text is not that of a checkpoint (origin, size, root): ${what}`,
    'compare with another copy of the checkpoint',
  );
}
