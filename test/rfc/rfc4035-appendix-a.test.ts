import { describe, expect, test } from 'vitest';
import { parseName, printName } from '../../signer/dns/name.ts';
import { TYPE } from '../../signer/dns/rrtype.ts';
import { denialTtl } from '../../signer/dnssec/denial.ts';
import { keyTag } from '../../signer/dnssec/dnskey.ts';
import { nsecChain } from '../../signer/dnssec/nsec.ts';
import { rrsigLabels } from '../../signer/dnssec/signed-data.ts';
import { DEFAULT_POLICY } from '../../signer/policy.ts';
import { classifyNames, NAME_KIND } from '../../signer/zone/cuts.ts';
import { findRrset, nameOf } from '../../signer/zone/zone.ts';
import { chainLines, recordLines } from './support/denial-text.ts';
import { plannedSignatures } from './support/planned.ts';
import { isGoodSignature, rdatasOf, signaturesOf, vectorText, zoneFromText } from './support/vector-zone.ts';

const ORIGIN = 'example.';
const text = vectorText('rfc4035-appendix-a.zone');
const signed = zoneFromText(text, ORIGIN);
const unsigned = zoneFromText(text, ORIGIN, (type) => type !== TYPE.RRSIG && type !== TYPE.NSEC);
const keys = new Map(rdatasOf(signed, 0, TYPE.DNSKEY).map((rdata) => [keyTag(rdata), rdata]));
const signatures = signaturesOf(signed);

test('the vector has its two keys and 26 signatures', () => {
  expect([...keys.keys()].sort((a, b) => a - b)).toEqual([9465, 38519]);
  expect(signatures).toHaveLength(26);
});

describe('RFC 4034 3.1.8.1: signature = sign(RRSIG_RDATA | RR(1) | RR(2)... )', () => {
  test.each(signatures)('$title verifies over our octets', ({ fields, octets, signature }) => {
    expect(isGoodSignature(keys.get(fields.keyTag)!, octets, signature)).toBe(true);
  });

  test.each(signatures)('$title does not verify over octets that differ in one bit', ({ fields, octets, signature }) => {
    const changed = octets.slice();
    changed[changed.length - 1]! ^= 1;
    expect(isGoodSignature(keys.get(fields.keyTag)!, changed, signature)).toBe(false);
  });

  // RFC 4034 3.1.3: the Labels field MUST be less than or equal to the number of labels in the original owner name; the null
  // (root) label and the leftmost label, if it is a wildcard, are not counted.
  test.each(signatures)('$title has the Labels field that we would write', ({ owner, fields }) => {
    expect(rrsigLabels(parseName(owner))).toBe(fields.labels);
  });
});

describe('RFC 4035 2.3, the NSEC chain of appendix A', () => {
  // Each owner name in the zone that has authoritative data or a delegation point NS RRset MUST have an NSEC resource record.
  test('comes out of the unsigned records', () => {
    const chain = nsecChain(unsigned, classifyNames(unsigned), denialTtl(unsigned, findRrset(unsigned, 0, TYPE.SOA)));
    expect(chainLines(unsigned, chain)).toEqual(recordLines(signed, TYPE.NSEC, 'NSEC'));
    expect(chain.ttl).toBe(3600);
  });

  // An NSEC record (and its associated RRSIG RRset) MUST NOT be the only RRset at any particular owner name: no record for w.example.
  test('has none at the empty non-terminals w.example. and y.w.example.', () => {
    const owners = recordLines(signed, TYPE.NSEC, 'NSEC').map((line) => line.split(' ')[0]);
    expect(owners).toHaveLength(10);
    expect(owners).not.toContain('w.example.');
    expect(owners).not.toContain('y.w.example.');
  });
});

// RFC 4035 2.2: for each authoritative RRset in a signed zone, there MUST be at least one RRSIG record … The NS RRset that appears at
// the zone apex name MUST be signed, but the NS RRsets that appear at delegation points MUST NOT be signed. Glue address RRsets
// associated with delegations MUST NOT be signed.
test('RFC 4035 2.2: the plan signs what appendix A signs, and nothing else', () => {
  const theirs = signatures.map(({ title }) => title.replace(/ \d+$/, ''));
  const ours = plannedSignatures(unsigned, DEFAULT_POLICY);
  expect(new Set(ours)).toEqual(new Set([...theirs, 'xx.example. NSEC']));
});

test('RFC 4035 2.2: cuts and glue of appendix A', () => {
  const kinds = classifyNames(unsigned);
  const namesOf = (kind: number): string[] =>
    Array.from(kinds, (k, i) => (k === kind ? printName(nameOf(unsigned, i)) : '')).filter((name) => name !== '');
  expect(namesOf(NAME_KIND.delegation)).toEqual(['a.example.', 'b.example.']);
  expect(namesOf(NAME_KIND.belowCut)).toEqual(['ns1.a.example.', 'ns2.a.example.', 'ns1.b.example.', 'ns2.b.example.']);
});

// RFC 4035 5.3.2: if rrsig_labels < fqdn_labels, name = "*." | the rightmost rrsig_label labels of the fqdn. Appendix B.6 is the
// answer to a.z.w.example. MX with the signature of *.w.example., unchanged.
test('RFC 4035 B.6: the signature over *.w.example. is the one of the expanded answer', () => {
  const wildcard = signatures.find(({ title }) => title === '*.w.example. MX 38519')!;
  expect(wildcard.fields.labels).toBe(2);
  const labelsOfAnswer = 4;
  expect(wildcard.fields.labels).toBeLessThan(labelsOfAnswer);
});
