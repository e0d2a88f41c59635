import { beforeAll, describe, expect, test } from 'vitest';
import { keyTag } from '../../../signer/dnssec/dnskey.ts';
import { Refusal } from '../../../signer/errors.ts';
import { isRevokedForm, revokedForm } from '../../../signer/revoked-form.ts';
import { checkKeySet, inPublishedForm, type KeySetOptions, type ZoneKey } from '../../../signer/zone-key.ts';
import { SoftwareSigningKey } from '../../properties/support/software-signing-key.ts';
import { KSK, type SoftKey, softKey, withFlags, ZSK } from '../../support/soft-keys.ts';
import { type FormKeys, makeFormKeys, rolloverForms } from './forms.ts';
import { key, PUBLISHED_ONLY, REVOKED, SIGNS_DATA_UNPUBLISHED } from './sign-form.ts';

let keys: FormKeys;
beforeAll(() => {
  keys = makeFormKeys();
});

function refusal(set: readonly ZoneKey[], published: readonly Uint8Array[] = [], options: KeySetOptions = {}): string {
  try {
    checkKeySet(set, published, options);
    return 'none';
  } catch (error) {
    return error instanceof Refusal ? error.code : String(error);
  }
}

test('each step of each rollover has a key set', () => {
  for (const { name, form } of rolloverForms(keys)) expect([name, refusal(form.keys, form.published, form)]).toEqual([name, 'none']);
});

describe('RFC 4035 2.2: "there MUST be an RRSIG for each RRset using at least one DNSKEY of each algorithm in the zone apex DNSKEY RRset"', () => {
  const pair = (): readonly ZoneKey[] => [key('ksk', keys.k1), key('zsk', keys.z1)];

  test('an algorithm that is published and does not sign is refused, unless it is the liberal way', () => {
    const { kOther, zOther } = keys;
    for (const published of [[kOther.rdata], [zOther.rdata]]) {
      expect(refusal(pair(), published)).toBe('key/role-missing');
      expect(refusal(pair(), published, { allowIncompleteAlgorithms: true })).toBe('none');
    }
    expect(refusal([...pair(), key('ksk', kOther)])).toBe('key/role-missing');
    expect(refusal([...pair(), key('ksk', kOther), key('zsk', zOther, PUBLISHED_ONLY)])).toBe('key/role-missing');
  });

  test('signatures of a key that is not published are no signatures of its algorithm', () => {
    const { kOther, zOther } = keys;
    expect(refusal([...pair(), key('ksk', kOther), key('zsk', zOther, SIGNS_DATA_UNPUBLISHED)])).toBe('key/role-missing');
  });

  test('an algorithm must be whole even where others may be incomplete', () => {
    const { k1, z1, kOther, zOther } = keys;
    const halves = [key('ksk', k1), key('zsk', z1, PUBLISHED_ONLY), key('zsk', zOther), key('ksk', kOther, PUBLISHED_ONLY)];
    expect(refusal(halves, [], { allowIncompleteAlgorithms: true })).toBe('key/role-missing');
  });

  test('a revoked key brings no algorithm, and vouches for none', () => {
    const { k1, z1, kOther, zOther } = keys;
    const other = [key('ksk', kOther), key('zsk', zOther)];
    expect(refusal([key('ksk', k1, REVOKED), ...other])).toBe('none');
    expect(refusal([key('ksk', k1, REVOKED), key('zsk', z1)])).toBe('key/role-missing');
    expect(refusal([key('ksk', k1, REVOKED)])).toBe('key/role-missing');
  });

  // RFC 5011 5: "to return to non-secure, the zone revokes all of its trust points"; its data is signed until that is seen.
  test('all that sign the keys are revoked only where the zone goes insecure, and its data is signed', () => {
    const { k1, z1 } = keys;
    const last = { allowRevokedAlone: true };
    expect(refusal([key('ksk', k1, REVOKED), key('zsk', z1)], [], last)).toBe('none');
    expect(refusal([key('ksk', k1, REVOKED), key('zsk', z1, PUBLISHED_ONLY)], [], last)).toBe('key/role-missing');
    expect(refusal([key('ksk', k1, REVOKED)], [], last)).toBe('key/role-missing');
    expect(refusal([key('zsk', z1)], [], last)).toBe('key/role-missing');
  });
});

describe('what can never be right', () => {
  test.each([
    ['nobody signs data', () => [key('ksk', keys.k1), key('zsk', keys.z1, PUBLISHED_ONLY)], 'key/role-missing'],
    [
      'data signed by an unpublished key alone',
      () => [key('ksk', keys.k1), key('zsk', keys.z1, SIGNS_DATA_UNPUBLISHED)],
      'key/role-missing',
    ],
    ['nobody signs the DNSKEY RRset', () => [key('ksk', keys.k1, PUBLISHED_ONLY), key('zsk', keys.z1)], 'key/role-missing'],
    ['nothing is published', () => [key('zsk', keys.z1, SIGNS_DATA_UNPUBLISHED)], 'key/role-missing'],
    ['no key does anything', () => [key('zsk', keys.z1, { published: false, signsKeys: false, signsZone: false })], 'key/none'],
    [
      'a key signs the DNSKEY RRset and is not in it',
      () => [key('ksk', keys.k1), key('zsk', keys.z1), key('ksk', keys.k2, { published: false, signsKeys: true, signsZone: false })],
      'key/use',
    ],
    [
      'RFC 5011 2.1: a revoked key that does not sign the RRset',
      () => [key('ksk', keys.k2), key('zsk', keys.z1), key('ksk', keys.k1, { ...REVOKED, signsKeys: false })],
      'key/use',
    ],
    [
      'RFC 5011 2.1: a revoked key that signs data',
      () => [key('ksk', keys.k2), key('zsk', keys.z1), key('csk', keys.k1, { ...REVOKED, signsZone: true })],
      'key/use',
    ],
    [
      'a revoked key that is not there',
      () => [key('ksk', keys.k2), key('zsk', keys.z1), key('ksk', keys.k1, { ...REVOKED, published: false })],
      'key/use',
    ],
    ['one public key as it was and as a revoked one', () => [key('csk', keys.k1), key('ksk', keys.k1, REVOKED)], 'key/same-key-twice'],
  ])('%s', (_what, set, code) => {
    expect(refusal(set())).toBe(code);
  });

  test('a key that is revoked unsaid', () => {
    const revoked = withFlags(keys.k1, 0x0181);
    expect(refusal([key('ksk', revoked), key('ksk', keys.k2), key('zsk', keys.z1)])).toBe('key/flags');
    expect(refusal([key('ksk', keys.k2), key('zsk', keys.z1)], [revoked.rdata])).toBe('key/flags');
  });

  test('a tag that another key has, or will have when it is revoked, or had before', () => {
    const [one, two] = tagTwins();
    const rest = [key('ksk', keys.k1), key('zsk', keys.z1)];
    const all = (use: ZoneKey['use']) => [...rest, key('ksk', one, use), key('zsk', two, PUBLISHED_ONLY)];
    expect(refusal(all(PUBLISHED_ONLY))).toBe('key/tag-collision');
    expect(refusal(all(REVOKED))).toBe('key/tag-collision');
    expect(refusal([...rest, key('ksk', one, PUBLISHED_ONLY)], [two.rdata])).toBe('key/tag-collision');
    expect(refusal([...rest, key('zsk', two, SIGNS_DATA_UNPUBLISHED), key('ksk', one, REVOKED)])).toBe('key/tag-collision');
  });

  /** A KSK whose tag becomes that of a ZSK when it is revoked. Ed25519 keys are cheap. */
  function tagTwins(): readonly [SoftKey, SoftKey] {
    const revokedTags = new Map<number, SoftKey>();
    const plainTags = new Map<number, SoftKey>();
    for (;;) {
      const ksk = softKey(KSK, 15);
      const zsk = softKey(ZSK, 15);
      revokedTags.set(withFlags(ksk, 0x0181).tag, ksk);
      plainTags.set(zsk.tag, zsk);
      const forKsk = plainTags.get(withFlags(ksk, 0x0181).tag);
      const forZsk = revokedTags.get(zsk.tag);
      if (forKsk !== undefined) return [ksk, forKsk];
      if (forZsk !== undefined) return [forZsk, zsk];
    }
  }
});

describe('the revoked form', () => {
  test('RFC 5011 2.1: the public key stays, flags 257 become 385, the tag grows by 128', () => {
    const plain = new SoftwareSigningKey(keys.k1);
    const revoked = revokedForm(plain);
    expect([plain.flags, revoked.flags]).toEqual([257, 385]);
    expect(revoked.dnskey.subarray(2)).toEqual(plain.dnskey.subarray(2));
    // RFC 4034 B adds up 16-bit words with their carry: 128 more, and one more when the carry goes over.
    expect([128, 129]).toContain((revoked.keyTag - plain.keyTag + 65536) % 65536);
    expect(revoked.keyTag).toBe(keyTag(withFlags(keys.k1, 385).rdata));
    expect(isRevokedForm(plain.dnskey)).toBe(false);
  });

  test('a key that has it is left as it is; the order of the keys too', () => {
    const set = [key('ksk', keys.k1, REVOKED), key('ksk', keys.k2), key('zsk', keys.z1)];
    const once = inPublishedForm(set);
    expect(once.map(({ key: { flags } }) => flags)).toEqual([385, 257, 256]);
    expect(inPublishedForm(once)).toEqual(once);
    expect(once[1]).toBe(set[1]);
  });

  test('what is looked at is not changed, be it a Buffer', () => {
    const before = keys.z2.rdata.toString('hex');
    checkKeySet([key('ksk', keys.k1), key('zsk', keys.z1)], [keys.z2.rdata]);
    expect(keys.z2.rdata.toString('hex')).toBe(before);
  });
});
