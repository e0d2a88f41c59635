import type { Move, RollRules, ZoneRoll } from '../../../keystore/rollover/model.ts';
import { isPresent, RECORDS } from '../../../keystore/rollover/model.ts';
import { published, released } from '../../../keystore/rollover/observe.ts';
import { type DsEvidence, observeDs } from '../../../keystore/rollover/observe-ds.ts';
import { nextScheduled } from '../../../keystore/rollover/schedule.ts';
import { settle } from '../../../keystore/rollover/settle.ts';
import type { StartWhat } from '../../../keystore/rollover/start/what.ts';
import { start } from '../../../keystore/rollover/start.ts';
import { key, RULES, T0, zoneOf } from '../engine/support.ts';
import type { Vector } from './vectors.ts';
import { seconds } from './vectors.ts';

/** Seconds from the epoch at which each move happens for the first time, by `zsk2 dnskey rumoured`; and `ksk2 ds in`, `ksk1 ds out`, Dreg after. */
export type Happened = ReadonlyMap<string, number>;

/** The parameters of a vector as the rules of a zone. */
export function rulesOf({ params, start: begin, methods, keys }: Vector, rfc5011: RollRules['rfc5011'] = 'none'): RollRules {
  const span = (name: string, otherwise = '0s'): number => seconds(params[name] ?? otherwise);
  const life = (name: string): number | 'unlimited' => (params[name] === undefined ? 'unlimited' : span(name));
  return {
    ...RULES,
    methods: { ...RULES.methods, ...methods },
    keys: keys === 'csk' || begin === 'to-csk' ? 'csk' : 'ksk-zsk',
    algorithm: NEW_ALGORITHM[begin] ?? 13,
    propagation: span('DprpC'),
    parentPropagation: span('DprpP'),
    keyTtl: span('TTLkey'),
    signatureTtl: span('TTLsig'),
    negativeTtl: span('TTLneg'),
    dsTtl: span('TTLds'),
    registration: span('Dreg'),
    dsgn: span('Dsgn'),
    publishSafety: span('publish-safety'),
    retireSafety: span('retire-safety'),
    zskLifetime: life('Lzsk'),
    kskLifetime: life('Lksk'),
    rfc5011,
  };
}

const NEW_ALGORITHM: Readonly<Record<string, number>> = { algorithm: 8 };

/**
 * A vector through the engine. All that there is to see is seen at the earliest moment: a version is on all servers DprpC after it was made, and a DS at
 * all servers of the parent Dreg + DprpP after it was asked for. Somebody is at the machine whenever something may be done, but for `absent`.
 */
export function run(vector: Vector, rules: RollRules): Happened {
  const { absent } = vector;
  const away = absent === undefined ? undefined : { from: T0 + seconds(absent.from), until: T0 + seconds(absent.until) };
  const isAway = (at: number): boolean => away !== undefined && away.from <= at && at < away.until;
  const happened = new Map<string, number>();
  let { zone, at } = begun(vector, rules);
  let answer: DsEvidence | undefined;
  for (let round = 0; round < 100; round++) {
    if (answer !== undefined && answer.at <= at) {
      zone = observeDs(zone, answer).zone;
      answer = undefined;
    }
    const { zone: after, moves, waits } = settle(zone, rules, at, isAway(at) ? 'none' : 'all');
    write(happened, moves, at - T0, rules);
    zone = moves.some(isOfZone) ? withVersion(after, rules, at) : after;
    if (moves.some((move) => move.kind === 'record' && move.record === 'ds' && isAct(move))) {
      const keys = zone.keys.filter((each) => isPresent(each, 'ds')).map(({ name }) => name);
      answer = { at: at + rules.registration + rules.parentPropagation, agree: true, keys, ttl: rules.dsTtl };
    }
    if (moves.length > 0) continue;
    const times = [...waits.flatMap(({ until }) => (typeof until === 'number' ? [until] : [])), answer?.at, away?.until];
    const next = Math.min(...times.filter((time) => time !== undefined && time > at).map(Number));
    if (next === Number.POSITIVE_INFINITY) return happened;
    at = next;
  }
  throw new Error(`${vector.id} does not end`);
}

function write(happened: Map<string, number>, moves: readonly Move[], at: number, { registration }: RollRules): void {
  const first = (event: string, time: number): void => {
    if (!happened.has(event)) happened.set(event, time);
  };
  for (const move of moves) {
    if (move.kind === 'revoke') {
      first(`${move.key} revoke`, at);
      continue;
    }
    first(`${move.key} ${move.record} ${move.to}`, at);
    if (move.record === 'ds' && isAct(move)) first(`${move.key} ds ${move.to === 'rumoured' ? 'in' : 'out'}`, at + registration);
  }
}

const isAct = (move: Move): boolean => move.kind === 'revoke' || move.to === 'rumoured' || move.to === 'unretentive';
const isOfZone = (move: Move): boolean => move.kind === 'revoke' || (move.record !== 'ds' && isAct(move));

function withVersion(zone: ZoneRoll, { keyTtl, signatureTtl, negativeTtl, propagation }: RollRules, at: number): ZoneRoll {
  const serial = (zone.versions.at(-1)?.serial ?? 0) + 1;
  const isSigned = zone.keys.some((each) => isPresent(each, 'zrrsig'));
  const version = { serial, at, from: 'awaited', keyTtl, signatureTtl, negativeTtl, isSigned } as const;
  return published(released(zone, version), { serial, from: at + propagation }).zone;
}

/** A zone with keys N in use since the epoch, all caches having them for long, or one that was never signed; and keys N+1 that are made. */
function begun({ start: begin, keys }: Vector, rules: RollRules): { readonly zone: ZoneRoll; readonly at: number } {
  const roles = keys === 'csk' ? (['csk'] as const) : (['ksk', 'zsk'] as const);
  const call = { id: 1, now: T0, reason: 'vector' };
  if (begin === 'first-signing') {
    const unsigned = { wantsDs: false, parent: { request: undefined, observed: { kind: 'unknown' } } } as const;
    return {
      zone: start(
        zoneOf(
          roles.map((role) => unused(role, 1, 13)),
          [],
          unsigned,
        ),
        rules,
        { kind: begin },
        call,
      ),
      at: T0,
    };
  }
  const inUse = roles.map((role) => ({ ...key(`${role}1`, role, { vector: 'OOOO' }), activeSince: T0 }));
  const next = begin === 'insecure' ? [] : rules.keys === 'csk' ? (['csk'] as const) : roles;
  const { keyTtl, signatureTtl, negativeTtl } = rules;
  const version = { serial: 1, at: LONG_AGO, from: LONG_AGO, keyTtl, signatureTtl, negativeTtl, isSigned: true };
  const zone = zoneOf([...inUse, ...next.map((role) => unused(role, 2, rules.algorithm))], [], { versions: [version] });
  if (begin === 'lifetime') {
    const scheduled = nextScheduled(zone, rules, T0);
    if (scheduled === undefined) throw new Error('no lifetime ends');
    return { zone: start(zone, rules, scheduled.what, { ...call, now: scheduled.start }), at: scheduled.start };
  }
  const what: StartWhat = { kind: begin };
  return { zone: start(zone, rules, what, call), at: T0 };
}

const LONG_AGO = T0 - 400 * 86_400;

const unused = (role: keyof typeof RECORDS, number: number, algorithm: number) =>
  key(`${role}${number}`, role, { vector: 'H'.repeat(RECORDS[role].length), algorithm, goal: {} });
