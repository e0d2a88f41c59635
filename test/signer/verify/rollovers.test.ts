import { beforeAll, describe, expect, test } from 'vitest';
import type { VerifyOptions } from '../../../signer/verify/options.ts';
import { FINDINGS_PER_RULE } from '../../../signer/verify/report.ts';
import { verifyZone } from '../../../signer/verify/verify-zone.ts';
import { type Base, makeBase, NSEC, ORIGIN, TTL } from '../../mutations/base-zone.ts';
import { dsDigest, KSK, type SoftKey, softKey, withFlags, ZSK } from '../../support/soft-keys.ts';
import { at, dnskey, ds, type Rr } from '../../support/soft-records.ts';
import { type SignOptions, signRrset, signZone } from '../../support/soft-signer.ts';
import { toZone } from '../../support/soft-zone.ts';
import { errorIds, ids } from './load-zone.ts';

const now = 1_790_000_000;
const OWN_KEY_TYPES = new Set(['DNSKEY', 'CDS', 'CDNSKEY']);
const COVERED_DNSKEY = 48;

let base: Base;
let kNew: SoftKey;
let zNew: SoftKey;
beforeAll(() => {
  base = makeBase(NSEC, now, { algorithm: 15 });
  kNew = softKey(KSK, 13, [base.ksk, base.zsk]);
  zNew = softKey(ZSK, 13, [base.ksk, base.zsk, kNew]);
});

function signedBy(published: readonly SoftKey[], signers: Pick<SignOptions, 'ksks' | 'zsks'>, extra: readonly Rr[] = []): Rr[] {
  const plain = base.content.filter(({ type }) => !OWN_KEY_TYPES.has(type));
  const keys = at(ORIGIN, TTL, ...published.map((key) => dnskey(key.rdata)));
  return signZone([...plain, ...keys, ...extra], { ...base.options, ...signers });
}

const verify = (records: readonly Rr[], options: Partial<VerifyOptions> = {}) => verifyZone(toZone(records, ORIGIN), { now, ...options });
const cdsOf = (...keys: readonly SoftKey[]): Rr[] => [
  ...at(ORIGIN, TTL, ...keys.map((key) => ds(key.tag, key.algorithm, 2, dsDigest(ORIGIN, key, 2), 'CDS'))),
  ...at(ORIGIN, TTL, ...keys.map((key) => dnskey(key.rdata, 'CDNSKEY'))),
];
const withoutOne = (records: readonly Rr[], algorithm: number): Rr[] => {
  const gone = records.findLast((r) => r.type === 'RRSIG' && r.rdata[2] === algorithm && r.owner === `mail.${ORIGIN}`);
  return records.filter((r) => r !== gone);
};

describe('RFC 6840 5.12: signatures by keys that are not published', () => {
  const first = (): Rr[] => signedBy([base.ksk, base.zsk], { ksks: [base.ksk], zsks: [base.zsk, zNew] });
  const told = (): Partial<VerifyOptions> => ({ unpublishedKeys: [zNew.rdata], unpublishedSignAll: true });

  test('a key that was announced is told once, with what it signs', async () => {
    const { findings } = await verify(first(), told());
    const count = first().filter((r) => r.type === 'RRSIG' && r.rdata[2] === 13).length;
    expect(count).toBeGreaterThan(10);
    expect(findings.map(({ severity, text }) => [severity, text])).toEqual([
      ['info', `${count} signatures by ${zNew.tag} algorithm 13 (ECDSAP256SHA256), which is known but not published`],
    ]);
  });

  test('one that was not is an error at each', async () => {
    const { findings } = await verify(first());
    expect(errorIds(findings)).toEqual(['VERIFY-RRSIG-UNKNOWN-KEY']);
    expect(findings.length).toBeLessThanOrEqual(FINDINGS_PER_RULE + 1);
    expect(errorIds((await verify(first(), { unpublishedKeys: [kNew.rdata] })).findings)).toEqual(['VERIFY-RRSIG-UNKNOWN-KEY']);
  });

  test('RFC 6781 4.1.4: what lacks a signature of the new algorithm would be bogus with its keys; the published one is not spared either', async () => {
    expect(errorIds((await verify(withoutOne(first(), 13), told())).findings)).toEqual(['VERIFY-RRSIG-MISSING']);
    expect(errorIds((await verify(withoutOne(first(), 13), { unpublishedKeys: [zNew.rdata] })).findings)).toEqual([]);
    expect(errorIds((await verify(withoutOne(first(), 15), told())).findings)).toEqual(['VERIFY-RRSIG-MISSING']);
  });

  test('one that was announced and is published after all is a key like others', async () => {
    const records = signedBy([base.ksk, base.zsk, kNew, zNew], { ksks: [base.ksk, kNew], zsks: [base.zsk, zNew] });
    expect((await verify(records, told())).findings).toEqual([]);
  });

  test('a signature that does not verify is bad, announced or not', async () => {
    const rrset = first().filter(({ owner, type }) => owner === `mail.${ORIGIN}` && type === 'A');
    const wrong = signRrset(rrset, zNew, base.options);
    wrong.rdata[wrong.rdata.length - 1]! ^= 1;
    expect(errorIds((await verify([...withoutOne(first(), 13), wrong], { unpublishedKeys: [zNew.rdata] })).findings)).toEqual([
      'VERIFY-RRSIG-BAD',
    ]);
  });
});

describe('keys that share a tag', () => {
  function twins(flags: number, tagOf: (key: SoftKey) => number): readonly [SoftKey, SoftKey] {
    const plain = new Map<number, SoftKey>();
    const others = new Map<number, SoftKey>();
    for (;;) {
      const [one, two] = [softKey(ZSK, 15, [base.ksk]), softKey(flags, 15, [base.ksk])];
      plain.set(one.tag, one);
      others.set(tagOf(two), two);
      const [a, b] = [plain.get(tagOf(two)), others.get(one.tag)];
      if (a !== undefined) return [a, two];
      if (b !== undefined) return [one, b];
    }
  }

  test('an unpublished key does not vouch for the published one with its tag', async () => {
    const [one, two] = twins(ZSK, (key) => key.tag);
    const records = signedBy([base.ksk, one], { ksks: [base.ksk], zsks: [two] });
    const { findings } = await verify(records, { unpublishedKeys: [two.rdata] });
    expect(ids(findings)).toEqual(['VERIFY-RRSIG-MISSING', 'VERIFY-RRSIG-UNPUBLISHED-KEY']);
    const both = signedBy([base.ksk, one], { ksks: [base.ksk], zsks: [one, two] });
    const good = await verify(both, { unpublishedKeys: [two.rdata], unpublishedSignAll: true });
    expect(errorIds(good.findings)).toEqual([]);
    expect(good.counts.goodSignatures).toBe(good.counts.signatures);
  });

  test('RFC 5011 2.1: a revoked key does not vouch for data in the name of one with its tag', async () => {
    const [zsk, ksk] = twins(KSK, (key) => withFlags(key, 0x0181).tag);
    const revoked = withFlags(ksk, 0x0181);
    const published = [base.ksk, revoked, zsk];
    const records = signedBy(published, { ksks: [base.ksk, revoked], zsks: [revoked] });
    expect(errorIds((await verify(records)).findings)).toEqual(['VERIFY-RRSIG-MISSING', 'VERIFY-RRSIG-REVOKED-KEY']);
    const right = signedBy(published, { ksks: [base.ksk, revoked], zsks: [zsk] });
    expect(errorIds((await verify(right)).findings)).toEqual([]);
  });
});

describe('CDS and CDNSKEY of keys that are not published', () => {
  const pair = () => ({ ksks: [base.ksk], zsks: [base.zsk] });

  test('RFC 7583 3.3.2, Double-DS: allowed for the keys that were told, and only those', async () => {
    const coming = softKey(KSK, 15, [base.ksk, base.zsk]);
    const records = signedBy([base.ksk, base.zsk], pair(), cdsOf(base.ksk, coming));
    const unknown = ['VERIFY-CDNSKEY-UNKNOWN-KEY', 'VERIFY-CDS-UNKNOWN-KEY'];
    expect((await verify(records, { requestedKeys: [coming.rdata] })).findings).toEqual([]);
    expect(errorIds((await verify(records)).findings)).toEqual(unknown);
    expect(errorIds((await verify(records, { unpublishedKeys: [coming.rdata] })).findings)).toEqual(unknown);
    expect(errorIds((await verify(records, { requestedKeys: [kNew.rdata] })).findings)).toEqual(unknown);
  });

  test('RFC 7344 4.1: to ask for such a key alone would break the zone; so would one of another algorithm', async () => {
    const coming = softKey(KSK, 15, [base.ksk, base.zsk]);
    const alone = signedBy([base.ksk, base.zsk], pair(), cdsOf(coming));
    expect(errorIds((await verify(alone, { requestedKeys: [coming.rdata] })).findings)).toEqual(['VERIFY-CDS-CONTINUITY']);
    const other = signedBy([base.ksk, base.zsk], pair(), cdsOf(base.ksk, kNew));
    expect(errorIds((await verify(other, { requestedKeys: [kNew.rdata] })).findings)).toEqual(['VERIFY-CDS-CONTINUITY']);
  });
});

describe('RFC 6840 5.11: algorithms that may be incomplete', () => {
  const dsOf = (key: SoftKey): Uint8Array => ds(key.tag, key.algorithm, 2, dsDigest(ORIGIN, key, 2)).rdata;

  test('what is missing of them is a warning', async () => {
    const records = withoutOne(signedBy([base.ksk, base.zsk, kNew, zNew], { ksks: [base.ksk, kNew], zsks: [base.zsk, zNew] }), 13);
    expect(errorIds((await verify(records)).findings)).toEqual(['VERIFY-RRSIG-MISSING']);
    const liberal = await verify(records, { ds: [dsOf(base.ksk)], incompleteAlgorithms: [13] });
    expect(liberal.findings.map(({ id, severity }) => [id, severity])).toEqual([['VERIFY-RRSIG-MISSING', 'warning']]);
    expect(errorIds((await verify(records, { incompleteAlgorithms: [15] })).findings)).toEqual(['VERIFY-RRSIG-MISSING']);
    const unused = signedBy([base.ksk, base.zsk, zNew], { ksks: [base.ksk], zsks: [base.zsk] });
    expect(errorIds((await verify(unused)).findings)).toEqual(['VERIFY-ALGORITHM-UNUSED']);
    expect(errorIds((await verify(unused, { incompleteAlgorithms: [13] })).findings)).toEqual([]);
  });

  test('not while the parent has a DS of them, and not all of them', async () => {
    const records = withoutOne(signedBy([base.ksk, base.zsk, kNew, zNew], { ksks: [base.ksk, kNew], zsks: [base.zsk, zNew] }), 13);
    const ds = [dsOf(base.ksk), dsOf(kNew)];
    expect(errorIds((await verify(records, { ds, incompleteAlgorithms: [13] })).findings)).toEqual(['VERIFY-RRSIG-MISSING']);
    expect(errorIds((await verify(records, { incompleteAlgorithms: [13, 15] })).findings)).toEqual(['VERIFY-RRSIG-MISSING']);
  });
});

describe('RFC 6781 4.1.4.2: an old KSK that is revoked in an algorithm rollover', () => {
  const records = (): Rr[] => {
    const revoked = withFlags(base.ksk, 0x0181);
    return signedBy([revoked, base.zsk, kNew, zNew], { ksks: [revoked, kNew], zsks: [base.zsk, zNew] });
  };

  test('signs the DNSKEY RRset for its algorithm', async () => {
    expect((await verify(records())).findings).toEqual([]);
    const withoutIt = records().filter((r) => !(r.type === 'RRSIG' && r.rdata.readUInt16BE(0) === COVERED_DNSKEY && r.rdata[2] === 15));
    expect(errorIds((await verify(withoutIt)).findings)).toEqual(['VERIFY-REVOKED-NOT-SELF-SIGNED', 'VERIFY-RRSIG-MISSING']);
  });
});

describe('RFC 5011 5: all trust anchors of a zone are revoked, and it goes insecure', () => {
  const revoked = (): SoftKey => withFlags(base.ksk, 0x0181);
  const records = (): Rr[] => signedBy([revoked(), base.zsk], { ksks: [revoked()], zsks: [base.zsk] });

  test('that no key vouches for the others any more is a warning where it is meant, and an error elsewhere', async () => {
    expect(errorIds((await verify(records())).findings)).toEqual(['VERIFY-DNSKEY-NOT-SIGNED-BY-KSK']);
    const { findings } = await verify(records(), { allowDelete: true });
    expect(findings.map(({ id, severity }) => [id, severity])).toEqual([['VERIFY-DNSKEY-NOT-SIGNED-BY-KSK', 'warning']]);
  });

  test('not with a DS at the parent, nor with an anchor that stays, nor without a signature of the one that goes', async () => {
    const dsOf = (key: SoftKey): Uint8Array => ds(key.tag, key.algorithm, 2, dsDigest(ORIGIN, key, 2)).rdata;
    const withDs = await verify(records(), { allowDelete: true, ds: [dsOf(base.ksk)] });
    expect(errorIds(withDs.findings)).toContain('VERIFY-DNSKEY-NOT-SIGNED-BY-KSK');
    const staying = signedBy([revoked(), base.zsk, kNew], { ksks: [revoked()], zsks: [base.zsk] });
    expect(errorIds((await verify(staying, { allowDelete: true })).findings)).toContain('VERIFY-DNSKEY-NOT-SIGNED-BY-KSK');
    const unsigned = records().filter((r) => !(r.type === 'RRSIG' && r.rdata.readUInt16BE(0) === COVERED_DNSKEY));
    expect(errorIds((await verify(unsigned, { allowDelete: true })).findings)).toContain('VERIFY-DNSKEY-NOT-SIGNED-BY-KSK');
  });
});
