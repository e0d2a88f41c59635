import { describe, expect, test } from 'vitest';
import { BLOCKS_SIGNING, checkZone } from '../../../signer/zone/checks/check-zone.ts';
import type { CheckOptions } from '../../../signer/zone/checks/context.ts';
import { SEVERITY, type ZoneFindingId } from '../../../signer/zone/checks/rules.ts';
import { buildZoneFrom } from '../../support/zone-builder.ts';

const SOA = '@ SOA ns1 hostmaster 2026010100 7200 900 1209600 300';
const NS = '@ NS ns1\n@ NS ns2\nns1 A 192.0.2.1\nns2 A 192.0.2.2';
const BASE = `${SOA}\n${NS}`;
const SHA256 = 'ab'.repeat(32);
const SHA384 = 'ab'.repeat(48);
const KEY_1 = '257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ==';
const KEY_2 = '257 3 13 NNJSShZN6H8N39A2wtw3YfUbL1bbB+Vi/kjIfiYgCpr3IuhQfFKWIWyqCdMMdPSjMdHEHR96sMkAvMLKzx0Aog==';

interface Case {
  readonly id: ZoneFindingId;
  /** Added to the base zone. */
  readonly bad?: string;
  /** In place of the base zone. */
  readonly badWhole?: string;
  /** Near miss, added to the base zone: must not have the finding. */
  readonly good?: string;
  readonly goodWhole?: string;
  /** Other findings that the bad zone has too. */
  readonly also?: readonly ZoneFindingId[];
  readonly options?: CheckOptions;
  readonly goodOptions?: CheckOptions;
  readonly origin?: string;
  readonly goodOrigin?: string;
  readonly line?: number;
  readonly text?: string;
}

const many = (count: number, line: (i: number) => string): string => Array.from({ length: count }, (_, i) => line(i)).join('\n');
const chain = (links: number): string => `${many(links, (i) => `c${i} CNAME c${i + 1}`)}\nc${links} A 192.0.2.9`;
const soa = (rest: string): string => `@ SOA ${rest}\n${NS}`;
const longOrigin = (octets: number): string => `${many(3, () => 'x'.repeat(63)).replaceAll('\n', '.')}.${'y'.repeat(octets - 3 * 64 - 2)}.`;

const CASES: readonly Case[] = [
  { id: 'ZONE-SOA-MISSING', badWhole: NS, good: '', text: 'example. has no SOA record at its apex' },
  {
    id: 'ZONE-SOA-MULTIPLE',
    bad: '@ SOA ns1 hostmaster 2026010101 7200 900 1209600 300',
    good: SOA,
    text: 'example. has 2 different SOA records, with the serials 2026010100, 2026010101',
  },
  { id: 'ZONE-SOA-NOT-AT-APEX', bad: 'x SOA ns1 hostmaster 1 7200 900 1209600 300', good: '', line: 6 },
  {
    id: 'ZONE-SOA-REFRESH',
    badWhole: soa('ns1 hostmaster 1 1199 900 1209600 300'),
    goodWhole: soa('ns1 hostmaster 1 1200 900 1209600 300'),
  },
  {
    id: 'ZONE-SOA-RETRY',
    badWhole: soa('ns1 hostmaster 1 7200 7201 1209600 300'),
    goodWhole: soa('ns1 hostmaster 1 7200 7200 1209600 300'),
  },
  { id: 'ZONE-SOA-EXPIRE', badWhole: soa('ns1 hostmaster 1 7200 900 604799 300'), goodWhole: soa('ns1 hostmaster 1 7200 900 604800 300') },
  {
    id: 'ZONE-SOA-EXPIRE-TOO-SHORT',
    badWhole: soa('ns1 hostmaster 1 7200 900 8100 300'),
    goodWhole: soa('ns1 hostmaster 1 7200 900 8101 300'),
    also: ['ZONE-SOA-EXPIRE'],
  },
  {
    id: 'ZONE-SOA-MINIMUM',
    badWhole: soa('ns1 hostmaster 1 7200 900 1209600 86401'),
    goodWhole: soa('ns1 hostmaster 1 7200 900 1209600 86400'),
  },
  {
    id: 'ZONE-SOA-MNAME',
    badWhole: soa('nowhere hostmaster 1 7200 900 1209600 300'),
    goodWhole: soa('nowhere.test. hostmaster 1 7200 900 1209600 300'),
  },
  {
    id: 'ZONE-SOA-RNAME',
    badWhole: soa('ns1 hostmaster@example.test. 1 7200 900 1209600 300'),
    goodWhole: soa('ns1 host\\.master.example.test. 1 7200 900 1209600 300'),
  },
  {
    id: 'ZONE-SERIAL-NOT-AHEAD',
    bad: '',
    options: { previousSerial: 2026010100 },
    good: '',
    goodOptions: { previousSerial: 2026010099 },
    text: 'SOA serial 2026010100 does not follow 2026010100: secondaries would keep the old zone',
  },
  { id: 'ZONE-APEX-NS-MISSING', badWhole: `${SOA}\nns1 A 192.0.2.1`, good: '' },
  { id: 'ZONE-APEX-NS-SINGLE', badWhole: `${SOA}\n@ NS ns1\nns1 A 192.0.2.1`, good: '' },
  { id: 'ZONE-APEX-TOO-LONG-FOR-NSEC3', bad: '', origin: longOrigin(223), good: '', goodOrigin: longOrigin(222) },
  { id: 'ZONE-CNAME-AT-APEX', bad: '@ CNAME www.test.', good: 'x CNAME www.test.' },
  {
    id: 'ZONE-CNAME-OTHER-DATA',
    bad: 'x CNAME a.test.\nx TXT "x"\nx A 192.0.2.3',
    good: 'x CNAME a.test.\nx KEY 256 3 5 AQAB\nx NSEC y CNAME RRSIG NSEC\nx NSEC3 1 0 0 - 00000000 CNAME\nx RRSIG CNAME 13 2 300 20260101000000 20260101000000 1 example. AQAB',
    text: 'x.example. has a CNAME and other data (A, TXT)',
  },
  {
    id: 'ZONE-CNAME-OTHER-DATA',
    bad: 'd NS ns.test.\nx.d CNAME a.test.\nx.d A 192.0.2.3',
    good: 'd NS ns.test.\nx.d CNAME a.test.',
    also: ['ZONE-OCCLUDED', 'ZONE-GLUE-NEEDLESS'],
  },
  { id: 'ZONE-CNAME-AND-DNAME', bad: 'x CNAME a.test.\nx DNAME b.test.', good: 'x CNAME a.test.\ny DNAME b.test.' },
  { id: 'ZONE-CNAME-MULTIPLE', bad: 'x CNAME a.test.\nx CNAME b.test.', good: 'x CNAME a.test.\nx CNAME A.Test.' },
  {
    id: 'ZONE-CNAME-LOOP',
    bad: 'b CNAME c\na CNAME b\nc CNAME A',
    good: 'a CNAME b\nb CNAME c\nc CNAME a.test.',
    text: 'CNAME loop: a.example. -> b.example. -> c.example. -> a.example.',
  },
  { id: 'ZONE-CNAME-LOOP', bad: '*.w CNAME x.w', good: '*.w CNAME x.w\nx.w A 192.0.2.3' },
  { id: 'ZONE-CNAME-LOOP', bad: 'a CNAME a', good: 'a CNAME a.a\na.a A 192.0.2.3' },
  { id: 'ZONE-CNAME-CHAIN', bad: chain(9), good: chain(8), text: 'c0.example. starts a chain of 9 CNAMEs; resolvers give up' },
  { id: 'ZONE-CNAME-DANGLING', bad: 'x CNAME nothing', good: 'x CNAME nothing.w\n*.w A 192.0.2.3' },
  { id: 'ZONE-CNAME-DANGLING', bad: 'x CNAME ent.w\na.ent.w A 192.0.2.3\n*.w A 192.0.2.3', good: 'x CNAME a.d\nd NS ns.test.' },
  { id: 'ZONE-DNAME-MULTIPLE', bad: 'x DNAME a.test.\nx DNAME b.test.', good: 'x DNAME a.test.\ny DNAME b.test.' },
  { id: 'ZONE-DNAME-AND-NS', bad: 'x DNAME a.test.\nx NS ns.test.', good: '@ DNAME a.test.', also: [] },
  {
    id: 'ZONE-DNAME-DESCENDANTS',
    bad: 'x DNAME a.test.\na.x A 192.0.2.3\nb.x TXT "b"',
    good: 'x DNAME a.test.\nax A 192.0.2.3',
    text: 'x.example. has a DNAME, and 2 names below it cannot be reached',
  },
  { id: 'ZONE-DNAME-LOOP', bad: 'x DNAME a.x', good: 'x DNAME ax' },
  {
    id: 'ZONE-DNAME-LOOP',
    bad: 'b DNAME c\nc DNAME x.a\na DNAME B',
    good: 'a DNAME b\nb DNAME c\nc DNAME d',
    text: 'DNAME loop: a.example. -> b.example. -> c.example. -> a.example.',
  },
  { id: 'ZONE-DS-AT-APEX', bad: `@ DS 1 13 2 ${SHA256}`, good: `d NS ns.test.\nd DS 1 13 2 ${SHA256}` },
  { id: 'ZONE-DS-WITHOUT-NS', bad: `d DS 1 13 2 ${SHA256}`, good: `d NS ns.test.\nd DS 1 13 2 ${SHA256}` },
  { id: 'ZONE-DS-ALGORITHM-DEPRECATED', bad: `d NS ns.test.\nd DS 1 5 2 ${SHA256}`, good: `d NS ns.test.\nd DS 1 8 2 ${SHA256}` },
  ...[1, 3, 6, 7, 12].map(
    (algorithm): Case => ({ id: 'ZONE-DS-ALGORITHM-DEPRECATED', bad: `d NS ns.test.\nd DS 1 ${algorithm} 2 ${SHA256}` }),
  ),
  { id: 'ZONE-DS-DIGEST-DEPRECATED', bad: `d NS ns.test.\nd DS 1 8 1 ${'ab'.repeat(20)}`, good: `d NS ns.test.\nd DS 1 8 4 ${SHA384}` },
  { id: 'ZONE-DS-DIGEST-LENGTH', bad: `d NS ns.test.\nd DS 0x00010d02${'ab'.repeat(31)}`, good: `d NS ns.test.\nd DS 0x00010d02${SHA256}` },
  { id: 'ZONE-DS-UNKNOWN', bad: 'd NS ns.test.\nd DS 1 13 255 00', good: `d NS ns.test.\nd DS 1 15 2 ${SHA256}` },
  { id: 'ZONE-NS-TARGET-CNAME', bad: 'd NS alias\nalias CNAME ns1', good: 'd NS ns1\nalias CNAME ns1', line: 6 },
  { id: 'ZONE-NS-TARGET-CNAME', bad: 'd NS a.x\nx DNAME a.test.', good: 'd NS a.ax\nx DNAME a.test.\na.ax AAAA 2001:db8::1' },
  { id: 'ZONE-NS-TARGET-NO-ADDRESS', bad: 'd NS nowhere', good: 'd NS nowhere.test.' },
  { id: 'ZONE-NS-TARGET-NO-ADDRESS', bad: 'd NS t\nt TXT "t"', good: 'd NS x.w\n*.w AAAA 2001:db8::1' },
  { id: 'ZONE-MX-TARGET-CNAME', bad: 'm MX 10 alias\nalias CNAME ns1', good: 'm MX 10 ns1\nalias CNAME ns1' },
  { id: 'ZONE-MX-TARGET-NO-ADDRESS', bad: 'm MX 10 nowhere', good: 'm MX 10 nowhere.test.\nn MX 10 Ns1\no MX 10 a.d\nd NS ns.test.' },
  { id: 'ZONE-SRV-TARGET-CNAME', bad: '_a._tcp SRV 0 0 1 alias\nalias CNAME ns1', good: '_a._tcp SRV 0 0 1 ns1\nalias CNAME ns1' },
  { id: 'ZONE-SRV-TARGET-NO-ADDRESS', bad: '_a._tcp SRV 0 0 1 nowhere', good: '_a._tcp SRV 0 0 1 .' },
  { id: 'ZONE-GLUE-MISSING', bad: 'd NS ns.d', good: 'd NS ns.d\nns.d AAAA 2001:db8::1' },
  { id: 'ZONE-GLUE-MISSING', bad: 'd NS d', good: 'd NS d\nd A 192.0.2.3' },
  { id: 'ZONE-GLUE-SIBLING-MISSING', bad: 'd NS ns.e\ne NS ns.test.', good: 'd NS ns.e\ne NS ns.test.\nns.e A 192.0.2.3' },
  { id: 'ZONE-GLUE-NEEDLESS', bad: 'd NS ns.d\nns.d A 192.0.2.3\nwww.d A 192.0.2.3', good: 'd NS ns.d\nns.d A 192.0.2.3', line: 8 },
  { id: 'ZONE-GLUE-NEEDLESS', bad: 'd NS ns.test.\nd AAAA 2001:db8::1', good: '@ NS ns.d\nd NS ns.test.\nns.d A 192.0.2.3' },
  {
    id: 'ZONE-OCCLUDED',
    bad: 'd NS ns.test.\nx.d TXT "hidden"',
    good: 'd NS ns.test.\nxd TXT "seen"',
    text: 'TXT of x.d.example. is hidden by the delegation d.example.: it belongs into the child zone',
  },
  { id: 'ZONE-OCCLUDED', bad: 'd NS ns.test.\nd MX 10 ns1', good: `d NS ns.test.\nd DS 1 13 2 ${SHA256}\nd NSEC e NS DS RRSIG NSEC` },
  { id: 'ZONE-OCCLUDED', bad: `d NS ns.test.\ne.d NS ns.test.\ne.d DS 1 13 2 ${SHA256}`, good: 'd NS ns.test.\ne NS ns.test.' },
  {
    id: 'ZONE-OUT-OF-ZONE',
    bad: 'a.test. A 192.0.2.3',
    good: 'test A 192.0.2.3',
    text: 'a.test. A is not in the zone example.; it is left out',
    line: 6,
  },
  { id: 'ZONE-OUT-OF-ZONE', bad: 'a.anexample. A 192.0.2.3', good: '' },
  {
    id: 'ZONE-DUPLICATE',
    bad: 'x MX 1 ns1\nx MX 1 NS1',
    good: 'x MX 1 ns1\nx MX 2 ns1',
    line: 7,
    text: 'x.example. MX repeats a record; it is left out',
  },
  {
    id: 'ZONE-TTL-MISMATCH',
    bad: 'x 60 A 192.0.2.3\nx 61 A 192.0.2.4',
    good: 'x 60 A 192.0.2.3\nx 61 AAAA 2001:db8::1',
    line: 7,
    text: 'x.example. A has TTLs from 60 to 61; 60 is taken for all',
  },
  {
    id: 'ZONE-TTL-MISMATCH',
    bad: 'x 60 A 192.0.2.3\nx 61 A 192.0.2.3',
    good: 'x 60 A 192.0.2.3\nx 60 A 192.0.2.3',
    also: ['ZONE-DUPLICATE'],
  },
  {
    id: 'ZONE-TTL-ABOVE-MAX',
    bad: 'x 86401 A 192.0.2.3',
    options: { zoneMaxTtl: 86_400 },
    good: 'x 86400 A 192.0.2.3',
    goodOptions: { zoneMaxTtl: 86_400 },
    text: 'TTL 86401 of x.example. A is above zone-max-ttl 86400',
  },
  { id: 'ZONE-TTL-ZERO', bad: 'x 0 A 192.0.2.3', good: `x 1 A 192.0.2.3\n@ 0 DNSKEY ${KEY_1}` },
  {
    id: 'ZONE-RRSET-TOO-LARGE',
    bad: many(4095, (i) => `x A 10.0.${i >> 8}.${i & 255}`),
    good: many(4000, (i) => `x A 10.0.${i >> 8}.${i & 255}`),
  },
  {
    id: 'ZONE-RRSET-LARGE',
    bad: many(4090, (i) => `x A 10.0.${i >> 8}.${i & 255}`),
    good: many(4000, (i) => `x A 10.0.${i >> 8}.${i & 255}`),
  },
  { id: 'ZONE-WILDCARD-APEX', bad: '', origin: '*.test.', good: '', goodOrigin: 'a.test.', also: ['ZONE-NAME-NOT-LDH'] },
  { id: 'ZONE-WILDCARD-NS', bad: '*.d NS ns.test.', good: 'x.d NS ns.test.' },
  {
    id: 'ZONE-WILDCARD-DS',
    bad: `*.d DS 1 13 2 ${SHA256}`,
    good: `x.d NS ns.test.\nx.d DS 1 13 2 ${SHA256}`,
    also: ['ZONE-DS-WITHOUT-NS'],
  },
  { id: 'ZONE-WILDCARD-DNAME', bad: '*.d DNAME a.test.', good: '*.d CNAME a.test.' },
  { id: 'ZONE-WILDCARD-INNER', bad: 'x.*.d TXT "x"', good: '*.d TXT "x"' },
  { id: 'ZONE-WILDCARD-INNER', bad: '*.*.d TXT "x"', good: '*.d TXT "x"' },
  { id: 'ZONE-WILDCARD-LOOKALIKE', bad: 'x*.d TXT "x"', good: 'x.d TXT "*"' },
  { id: 'ZONE-NAME-UNDERSCORE', bad: 'a_b A 192.0.2.3', good: '_a._tcp TXT "x"' },
  { id: 'ZONE-NAME-NOT-LDH', bad: 'a/b MX 10 ns1', good: '*.ab MX 10 ns1' },
  { id: 'ZONE-NAME-NOT-LDH', bad: '-a AAAA 2001:db8::1', good: 'a-b AAAA 2001:db8::1\n0/25 PTR a.test.' },
  {
    id: 'ZONE-NAME-NON-ASCII',
    bad: 'm\\195\\188ller TXT "x"',
    good: 'xn--mller-kva A 192.0.2.3',
    text: 'm\\195\\188ller.example. has octets outside ASCII ("müller.example."); write international names in their xn-- form',
  },
  {
    id: 'ZONE-NAME-NON-ASCII',
    bad: 'm\\252ller TXT "x"',
    text: 'm\\252ller.example. has octets outside ASCII; write international names in their xn-- form',
  },
  {
    id: 'ZONE-NAME-DOUBLED-ORIGIN',
    bad: 'www.example.test A 192.0.2.3',
    origin: 'example.test.',
    good: 'wwwexample.test A 192.0.2.3',
    goodOrigin: 'example.test.',
    line: 6,
  },
  {
    id: 'ZONE-NAME-DOUBLED-ORIGIN',
    bad: 'm MX 10 mx.Example.test',
    origin: 'example.test.',
    good: 'm MX 10 mx.example.test.\nmx A 192.0.2.3',
    goodOrigin: 'example.test.',
    also: ['ZONE-MX-TARGET-NO-ADDRESS'],
  },
  {
    id: 'ZONE-NAME-DOUBLED-ORIGIN',
    badWhole: soa('ns.test. hostmaster.example.test 1 7200 900 1209600 300'),
    origin: 'example.test.',
    good: 'example A 192.0.2.3',
  },
  {
    id: 'ZONE-TARGET-IS-ADDRESS',
    bad: 'm MX 10 192.0.2.1',
    good: 'm MX 10 192.0.2.x1\n192.0.2.x1 A 192.0.2.3',
    also: ['ZONE-MX-TARGET-NO-ADDRESS'],
  },
  { id: 'ZONE-TARGET-IS-ADDRESS', bad: 'c CNAME 192.0.2.1.', good: 'c CNAME 1.2.0.192.in-addr.arpa.' },
  { id: 'ZONE-TARGET-IS-ADDRESS', bad: 'c CNAME 2001:db8::1.', good: 'c CNAME a:b.test.' },
  { id: 'ZONE-NULL-MX', bad: 'm MX 0 .\nm MX 10 ns1', good: 'm MX 0 .' },
  { id: 'ZONE-NULL-MX', bad: 'm MX 10 .', good: 'm MX 0 ns1' },
  { id: 'ZONE-SVCB-ALIAS-MIXED', bad: 's HTTPS 0 a.test.\ns HTTPS 1 b.test.', good: 's HTTPS 0 a.test.\ns SVCB 1 b.test.' },
  { id: 'ZONE-SVCB-ALIAS-SELF', bad: 's SVCB 0 S', good: 's SVCB 0 .\nt SVCB 1 t' },
  {
    id: 'ZONE-CDS-NOT-AT-APEX',
    bad: `x CDS 1 13 2 ${SHA256}`,
    good: `_dsboot.child.test._signal.ns1 CDS 1 13 2 ${SHA256}`,
  },
  { id: 'ZONE-CDS-NOT-AT-APEX', bad: `x CDNSKEY ${KEY_1}` },
  { id: 'ZONE-CDS-ALONE', bad: `@ CDNSKEY ${KEY_1}`, good: '@ CDNSKEY 0 3 0 AA==\n@ CDS 0 0 0 00', also: ['ZONE-SIGNER-OWNED'] },
  {
    id: 'ZONE-CDS-MISMATCH',
    bad: `@ CDNSKEY ${KEY_1}\n@ CDS 1 13 2 ${SHA256}`,
    good: '@ CDNSKEY 0 3 0 AA==\n@ CDS 0 0 0 00',
    also: ['ZONE-SIGNER-OWNED'],
  },
  {
    id: 'ZONE-CDS-WITHOUT-DNSKEY',
    bad: `@ CDNSKEY ${KEY_1}\n@ DNSKEY ${KEY_2}`,
    good: `@ CDNSKEY ${KEY_1}\n@ DNSKEY ${KEY_1}\n@ DNSKEY ${KEY_2}`,
    also: ['ZONE-SIGNER-OWNED', 'ZONE-CDS-ALONE'],
  },
  { id: 'ZONE-CDS-DELETE', bad: '@ CDNSKEY 0 3 0 AA==\n@ CDS 0 0 0 00', good: `@ CDS 1 13 2 ${SHA256}`, also: ['ZONE-SIGNER-OWNED'] },
  {
    id: 'ZONE-CDS-DELETE-MIXED',
    bad: `@ CDS 0 0 0 00\n@ CDS 1 13 2 ${SHA256}`,
    good: '@ CDS 0 0 0 00',
    also: ['ZONE-SIGNER-OWNED', 'ZONE-CDS-ALONE'],
  },
  { id: 'ZONE-CSYNC-NOT-AT-APEX', bad: 'x CSYNC 1 1 A', good: '@ CSYNC 1 1 A' },
  { id: 'ZONE-CSYNC-MULTIPLE', bad: '@ CSYNC 1 1 A\n@ CSYNC 1 3 A', good: '@ CSYNC 1 3 A' },
  { id: 'ZONE-CSYNC-FLAGS', bad: '@ CSYNC 1 4 A', good: '@ CSYNC 1 3 A' },
  {
    id: 'ZONE-SIGNER-OWNED',
    bad: `@ DNSKEY ${KEY_1}\n@ DNSKEY ${KEY_2}`,
    good: 'x KEY 256 3 5 AQAB',
    text: '2 DNSKEY records in the input: signing strips them and makes its own',
  },
  { id: 'ZONE-SPF-TYPE', bad: 'x SPF "v=spf1 -all"', good: 'x TXT "v=spf1 -all"' },
  { id: 'ZONE-TYPE-OBSOLETE', bad: 'x MD a.test.', good: 'x MB a.test.' },
  {
    id: 'ZONE-MORE',
    bad: many(4, (i) => `x${i} 0 A 192.0.2.3`),
    options: { limit: 3 },
    also: ['ZONE-TTL-ZERO'],
    good: many(3, (i) => `x${i} 0 A 192.0.2.3`),
    goodOptions: { limit: 3 },
    text: '1 more finding of ZONE-TTL-ZERO',
  },
];

function check(text: string, origin = 'example.', options: CheckOptions = {}) {
  const { zone, store } = buildZoneFrom(text, origin);
  return checkZone(zone, { records: store, ...options });
}

test('the zone that the cases start from has no findings', () => {
  expect(check(BASE)).toEqual([]);
});

describe('each rule', () => {
  CASES.forEach(({ id, bad, badWhole, good, goodWhole, also = [], ...c }, i) => {
    test(`${i} ${id}: seen`, () => {
      const findings = check(badWhole ?? `${BASE}\n${bad}`, c.origin, c.options);
      expect(new Set(findings.map((f) => f.id))).toEqual(new Set([id, ...also]));
      const finding = findings.find((f) => f.id === id)!;
      expect(finding.severity).toBe(SEVERITY[id]);
      if (c.line !== undefined) expect(finding).toMatchObject({ file: 'zone.db', line: c.line });
      if (c.text !== undefined) expect(finding.text).toBe(c.text);
    });
    if (good === undefined && goodWhole === undefined) return;
    test(`${i} ${id}: near miss`, () => {
      const findings = check(goodWhole ?? `${BASE}\n${good}`, c.goodOrigin, c.goodOptions);
      expect(findings.map((f) => f.id)).not.toContain(id);
    });
  });

  test('every ID of the table has a case', () => {
    expect(new Set(CASES.map((c) => c.id))).toEqual(new Set(Object.keys(SEVERITY)));
  });
});

test('RFC 1982 3.2: a serial exactly 2^31 away is not ahead; one step less is, across the wrap', () => {
  const at = (serial: number, previousSerial: number) =>
    check(soa(`ns1 hostmaster ${serial} 7200 900 1209600 300`), 'example.', { previousSerial }).map((f) => f.id);
  expect(at(0x8000_0000, 0)).toEqual(['ZONE-SERIAL-NOT-AHEAD']);
  expect(at(0x7fff_ffff, 0)).toEqual([]);
  expect(at(0, 0xffff_ffff)).toEqual([]);
  expect(at(0xffff_ffff, 0)).toEqual(['ZONE-SERIAL-NOT-AHEAD']);
});

test('RFC 7344 4.1: the DS that .com publishes for cloudflare.com agrees with its key; with one digit changed it does not', () => {
  const digest = '32996839a6d808afe3eb4a795a0e6a7a39a76fc52ff228b22b76f6d63826f2b9';
  const ids = (cds: string) =>
    check(`${BASE}\n@ CDNSKEY ${KEY_1}\n@ DNSKEY ${KEY_1}\n@ CDS 2371 13 2 ${cds}`, 'cloudflare.com.')
      .map((f) => `${f.id} ${f.type}`)
      .filter((id) => !id.startsWith('ZONE-SIGNER-OWNED'))
      .sort();
  expect(ids(digest)).toEqual([]);
  expect(ids(digest.replace(/9$/, '8'))).toEqual(['ZONE-CDS-MISMATCH CDNSKEY', 'ZONE-CDS-MISMATCH CDS', 'ZONE-CDS-WITHOUT-DNSKEY CDS']);
});

test('records that were dropped are listed as the signer’s own', () => {
  const { zone, store } = buildZoneFrom(`${BASE}\n@ DNSKEY ${KEY_1}`, 'example.', { drop: (k) => k === 5 });
  expect(zone.left.dropped).toHaveLength(1);
  expect(checkZone(zone, { records: store })).toMatchObject([{ id: 'ZONE-SIGNER-OWNED', type: 'DNSKEY', line: 6, found: '1' }]);
  expect(checkZone(zone, {})).toMatchObject([{ id: 'ZONE-SIGNER-OWNED', found: '1' }]);
});

test('without the store, records left out are counted', () => {
  const { zone } = buildZoneFrom(`${BASE}\na.test. A 192.0.2.1\nb.test. A 192.0.2.1\nns1 A 192.0.2.1`);
  expect(checkZone(zone, {}).map((f) => [f.id, f.found])).toEqual([
    ['ZONE-DUPLICATE', '1'],
    ['ZONE-OUT-OF-ZONE', '2'],
  ]);
});

test('what forbids signing is in the table', () => {
  for (const id of BLOCKS_SIGNING) expect(SEVERITY).toHaveProperty(id, 'warning');
});

test('the root zone and RDATA that is not in its form are judged without a fault', () => {
  expect(
    check('. SOA a.nstld. b.nstld. 1 1800 900 604800 86400\n. NS a.nstld.\n. NS b.nstld.\na.nstld. A 192.0.2.1\nb.nstld. A 192.0.2.1', '.'),
  ).toEqual([]);
  const types = ['SOA', 'NS', 'CNAME', 'DNAME', 'MX', 'SRV', 'PTR', 'DS', 'CDS', 'CDNSKEY', 'DNSKEY', 'CSYNC', 'SVCB', 'HTTPS'];
  const broken = types.flatMap((type, i) =>
    ['0x', '0x00', '0x3f', '0x000000', '0xffffffffffffff'].map((rdata) => `x${i} ${type} ${rdata}`),
  );
  const atApex = types.filter((type) => type !== 'CNAME').map((type) => `@ ${type} 0xff`);
  expect(() => check([BASE, ...broken, ...atApex].join('\n'))).not.toThrow();
});
