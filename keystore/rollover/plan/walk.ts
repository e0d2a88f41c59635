import { Refusal } from '../../../signer/errors.ts';
import type { KeyRole } from '../../../signer/zone-key.ts';
import { type Contents, contentsOf } from '../contents.ts';
import {
  type Interval,
  isHidden,
  type KeyName,
  labelOf,
  type Move,
  type Roll,
  type RollKey,
  type RollRules,
  type Wait,
  type ZoneRoll,
} from '../model.ts';
import { type DsEvidence, observeDs } from '../observe-ds.ts';
import { settle } from '../settle.ts';
import { newKeysNeeded } from '../start/needed.ts';
import type { StartWhat } from '../start/what.ts';
import { start } from '../start.ts';
import { dsToCome, isAct, isZoneAct, withPublication, withRelease } from './assumed.ts';
import { type Heard, hear, takeReasons } from './heard.ts';
import { withNewKeys } from './new-keys.ts';
import { nextStart, type Start } from './next-start.ts';
import { formOf, moved, type Tracks } from './tracks.ts';
import type { PlanEvidence } from './types.ts';
import { visitAt } from './visits.ts';

/** A step as it comes, before it is known what follows. */
export interface Pace {
  readonly at: number;
  readonly earliest: number;
  readonly isGeneration: boolean;
  readonly roll: Roll;
  readonly reason: readonly Interval[];
  readonly evidence: readonly PlanEvidence[];
  readonly before: Contents;
  readonly after: Contents;
  readonly moves: readonly Move[];
  /** Keys that leave, as they were at its beginning. */
  readonly oldKeys: readonly RollKey[];
  /** What somebody must do by name for it to come to pass. */
  readonly asked?: Asked;
  /** The zone after it; absent where the step is one that was taken before. */
  readonly zone?: ZoneRoll;
  /** That step, and what its keys are called here. */
  readonly like?: { readonly pace: Pace; readonly rename: (name: KeyName) => KeyName };
}

/** start: the rollover must be begun. keys: its new keys must be made before it begins. */
export type Asked =
  | { readonly kind: 'start'; readonly what: StartWhat; readonly why: string; readonly zone: ZoneRoll }
  | { readonly kind: 'keys'; readonly roles: readonly KeyRole[]; readonly why: string };

export interface WalkInput {
  readonly zone: ZoneRoll;
  readonly rules: RollRules;
  readonly now: number;
  readonly until: number;
  /** Number of the next rollover. */
  readonly nextRoll: number;
  /** Is only that begun which `roll advance` begins? Absent: no, what must be asked for is asked for as soon as it may be. */
  readonly isUnasked?: boolean;
  /** A planned visit at which nobody comes. */
  readonly missed?: number;
  /** Rollovers that need not be walked twice; absent: each is. */
  readonly tracks?: Tracks;
}

export interface Walk {
  readonly paces: readonly Pace[];
  readonly zone: ZoneRoll;
  /** That were made on the way, in their order. */
  readonly newKeys: readonly RollKey[];
  readonly stuck: readonly string[];
}

/**
 * From visit to visit, with the evidence that a plan takes to come: what the rules allow is done at each, and rollovers that lifetimes or the
 * policy ask for are started. Visits at which nothing can happen are not looked at.
 */
export function walk(input: WalkInput): Walk {
  const { rules, now, until } = input;
  const visit = (time: number): number => {
    const planned = visitAt(time, now, rules);
    return planned === input.missed ? planned + rules.ceremonyInterval : planned;
  };
  const course: Course = {
    rules,
    zone: withPublication(input.zone, rules),
    nextRoll: input.nextRoll,
    counts: new Map(),
    heard: new Map(),
    found: [],
    seen: undefined,
    formula: undefined,
    asked: undefined,
    newKeys: [],
    paces: [],
    tracks: input.missed === undefined ? input.tracks : undefined,
    track: undefined,
    rulesForm: input.tracks === undefined ? '' : JSON.stringify(rules),
  };
  course.seen = dsToCome(course.zone, rules, now);
  let begun = 0;
  // The last rollover is walked to its end: what its first steps wait for follows from the last ones.
  for (let at = now; at <= until || (course.zone.roll !== undefined && at <= until + LONGEST); ) {
    const waits = visited(course, at);
    let wake = Math.min(course.seen?.at ?? Number.POSITIVE_INFINITY, ...timesAfter(waits, at));
    if (course.zone.roll === undefined) {
      const next = nextStart(course.zone, rules, at, input.isUnasked === true ? 'of-itself' : 'all');
      if (next !== undefined && visit(next.start) <= at) {
        const why =
          ++begun > AT_ONCE ? `${next.why}, but rollovers for it begin and end at once, again and again` : begin(course, next, at);
        if (why !== undefined) return ended(course, [why]);
        const end = known(course, at);
        if (end !== undefined) {
          at = end;
          begun = 0;
        }
        continue;
      }
      if (next !== undefined) {
        // Keys are made one visit before they are needed, so that a token that fails then keeps nobody waiting.
        const made = generatedAt(course, next, visit, at);
        wake = Math.min(wake, made ?? next.start);
      }
    }
    if (wake === Number.POSITIVE_INFINITY) return ended(course, stuckIn(course.zone, waits));
    begun = 0;
    at = visit(wake);
  }
  return ended(course, []);
}

const ended = ({ paces, zone, newKeys }: Course, stuck: readonly string[]): Walk => ({ paces, zone, newKeys, stuck });

/** More rollovers than any policy asks for at one visit. */
const AT_ONCE = 8;

/** No rollover is followed for longer beyond the end of a plan. */
const LONGEST = 5 * 365 * 86_400;

interface Course {
  readonly rules: RollRules;
  zone: ZoneRoll;
  nextRoll: number;
  /** New keys by role. */
  readonly counts: Map<KeyRole, number>;
  readonly heard: Heard;
  /** What was found out since the last step. */
  found: readonly Move[];
  /** The DS RRset that the parent is to be seen with next. */
  seen: DsEvidence | undefined;
  /** Why the rollover begins when it does, until its first step. */
  formula: Interval | undefined;
  /** Who must begin it, until its first step. */
  asked: Asked | undefined;
  readonly newKeys: RollKey[];
  readonly paces: Pace[];
  readonly tracks: Tracks | undefined;
  readonly rulesForm: string;
  /** The rollover that is being walked, where it is to be known later. */
  track: { readonly form: string; readonly zone: ZoneRoll; readonly at: number; readonly first: number } | undefined;
}

/** What is found out and done at a visit. @returns what is still waited for */
function visited(course: Course, at: number): readonly Wait[] {
  const { rules, heard } = course;
  if (course.seen !== undefined && course.seen.at <= at) {
    const looked = settle(observeDs(course.zone, course.seen).zone, rules, course.seen.at, 'none');
    hear(heard, looked.waits);
    course.found = [...course.found, ...looked.moves];
    course.zone = looked.zone;
    course.seen = undefined;
  }
  const before = course.zone;
  const { zone, moves, waits } = settle(before, rules, at, 'all');
  course.zone = moves.some(isZoneAct) ? withRelease(zone, rules, at) : zone;
  course.found = [...course.found, ...moves];
  const roll = before.roll;
  if (roll !== undefined && (moves.some(isAct) || zone.roll === undefined)) addPace(course, { before, roll, at });
  if (roll !== undefined && zone.roll === undefined) endRoll(course, at);
  hear(heard, waits);
  if (moves.some((move) => isAct(move) && !isZoneAct(move))) course.seen = dsToCome(course.zone, rules, at);
  if (!moves.some(isAct)) return waits;
  // When what was done is to be with all servers is taken as known, and time is waited for from there.
  const expected = settle(course.zone, rules, at, 'none').waits;
  hear(heard, expected);
  return expected;
}

function endRoll(course: Course, at: number): void {
  course.zone = withoutDead(course.zone);
  course.heard.clear();
  const { track, tracks, zone, paces } = course;
  course.track = undefined;
  if (track === undefined || tracks === undefined) return;
  tracks.set(track.form, { begin: { zone: track.zone, at: track.at }, end: { zone, at }, paces: paces.slice(track.first) });
}

/** A rollover that has just begun and was walked before: its steps are taken at once. @returns when it ends; undefined: it must be walked */
function known(course: Course, at: number): number | undefined {
  const { track, tracks } = course;
  const last = track === undefined ? undefined : tracks?.get(track.form);
  if (track === undefined || last === undefined) return undefined;
  const { formula, asked } = course;
  const { paces, end } = moved(last, track.zone, at, { id: course.nextRoll - 1, formula, asked });
  course.paces.push(...paces);
  course.zone = end.zone;
  course.formula = undefined;
  course.asked = undefined;
  course.track = undefined;
  return end.at;
}

/** Nothing depends on a key that nobody holds anything of and that is to stay so. */
function withoutDead(zone: ZoneRoll): ZoneRoll {
  const isDead = (key: RollKey): boolean =>
    Object.keys(key.goals).length > 0 && isHidden(key) && !Object.values(key.goals).includes('omnipresent');
  return { ...zone, keys: zone.keys.filter((key) => !isDead(key)) };
}

function addPace(course: Course, { before, roll, at }: { before: ZoneRoll; roll: Roll; at: number }): void {
  const { rules, zone, found: moves, formula, asked } = course;
  const last = course.paces.at(-1)?.after;
  const found = contentsOf(before, rules);
  // CDS that the parent was seen to have acted on go with the next version, and not at that moment.
  const own = { ...found, cds: last?.cds ?? found.cds };
  const { reason, evidence, earliest } = takeReasons(course.heard, moves);
  course.paces.push({
    at,
    earliest: Math.min(earliest ?? at, at),
    isGeneration: false,
    roll,
    reason: formula === undefined ? reason : [formula, ...reason],
    evidence,
    before: last !== undefined && isSame(last, own) ? last : own,
    after: contentsOf(zone, rules),
    moves,
    oldKeys: before.keys.filter(({ name }) => roll.old.includes(name)),
    zone,
    ...(asked === undefined ? {} : { asked }),
  });
  course.found = [];
  course.formula = undefined;
  course.asked = undefined;
}

const isSame = (a: Contents, b: Contents): boolean => JSON.stringify(a) === JSON.stringify(b);

/** @returns why it cannot begin */
function begin(course: Course, next: Start, at: number): string | undefined {
  try {
    if (next.isAskedFor) course.asked = { kind: 'start', what: next.what, why: next.why, zone: course.zone };
    const apart = apartFrom(next);
    generate(course, next, at, apart);
    const form = course.tracks === undefined ? undefined : formOf(course.zone, course.rules, `${course.rulesForm} ${next.what.kind}`);
    // Only lifetimes bring the same again and again.
    const isAgain = form !== undefined && next.formula !== undefined;
    course.track = isAgain ? { form, zone: course.zone, at, first: course.paces.length } : undefined;
    course.formula = next.formula;
    const id = course.nextRoll++;
    // What was walked before has begun before, too.
    if (isAgain && course.tracks?.has(form) === true) return undefined;
    // That the other operators have the new key is told with the command.
    const known = apart === undefined ? {} : { knownElsewhereFrom: at };
    course.zone = start(course.zone, course.rules, next.what, { id, now: at, reason: next.why, ...known });
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return `${next.why}, but ${error.message}; ${error.hint}`;
    throw error;
  }
}

/**
 * Keys that the next rollover needs and that are not there, as a step of their own.
 * @param apart why they are made before it begins; absent: whoever begins it makes them
 */
function generate(course: Course, next: Start, at: number, apart?: string): void {
  const needed = newKeysNeeded(course.zone, course.rules, next.what);
  if (needed.length === 0) return;
  course.zone = withNewKeys(course.zone, needed, course.counts);
  course.newKeys.push(...course.zone.keys.slice(-needed.length));
  const contents = contentsOf(course.zone, course.rules);
  const asked: Asked | undefined = apart === undefined ? course.asked : { kind: 'keys', roles: needed.map(({ role }) => role), why: apart };
  if (apart === undefined) course.asked = undefined;
  course.paces.push({
    at,
    earliest: at,
    isGeneration: true,
    roll: rollToCome(course, next, at),
    reason: [],
    evidence: [],
    before: contents,
    after: contents,
    moves: [],
    oldKeys: [],
    zone: course.zone,
    ...(asked === undefined ? {} : { asked }),
  });
}

function apartFrom({ isAskedFor, what: { kind } }: Start): string | undefined {
  if (kind === 'first-signing') return 'zone sign makes no keys';
  return isAskedFor && (kind === 'zsk' || kind === 'csk') ? 'the other operators must have it before it signs (RFC 8901 6.2)' : undefined;
}

/** With ceremonies: the visit before the one at which the rollover begins, where its keys are not there yet. */
function generatedAt(course: Course, next: Start, visit: (time: number) => number, at: number): number | undefined {
  const { ceremonyInterval } = course.rules;
  if (ceremonyInterval === 0) return undefined;
  const made = visit(next.start) - ceremonyInterval;
  if (made > at) return made;
  generate(course, next, at, 'a token that fails when the rollover begins keeps nobody waiting then');
  return undefined;
}

function rollToCome({ nextRoll: id, rules, zone }: Course, { what, why }: Start, now: number): Roll {
  const kind = what.kind === 'emergency' || what.kind === 'lost' ? roleOf(zone, what.key) : what.kind;
  return { id, kind, methods: rules.methods, old: [], new: [], started: now, reason: why, breaksChain: false };
}

const roleOf = ({ keys }: ZoneRoll, name: string): KeyRole => keys.find((key) => key.name === name)!.role;

function timesAfter(waits: readonly Wait[], at: number): readonly number[] {
  return waits.flatMap(({ until }) => (typeof until === 'number' && until > at ? [until] : []));
}

/** No time and no evidence that a plan can take to come makes the rollover go on. */
function stuckIn({ roll, keys }: ZoneRoll, waits: readonly Wait[]): readonly string[] {
  if (roll === undefined) return [];
  const told = waits.map(({ move, because, evidence }) => {
    const key = keys.find(({ name }) => name === move.key)!;
    const what = move.kind === 'revoke' ? 'revocation' : `${move.record.toUpperCase()} to be ${move.to}`;
    return `${labelOf(key)}, ${what}: ${because || (evidence === 'none' ? 'time' : evidence)}`;
  });
  return told.length === 0 ? [`rollover ${roll.id} (${roll.kind}) does not end, and nothing is waited for`] : told;
}
