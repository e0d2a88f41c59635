import { openOnFirst } from '../../keystore/replicas/failover.ts';
import { Refusal } from '../../signer/errors.ts';
import type { ZoneKey } from '../../signer/zone-key.ts';
import type { LoggedKey } from '../audit/entry.ts';
import type { TokenRole } from '../config/config.ts';
import { keySelector } from '../workspace/logged-key.ts';
import type { Session } from '../workspace/session.ts';

/**
 * The keys of a zone, opened: those that the log knows, each compared with the public key that the log has and proved by a trial signature.
 * Not found is never a reason to make a new one. Of the tokens of a role the first that works is used; if it fails later, the next one.
 * @param only DNSKEY RDATA in base64: these keys and no others
 * @throws Refusal key/none, key/not-found, key/mismatch
 */
export async function zoneKeysOf(session: Session, zone: string, only?: readonly string[]): Promise<readonly ZoneKey[]> {
  const known = session.state.zones[zone]?.keys ?? [];
  const wanted = only === undefined ? known : known.filter(({ dnskey }) => only.includes(dnskey));
  if (wanted.length === 0) {
    throw new Refusal('key/none', `${zone} has no keys in this workspace`, `make them: coldsign key generate --zone ${zone}`);
  }
  const keys: ZoneKey[] = [];
  for (const key of wanted) keys.push(await openKey(session, key));
  return keys;
}

async function openKey({ tokens }: Session, key: LoggedKey): Promise<ZoneKey> {
  const selector = keySelector(key);
  const sources = tokens.replicas(key.token as TokenRole).map(({ name, open }) => ({
    name,
    open: async () => (await open()).openSigningKey(selector),
  }));
  const opened = await openOnFirst(sources, (text) => tokens.leftOut(text));
  return { role: key.role, key: opened };
}
