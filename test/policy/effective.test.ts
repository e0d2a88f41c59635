import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Policy } from '../../src/config/config.ts';
import { effectivePolicy, lifeNeeded, marginNeeded } from '../../src/policy/effective.ts';
import { DAY, FACTS, HOUR, policyOf } from './support.ts';

const effective = (policy: Policy, times = FACTS) => effectivePolicy(policy, undefined, times);

test('auto is 14 days where that is enough', () => {
  // 1 d + 1 d + 5 d + SOA expire 4 d + TTL 1 d = 12 d
  expect(effective(policyOf(), { ...FACTS, soaExpire: 4 * DAY })).toMatchObject({
    signaturesValidity: 14 * DAY,
    signaturesValidityDnskey: 14 * DAY,
    // 1 d + 1 d + 4 d + 1 d = 7 d is more than the 5 d of the policy
    signaturesRefresh: 7 * DAY,
    signaturesJitter: 12 * HOUR,
  });
});

test('auto is longer where ceremony-interval + slack + refresh + SOA expire + largest TTL is more', () => {
  // 30 d + 5 d + 5 d + 7 d + 1 d = 48 d; at least 30 d + 5 d + 7 d + 1 d = 43 d left
  expect(effective(policyOf('ceremony-interval: 30d, ceremony-slack: 5d'))).toMatchObject({
    signaturesValidity: 48 * DAY,
    signaturesRefresh: 43 * DAY,
    signaturesJitter: 12 * HOUR,
  });
});

test('the DNSKEY TTL counts where it is the largest', () => {
  // 1 d + 1 d + 5 d + 7 d + 2 d = 16 d
  expect(effective(policyOf('dnskey-ttl: 2d')).signaturesValidity).toBe(16 * DAY);
});

test('a validity that is too short makes every signature anew, without jitter', () => {
  // 10 d needed, 8 d there.
  expect(effective(policyOf('signatures-validity: 8d'))).toMatchObject({
    signaturesValidity: 8 * DAY,
    signaturesRefresh: 8 * DAY - 1,
    signaturesJitter: 0,
  });
});

test('a validity of the DNSKEY RRset that is too short: the zone lasts no longer than it, and as long as it', () => {
  const result = effective(policyOf('signatures-validity-dnskey: 8d'));
  expect(result).toMatchObject({ signaturesValidityDnskey: 8 * DAY, signaturesRefresh: 8 * DAY - 1 });
  expect(result.signaturesValidity).toBeGreaterThan(8 * DAY);
});

test('jitter is at most a tenth of the validity, and leaves what is needed', () => {
  const times = { ...FACTS, soaExpire: 0, largestTtl: HOUR };
  expect(effective(policyOf('signatures-validity: 10d, signatures-jitter: 2d'), times).signaturesJitter).toBe(DAY);
  // 1 d + 1 d + 1 h needed, 5 d refresh: 5 d 1 h leave an hour less a second.
  expect(effective(policyOf('signatures-validity: 121h, signatures-jitter: 2d'), times).signaturesJitter).toBe(HOUR - 1);
});

test('RFC 7344: CDS and CDNSKEY are published never, always, or while the parent is to change the DS', () => {
  const cds = (publish: string, cdsPending: boolean) =>
    effectivePolicy(policyOf(`cds-cdnskey-publish: ${publish}`), undefined, FACTS, { cdsPending }).cds;
  expect([cds('none', true), cds('always', false), cds('rollover', false), cds('rollover', true)]).toEqual([false, true, false, true]);
});

test('every signature of a release lasts over the next visit, the expire timer and the caches, whatever the policy', () => {
  const span = fc.integer({ min: 0, max: 100 * DAY });
  fc.assert(
    fc.property(
      span,
      span,
      span,
      span,
      span,
      span,
      fc.option(span, { nil: undefined }),
      (interval, slack, refresh, jitter, soaExpire, largestTtl, validity) => {
        const policy: Policy = {
          ...policyOf(),
          ceremonyInterval: interval,
          ceremonySlack: slack,
          signaturesRefresh: refresh,
          signaturesJitter: jitter,
          signaturesValidity: validity === undefined ? 'auto' : validity + 1,
        };
        const times = { soaExpire, largestTtl };
        const result = effectivePolicy(policy, undefined, times);
        const needed = lifeNeeded(policy, times);
        // What the signer asks for.
        expect(result.signaturesRefresh + result.signaturesJitter).toBeLessThan(result.signaturesValidity);
        expect(result.signaturesRefresh).toBeLessThan(result.signaturesValidityDnskey);
        expect(result.signaturesJitter).toBeLessThanOrEqual(result.signaturesValidity / 10);
        if (policy.signaturesValidity !== 'auto') return;
        // Kept ones have more than `refresh` left, new ones lose at most the jitter.
        expect(result.signaturesRefresh).toBeGreaterThanOrEqual(Math.min(needed, result.signaturesValidity - 1));
        expect(result.signaturesValidity - result.signaturesJitter).toBeGreaterThanOrEqual(needed);
        expect(needed).toBeGreaterThanOrEqual(marginNeeded(policy));
      },
    ),
  );
});
