import { type Cancelled, cancel } from '../../../keystore/rollover/cancel.ts';
import { sameSet } from '../../../keystore/rollover/contents.ts';
import type { RollRules, ZoneRoll } from '../../../keystore/rollover/model.ts';
import { released } from '../../../keystore/rollover/observe.ts';
import { ENGINE, type EngineParts } from '../../../keystore/rollover/parts.ts';
import { settle } from '../../../keystore/rollover/settle.ts';
import type { Counterexample } from '../../../keystore/rollover/simulate/counterexample.ts';
import type { DsContent, Operator, Version } from '../../../keystore/rollover/simulate/history.ts';
import { begin, beginning, T0 } from './begin.ts';
import { alarm, alarmAtParent, arriving, type Look, looksAt, OBSERVE, type Observe } from './evidence.ts';
import { type Frame, frameOf } from './frame.ts';
import { judge, type Stranding } from './judge.ts';
import { neighbourOf } from './neighbour.ts';
import { dsOf, isSame, type Release, releaseOf, type Straggler, stragglerAs, worldOf } from './outside.ts';
import { type Random, randomFrom } from './random.ts';

/** How often each thing happened. */
export type Counts = Record<string, number>;

export interface Lived {
  readonly failure: Counterexample | undefined;
  /** A resolver of RFC 5011 that lost its anchor, or trusts one for good that was revoked. */
  readonly stranded: Stranding | undefined;
  /** The rollover that did not end though all evidence came. */
  readonly isStuck: boolean;
  readonly zone: ZoneRoll;
  readonly counts: Counts;
}

export interface LiveOptions {
  readonly seed: number;
  readonly frame?: Partial<Frame>;
  readonly parts?: EngineParts;
  /** The zone is written as JSON and read again at each visit. */
  readonly reloads?: boolean;
  readonly cancels?: (zone: ZoneRoll, rules: RollRules, now: number, parts: EngineParts) => Cancelled;
  readonly observes?: Observe;
  /** What is done to a zone between evidence and acts. */
  readonly meddles?: (zone: ZoneRoll, rules: RollRules, now: number) => ZoneRoll;
}

const VISITS = 40;

/** One zone, what its servers really gave out, and an engine that knows evidence only. */
export function live({
  seed,
  frame: given,
  parts = ENGINE,
  reloads = false,
  cancels = cancel,
  observes = OBSERVE,
  meddles,
}: LiveOptions): Lived {
  const frame: Frame = { ...frameOf(seed), ...given };
  const random = randomFrom(seed + 0x5eed);
  const counts: Counts = {};
  const count = (what: string): void => {
    counts[what] = (counts[what] ?? 0) + 1;
  };
  const happens = (what: keyof Frame['trouble'], may: boolean): boolean => {
    if (!may || (isNew(what) && frame.trouble[what] === 0) || !random.chance(frame.trouble[what])) return false;
    count(what);
    return true;
  };
  const ttl = frame.parentTtl ?? frame.rules.dsTtl;
  let rules = frame.rules;
  let zone = beginning(frame);
  let now = T0;
  let serial = 1;
  let rolls = 0;
  let longest = longestOf(rules, ttl);
  let pending: Release[] = [];
  const begun = T0 - 1000;
  const releases: Release[] = [releaseOf(zone, rules, 1, begun)];
  const first = zone.keys.map(({ name }) => name);
  const ds: Version<DsContent>[] = [{ at: begun, content: dsOf(zone, first, frame.begins === 'signed', ttl) }];
  const neighbour = frame.kinds.includes('join') ? neighbourOf(rules, 1 + (seed % 20)) : undefined;
  const stragglers: Straggler[] = [];
  const late: Look[] = [];
  let asked = zone.parent.request;
  let due: number[] = [];
  let isQuiet = false;

  for (let visit = 0; visit < VISITS + 30; visit++) {
    isQuiet = visit >= VISITS;
    const last = now;
    now += gap(frame, random, isQuiet && frame.pace !== 'exactly' ? longest : undefined, happens('missedVisit', !isQuiet), () =>
      nextOf([...due, ...pending.map(({ publishAt }) => publishAt + rules.propagation), ds.at(-1)!.at + rules.parentPropagation], now),
    );
    // What servers do by themselves.
    for (const release of pending.filter(({ publishAt }) => publishAt <= now)) releases.push(release);
    pending = pending.filter(({ publishAt }) => publishAt > now);
    // What is known of it.
    const straggler = stragglers.at(-1);
    const { propagation, parentPropagation } = rules;
    const seen = { releases, ds, straggler, propagation, parentPropagation, ttl, now, since: T0 };
    if (frame.trouble.undone > 0) zone = alarmAtParent(seen, last, observes)(zone);
    const looks = looksAt(seen, observes, happens);
    for (const look of arriving(looks, late, happens, random, isQuiet)) zone = look(zone);
    zone = alarm({ straggler, now }, last)?.(zone) ?? zone;

    if (happens('ttlChange', !isQuiet)) {
      rules = { ...rules, keyTtl: 1 + random.below(30), signatureTtl: 1 + random.below(30) };
      longest = Math.max(longest, longestOf(rules, ttl));
    }
    if (zone.roll === undefined && rolls < frame.rolls && !isQuiet) {
      const kind = random.pick(frame.kinds);
      const next = begin(zone, rules, kind, { id: rolls + 1, now, frame, random, neighbour });
      if (next !== undefined) {
        zone = next.zone;
        rules = next.rules;
        rolls++;
        count(kind);
      }
    } else if (zone.roll !== undefined && happens('cancelled', !isQuiet)) {
      const back = cancels(zone, rules, now, parts);
      if ('refused' in back) count('cancel-refused');
      else zone = back.zone;
    }
    if (meddles !== undefined) zone = meddles(zone, rules, now);
    const settled = settle(zone, rules, now, happens('idleVisit', !isQuiet) ? 'none' : 'all', parts);
    zone = settled.zone;
    neighbour?.follow(zone, now);
    due = settled.waits.flatMap(({ until }) => (typeof until === 'number' ? [until] : []));
    if (reloads) zone = JSON.parse(JSON.stringify(zone)) as ZoneRoll;

    const newest = pending.at(-1) ?? releases.at(-1)!;
    const made = releaseOf(zone, rules, serial + 1, now, newest);
    const isChanged = !isSame(newest, made);
    const isAwaited = zone.versions.at(-1)?.from === 'awaited' && pending.length === 0 && releases.at(-1)!.serial !== serial;
    if (isChanged || (isQuiet && isAwaited) || happens('resigned', !isQuiet)) {
      serial++;
      const at = now + (happens('publishedLate', !isQuiet) ? random.below(25) : 0);
      const { keyTtl, signatureTtl, negativeTtl } = rules;
      const isSigned = made.data.signers.length > 0;
      zone = released(zone, { serial, at: now, from: 'awaited', keyTtl, signatureTtl, negativeTtl, isSigned });
      // Servers do not take an older serial after a newer one.
      pending = pending.filter(({ publishAt }) => publishAt < at);
      if (!happens('unpublished', !isQuiet)) pending.push({ ...made, publishAt: at });
    }
    const { request } = zone.parent;
    if (request !== undefined && !(asked !== undefined && sameSet(asked.keys, request.keys))) {
      asked = request;
      zone = { ...zone, parent: { ...zone.parent, request: { ...request, submittedAt: now } } };
      // Of one second there are not two sets, where what was seen in it may be told late.
      const soon = frame.trouble.delayed > 0 ? now + 1 : now;
      let at = Math.max(soon, ds.at(-1)!.at + 1) + (happens('registeredLate', !isQuiet) ? random.below(25) : 0);
      const there = ds.at(-1)!.content.keys.map(({ id }) => id);
      if (there.length > 0 && request.keys.length > 0 && happens('addThenRemove', !isQuiet)) {
        ds.push({ at, content: dsOf(zone, [...new Set([...there, ...request.keys])], true, ttl) });
        at += 1 + random.below(20);
      }
      const before = ds.at(-1)!.content;
      ds.push({ at, content: dsOf(zone, request.keys, true, ttl) });
      if (happens('undone', !isQuiet && ttl > 1)) {
        // Before anything is built on it: caches have what was there before until then anyway.
        const back = at + parentPropagation + 1 + random.below(ttl - 1);
        const again = back + parentPropagation + 1 + random.below(30);
        ds.push({ at: back, content: before }, { at: again, content: dsOf(zone, request.keys, true, ttl) });
      }
    }
    const isNewest = releases.at(-1)!.serial === serial && settled.moves.length === 0 && neighbour === undefined;
    if (isNewest && mayGoBack({ releases, pending, ds, straggler, now }) && happens('wentBack', !isQuiet))
      stragglers.push({ release: releases.at(-2)!, service: { from: now, to: now + 1 + random.below(60) } });
    if (isQuiet && zone.roll === undefined && pending.length === 0) break;
  }
  const others = [neighbour?.asOperator(), ...stragglers.map(stragglerAs)].filter((one): one is Operator => one !== undefined);
  const world = worldOf([...releases, ...pending], ds, rules, others);
  return { ...judge(world, frame, first, counts), isStuck: zone.roll !== undefined, zone, counts };
}

/** Kinds of trouble that came later: where they are not asked for, worlds are what they were. */
const isNew = (what: keyof Frame['trouble']): boolean =>
  what === 'delayed' || what === 'contradicted' || what === 'wentBack' || what === 'undone';

function gap(frame: Frame, random: Random, rest: number | undefined, isMissed: boolean, next: () => number | undefined): number {
  if (rest !== undefined) return rest;
  if (frame.pace === 'exactly') return next() ?? 1 + random.below(frame.rules.rfc5011 === 'none' ? 6 : 200_000);
  const usual = frame.pace === 'promptly' ? 1 + random.below(4) : 1 + random.below(random.pick([6, 40]));
  return isMissed ? usual * 3 : usual;
}

/** How long it is to the first of these times. */
function nextOf(times: readonly number[], now: number): number | undefined {
  const later = times.filter((time) => time > now);
  return later.length === 0 ? undefined : Math.min(...later) - now;
}

function longestOf(rules: RollRules, parentTtl: number): number {
  const { keyTtl, signatureTtl, negativeTtl, dsTtl, propagation, parentPropagation, dsgn, rfc5011 } = rules;
  const hours = rfc5011 === 'none' ? 0 : 40 * 86_400;
  return hours + 30 + dsgn + propagation + parentPropagation + Math.max(30, keyTtl, signatureTtl, negativeTtl) + Math.max(dsTtl, parentTtl);
}

/** Nothing was built on the newest version yet: whoever gets the one before it again is served as before. */
function mayGoBack({
  releases,
  pending,
  ds,
  straggler,
  now,
}: {
  readonly releases: readonly Release[];
  readonly pending: readonly Release[];
  readonly ds: readonly Version<DsContent>[];
  readonly straggler: Straggler | undefined;
  readonly now: number;
}): boolean {
  const newest = releases.at(-1)!;
  if (pending.length > 0 || releases.length < 2 || (straggler !== undefined && now < straggler.service.to + 100)) return false;
  return ds.at(-1)!.at < newest.publishAt && newest.publishAt <= now;
}
