import type { ZoneRoll } from '../../../keystore/rollover/model.ts';
import { published, servedOlder } from '../../../keystore/rollover/observe.ts';
import { type DsEvidence, observeDs } from '../../../keystore/rollover/observe-ds.ts';
import type { DsContent, Version } from '../../../keystore/rollover/simulate/history.ts';
import type { Frame } from './frame.ts';
import type { Release, Straggler } from './outside.ts';
import type { Random } from './random.ts';

/** One piece of evidence, as it changes what is known. */
export type Look = (zone: ZoneRoll) => ZoneRoll;

/** How looks at the parent are taken in; another one shows what is missed. */
export type Observe = (zone: ZoneRoll, evidence: DsEvidence) => ZoneRoll;

export const OBSERVE: Observe = (zone, evidence) => observeDs(zone, evidence).zone;

export interface Seen {
  readonly releases: readonly Release[];
  readonly ds: readonly Version<DsContent>[];
  readonly straggler: Straggler | undefined;
  readonly propagation: number;
  readonly parentPropagation: number;
  readonly ttl: number;
  readonly now: number;
  readonly since: number;
}

/** What can be known at a visit of what is outside. */
export function looksAt(seen: Seen, observe: Observe, happens: (what: keyof Frame['trouble'], may: boolean) => boolean): Look[] {
  return [...looksAtZone(seen), ...looksAtParent(seen, observe, happens)];
}

/** A server that went back since the last visit, or is still there, was seen: who does not see it cannot know of it. */
export function alarm({ straggler, now }: Pick<Seen, 'straggler' | 'now'>, last: number): Look | undefined {
  if (straggler === undefined || straggler.service.to <= last) return undefined;
  const { release, service } = straggler;
  return (zone) => servedOlder(zone, { serial: release.serial, at: Math.min(now, service.to - 1) }).zone;
}

/**
 * A parent that takes back what it did is looked at without a break: what it had for a while since the last visit, and what it has now. Of a change
 * that nobody looks at nobody can know.
 */
export function alarmAtParent({ ds, now, parentPropagation, ttl }: Seen, last: number, observe: Observe): Look {
  const sets = ds.flatMap(({ at, content }, i) => {
    const end = Math.min(now, (ds[i + 1]?.at ?? now + 1) - 1);
    const isSeen = at + parentPropagation <= end && last < end;
    return isSeen ? [{ at: end, agree: true, keys: content.keys.map(({ id }) => id), ttl }] : [];
  });
  const current = ds.findLast(({ at }) => at <= now)!;
  const keys = [current, ds[ds.indexOf(current) - 1]].flatMap((one) => one?.content.keys.map(({ id }) => id) ?? []);
  const changing = current.at + parentPropagation > now ? [{ at: now, agree: false, keys: [...new Set(keys)], ttl }] : [];
  return (zone) => [...sets, ...changing].reduce(observe, zone);
}

const isServing = ({ service }: Straggler, now: number): boolean => service.from <= now && now < service.to;

function looksAtZone({ releases, straggler, propagation, now }: Seen): Look[] {
  const newest = releases.findLast(({ publishAt }) => publishAt + propagation <= now);
  if (straggler !== undefined && isServing(straggler, now)) return [];
  if (newest === undefined || newest.serial <= 1) return [];
  const from = Math.max(newest.publishAt + propagation, straggler === undefined ? 0 : Math.min(straggler.service.to, now));
  return [(zone) => published(zone, { serial: newest.serial, from }).zone];
}

function looksAtParent(
  { ds, parentPropagation, ttl, now, since }: Seen,
  observe: Observe,
  happens: (what: keyof Frame['trouble'], may: boolean) => boolean,
): Look[] {
  const current = ds.findLast(({ at }) => at <= now)!;
  // Where the parent changes it again before all servers have the last change, some may have what was there before that.
  const before = ds.slice(0, ds.indexOf(current)).filter((_, i) => ds[i + 1]!.at + parentPropagation > now);
  const agree = before.length === 0;
  const names = (...sets: readonly Version<DsContent>[]): readonly string[] => [
    ...new Set(sets.flatMap(({ content }) => content.keys.map(({ id }) => id))),
  ];
  const last = ds.at(-1)!.at + parentPropagation;
  const look = (at: number, all: boolean, keys: readonly string[]): Look => {
    return (zone) => observe(zone, { at, agree: all, keys, ttl });
  };
  if (!agree && happens('contradicted', true)) {
    // Each of them asked some servers only, and took them for all.
    const all = [...before, current].map((one) => look(now, true, names(one)));
    return [(zone) => all.reduce((view, one) => one(view), zone)];
  }
  const times = agree && last <= now ? [now, Math.max(last, since)] : [now];
  return times.map((at) => look(at, agree, names(...before, current)));
}

/** Evidence as it arrives: some is lost, some comes twice, some late, in any order. */
export function arriving(
  looks: readonly Look[],
  late: Look[],
  happens: (what: keyof Frame['trouble'], may: boolean) => boolean,
  random: Random,
  isQuiet: boolean,
): Look[] {
  const before = late.length > 0 && (isQuiet || random.chance(0.5)) ? late.splice(0) : [];
  const kept = looks.filter(() => !happens('lost', !isQuiet));
  const twice = kept.flatMap((look) => (happens('duplicated', true) ? [look, look] : [look]));
  const inTime = twice.filter((look) => {
    if (!happens('delayed', !isQuiet)) return true;
    late.push(look);
    return false;
  });
  const here = happens('reordered', !isQuiet) ? random.shuffled(inTime) : inTime.reverse();
  // What comes late comes after what was seen since.
  return [...here, ...before];
}
