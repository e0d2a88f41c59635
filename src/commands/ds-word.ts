import type { RollKey, ZoneRoll } from '../../keystore/rollover/model.ts';
import { isPresent, stateOf } from '../../keystore/rollover/model.ts';
import { attestDs } from '../../keystore/rollover/observe-ds.ts';
import { isContradiction, type Note } from '../../keystore/rollover/observe-notes.ts';
import { settle } from '../../keystore/rollover/settle.ts';
import { Refusal } from '../../signer/errors.ts';
import type { ZoneConfig } from '../config/config.ts';
import { isoText, parseMoment } from '../config/time-text.ts';
import { earlyDsText } from '../evidence/early-ds.ts';
import { keyNames } from '../evidence/take.ts';
import { noteText } from '../evidence/weigh.ts';
import type { Io } from '../io.ts';
import { checkedReason } from '../release/reason.ts';
import { keyOf } from '../rollover/named-key.ts';
import { ttlsOf } from '../rollover/release-step.ts';
import { changeOf, isEmptyChange } from '../rollover/roll-change.ts';
import { rollRulesOf } from '../rollover/roll-rules.ts';
import { keyText, waitText } from '../rollover/roll-text.ts';
import { zoneRollOf } from '../rollover/zone-roll.ts';
import { zoneOf } from '../workspace/configured-zone.ts';
import { type Session, type SessionRequest, withSession } from '../workspace/session.ts';

export type DsVerb = 'submit' | 'seen' | 'retract' | 'gone';

export interface DsWordOptions extends Omit<SessionRequest, 'command' | 'config'> {
  readonly verb: DsVerb;
  readonly zone: string;
  /** Its words: see keyOf(). */
  readonly key: string;
  readonly at?: string;
  /** The operator's word in place of evidence. */
  readonly attest: boolean;
  readonly reason?: string;
  readonly json: boolean;
}

/**
 * `ds submit|retract`: somebody has handed in at the parent what the rollover wants. `ds seen|gone`: an operator's word about all servers of the
 * parent, in place of evidence: an exception in the log.
 */
export async function dsWord(options: DsWordOptions, io: Io): Promise<number> {
  const { verb } = options;
  const at = options.at === undefined ? options.now : parseMoment(options.at, options.now);
  refuseLater(at, options.now);
  return withSession({ ...options, command: `ds ${verb}` }, io, async (session) => {
    const zone = zoneOf(session.config, options.zone);
    const roll = zoneRollOf(session.state, zone.name);
    const key = keyOf(roll, options.key);
    const text =
      verb === 'submit' || verb === 'retract'
        ? handIn(session, zone, roll, key, verb, at)
        : attest(session, zone, roll, key, verb, at, options);
    io.out.write(options.json ? `${JSON.stringify({ zone: zone.name, key: key.name, verb, at, text })}\n` : `${zone.name} ${text}\n`);
    return 0;
  });
}

/** Nothing is handed in that the rules have not allowed: a DS that comes too early makes the zone bogus. */
function handIn(session: Session, zone: ZoneConfig, roll: ZoneRoll, key: RollKey, verb: 'submit' | 'retract', at: number): string {
  const { request } = roll.parent;
  const isAsked =
    request !== undefined &&
    (verb === 'submit' ? isPresent(key, 'ds') && request.keys.includes(key.name) : stateOf(key, 'ds') === 'unretentive');
  if (!isAsked) throw notYet(session, zone, roll, key, verb);
  if (at < request.at) {
    throw new Refusal(
      'ds/not-yet',
      `--at is ${isoText(at)}, and only since ${isoText(request.at)} the parent may be asked for it`,
      'a DS that was handed in before makes the zone bogus for whom it reaches: look at the parent, and bring it as evidence',
    );
  }
  const after: ZoneRoll = { ...roll, parent: { ...roll.parent, request: { ...request, submittedAt: at } } };
  const type = verb === 'submit' ? 'ds.submitted' : 'ds.retracted';
  session.append(type, { zone: zone.name, keyTag: key.keyTag, key: key.name, at, change: changeOf(roll, after) });
  const what = verb === 'submit' ? 'DS' : 'removal of the DS';
  return `${what} of ${keyText(roll, key.name)} handed in at ${isoText(at)}; it counts when all servers of the parent are seen with it`;
}

function notYet(session: Session, zone: ZoneConfig, roll: ZoneRoll, key: RollKey, verb: 'submit' | 'retract'): Refusal {
  const rules = rollRulesOf(session.config, zone, ttlsOf(roll));
  const { waits } = settle(roll, rules, session.now, 'none');
  const own = waits.filter(({ move }) => move.key === key.name);
  const wanted = own.find(({ move }) => move.kind === 'record' && move.record === 'ds') ?? own[0];
  const why = wanted === undefined ? 'no rollover asks for it' : waitText(roll, wanted);
  const ready = wanted !== undefined && typeof wanted.until === 'number' && wanted.until <= session.now;
  return new Refusal(
    'ds/not-yet',
    `the parent must not ${verb === 'submit' ? 'get' : 'lose'} the DS of ${keyText(roll, key.name)} of ${zone.name} yet: it is ${stateOf(key, 'ds')} (now is ${isoText(session.now)}); ${why}`,
    ready
      ? `coldsign roll advance --zone ${zone.name}, which decides it`
      : `coldsign roll status --zone ${zone.name} tells what comes first`,
  );
}

function attest(
  session: Session,
  zone: ZoneConfig,
  roll: ZoneRoll,
  key: RollKey,
  verb: 'seen' | 'gone',
  at: number,
  { attest: isWord, reason }: DsWordOptions,
): string {
  const name = keyText(roll, key.name);
  if (!isWord) {
    throw new Refusal(
      'ds/no-evidence',
      `that the DS of ${name} of ${zone.name} is ${verb} is said, and not shown`,
      'bring what every server of the parent answers: coldsign evidence import FILE; or give your word: --attest --reason TEXT',
    );
  }
  const why = checkedReason(reason, `ds ${verb} --attest`);
  const { zone: after, notes } = attestDs(roll, { key: key.name, kind: verb, at });
  refuseIdle(roll, key, at, notes);
  const nameOf = keyNames(roll);
  const words = notes.map((one) => noteText(one, nameOf));
  const { observed } = after.parent;
  const keys = observed.kind === 'settled' ? observed.keys : [];
  const ttl = observed.kind === 'unknown' ? 0 : (observed.ttl ?? 0);
  const change = changeOf(roll, after);
  if (isEmptyChange(change) && !notes.some(isContradiction))
    return `that the DS of ${name} is ${verb} is known already; nothing was written to the log`;
  const text = `the DS of ${name} is ${verb} on all servers of the parent since ${isoText(at)}, on the word of an operator`;
  session.append('exception.opened', {
    rule: 'attested-ds',
    zone: zone.name,
    serial: roll.versions.at(-1)?.serial ?? 0,
    reason: why,
    text,
  });
  session.append('ds.observed', {
    zone: zone.name,
    at,
    agree: observed.kind === 'settled',
    keys,
    ttl,
    source: 'attested',
    servers: 0,
    notes: words,
    change,
  });
  const early = earlyDsText(zone.name, zoneRollOf(session.state, zone.name));
  const against = [...notes.filter(isContradiction).map((one) => noteText(one, nameOf)), ...(early === undefined ? [] : [early])];
  if (against.length === 0) return `${text}; next: coldsign roll advance --zone ${zone.name}`;
  throw new Refusal(
    'evidence/contradiction',
    `${against.length} of the things that were said contradict what was known: ${against.join('; ')}`,
    'it is in the log, and what depends on it stands still; find out what is true, and look again',
  );
}

/** A word that changes nothing is none: it is about a time before the last look, or before the record was asked for. */
function refuseIdle({ parent: { observed } }: ZoneRoll, key: RollKey, at: number, notes: readonly Note[]): void {
  const state = key.records.ds;
  const since = state !== undefined && 'since' in state ? state.since : undefined;
  const isOld = notes.some(({ kind }) => kind === 'ds-reordered');
  if (!isOld && (since === undefined || at >= since)) return;
  const last = isOld && observed.kind !== 'unknown' ? observed.at : since!;
  throw new Refusal(
    'ds/older',
    `--at is ${isoText(at)}, and ${isOld ? 'the parent was last looked at' : 'the DS is as it is now only since'} ${isoText(last)}`,
    'name the time at which you looked, after that',
  );
}

function refuseLater(at: number, now: number): void {
  if (at <= now) return;
  throw new Refusal('ds/future', `--at is ${isoText(at)}, and now is ${isoText(now)}`, 'name the time at which it was seen or done');
}
