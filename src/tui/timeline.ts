import { keyStateOf } from '../../keystore/rollover/key-states.ts';
import { labelOf, type ZoneRoll } from '../../keystore/rollover/model.ts';
import { walk } from '../../keystore/rollover/plan/walk.ts';
import type { Answer, Job, TimelineKey, TimelineMark } from '../../tui/data.ts';
import { describeEntry } from '../audit/describe.ts';
import { parseEntry } from '../audit/entry-line.ts';
import { parseMoment } from '../config/time-text.ts';
import { PLAN_REACH, planZone, type ZonePlan } from '../plan/plan-zone.ts';
import { zoneRollOf } from '../rollover/zone-roll.ts';
import { type AnyEntry, applyEntry, emptyState } from '../state/state.ts';
import { zoneOf } from '../workspace/configured-zone.ts';
import type { View } from './view.ts';

/**
 * States of the keys of a zone over time. What was is folded anew from the entries of the log that speak of the zone; what is to come is what the plan makes
 * of it, with evidence taken to come as expected.
 * @throws Refusal workspace/unknown-zone; AbortError where the job was stopped
 */
export async function timelineOf(view: View, name: string, now: number, job: Job): Promise<Answer> {
  const zone = zoneOf(view.config, name);
  const bars = new Bars();
  const past = await pastOf(view, zone.name, bars, job);
  const planned = planZone(view, zone, now, now + PLAN_REACH);
  const marks = [...past, ...planMarks(planned, bars)].sort((a, b) => a.at - b.at);
  const to = now + PLAN_REACH;
  return { of: 'timeline', zone: name, timeline: { zone: name, from: marks[0]?.at ?? now, to, keys: bars.all(to), marks } };
}

/** Segments as they come, in order of time. */
class Bars {
  readonly #keys = new Map<string, { from: number; to: number; state: string }[]>();

  take(zone: ZoneRoll, at: number): void {
    const seen = new Set<string>();
    for (const key of zone.keys) {
      const label = labelOf(key);
      seen.add(label);
      const segments = this.#keys.get(label) ?? [];
      this.#keys.set(label, segments);
      const { kind } = keyStateOf(zone, key);
      const last = segments.at(-1);
      if (last?.state === kind && last.to === Number.POSITIVE_INFINITY) continue;
      if (last !== undefined && last.to === Number.POSITIVE_INFINITY) last.to = at;
      segments.push({ from: at, to: Number.POSITIVE_INFINITY, state: kind });
    }
    for (const [label, segments] of this.#keys) {
      const last = segments.at(-1)!;
      if (!seen.has(label) && last.to === Number.POSITIVE_INFINITY) last.to = at;
    }
  }

  /** What goes on is cut at the end; what took no time is left out. */
  all(to: number): readonly TimelineKey[] {
    return [...this.#keys].map(([label, segments]) => ({
      label,
      segments: segments.map((one) => ({ ...one, to: Math.min(one.to, to) })).filter((one) => one.to > one.from),
    }));
  }
}

async function pastOf({ log, state }: View, zone: string, bars: Bars, job: Job): Promise<readonly TimelineMark[]> {
  const marks: TimelineMark[] = [];
  const past = emptyState();
  // Canonical JSON: a value that is the name of the zone stands in the line like this.
  const sign = Buffer.from(JSON.stringify(zone), 'latin1');
  let held: TimelineMark | undefined;
  for await (const [seq, leaf] of log.leaves(job, 'entries of the log')) {
    const isOfZone = leaf.indexOf(sign) >= 0;
    if (!isOfZone && leaf.indexOf(OPENED) < 0 && leaf.indexOf(ENDED) < 0) continue;
    const entry = parseEntry(leaf.toString('latin1'), seq);
    const at = parseMoment(entry.time, 0);
    if (entry.type === 'ceremony.opened') held = { at, kind: 'visit', text: `ceremony: ${entry.data.title}` };
    if (entry.type === 'ceremony.ended') held = undefined;
    if (!isOfZone) continue;
    // A ceremony that has done something with the zone is one of its visits.
    if (held !== undefined) marks.push(held);
    held = undefined;
    applyEntry(past, entry);
    if (past.zones[zone] !== undefined) bars.take(zoneRollOf(past, zone), at);
    marks.push(...marksOf(entry, zone, at));
  }
  bars.take(zoneRollOf(state, zone), parseMoment(state.clock?.time ?? '1970-01-01T00:00:00Z', 0));
  return marks;
}

/** Types of entries, as they stand in canonical JSON. */
const OPENED = Buffer.from('"ceremony.opened"');
const ENDED = Buffer.from('"ceremony.ended"');

function marksOf(entry: AnyEntry, zone: string, at: number): readonly TimelineMark[] {
  switch (entry.type) {
    case 'release.result':
      return entry.data.zone === zone ? [{ at, kind: 'release', text: `release ${entry.data.serial}` }] : [];
    case 'roll.started':
    case 'roll.cancelled':
    case 'ds.observed':
    case 'ds.submitted':
    case 'ds.retracted':
    case 'zone.observed':
      return entry.data.zone === zone ? [{ at, kind: 'event', text: describeEntry(entry) }] : [];
    default:
      return [];
  }
}

/** Visits of the plan with what is done at them, and the moments after which something breaks. */
function planMarks({ plan, zone, rules, validUntil }: ZonePlan, bars: Bars): readonly TimelineMark[] {
  const { now, until, steps, nextVisit } = plan;
  const nextRoll = steps.find(({ roll }) => roll.id !== zone.roll?.id)?.roll.id ?? (zone.roll?.id ?? 0) + 1;
  for (const { at, zone: after } of walk({ zone, rules, now, until, nextRoll }).paces)
    if (after !== undefined && at <= until) bars.take(after, at);
  return [
    ...steps.map(({ at, title, roll }): TimelineMark => ({ at, kind: 'visit', text: `${title} (${roll.kind} ${roll.id})` })),
    ...steps.flatMap(({ latest, title }): TimelineMark[] =>
      latest === undefined ? [] : [{ at: latest, kind: 'deadline', text: `too late: ${title}` }],
    ),
    ...(nextVisit.latest === undefined
      ? []
      : [{ at: nextVisit.latest, kind: 'deadline' as const, text: `last safe moment: ${nextVisit.breaks}` }]),
    ...(validUntil === undefined
      ? []
      : [{ at: validUntil, kind: 'deadline' as const, text: 'the first signature of the current release ends' }]),
  ];
}
