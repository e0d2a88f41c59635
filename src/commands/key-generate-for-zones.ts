import { algorithmLabel } from '../../signer/dnssec/algorithm.ts';
import type { KeyRole } from '../../signer/zone-key.ts';
import type { LoggedKey } from '../audit/entry.ts';
import type { Policy } from '../config/config.ts';
import { type Io, note } from '../io.ts';
import { generateZoneKey } from '../keys/generate-key.ts';
import { dsLines } from '../print/ds-lines.ts';
import { replicaAdvice } from '../replicas/advice.ts';
import { zoneOf } from '../workspace/configured-zone.ts';
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
    const { avoidTags, wrappable } = options;
    const asked = { ...(avoidTags === undefined ? {} : { avoidTags }), ...(wrappable === undefined ? {} : { wrappable }) };
    for (const name of options.zones) {
      const zone = zoneOf(session.config, name);
      const policy = session.config.policies[zone.policy]!;
      for (const role of options.role === undefined ? missingRoles(session, zone.name, policy) : [options.role]) {
        made.push(await generateZoneKey(session, { zone: zone.name, role, algorithm: policy.algorithm, policy, ...asked }));
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

function keyText(key: LoggedKey): string {
  const head = `${key.zone} ${key.role.toUpperCase()} ${key.keyTag} ${algorithmLabel(key.algorithm)}, CKA_ID ${key.id}\n`;
  return key.role === 'zsk'
    ? head
    : `${head}${dsLines(key)
        .map((line) => `  ${line}\n`)
        .join('')}`;
}
