import { Refusal } from '../../signer/errors.ts';
import { type Checkpoint, checkpointText, parseCheckpoint } from './checkpoint.ts';
import { exchangeCheckpoint, parseSignedCheckpoint, type SignedCheckpoint, storedCheckpoint } from './checkpoint-store.ts';
import type { MerkleTree } from './merkle.ts';
import { parseNote, parseSignatureLine, printNote, printSignatureLine } from './note.ts';
import type { VerifierKey } from './vkey.ts';
import { type Cosignature, readCosignatures } from './witness.ts';

export interface CosignedCheckpoint {
  /** Entries of the checkpoint that the witness has seen. */
  readonly size: number;
  readonly cosignatures: readonly Cosignature[];
}

/** The log that cosignatures are for. */
export interface CosignedLog {
  readonly origin: string;
  readonly tree: MerkleTree;
  /** Sizes that were ever signed, ascending. */
  readonly sizes: readonly number[];
}

/**
 * Finds out which checkpoint an answer of witnesses is for. A signature line does not say: the log may have grown since the checkpoint was sent.
 *
 * @param text signature lines, or a whole checkpoint with them
 * @param now unix seconds
 * @throws Refusal audit/bad-cosignature, audit/unknown-witness
 * @see C2SP tlog-cosignature
 */
export function findCosigned(text: string, log: CosignedLog, witnesses: readonly VerifierKey[], now: number): CosignedCheckpoint {
  const sizes = candidates(text, log);
  let first: Refusal | undefined;
  for (const size of sizes) {
    const head = { text: checkpointText({ origin: log.origin, size, root: log.tree.root(size) }) };
    try {
      readCosignatures(text, head, witnesses, Number.MAX_SAFE_INTEGER);
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== 'audit/bad-cosignature') throw error;
      first ??= error;
      continue;
    }
    return { size, cosignatures: readCosignatures(text, head, witnesses, now) };
  }
  throw badCosignature(`${first?.message}; nor does it fit one of the ${sizes.length - 1} checkpoints before`, first);
}

/** Newest first. Of a whole checkpoint, the one that it names. */
function candidates(text: string, { tree, sizes }: CosignedLog): readonly number[] {
  const signed = sizes.filter((size) => size <= tree.size).toReversed();
  if (!text.includes('\n\n')) return signed;
  const { size, origin } = checkpointIn(text);
  if (signed.includes(size)) return [size];
  throw badCosignature(`it is under a checkpoint of ${size} entries of ${origin}, and this log never signed one of that size`);
}

function checkpointIn(text: string): Checkpoint {
  try {
    return parseCheckpoint(parseNote(text).text);
  } catch (cause) {
    if (!(cause instanceof Refusal)) throw cause;
    throw badCosignature(cause.message, cause);
  }
}

/**
 * Puts cosignature lines under the stored checkpoint, durably. One line a witness: a newer one takes the place of the older.
 * @param lines without their line feeds
 * @returns false when all of them stood there
 */
export function storeCosignatures(audit: string, size: number, lines: readonly string[]): boolean {
  const stored = mustBeStored(audit, size);
  const added = lines.map(parseSignatureLine);
  const kept = stored.signatures.filter((line) => !added.some(({ name, keyId }) => name === line.name && keyId === line.keyId));
  if (holdsCosignatures(stored, lines)) return false;
  exchangeCheckpoint(audit, parseSignedCheckpoint(printNote({ text: stored.text, signatures: [...kept, ...added] })));
  return true;
}

/** Whether all lines stand under the checkpoint already. */
export function holdsCosignatures({ signatures }: Pick<SignedCheckpoint, 'signatures'>, lines: readonly string[]): boolean {
  const present = new Set(signatures.map((line) => printSignatureLine(line).trimEnd()));
  return lines.every((line) => present.has(line));
}

export function mustBeStored(audit: string, size: number): SignedCheckpoint {
  const stored = storedCheckpoint(audit, size);
  if (stored !== undefined) return stored;
  throw new Refusal(
    'audit/no-checkpoint',
    `the checkpoint of ${size} entries is not in ${audit}/checkpoints`,
    'bring the folder back from an export or a backup',
  );
}

function badCosignature(message: string, cause?: unknown): Refusal {
  return new Refusal('audit/bad-cosignature', message, 'fetch the answer of the witness again, for a checkpoint of this log', { cause });
}
