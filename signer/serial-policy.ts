import { serialAdd, serialFollows } from './dns/serial.ts';
import { printTimeText } from './dns/time.ts';
import { Refusal } from './errors.ts';
import type { SerialPolicy } from './policy.ts';

/** Several signings in one second count on from the time; by so many at most. */
const TIME_LEAD = 3600;
/** A date serial may run ahead of the calendar by this much (10 days of 100 serials) before it is taken for something else. */
const DATE_LEAD = 1000;

/**
 * SOA serial of the zone to be signed, in RFC 1982 arithmetic.
 * keep       the input's own
 * increment  the input's, or one more than the previous zone's, whichever is ahead; without a previous zone the input's plus one
 * unixtime   now
 * date       YYYYMMDDnn of today; more than 100 in a day run on into the next day's
 * @param previous serial of the signed zone that is replaced
 * @param now unix seconds
 * @throws Refusal sign/serial-backwards when the result would not be ahead of the zone that is replaced
 */
export function nextSerial(policy: SerialPolicy, input: number, previous: number | undefined, now: number): number {
  const last = previous ?? input;
  switch (policy) {
    case 'keep':
      if (previous !== undefined && previous !== input && !serialFollows(input, previous)) throw backwards(policy, input, previous);
      return input;
    case 'increment':
      return previous !== undefined && serialFollows(input, previous) ? input : serialAdd(last, 1);
    case 'unixtime':
      return aheadOrNext(policy, now >>> 0, last, TIME_LEAD);
    case 'date':
      return aheadOrNext(policy, dateBase(now), last, DATE_LEAD);
    default:
      return policy satisfies never;
  }
}

/** `wanted` if it is ahead of `last`; one more than `last` if that leads `wanted` by at most `lead`; else refused. */
function aheadOrNext(policy: SerialPolicy, wanted: number, last: number, lead: number): number {
  if (serialFollows(wanted, last)) return wanted;
  if (last - wanted >= 0 && last - wanted <= lead) return serialAdd(last, 1);
  throw backwards(policy, wanted, last);
}

function backwards(policy: SerialPolicy, next: number, last: number): Refusal {
  return new Refusal(
    'sign/serial-backwards',
    `serial ${next} (policy ${policy}) is not ahead of ${last} in serial arithmetic (RFC 1982)`,
    'secondaries would not take the zone: sign with --serial increment, or with keep and a serial of your own that is ahead',
  );
}

/** YYYYMMDD00 of the day of `now`, UTC. */
const dateBase = (now: number): number => Number(printTimeText(now).slice(0, 8)) * 100;
