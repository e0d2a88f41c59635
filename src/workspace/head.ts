import type { Keystore } from '../../keystore/keystore.ts';
import { equalBytes } from '../../signer/dns/bytes.ts';
import { Refusal } from '../../signer/errors.ts';
import { type Checkpoint, parseCheckpoint } from '../audit/checkpoint.ts';
import type { AuditLog } from '../audit/log.ts';
import { parseNote, verifyNote } from '../audit/note.ts';
import type { VerifierKey } from '../audit/vkey.ts';
import type { State } from '../state/state.ts';

/** Label of the data object that keeps the newest signed checkpoint in the token. */
export const headLabel = (origin: string): string => `coldsign head ${origin}`;

export interface HeadFound {
  readonly kind: 'token' | 'none';
  /** What is wrong although the log is whole. */
  readonly anomaly?: string;
}

/**
 * Holds the log against the head that the token keeps: whoever puts an older copy of the disk back cannot put the token back with it.
 * After a crash the token may have two heads: the larger one counts.
 * @throws Refusal audit/rolled-back, audit/forked
 */
export async function checkHead(keystore: Keystore, state: State, log: AuditLog, vkey: VerifierKey): Promise<HeadFound> {
  const heads = (await keystore.readObjects(headLabel(state.origin)))
    .map((octets) => readHead(octets, vkey))
    .filter((head) => head?.origin === state.origin);
  const newest = heads.reduce((a, b) => (a !== undefined && b !== undefined && a.size > b.size ? a : b), undefined);
  if (newest === undefined) {
    if (state.head === 'none') return { kind: 'none' };
    return { kind: 'none', anomaly: 'the token no longer keeps the head of this log, which it did before: a rollback would not show' };
  }
  if (newest.size > log.size) {
    throw new Refusal(
      'audit/rolled-back',
      `the token has seen this log with ${newest.size} entries, and now it has ${log.size}: an older copy was put in its place`,
      'bring the newest copy of the workspace back; nothing was changed',
    );
  }
  const own = log.content.tree.root(newest.size);
  if (equalBytes(own, newest.root)) return { kind: 'token' };
  throw new Refusal(
    'audit/forked',
    `at ${newest.size} entries the log has the root ${base64(own)}, the token has ${base64(newest.root)}: this log is no continuation of the one the token knows`,
    'find the log that the token has seen; nothing was changed',
  );
}

/** The new head first, then the old one away. */
export async function storeHead(keystore: Keystore, origin: string, checkpoint: string): Promise<'stored' | 'unsupported'> {
  return keystore.replaceObject(headLabel(origin), new TextEncoder().encode(checkpoint));
}

/** What does not carry the signature of the audit key is no head. */
function readHead(octets: Uint8Array, vkey: VerifierKey): Checkpoint | undefined {
  try {
    const note = parseNote(new TextDecoder().decode(octets));
    verifyNote(note, [vkey]);
    return parseCheckpoint(note.text);
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

const base64 = (octets: Uint8Array): string => Buffer.from(octets).toString('base64');
