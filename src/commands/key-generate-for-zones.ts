import { printKeyName } from '../../keystore/key.ts';
import { toHex } from '../../signer/dns/bytes.ts';
import { parseName } from '../../signer/dns/name.ts';
import { algorithmLabel } from '../../signer/dnssec/algorithm.ts';
import { keyTag, revokedKeyTag } from '../../signer/dnssec/dnskey.ts';
import { Fault, Refusal } from '../../signer/errors.ts';
import type { KeyRole } from '../../signer/zone-key.ts';
import type { LoggedKey } from '../audit/entry.ts';
import type { Policy } from '../config/config.ts';
import { type Io, note } from '../io.ts';
import { dsLines } from '../print/ds-lines.ts';
import { zoneOf } from '../workspace/configured-zone.ts';
import { loggedKey } from '../workspace/logged-key.ts';
import { type Session, type SessionRequest, withSession } from '../workspace/session.ts';

export interface KeyGenerateForZonesOptions extends Omit<SessionRequest, 'command' | 'config'> {
  readonly zones: readonly string[];
  /** Default: the roles of the policy that have no key yet. */
  readonly role?: KeyRole;
  /** They may leave the token, wrapped. */
  readonly wrappable?: boolean;
  readonly json: boolean;
}

/** `key generate --zone Z` in a workspace: the keys that the policy asks for and that the zone lacks, each with intent and result in the log. */
export async function keyGenerateForZones(options: KeyGenerateForZonesOptions, io: Io): Promise<number> {
  return withSession({ ...options, command: 'key generate' }, io, async (session) => {
    const made: LoggedKey[] = [];
    for (const name of options.zones) {
      const zone = zoneOf(session.config, name);
      const policy = session.config.policies[zone.policy]!;
      for (const role of options.role === undefined ? missingRoles(session, zone.name, policy) : [options.role]) {
        made.push(await generate(session, zone.name, role, policy, options.wrappable === true));
      }
    }
    if (made.length === 0) note(io, 'no key was made: every role of the policy has one; --role makes a further one');
    io.out.write(options.json ? `${JSON.stringify(made, undefined, 2)}\n` : made.map(keyText).join(''));
    return 0;
  });
}

function missingRoles(session: Session, zone: string, policy: Policy): readonly KeyRole[] {
  const has = new Set((session.state.zones[zone]?.keys ?? []).map(({ role }) => role));
  const wanted: readonly KeyRole[] = policy.keys === 'csk' ? ['csk'] : ['ksk', 'zsk'];
  return wanted.filter((role) => !has.has(role));
}

async function generate(session: Session, zone: string, role: KeyRole, policy: Policy, wrappable: boolean): Promise<LoggedKey> {
  const token = role === 'zsk' ? 'zsk' : 'ksk';
  const keystore = await session.tokens.keystore(token);
  const { algorithm, bits } = policy;
  const apex = parseName(zone);
  const label = printKeyName({ zone: apex, role, algorithm });
  const before = (await keystore.listKeys()).filter((key) => key.label === label).map(({ id }) => toHex(id));
  const intent = session.append('key.generate.intent', { zone, role, algorithm, label, token, serial: keystore.token.serial, before });
  await session.checkpoint();
  const wish = { zone: apex, role, algorithm, avoidTags: tagsOf(session, zone), wrappable, ...(bits === undefined ? {} : { bits }) };
  const pair = await abandoning(session, intent, () => keystore.generate(wish));
  const key = loggedKey(
    { id: pair.id, publicKey: pair.dnskey.subarray(4) },
    { zone, role, algorithm, label, token },
    keystore.token.serial,
  );
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

/** Tags of all keys that the zone has had, as they are and as they are when revoked. */
function tagsOf(session: Session, zone: string): readonly number[] {
  return (session.state.zones[zone]?.keys ?? []).flatMap(({ dnskey }) => {
    const rdata = Buffer.from(dnskey, 'base64');
    return [keyTag(rdata), revokedKeyTag(rdata)];
  });
}

function keyText(key: LoggedKey): string {
  const head = `${key.zone} ${key.role.toUpperCase()} ${key.keyTag} ${algorithmLabel(key.algorithm)}, CKA_ID ${key.id}\n`;
  return key.role === 'zsk'
    ? head
    : `${head}${dsLines(key)
        .map((line) => `  ${line}\n`)
        .join('')}`;
}
