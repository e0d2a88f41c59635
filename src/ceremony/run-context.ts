import { createHash } from 'node:crypto';
import type { ReadWorkspace } from '../workspace/read-only.ts';
import { appliesConfig } from './ceremony-plan.ts';
import { configToBe } from './config-to-be.ts';
import type { Script } from './script/script.ts';

/**
 * sha256 over what a ceremony runs on: module path, token and PIN source of each role; where a step lets coldsign.yaml take effect, those that it
 * names too. It is bound apart from the script, so that a reviewed file stays valid where only the place of a token changes.
 */
export function environmentHash({ config, paths }: Pick<ReadWorkspace, 'config' | 'paths'>, script: Script): string {
  const later = appliesConfig(script) ? [configToBe(paths).tokens] : [];
  return createHash('sha256')
    .update([config.tokens, ...later].map((tokens) => JSON.stringify(tokens)).join('\n'))
    .digest('hex');
}
