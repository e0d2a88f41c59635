import { beforeAll, describe, expect, test } from 'vitest';
import { fromHex } from '../../../signer/dns/bytes.ts';
import type { VerifyOptions } from '../../../signer/verify/options.ts';
import { verifyZone } from '../../../signer/verify/verify-zone.ts';
import { keyTagOf } from '../../../signer/verify/zone-keys.ts';
import { type Base, makeBase, NSEC, ORIGIN, TTL } from '../../mutations/base-zone.ts';
import { dsDigest, KSK, type SoftKey, softKey, withFlags, ZSK } from '../../support/soft-keys.ts';
import { at, dnskey, ds, type Rr } from '../../support/soft-records.ts';
import { type SignOptions, signRrset, signZone } from '../../support/soft-signer.ts';
import { toZone } from '../../support/soft-zone.ts';
import { errorIds, ids } from './load-zone.ts';

const now = 1_790_000_000;
const OWN_KEY_TYPES = new Set(['DNSKEY', 'CDS', 'CDNSKEY']);

let base: Base;
beforeAll(() => {
  base = makeBase(NSEC, now, { algorithm: 15 });
});

/** The base zone with these keys in its DNSKEY RRset, signed by those. */
function signedBy(published: readonly SoftKey[], signers: Pick<SignOptions, 'ksks' | 'zsks'>, extra: readonly Rr[] = []): Rr[] {
  const plain = base.content.filter(({ type }) => !OWN_KEY_TYPES.has(type));
  const keys = at(ORIGIN, TTL, ...published.map((key) => dnskey(key.rdata)));
  return signZone([...plain, ...keys, ...extra], { ...base.options, ...signers });
}

async function verify(records: readonly Rr[], options: Partial<VerifyOptions> = {}) {
  return await verifyZone(toZone(records, ORIGIN), { now, ...options });
}

const dsOf = (key: SoftKey, digestType = 2): Uint8Array => ds(key.tag, key.algorithm, digestType, dsDigest(ORIGIN, key, digestType)).rdata;

test('RFC 4034 5.4: the key of dskey.example.com. has the tag 60485', () => {
  const key =
    'AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/2pHm822aJ5iI9BMzNXxeYCmZDRD99WYwYqUSdjMmmAphXdvxegXd/M5+X7OrzKBaMbCVdFLUUh6DhweJBjEVv5f2wwjM9XzcnOf+EPbtG9DMBmADjFDc2w/rljwvFw==';
  expect(keyTagOf(new Uint8Array([1, 0, 3, 5, ...Uint8Array.fromBase64(key)]))).toBe(60485);
});

test('RFC 4034 B.1: the tag of an algorithm 1 key comes from its modulus', () => {
  expect(keyTagOf(fromHex('0100030103010001aabbccddee')!)).toBe(0xccdd);
});

describe('roles', () => {
  test('one key for both roles: good, no role is missed', async () => {
    const csk = softKey(KSK, 15);
    const { findings } = await verify(signedBy([csk], { ksks: [csk], zsks: [csk] }), { ds: [dsOf(csk)] });
    expect(findings).toEqual([]);
  });

  test('a key without SEP flag is enough where the DS stands for it, with a warning', async () => {
    const csk = softKey(ZSK, 15);
    const records = signedBy([csk], { ksks: [csk], zsks: [csk] });
    expect(errorIds((await verify(records)).findings)).toEqual(['VERIFY-DNSKEY-NOT-SIGNED-BY-KSK']);
    const { findings } = await verify(records, { ds: [dsOf(csk)] });
    expect(ids(findings)).toEqual(['VERIFY-DS-WITHOUT-SEP']);
  });

  test('a stand-by KSK and a pre-published ZSK that sign nothing are no fault', async () => {
    const { ksk, zsk } = base;
    const standby = softKey(KSK, 15, [ksk, zsk]);
    const next = softKey(ZSK, 15, [ksk, zsk, standby]);
    const { findings } = await verify(signedBy([ksk, zsk, standby, next], { ksks: [ksk], zsks: [zsk] }), { ds: [dsOf(ksk)] });
    expect(findings).toEqual([]);
  });

  test('data signed by the KSK alone beside a ZSK is a warning', async () => {
    const { ksk, zsk } = base;
    const { findings } = await verify(signedBy([ksk, zsk], { ksks: [ksk], zsks: [ksk] }));
    expect(ids(findings)).toEqual(['VERIFY-DATA-SIGNED-BY-KSK-ONLY']);
    expect(errorIds(findings)).toEqual([]);
  });
});

describe('RFC 5011: a revoked key', () => {
  test('signs the DNSKEY RRset beside its successor: good', async () => {
    const { zsk } = base;
    const revoked = withFlags(softKey(KSK, 15), 0x0181);
    const successor = softKey(KSK, 15, [zsk, revoked]);
    const { findings } = await verify(signedBy([revoked, successor, zsk], { ksks: [revoked, successor], zsks: [zsk] }), {
      ds: [dsOf(successor)],
    });
    expect(findings).toEqual([]);
  });

  test('that does not sign the DNSKEY RRset is revoked for nobody', async () => {
    const { ksk, zsk } = base;
    const revoked = withFlags(softKey(KSK, 15, [ksk, zsk]), 0x0181);
    const { findings } = await verify(signedBy([revoked, ksk, zsk], { ksks: [ksk], zsks: [zsk] }));
    expect(errorIds(findings)).toEqual(['VERIFY-REVOKED-NOT-SELF-SIGNED']);
  });

  test('brings no algorithm that the zone must be signed with', async () => {
    const { ksk, zsk } = base;
    const revoked = withFlags(softKey(KSK, 13, [ksk, zsk]), 0x0181);
    const { findings } = await verify(signedBy([revoked, ksk, zsk], { ksks: [revoked, ksk], zsks: [zsk] }));
    expect(findings).toEqual([]);
  });
});

describe('RFC 6781 4.1.4: algorithm rollover, the conservative way', () => {
  test('signatures of a key that is not yet published: refused, unless the key was announced', async () => {
    const { ksk, zsk } = base;
    const coming = softKey(ZSK, 13, [ksk, zsk]);
    const records = signedBy([ksk, zsk], { ksks: [ksk], zsks: [zsk, coming] });
    expect(errorIds((await verify(records)).findings)).toEqual(['VERIFY-RRSIG-UNKNOWN-KEY']);
    const announced = await verify(records, { unpublishedKeys: [coming.rdata] });
    expect(ids(announced.findings)).toEqual(['VERIFY-RRSIG-UNPUBLISHED-KEY']);
    expect(announced.counts.goodSignatures).toBe(announced.counts.signatures);
  });

  test('both algorithms sign everything: good; the DS of both too', async () => {
    const { ksk, zsk } = base;
    const ksk13 = softKey(KSK, 13, [ksk, zsk]);
    const zsk13 = softKey(ZSK, 13, [ksk, zsk, ksk13]);
    const records = signedBy([ksk, zsk, ksk13, zsk13], { ksks: [ksk, ksk13], zsks: [zsk, zsk13] });
    expect((await verify(records, { ds: [dsOf(ksk), dsOf(ksk13)] })).findings).toEqual([]);
  });

  test('the DNSKEY RRset is signed by each algorithm of the DS RRset (RFC 4035 2.2)', async () => {
    const { ksk, zsk } = base;
    const gone = softKey(KSK, 13, [ksk, zsk]);
    const { findings } = await verify(signedBy([ksk, zsk], { ksks: [ksk], zsks: [zsk] }), { ds: [dsOf(ksk), dsOf(gone)] });
    expect(errorIds(findings)).toEqual(['VERIFY-DS-NOT-SIGNING']);
    expect(ids(findings)).toContain('VERIFY-DS-UNMATCHED');
  });
});

describe('DS', () => {
  test('SHA-256 and SHA-384 match', async () => {
    const { ksk, zsk } = base;
    const records = signedBy([ksk, zsk], { ksks: [ksk], zsks: [zsk] });
    expect((await verify(records, { ds: [dsOf(ksk, 2), dsOf(ksk, 4)] })).findings).toEqual([]);
  });

  test('RFC 4509 3: beside a SHA-256 digest that does not match, a SHA-1 digest that does is not seen', async () => {
    const { ksk, zsk } = base;
    const wrong = dsOf(ksk, 2).slice();
    wrong[10]! ^= 1;
    const records = signedBy([ksk, zsk], { ksks: [ksk], zsks: [zsk] });
    const { findings } = await verify(records, { ds: [wrong, dsOf(ksk, 1)] });
    expect(errorIds(findings)).toContain('VERIFY-DS-NO-MATCH');
    expect(errorIds((await verify(records, { ds: [dsOf(ksk, 1)] })).findings)).toEqual([]);
  });

  test('an octet string that is no DS is told', async () => {
    const { ksk, zsk } = base;
    const { findings } = await verify(signedBy([ksk, zsk], { ksks: [ksk], zsks: [zsk] }), { ds: [dsOf(ksk), Uint8Array.of(1, 2)] });
    expect(errorIds(findings)).toEqual(['VERIFY-DS-MALFORMED']);
  });
});

describe('two keys with one tag', () => {
  /** Ed25519 keys are cheap: among a thousand of them two share a tag. */
  function twins(): readonly [SoftKey, SoftKey] {
    const seen = new Map<number, SoftKey>();
    for (;;) {
      const key = softKey(ZSK, 15, [base.ksk]);
      const other = seen.get(key.tag);
      if (other !== undefined) return [other, key];
      seen.set(key.tag, key);
    }
  }

  test('each signature is tried with both; only the shared tag is told', async () => {
    const [one, two] = twins();
    const records = signedBy([base.ksk, one, two], { ksks: [base.ksk], zsks: [one, two] });
    const { findings, counts } = await verify(records);
    expect(ids(findings)).toEqual(['VERIFY-KEY-TAG-TWICE']);
    expect(counts.goodSignatures).toBe(counts.signatures);
  });

  test('the key that is published does not vouch for its twin', async () => {
    const [one, two] = twins();
    const records = signedBy([base.ksk, one], { ksks: [base.ksk], zsks: [two] });
    const { findings, counts } = await verify(records);
    expect(errorIds(findings)).toEqual(['VERIFY-RRSIG-BAD']);
    expect(counts.goodSignatures).toBe(1);
  });
});

describe('CDS and CDNSKEY', () => {
  const deletion = (): Rr[] => [
    ...at(ORIGIN, TTL, { type: 'CDS', rdata: Buffer.from('0000000000', 'hex'), text: '0 0 0 00' }),
    ...at(ORIGIN, TTL, { type: 'CDNSKEY', rdata: Buffer.from('0000030000', 'hex'), text: '0 3 0 AA==' }),
  ];

  test('RFC 8078 4: the delete form is an error, unless it is meant', async () => {
    const { ksk, zsk } = base;
    const records = signedBy([ksk, zsk], { ksks: [ksk], zsks: [zsk] }, deletion());
    expect(errorIds((await verify(records)).findings)).toEqual(['VERIFY-CDS-DELETE']);
    expect((await verify(records, { allowDelete: true })).findings).toEqual([]);
  });

  test('RFC 8078 4: beside other records it is an error even if it is meant', async () => {
    const { ksk, zsk } = base;
    const cds = at(ORIGIN, TTL, ds(ksk.tag, 15, 2, dsDigest(ORIGIN, ksk, 2), 'CDS'));
    const records = signedBy([ksk, zsk], { ksks: [ksk], zsks: [zsk] }, [...deletion(), ...cds]);
    expect(errorIds((await verify(records, { allowDelete: true })).findings)).toEqual([
      'VERIFY-CDS-CDNSKEY-DIFFER',
      'VERIFY-CDS-DELETE-MIXED',
    ]);
  });

  test('RFC 7344 4.1: keys that do not sign the DNSKEY RRset must not be asked for', async () => {
    const { ksk, zsk } = base;
    const standby = softKey(KSK, 15, [ksk, zsk]);
    const cds = at(ORIGIN, TTL, ds(standby.tag, 15, 2, dsDigest(ORIGIN, standby, 2), 'CDS'));
    const records = signedBy([ksk, zsk, standby], { ksks: [ksk], zsks: [zsk] }, cds);
    expect(errorIds((await verify(records)).findings)).toEqual(['VERIFY-CDS-CONTINUITY']);
  });

  test('a SHA-1 digest is a warning', async () => {
    const { ksk, zsk } = base;
    const cds = at(ORIGIN, TTL, ds(ksk.tag, 15, 1, dsDigest(ORIGIN, ksk, 1), 'CDS'));
    const { findings } = await verify(signedBy([ksk, zsk], { ksks: [ksk], zsks: [zsk] }, cds));
    expect(ids(findings)).toEqual(['VERIFY-CDS-DIGEST-TYPE']);
  });

  test('RFC 9615: below the apex CDS and CDNSKEY are data of another zone', async () => {
    const { ksk, zsk } = base;
    const foreign = softKey(KSK, 13);
    const signal = at(`_dsboot.child.example.net._signal.ns1.${ORIGIN}`, TTL, dnskey(foreign.rdata, 'CDNSKEY'));
    expect((await verify(signedBy([ksk, zsk], { ksks: [ksk], zsks: [zsk] }, signal))).findings).toEqual([]);
  });
});

describe('keys that are none', () => {
  test.each([
    ['a P-256 point that is not on the curve', 13, 64],
    ['a P-256 key of 63 octets', 13, 63],
    ['an Ed25519 key of 31 octets', 15, 31],
    ['an RSA key of one octet', 8, 1],
    ['an RSA key of 504 bits', 8, 67],
  ])('%s', async (_what, algorithm, octets) => {
    const { ksk, zsk } = base;
    const key = algorithm === 8 && octets > 1 ? [3, 1, 0, 1, ...new Array(octets - 4).fill(0xab)] : new Array(octets).fill(0x05);
    const rdata = Buffer.from([1, 0, 3, algorithm, ...key]);
    const odd: SoftKey = { ...zsk, algorithm, rdata, tag: 0 };
    const { findings } = await verify(signedBy([ksk, zsk, odd], { ksks: [ksk], zsks: [zsk] }));
    expect(errorIds(findings)).toEqual(['VERIFY-DNSKEY-KEY']);
  });

  test('an algorithm that nobody here can verify', async () => {
    const { ksk, zsk } = base;
    const odd: SoftKey = { ...zsk, algorithm: 253, rdata: Buffer.from([1, 0, 3, 253, 1, 2, 3]), tag: 0 };
    const { findings } = await verify(signedBy([ksk, zsk, odd], { ksks: [ksk], zsks: [zsk] }));
    expect(errorIds(findings)).toEqual(['VERIFY-ALGORITHM-UNKNOWN']);
  });

  test('signRrset of the test signer and the verifier agree that a flipped bit is seen in each algorithm', async () => {
    for (const algorithm of [13, 14, 15, 16]) {
      const csk = softKey(KSK, algorithm);
      const records = signedBy([csk], { ksks: [csk], zsks: [csk] });
      const rrset = records.filter(({ owner, type }) => owner === `mail.${ORIGIN}` && type === 'A');
      const wrong = signRrset(rrset, csk, base.options);
      wrong.rdata[wrong.rdata.length - 1]! ^= 1;
      const rest = records.filter((r) => !(r.owner === `mail.${ORIGIN}` && r.type === 'RRSIG' && r.rdata.readUInt16BE(0) === 1));
      expect(errorIds((await verify([...rest, wrong])).findings)).toEqual(['VERIFY-RRSIG-BAD']);
    }
  });
});
