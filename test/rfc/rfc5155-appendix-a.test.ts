import { describe, expect, test } from 'vitest';
import { parseName } from '../../signer/dns/name.ts';
import { TYPE } from '../../signer/dns/rrtype.ts';
import { keyTag } from '../../signer/dnssec/dnskey.ts';
import { type Nsec3Parameters, nsec3Chain, nsec3Hash, nsec3ParamRdata, writeHashLabel } from '../../signer/dnssec/nsec3.ts';
import { DEFAULT_POLICY } from '../../signer/policy.ts';
import { classifyNames } from '../../signer/zone/cuts.ts';
import { chainLines, rdataText, recordLines } from './support/denial-text.ts';
import { plannedSignatures } from './support/planned.ts';
import { isGoodSignature, rdatasOf, signaturesOf, vectorText, zoneFromText } from './support/vector-zone.ts';

const ORIGIN = 'example.';
const SALT = Uint8Array.of(0xaa, 0xbb, 0xcc, 0xdd);
const PARAMETERS: Nsec3Parameters = { optOut: true, iterations: 12, salt: SALT };
const text = vectorText('rfc5155-appendix-a.zone');
const signed = zoneFromText(text, ORIGIN);
const unsigned = zoneFromText(text, ORIGIN, (type) => type !== TYPE.RRSIG && type !== TYPE.NSEC3);
const keys = new Map(rdatasOf(signed, 0, TYPE.DNSKEY).map((rdata) => [keyTag(rdata), rdata]));

function hashText(name: string): string {
  const label = new Uint8Array(32);
  writeHashLabel(nsec3Hash(parseName(name), PARAMETERS.iterations, SALT), 0, label, 0);
  return new TextDecoder().decode(label);
}

// RFC 5155 appendix A: the following tables list the hashes of the owner names of the zone.
describe('RFC 5155 5: IH(salt, x, 0) = H(x || salt), IH(salt, x, k) = H(IH(salt, x, k-1) || salt)', () => {
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
    // Appendix B.1, B.3 and B.5: names that do not exist.
    ['c.x.w.example.', '0va5bpr2ou0vk0lbqeeljri88laipsfh'],
    ['*.x.w.example.', '92pqneegtaue7pjatc3l3qnk738c6v5m'],
    ['c.example.', '4g6p9u5gvfshp30pqecj98b3maqbn1ck'],
    ['z.w.example.', 'qlu7gtfaeh0ek0c05ksfhdpbcgglbe03'],
  ])('H(%s) = %s', (name, hash) => {
    expect(hashText(name)).toBe(hash);
  });
});

describe('RFC 5155 7.1, the chain of appendix A', () => {
  const optOut = chainLines(unsigned, nsec3Chain(unsigned, classifyNames(unsigned), PARAMETERS, 3600));

  // If Opt-Out is being used, owner names of unsigned delegations MAY be excluded. … The NSEC3 RR for each empty non-terminal
  // MUST be included.
  test('comes out of the unsigned records, with opt-out', () => {
    expect(optOut).toEqual(recordLines(signed, TYPE.NSEC3, 'NSEC3'));
    expect(optOut).toHaveLength(12);
  });

  // Each owner name within the zone that owns authoritative RRSets MUST have a corresponding NSEC3 RR. Owner names that correspond to
  // unsigned delegations MAY have a corresponding NSEC3 RR; without opt-out they have to.
  test('has one record more without opt-out: the delegation c.example., bitmap NS, flags 0', () => {
    const full = chainLines(unsigned, nsec3Chain(unsigned, classifyNames(unsigned), { ...PARAMETERS, optOut: false }, 3600));
    expect(full).toHaveLength(13);
    const owner = `${hashText('c.example.')}.example.`;
    const record = full.find((line) => line.startsWith(owner));
    expect(record?.toLowerCase()).toBe(`${owner} nsec3 1 0 12 aabbccdd b4um86eghhds6nea196smvmlo4ors995 ns`);
    expect(full.every((line) => line.split(' ')[3] === '0')).toBe(true);
  });

  // 7.1: the next hashed owner name field is the hash that immediately follows in hash order; the last one has the first.
  test('is a ring in the order of the hashes', () => {
    const links = optOut.map((line) => line.split(' '));
    const owners = links.map(([owner]) => owner!.slice(0, 32));
    expect(owners).toEqual([...owners].sort());
    expect(links.map((link) => link[6]!.toLowerCase())).toEqual([...owners.slice(1), owners[0]]);
  });
});

// RFC 5155 4.1.2: the Opt-Out flag is not used and is set to zero in the NSEC3PARAM RR.
test('RFC 5155 4: NSEC3PARAM of appendix A, flags 0 although the chain is opt-out', () => {
  expect(rdataText(TYPE.NSEC3PARAM, nsec3ParamRdata(PARAMETERS)).toLowerCase()).toBe('1 0 12 aabbccdd');
  expect(nsec3ParamRdata(PARAMETERS)).toEqual(rdatasOf(signed, 0, TYPE.NSEC3PARAM)[0]);
});

describe('RFC 5155 appendices A and B: the signatures verify over our octets', () => {
  test.each(signaturesOf(signed))('$title', ({ fields, octets, signature }) => {
    expect(isGoodSignature(keys.get(fields.keyTag)!, octets, signature)).toBe(true);
    const changed = octets.slice();
    changed[30]! ^= 1;
    expect(isGoodSignature(keys.get(fields.keyTag)!, changed, signature)).toBe(false);
  });
});

// RFC 5155 7.1 with RFC 4035 2.2: NSEC3 RRsets are signed, NS of the cuts and glue are not. (Without the record whose owner is also a
// hashed owner: rfc5155-hashed-owner-in-zone.test.ts.)
test('RFC 5155 7.1: what the plan signs', () => {
  const plain = zoneFromText(text.replace(/^2t7b4g4v\S+ 3600 IN A .*$/m, ''), ORIGIN, (type) => type !== TYPE.RRSIG && type !== TYPE.NSEC3);
  const ours = plannedSignatures(plain, { ...DEFAULT_POLICY, denial: { kind: 'nsec3', ...PARAMETERS } });
  const theirs = signaturesOf(signed)
    .map(({ title }) => title.replace(/ \d+$/, ''))
    .filter((title) => title !== '2t7b4g4vsa5smi47k61mv5bv1a22bojr.example. A');
  expect(theirs.filter((title) => !ours.includes(title))).toEqual([]);
  expect(ours.filter((title) => /^(ns\d\.)?[ac]\.example\. /.test(title))).toEqual(['a.example. DS']);
  expect(ours.filter((title) => title.endsWith(' NSEC3'))).toHaveLength(11);
  expect(new Set(ours).size).toBe(ours.length);
});
