import { type Methods, unusedKeyOf, type ZoneRoll } from '../../keystore/rollover/model.ts';
import { newKeysNeeded } from '../../keystore/rollover/start/needed.ts';
import type { StartWhat } from '../../keystore/rollover/start/what.ts';
import { start } from '../../keystore/rollover/start.ts';
import { Refusal } from '../../signer/errors.ts';
import type { LoggedKey } from '../audit/entry.ts';
import type { ZoneConfig } from '../config/config.ts';
import { isoText } from '../config/time-text.ts';
import { generateZoneKey } from '../keys/generate-key.ts';
import type { Session } from '../workspace/session.ts';
import { startedEntry, ttlsOf } from './release-step.ts';
import { rollRulesOf } from './roll-rules.ts';
import { zoneRollOf } from './zone-roll.ts';

export interface RollWish {
  readonly what: StartWhat;
  readonly reason: string;
  readonly methods?: Partial<Methods>;
  readonly approvals?: readonly string[];
  /** Since when the other operators' caches have the new key that signs data (RFC 8901 6.2). */
  readonly knownElsewhereFrom?: number;
}

/**
 * Begins a rollover: the keys that it needs and that are not there are generated, then goals and links go into the log. Nothing is published by it.
 * @returns the keys that were made
 * @throws Refusal roll/…, key/…
 */
export async function beginRoll(session: Session, zone: ZoneConfig, wish: RollWish): Promise<readonly LoggedKey[]> {
  refuseUnreleased(session, zone.name);
  const known = zoneRollOf(session.state, zone.name);
  const rules = rollRulesOf(session.config, zone, ttlsOf(known));
  const begin = (roll: ZoneRoll): ZoneRoll => {
    const id = nextRollId(session, zone.name);
    const { methods, knownElsewhereFrom } = wish;
    const asked = { ...(methods === undefined ? {} : { methods }), ...(knownElsewhereFrom === undefined ? {} : { knownElsewhereFrom }) };
    return start(roll, rules, wish.what, { id, now: session.now, reason: wish.reason, ...asked });
  };
  const needed = newKeysNeeded(known, rules, wish.what);
  refuseFreshElsewhere(zone.name, wish, needed);
  // What cannot begin makes no keys.
  begin(withStandIns(known, needed));
  const policy = session.config.policies[zone.policy]!;
  const made: LoggedKey[] = [];
  for (const { role, algorithm } of needed) made.push(await generateZoneKey(session, { zone: zone.name, role, algorithm, policy }));
  const before = zoneRollOf(session.state, zone.name);
  session.append('roll.started', startedEntry(zone.name, before, unmoved(before, begin(before)), wish.approvals));
  return made;
}

/** Where keys change places at once, the next release does that, with all it takes; the start has goals and links only, like any other. */
function unmoved(before: ZoneRoll, after: ZoneRoll): ZoneRoll {
  if (after.roll?.breaksChain !== true || after.roll.kind === 'first-signing') return after;
  const records = new Map(before.keys.map((key) => [key.name, key.records]));
  return { ...after, keys: after.keys.map((key) => ({ ...key, records: records.get(key.name) ?? key.records })), parent: before.parent };
}

/**
 * What is only made now is known to nobody else.
 * @throws Refusal roll/not-known-elsewhere
 */
function refuseFreshElsewhere(zone: string, { knownElsewhereFrom }: RollWish, needed: ReturnType<typeof newKeysNeeded>): void {
  const signing = needed.find(({ role }) => role !== 'ksk');
  if (knownElsewhereFrom === undefined || signing === undefined) return;
  throw new Refusal(
    'roll/not-known-elsewhere',
    `${zone} has no ${signing.role.toUpperCase()} that was made and is not used, so other operators cannot know it since ${isoText(knownElsewhereFrom)}`,
    `make it first: coldsign key generate --zone ${zone} --role ${signing.role}, give its DNSKEY record to them, then start`,
  );
}

/** Keys as they will be, to try a start with. */
function withStandIns(zone: ZoneRoll, needed: ReturnType<typeof newKeysNeeded>): ZoneRoll {
  const keys = needed.map(({ role, algorithm }, i) => unusedKeyOf({ name: `new-${i}`, role, algorithm, keyTag: 0 }));
  return { ...zone, keys: [...zone.keys, ...keys] };
}

/** One more than all rollovers of the zone that the log has begun. */
function nextRollId({ state }: Session, zone: string): number {
  return (state.zones[zone]?.rolls ?? 0) + 1;
}

function refuseUnreleased({ state }: Session, zone: string): void {
  if ((state.zones[zone]?.releases.length ?? 0) > 0) return;
  throw new Refusal(
    'roll/never-released',
    `${zone} has 0 releases: there are no keys in use that could be rolled`,
    `sign it first: coldsign zone sign ${zone}`,
  );
}
