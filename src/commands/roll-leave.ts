import type { LeaveWhat } from '../../keystore/rollover/start/what.ts';
import { Refusal } from '../../signer/errors.ts';
import { parseDuration, parseMoment } from '../config/time-text.ts';
import type { Io } from '../io.ts';
import { beginRoll } from '../rollover/begin-roll.ts';
import { keyOf } from '../rollover/named-key.ts';
import { rollReason } from '../rollover/roll-reason.ts';
import { zoneRollOf } from '../rollover/zone-roll.ts';
import { zoneOf } from '../workspace/configured-zone.ts';
import { type SessionRequest, withSession } from '../workspace/session.ts';

export interface RollLeaveOptions extends Omit<SessionRequest, 'command' | 'config'> {
  readonly zone: string;
  /** `self`: this signer leaves to the others. */
  readonly operator: string;
  /** Those of its keys that leave, by their words (see keyOf()); absent: all. */
  readonly keys?: readonly string[];
  /** When the last server of that operator stopped to answer; `never`: none ever did. */
  readonly answersUntil?: string;
  /** Largest TTLs that it gave out; absent: those of our own zone. */
  readonly keyTtl?: string;
  readonly signatureTtl?: string;
  readonly reason: string;
  readonly json: boolean;
}

/** `roll leave`: another operator's keys, or our own, leave the zone once no cache has an answer that needs them (RFC 8901 8, RFC 6781 4.3.5.1). */
export async function rollLeave(options: RollLeaveOptions, io: Io): Promise<number> {
  const reason = rollReason(options.reason, 'roll leave');
  return withSession({ ...options, command: 'roll leave' }, io, async (session) => {
    const zone = zoneOf(session.config, options.zone);
    const roll = zoneRollOf(session.state, zone.name);
    const policy = session.config.policies[zone.policy]!;
    const given = roll.versions.map(({ keyTtl, signatureTtl, negativeTtl }) => ({
      key: keyTtl,
      signature: Math.max(signatureTtl, negativeTtl),
    }));
    const keys = options.keys?.map((words) => keyOf(roll, words).name);
    const what: LeaveWhat = {
      kind: 'leave',
      operator: options.operator,
      servedUntil: servedUntil(options, session.now),
      keyTtl: options.keyTtl === undefined ? Math.max(policy.dnskeyTtl, ...given.map(({ key }) => key)) : parseDuration(options.keyTtl),
      signatureTtl:
        options.signatureTtl === undefined
          ? Math.max(...(given.length === 0 ? [policy.zoneMaxTtl] : given.map(({ signature }) => signature)))
          : parseDuration(options.signatureTtl),
      ...(keys === undefined ? {} : { keys }),
    };
    await beginRoll(session, zone, { what, reason });
    const { roll: begun } = session.state.zones[zone.name]!.roll!;
    const who = options.operator === 'self' ? 'this signer' : options.operator;
    io.out.write(
      options.json
        ? `${JSON.stringify({ format: 1, zone: zone.name, roll: begun }, undefined, 2)}\n`
        : `${zone.name} rollover ${begun?.id} (leave) has begun: ${who} leaves\nnext: coldsign roll advance --zone ${zone.name}\n`,
    );
    return 0;
  });
}

/** @throws Refusal roll/answers-until */
function servedUntil({ answersUntil, operator }: RollLeaveOptions, now: number): number {
  if (answersUntil === 'never') return 0;
  if (answersUntil !== undefined) return parseMoment(answersUntil, now);
  throw new Refusal(
    'roll/answers-until',
    `nothing tells when the last server of ${operator === 'self' ? 'this signer' : operator} stopped to answer for the zone`,
    'take its servers out of the NS RRset of zone and parent, wait for the TTL of both, stop them, then say when that was: --answers-until TIME; never, if none was ever named',
  );
}
