import type { RollKey, ZoneRoll } from '../../keystore/rollover/model.ts';
import { revokedKeyTag } from '../../signer/dnssec/dnskey.ts';
import type { KeyTagRange } from '../config/config.ts';
import { type Io, note } from '../io.ts';
import { beginRoll } from '../rollover/begin-roll.ts';
import { checkedOperator, readForeignKeys } from '../rollover/foreign-keys.ts';
import { nameOfKey } from '../rollover/key-name.ts';
import { rollReason } from '../rollover/roll-reason.ts';
import { zoneRollOf } from '../rollover/zone-roll.ts';
import { zoneOf } from '../workspace/configured-zone.ts';
import { type Session, type SessionRequest, withSession } from '../workspace/session.ts';

export interface RollJoinOptions extends Omit<SessionRequest, 'command' | 'config'> {
  readonly zone: string;
  /** Name of the other operator. */
  readonly operator: string;
  /** File with its DNSKEY records. */
  readonly keys: string;
  readonly reason: string;
  readonly json: boolean;
}

/**
 * `roll join`: another operator's DNSKEY records → its ZSKs for our DNSKEY RRset, its KSKs for the DS RRset (RFC 8901, model 2). Given again
 * while it is here, the keys that are new come in. Prints the records that the other operator needs of us.
 */
export async function rollJoin(options: RollJoinOptions, io: Io): Promise<number> {
  const reason = rollReason(options.reason, 'roll join');
  const operator = checkedOperator(options.operator);
  return withSession({ ...options, command: 'roll join' }, io, async (session) => {
    const zone = zoneOf(session.config, options.zone);
    const before = zoneRollOf(session.state, zone.name);
    const keys = readForeignKeys(options.keys, zone.name, before);
    for (const text of rangeWarnings(keys, session.config.policies[zone.policy]!.keyTagRange)) note(io, text);
    await beginRoll(session, zone, {
      what: { kind: 'join', operator, keys, revokedTags: revokedTags(session, zone.name) },
      reason,
    });
    const { roll, keys: known } = session.state.zones[zone.name]!.roll!;
    const coming = known.filter(({ name }) => roll?.new.includes(name));
    const ours = ownRecords(session, zone.name);
    io.out.write(
      options.json
        ? `${JSON.stringify({ format: 1, zone: zone.name, roll, foreign: coming, ours }, undefined, 2)}\n`
        : text(zone.name, operator, roll!.id, coming, ours),
    );
    return 0;
  });
}

function text(zone: string, operator: string, id: number, coming: readonly RollKey[], ours: readonly string[]): string {
  const names = coming.map(({ role, keyTag }) => `${role.toUpperCase()} ${keyTag}`).join(', ');
  return [
    `${zone} rollover ${id} (join) has begun: ${names} of ${operator}`,
    `for ${operator}, which must have them before its servers answer:`,
    ...ours.map((line) => `  ${line}`),
    `next: coldsign roll advance --zone ${zone}; the servers of ${operator} are named in the zone when the rollover has ended, not before`,
    '',
  ].join('\n');
}

/** DNSKEY records of our keys that sign data, in use or to come: the other operator publishes them too. */
function ownRecords({ state }: Session, zone: string): readonly string[] {
  const roll: ZoneRoll = zoneRollOf(state, zone);
  const gone = new Set(roll.keys.filter(({ goals }) => Object.values(goals).every((goal) => goal === 'hidden')).map(({ name }) => name));
  const unused = new Set(roll.keys.filter(({ goals }) => Object.keys(goals).length === 0).map(({ name }) => name));
  return (state.zones[zone]?.keys ?? [])
    .filter((key) => !gone.has(nameOfKey(key)) || unused.has(nameOfKey(key)))
    .map(({ dnskey, role }) => {
      const rdata = Buffer.from(dnskey, 'base64');
      return `${zone} IN DNSKEY ${rdata.readUInt16BE(0)} ${rdata[2]} ${rdata[3]} ${rdata.subarray(4).toString('base64')} ; ${role.toUpperCase()}`;
    });
}

/** Of all own keys, by name. */
function revokedTags({ state }: Session, zone: string): Readonly<Record<string, number>> {
  return Object.fromEntries(
    (state.zones[zone]?.keys ?? []).map((key) => [nameOfKey(key), revokedKeyTag(Buffer.from(key.dnskey, 'base64'))]),
  );
}

/** Operators that keep to ranges of their own can make keys without asking each other. */
function rangeWarnings(keys: readonly { readonly keyTag: number }[], range: KeyTagRange | undefined): readonly string[] {
  if (range === undefined)
    return ['the policy has no key-tag-range: agree on ranges, so that no operator makes a key with the tag of another'];
  return keys
    .filter(({ keyTag }) => keyTag >= range.low && keyTag <= range.high)
    .map(
      ({ keyTag }) =>
        `warning: key tag ${keyTag} is in the key-tag-range of this policy, ${range.low}-${range.high}: it is meant for keys made here`,
    );
}
