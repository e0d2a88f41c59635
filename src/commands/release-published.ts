import type { ZoneRoll } from '../../keystore/rollover/model.ts';
import { published } from '../../keystore/rollover/observe.ts';
import { isContradiction } from '../../keystore/rollover/observe-notes.ts';
import { Refusal } from '../../signer/errors.ts';
import { isoText, parseMoment } from '../config/time-text.ts';
import { keyNames } from '../evidence/take.ts';
import { noteText } from '../evidence/weigh.ts';
import type { Io } from '../io.ts';
import { checkedReason } from '../release/reason.ts';
import { changeOf, isEmptyChange } from '../rollover/roll-change.ts';
import { zoneRollOf } from '../rollover/zone-roll.ts';
import { zoneOf } from '../workspace/configured-zone.ts';
import { type SessionRequest, withSession } from '../workspace/session.ts';

export interface ReleasePublishedOptions extends Omit<SessionRequest, 'command' | 'config'> {
  readonly zone: string;
  readonly serial: number;
  readonly at?: string;
  readonly attest: boolean;
  readonly reason?: string;
  readonly json: boolean;
}

/** `release published`: an operator's word that all servers of the zone have a release, in place of evidence: an exception in the log. */
export async function releasePublished(options: ReleasePublishedOptions, io: Io): Promise<number> {
  const from = options.at === undefined ? options.now : parseMoment(options.at, options.now);
  if (!options.attest) {
    throw new Refusal(
      'evidence/needed',
      `that release ${options.serial} of ${options.zone} is published is said, and not shown`,
      'bring what every server of the zone answers: coldsign evidence import FILE; or give your word: --attest --reason TEXT',
    );
  }
  if (from > options.now)
    throw new Refusal(
      'evidence/future',
      `--at is ${isoText(from)}, and now is ${isoText(options.now)}`,
      'name the time at which all servers had it',
    );
  const reason = checkedReason(options.reason, 'release published --attest');
  return withSession({ ...options, command: 'release published' }, io, async (session) => {
    const { name } = zoneOf(session.config, options.zone);
    const before = zoneRollOf(session.state, name);
    const { zone: after, notes } = published(before, { serial: options.serial, from });
    const words = notes.map((one) => noteText(one, keyNames(before)));
    const refused = notes.find((one) => one.kind === 'unknown-serial' || isContradiction(one));
    if (refused !== undefined) {
      throw new Refusal(
        'evidence/unknown-serial',
        `${name}: ${words.join('; ')} (--at ${isoText(from)})`,
        `coldsign evidence show --zone ${name} lists the versions and when they were made`,
      );
    }
    const change = changeOf(before, after);
    if (isEmptyChange(change)) {
      const known = knownText(before, options.serial, from, name);
      io.out.write(options.json ? `${JSON.stringify({ zone: name, serial: options.serial, from, known: true })}\n` : `${name} ${known}\n`);
      return 0;
    }
    const text = `serial ${options.serial} is with all servers since ${isoText(from)}, on the word of an operator`;
    session.append('exception.opened', { rule: 'attested-publication', zone: name, serial: options.serial, reason, text });
    session.append('zone.observed', {
      zone: name,
      serial: options.serial,
      from,
      source: 'attested',
      servers: 0,
      notes: words,
      change,
    });
    io.out.write(
      options.json
        ? `${JSON.stringify({ zone: name, serial: options.serial, from })}\n`
        : `${name} ${text}; next: coldsign roll advance --zone ${name}\n`,
    );
    return 0;
  });
}

/**
 * A word that changes nothing is no exception: what it says is known from a time that is not later.
 * @throws Refusal evidence/older: it is about a time before a server was seen with an older version
 */
function knownText({ versions }: ZoneRoll, serial: number, from: number, zone: string): string {
  const version = versions.findLast((one) => one.serial === serial);
  const since = version?.from ?? 'awaited';
  if (since !== 'awaited')
    return `serial ${serial} is known to be with all servers since ${isoText(since)}; nothing was written to the log`;
  throw new Refusal(
    'evidence/older',
    `--at is ${isoText(from)}, and a server of ${zone} was seen with an older version than ${serial} at ${isoText(version?.doubtedAt ?? from)}`,
    'name a time after that, at which all servers had it; better, bring what all of them answer: coldsign evidence import FILE',
  );
}
