import { serialDistance } from './octets.ts';
import { DEFAULT_EXCESSIVE_VALIDITY, DEFAULT_LONG_VALIDITY, DEFAULT_MARGIN, type VerifyOptions } from './options.ts';
import type { Place, Report } from './report.ts';
import { type Rrsig, timeText } from './rrsig.ts';

/** Examines the times of one RRSIG; `ttl` is that of the RRset. All times are compared in serial arithmetic (RFC 4034 3.1.5). */
export type ValidityCheck = (rrsig: Rrsig, ttl: number, place: Place, what: () => string) => void;

export function makeValidityCheck(options: VerifyOptions, soaExpire: number, report: Report): ValidityCheck {
  const { now, longValidity = DEFAULT_LONG_VALIDITY, excessiveValidity = DEFAULT_EXCESSIVE_VALIDITY } = options;
  const margin = options.margin ?? DEFAULT_MARGIN;
  const strict = options.margin === undefined ? 'error' : 'warning';
  return (rrsig, ttl, place, what) => {
    const { inception, expiration } = rrsig;
    const validity = serialDistance(expiration, inception);
    if (validity <= 0) {
      report('VERIFY-RRSIG-PERIOD', place, () => `${what()} ends ${timeText(expiration)}, before it begins ${timeText(inception)}`);
      return;
    }
    if (validity > excessiveValidity)
      report(
        'VERIFY-RRSIG-EXCESSIVE-VALIDITY',
        place,
        () => `${what()} is valid for ${days(validity)}, more than ${days(excessiveValidity)}`,
      );
    else if (validity > longValidity)
      report('VERIFY-RRSIG-LONG-VALIDITY', place, () => `${what()} is valid for ${days(validity)}, more than ${days(longValidity)}`);
    if (serialDistance(inception, now) > 0) {
      report('VERIFY-RRSIG-NOT-YET-VALID', place, () => `${what()} is valid from ${timeText(inception)}, it is ${timeText(now)}`);
      return;
    }
    const left = serialDistance(expiration, now);
    if (left < 0) {
      report('VERIFY-RRSIG-EXPIRED', place, () => `${what()} expired ${timeText(expiration)}, it is ${timeText(now)}`);
      return;
    }
    if (left < margin)
      report('VERIFY-RRSIG-EXPIRES-WITHIN-MARGIN', place, () => `${what()} expires in ${left} s, the margin is ${margin} s`);
    if (left < ttl)
      report('VERIFY-RRSIG-EXPIRES-BEFORE-TTL', place, () => `${what()} expires in ${left} s, before the TTL of ${ttl} s passes`, strict);
    if (left < soaExpire)
      report(
        'VERIFY-RRSIG-EXPIRES-BEFORE-SOA-EXPIRE',
        place,
        () => `${what()} expires in ${left} s, a secondary may serve the zone for ${soaExpire} s (SOA expire)`,
        strict,
      );
  };
}

function days(seconds: number): string {
  return `${Math.round((seconds / 86_400) * 10) / 10} days`;
}
