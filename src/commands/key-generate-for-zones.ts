import { printKeyName } from '../../keystore/key.ts';
import { toHex } from '../../signer/dns/bytes.ts';
import { parseName } from '../../signer/dns/name.ts';
import { algorithmLabel } from '../../signer/dnssec/algorithm.ts';
import { Fault, Refusal } from '../../signer/errors.ts';
import type { KeyRole } from '../../signer/zone-key.ts';
import type { EntryData, LoggedKey } from '../audit/entry.ts';
import type { Policy, TokenRole } from '../config/config.ts';
import { type Io, note } from '../io.ts';
import { dsLines } from '../print/ds-lines.ts';
import { replicaAdvice } from '../replicas/advice.ts';
import { zoneOf } from '../workspace/configured-zone.ts';
import { keysBeside, tagsOf } from '../workspace/key-tags.ts';
import { loggedKey } from '../workspace/logged-key.ts';
import { type Session, type SessionRequest, withSession } from '../workspace/session.ts';

export interface KeyGenerateForZonesOptions extends Omit<SessionRequest, 'command' | 'config'> {
  readonly zones: readonly string[];
  /** Default: the roles of the policy that have no key yet. */
  readonly role?: KeyRole;
  /** Key tags that are taken elsewhere. */
  readonly avoidTags?: readonly number[];
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
        made.push(await generate(session, { zone: zone.name, role, policy, options }));
      }
    }
    if (made.length === 0) note(io, 'no key was made: every role of the policy has one; --role makes a further one');
    io.out.write(options.json ? `${JSON.stringify(made, undefined, 2)}\n` : made.map(keyText).join(''));
    // What is there is told before replicas are asked: one of them may fail.
    for (const text of await replicaAdvice(session, made)) note(io, text);
    return 0;
  });
}

function missingRoles(session: Session, zone: string, policy: Policy): readonly KeyRole[] {
  const has = new Set((session.state.zones[zone]?.keys ?? []).map(({ role }) => role));
  const wanted: readonly KeyRole[] = policy.keys === 'csk' ? ['csk'] : ['ksk', 'zsk'];
  return wanted.filter((role) => !has.has(role));
}

interface Wanted {
  readonly zone: string;
  readonly role: KeyRole;
  readonly policy: Policy;
  readonly options: KeyGenerateForZonesOptions;
}

async function generate(session: Session, { zone, role, policy, options }: Wanted): Promise<LoggedKey> {
  const token: TokenRole = role === 'zsk' ? 'zsk' : 'ksk';
  refuseUnresolved(session, zone, role);
  const keystore = await session.tokens.keystore(token);
  const { algorithm, bits, keyTagRange: tagRange } = policy;
  const apex = parseName(zone);
  const label = printKeyName({ zone: apex, role, algorithm });
  const before = (await keystore.listKeys()).filter((key) => key.label === label).map(({ id }) => toHex(id));
  const { wrappable = false, avoidTags: taken = [] } = options;
  const asked = { ...(wrappable ? { wrappable } : {}), ...(taken.length === 0 ? {} : { avoidTags: taken }) };
  const { serial } = keystore.token;
  const intent = session.append('key.generate.intent', { zone, role, algorithm, label, token, serial, before, ...asked });
  await session.checkpoint();
  const avoidTags = [...keysBeside(session.state, session.config, zone).flatMap(tagsOf), ...taken];
  const sizes = { ...(bits === undefined ? {} : { bits }), ...(tagRange === undefined ? {} : { tagRange }) };
  const wish = { zone: apex, role, algorithm, avoidTags, wrappable, ...sizes };
  const pair = await abandoning(session, intent, () => keystore.generate(wish));
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

function keyText(key: LoggedKey): string {
  const head = `${key.zone} ${key.role.toUpperCase()} ${key.keyTag} ${algorithmLabel(key.algorithm)}, CKA_ID ${key.id}\n`;
  return key.role === 'zsk'
    ? head
    : `${head}${dsLines(key)
        .map((line) => `  ${line}\n`)
        .join('')}`;
}
