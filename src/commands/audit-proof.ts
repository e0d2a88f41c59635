import { Refusal } from '../../signer/errors.ts';
import { leafAt } from '../audit/log.ts';
import { tlogProof } from '../audit/witness.ts';
import { type Io, note } from '../io.ts';
import { writeFileAtomically } from '../workspace/atomic-file.ts';
import { readWorkspace } from '../workspace/read-only.ts';
import { sealedHead } from '../workspace/sealed-head.ts';

export interface AuditProofOptions {
  readonly dir?: string;
  readonly seq: number;
  /** Where the proof goes; default: standard output. */
  readonly out?: string;
  readonly json: boolean;
}

/**
 * `audit proof`: one entry, and the proof that it is in the log, without showing any other. Needs no token.
 * @throws Refusal audit/no-entry, audit/not-sealed
 * @see C2SP tlog-proof
 */
export async function auditProof({ dir, seq, out, json }: AuditProofOptions, io: Io): Promise<number> {
  const workspace = readWorkspace(dir);
  const { content } = workspace;
  const head = sealedHead(workspace);
  refuseUnsealed(seq, { sealed: head.size, size: content.tree.size });
  const proof = tlogProof(content.tree, seq, head.note);
  if (out !== undefined) writeFileAtomically(out, proof);
  const entry = Buffer.from(leafAt(content, seq)).toString('latin1');
  if (json) io.out.write(`${JSON.stringify({ index: seq, size: head.size, entry, proof }, undefined, 2)}\n`);
  else if (out === undefined) io.out.write(proof);
  if (!json) note(io, `the entry that it proves, without its line feed: coldsign audit show --seq ${seq} --json`);
  return 0;
}

function refuseUnsealed(seq: number, { sealed, size }: { readonly sealed: number; readonly size: number }): void {
  if (seq >= size)
    throw new Refusal(
      'audit/no-entry',
      `there is no entry ${seq}: the log has ${size}, from 0 on`,
      'coldsign audit show lists the entries',
    );
  if (seq >= sealed)
    throw new Refusal(
      'audit/not-sealed',
      `entry ${seq} came after the newest checkpoint, which is of ${sealed} entries`,
      'make a checkpoint with coldsign audit checkpoint --sign',
    );
}
