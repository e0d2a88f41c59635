import type { Contents } from '../../keystore/rollover/contents.ts';
import type { PlanStep, RollPlan } from '../../keystore/rollover/plan/types.ts';
import type { Act, Answer, Fact } from '../../tui/data.ts';
import { isoText } from '../config/time-text.ts';
import { intervalText } from '../plan/interval-text.ts';
import { planHash } from '../plan/plan-hash.ts';
import { evidenceText, labels } from '../plan/plan-text.ts';
import { chosenZones, PLAN_REACH, planZone } from '../plan/plan-zone.ts';
import type { View } from './view.ts';

/** The plan of a zone, step by step, each with the command that carries it out. @throws Refusal workspace/unknown-zone, plan/not-signed-here */
export function planView(view: View, name: string, now: number): Answer {
  const [zone] = chosenZones(view, { zone: name, all: false });
  const { plan } = planZone(view, zone!, now, now + PLAN_REACH);
  return {
    of: 'plan',
    zone: name,
    plan: { zone: name, hash: planHash(plan), head: headOf(plan), steps: plan.steps.map((step) => stepOf(plan, step)) },
  };
}

function headOf({ nextVisit, missed, stuck }: RollPlan): readonly Fact[] {
  const { due, latest, breaks, slips } = nextVisit;
  return [
    { name: 'next visit', text: due === undefined ? 'nothing is to be done' : isoText(due) },
    ...(latest === undefined ? [] : [{ name: 'visit before', text: isoText(latest) }]),
    { name: 'then breaks', text: breaks },
    ...slips.map((text) => ({ name: 'is late then', text })),
    { name: 'one missed', text: `${missed.isHarmless ? 'harmless' : 'NOT HARMLESS'}: ${missed.because}` },
    ...stuck.map((text) => ({ name: 'STUCK', text })),
  ];
}

function stepOf(plan: RollPlan, step: PlanStep) {
  const { number, at, earliest, latest, title, roll, reason, evidence, back } = step;
  const labelled = labels(plan);
  return {
    number,
    at,
    earliest,
    ...(latest === undefined ? {} : { latest }),
    title,
    roll: `${roll.kind} ${roll.id}`,
    facts: [
      ...reason.map((interval) => ({ name: 'not sooner', text: intervalText(interval) })),
      ...evidence.map((one) => ({ name: 'must be seen', text: evidenceText(one, labelled) })),
      ...changes(step, labelled),
      { name: 'back', text: `${back.how}${back.until === undefined ? '' : `, until ${isoText(back.until)}`}` },
    ],
    act: actOf(plan.zone, step),
  };
}

function actOf(zone: string, { kind }: PlanStep): Act {
  return kind === 'generate'
    ? { argv: ['key', 'generate', '--zone', zone], text: 'make the keys of this step', confirm: zone }
    : { argv: ['roll', 'advance', '--zone', zone], text: 'do what the rollover may do now', confirm: zone };
}

/** Record sets that are others afterwards. */
function changes({ before, after }: PlanStep, labelled: ReturnType<typeof labels>): readonly Fact[] {
  const from = setsOf(before, labelled);
  return setsOf(after, labelled).flatMap(({ name, text }, i) =>
    text === from[i]!.text ? [] : [{ name, text: `${from[i]!.text} becomes ${text}` }],
  );
}

function setsOf({ dnskey, signsKeys, signsZone, ds, cds }: Contents, labelled: ReturnType<typeof labels>): readonly Fact[] {
  return [
    {
      name: 'DNSKEY',
      text: dnskey.map(({ name, isRevoked }) => `${labelled([name])}${isRevoked ? ' (revoked)' : ''}`).join(', ') || 'none',
    },
    { name: 'signs keys', text: labelled(signsKeys) },
    { name: 'signs data', text: labelled(signsZone) },
    { name: 'DS', text: labelled(ds) },
    { name: 'CDS', text: cds.kind === 'keys' ? labelled(cds.keys) : cds.kind },
  ];
}
