import { beforeAll, describe, expect, test } from 'vitest';
import { TYPE } from '../../../signer/dns/rrtype.ts';
import type { Zone } from '../../../signer/zone/zone.ts';
import { softKey, withFlags, ZSK } from '../../support/soft-keys.ts';
import { type FormKeys, makeFormKeys } from './forms.ts';
import {
  type Form,
  key,
  NOW,
  ORIGIN,
  PUBLISHED_ONLY,
  REVOKED,
  rdatas,
  SIGNS_DATA_UNPUBLISHED,
  type SignedForm,
  signersOf,
  signForm,
} from './sign-form.ts';

/** A change of keys keeps what is good: the keys that still sign, over what has not changed. */
const HOUR = 3600;
const WWW = `www.${ORIGIN}`;
/** Signed RRsets of the zone but for the DNSKEY RRset. */
const DATA = 10;

let keys: FormKeys;
beforeAll(() => {
  keys = makeFormKeys();
});

/** Signs, and an hour later once more in another form. */
async function signTwice(first: Form, second: Form): Promise<readonly [SignedForm, SignedForm]> {
  const before = await signForm(first);
  return [before, await signForm({ ...second, previous: before.zone, now: NOW + HOUR })];
}

const rrsigs = (zone: Zone, name: string, type: number): readonly string[] =>
  rdatas(zone, name, TYPE.RRSIG)
    .map((rdata) => Buffer.from(rdata))
    .filter((rdata) => rdata.readUInt16BE(0) === type)
    .map((rdata) => rdata.toString('hex'));

test('nothing changes: everything is kept', async () => {
  const form = { keys: [key('ksk', keys.k1), key('zsk', keys.z1)] };
  const [, { counts }] = await signTwice(form, form);
  expect(counts).toEqual({ made: 0, kept: DATA + 1, keptButBad: 0 });
});

test('a ZSK is published beforehand: the DNSKEY RRset is signed anew, the data are not', async () => {
  const pair = [key('ksk', keys.k1), key('zsk', keys.z1)];
  const [, { counts }] = await signTwice({ keys: pair }, { keys: pair, published: [keys.z2.rdata] });
  expect(counts).toEqual({ made: 1, kept: DATA, keptButBad: 0 });
});

test('a ZSK that stays published without signing keeps no signature', async () => {
  const { k1, z1, z2 } = keys;
  const [, { counts, zone }] = await signTwice(
    { keys: [key('ksk', k1), key('zsk', z1)], published: [z2.rdata] },
    { keys: [key('ksk', k1), key('zsk', z1, PUBLISHED_ONLY), key('zsk', z2)] },
  );
  expect(counts).toEqual({ made: DATA, kept: 1, keptButBad: 0 });
  expect(signersOf(zone, WWW, TYPE.A)).toEqual([z2.tag]);
});

test('a second ZSK signs too: the signatures of the first are kept', async () => {
  const { k1, z1, zOther } = keys;
  const pair = [key('ksk', k1), key('zsk', z1)];
  const [before, after] = await signTwice({ keys: pair }, { keys: [...pair, key('zsk', zOther, SIGNS_DATA_UNPUBLISHED)] });
  expect(after.counts).toEqual({ made: DATA, kept: DATA + 1, keptButBad: 0 });
  expect(rrsigs(after.zone, WWW, TYPE.A)).toEqual(expect.arrayContaining([...rrsigs(before.zone, WWW, TYPE.A)]));
});

test('RFC 6781 4.1.4: a key that has signed unpublished keeps its signatures when it is published, and when it is taken out', async () => {
  const { k1, z1, kOther, zOther } = keys;
  const old = [key('ksk', k1), key('zsk', z1)];
  const coming = [key('ksk', kOther), key('zsk', zOther)];
  const [, published] = await signTwice({ keys: [...old, key('zsk', zOther, SIGNS_DATA_UNPUBLISHED)] }, { keys: [...old, ...coming] });
  expect(published.counts).toEqual({ made: 2, kept: 2 * DATA, keptButBad: 0 });
  const gone = await signForm({
    keys: [...coming, key('zsk', z1, SIGNS_DATA_UNPUBLISHED)],
    previous: published.zone,
    now: NOW + 2 * HOUR,
  });
  expect(gone.counts).toEqual({ made: 1, kept: 2 * DATA, keptButBad: 0 });
});

test('RFC 5011 2.1: the signature of a key that is revoked is made under its new tag', async () => {
  const { k1, k2, z1 } = keys;
  const [, { counts, zone }] = await signTwice(
    { keys: [key('ksk', k1), key('ksk', k2), key('zsk', z1)] },
    { keys: [key('ksk', k1, REVOKED), key('ksk', k2), key('zsk', z1)] },
  );
  expect(counts).toEqual({ made: 2, kept: DATA, keptButBad: 0 });
  expect(signersOf(zone, ORIGIN, TYPE.DNSKEY)).toContain(withFlags(k1, 0x0181).tag);
  const again = await signForm({
    keys: [key('ksk', k1, REVOKED), key('ksk', k2), key('zsk', z1)],
    previous: zone,
    now: NOW + 2 * HOUR,
  });
  expect(again.counts).toEqual({ made: 0, kept: DATA + 2, keptButBad: 0 });
});

describe('a key is its algorithm and public key, not its tag', () => {
  /** Ed25519 keys are cheap: among a thousand of them two share a tag. */
  function twins() {
    const seen = new Map<number, ReturnType<typeof softKey>>();
    for (;;) {
      const fresh = softKey(ZSK, 15, [keys.k1, keys.kOther]);
      const other = seen.get(fresh.tag);
      if (other !== undefined) return [other, fresh] as const;
      seen.set(fresh.tag, fresh);
    }
  }

  test('signatures of another key with the same tag are not taken for its own', async () => {
    const [one, two] = twins();
    const ksk = key('ksk', keys.kOther);
    const [, { counts }] = await signTwice({ keys: [ksk, key('zsk', one)] }, { keys: [ksk, key('zsk', two)] });
    expect(counts).toEqual({ made: DATA + 1, kept: 0, keptButBad: 0 });
  });

  test('of a key that was not published the public key decides, when its signatures are verified', async () => {
    const [one, two] = twins();
    const pair = [key('ksk', keys.k1), key('zsk', keys.z1)];
    const [, { counts }] = await signTwice(
      { keys: [...pair, key('zsk', one, SIGNS_DATA_UNPUBLISHED)] },
      { keys: [...pair, key('zsk', two, SIGNS_DATA_UNPUBLISHED)] },
    );
    expect(counts).toEqual({ made: DATA, kept: DATA + 1, keptButBad: DATA });
  });
});
