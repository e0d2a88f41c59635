import { printKeyName } from '../../keystore/key.ts';
import { toHex } from '../../signer/dns/bytes.ts';
import { parseName } from '../../signer/dns/name.ts';
import { Fault, Refusal } from '../../signer/errors.ts';
import type { KeyRole } from '../../signer/zone-key.ts';
import type { EntryData, LoggedKey } from '../audit/entry.ts';
import type { Policy, TokenRole } from '../config/config.ts';
import { keysBeside, tagsOf } from '../workspace/key-tags.ts';
import { loggedKey } from '../workspace/logged-key.ts';
import type { Session } from '../workspace/session.ts';

export interface NewKeyWish {
  readonly zone: string;
  readonly role: KeyRole;
  readonly algorithm: number;
  readonly policy: Policy;
  /** Key tags that are taken elsewhere. */
  readonly avoidTags?: readonly number[];
  /** It may leave the token, wrapped. */
  readonly wrappable?: boolean;
}

/**
 * A new key of a zone on the first token of its role: intent in the log, generated and proved, result.
 * @throws Refusal key/generation-open, key/…; Fault token/…
 */
export async function generateZoneKey(session: Session, wish: NewKeyWish): Promise<LoggedKey> {
  const { zone, role, algorithm, policy, wrappable = false, avoidTags: taken = [] } = wish;
  const token: TokenRole = role === 'zsk' ? 'zsk' : 'ksk';
  refuseUnresolved(session, zone, role);
  const keystore = await session.tokens.keystore(token);
  const { keyTagRange: tagRange } = policy;
  // The size is that of the keys of the policy's own algorithm.
  const bits = algorithm === policy.algorithm ? policy.bits : undefined;
  const apex = parseName(zone);
  const label = printKeyName({ zone: apex, role, algorithm });
  const before = (await keystore.listKeys()).filter((key) => key.label === label).map(({ id }) => toHex(id));
  const asked = { ...(wrappable ? { wrappable } : {}), ...(taken.length === 0 ? {} : { avoidTags: taken }) };
  const { serial } = keystore.token;
  const intent = session.append('key.generate.intent', { zone, role, algorithm, label, token, serial, before, ...asked });
  await session.checkpoint();
  const avoidTags = [...keysBeside(session.state, session.config, zone).flatMap(tagsOf), ...taken];
  const sizes = { ...(bits === undefined ? {} : { bits }), ...(tagRange === undefined ? {} : { tagRange }) };
  const pairWish = { zone: apex, role, algorithm, avoidTags, wrappable, ...sizes };
  const pair = await abandoning(session, intent, () => keystore.generate(pairWish));
  const key = loggedKey({ id: pair.id, publicKey: pair.dnskey.subarray(4) }, { zone, role, algorithm, label, token }, serial);
  session.append('key.generate.result', { intent, key });
  return key;
}

/** A pair that the keystore does not trust stays on the token and is never taken for the one that was asked for. */
async function abandoning<T>(session: Session, intent: number, make: () => Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    if ((error instanceof Refusal || error instanceof Fault) && /^(key|sign)\//.test(error.code))
      session.append('intent.resolved', { intent, outcome: 'abandoned', found: error.message.slice(0, 1000) });
    throw error;
  }
}

/** A key that an interrupted command may have made, on a token that could not be asked, would be a second one of its role. */
function refuseUnresolved({ state }: Session, zone: string, role: KeyRole): void {
  const open = Object.values(state.intents).find(({ type, data }) => {
    const intent = data as EntryData['key.generate.intent'];
    return type === 'key.generate.intent' && intent.zone === zone && intent.role === role;
  });
  if (open === undefined) return;
  throw new Refusal(
    'key/generation-open',
    `whether the ${role.toUpperCase()} of ${zone} that was to be made at ${open.time} is there is not known: its token cannot be asked`,
    'connect that token and run any command of the workspace; it looks there, and tells',
  );
}
