import { describe, expect, test } from 'vitest';
import { signingPolicy } from '../../src/config/sign-policy.ts';

const DAY = 86_400;
const short = { soaExpire: 3 * DAY, largestTtl: DAY };
const long = { soaExpire: 28 * DAY, largestTtl: DAY };

describe('defaults', () => {
  test('14 days, renewed when 5 are left, where SOA EXPIRE is below that', () => {
    expect(signingPolicy({})(short)).toMatchObject({
      signaturesValidity: 14 * DAY,
      signaturesValidityDnskey: 14 * DAY,
      signaturesRefresh: 5 * DAY,
      signaturesJitter: 12 * 3600,
      inceptionOffset: 3600,
      denial: { kind: 'nsec' },
      serial: 'increment',
      zonemd: [],
      cds: false,
    });
  });

  test('no signature is served beyond its end by a secondary that has lost its primary', () => {
    const policy = signingPolicy({})(long);
    expect(policy.signaturesRefresh).toBe(long.soaExpire + long.largestTtl);
    expect(policy.signaturesValidity).toBe(policy.signaturesRefresh + 9 * DAY);
  });

  test('an absurd SOA EXPIRE does not make absurd signatures', () => {
    expect(signingPolicy({})({ soaExpire: 4_000_000_000, largestTtl: 0 }).signaturesValidity).toBe(69 * DAY);
  });
});

test('what is given by hand is obeyed', () => {
  const policy = signingPolicy({ validity: '3d', validityDnskey: '20d', jitter: '0', dnskeyTtl: '300', inceptionOffset: '2h' })(long);
  expect(policy).toMatchObject({
    signaturesValidity: 3 * DAY,
    signaturesValidityDnskey: 20 * DAY,
    signaturesRefresh: DAY,
    signaturesJitter: 0,
    dnskeyTtl: 300,
    inceptionOffset: 7200,
  });
});

describe('NSEC3', () => {
  test('RFC 9276 3.1: no iterations, no salt, by default', () => {
    expect(signingPolicy({ nsec3: true, optOut: true })(short).denial).toEqual({
      kind: 'nsec3',
      optOut: true,
      iterations: 0,
      salt: new Uint8Array(),
    });
  });

  test.each([
    [{ optOut: true }, 'usage/nsec3'],
    [{ salt: 'aabb' }, 'usage/nsec3'],
    [{ nsec3: true, salt: 'aabb' }, 'usage/rfc9276'],
    [{ nsec3: true, iterations: '10' }, 'usage/rfc9276'],
    [{ nsec3: true, salt: 'xyz', iKnowRfc9276: true }, 'usage/salt'],
    [{ nsec3: true, iterations: '151', iKnowRfc9276: true }, 'usage/number'],
    [{ cdsDigest: '1' }, 'usage/digest'],
    [{ zonemd: 'md5' }, 'usage/zonemd'],
    [{ serial: 'random' }, 'usage/serial'],
    [{ validity: '5m' }, 'usage/duration'],
  ])('%o is refused: %s', (options, code) => {
    expect(() => signingPolicy(options)).toThrow(expect.objectContaining({ code }));
  });
});

test('ZONEMD and CDS as they are asked for', () => {
  expect(signingPolicy({ zonemd: true, cds: true, cdsDigest: '2,sha-384' })(short)).toMatchObject({
    zonemd: ['sha384'],
    cds: true,
    cdsDigestTypes: [2, 4],
  });
  expect(signingPolicy({ zonemd: 'SHA384,sha-512' })(short).zonemd).toEqual(['sha384', 'sha512']);
});
