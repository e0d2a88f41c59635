import type { RollRules, ZoneRoll } from '../../keystore/rollover/model.ts';
import { bogusOutlook } from '../../keystore/rollover/start/bogus-outlook.ts';
import { lostOutlook } from '../../keystore/rollover/start/lost-outlook.ts';
import type { StartWhat } from '../../keystore/rollover/start/what.ts';
import { Refusal } from '../../signer/errors.ts';
import { isoText } from '../config/time-text.ts';
import { intervalText } from '../plan/interval-text.ts';

/**
 * For whom the zone is bogus, and how long, where its keys change places at once.
 * @param accepted seconds that somebody has said to accept
 * @throws Refusal roll/accept-bogus: it is not said, or it is less
 */
export function bogusWarnings(zone: ZoneRoll, rules: RollRules, what: StartWhat, accepted: number | undefined): readonly string[] {
  if (what.kind !== 'emergency' || what.how !== 'bogus' || (what.approvedBy ?? []).length < 2) return [];
  const { parts, seconds } = bogusOutlook(zone, rules, what.key, what.new);
  const told = parts.map(({ who, interval }) => `${who}: ${intervalText(interval)}`);
  if (seconds === 0 || (accepted !== undefined && accepted >= seconds)) return told.map((text) => `warning: bogus for ${text}`);
  throw new Refusal(
    'roll/accept-bogus',
    `from the next release on the zone is bogus for up to ${seconds} s, and ${accepted === undefined ? 'nobody said to accept that' : `--accept-bogus is ${accepted}`}: ${told.join('; ')}`,
    `keep the chain of trust with --keep, or say it: --accept-bogus ${seconds}`,
  );
}

/** Until when a lost key can be replaced, and what that needs. */
export function lostWarnings(zone: ZoneRoll, rules: RollRules, what: StartWhat, now: number): readonly string[] {
  if (what.kind !== 'lost' || !zone.keys.some(({ name }) => name === what.key)) return [];
  const { way, deadline, needs, latestStart } = lostOutlook(zone, rules, what.key, what.validUntil);
  const late = now > latestStart ? `; it is ${isoText(now)}: some answers will be bogus before that is over` : '';
  return [
    `what the lost key has signed ends at ${isoText(deadline)}; to ${way === 'replace' ? 'replace it' : 'take the zone to insecure'} takes ${intervalText(needs)}, so it must begin by ${isoText(latestStart)}${late}`,
  ];
}
