import { describe, expect, test } from 'vitest';
import { toHex, WireWriter } from '../../signer/dns/bytes.ts';
import { parseName } from '../../signer/dns/name.ts';
import { TYPE } from '../../signer/dns/rrtype.ts';
import type { NsecChain } from '../../signer/dnssec/denial.ts';
import { keyTag } from '../../signer/dnssec/dnskey.ts';
import type { SigningPlan } from '../../signer/plan-data.ts';
import { DEFAULT_POLICY } from '../../signer/policy.ts';
import { newSignedZone } from '../../signer/sign.ts';
import { findApex, readSoa } from '../../signer/verify/inspection.ts';
import { kindsOfNames } from '../../signer/verify/names.ts';
import { makeCollector } from '../../signer/verify/report.ts';
import { verifyZoneDigest } from '../../signer/verify/zone-digest.ts';
import { classifyNames } from '../../signer/zone/cuts.ts';
import { buildZone, type Zone } from '../../signer/zone/zone.ts';
import { fillZonemd } from '../../signer/zone-digest.ts';
import { isGoodSignature, rdatasOf, readText, signaturesOf, vectorText, zoneFromText } from './support/vector-zone.ts';

const EXAMPLES: readonly (readonly [title: string, file: string, origin: string])[] = [
  ['A.1, simple', 'rfc8976-a1-simple.zone', 'example.'],
  ['A.2, complex', 'rfc8976-a2-complex.zone', 'example.'],
  ['A.3, multiple digests', 'rfc8976-a3-multiple.zone', 'example.'],
  ['A.5, ROOT-SERVERS.NET', 'rfc8976-a5-root-servers.zone', 'root-servers.net.'],
];

/** The zone without keys and chain, for what the signer makes of its digest. */
function unsignedPlan(zone: Zone): SigningPlan {
  const denial: NsecChain = {
    kind: 'nsec',
    ttl: 0,
    count: 0,
    names: new Uint32Array(),
    rdata: new WireWriter(),
    rdataAt: new Uint32Array(1),
  };
  const none = new Uint32Array();
  return {
    zone,
    kinds: classifyNames(zone),
    denial,
    keys: [],
    policy: DEFAULT_POLICY,
    now: 0,
    units: Uint32Array.from({ length: zone.nameCount }, (_, i) => i),
    jobs: { count: 0, target: none, key: new Uint8Array(), inception: none, expiration: none, kept: none, signatureAt: new Uint32Array(1) },
    previous: undefined,
  };
}

/** ZONEMD RDATA by scheme and hash. RFC 8976 2.2: serial(4) scheme(1) hash(1) digest. */
function digests(zone: Zone): ReadonlyMap<string, string> {
  return new Map(rdatasOf(zone, 0, TYPE.ZONEMD).map((rdata) => [`${rdata[4]} ${rdata[5]}`, toHex(rdata.subarray(6))]));
}

// RFC 8976 3.3.1.1: all RRs of the zone, in canonical form and order, without the apex ZONEMD RRset and its signatures; duplicate RRs
// once; occluded data included; out-of-zone data excluded; ZONEMD RRs that are not at the apex included.
describe('RFC 8976 appendix A: the signer makes the digest of the example', () => {
  test.each(EXAMPLES)('%s', (_title, file, origin) => {
    const text = readable(vectorText(file));
    const printed = digests(zoneFromText(text, origin));
    // The digest with a private hash in A.3 is not the signer's to make.
    const zone = zoneFromText(text.replace(/^.*ZONEMD\s+\d+ 1 240 .*\n/m, ''), origin);
    for (const rdata of rdatasOf(zone, 0, TYPE.ZONEMD)) rdata.fill(0, 6);
    expect([...digests(zone).values()].join('')).toMatch(/^0+$/);
    fillZonemd(newSignedZone(unsignedPlan(zone)));
    for (const [which, digest] of digests(zone)) expect(digest, which).toBe(printed.get(which));
    expect(digests(zone).size).toBeGreaterThan(0);
  });

  test('A.2: what is in the digest, one by one', () => {
    const text = vectorText('rfc8976-a2-complex.zone');
    const digestOf = (changed: string): string => {
      const zone = buildZone(readText(changed, 'example.').store, parseName('example.'));
      fillZonemd(newSignedZone(unsignedPlan(zone)));
      return digests(zone).get('1 1')!;
    };
    const same = digestOf(text);
    expect(digestOf(text.replace(/^duplicate.*\n/m, ''))).toBe(same);
    expect(digestOf(text.replace(/^foo\.test.*\n/m, ''))).toBe(same);
    expect(digestOf(text.replace('UPPERCASE', 'uppercase'))).toBe(same);
    expect(digestOf(text.replace('MAIL1', 'mail1'))).toBe(same);
    const [sortme] = /^sortme.*\n/m.exec(text)!;
    expect(digestOf(`${text.replace(sortme, '')}${sortme}`)).toBe(same);
    for (const changed of [/^occluded.*\n/m, /^sub .*\n/m, /^\*.*\n/m, /^non-apex[^)]*\)\n/m, /^sortme.*1:65\n/m])
      expect(digestOf(text.replace(changed, '')), `${changed}`).not.toBe(same);
    expect(digestOf(text.replace('canonicalize uppercase', 'Canonicalize uppercase'))).not.toBe(same);
    expect(digestOf(text.replace('777 ', '778 '))).not.toBe(same);
  });
});

// RFC 8976 4: verifying zone digest. The verifier has its own code for it.
describe('RFC 8976 4: the verifier accepts the digests of the examples, and none that differ', () => {
  test.each([...EXAMPLES, ['A.4, URI.ARPA', 'rfc8976-a4-uri-arpa.zone', 'uri.arpa.'] as const])('%s', (_title, file, origin) => {
    const text = readable(vectorText(file));
    expect(digestFindings(text, origin)).toEqual([]);
    const changed = text.replace(
      /(ZONEMD\s+\d+ 1 1[\s(]+)([0-9a-f])/,
      (_match, head: string, digit: string) => `${head}${digit === '0' ? '1' : '0'}`,
    );
    expect(changed).not.toBe(text);
    expect(digestFindings(changed, origin)).toEqual(['VERIFY-ZONEMD-DIGEST']);
  });

  // 4, step 4: the SOA Serial field MUST exactly match the ZONEMD Serial field.
  test('a serial that is not the SOA serial', () => {
    const text = vectorText('rfc8976-a1-simple.zone').replace('ZONEMD  2018031900', 'ZONEMD  2018031901');
    expect(digestFindings(text, 'example.')).toContain('VERIFY-ZONEMD-SERIAL');
  });

  // 4, step 3: multiple ZONEMD RRs of one scheme and hash are not to be used.
  test('two digests of one scheme and hash', () => {
    const text = vectorText('rfc8976-a1-simple.zone');
    const second = `@ 86400 IN ZONEMD 2018031900 1 1 ${'ab'.repeat(48)}\n`;
    expect(digestFindings(`${text}${second}`, 'example.')).toContain('VERIFY-ZONEMD-TWICE');
  });

  test('A.4 with its signatures: all of them verify over our octets', () => {
    const zone = zoneFromText(vectorText('rfc8976-a4-uri-arpa.zone'), 'uri.arpa.');
    const keys = new Map(rdatasOf(zone, 0, TYPE.DNSKEY).map((rdata) => [keyTag(rdata), rdata]));
    const signatures = signaturesOf(zone);
    const bad = signatures.filter(({ fields, octets, signature }) => !isGoodSignature(keys.get(fields.keyTag)!, octets, signature));
    expect(bad.map(({ title }) => title)).toEqual([]);
    expect(signatures).toHaveLength(15);
  });
});

/** Without the record of A.3 that has a private scheme: rfc8976-private-scheme.test.ts. */
function readable(text: string): string {
  return text.replace(/^.*ZONEMD\s+\d+ 241 1 .*\n/m, '');
}

function digestFindings(text: string, origin: string): readonly string[] {
  const zone = buildZone(readText(text, origin).store, parseName(origin));
  const apex = findApex(zone);
  const { report, finish } = makeCollector(zone);
  verifyZoneDigest({
    zone,
    options: { now: 0 },
    report,
    apex,
    kinds: kindsOfNames(zone),
    soa: readSoa(zone, apex)!,
    keys: [],
    unpublished: [],
    requested: [],
  });
  return finish()
    .map(({ id }) => id)
    .filter((id) => id !== 'VERIFY-ZONEMD-UNSUPPORTED' && id !== 'VERIFY-ZONEMD-NOT-APEX');
}
