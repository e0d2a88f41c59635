import { keyTag } from '../../../signer/dnssec/dnskey.ts';
import type { VerifyOptions } from '../../../signer/verify/options.ts';
import { dsDigest, KSK, type SoftKey, softKey, withFlags, ZSK } from '../../support/soft-keys.ts';
import { ds } from '../../support/soft-records.ts';
import { type Form, key, ORIGIN, PUBLISHED_ONLY, REVOKED, SIGNS_DATA_UNPUBLISHED } from './sign-form.ts';

/** Keys whose tags differ, revoked forms included. Old and new of one algorithm, and those of another. */
export interface FormKeys {
  readonly k1: SoftKey;
  readonly z1: SoftKey;
  readonly k2: SoftKey;
  readonly z2: SoftKey;
  readonly kOther: SoftKey;
  readonly zOther: SoftKey;
}

export function makeFormKeys(algorithm = 13, other = 15): FormKeys {
  const made: SoftKey[] = [];
  const add = (flags: number, number: number): SoftKey => {
    for (;;) {
      const fresh = softKey(flags, number);
      const tags = [fresh, withFlags(fresh, flags | 0x80)].map(({ tag }) => tag);
      const taken = made.flatMap((each) => [each.tag, keyTag(withFlags(each, each.flags | 0x80).rdata)]);
      if (tags.some((tag) => taken.includes(tag))) continue;
      made.push(fresh);
      return fresh;
    }
  };
  return {
    k1: add(KSK, algorithm),
    z1: add(ZSK, algorithm),
    k2: add(KSK, algorithm),
    z2: add(ZSK, algorithm),
    kOther: add(KSK, other),
    zOther: add(ZSK, other),
  };
}

export interface NamedForm {
  readonly name: string;
  readonly form: Form;
  /** Keys that the parent has DS records of; the first one is in the DNSKEY RRset. */
  readonly parent: readonly SoftKey[];
  /** What the verifier is to be told. */
  readonly options?: Partial<VerifyOptions>;
}

/** What a version of a zone can look like in each step of each rollover (RFC 6781 4.1, RFC 7583 3, RFC 5011 2, RFC 8901 2.1.2, RFC 8078 4). */
export function rolloverForms({ k1, z1, k2, z2, kOther, zOther }: FormKeys): readonly NamedForm[] {
  const [old, data] = [key('ksk', k1), key('zsk', z1)];
  const [coming, comingData] = [key('ksk', k2), key('zsk', z2)];
  const [other, otherData] = [key('ksk', kOther), key('zsk', zOther)];
  const cds = (...keys: readonly SoftKey[]) => ({ kind: 'keys', dnskeys: keys.map(({ rdata }) => Uint8Array.from(rdata)) }) as const;
  const [c1, c2] = [key('csk', k1), key('csk', k2)];
  const noData = { published: true, signsKeys: true, signsZone: false };
  return [
    { name: 'ZSK Pre-Publication, the new one published', form: { keys: [old, data], published: [z2.rdata] }, parent: [k1] },
    {
      name: 'ZSK Pre-Publication, the old one published still',
      form: { keys: [old, key('zsk', z1, PUBLISHED_ONLY), comingData] },
      parent: [k1],
    },
    { name: 'ZSK Double-Signature', form: { keys: [old, data, comingData] }, parent: [k1] },
    { name: 'a KSK that is published only', form: { keys: [old, data, key('ksk', k2, PUBLISHED_ONLY)] }, parent: [k1] },
    { name: 'KSK Double-KSK, submitted', form: { keys: [old, coming, data], cdsSet: cds(k2) }, parent: [k1] },
    {
      name: 'KSK Double-DS, submitted',
      form: { keys: [old, data], cdsSet: cds(k1, k2) },
      parent: [k1],
      options: { requestedKeys: [k2.rdata] },
    },
    {
      name: 'KSK Double-DS, swapped',
      form: { keys: [coming, data], cdsSet: cds(k1, k2) },
      parent: [k2, k1],
      options: { requestedKeys: [k1.rdata] },
    },
    { name: 'KSK revoked', form: { keys: [key('ksk', k1, REVOKED), coming, data], cdsSet: cds(k2) }, parent: [k2] },
    { name: 'CSK, the new one signs keys', form: { keys: [c1, key('csk', k2, noData)], cdsSet: cds(k2) }, parent: [k1] },
    { name: 'CSK, the new one signs data', form: { keys: [key('csk', k1, noData), c2], cdsSet: cds(k2) }, parent: [k1] },
    { name: 'CSK, both sign everything', form: { keys: [c1, c2] }, parent: [k1] },
    { name: 'CSK to KSK and ZSK', form: { keys: [c1, coming, key('zsk', z2, PUBLISHED_ONLY)] }, parent: [k1] },
    { name: 'KSK and ZSK to CSK, both sign data', form: { keys: [old, data, c2], cdsSet: cds(k2) }, parent: [k1] },
    {
      name: 'KSK and ZSK to CSK, swapped',
      form: { keys: [old, key('zsk', z1, PUBLISHED_ONLY), c2], cdsSet: cds(k2) },
      parent: [k1],
    },
    { name: 'going insecure', form: { keys: [old, data], cdsSet: { kind: 'delete' } }, parent: [k1], options: { allowDelete: true } },
    {
      name: 'a second operator',
      form: { keys: [old, data], published: [z2.rdata], cdsSet: cds(k1, k2) },
      parent: [k1, k2],
      options: { requestedKeys: [k2.rdata] },
    },
    {
      name: 'algorithm, new signatures',
      form: { keys: [old, data, key('zsk', zOther, SIGNS_DATA_UNPUBLISHED)], cdsSet: cds(k1) },
      parent: [k1],
      options: { unpublishedKeys: [zOther.rdata], unpublishedSignAll: true },
    },
    { name: 'algorithm, new keys', form: { keys: [old, data, other, otherData], cdsSet: cds(kOther) }, parent: [k1] },
    {
      name: 'algorithm, the old KSK revoked',
      form: { keys: [key('ksk', k1, REVOKED), data, other, otherData], cdsSet: cds(kOther), allowIncompleteAlgorithms: true },
      parent: [kOther],
    },
    {
      name: 'algorithm, old keys gone',
      form: { keys: [other, otherData, key('zsk', z1, SIGNS_DATA_UNPUBLISHED)], cdsSet: cds(kOther) },
      parent: [kOther],
      options: { unpublishedKeys: [z1.rdata], unpublishedSignAll: true },
    },
    {
      name: 'algorithm of a CSK, new signatures',
      form: { keys: [c1, key('csk', kOther, SIGNS_DATA_UNPUBLISHED)], cdsSet: cds(k1) },
      parent: [k1],
      options: { unpublishedKeys: [kOther.rdata], unpublishedSignAll: true },
    },
    {
      name: 'a revoked KSK that is the last of its algorithm',
      form: { keys: [key('ksk', k1, REVOKED), other, otherData] },
      parent: [kOther],
    },
  ];
}

export const dsOf = (soft: SoftKey): Uint8Array => ds(soft.tag, soft.algorithm, 2, dsDigest(ORIGIN, soft, 2)).rdata;
