import { expect, test } from 'vitest';
import { TYPE } from '../../signer/dns/rrtype.ts';
import { DEFAULT_POLICY } from '../../signer/policy.ts';
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
