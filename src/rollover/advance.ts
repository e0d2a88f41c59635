import { contentsOf } from '../../keystore/rollover/contents.ts';
import type { Move, RollRules, Wait, ZoneRoll } from '../../keystore/rollover/model.ts';
import { isAskedFor, nextScheduled } from '../../keystore/rollover/schedule.ts';
import { settle } from '../../keystore/rollover/settle.ts';
import { Refusal } from '../../signer/errors.ts';
import type { ZoneConfig } from '../config/config.ts';
import { note } from '../io.ts';
import type { JudgePanel } from '../release/gate.ts';
import { type MadeRelease, makeRelease } from '../release/make-release.ts';
import type { Session } from '../workspace/session.ts';
import { beginRoll } from './begin-roll.ts';
import { nextVersionTime, ttlsOf } from './release-step.ts';
import { changeOf, isEmptyChange } from './roll-change.ts';
import { rollRulesOf } from './roll-rules.ts';
import { keyText } from './roll-text.ts';
import { zoneRollOf } from './zone-roll.ts';

export interface Advanced {
  readonly zone: string;
  /** What has become known, and what was done. */
  readonly known: readonly Move[];
  readonly done: readonly Move[];
  /** A rollover by lifetime that has begun. */
  readonly started: string | undefined;
  readonly release: MadeRelease | undefined;
  readonly waits: readonly Wait[];
}

/**
 * Everything of a zone's rollovers that may be done now: what is known is noted, a rollover that is due begins, and the acts that rules, methods
 * and guards allow are carried out by one release. What must be waited for is returned.
 * @throws Refusal roll/…, what makeRelease throws
 */
export async function advanceZone(session: Session, zone: ZoneConfig, judges: JudgePanel): Promise<Advanced> {
  refuseUnpublished(session, zone.name);
  const known = noteKnown(session, zone.name, (roll) => settle(roll, rulesOf(session, zone), session.now, 'none'));
  const started = await startScheduled(session, zone);
  const { done, release } = await act(session, zone, judges);
  const { waits } = settle(zoneRollOf(session.state, zone.name), rulesOf(session, zone), session.now, 'none');
  return { zone: zone.name, known, done, started, release, waits };
}

const rulesOf = ({ config, state }: Session, zone: ZoneConfig): RollRules =>
  rollRulesOf(config, zone, ttlsOf(zoneRollOf(state, zone.name)));

/** What needs no new version of the zone. */
function noteKnown(
  session: Session,
  zone: string,
  step: (roll: ZoneRoll) => { readonly zone: ZoneRoll; readonly moves: readonly Move[] },
): readonly Move[] {
  const before = zoneRollOf(session.state, zone);
  const { zone: after, moves } = step(before);
  const change = changeOf(before, after);
  if (!isEmptyChange(change)) session.append('roll.noted', { zone, moves, change });
  return moves;
}

async function startScheduled(session: Session, zone: ZoneConfig): Promise<string | undefined> {
  const roll = zoneRollOf(session.state, zone.name);
  const rules = rulesOf(session, zone);
  const first = nextScheduled(roll, rules, session.now);
  if (first?.isDue === true && isAskedFor(roll, first.kind)) {
    const others = otherOperators(roll).join(', ');
    note(
      session.io,
      `${zone.name}: a ${first.kind.toUpperCase()} rollover is due by lifetime; ${others} must have the new key first (RFC 8901 6.2): key generate, then roll start --known-elsewhere-from`,
    );
  }
  const scheduled = nextScheduled(roll, rules, session.now, 'of-itself');
  if (scheduled?.isDue !== true) return undefined;
  const reason = `the lifetime of ${keyText(roll, scheduled.old)} asks for it`;
  await beginRoll(session, zone, { what: scheduled.what, reason });
  return `${scheduled.kind}: ${reason}`;
}

function otherOperators({ keys }: ZoneRoll): readonly string[] {
  return [
    ...new Set(keys.filter(({ operator, goals }) => operator !== 'self' && goals.dnskey === 'omnipresent').map(({ operator }) => operator)),
  ];
}

async function act(session: Session, zone: ZoneConfig, judges: JudgePanel): Promise<Pick<Advanced, 'done' | 'release'>> {
  const rules = rulesOf(session, zone);
  const before = zoneRollOf(session.state, zone.name);
  const made = nextVersionTime(session.state, zone.name, session.now);
  const { zone: after, moves } = settle(before, rules, made, 'all');
  if (isSameZone(before, after, rules)) return { done: noteKnown(session, zone.name, () => ({ zone: after, moves })), release: undefined };
  const step = { zone: after, made, moves, change: changeOf(before, after) };
  const release = await makeRelease(session, { zone, overrides: new Map(), judges, step });
  return { done: moves, release };
}

/** The zone itself stays as it is: only the parent is asked for something. */
function isSameZone(before: ZoneRoll, after: ZoneRoll, rules: RollRules): boolean {
  const ofZone = (roll: ZoneRoll): string => {
    const { ds: _ds, ...rest } = contentsOf(roll, rules);
    return JSON.stringify(rest);
  };
  return ofZone(before) === ofZone(after);
}

function refuseUnpublished({ state }: Session, zone: string): void {
  if ((state.zones[zone]?.releases.length ?? 0) > 0) return;
  throw new Refusal(
    'roll/never-released',
    `${zone} has 0 releases: there is nothing to advance`,
    `sign it first: coldsign zone sign ${zone}`,
  );
}
