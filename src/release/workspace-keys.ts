import { fromHex } from '../../signer/dns/bytes.ts';
import { Refusal } from '../../signer/errors.ts';
import type { ZoneKey } from '../../signer/zone-key.ts';
import type { LoggedKey } from '../audit/entry.ts';
import type { TokenRole } from '../config/config.ts';
import type { Session } from '../workspace/session.ts';

/**
 * The keys of a zone, opened: those that the log knows, each compared with the public key that the log has and proved by a trial signature.
 * Not found is never a reason to make a new one.
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

async function openKey(session: Session, key: LoggedKey): Promise<ZoneKey> {
  const keystore = await session.tokens.keystore(key.token as TokenRole);
  const opened = await keystore.openSigningKey({
    uri: { id: fromHex(key.id)!, object: key.label },
    role: key.role,
    algorithm: key.algorithm,
    expected: Buffer.from(key.dnskey, 'base64'),
  });
  return { role: key.role, key: opened };
}
