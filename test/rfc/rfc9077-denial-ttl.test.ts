import { describe, expect, test } from 'vitest';
import { TYPE } from '../../signer/dns/rrtype.ts';
import { denialTtl } from '../../signer/dnssec/denial.ts';
import { planSigning } from '../../signer/plan.ts';
import { DEFAULT_POLICY, type DenialPolicy } from '../../signer/policy.ts';
import { findRrset } from '../../signer/zone/zone.ts';
import { IDLE_KEY } from './support/planned.ts';
import { zoneFromText } from './support/vector-zone.ts';

const NSEC3: DenialPolicy = { kind: 'nsec3', optOut: false, iterations: 0, salt: new Uint8Array() };

// RFC 9077 3.2 (3.3 for NSEC3): the TTL of the NSEC RR that is returned MUST be the lesser of the MINIMUM field of the SOA record and the
// TTL of the SOA itself.
describe('RFC 9077 3: TTL of NSEC and NSEC3', () => {
  test.each([
    [3600, 300, 300],
    [300, 3600, 300],
    [900, 900, 900],
    [0, 300, 0],
    [3600, 0, 0],
    [2147483647, 2147483647, 2147483647],
    [3600, 4294967295, 3600],
  ])('SOA TTL %i, MINIMUM %i: %i', (ttl, minimum, expected) => {
    const zone = zoneFromText(`@ ${ttl} IN SOA ns hostmaster 1 7200 900 604800 ${minimum}\n@ 3600 NS ns.example.net.\n`, 'example.');
    expect(denialTtl(zone, findRrset(zone, 0, TYPE.SOA))).toBe(expected);
    for (const denial of [DEFAULT_POLICY.denial, NSEC3]) {
      const policy = { ...DEFAULT_POLICY, denial };
      expect(planSigning({ zone, keys: [IDLE_KEY], policy, now: 1_700_000_000, previous: undefined }).denial.ttl).toBe(expected);
    }
  });
});
