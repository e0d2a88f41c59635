import { Refusal } from '../../signer/errors.ts';
import type { SignedCheckpoint } from '../audit/checkpoint-store.ts';
import { checkSignedHead } from '../audit/signed-head.ts';
import { parseVkey } from '../audit/vkey.ts';
import { type ReadWorkspace, readWorkspace } from './read-only.ts';

/**
 * The newest checkpoint of the workspace, after the log was held against it.
 * @throws Refusal audit/no-checkpoint, and those of checkSignedHead
 */
export function sealedHead({ content, state, paths }: ReadWorkspace): SignedCheckpoint {
  const head = checkSignedHead(content, [parseVkey(state.vkey)]);
  if (head !== undefined) return head;
  throw new Refusal(
    'audit/no-checkpoint',
    `${paths.audit} has ${content.tree.size} entries and no checkpoint`,
    'bring audit/ back from a backup or an export; a workspace always has one',
  );
}

/**
 * A workspace that is looked at, and whose log fits its newest checkpoint: what is told from it is no more than what was signed.
 * @throws Refusal as readWorkspace and {@link sealedHead}
 */
export function readSealedWorkspace(dir: string | undefined): ReadWorkspace {
  const workspace = readWorkspace(dir);
  sealedHead(workspace);
  return workspace;
}
