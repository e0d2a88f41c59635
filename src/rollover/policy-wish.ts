import { migrationOf } from '../../keystore/rollover/migration.ts';
import type { RollRules, ZoneRoll } from '../../keystore/rollover/model.ts';
import type { StartWhat } from '../../keystore/rollover/start/what.ts';
import { keyText } from './roll-text.ts';

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
  const options = first === undefined ? undefined : optionsOf(zone, first.what);
  if (first === undefined || options === undefined) return undefined;
  return { why: first.why, command: `coldsign roll start --zone ${zoneName} ${options} --reason TEXT` };
}

function optionsOf(zone: ZoneRoll, what: StartWhat): string | undefined {
  switch (what.kind) {
    case 'to-csk':
    case 'to-split':
      return `--to ${what.kind.slice('to-'.length)}`;
    case 'algorithm':
      return what.algorithm === undefined ? undefined : `--algorithm ${what.algorithm}`;
    case 'standby':
      return `--standby ${what.role} --how ${what.how}`;
    case 'emergency':
      return `--emergency ${keyText(zone, what.key).split(' ').at(-1)} --keep`;
    default:
      return undefined;
  }
}
