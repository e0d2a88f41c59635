import type { LoggedKey } from '../audit/entry.ts';
import type { TokenRole } from '../config/config.ts';
import { nameInHistory } from '../workspace/key-tags.ts';
import type { Session } from '../workspace/session.ts';
import { proveOnReplicas } from './prove.ts';

/** For keys that were just made: on which tokens of their role they are not, and what to do about it. */
export async function replicaAdvice(session: Session, keys: readonly LoggedKey[]): Promise<readonly string[]> {
  const texts: string[] = [];
  for (const key of keys.filter(({ token }) => session.tokens.replicas(token as TokenRole).length > 1)) {
    const { missing } = await proveOnReplicas(session, key);
    for (const { name, why } of missing) texts.push(`${nameInHistory(key)} is not on ${name} yet: ${why}`);
  }
  if (texts.length === 0) return [];
  return [
    ...texts,
    'a key is not published before every token of its role has it: bring it there (coldsign key backup and key restore, or cloning as the vendor has it), then see coldsign key prove',
  ];
}
