import ical, { ICalEventTransparency } from 'ical-generator';
import type { PlanStep, RollPlan } from '../../keystore/rollover/plan/types.ts';
import { isoText } from '../config/time-text.ts';
import { intervalText } from './interval-text.ts';
import { evidenceText, labels } from './plan-text.ts';

/**
 * Plans as one calendar (RFC 5545): an event for each step, at its visit, and one for the latest safe date of the next visit of each zone.
 * UIDs stay the same from one plan to the next as long as a step is the same, so a calendar that imports the file again has no event twice.
 */
export function planCalendar(plans: readonly RollPlan[]): string {
  const calendar = ical({ name: 'coldsign', prodId: { company: 'coldsign', product: 'plan', language: 'EN' } });
  for (const plan of plans) {
    for (const [uid, step] of uidsOf(plan)) {
      calendar.createEvent({
        id: uid,
        stamp: instant(plan.now),
        start: instant(step.at),
        summary: `${plan.zone} ${step.title}`,
        description: descriptionOf(plan, step),
        transparency: ICalEventTransparency.TRANSPARENT,
      });
    }
    const { latest, breaks, slips } = plan.nextVisit;
    if (latest === undefined) continue;
    calendar.createEvent({
      id: `latest-visit.${plan.zone}coldsign`,
      stamp: instant(plan.now),
      start: instant(latest),
      summary: `${plan.zone} latest safe date of the next visit`,
      description: [breaks, ...slips].join('\n'),
      transparency: ICalEventTransparency.TRANSPARENT,
    });
  }
  return `${calendar.toString()}\r\n`;
}

const instant = (seconds: number): Temporal.Instant => Temporal.Instant.fromEpochMilliseconds(seconds * 1000);

/** `zsk-4-publish-1.example.org.coldsign`: rollover, its kind of step, and which of these. */
function uidsOf({ zone, steps }: RollPlan): readonly (readonly [uid: string, step: PlanStep])[] {
  const seen = new Map<string, number>();
  return steps.map((step) => {
    const name = `${step.roll.kind}-${step.roll.id}-${step.kind}`;
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return [`${name}-${count}.${zone}coldsign`, step];
  });
}

function descriptionOf(plan: RollPlan, { needs, earliest, latest, reason, evidence, back }: PlanStep): string {
  const labelled = labels(plan);
  return [
    ...(needs === undefined ? [] : [`needs ${needs.command}: ${needs.because}`]),
    `not before ${isoText(earliest)}`,
    latest === undefined ? 'later does no harm' : `at the latest ${isoText(latest)}`,
    ...reason.map((interval) => `because ${intervalText(interval)}`),
    ...evidence.map((one) => `must be seen: ${evidenceText(one, labelled)}`),
    `back: ${back.how}${back.until === undefined ? '' : `, until ${isoText(back.until)}`}`,
  ].join('\n');
}
