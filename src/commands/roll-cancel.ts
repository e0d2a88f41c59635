import { cancel, reverse } from '../../keystore/rollover/cancel.ts';
import { contentsOf } from '../../keystore/rollover/contents.ts';
import type { Move, ZoneRoll } from '../../keystore/rollover/model.ts';
import { Refusal } from '../../signer/errors.ts';
import type { Io } from '../io.ts';
import { makeJudgePanel } from '../release/gate.ts';
import { makeRelease } from '../release/make-release.ts';
import { nextVersionTime, ttlsOf } from '../rollover/release-step.ts';
import { changeOf } from '../rollover/roll-change.ts';
import { rollReason } from '../rollover/roll-reason.ts';
import { rollRulesOf } from '../rollover/roll-rules.ts';
import { moveText } from '../rollover/roll-text.ts';
import { zoneRollOf } from '../rollover/zone-roll.ts';
import { zoneOf } from '../workspace/configured-zone.ts';
import { type SessionRequest, withSession } from '../workspace/session.ts';

export interface RollCancelOptions extends Omit<SessionRequest, 'command' | 'config'> {
  readonly zone: string;
  readonly reason: string;
  readonly json: boolean;
}

/** `roll cancel`: old and new keys change places in one step, if no cache minds → release, where the zone changes by it. */
export async function rollCancel(options: RollCancelOptions, io: Io): Promise<number> {
  const how = rollReason(options.reason, 'roll cancel');
  return withSession({ ...options, command: 'roll cancel' }, io, async (session) => {
    const zone = zoneOf(session.config, options.zone);
    const before = zoneRollOf(session.state, zone.name);
    const { roll } = before;
    if (roll === undefined)
      throw new Refusal('roll/none', `${zone.name} has no rollover under way, so there is none to cancel`, 'see coldsign roll status');
    const rules = rollRulesOf(session.config, zone, ttlsOf(before));
    const made = nextVersionTime(session.state, zone.name, session.now);
    const result = cancel(before, rules, made);
    if ('refused' in result) {
      const name = `rollover ${roll.id} (${roll.kind}) of ${zone.name}`;
      throw new Refusal(
        'roll/no-way-back',
        `${name} cannot go back from where it is: ${result.refused}`,
        `let it go on: coldsign roll status --zone ${zone.name} tells what it waits for, coldsign plan show --zone ${zone.name} until when each step has a way back; the keys of before come back by a rollover of their own`,
      );
    }
    const { moves } = result;
    const after = withReason(result.zone, how);
    const words = (one: ZoneRoll): string => JSON.stringify({ ...contentsOf(one, rules), ds: [] });
    let serial: number | undefined;
    let isUnsigned = false;
    if (words(before) === words(after)) {
      session.append('roll.cancelled', { zone: zone.name, roll: roll.id, how, moves, change: changeOf(before, after) });
    } else {
      const step = { zone: after, made, moves, change: changeOf(before, after) };
      const { kind, report } = await makeRelease(session, { zone, overrides: new Map(), judges: makeJudgePanel(), step });
      serial = report.serial;
      isUnsigned = kind === 'unsigned';
      session.append('roll.cancelled', { zone: zone.name, roll: roll.id, how, moves });
    }
    const told = moves.map((move) => moveText(reverse(before), move));
    io.out.write(
      options.json
        ? `${JSON.stringify({ zone: zone.name, roll: roll.id, moves, ...(serial === undefined ? {} : { serial, isUnsigned }) }, undefined, 2)}\n`
        : `${zone.name} rollover ${roll.id} (${roll.kind}) goes back${serial === undefined ? '' : `, serial ${serial} released${isUnsigned ? ' UNSIGNED' : ''}`}\n${told.map((text) => `  done: ${text}\n`).join('')}${nextText(zone.name, serial, asksParent(moves))}\n`,
    );
    return 0;
  });
}

/** The reason goes with the first entry that is written: whoever is interrupted after it has told why. What has begun nothing yet is over at once. */
function withReason(zone: ZoneRoll, backReason: string): ZoneRoll {
  return zone.roll === undefined ? zone : { ...zone, roll: { ...zone.roll, backReason } };
}

const asksParent = (moves: readonly Move[]): boolean => moves.some((move) => move.kind === 'record' && move.record === 'ds');

/** The way back has waits of its own: it ends when all of them are over. */
function nextText(zone: string, serial: number | undefined, isAsking: boolean): string {
  const steps = [
    ...(serial === undefined ? [] : [`publish serial ${serial}`]),
    ...(isAsking ? [`give the parent exactly what coldsign ds export ${zone} prints`] : []),
    ...(serial === undefined && !isAsking ? [] : ['bring what all servers answer: coldsign evidence import FILE']),
    `coldsign roll advance --zone ${zone}, until coldsign roll status says that no rollover is left`,
  ];
  return `next: ${steps.join('; then ')}`;
}
