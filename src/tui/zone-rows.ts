import { newMemo, type PlanMemo } from '../../keystore/rollover/plan/tracks.ts';
import type { NextVisit } from '../../keystore/rollover/plan/types.ts';
import { Fault, Refusal } from '../../signer/errors.ts';
import type { Act, Job, Urgency, ZoneRow } from '../../tui/data.ts';
import { plain } from '../audit/describe.ts';
import { dueText } from '../commands/status.ts';
import type { ZoneConfig } from '../config/config.ts';
import { isoText } from '../config/time-text.ts';
import { planZone } from '../plan/plan-zone.ts';
import { signatureTimesOf } from '../release/signature-times.ts';
import { type RollOverview, rollOverview } from '../rollover/roll-overview.ts';
import { type DueReason, dueReasons } from '../state/due.ts';
import { inTurns } from './turns.ts';
import type { View } from './view.ts';

/** Zones after which what is known of them is shown: the first ones are those on the screen. */
const SHOWN_AFTER: ReadonlySet<number> = new Set([32, 512]);

/**
 * All zones, the most urgent first: what is due, who acts, the last safe moment. They are worked out in the order of {@link quickRows}.
 * @param isFirst nothing but those was shown yet, so that a part of them is better
 */
export async function zoneRows(view: View, now: number, job: Job, isFirst: boolean): Promise<readonly ZoneRow[]> {
  const memo = newMemo();
  const quick = quickRows(view, now);
  const rows: ZoneRow[] = [];
  await inTurns(quick, job, 'zones', ({ zone }) => {
    rows.push(rowOf(view, view.config.zones[zone]!, now, memo));
    if (isFirst && SHOWN_AFTER.has(rows.length) && rows.length < quick.length)
      job.partly?.({ of: 'zones', zones: [...rows, ...quick.slice(rows.length)].sort(byUrgency) });
  });
  return rows.sort(byUrgency);
}

/** What cannot be told of one zone is told with it; the others are there all the same. */
function rowOf(view: View, zone: ZoneConfig, now: number, memo: PlanMemo): ZoneRow {
  try {
    return zoneRow(view, zone, now, memo);
  } catch (error) {
    if (!(error instanceof Refusal || error instanceof Fault)) throw error;
    const { name, owner, riskClass, policy } = zone;
    const what = plain(`${error.code}: ${error.message}; next: ${error.hint}`);
    return { zone: name, owner, riskClass, policy, urgency: 'due', what, who: 'operator' };
  }
}

/** The same, as far as the state alone tells: what the log says of signatures and rollovers. */
export function quickRows({ state, config }: View, now: number): readonly ZoneRow[] {
  const rows = Object.values(config.zones).map(({ name, owner, riskClass, policy, mode }): ZoneRow => {
    const { keys = [], releases = [], roll } = state.zones[name] ?? {};
    const release = releases.at(-1);
    const times = release === undefined ? undefined : signatureTimesOf(release);
    const until = times?.validUntil;
    const isStale = times !== undefined && times.refreshAt <= now;
    const due =
      until !== undefined && until <= now
        ? 'EXPIRED'
        : keys.length === 0 && release?.kind !== 'unsigned'
          ? 'no keys'
          : release === undefined
            ? 'never released'
            : isStale
              ? 'signatures to refresh'
              : '';
    const current = roll?.roll;
    const what =
      due !== '' ? due : current === undefined ? 'in order, as far as the log tells' : `rollover ${current.id} (${current.kind})`;
    const urgency: Urgency =
      mode !== 'full' ? 'ok' : due === 'EXPIRED' ? 'bogus' : due !== '' ? 'due' : current === undefined ? 'ok' : 'waits';
    return {
      zone: name,
      owner,
      riskClass,
      policy,
      urgency,
      what,
      who: due === '' ? '-' : 'custodians',
      ...(until === undefined ? {} : { lastSafe: until }),
      ...(release === undefined ? {} : { serial: release.serial }),
    };
  });
  return rows.sort(byUrgency);
}

const RANK: Readonly<Record<Urgency, number>> = { bogus: 0, due: 1, soon: 2, waits: 3, ok: 4 };

function byUrgency(a: ZoneRow, b: ZoneRow): number {
  const byRank = RANK[a.urgency] - RANK[b.urgency];
  if (byRank !== 0) return byRank;
  const bySafe = (a.lastSafe ?? Number.MAX_SAFE_INTEGER) - (b.lastSafe ?? Number.MAX_SAFE_INTEGER);
  return bySafe !== 0 ? bySafe : a.zone < b.zone ? -1 : 1;
}

const WEEK = 7 * 86_400;
/** How far plans reach that are made for the next visit alone, where no visit is sure to come sooner. */
const REACH = 90 * 86_400;

export function zoneRow({ state, config, paths }: View, zone: ZoneConfig, now: number, memo?: PlanMemo): ZoneRow {
  const known = state.zones[zone.name];
  const release = known?.releases.at(-1);
  const due = dueReasons(zone, config.policies[zone.policy]!, state, paths, now);
  const isSignedHere = zone.mode === 'full';
  const roll = isSignedHere ? rollOverview({ state, config }, zone, now) : undefined;
  const validUntil = release === undefined ? undefined : signatureTimesOf(release)?.validUntil;
  const visit = isSignedHere ? nextVisit({ state, config }, zone, { now, validUntil }, memo) : undefined;
  const lastSafe = visit?.latest ?? validUntil;
  const facts: Facts = { zone: zone.name, keys: known?.keys.length ?? 0, hasRelease: release !== undefined, due, roll, isSignedHere };
  const ranked = rank(facts, lastSafe, now);
  const act = actOf(facts);
  return {
    zone: zone.name,
    owner: zone.owner,
    riskClass: zone.riskClass,
    policy: zone.policy,
    ...ranked,
    ...(lastSafe === undefined ? {} : { lastSafe }),
    ...(visit?.due === undefined ? {} : { next: visit.due }),
    ...(release === undefined ? {} : { serial: release.serial }),
    ...(roll?.roll === undefined ? {} : { roll: `${roll.roll.id} (${roll.roll.kind}) since ${isoText(roll.roll.started)}` }),
    ...(act === undefined ? {} : { act }),
  };
}

/**
 * Where signatures end, it is they that say when the next visit must be, and with ceremonies at an interval there is one at its end: what is planned for
 * later does not count then.
 */
function nextVisit(
  { state, config }: Pick<View, 'state' | 'config'>,
  zone: ZoneConfig,
  { now, validUntil }: { readonly now: number; readonly validUntil: number | undefined },
  memo: PlanMemo | undefined,
): NextVisit {
  const { ceremonyInterval } = config.policies[zone.policy]!;
  const reach = validUntil === undefined || ceremonyInterval === 0 ? REACH : Math.min(REACH, ceremonyInterval);
  return planZone({ state, config }, zone, now, now + reach, memo).plan.nextVisit;
}

interface Facts {
  readonly zone: string;
  readonly keys: number;
  readonly hasRelease: boolean;
  readonly due: readonly DueReason[];
  readonly roll: RollOverview | undefined;
  readonly isSignedHere: boolean;
}

function rank(facts: Facts, lastSafe: number | undefined, now: number): Pick<ZoneRow, 'urgency' | 'what' | 'who'> {
  const { keys, due, roll, isSignedHere } = facts;
  if (!isSignedHere) return { urgency: 'ok', what: 'signed elsewhere', who: '-' };
  if (due.some(({ kind }) => kind === 'expired')) return { urgency: 'bogus', what: due.map(dueText).join(', '), who: 'custodians' };
  if (keys === 0) return { urgency: 'due', what: 'no keys', who: 'custodians' };
  if (due.length > 0) return { urgency: 'due', what: due.map(dueText).join(', '), who: 'custodians' };
  if (roll?.ready[0] !== undefined) return { urgency: 'due', what: `ready: ${roll.ready[0]}`, who: 'custodians' };
  if (lastSafe !== undefined && lastSafe - now < WEEK)
    return { urgency: 'soon', what: 'a visit before the last safe moment', who: 'custodians' };
  const [wait] = roll?.waits ?? [];
  if (wait !== undefined) return { urgency: 'waits', what: wait.text, who: waitsFor(roll!) };
  if (roll?.wish !== undefined) return { urgency: 'waits', what: roll.wish.why, who: 'custodians' };
  return {
    urgency: 'ok',
    what:
      roll?.scheduled === undefined ? 'in order' : `${roll.scheduled.kind} rollover from ${isoText(roll.scheduled.start).slice(0, 10)} on`,
    who: '-',
  };
}

/** What is seen is carried in by the operator; for the DS the parent must act first. */
function waitsFor({ waits }: RollOverview): string {
  if (waits.some(({ until, evidence }) => until === 'evidence' && evidence === 'published')) return 'operator';
  if (waits.some(({ until }) => until === 'evidence')) return 'parent';
  return 'nobody yet';
}

function actOf({ zone, keys, hasRelease, due, roll, isSignedHere }: Facts): Act | undefined {
  if (!isSignedHere) return undefined;
  if (keys === 0) return { argv: ['key', 'generate', '--zone', zone], text: 'make the keys that the policy asks for', confirm: zone };
  if (hasRelease && (roll?.ready.length ?? 0) > 0)
    return { argv: ['roll', 'advance', '--zone', zone], text: 'do what the rollover may do now', confirm: zone };
  if (due.length > 0) return { argv: ['zone', 'sign', zone], text: 'sign the zone and make a release', confirm: zone };
  return undefined;
}
