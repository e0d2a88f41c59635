import { tokenName } from '../../keystore/pkcs11/token-refusal.ts';
import type { EntryData, TokenRef } from '../audit/entry.ts';
import type { TokenRole } from '../config/config.ts';
import type { Session } from '../workspace/session.ts';
import { keyToDestroy } from './destroy-key.ts';
import { withRoleTokens } from './role-tokens.ts';

/**
 * A destruction that was interrupted: the tokens tell how far it came. It is complete only if none of the tokens of the intent has anything of the
 * key; else it is abandoned, the key stays in the log as one that is there, and what is left of it is told.
 */
export async function resolveDestruction(
  session: Session,
  { key, tokens }: EntryData['key.destroy.intent'],
): Promise<Pick<EntryData['intent.resolved'], 'outcome' | 'found'>> {
  return withRoleTokens(session, key.token as TokenRole, async (keystores) => {
    const remains: string[] = [];
    const gone: string[] = [];
    for (const keystore of keystores) {
      const token = tokenName(keystore.token);
      const presence = await keystore.presenceOf(keyToDestroy(key));
      if (presence === 'absent') gone.push(token);
      else remains.push(`${token} ${presence === 'present' ? 'still has it, or part of it' : 'has another key of its name'}`);
    }
    for (const { label, serial } of notLookedAt(
      tokens,
      keystores.map(({ token }) => token),
    ))
      remains.push(`token ${label} (serial ${serial}) is not one of the role ${key.token} any more: not looked at`);
    const name = `key ${key.keyTag} of ${key.zone}`;
    if (remains.length === 0) return { outcome: 'completed', found: `${name} is on none of: ${gone.join(', ')}` };
    const rest = gone.length === 0 ? '' : `; it is gone from ${gone.join(', ')}`;
    const next = `to finish: coldsign key destroy --zone ${key.zone} --key ${key.keyTag}`;
    return { outcome: 'abandoned', found: `${name} is not destroyed: ${remains.join('; ')}${rest}; ${next}` };
  });
}

/** Each token of the intent must be one that was looked at; clones have one label and serial number, so they are counted. */
function notLookedAt(wanted: readonly TokenRef[], seen: readonly TokenRef[]): readonly TokenRef[] {
  const left = [...seen];
  return wanted.filter(({ label, serial }) => {
    const at = left.findIndex((token) => token.label === label && token.serial === serial);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}
