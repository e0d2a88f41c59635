import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { TYPE } from '../../signer/dns/rrtype.ts';
import { DEFAULT_POLICY } from '../../signer/policy.ts';
import { verifyZone } from '../../signer/verify/verify-zone.ts';
import { NOW, ORIGIN, POLICY, readZone, signText } from '../properties/support/sign-text.ts';
import { keyPair } from '../properties/support/software-signing-key.ts';
import { base32hex, nameWire } from '../support/soft-records.ts';
import { plannedSignatures } from './support/planned.ts';
import { vectorText, zoneFromText } from './support/vector-zone.ts';

// RFC 5155 appendix A has an address record at 2t7b4g4vsa5smi47k61mv5bv1a22bojr.example., which is also the hashed owner name of
// ns1.example.; 7.2.8: owner names of NSEC3 RRs are not represented in the NSEC3 RR chain like other owner names. Both stand side by
// side at that name, each with its own signature. A zone that takes names from others (registrations) must stay signable when somebody
// chooses such a name.
test('RFC 5155 A: a name of the zone may be the hashed owner of another name', () => {
  const unsigned = zoneFromText(vectorText('rfc5155-appendix-a.zone'), 'example.', (type) => type !== TYPE.RRSIG && type !== TYPE.NSEC3);
  const denial = { kind: 'nsec3', optOut: true, iterations: 12, salt: Uint8Array.of(0xaa, 0xbb, 0xcc, 0xdd) } as const;
  const titles = plannedSignatures(unsigned, { ...DEFAULT_POLICY, denial });
  expect(titles.filter((title) => title.startsWith('2t7b4g4v'))).toEqual([
    '2t7b4g4vsa5smi47k61mv5bv1a22bojr.example. A',
    '2t7b4g4vsa5smi47k61mv5bv1a22bojr.example. NSEC3',
  ]);
});

// RFC 8976 3.3.1 and RFC 4034 6: at such a name the records of both stand in the order of their types, the RRSIGs of both in one RRset.
describe('RFC 5155 7.2.8 with RFC 8976 3.3: a zone with such a name, signed and verified', () => {
  const hashed = `${base32hex(
    createHash('sha1')
      .update(nameWire(`www.${ORIGIN}`))
      .digest(),
  )}.${ORIGIN}`;
  const head = `${ORIGIN} 60 IN SOA ns.example.net. h.${ORIGIN} 1 7200 900 604800 300
${ORIGIN} 60 IN NS ns.example.net.
www.${ORIGIN} 60 IN A 192.0.2.1
`;

  test.each([
    ['a type below RRSIG', 'A 192.0.2.2'],
    ['a type above NSEC3', 'CAA 0 issue "ca.example"'],
    ['a delegation', 'NS ns.example.net.'],
    ['a secure delegation', `NS ns.example.net.\n${hashed} 60 IN DS 1 13 2 ${'ab'.repeat(32)}`],
    ['a DNAME', 'DNAME example.net.'],
    ['a CNAME', 'CNAME example.net.'],
  ])('%s', async (_what, data) => {
    const keys = keyPair(13);
    const text = `${head}${hashed} 60 IN ${data}\n`;
    for (const optOut of [false, true]) {
      const policy = {
        ...POLICY,
        zonemd: ['sha384' as const],
        denial: { kind: 'nsec3' as const, optOut, iterations: 0, salt: new Uint8Array() },
      };
      const first = await signText(text, keys, policy);
      const { findings } = await verifyZone(readZone(first.text), { now: NOW });
      expect(findings.filter(({ severity }) => severity === 'error').map((finding) => finding.text)).toEqual([]);
      const again = await signText(text, keys, policy, first.text);
      expect(again.counts.made).toBe(0);
      expect(again.text).toBe(first.text);
    }
  });
});
