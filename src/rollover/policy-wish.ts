import { migrationOf } from '../../keystore/rollover/migration.ts';
import type { RollRules, ZoneRoll } from '../../keystore/rollover/model.ts';
import { beginCommand } from '../../keystore/rollover/start/command.ts';

/** A rollover that the policy asks for, and that somebody has to begin: a change of policy by itself changes no keys. */
export interface PolicyWish {
  /** What the zone has, and what the policy wants. */
  readonly why: string;
  /** Command line that begins it. */
  readonly command: string;
}

/** The first of them; undefined: the keys are as the policy wants them, a rollover is under way, or the zone was never signed. */
export function policyWish(zoneName: string, zone: ZoneRoll, rules: RollRules): PolicyWish | undefined {
  if (zone.roll !== undefined || zone.versions.length === 0) return undefined;
  const [first] = migrationOf(zone, rules);
  if (first === undefined || first.kind === 'first-signing') return undefined;
  const command = beginCommand(zoneName, zone, first.what);
  return command === undefined ? undefined : { why: first.why, command };
}
