import { Refusal } from '../../signer/errors.ts';
import { toBase64 } from './base64.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { SignedCheckpoint } from './checkpoint-store.ts';
import type { MerkleTree } from './merkle.ts';
import { verifyNote } from './note.ts';
import { keyIdText, type VerifierKey } from './vkey.ts';

/**
 * Holds a log against its newest checkpoint: signed by a key of the log, of the log's name, and a head that this log had.
 *
 * @param keys of the log; cosignatures of witnesses among them are verified too, but do not stand for the log
 * @returns undefined when there is no checkpoint
 * @throws Refusal audit/bad-signature, audit/not-signed, audit/foreign-checkpoint, audit/truncated, audit/forked
 */
export function checkSignedHead(
  { tree, checkpoint }: { readonly tree: MerkleTree; readonly checkpoint: SignedCheckpoint | undefined },
  keys: readonly VerifierKey[],
): SignedCheckpoint | undefined {
  if (checkpoint === undefined) return undefined;
  const { verified } = verifyNote(checkpoint, keys);
  const own = verified.filter((key) => key.kind !== 'cosignature');
  const [first] = own;
  if (first === undefined)
    throw new Refusal(
      'audit/not-signed',
      `the checkpoint of size ${checkpoint.size} is signed by witnesses alone (${verified.map(({ name }) => name).join(', ')})`,
      'give the verifier key (vkey) of the log itself',
    );
  if (!own.some(({ name }) => name === checkpoint.origin)) throw foreign(checkpoint, `${first.name}+${keyIdText(first.keyId)}`);
  checkContinues(tree, checkpoint, 'the signed checkpoint');
  return checkpoint;
}

/**
 * Whether the log had this head at its size.
 *
 * @param known from a checkpoint, a token, a witness or a printed page
 * @param source what says so, for the message: `the signed checkpoint`
 * @throws Refusal audit/truncated, audit/forked
 */
export function checkContinues(tree: MerkleTree, known: Pick<Checkpoint, 'size' | 'root'>, source: string): void {
  if (tree.size < known.size)
    throw new Refusal(
      'audit/truncated',
      `${source} is of ${known.size} entries, the log has ${tree.size}`,
      'entries were removed, or an older copy of the log was put in its place: bring the newest copy back before anything else',
    );
  const [own, theirs] = [toBase64(tree.root(known.size)), toBase64(known.root)];
  if (own !== theirs)
    throw new Refusal(
      'audit/forked',
      `at ${known.size} entries ${source} has the root ${theirs}, the log has ${own}`,
      'entries were changed, or this is not a continuation of that log: compare both with exports and printed checkpoints',
    );
}

/** @throws Refusal audit/checkpoint-backwards */
export function checkForwards(last: Checkpoint, size: number): void {
  if (size < last.size)
    throw new Refusal(
      'audit/checkpoint-backwards',
      `a checkpoint of ${last.size} entries was signed, the log has ${size}: a smaller one is never signed`,
      'entries were removed, or an older copy of the log was put in its place: bring the newest copy back',
    );
}

/** @throws Refusal audit/foreign-checkpoint */
export function checkOrigin(last: Checkpoint, origin: string): void {
  if (last.origin !== origin) throw foreign(last, origin);
}

function foreign({ origin, size }: Checkpoint, name: string): Refusal {
  return new Refusal(
    'audit/foreign-checkpoint',
    `the checkpoint of size ${size} is of the log ${origin}, the key is that of ${name}`,
    'the folder holds the checkpoint of another log: bring the right one back, or give the key of that log',
  );
}
