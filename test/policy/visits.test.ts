import { expect, test } from 'vitest';
import { verifyZone } from '../../signer/verify/verify-zone.ts';
import { effectivePolicy } from '../../src/policy/effective.ts';
import { judgeMargin } from '../../src/release/margin.ts';
import { zoneTimes } from '../../src/sign/inputs.ts';
import { NOW, read, readZone, signText } from '../properties/support/sign-text.ts';
import { keyPair } from '../properties/support/software-signing-key.ts';
import { DAY, HOUR, policyOf } from './support.ts';

const KEYS = keyPair(15);
const HALF_A_YEAR = 183 * DAY;

/** One record changes from visit to visit, so that signatures of all ages stand side by side. */
function zoneText(soaExpire: number, ttl: number, visit: number): string {
  const hosts = Array.from({ length: 5 }, (_, i) => `h${i} A 192.0.2.${i + 1}`);
  return [
    `$TTL ${ttl}`,
    `@ IN SOA ns hostmaster 1 1 1 ${soaExpire} 300`,
    '@ NS ns',
    'ns A 192.0.2.1',
    'sub NS ns.example.net.',
    ...hosts,
    `edit TXT "${visit}"`,
    '',
  ].join('\n');
}

/** Visits at the day, early, and as late as the slack allows, in turn. */
const MOMENTS = [1, 0.3, 'late', 1, 0.9, 'late'] as const;

const TIMES = [
  [0, 0],
  [7 * DAY, 7 * DAY],
  [28 * DAY, DAY],
  [200 * DAY, HOUR],
] as const;

const POLICIES = [
  'ceremony-interval: 7d, ceremony-slack: 2d',
  'ceremony-interval: 7d, signatures-refresh: 20d, signatures-jitter: 5d, nsec3: true',
  'ceremony-interval: 30d, ceremony-slack: 3d',
  'ceremony-interval: 90d, ceremony-slack: 0, signatures-refresh: 0, dnskey-ttl: 2d',
];

// RFC 6781 4.4.1: no signature ends while a secondary or a cache may still serve it.
test.each(TIMES.flatMap(([soaExpire, ttl]) => POLICIES.map((members) => [soaExpire, ttl, members] as const)))(
  'half a year of visits, SOA expire %i, TTL %i, %s: every signature lasts over the latest next visit, the timer and the caches',
  async (soaExpire, ttl, members) => {
    const policy = policyOf(members);
    let previous: string | undefined;
    for (let now = NOW, visit = 0; now < NOW + HALF_A_YEAR; visit++) {
      const text = zoneText(soaExpire, ttl, visit);
      const effective = effectivePolicy(policy, undefined, zoneTimes(read(text).store), { cdsPending: true });
      const { text: signedText, signed } = await signText(text, KEYS, effective, previous, now);
      const first = Math.min(...signed.plan.jobs.expiration.subarray(0, signed.plan.jobs.count));
      const latestVisit = now + policy.ceremonyInterval + policy.ceremonySlack;
      expect(first).toBeGreaterThanOrEqual(latestVisit + soaExpire + Math.max(ttl, policy.dnskeyTtl));
      expect(judgeMargin({ validUntil: first }, policy, now).verdict).toBe('pass');
      const { findings } = await verifyZone(readZone(signedText), { now });
      expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
      previous = signedText;
      const next = MOMENTS[visit % MOMENTS.length]!;
      now += next === 'late' ? policy.ceremonyInterval + policy.ceremonySlack : Math.floor(next * policy.ceremonyInterval);
    }
  },
);

test('daily visits keep most signatures; visits further apart than the refresh time make all anew', async () => {
  const keptAtSecond = async (members: string, interval: number): Promise<readonly number[]> => {
    const effective = effectivePolicy(policyOf(members), undefined, zoneTimes(read(zoneText(14 * DAY, DAY, 0)).store));
    const { text } = await signText(zoneText(14 * DAY, DAY, 0), KEYS, effective, undefined, NOW);
    const { counts } = await signText(zoneText(14 * DAY, DAY, 0), KEYS, effective, text, NOW + interval);
    return [counts.kept, counts.made];
  };
  // The SOA is always new.
  expect((await keptAtSecond('', DAY))[1]).toBe(1);
  expect((await keptAtSecond('ceremony-interval: 30d', 30 * DAY))[0]).toBe(0);
});

test('BIND serves a zone for refresh + retry at least; an SOA of another name does not shorten the time', () => {
  const times = (soa: string) => zoneTimes(read(`@ 3600 IN SOA ns h 1 ${soa} 300\n@ 3600 NS ns.example.net.\n`).store).soaExpire;
  expect(times('7200 900 604800')).toBe(604_800);
  expect(times('86400 7200 0')).toBe(86_400 + 7200);
  expect(times('4000000000 4000000000 604800')).toBe(28 * DAY + 14 * DAY);
  expect(times('7200 900 604800 300\nother.example. 3600 IN SOA ns h 1 1 1 60')).toBe(604_800);
});
