import { describe, expect, test } from 'vitest';
import { parseName } from '../../../signer/dns/name.ts';
import { hashName } from '../../../signer/verify/nsec3-chain.ts';
import { encodeHash } from '../../../signer/verify/octets.ts';
import { verifyZone } from '../../../signer/verify/verify-zone.ts';
import { errorIds, ids, vectorText, zoneFromText } from './load-zone.ts';

const MAY_2004 = 1083000000;
const MARCH_2011 = 1300000000;
const FEBRUARY_2021 = 1613000000;

describe('RFC 4035 appendix A and B', () => {
  const text = vectorText('rfc4035-appendix-b.zone');

  test('every signature that the RFC prints verifies, those over a wildcard too', async () => {
    const { counts, findings } = await verifyZone(zoneFromText(text, 'example.'), { now: MAY_2004, margin: 0 });
    expect(counts.signatures).toBe(16);
    expect(counts.goodSignatures).toBe(16);
    expect(errorIds(findings)).toEqual(['VERIFY-DNSKEY-NOT-SIGNED-BY-KSK', 'VERIFY-NSEC-MISSING', 'VERIFY-RRSIG-MISSING']);
    expect(ids(findings)).toContain('VERIFY-ALGORITHM-DEPRECATED');
  });

  test('capitals in owner and in the names of MX and NS change nothing (RFC 4034 6.2)', async () => {
    const shouted = text.replace(/MX 1 xx\.example\./g, 'MX 1 XX.Example.').replace(/^ns1\.example\./gm, 'NS1.EXAMPLE.');
    const { counts } = await verifyZone(zoneFromText(shouted, 'example.'), { now: MAY_2004, margin: 0 });
    expect(counts.goodSignatures).toBe(16);
  });

  test('one octet of a signed address changed: that signature and no other is bad', async () => {
    const { counts, findings } = await verifyZone(zoneFromText(text.replace('192.0.2.10', '192.0.2.11'), 'example.'), {
      now: MAY_2004,
      margin: 0,
    });
    const bad = findings.filter(({ id }) => id === 'VERIFY-RRSIG-BAD');
    expect(bad.map(({ owner, type }) => `${owner} ${type}`)).toEqual(['xx.example. A']);
    expect(counts.goodSignatures).toBe(15);
  });

  test('outside of the validity period all are refused', async () => {
    const zone = zoneFromText(text, 'example.');
    const late = await verifyZone(zone, { now: 1084200000, margin: 0 });
    const early = await verifyZone(zone, { now: 1081000000, margin: 0 });
    expect(late.findings.filter(({ id }) => id === 'VERIFY-RRSIG-EXPIRED')).toHaveLength(16);
    expect(early.findings.filter(({ id }) => id === 'VERIFY-RRSIG-NOT-YET-VALID')).toHaveLength(16);
  });
});

describe('RFC 5155 appendix A', () => {
  const text = vectorText('rfc5155-appendix-a.zone');

  test.each([
    ['example.', '0p9mhaveqvm6t7vbl5lop2u3t2rp3tom'],
    ['a.example.', '35mthgpgcu1qg68fab165klnsnk3dpvl'],
    ['ai.example.', 'gjeqe526plbf1g8mklp59enfd789njgi'],
    ['ns1.example.', '2t7b4g4vsa5smi47k61mv5bv1a22bojr'],
    ['ns2.example.', 'q04jkcevqvmu85r014c7dkba38o0ji5r'],
    ['w.example.', 'k8udemvp1j2f7eg6jebps17vp3n8i58h'],
    ['*.w.example.', 'r53bq7cc2uvmubfu5ocmm6pers9tk9en'],
    ['x.w.example.', 'b4um86eghhds6nea196smvmlo4ors995'],
    ['y.w.example.', 'ji6neoaepv8b5o6k4ev33abha8ht9fgc'],
    ['x.y.w.example.', '2vptu5timamqttgl4luu9kg21e0aor3s'],
    ['xx.example.', 't644ebqk9bibcna874givr6joj62mlhv'],
    ['2t7b4g4vsa5smi47k61mv5bv1a22bojr.example.', 'kohar7mbb8dc2ce8a9qvl8hon4k53uhi'],
  ])('H(%s) = %s', (name, hash) => {
    expect(encodeHash(hashName(parseName(name), { salt: Uint8Array.of(0xaa, 0xbb, 0xcc, 0xdd), iterations: 12 }))).toBe(hash);
  });

  test('the chain is whole: names, empty non-terminals, the opt-out delegation left out, a name that is a hash', async () => {
    const { counts, findings } = await verifyZone(zoneFromText(text, 'example.'), { now: MARCH_2011, margin: 0, excessiveValidity: 1e9 });
    expect(counts.signatures).toBe(17);
    expect(counts.goodSignatures).toBe(17);
    expect(counts.denialRecords).toBe(12);
    // the keys have 512 bits, and not all RRSIGs of the RFC are in the file
    expect(errorIds(findings)).toEqual(['VERIFY-DNSKEY-WEAK', 'VERIFY-RRSIG-MISSING']);
    expect(ids(findings)).toContain('VERIFY-NSEC3-ITERATIONS');
    expect(ids(findings)).toContain('VERIFY-NSEC3-SALT');
  });

  test('without the opt-out flag in the record that covers c.example. its absence is an error', async () => {
    // H(c.example.) = 4g6p9u5gvfshp30pqecj98b3maqbn1ck, covered by 35mthgpg…
    const closed = text.replace(
      '35mthgpgcu1qg68fab165klnsnk3dpvl.example. 3600 IN NSEC3 1 1',
      '35mthgpgcu1qg68fab165klnsnk3dpvl.example. 3600 IN NSEC3 1 0',
    );
    const { findings } = await verifyZone(zoneFromText(closed, 'example.'), { now: MARCH_2011, margin: 0, excessiveValidity: 1e9 });
    const [finding, ...others] = findings.filter(({ id }) => id === 'VERIFY-NSEC3-OPT-OUT');
    expect(finding?.owner).toBe('c.example.');
    expect(others).toEqual([]);
  });
});

describe('RFC 8976 appendix A', () => {
  test.each([
    ['rfc8976-a1.zone', 'example.'],
    ['rfc8976-a2.zone', 'example.'],
    ['rfc8976-a4-uri-arpa.zone', 'uri.arpa.'],
  ])('%s: the digest holds', async (file, origin) => {
    const { findings } = await verifyZone(zoneFromText(vectorText(file), origin), { now: FEBRUARY_2021, margin: 0 });
    expect(ids(findings).filter((id) => /ZONEMD-(DIGEST|SERIAL|MALFORMED|TWICE|UNSUPPORTED)/.test(id))).toEqual([]);
  });

  test('A.4: uri.arpa verifies as a whole', async () => {
    const { findings, counts } = await verifyZone(zoneFromText(vectorText('rfc8976-a4-uri-arpa.zone'), 'uri.arpa.'), {
      now: FEBRUARY_2021,
      margin: 0,
    });
    expect(errorIds(findings)).toEqual([]);
    expect(counts.goodSignatures).toBe(15);
  });

  test.each([
    ['occluded data', "I'm occluded", "I'm excluded"],
    ['a TTL', '*             777', '*             778'],
    ['the name of a wildcard', '*             777', '+             777'],
    ['an address', '2001:db8::1:65', '2001:db8::1:66'],
  ])('A.2: %s is covered', async (_what, from, to) => {
    const changed = vectorText('rfc8976-a2.zone').replace(from, to);
    const { findings } = await verifyZone(zoneFromText(changed, 'example.'), { now: FEBRUARY_2021 });
    expect(errorIds(findings)).toContain('VERIFY-ZONEMD-DIGEST');
  });

  test.each([
    ['letter case in RDATA that is canonicalized', 'MAIL1', 'mail1'],
    ['letter case of an owner', 'UPPERCASE', 'uppercase'],
    ['data outside of the zone', 'out-of-zone data', 'other data'],
  ])('A.2: %s is not', async (_what, from, to) => {
    const changed = vectorText('rfc8976-a2.zone').replace(from, to);
    const { findings } = await verifyZone(zoneFromText(changed, 'example.'), { now: FEBRUARY_2021 });
    expect(errorIds(findings)).not.toContain('VERIFY-ZONEMD-DIGEST');
  });

  test('a scheme that is not known is told, and does no harm', async () => {
    const changed = vectorText('rfc8976-a1.zone').replace('2018031900 1 1', '2018031900 240 1');
    const { findings } = await verifyZone(zoneFromText(changed, 'example.'), { now: FEBRUARY_2021 });
    expect(findings.find(({ id }) => id === 'VERIFY-ZONEMD-UNSUPPORTED')?.severity).toBe('info');
    expect(ids(findings)).not.toContain('VERIFY-ZONEMD-DIGEST');
  });
});
