import { migrationOf } from '../migration.ts';
import type { Interval, RollRules, ZoneRoll } from '../model.ts';
import { isAskedFor, nextScheduled } from '../schedule.ts';
import type { StartWhat } from '../start/what.ts';

/** A rollover that is to begin when the one before it has ended. */
export interface Start {
  readonly what: StartWhat;
  /** The first visit at or after this. */
  readonly start: number;
  readonly why: string;
  /** How the time follows from the lifetime. */
  readonly formula: Interval | undefined;
  /** Does it begin by `roll advance` alone, or must somebody ask for it by name? */
  readonly isAskedFor: boolean;
}

/**
 * What the policy wants changed comes before what lifetimes ask for. A zone that went insecure stays so until somebody says otherwise.
 * @param which of-itself: what need not be asked for by name
 */
export function nextStart(zone: ZoneRoll, rules: RollRules, now: number, which: 'all' | 'of-itself'): Start | undefined {
  const [migration] = which === 'all' ? migrationOf(zone, rules) : [];
  const isBack = migration?.kind === 'first-signing' && zone.versions.length > 0;
  if (migration !== undefined && !isBack)
    return { what: migration.what, start: now, why: migration.why, formula: undefined, isAskedFor: true };
  const scheduled = nextScheduled(zone, rules, now, which);
  if (scheduled === undefined) return undefined;
  const { kind, what, start, formula } = scheduled;
  return { what, start, why: 'the key reaches the end of its lifetime', formula, isAskedFor: isAskedFor(zone, kind) };
}
