import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isInRange, shareOfRange, triesFor } from '../../keystore/tag-range.ts';
import { keyTag, revokedKeyTag } from '../../signer/dnssec/dnskey.ts';
import type { LoggedKey } from '../../src/audit/entry.ts';
import { emptyState, zoneState } from '../../src/state/state.ts';
import { keysBeside, tagsOf } from '../../src/workspace/key-tags.ts';
import { configOf } from '../policy/support.ts';
import { withToken } from '../support/token.ts';

const dnskeys = fc.uint8Array({ minLength: 64, maxLength: 64 }).map((key) => Uint8Array.from([1, 1, 3, 13, ...key]));

test('a key is in the range with its tag and with the tag that it gets when revoked (RFC 5011 2.1)', () => {
  fc.assert(
    fc.property(dnskeys, fc.nat(0xffff), fc.nat(0xffff), (rdata, a, b) => {
      const range = { low: Math.min(a, b), high: Math.max(a, b) };
      const within = (tag: number): boolean => range.low <= tag && tag <= range.high;
      expect(isInRange(rdata, range)).toBe(within(keyTag(rdata)) && within(revokedKeyTag(rdata)));
    }),
  );
});

test('so many pairs are tried that one search in a million finds none', () => {
  for (const range of [
    { low: 0, high: 0x7fff },
    { low: 0x1000, high: 0x1fff },
    { low: 0, high: 1023 },
  ]) {
    const tries = triesFor(range);
    expect((1 - shareOfRange(range)) ** tries).toBeLessThan(1e-6);
    expect((1 - shareOfRange(range)) ** (tries - 1)).toBeGreaterThan(1e-6);
  }
  expect(triesFor({ low: 0, high: 0xffff })).toBe(1);
  // A sixteenth, less what the REVOKE bit takes at its upper end.
  expect(shareOfRange({ low: 0, high: 4095 })).toBeCloseTo(1 / 16 - 128 / 65_536, 10);
});

const key = (zone: string, keyTagOf: number): LoggedKey => ({
  ...{ zone, role: 'zsk', algorithm: 13, keyTag: keyTagOf, id: 'aa', label: 'x', token: 'zsk', serial: '1' },
  dnskey: Buffer.from([1, 0, 3, 13, keyTagOf >> 8, keyTagOf & 255]).toString('base64'),
});

test('tags of a zone and of the nearest zone above it, destroyed keys too; of no sister', () => {
  const state = emptyState();
  for (const [i, zone] of ['.', 'org.', 'example.org.', 'a.b.example.org.', 'c.example.org.', 'a\\.b.example.org.'].entries()) {
    zoneState(state, zone).keys.push(key(zone, 100 + i));
    zoneState(state, zone).past.push(key(zone, 200 + i));
  }
  const beside = (zone: string): number[] => keysBeside(state, configOf(), zone).map(({ keyTag: tag }) => tag);
  expect(beside('a.b.example.org.')).toEqual([103, 203, 102, 202]);
  expect(beside('a\\.b.example.org.')).toEqual([105, 205, 102, 202]);
  expect(beside('org.')).toEqual([101, 201, 100, 200]);
  expect(beside('.')).toEqual([100, 200]);
  expect(tagsOf(key('org.', 100)).length).toBe(2);
});

test('new keys have their tags in the range; where none fits, the token is left as it was', async () => {
  await withToken(async (token) => {
    await using keystore = await token.open({ workers: 1 });
    const wish = { zone: Uint8Array.of(1, 0x61, 0), role: 'ksk', algorithm: 13 } as const;
    const made = await keystore.generate({ ...wish, tagRange: { low: 0x4000, high: 0xbfff } });
    expect(isInRange(made.dnskey, { low: 0x4000, high: 0xbfff })).toBe(true);
    // A range of which all is taken: every pair is thrown away. Half of all tags: that each of 17 falls into it is no chance that counts.
    const avoidTags = Array.from({ length: 0x1_0000 }, (_, tag) => tag);
    await expect(keystore.generate({ ...wish, tagRange: { low: 0, high: 0x7fff }, avoidTags })).rejects.toMatchObject({
      code: 'key/tag-range',
    });
    expect((await keystore.findKeys({})).length).toBe(1);
  });
});
