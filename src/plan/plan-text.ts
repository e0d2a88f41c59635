import type { Contents } from '../../keystore/rollover/contents.ts';
import type { KeyName } from '../../keystore/rollover/model.ts';
import type { PlanEvidence, PlanStep, RollPlan } from '../../keystore/rollover/plan/types.ts';
import { isoText } from '../config/time-text.ts';
import { unsignedBogus, unsignedText } from '../state/unsigned-text.ts';
import { intervalText } from './interval-text.ts';
import { planHash } from './plan-hash.ts';
import type { ZonePlan } from './plan-zone.ts';

/** A plan, and what is no part of it. */
export type PrintedPlan = Pick<ZonePlan, 'plan'> & Partial<Pick<ZonePlan, 'zone' | 'unsignedSince'>>;

/** A plan for people: what must be done when, one block a step. No colour; lines end in a line feed. */
export function planText({ plan, zone, unsignedSince }: PrintedPlan): string {
  const { nextVisit, missed } = plan;
  const begun = plan.steps.find(({ needs }) => needs?.kind === 'begin');
  const bogus = unsignedSince === undefined || zone === undefined ? undefined : unsignedBogus(plan.zone, zone);
  const head: readonly Field[] = [
    ...(unsignedSince === undefined || zone === undefined
      ? []
      : [['unsigned', unsignedText(plan.zone, unsignedSince, zone, bogus)] as const]),
    ...(begun === undefined ? [] : [['not of itself', `step ${begun.number} and those after it: ${begun.needs!.command}`] as const]),
    ['next visit', nextVisit.due === undefined ? 'nothing comes of itself' : isoText(nextVisit.due)],
    ...(nextVisit.latest === undefined ? [] : [['at the latest', isoText(nextVisit.latest)] as const]),
    ['then breaks', bogus === undefined ? nextVisit.breaks : 'what is bogus now stays so'],
    ...nextVisit.slips.map((text): Field => ['is late then', text]),
    ['one missed', `${missed.isHarmless ? 'harmless' : 'NOT HARMLESS'}: ${missed.because}`],
    ...plan.stuck.map((text): Field => ['STUCK', text]),
    ['hash', planHash(plan)],
  ];
  const steps = plan.steps.map((step) => `\n${stepText(plan, step)}`);
  return [
    `${plan.zone}  plan of ${isoText(plan.now)} until ${isoText(plan.until)}: ${steps.length === 0 ? 'no steps' : steps.length === 1 ? '1 step' : `${steps.length} steps`}\n`,
    fields(head),
    ...steps,
  ].join('');
}

type Field = readonly [name: string, text: string];

const WIDTH = 'at the latest'.length;

function fields(all: readonly Field[]): string {
  return all.map(([name, text]) => `  ${name.padEnd(WIDTH)}  ${text}\n`).join('');
}

function stepText(plan: RollPlan, step: PlanStep): string {
  const labelled = labels(plan);
  const { earliest, latest, back } = step;
  const lines: readonly Field[] = [
    ...(step.needs === undefined ? [] : [['needs', step.needs.command] as const, ['for', step.needs.because] as const]),
    ['earliest', isoText(earliest)],
    ['latest safe', latest === undefined ? 'later does no harm' : isoText(latest)],
    ...reasonFields(step),
    ...step.evidence.map((evidence): Field => ['must be seen', evidenceText(evidence, labelled)]),
    ...contentsFields(step, labelled),
    ['back', `${back.how}${back.until === undefined ? '' : `, until ${isoText(back.until)}`}`],
  ];
  return `${step.number}. ${isoText(step.at)}  ${step.title}  (${step.roll.kind} ${step.roll.id})\n${fields(lines)}`;
}

function reasonFields({ reason, kind }: PlanStep): readonly Field[] {
  if (reason.length > 0) return reason.map((interval): Field => ['because', intervalText(interval)]);
  return kind === 'generate' ? [] : [['because', 'there is nothing to wait for']];
}

type Labelled = (names: readonly KeyName[]) => string;

export function labels({ keys }: Pick<RollPlan, 'keys'>): Labelled {
  const byName = new Map(keys.map(({ name, label }) => [name, label]));
  return (names) => (names.length === 0 ? 'none' : names.map((name) => byName.get(name) ?? name).join(', '));
}

/** What must have been seen, in words. */
export function evidenceText({ kind, keys }: PlanEvidence, labelled: Labelled): string {
  switch (kind) {
    case 'published':
      return 'all servers of the zone give out the version of the step before';
    case 'ds-seen':
      return `all servers of the parent give out the DS of ${labelled(keys)}`;
    case 'ds-gone':
      return `no server of the parent gives out the DS of ${labelled(keys)}`;
    default:
      return kind satisfies never;
  }
}

/** `ZSK 1 -> ZSK 1, new ZSK 1`, or what stays once. */
function contentsFields({ before, after }: PlanStep, labelled: Labelled): readonly Field[] {
  const from = setTexts(before, labelled);
  const to = setTexts(after, labelled);
  return from.map(([name, text], i): Field => {
    const next = to[i]![1];
    return [name, text === next ? text : `${text} -> ${next}`];
  });
}

function setTexts({ dnskey, signsKeys, signsZone, ds, cds }: Contents, labelled: Labelled): readonly Field[] {
  const published = dnskey.map(({ name, isRevoked }) => `${labelled([name])}${isRevoked ? ' (revoked)' : ''}`).join(', ');
  return [
    ['DNSKEY', published || 'none'],
    ['signs keys', labelled(signsKeys)],
    ['signs data', labelled(signsZone)],
    ['DS', labelled(ds)],
    ['CDS', cds.kind === 'keys' ? labelled(cds.keys) : cds.kind],
  ];
}
