import { expect, test } from 'vitest';
import { parseName } from '../../signer/dns/name.ts';
import { planSigning } from '../../signer/plan.ts';
import { prepareZone } from '../../signer/prepare.ts';
import { newSignedZone } from '../../signer/sign.ts';
import { signReport } from '../../src/sign/report.ts';
import { NOW, POLICY, read } from '../properties/support/sign-text.ts';
import { makeFormKeys } from '../signer/forms/forms.ts';
import { key, ORIGIN, PLAIN, REVOKED } from '../signer/forms/sign-form.ts';

test('RFC 5011 2.1: a revoked key validates nothing but its own revocation, so no DS of it is told', () => {
  const { k1, k2, z1 } = makeFormKeys();
  const keys = [key('ksk', k1, REVOKED), key('ksk', k2), key('zsk', z1)];
  const prepared = prepareZone({
    store: read(PLAIN).store,
    apex: parseName(ORIGIN),
    keys,
    published: [],
    policy: POLICY,
    now: NOW,
    previousSerial: undefined,
  });
  const signed = newSignedZone(planSigning({ zone: prepared.zone, keys, policy: POLICY, now: NOW, previous: undefined }));
  const counts = { made: signed.plan.jobs.count, kept: 0, keptButBad: 0 };
  const { ds, keys: told } = signReport({
    output: 'zone.signed',
    verification: 'every-signature',
    now: NOW,
    prepared,
    previousSerial: undefined,
    signed,
    written: { records: 1, octets: 1, sha256: '', counts },
    findings: [],
    seconds: {},
  });
  expect(told).toHaveLength(3);
  expect(ds.map((text) => text.split(' ').slice(0, 6).join(' '))).toEqual([2, 4].map((digest) => `${ORIGIN} IN DS ${k2.tag} 13 ${digest}`));
});
