import type { RollRules, Version, ZoneRoll } from '../model.ts';
import { published, released } from '../observe.ts';
import { observeDs } from '../observe-ds.ts';
import { settle } from '../settle.ts';

/** More steps than any rollover has. */
const STEPS = 100;

/**
 * The earliest end of the rollover under way: somebody acts whenever he may, all servers have every version at once, and the parent does at once
 * what it is asked. undefined: it ends not even so.
 */
export function earliestEnd(zone: ZoneRoll, rules: RollRules, now: number): number | undefined {
  let at = zone;
  let time = now;
  for (let i = 0; i < STEPS; i++) {
    // Nothing that was seen is later than what is seen next.
    if (at.parent.observed.kind !== 'unknown') time = Math.max(time, at.parent.observed.at + 1);
    const { zone: next, waits } = settle(at, rules, time, 'all');
    if (next.roll === undefined) return time;
    at = seenAtOnce(next, rules, time);
    const times = settle(at, rules, time, 'none').waits.flatMap(({ until }) => (typeof until === 'number' && until > time ? [until] : []));
    if (times.length === 0 && waits.length === 0) return undefined;
    time = times.length === 0 ? time + 1 : Math.min(...times);
  }
  return undefined;
}

function seenAtOnce(zone: ZoneRoll, rules: RollRules, time: number): ZoneRoll {
  const { keyTtl, signatureTtl, negativeTtl } = rules;
  const version: Version = { serial: -1 - time, at: time, from: 'awaited', keyTtl, signatureTtl, negativeTtl, isSigned: true };
  const seen = published(released(zone, version), { serial: version.serial, from: time }).zone;
  const { request } = zone.parent;
  return request === undefined ? seen : observeDs(seen, { at: time, agree: true, keys: request.keys, ttl: rules.dsTtl }).zone;
}
