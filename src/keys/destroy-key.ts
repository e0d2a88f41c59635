import type { Keystore } from '../../keystore/keystore.ts';
import type { KeyToDestroy } from '../../keystore/lifecycle/destruction.ts';
import { tokenName } from '../../keystore/pkcs11/token-refusal.ts';
import { fromHex } from '../../signer/dns/bytes.ts';
import { algorithmLabel } from '../../signer/dnssec/algorithm.ts';
import { Refusal } from '../../signer/errors.ts';
import type { LoggedKey, TokenRef } from '../audit/entry.ts';
import type { TokenRole } from '../config/config.ts';
import { note } from '../io.ts';
import type { NewData, Session } from '../workspace/session.ts';
import { confirmTag } from './confirm.ts';
import { readHistories } from './key-history.ts';
import { withRoleTokens } from './role-tokens.ts';
import { refuseNeeded } from './zone-needs.ts';

export interface DestroyWish {
  readonly zone: string;
  readonly keyTag: number;
  readonly reason: string;
  /** How it is known that the parent has no DS of the key any more: a person stands for it. */
  readonly attestNoDs?: string;
  /** The key tag, typed; absent: it is asked for. */
  readonly confirm?: string;
}

/** What happened on one token. */
export interface DestroyedOn {
  readonly token: TokenRef;
  readonly outcome: 'destroyed' | 'absent';
}

/**
 * Destroys a key that nothing needs, on every token of its role: intent in the log, signed; destroyed; read back; result. Interrupted, the intent
 * stays open, and the next command looks at the tokens.
 * @throws Refusal key/not-found, key/still-needed, key/ds-unknown, key/not-confirmed, key/mismatch; Fault key/not-destroyed, token/…
 */
export async function destroyKeyOfZone(
  session: Session,
  wish: DestroyWish,
): Promise<{ readonly key: LoggedKey; readonly tokens: readonly DestroyedOn[] }> {
  const key = loggedKeyOf(session, wish);
  refuseNeeded(session, key, session.now);
  refuseUnattested(key, wish.attestNoDs);
  return withRoleTokens(session, key.token as TokenRole, async (keystores) => {
    const wanted = keyToDestroy(key);
    const found: string[] = [];
    for (const keystore of keystores) {
      const presence = await keystore.presenceOf(wanted);
      if (presence === 'other') throw otherKey(key, tokenName(keystore.token));
      if (presence === 'present') found.push(tokenName(keystore.token));
    }
    for (const text of remarks(session, key, keystores)) note(session.io, text);
    const where = found.length === 0 ? 'on no token any more' : `on ${found.join(' and ')}`;
    confirmTag(key.keyTag, `${describe(key)}, ${where}, will be destroyed for good.`, wish.confirm);
    const tokens = keystores.map(({ token }) => ({ label: token.label, serial: token.serial }));
    const intent = session.appendAll([...exception(session, key, wish), ['key.destroy.intent', { key, tokens, reason: wish.reason }]]);
    await session.checkpoint();
    const done: DestroyedOn[] = [];
    for (const [i, keystore] of keystores.entries()) {
      const { outcome } = await keystore.destroyKey(wanted);
      done.push({ token: tokens[i]!, outcome });
    }
    session.append('key.destroy.result', { intent, key, tokens });
    return { key, tokens: done };
  });
}

/** What names a key on a token, from what the log says of it. */
export function keyToDestroy({ id, label, dnskey }: Pick<LoggedKey, 'id' | 'label' | 'dnskey'>): KeyToDestroy {
  return { id: fromHex(id)!, label, dnskey: Buffer.from(dnskey, 'base64') };
}

function loggedKeyOf({ state }: Session, { zone, keyTag }: DestroyWish): LoggedKey {
  const { keys = [], past = [] } = state.zones[zone] ?? {};
  const found = keys.find((key) => key.keyTag === keyTag);
  if (found !== undefined) return found;
  const isPast = past.some((key) => key.keyTag === keyTag);
  const has = keys.map((key) => `${key.role.toUpperCase()} ${key.keyTag}`).join(', ') || 'none';
  throw new Refusal(
    'key/not-found',
    `the log has no key ${keyTag} of ${zone}${isPast ? ' any more: it was destroyed' : ''}; keys of the zone: ${has}`,
    'see coldsign key list --all; a key that no log knows is destroyed with the tool of its token',
  );
}

/** A KSK may have a DS at the parent even if no release ever had it: DS records are printed and handed in before. */
function refuseUnattested(key: LoggedKey, attested: string | undefined): void {
  if (key.role === 'zsk' || attested !== undefined) return;
  throw new Refusal(
    'key/ds-unknown',
    `${describe(key)} may have a DS record at the parent, and nothing here shows that it has none`,
    'look at the DS RRset of the zone at all servers of the parent, wait for its TTL, and say what was seen when: --attest-no-ds TEXT',
  );
}

function exception({ state }: Session, key: LoggedKey, { attestNoDs, zone }: DestroyWish): readonly NewData[] {
  if (key.role === 'zsk' || attestNoDs === undefined) return [];
  const serial = state.zones[zone]?.releases.at(-1)?.serial ?? 0;
  const text = `${key.role.toUpperCase()} ${key.keyTag} is destroyed without evidence that the parent has no DS of it`;
  return [['exception.opened', { rule: 'ds-at-parent', zone, serial, reason: attestNoDs, text }]];
}

/** Where else the key may be. */
function* remarks(session: Session, key: LoggedKey, keystores: readonly Keystore[]): Generator<string> {
  const here = new Set(keystores.map(({ token }) => token.serial));
  const { proved, restored, backup } = readHistories(session)(key);
  const elsewhere = [
    key.serial,
    ...(proved?.tokens ?? []).map(({ serial }) => serial),
    ...restored.flatMap(({ token }) => token?.serial ?? []),
  ];
  for (const serial of new Set(elsewhere.filter((one) => !here.has(one))))
    yield `warning: the key was on the token ${serial} too, which coldsign.yaml does not name for ${key.token}: it is not destroyed there`;
  if (backup !== undefined)
    yield `warning: a backup of ${backup.time} (${backup.method}) has the key: it can be restored until that is destroyed as well`;
}

/** Told before anything is destroyed on the other tokens. */
function otherKey(key: LoggedKey, token: string): Refusal {
  return new Refusal(
    'key/mismatch',
    `on the ${token} another key, with another public key, goes by the name of ${describe(key)} (CKA_ID ${key.id || 'none'}); nothing was destroyed`,
    'find out where that key comes from: keys of one name on the tokens of a role must be the same key',
  );
}

function describe({ zone, role, keyTag, algorithm, label }: LoggedKey): string {
  return `${role.toUpperCase()} ${keyTag} of ${zone} (algorithm ${algorithmLabel(algorithm)}, label "${label}")`;
}
