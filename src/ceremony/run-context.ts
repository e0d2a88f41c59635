import { createHash } from 'node:crypto';
import type { ReadWorkspace } from '../workspace/read-only.ts';

/**
 * sha256 over what a ceremony runs on: module path, token and PIN source of each role. It is bound apart from the script, so that a reviewed file
 * stays valid where only the place of a token changes.
 */
export function environmentHash({ config }: Pick<ReadWorkspace, 'config'>): string {
  return createHash('sha256').update(JSON.stringify(config.tokens)).digest('hex');
}
