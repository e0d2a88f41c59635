import { createPublicKey, verify } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Keystore } from '../../keystore/keystore.ts';
import { VerifyPool } from '../../keystore/verify-pool.ts';
import { parseName } from '../../signer/dns/name.ts';
import { keyTag, revokedKeyTag } from '../../signer/dnssec/dnskey.ts';
import type { Packed } from '../../signer/signing-key.ts';
import { makeTestToken, type TestToken } from '../support/token.ts';

const ZONE = parseName('Example.org.');

/** Items of different lengths, none empty. */
function makeBatch(count: number, seed = 1): Packed {
  const lengths = Uint32Array.from({ length: count }, (_, i) => 1 + ((i * 37 + seed) % 301));
  const ends = lengths.map(
    (
      (sum) => (length) =>
        (sum += length)
    )(0),
  );
  return { bytes: Uint8Array.from({ length: ends[count - 1] ?? 0 }, (_, i) => (i * seed) & 255), ends };
}

const item = (batch: Packed, i: number): Uint8Array => batch.bytes.subarray(batch.ends[i - 1] ?? 0, batch.ends[i]);

/** Written apart from the code under test: SPKI by fixed prefix instead of JWK. */
function verifyByPrefix(dnskey: Uint8Array, data: Uint8Array, signature: Uint8Array): boolean {
  const field = dnskey.subarray(4);
  const prefix: Record<number, string> = {
    13: '3059301306072a8648ce3d020106082a8648ce3d03010703420004',
    14: '3076301006072a8648ce3d020106052b8104002203620004',
    15: '302a300506032b6570032100',
    16: '3043300506032b6571033a00',
  };
  const spki = prefix[dnskey[3]!];
  if (spki === undefined) return false;
  const key = createPublicKey({ key: Buffer.concat([Buffer.from(spki, 'hex'), field]), format: 'der', type: 'spki' });
  const hash = { 13: 'sha256', 14: 'sha384' }[dnskey[3]!] ?? null;
  return verify(hash, data, { key, dsaEncoding: 'ieee-p1363' }, signature);
}

describe('keys on a SoftHSM token', () => {
  let token: TestToken;
  let keystore: Keystore;
  beforeAll(async () => {
    token = await makeTestToken();
    keystore = await token.open({ workers: 2, verifyWorkers: 1 });
  });
  afterAll(async () => {
    await keystore[Symbol.asyncDispose]();
    token[Symbol.dispose]();
  });

  test.each([
    [8, 2048, 256],
    [10, 1024, 128],
    [13, undefined, 64],
    [14, undefined, 96],
    [15, undefined, 64],
    [16, undefined, 114],
  ] as const)('algorithm %i: generated, read back, found again, signatures verify', async (algorithm, bits, octets) => {
    const made = await keystore.generate({ zone: ZONE, role: 'ksk', algorithm, ...(bits === undefined ? {} : { bits }) });
    expect(made.label).toBe(`example.org. ksk ${algorithm}`);
    expect(made.id.length).toBe(16);
    expect(made.strength).toBe('hardened');
    expect(made.attestation).toEqual({
      extractable: false,
      sensitive: true,
      neverExtractable: true,
      alwaysSensitive: true,
      local: true,
      copyable: false,
      modifiable: false,
    });
    const key = await keystore.openSigningKey({ uri: { id: made.id } });
    expect(key).toMatchObject({ algorithm, flags: 257, signatureOctets: octets, keyTag: keyTag(made.dnskey) });
    expect(key.dnskey).toEqual(made.dnskey);
    const batch = makeBatch(10);
    const signatures = await key.sign(batch);
    expect(signatures.length).toBe(10 * octets);
    if (algorithm >= 13) {
      for (let i = 0; i < 10; i++)
        expect(verifyByPrefix(key.dnskey, item(batch, i), signatures.subarray(i * octets, (i + 1) * octets))).toBe(true);
    }
  });

  test('a ZSK signs with a session copy from some point on, in batches of any size, in order', async () => {
    const { id, attestation } = await keystore.generate({ zone: ZONE, role: 'zsk', algorithm: 13 });
    expect(attestation).toMatchObject({ copyable: true, extractable: false, sensitive: true });
    const key = await keystore.openSigningKey({ uri: { id } });
    expect(key.flags).toBe(256);
    for (const count of [0, 1, 5, 127, 128, 129, 600]) {
      const batch = makeBatch(count, 3);
      const signatures = await key.sign(batch);
      expect(signatures.length).toBe(count * 64);
      for (const i of [0, count >> 1, count - 1].filter((n) => n >= 0 && n < count)) {
        expect(verifyByPrefix(key.dnskey, item(batch, i), signatures.subarray(i * 64, (i + 1) * 64))).toBe(true);
      }
    }
    expect((await keystore.listKeys()).filter((k) => Buffer.from(k.id).equals(id))).toHaveLength(1);
  });

  test('verification tells which signatures are bad', async () => {
    const { id } = await keystore.generate({ zone: ZONE, role: 'csk', algorithm: 15 });
    const key = await keystore.openSigningKey({ uri: { id } });
    const batch = makeBatch(300);
    const signatures = await key.sign(batch);
    signatures[64 * 7]! ^= 1;
    signatures[64 * 299 + 63]! ^= 0x80;
    await using pool = new VerifyPool(2);
    const verdicts = await pool.verifyBatch(key.dnskey, batch, signatures);
    expect([...verdicts.entries()].filter(([, ok]) => ok === 0).map(([i]) => i)).toEqual([7, 299]);
    expect([...(await pool.verifyBatch(key.dnskey, makeBatch(300, 9), signatures))]).toEqual(new Array(300).fill(0));
    expect((await pool.verifyBatch(key.dnskey, batch, signatures.subarray(1))).includes(1)).toBe(false);
    await expect(pool.verifyBatch(Uint8Array.of(1, 0, 3, 13, 1), batch, signatures)).rejects.toMatchObject({
      code: 'verify/worker-failed',
    });
    expect((await pool.verifyBatch(key.dnskey, makeBatch(1), signatures.subarray(0, 64)))[0]).toBe(1);
  });

  test('RFC 4034 appendix B: a new key has a tag unlike those to avoid, revoked form included', async () => {
    const first = await keystore.generate({ zone: ZONE, role: 'ksk', algorithm: 13 });
    const taken = new Set([keyTag(first.dnskey), revokedKeyTag(first.dnskey)]);
    const evens = Array.from({ length: 32768 }, (_, i) => 2 * i);
    const second = await keystore.generate({ zone: ZONE, role: 'ksk', algorithm: 13, avoidTags: evens });
    expect(keyTag(second.dnskey) % 2).toBe(1);
    expect(taken.has(keyTag(second.dnskey))).toBe(false);
    const before = (await keystore.listKeys()).length;
    // The REVOKE bit adds 128 to the tag: a key whose own tag is free has its revoked tag taken.
    const bit7 = Array.from({ length: 65536 }, (_, i) => i).filter((tag) => (tag & 0x80) === 0);
    await expect(keystore.generate({ zone: ZONE, role: 'ksk', algorithm: 13, avoidTags: bit7 })).rejects.toMatchObject({
      code: 'key/tag-collisions',
    });
    const all = Array.from({ length: 65536 }, (_, i) => i);
    await expect(keystore.generate({ zone: ZONE, role: 'ksk', algorithm: 13, avoidTags: all })).rejects.toMatchObject({
      code: 'key/tag-collisions',
    });
    expect((await keystore.listKeys()).length).toBe(before);
  });

  test.each([
    [{ algorithm: 5 }, 'key/algorithm-refused'],
    [{ algorithm: 12 }, 'key/algorithm-refused'],
    [{ algorithm: 99 }, 'key/algorithm-refused'],
    [{ algorithm: 13, bits: 256 }, 'key/bad-size'],
    [{ algorithm: 8, bits: 512 }, 'key/bad-size'],
    [{ algorithm: 8, bits: 8192 }, 'key/bad-size'],
    [{ algorithm: 10, bits: 2047 }, 'key/bad-size'],
  ])('%o is refused: %s', async (wish, code) => {
    await expect(keystore.generate({ zone: ZONE, role: 'zsk', ...wish })).rejects.toMatchObject({ code });
  });

  test('keys are chosen by id or label, and never guessed', async () => {
    const { id, dnskey } = await keystore.generate({ zone: parseName('choice.test.'), role: 'csk', algorithm: 13 });
    const open = (selector: Parameters<Keystore['openSigningKey']>[0]) => keystore.openSigningKey(selector);
    expect((await open({ uri: { object: 'choice.test. csk 13' } })).dnskey).toEqual(dnskey);
    expect((await open({ uri: { id, object: 'choice.test. csk 13' }, expected: dnskey })).dnskey).toEqual(dnskey);
    await expect(open({ uri: { id }, role: 'zsk' })).rejects.toMatchObject({ code: 'key/role-mismatch' });
    await expect(open({ uri: { id, object: 'other' } })).rejects.toMatchObject({ code: 'key/not-found' });
    await expect(open({ uri: { id: Uint8Array.of(1, 2, 3) } })).rejects.toMatchObject({
      code: 'key/not-found',
      hint: /choice\.test\. csk 13/,
    });
    await expect(open({ uri: {} })).rejects.toMatchObject({ code: 'key/unnamed' });
    await expect(open({ uri: { id }, algorithm: 14 })).rejects.toMatchObject({ code: 'key/wrong-algorithm' });
    await expect(open({ uri: { id }, expected: dnskey.with(10, dnskey[10]! ^ 1) })).rejects.toMatchObject({ code: 'key/mismatch' });
    await keystore.generate({ zone: parseName('choice.test.'), role: 'csk', algorithm: 13 });
    await expect(open({ uri: { object: 'choice.test. csk 13' } })).rejects.toMatchObject({ code: 'key/ambiguous' });
  });
});
