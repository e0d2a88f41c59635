import { cancel } from '../../../keystore/rollover/cancel.ts';
import { contentsOf, sameSet } from '../../../keystore/rollover/contents.ts';
import { EMPTY_ROLL, type RollRules, type ZoneRoll } from '../../../keystore/rollover/model.ts';
import { published, released } from '../../../keystore/rollover/observe.ts';
import { observeDs } from '../../../keystore/rollover/observe-ds.ts';
import { ENGINE, type EngineParts } from '../../../keystore/rollover/parts.ts';
import { settle } from '../../../keystore/rollover/settle.ts';
import { checkWorld } from '../../../keystore/rollover/simulate/check.ts';
import type { Counterexample } from '../../../keystore/rollover/simulate/counterexample.ts';
import {
  type DataContent,
  type DnskeyContent,
  type DsContent,
  historyOf,
  type Version,
  type World,
} from '../../../keystore/rollover/simulate/history.ts';
import { newKeysNeeded } from '../../../keystore/rollover/start/needed.ts';
import type { StartWhat } from '../../../keystore/rollover/start/what.ts';
import { start } from '../../../keystore/rollover/start.ts';
import { Refusal } from '../../../signer/errors.ts';
import { active, fresh } from '../start/support.ts';
import { type Frame, frameOf, methodsOf, type WorldKind } from './frame.ts';
import { type Random, randomFrom } from './random.ts';

/** How often each thing happened. */
export type Counts = Record<string, number>;

export interface Lived {
  readonly failure: Counterexample | undefined;
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
}

interface Release {
  readonly serial: number;
  readonly publishAt: number;
  readonly dnskey: DnskeyContent;
  readonly data: DataContent;
}

const T0 = 1_000_000;
const VISITS = 40;

/** One zone, what its servers really gave out, and an engine that knows evidence only. */
export function live({ seed, frame: given, parts = ENGINE, reloads = false }: LiveOptions): Lived {
  const frame: Frame = { ...frameOf(seed), ...given };
  const random = randomFrom(seed + 0x5eed);
  const counts: Counts = {};
  const count = (what: string): void => {
    counts[what] = (counts[what] ?? 0) + 1;
  };
  const happens = (what: keyof Frame['trouble'], may: boolean): boolean => {
    if (!may || !random.chance(frame.trouble[what])) return false;
    count(what);
    return true;
  };
  let rules = frame.rules;
  let zone = beginning(frame);
  let now = T0;
  let serial = 1;
  let rolls = 0;
  let longest = longestOf(rules);
  let pending: Release[] = [];
  const first = releaseOf(zone, rules, 1, T0 - 1000);
  const releases: Release[] = [first];
  const ds: Version<DsContent>[] = [
    {
      at: T0 - 1000,
      content: dsOf(
        zone,
        zone.keys.map(({ name }) => name),
        frame.begins === 'signed',
        rules,
      ),
    },
  ];
  const dsInstant = (): number => ds.at(-1)!.at + rules.parentPropagation;
  let asked = zone.parent.request;
  let isQuiet = false;

  for (let visit = 0; visit < VISITS + 30; visit++) {
    isQuiet = visit >= VISITS;
    now += gap(frame, random, isQuiet ? longest : undefined, happens('missedVisit', !isQuiet));
    // What servers do by themselves.
    for (const release of pending.filter(({ publishAt }) => publishAt <= now)) releases.push(release);
    pending = pending.filter(({ publishAt }) => publishAt > now);
    // What is known of it.
    const newest = releases.findLast(({ publishAt }) => publishAt + rules.propagation <= now);
    const looks: ((at: ZoneRoll) => ZoneRoll)[] = [];
    if (newest !== undefined && newest.serial > 1) {
      const from = newest.publishAt + rules.propagation;
      looks.push((at) => published(at, { serial: newest.serial, from }).zone);
    }
    const current = ds.findLast(({ at }) => at <= now)!;
    const agree = current.at + rules.parentPropagation <= now;
    const before = ds[ds.indexOf(current) - 1];
    const names = current.content.keys.map(({ id }) => id);
    const union = agree || before === undefined ? names : [...new Set([...names, ...before.content.keys.map(({ id }) => id)])];
    const times = agree && dsInstant() <= now ? [now, Math.max(dsInstant(), T0)] : [now];
    for (const at of times) looks.push((view) => observeDs(view, { at, agree, keys: union, ttl: rules.dsTtl }).zone);
    const kept = looks.filter(() => !happens('lost', !isQuiet));
    const twice = kept.flatMap((look) => (happens('duplicated', true) ? [look, look] : [look]));
    for (const look of happens('reordered', !isQuiet) ? random.shuffled(twice) : twice.reverse()) zone = look(zone);

    if (happens('ttlChange', !isQuiet)) {
      rules = { ...rules, keyTtl: 1 + random.below(30), signatureTtl: 1 + random.below(30) };
      longest = Math.max(longest, longestOf(rules));
    }
    if (zone.roll === undefined && rolls < frame.rolls && !isQuiet) {
      const next = begin(zone, rules, random.pick(frame.kinds), { id: rolls + 1, now, frame, random });
      if (next !== undefined) {
        zone = next.zone;
        rules = next.rules;
        rolls++;
        count(next.zone.roll!.kind);
      }
    } else if (zone.roll !== undefined && happens('cancelled', !isQuiet)) {
      const back = cancel(zone, rules, now, parts);
      if ('refused' in back) count('cancel-refused');
      else zone = back.zone;
    }
    zone = settle(zone, rules, now, happens('idleVisit', !isQuiet) ? 'none' : 'all', parts).zone;
    if (reloads) zone = JSON.parse(JSON.stringify(zone)) as ZoneRoll;

    const made = releaseOf(zone, rules, serial + 1, now);
    const last = pending.at(-1) ?? releases.at(-1)!;
    const isChanged = !isSame(last, made);
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
      let at = Math.max(now, ds.at(-1)!.at + 1) + (happens('registeredLate', !isQuiet) ? random.below(25) : 0);
      const there = ds.at(-1)!.content.keys.map(({ id }) => id);
      if (there.length > 0 && request.keys.length > 0 && happens('addThenRemove', !isQuiet)) {
        ds.push({ at, content: dsOf(zone, [...new Set([...there, ...request.keys])], true, rules) });
        at += 1 + random.below(20);
      }
      ds.push({ at, content: dsOf(zone, request.keys, true, rules) });
    }
    if (isQuiet && zone.roll === undefined && pending.length === 0) break;
  }
  const all = [...releases, ...pending];
  const world = worldOf(all, ds, rules);
  const spans = ds.flatMap(({ at, content }, i) =>
    content.keys.length > 0 ? [] : [{ from: at, to: (ds[i + 1]?.at ?? Number.POSITIVE_INFINITY) + rules.parentPropagation + content.ttl }],
  );
  const failure = checkWorld(world, {
    insecureAllowed: frame.begins === 'unsigned' || counts['insecure'] !== undefined ? spans : [],
    ...(frame.rules.methods.algorithm === 'liberal' ? { profiles: ['L', 'D'] as const } : {}),
  });
  return { failure, isStuck: zone.roll !== undefined, zone, counts };
}

function gap(frame: Frame, random: Random, rest: number | undefined, isMissed: boolean): number {
  if (rest !== undefined) return rest;
  const usual = frame.pace === 'promptly' ? 1 + random.below(4) : 1 + random.below(random.pick([6, 40]));
  return isMissed ? usual * 3 : usual;
}

function longestOf(rules: RollRules): number {
  const { keyTtl, signatureTtl, negativeTtl, dsTtl, propagation, parentPropagation, dsgn } = rules;
  return 30 + dsgn + propagation + parentPropagation + Math.max(30, keyTtl, signatureTtl, negativeTtl) + dsTtl;
}

function beginning({ begins, rules }: Frame): ZoneRoll {
  const at = T0 - 1000;
  const { keyTtl, signatureTtl, negativeTtl, dsTtl } = rules;
  const version = { serial: 1, at, from: at, keyTtl, signatureTtl, negativeTtl };
  if (begins === 'unsigned') return { ...EMPTY_ROLL, versions: [{ ...version, isSigned: false }] };
  const keys =
    rules.keys === 'csk' ? [active('C0', 'csk', { keyTag: 1 })] : [active('K0', 'ksk', { keyTag: 1 }), active('Z0', 'zsk', { keyTag: 2 })];
  const ds = [keys[0]!.name];
  return {
    ...EMPTY_ROLL,
    keys,
    versions: [{ ...version, isSigned: true }],
    parent: { request: { keys: ds, at, submittedAt: at }, observed: { kind: 'settled', keys: ds, from: at, at, ttl: dsTtl } },
    wantsDs: true,
  };
}

/** @returns undefined where the zone is not one for this */
function begin(
  zone: ZoneRoll,
  rules: RollRules,
  kind: WorldKind,
  { id, now, frame, random }: { readonly id: number; readonly now: number; readonly frame: Frame; readonly random: Random },
): { readonly zone: ZoneRoll; readonly rules: RollRules } | undefined {
  const methods = frame.mixesMethods ? { ...methodsOf(random), algorithm: rules.methods.algorithm } : rules.methods;
  const wanted: RollRules = { ...rules, methods, algorithm: kind === 'algorithm' ? (rules.algorithm === 13 ? 15 : 13) : rules.algorithm };
  const what = { kind } satisfies StartWhat;
  try {
    const keys = newKeysNeeded(zone, wanted, what).map(({ role, algorithm }, i) =>
      fresh(`${role}-${id}-${i}`, role, { algorithm, keyTag: 10 * id + i }),
    );
    return { zone: start({ ...zone, keys: [...zone.keys, ...keys] }, wanted, what, { id, now, reason: 'test' }), rules: wanted };
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

const algorithmOf = ({ keys }: ZoneRoll, name: string): number => keys.find((key) => key.name === name)!.algorithm;

function releaseOf(zone: ZoneRoll, rules: RollRules, serial: number, publishAt: number): Release {
  const { dnskey, signsKeys, signsZone } = contentsOf(zone, rules);
  return {
    serial,
    publishAt,
    dnskey: {
      keys: dnskey.map(({ name, isRevoked }) => ({ id: name, algorithm: algorithmOf(zone, name), revoked: isRevoked })),
      signers: signsKeys,
      ttl: dnskey.length === 0 ? rules.negativeTtl : rules.keyTtl,
    },
    data: { signers: signsZone, ttl: signsZone.length === 0 ? Math.max(rules.signatureTtl, rules.negativeTtl) : rules.signatureTtl },
  };
}

const isSame = (a: Release, b: Release): boolean => JSON.stringify([a.dnskey, a.data]) === JSON.stringify([b.dnskey, b.data]);

function dsOf(zone: ZoneRoll, names: readonly string[], isThere: boolean, { dsTtl: ttl }: RollRules): DsContent {
  const keys = isThere ? zone.keys.filter(({ name, role }) => names.includes(name) && role !== 'zsk') : [];
  return { keys: keys.map(({ name, algorithm }) => ({ id: name, algorithm })), ttl };
}

function worldOf(releases: readonly Release[], ds: readonly Version<DsContent>[], rules: RollRules): World {
  const data = releases.map(({ publishAt: at, data: content }) => ({ at, content }));
  const late = data.map(({ at, content }, i) => ({ at: i === 0 ? at : at + rules.dsgn, content }));
  return {
    operators: [
      {
        name: 'primary',
        dnskey: historyOf(releases.map(({ publishAt: at, dnskey: content }) => ({ at, content }))),
        data: [
          { name: 'first signed', versions: historyOf(data) },
          { name: 'last signed', versions: historyOf(late) },
        ],
        dprpC: rules.propagation,
      },
    ],
    ds: historyOf(ds),
    dprpP: rules.parentPropagation,
    skew: 0,
  };
}
