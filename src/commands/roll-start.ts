import type { LoggedRelease } from '../audit/entry.ts';
import { parseMoment } from '../config/time-text.ts';
import { type Io, note } from '../io.ts';
import { type SignatureTimes, signatureTimesOf } from '../release/signature-times.ts';
import { beginRoll } from '../rollover/begin-roll.ts';
import { ttlsOf } from '../rollover/release-step.ts';
import { approvalsOf, methodsOf, type RollOptions, rollChoice } from '../rollover/roll-choice.ts';
import { rollReason } from '../rollover/roll-reason.ts';
import { rollRulesOf } from '../rollover/roll-rules.ts';
import { bogusWarnings, lostWarnings } from '../rollover/roll-warnings.ts';
import { zoneRollOf } from '../rollover/zone-roll.ts';
import { zoneOf } from '../workspace/configured-zone.ts';
import { type SessionRequest, withSession } from '../workspace/session.ts';

export interface RollStartOptions extends Omit<SessionRequest, 'command' | 'config'> {
  readonly zone: string;
  readonly choice: RollOptions;
  readonly reason: string;
  readonly json: boolean;
}

/** `roll start`: keys that are missing are made → goals and links in the log. `roll advance` does the rest. */
export async function rollStart(options: RollStartOptions, io: Io): Promise<number> {
  const reason = rollReason(options.reason, 'roll start');
  return withSession({ ...options, command: 'roll start' }, io, async (session) => {
    const zone = zoneOf(session.config, options.zone);
    const { validUntil = session.now } = endsOf(session.state.zones[zone.name]?.releases.at(-1));
    const what = rollChoice(options.choice, zoneRollOf(session.state, zone.name), session.config, validUntil);
    const methods = methodsOf(what, options.choice.method);
    const approvals = approvalsOf(options.choice.approvedBy, session.config);
    const { knownElsewhereFrom } = options.choice;
    const before = zoneRollOf(session.state, zone.name);
    const rules = rollRulesOf(session.config, zone, ttlsOf(before));
    const warnings = [...bogusWarnings(before, rules, what, options.choice.acceptBogus), ...lostWarnings(before, rules, what, session.now)];
    for (const text of warnings) note(io, text);
    const made = await beginRoll(session, zone, {
      what,
      reason,
      ...(knownElsewhereFrom === undefined ? {} : { knownElsewhereFrom: parseMoment(knownElsewhereFrom, session.now) }),
      ...(methods === undefined ? {} : { methods }),
      ...(approvals === undefined ? {} : { approvals }),
    });
    const { roll } = session.state.zones[zone.name]!.roll!;
    const keys = made.map(({ role, keyTag }) => `${role.toUpperCase()} ${keyTag}`);
    io.out.write(
      options.json
        ? `${JSON.stringify({ zone: zone.name, roll, made }, undefined, 2)}\n`
        : `${zone.name} rollover ${roll?.id} (${roll?.kind}) has begun${keys.length === 0 ? '' : `, made for it: ${keys.join(', ')}`}\nnext: coldsign roll advance --zone ${zone.name}\n`,
    );
    return 0;
  });
}

const endsOf = (release: LoggedRelease | undefined): Partial<SignatureTimes> => (release && signatureTimesOf(release)) ?? {};
