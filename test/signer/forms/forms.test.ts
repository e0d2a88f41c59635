import { beforeAll, describe, expect, test } from 'vitest';
import { TYPE } from '../../../signer/dns/rrtype.ts';
import type { DenialPolicy } from '../../../signer/policy.ts';
import { withFlags } from '../../support/soft-keys.ts';
import { errorIds, ids } from '../verify/load-zone.ts';
import { dsOf, type FormKeys, makeFormKeys, type NamedForm, rolloverForms } from './forms.ts';
import { key, ORIGIN, PUBLISHED_ONLY, REVOKED, rdatas, SIGNS_DATA_UNPUBLISHED, signersOf, signForm, verify } from './sign-form.ts';

const DENIALS: Readonly<Record<string, DenialPolicy>> = {
  NSEC: { kind: 'nsec' },
  NSEC3: { kind: 'nsec3', optOut: false, salt: new Uint8Array(), iterations: 0 },
};
const WWW = `www.${ORIGIN}`;

let keys: FormKeys;
let forms: readonly NamedForm[];
beforeAll(() => {
  keys = makeFormKeys();
  forms = rolloverForms(keys);
});

const sorted = (...tags: readonly number[]): readonly number[] => tags.toSorted((a, b) => a - b);
const formOf = (name: string): NamedForm => forms.find((form) => form.name === name)!;
const published = (zone: Parameters<typeof rdatas>[0]): readonly string[] =>
  rdatas(zone, ORIGIN, TYPE.DNSKEY)
    .map((rdata) => Buffer.from(rdata).toString('hex'))
    .toSorted();
const hex = (...rdata: readonly Buffer[]): readonly string[] => rdata.map((octets) => octets.toString('hex')).toSorted();

describe.each(Object.entries(DENIALS))('%s', (_name, denial) => {
  test('the verifier accepts each form, and where it has to be told of keys, refuses it untold', async () => {
    for (const { name, form, parent, options } of forms) {
      const { zone } = await signForm({ ...form, policy: { denial, zonemd: ['sha384'] } });
      const ds = parent.map(dsOf);
      expect([name, errorIds((await verify(zone, { ds, ...options })).findings)]).toEqual([name, []]);
      const untold = errorIds((await verify(zone, { ds })).findings);
      expect([name, untold.length > 0]).toEqual([name, options !== undefined]);
    }
  });
});

describe('who signs what', () => {
  test('RFC 6781 4.1.1.1: a ZSK that is published alone signs nothing, before its time and after', async () => {
    const { k1, z1, z2 } = keys;
    const before = await signForm(formOf('ZSK Pre-Publication, the new one published').form);
    expect(published(before.zone)).toEqual(hex(k1.rdata, z1.rdata, z2.rdata));
    expect(signersOf(before.zone, WWW, TYPE.A)).toEqual([z1.tag]);
    const after = await signForm(formOf('ZSK Pre-Publication, the old one published still').form);
    expect(published(after.zone)).toEqual(published(before.zone));
    expect(signersOf(after.zone, WWW, TYPE.A)).toEqual([z2.tag]);
    expect(signersOf(after.zone, ORIGIN, TYPE.DNSKEY)).toEqual([k1.tag]);
  });

  test('RFC 6781 4.1.1.2: old and new ZSK sign together', async () => {
    const { zone } = await signForm(formOf('ZSK Double-Signature').form);
    expect(signersOf(zone, WWW, TYPE.A)).toEqual(sorted(keys.z1.tag, keys.z2.tag));
  });

  test('RFC 7583 3.3.1: both KSKs sign the DNSKEY RRset', async () => {
    const { k1, k2, z1 } = keys;
    const { zone } = await signForm(formOf('KSK Double-KSK, submitted').form);
    expect(published(zone)).toEqual(hex(k1.rdata, k2.rdata, z1.rdata));
    for (const type of [TYPE.DNSKEY, TYPE.CDS, TYPE.CDNSKEY]) expect(signersOf(zone, ORIGIN, type)).toEqual(sorted(k1.tag, k2.tag));
  });

  test('RFC 6781 4.1.4: RRSIGs of the new algorithm stand over all RRsets but DNSKEY, whose keys are the old ones', async () => {
    const { k1, z1, zOther } = keys;
    const { zone } = await signForm(formOf('algorithm, new signatures').form);
    expect(published(zone)).toEqual(hex(k1.rdata, z1.rdata));
    expect(signersOf(zone, ORIGIN, TYPE.DNSKEY)).toEqual([k1.tag]);
    for (const type of [TYPE.SOA, TYPE.NS, TYPE.NSEC]) expect(signersOf(zone, ORIGIN, type)).toEqual(sorted(z1.tag, zOther.tag));
    expect(signersOf(zone, WWW, TYPE.A)).toEqual(sorted(z1.tag, zOther.tag));
    // A cache keeps this RRset while the DNSKEY RRset with the new algorithm comes.
    expect(signersOf(zone, ORIGIN, TYPE.CDS)).toEqual(sorted(k1.tag, zOther.tag));
  });

  test('RFC 6781 4.1.4: once the old keys are gone, their RRSIGs stay for the caches that have them', async () => {
    const { kOther, zOther, z1 } = keys;
    const { zone } = await signForm(formOf('algorithm, old keys gone').form);
    expect(published(zone)).toEqual(hex(kOther.rdata, zOther.rdata));
    expect(signersOf(zone, WWW, TYPE.A)).toEqual(sorted(z1.tag, zOther.tag));
    expect(signersOf(zone, ORIGIN, TYPE.DNSKEY)).toEqual([kOther.tag]);
    expect(signersOf(zone, ORIGIN, TYPE.CDNSKEY)).toEqual(sorted(kOther.tag, z1.tag));
  });

  test('RFC 5011 2.1: a revoked key has the REVOKE bit and another tag, signs the DNSKEY RRset and nothing else', async () => {
    const { k1, k2, z1 } = keys;
    const revoked = withFlags(k1, 0x0181);
    const { zone } = await signForm(formOf('KSK revoked').form);
    expect(published(zone)).toEqual(hex(revoked.rdata, k2.rdata, z1.rdata));
    expect(revoked.tag).not.toBe(k1.tag);
    expect(signersOf(zone, ORIGIN, TYPE.DNSKEY)).toEqual(sorted(revoked.tag, k2.tag));
    expect(signersOf(zone, ORIGIN, TYPE.CDS)).toEqual([k2.tag]);
    expect(signersOf(zone, WWW, TYPE.A)).toEqual([z1.tag]);
  });

  test('with --cds-by-zsk a ZSK that is published signs CDS, one that is not only where nobody of its algorithm does', async () => {
    const { k1, z1, z2 } = keys;
    const set = [key('ksk', k1), key('zsk', z1), key('zsk', z2, SIGNS_DATA_UNPUBLISHED)];
    const { zone } = await signForm({ keys: set, policy: { cds: true, cdsSignedByZsk: true } });
    expect(signersOf(zone, ORIGIN, TYPE.CDS)).toEqual(sorted(k1.tag, z1.tag));
    expect(signersOf(zone, WWW, TYPE.A)).toEqual(sorted(z1.tag, z2.tag));
  });

  test('without a use of its own a key does what its role says', async () => {
    const { k1, z1 } = keys;
    const asBefore = await signForm({ keys: [key('ksk', k1), key('zsk', z1)], policy: { cds: true } });
    const told = await signForm({
      keys: [
        key('ksk', k1, { published: true, signsKeys: true, signsZone: false }),
        key('zsk', z1, { published: true, signsKeys: false, signsZone: true }),
      ],
      policy: { cds: true },
    });
    const withoutSignatures = ({ text }: { readonly text: string }) => text.replaceAll(/ roll\.example\. \S+$/gm, '');
    expect(withoutSignatures(told)).toBe(withoutSignatures(asBefore));
  });
});

describe('CDS and CDNSKEY', () => {
  const dnskeysOf = ({ form }: NamedForm) => (form.cdsSet?.kind === 'keys' ? form.cdsSet.dnskeys : []);

  test('RFC 7344 4: both ask for exactly the keys that were decided, published or not', async () => {
    for (const form of forms.filter(({ form: { cdsSet } }) => cdsSet?.kind === 'keys')) {
      const { zone } = await signForm({ ...form.form, policy: { cdsDigestTypes: [2, 4], cds: true } });
      const cdnskey = rdatas(zone, ORIGIN, TYPE.CDNSKEY).map((rdata) => Buffer.from(rdata));
      expect([form.name, hex(...cdnskey)]).toEqual([form.name, hex(...dnskeysOf(form).map((rdata) => Buffer.from(rdata)))]);
      expect(rdatas(zone, ORIGIN, TYPE.CDS).length).toBe(2 * dnskeysOf(form).length);
    }
  });

  test('RFC 8078 4: to have the DS RRset removed, CDS is 0 0 0 00 and CDNSKEY 0 3 0 AA==, signed like others', async () => {
    const { text, zone } = await signForm(formOf('going insecure').form);
    expect(text.split('\n').filter((line) => /\tIN\t(CDS|CDNSKEY)\t/.test(line))).toEqual([
      `${ORIGIN}\t3600\tIN\tCDS\t0 0 0 00`,
      `${ORIGIN}\t3600\tIN\tCDNSKEY\t0 3 0 AA==`,
    ]);
    expect(signersOf(zone, ORIGIN, TYPE.CDS)).toEqual([keys.k1.tag]);
  });

  test('what is decided takes the place of what the policy says', async () => {
    const pair = [key('ksk', keys.k1), key('zsk', keys.z1)];
    const none = await signForm({ keys: pair, policy: { cds: true }, cdsSet: { kind: 'none' } });
    expect(rdatas(none.zone, ORIGIN, TYPE.CDS)).toEqual([]);
    const some = await signForm({ keys: pair, policy: { cds: false }, cdsSet: { kind: 'keys', dnskeys: [keys.k1.rdata] } });
    expect(rdatas(some.zone, ORIGIN, TYPE.CDS)).toHaveLength(1);
  });

  test('of keys by the policy those count that sign keys, are published and are not revoked', async () => {
    const { k1, k2, z1, kOther } = keys;
    const { zone } = await signForm({
      keys: [key('ksk', k1, REVOKED), key('ksk', k2), key('zsk', z1), key('ksk', kOther, PUBLISHED_ONLY)],
      allowIncompleteAlgorithms: true,
      policy: { cds: true },
    });
    expect(rdatas(zone, ORIGIN, TYPE.CDNSKEY).map((rdata) => Buffer.from(rdata))).toEqual([k2.rdata]);
  });

  test.each([
    ['no key', () => []],
    ['a key twice', () => [keys.k1.rdata, keys.k1.rdata]],
    ['a key twice, once revoked', () => [keys.k1.rdata, withFlags(keys.k1, 0x0181).rdata]],
    ['a revoked key', () => [withFlags(keys.k2, 0x0181).rdata]],
  ])('CDS of %s are refused', async (_what, dnskeys) => {
    const form = { keys: [key('ksk', keys.k1), key('zsk', keys.z1)], cdsSet: { kind: 'keys', dnskeys: dnskeys() } as const };
    await expect(signForm(form)).rejects.toMatchObject({ code: 'key/cds-set' });
  });
});

test('a form whose keys the parent has no DS of is bogus, told or not', async () => {
  const { form, options } = formOf('algorithm, new signatures');
  const { zone } = await signForm(form);
  expect(ids((await verify(zone, { ds: [dsOf(keys.k2)], ...options })).findings)).toContain('VERIFY-DS-NO-MATCH');
});
