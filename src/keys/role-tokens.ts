import type { Keystore } from '../../keystore/keystore.ts';
import type { Config, TokenRole } from '../config/config.ts';
import type { Io } from '../io.ts';
import { WorkspaceTokens } from '../workspace/tokens.ts';

interface Owner {
  readonly config: Config;
  readonly tokens: WorkspaceTokens;
  readonly io: Io;
}

/**
 * Runs `use` with every token of a role, the replicas too; a token that several roles share is opened once.
 * @throws Refusal, Fault where one of them cannot be opened: what is to hold on every token cannot be done on some
 */
export async function withRoleTokens<T>(
  { config, tokens, io }: Owner,
  role: TokenRole,
  use: (keystores: readonly Keystore[]) => Promise<T>,
): Promise<T> {
  await using more = new AsyncDisposableStack();
  const keystores = [await tokens.keystore(role)];
  for (const uri of config.tokens[role].slice(1)) {
    const replica = more.use(new WorkspaceTokens({ uris: { ksk: [uri], zsk: [uri], audit: [uri] } }, io));
    keystores.push(await replica.keystore(role));
  }
  return await use(keystores);
}
