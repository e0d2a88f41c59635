import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { parseKeyName, printKeyName } from '../../keystore/key.ts';
import { curvePublicField, rsaPublicField, verifierOf } from '../../keystore/public-key.ts';
import { parseName } from '../../signer/dns/name.ts';

const octets = (text: string | undefined): Uint8Array => Uint8Array.fromBase64(text!, { alphabet: 'base64url' });

describe('public key fields', () => {
  test('RFC 3110 2: exponent length in one octet up to 255, else zero and two octets; no leading zeros', () => {
    expect([...rsaPublicField(Uint8Array.of(0, 0, 0xab, 0xcd), Uint8Array.of(0, 1, 0, 1))]).toEqual([3, 1, 0, 1, 0xab, 0xcd]);
    const long = rsaPublicField(Uint8Array.of(9), new Uint8Array(256).fill(1));
    expect([...long.subarray(0, 4)]).toEqual([0, 1, 0, 1]);
    expect(long.length).toBe(3 + 256 + 1);
  });

  test.each([
    ['P-256', 32],
    ['P-384', 48],
  ] as const)('RFC 6605 4: %s point raw, as OCTET STRING and as BIT STRING', (curve, half) => {
    const xy = Uint8Array.from({ length: 2 * half }, (_, i) => i + 1);
    const raw = Uint8Array.of(4, ...xy);
    for (const form of [raw, Uint8Array.of(0x04, raw.length, ...raw), Uint8Array.of(0x03, raw.length + 1, 0, ...raw)]) {
      expect(curvePublicField(curve, form)).toEqual(xy);
    }
    expect(curvePublicField(curve, raw.subarray(1))).toBeUndefined();
    expect(curvePublicField(curve, Uint8Array.of(2, ...xy))).toBeUndefined();
  });

  test.each([
    ['Ed25519', 32],
    ['Ed448', 57],
  ] as const)('RFC 8080 3: %s; a raw point that begins like an OCTET STRING is told by its length', (curve, length) => {
    const raw = Uint8Array.of(0x04, length - 2, ...new Uint8Array(length - 2).fill(7));
    expect(curvePublicField(curve, raw)).toEqual(raw);
    expect(curvePublicField(curve, Uint8Array.of(0x04, length, ...raw))).toEqual(raw);
    expect(curvePublicField(curve, Uint8Array.of(0x03, length + 1, 0, ...raw))).toEqual(raw);
  });

  test('a DNSKEY gives back the key that it was made of', () => {
    const jwkOf = (key: KeyObject) => key.export({ format: 'jwk' });
    const rsa = jwkOf(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey);
    const dnskey = Uint8Array.of(1, 0, 3, 8, ...rsaPublicField(octets(rsa.n), octets(rsa.e)));
    expect(jwkOf(verifierOf(dnskey).key.key)).toEqual(rsa);
    const ec = jwkOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey);
    expect(jwkOf(verifierOf(Uint8Array.of(1, 0, 3, 13, ...octets(ec.x), ...octets(ec.y))).key.key)).toEqual(ec);
    const ed = jwkOf(generateKeyPairSync('ed448').publicKey);
    expect(jwkOf(verifierOf(Uint8Array.of(1, 0, 3, 16, ...octets(ed.x))).key.key)).toEqual(ed);
  });

  test.each([
    ['RSA exponent longer than the field', [1, 0, 3, 8, 9, 1, 1]],
    ['ECDSA field too short', [1, 0, 3, 13, 1, 2]],
    ['EdDSA field too short', [1, 0, 3, 15, 1, 2]],
    ['unknown algorithm', [1, 0, 3, 99, 1, 2]],
    ['nothing', []],
  ])('malformed: %s', (_what, rdata) => {
    expect(() => verifierOf(Uint8Array.from(rdata))).toThrow();
  });
});

describe('key labels', () => {
  test('print and parse', () => {
    const name = { zone: parseName('ex\\ ample.org.'), role: 'ksk', algorithm: 13 } as const;
    expect(printKeyName(name)).toBe('ex\\032ample.org. ksk 13');
    expect(parseKeyName(printKeyName(name))).toEqual(name);
  });

  test('zones are lower-case, labels of others are not ours', () => {
    expect(parseKeyName('EXAMPLE.org. zsk 8')?.zone).toEqual(parseName('example.org.'));
    for (const foreign of ['', 'my key', 'example.org ksk 13', 'example.org. sep 13', 'a..b. ksk 13'])
      expect(parseKeyName(foreign)).toBeUndefined();
  });
});
