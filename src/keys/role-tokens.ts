import type { Keystore } from '../../keystore/keystore.ts';
import type { TokenRole } from '../config/config.ts';
import type { WorkspaceTokens } from '../workspace/tokens.ts';

/**
 * Runs `use` with every token of a role, the replicas too; a token that several roles share is opened once.
 * @throws Refusal, Fault where one of them cannot be opened: what is to hold on every token cannot be done on some
 */
export async function withRoleTokens<T>(
  { tokens }: { readonly tokens: WorkspaceTokens },
  role: TokenRole,
  use: (keystores: readonly Keystore[]) => Promise<T>,
): Promise<T> {
  return await use(await tokens.every(role));
}
