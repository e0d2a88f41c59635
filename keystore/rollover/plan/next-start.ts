import { migrationOf } from '../migration.ts';
import type { Interval, RollRules, ZoneRoll } from '../model.ts';
import { nextScheduled } from '../schedule.ts';
import type { StartWhat } from '../start/what.ts';

/** A rollover that is to begin when the one before it has ended. */
export interface Start {
  readonly what: StartWhat;
  /** The first visit at or after this. */
  readonly start: number;
  readonly why: string;
  /** How the time follows from the lifetime. */
  readonly formula: Interval | undefined;
}

/** What the policy wants changed comes before what lifetimes ask for. A zone that went insecure stays so until somebody says otherwise. */
export function nextStart(zone: ZoneRoll, rules: RollRules, now: number): Start | undefined {
  const [migration] = migrationOf(zone, rules);
  const isBack = migration?.kind === 'first-signing' && zone.versions.length > 0;
  if (migration !== undefined && !isBack) return { what: migration.what, start: now, why: migration.why, formula: undefined };
  const scheduled = nextScheduled(zone, rules, now);
  if (scheduled === undefined) return undefined;
  return { what: scheduled.what, start: scheduled.start, why: 'the key reaches the end of its lifetime', formula: scheduled.formula };
}
