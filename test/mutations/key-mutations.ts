import { dsDigest, KSK, type SoftKey, softKey, withFlags, ZSK } from '../support/soft-keys.ts';
import { at, dnskey, ds, type Rr, type RrData } from '../support/soft-records.ts';
import { type Base, keyRecords, ORIGIN, TTL } from './base-zone.ts';
import type { Mutation } from './mutation.ts';

export const KEY_MUTATIONS: readonly Mutation[] = [
  {
    name: 'dnskey-signed-by-zsk-only',
    fault: 'the DNSKEY RRset signed by the ZSK and not by the KSK: the DS of the parent leads nowhere',
    rules: ['VERIFY-DNSKEY-NOT-SIGNED-BY-KSK', 'VERIFY-CDS-CONTINUITY'],
    base: 'nsec',
    after: (bench) => bench.sign(ORIGIN, 'DNSKEY'),
  },
  {
    name: 'dnskey-unsigned',
    fault: 'the DNSKEY RRset without RRSIG',
    rules: ['VERIFY-RRSIG-MISSING', 'VERIFY-DNSKEY-NOT-SIGNED-BY-KSK', 'VERIFY-CDS-CONTINUITY'],
    base: 'nsec',
    after: (bench) => bench.dropSignatures(ORIGIN, 'DNSKEY'),
  },
  {
    name: 'dnskey-zsk-not-published',
    fault: 'the ZSK that signed the zone is missing from the DNSKEY RRset',
    rules: ['VERIFY-RRSIG-UNKNOWN-KEY', 'VERIFY-RRSIG-MISSING'],
    base: 'nsec',
    after: (bench) => {
      bench.replace(ORIGIN, 'DNSKEY', [dnskey(bench.base.ksk.rdata)]);
      bench.sign(ORIGIN, 'DNSKEY', {}, bench.base.ksk);
    },
  },
  {
    name: 'dnskey-second-algorithm-without-signatures',
    fault: 'a ZSK of a second algorithm in the DNSKEY RRset, and nothing signed with that algorithm (RFC 4035 2.2)',
    rules: ['VERIFY-ALGORITHM-UNUSED'],
    base: 'nsec',
    before: (base) => withContent(base, [...base.content, ...at(ORIGIN, TTL, dnskey(softKey(ZSK, 15, [base.ksk, base.zsk]).rdata))]),
  },
  {
    name: 'dnskey-second-algorithm-signs-keys-only',
    fault: 'a KSK of a second algorithm that signs the DNSKEY RRset, while the zone is signed with the first algorithm alone',
    rules: ['VERIFY-RRSIG-MISSING'],
    base: 'nsec',
    before: (base) => {
      const second = softKey(KSK, 15, [base.ksk, base.zsk]);
      const content = [...base.content, ...at(ORIGIN, TTL, dnskey(second.rdata))];
      return { ...withContent(base, content), options: { ...base.options, ksks: [base.ksk, second] } };
    },
  },
  {
    name: 'dnskey-only-ksk-revoked',
    fault: 'the REVOKE bit on the only KSK (RFC 5011): no key is left to start from',
    rules: [
      'VERIFY-RRSIG-MISSING',
      'VERIFY-RRSIG-REVOKED-KEY',
      'VERIFY-DNSKEY-NOT-SIGNED-BY-KSK',
      'VERIFY-CDS-NOT-SIGNED-BY-KSK',
      'VERIFY-CDS-UNKNOWN-KEY',
      'VERIFY-CDNSKEY-UNKNOWN-KEY',
    ],
    base: 'nsec',
    before: (base) => withKeys(base, withFlags(base.ksk, 0x0181), base.zsk),
  },
  {
    name: 'dnskey-without-zone-bit',
    fault: 'signatures by a key whose ZONE bit is off (RFC 4034 2.1.1)',
    rules: ['VERIFY-DNSKEY-FLAGS', 'VERIFY-RRSIG-UNKNOWN-KEY', 'VERIFY-RRSIG-MISSING'],
    base: 'nsec',
    before: (base) => withKeys(base, base.ksk, withFlags(base.zsk, 0)),
  },
  {
    name: 'dnskey-wrong-protocol',
    fault: 'a key whose protocol octet is not 3 (RFC 4034 2.1.2)',
    rules: ['VERIFY-DNSKEY-PROTOCOL', 'VERIFY-RRSIG-UNKNOWN-KEY', 'VERIFY-RRSIG-MISSING'],
    base: 'nsec',
    before: (base) => withKeys(base, base.ksk, withFlags(base.zsk, ZSK, 2)),
  },
  {
    name: 'cds-for-absent-key',
    fault: 'a CDS for a key that is not in the DNSKEY RRset; CDNSKEY is right',
    rules: ['VERIFY-CDS-UNKNOWN-KEY'],
    base: 'nsec',
    before: (base) => withContent(base, [...without(base, 'CDS'), cds(base.stranger), cds(base.ksk)]),
  },
  {
    name: 'cdnskey-for-absent-key',
    fault: 'CDS and CDNSKEY for a key that is not in the DNSKEY RRset',
    rules: ['VERIFY-CDS-UNKNOWN-KEY', 'VERIFY-CDNSKEY-UNKNOWN-KEY'],
    base: 'nsec',
    before: (base) => {
      const absent = softKey(KSK, 13, [base.ksk, base.zsk]);
      return withContent(base, [...without(base, 'CDS', 'CDNSKEY'), cds(absent), ...at(ORIGIN, TTL, dnskey(absent.rdata, 'CDNSKEY'))]);
    },
  },
  {
    name: 'cds-signed-by-zsk-only',
    fault: 'the CDS RRset signed by the ZSK alone: a parent must not follow it (RFC 7344 4.1)',
    rules: ['VERIFY-CDS-NOT-SIGNED-BY-KSK'],
    base: 'nsec',
    after: (bench) => bench.sign(ORIGIN, 'CDS'),
  },
  {
    name: 'cds-and-cdnskey-differ',
    fault: 'CDS names one KSK, CDNSKEY another, both published',
    rules: ['VERIFY-CDS-CDNSKEY-DIFFER'],
    base: 'nsec',
    before: (base) => {
      const second = softKey(KSK, 13, [base.ksk, base.zsk]);
      const content = [...without(base, 'CDNSKEY'), ...at(ORIGIN, TTL, dnskey(second.rdata), dnskey(second.rdata, 'CDNSKEY'))];
      return { ...withContent(base, content), options: { ...base.options, ksks: [base.ksk, second] } };
    },
  },
  {
    name: 'cds-wrong-digest',
    fault: 'a CDS with the tag of the KSK and a digest of something else',
    rules: ['VERIFY-CDS-UNKNOWN-KEY'],
    base: 'nsec',
    before: (base) => withContent(base, [...without(base, 'CDS'), ...at(ORIGIN, TTL, ds(base.ksk.tag, 13, 2, Buffer.alloc(32, 1), 'CDS'))]),
  },
  {
    name: 'cds-delete',
    fault: 'CDS and CDNSKEY ask the parent to remove the DS (RFC 8078 4), with no such intent declared',
    rules: ['VERIFY-CDS-DELETE'],
    base: 'nsec',
    before: (base) =>
      withContent(base, [
        ...without(base, 'CDS', 'CDNSKEY'),
        ...at(ORIGIN, TTL, { type: 'CDS', rdata: Buffer.of(0, 0, 0, 0, 0), text: '0 0 0 00' }),
        ...at(ORIGIN, TTL, { type: 'CDNSKEY', rdata: Buffer.of(0, 0, 3, 0, 0), text: '0 3 0 AA==' }),
      ]),
  },
  {
    name: 'parent-ds-matches-no-ksk',
    fault: 'the DS of the parent belongs to no key of the DNSKEY RRset',
    rules: ['VERIFY-DS-NO-MATCH', 'VERIFY-DNSKEY-NOT-SIGNED-BY-KSK', 'VERIFY-CDS-NOT-SIGNED-BY-KSK', 'VERIFY-DS-NOT-SIGNING'],
    base: 'nsec',
    parentDs: (base) => dsOf(base.stranger),
  },
  {
    name: 'parent-ds-of-key-that-does-not-sign',
    fault: 'the DS of the parent belongs to a published KSK that has not signed the DNSKEY RRset',
    rules: ['VERIFY-DNSKEY-NOT-SIGNED-BY-KSK', 'VERIFY-CDS-NOT-SIGNED-BY-KSK', 'VERIFY-DS-NOT-SIGNING'],
    base: 'nsec',
    before: (base) => withContent(base, [...base.content, ...at(ORIGIN, TTL, dnskey(standby(base).rdata))]),
    parentDs: (base) => dsOf(standby(base)),
  },
];

/** A third key pair of the base, as a KSK. */
const standby = (base: Base): SoftKey => withFlags(base.stranger, KSK);

const withContent = (base: Base, content: readonly Rr[]): Base => ({ ...base, content });

const without = (base: Base, ...types: readonly string[]): Rr[] => base.content.filter((r) => !types.includes(r.type));

const dsOf = (key: SoftKey, type = 'DS'): RrData => ds(key.tag, key.algorithm, 2, dsDigest(ORIGIN, key, 2), type);

const cds = (key: SoftKey): Rr => at(ORIGIN, TTL, dsOf(key, 'CDS'))[0]!;

function withKeys(base: Base, ksk: SoftKey, zsk: SoftKey): Base {
  const content = [...without(base, 'DNSKEY', 'CDS', 'CDNSKEY'), ...keyRecords(ksk, zsk)];
  return { ...base, ksk, zsk, content, options: { ...base.options, ksks: [ksk], zsks: [zsk] } };
}
