import type { RollRules, ZoneRoll } from '../../keystore/rollover/model.ts';
import type { PlanMemo } from '../../keystore/rollover/plan/tracks.ts';
import type { RollPlan } from '../../keystore/rollover/plan/types.ts';
import { planRoll } from '../../keystore/rollover/plan.ts';
import { Refusal } from '../../signer/errors.ts';
import type { ZoneConfig } from '../config/config.ts';
import { isoText, parseMoment } from '../config/time-text.ts';
import { signatureTimesOf } from '../release/signature-times.ts';
import { rollRulesOf } from '../rollover/roll-rules.ts';
import { zoneRollOf } from '../rollover/zone-roll.ts';
import { zoneOf } from '../workspace/configured-zone.ts';
import type { ReadWorkspace } from '../workspace/read-only.ts';

/** A plan and what it was made from. */
export interface ZonePlan {
  readonly plan: RollPlan;
  readonly zone: ZoneRoll;
  readonly rules: RollRules;
  /** End of the first signature of the current release; undefined: there is none. */
  readonly validUntil: number | undefined;
  /** Since when the zone is unsigned; undefined: it is not, or was never signed. */
  readonly unsignedSince: number | undefined;
}

/** The plan of a zone by the log and the configuration in force; TTLs are those of its newest version, or the most that the policy allows. */
export function planZone(
  { state, config }: Pick<ReadWorkspace, 'state' | 'config'>,
  configured: ZoneConfig,
  now: number,
  until: number,
  memo?: PlanMemo,
): ZonePlan {
  const zone = zoneRollOf(state, configured.name);
  const newest = zone.versions.at(-1);
  const ttls = newest && { signature: newest.signatureTtl, negative: newest.negativeTtl };
  const rules = rollRulesOf(config, configured, ttls);
  const { releases = [], rolls = 0, unsignedSince } = state.zones[configured.name] ?? {};
  const release = releases.at(-1);
  const validUntil = release === undefined ? undefined : signatureTimesOf(release)?.validUntil;
  const plan = planRoll(
    {
      zoneName: configured.name,
      zone,
      rules,
      now,
      until,
      nextRoll: rolls + 1,
      ...(validUntil === undefined ? {} : { validUntil }),
    },
    memo,
  );
  return { plan, zone, rules, validUntil, unsignedSince };
}

/** What a command on plans was asked for. */
export interface PlanChoice {
  readonly zone?: string;
  readonly all: boolean;
}

/** @throws Refusal plan/which-zone, plan/not-signed-here, workspace/unknown-zone */
export function chosenZones({ config }: Pick<ReadWorkspace, 'config'>, { zone, all }: PlanChoice): readonly ZoneConfig[] {
  if (all === (zone !== undefined)) {
    throw new Refusal(
      'plan/which-zone',
      all ? `both --all and --zone ${zone} are given` : 'neither --zone nor --all is given',
      'give --zone NAME for one zone, or --all',
    );
  }
  if (zone === undefined) return Object.values(config.zones).filter(({ mode }) => mode === 'full');
  const one = zoneOf(config, zone);
  if (one.mode === 'full') return [one];
  throw new Refusal(
    'plan/not-signed-here',
    `${one.name} has mode ${one.mode}, and only zones of mode full are rolled over here`,
    'plan its keys where the zone is signed',
  );
}

/** How far a plan reaches where nobody says. */
export const PLAN_REACH = 2 * 365 * 86_400;

/** @throws Refusal plan/until-past, usage/time */
export function planUntil(text: string | undefined, now: number): number {
  const until = text === undefined ? now + PLAN_REACH : parseMoment(text, now);
  if (until > now) return until;
  throw new Refusal(
    'plan/until-past',
    `--until ${isoText(until)} is not after now, ${isoText(now)}`,
    'give a later time, such as --until +2y',
  );
}
