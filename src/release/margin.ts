import type { Policy } from '../config/config.ts';
import { spanText } from '../config/span-text.ts';
import { isoText } from '../config/time-text.ts';
import { marginNeeded } from '../policy/effective.ts';
import type { RuleVerdict, SignedFile } from './gate-types.ts';

/**
 * The first signature must not end before the next visit is surely over: now + ceremony-interval + ceremony-slack.
 * @param signed the times of the file itself, not of the plan
 * @param now unix seconds
 */
export function judgeMargin({ validUntil }: Pick<SignedFile, 'validUntil'>, policy: Policy, now: number): RuleVerdict {
  const rule = 'margin';
  const nextVisit = now + marginNeeded(policy);
  const spans = `ceremony-interval ${spanText(policy.ceremonyInterval)}, ceremony-slack ${spanText(policy.ceremonySlack)}`;
  if (validUntil === undefined)
    return { rule, verdict: 'fail', text: `no signature; the next visit may be as late as ${isoText(nextVisit)} (${spans})` };
  const isLongEnough = validUntil >= nextVisit;
  const text = `the first signature ends ${isoText(validUntil)}, ${isLongEnough ? 'not before' : 'before'} the latest next visit ${isoText(nextVisit)} (${spans})`;
  return { rule, verdict: isLongEnough ? 'pass' : 'fail', text };
}
