import { apply } from './apply.ts';
import {
  type Goal,
  isHidden,
  isPresent,
  type KeyName,
  type Move,
  type RecordName,
  type RollKey,
  type RollRules,
  type ZoneRoll,
} from './model.ts';
import { ENGINE, type EngineParts } from './parts.ts';
import { isOwn, isSafe, isSep, kindOf } from './rules.ts';
import { ADD_HOLD_DOWN } from './timing.ts';

export type Cancelled = { readonly zone: ZoneRoll; readonly moves: readonly Move[] } | { readonly refused: string };

const LATER = 'finish it, then roll back as a new rollover';

/**
 * Turns a rollover back in one step: old and new keys exchange their goals, the links are reversed, what was coming goes and what was going comes
 * back. One change after the other would be stuck: in the midst of a swap no single one is safe. Refused where the result is not safe for every
 * cache, or a third key is involved.
 *
 * @returns `moves`, and `zone` = `apply(reverse(zone), moves, now)`; under RFC 5011 new trust anchors are marked in it besides, to be revoked
 */
export function cancel(zone: ZoneRoll, rules: RollRules, now: number, parts: EngineParts = ENGINE): Cancelled {
  const { roll } = zone;
  if (roll === undefined) return { refused: 'no rollover is under way' };
  if (roll.isBack) return { refused: `rollover ${roll.id} was cancelled already and is going back; let that end, then start anew` };
  const involved = zone.keys.filter(({ name }) => roll.old.includes(name) || roll.new.includes(name));
  const obstacle = obstacleOf(zone, involved) ?? outstanding(zone, involved, rules, parts);
  if (obstacle !== undefined) return { refused: obstacle };
  const revoked = anchorsOf(zone, involved, rules, now);
  const moves = exchangesOf(involved).filter((move) => !(revoked.includes(move.key) && isOfKey(move)));
  const after = apply(toRevoke(reverse(zone), revoked), moves, now);
  if (parts.ruleDs(zone, after) && isSafe(after, rules, parts)) return { zone: after, moves };
  return { refused: `some cache would have keys, signatures or DS that do not fit together; ${LATER}` };
}

/** Goals, links and sides exchanged; no record moves. */
export function reverse(zone: ZoneRoll): ZoneRoll {
  const { roll } = zone;
  if (roll === undefined) return zone;
  const incoming = zone.keys.filter(({ name }) => roll.new.includes(name));
  const wantsDs = incoming.length === 0 || incoming.some(({ goals }) => goals.ds === 'omnipresent');
  return {
    ...zone,
    keys: zone.keys.map((key) => (roll.new.includes(key.name) ? leaving(key) : roll.old.includes(key.name) ? staying(key, wantsDs) : key)),
    links: zone.links.map((link) => (roll.old.includes(link.old) && roll.new.includes(link.new) ? { old: link.new, new: link.old } : link)),
    roll: { ...roll, old: roll.new, new: roll.old, isBack: true },
    wantsDs: roll.kind === 'insecure' ? !zone.wantsDs : zone.wantsDs,
  };
}

function leaving(key: RollKey): RollKey {
  return withGoals(key, () => 'hidden');
}

/**
 * Back to what it was: a key in use had all records, a standby key those that are still somewhere. Another operator's key had all that it has here:
 * its servers answer with it, whether this zone is signed or not.
 */
function staying(key: RollKey, wantsDs: boolean): RollKey {
  const wasInUse = key.activeSince !== undefined || !isOwn(key);
  const back = withGoals(key, (record) => {
    if (kindOf(key, record) !== 'hidden') return 'omnipresent';
    return wasInUse && (record !== 'ds' || wantsDs) ? 'omnipresent' : 'hidden';
  });
  return key.revocation.kind === 'wanted' ? { ...back, revocation: { kind: 'none' } } : back;
}

function withGoals(key: RollKey, goal: (record: RecordName) => Goal): RollKey {
  const records = Object.keys(key.goals) as RecordName[];
  return { ...key, goals: Object.fromEntries(records.map((record) => [record, goal(record)])) };
}

/** What is on its way turns round. What was withdrawn comes back only to a key that has taken its goal back. */
function exchangesOf(keys: readonly RollKey[]): readonly Move[] {
  return keys.flatMap(({ name, records }) =>
    (Object.keys(records) as RecordName[]).flatMap((record): readonly Move[] => {
      const kind = records[record]?.kind;
      if (kind === 'rumoured') return [{ kind: 'record', key: name, record, to: 'unretentive' }];
      return kind === 'unretentive' ? [{ kind: 'record', key: name, record, to: 'rumoured' }] : [];
    }),
  );
}

const isOfKey = (move: Move): boolean => move.kind === 'record' && (move.record === 'dnskey' || move.record === 'krrsig');

/**
 * New keys that some resolver may have taken for a trust anchor by now. They are revoked on their way out, as any other: only gone, they would be
 * trusted for ever (RFC 7583 3.3.4). The keys of a first signing are known to nobody who was not told by hand. Since a server went back a key may be
 * rumoured again that was seen long before: no sooner than its rollover began.
 */
function anchorsOf({ roll }: ZoneRoll, involved: readonly RollKey[], { rfc5011 }: RollRules, now: number): readonly KeyName[] {
  if (rfc5011 === 'none' || roll === undefined || roll.kind === 'first-signing') return [];
  const mayBeTrusted = ({ records: { dnskey } }: RollKey): boolean =>
    dnskey?.kind === 'omnipresent' || (dnskey?.kind === 'rumoured' && now >= Math.min(dnskey.since, roll.started) + ADD_HOLD_DOWN);
  return involved
    .filter((key) => roll.new.includes(key.name) && isOwn(key) && isSep(key) && key.trouble !== 'lost' && mayBeTrusted(key))
    .map(({ name }) => name);
}

function toRevoke(zone: ZoneRoll, names: readonly KeyName[]): ZoneRoll {
  if (names.length === 0) return zone;
  const wanted = { kind: 'wanted' } as const;
  return { ...zone, keys: zone.keys.map((key) => (names.includes(key.name) ? { ...key, revocation: wanted } : key)) };
}

function obstacleOf(zone: ZoneRoll, involved: readonly RollKey[]): string | undefined {
  const revoked = involved.find(({ revocation }) => revocation.kind === 'revoked');
  if (revoked !== undefined) return `key ${revoked.keyTag} is revoked, and a revoked key never comes back (RFC 5011 4.2)`;
  const lost = involved.find(({ name, trouble }) => trouble === 'lost' && zone.roll?.old.includes(name));
  if (lost !== undefined) return `the private key of ${lost.keyTag} is lost, so it cannot be used again`;
  if (zone.roll?.kind === 'first-signing' && zone.keys.some((key) => kindOf(key, 'ds') !== 'hidden')) {
    return 'the DS was asked for: only going insecure takes the zone back to where it was';
  }
  if (zone.roll?.kind === 'insecure' && !isStillSigned(zone)) {
    return 'signatures and DNSKEY are withdrawn already, and caches learn that there are none; let it end, then sign the zone anew';
  }
  for (const { role } of involved) {
    const present = zone.keys.filter((key) => key.role === role && isOwn(key) && !isHidden(key));
    if (present.length > 2)
      return `${present.length} keys of the role ${role} are published or still in caches, and two are the most; ${LATER}`;
  }
  return undefined;
}

/** Going insecure turns back only before the zone is unsigned: what some cache has lost comes back by the order of a first signing. */
function isStillSigned({ keys }: ZoneRoll): boolean {
  return (['dnskey', 'krrsig', 'zrrsig'] as const).every((record) => keys.some((key) => isOwn(key) && isPresent(key, record)));
}

/**
 * A request that the parent has not answered may be answered at any time, also after it was taken back: then a DS would come that nothing waits for
 * any more. One that nobody handed in, and that no CDS asks for, cannot.
 */
function outstanding(zone: ZoneRoll, involved: readonly RollKey[], { cds }: RollRules, parts: EngineParts): string | undefined {
  const isMoving = involved.some((key) => ['rumoured', 'unretentive'].includes(kindOf(key, 'ds')));
  if (!isMoving || parts.isRequestSettled(zone)) return undefined;
  if (cds === 'none' && zone.parent.request?.submittedAt === undefined) return undefined;
  return 'the parent was asked for another DS and was not seen to have it on all its servers; it may still act on that: hand in evidence first';
}
