import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  isSameModule,
  isSameToken,
  modulePathOf,
  moduleSettings,
  type Pkcs11Uri,
  parsePkcs11Uri,
  plainLabel,
  printPkcs11Uri,
  tokenPart,
} from '../../keystore/pkcs11/uri.ts';

const codeOf = (action: () => unknown): string | undefined => {
  try {
    action();
  } catch (error) {
    return (error as { code?: string }).code;
  }
  return undefined;
};

describe('RFC 7512 PKCS#11 URI', () => {
  test('2.3, 2.4: path and query attributes', () => {
    const uri = parsePkcs11Uri(
      'pkcs11:token=The%20Software%20PKCS%2311%20Softtoken;manufacturer=Snake%20Oil,%20Inc.;model=1.0;serial=42;object=my-key;type=private;id=%69%95%3e%5c%f4%bd%ec%91?module-path=/usr/lib/x.so&pin-source=file:/etc/token_pin',
    );
    expect(uri).toEqual({
      token: 'The Software PKCS#11 Softtoken',
      manufacturer: 'Snake Oil, Inc.',
      model: '1.0',
      serial: '42',
      object: 'my-key',
      type: 'private',
      id: Uint8Array.of(0x69, 0x95, 0x3e, 0x5c, 0xf4, 0xbd, 0xec, 0x91),
      modulePath: '/usr/lib/x.so',
      pinSource: 'file:/etc/token_pin',
      otherPath: [],
      otherQuery: [],
    });
  });

  test('2.3: a URI may have an empty path component', () => {
    expect(parsePkcs11Uri('pkcs11:')).toEqual({ otherPath: [], otherQuery: [] });
  });

  test('2.3, 2.4: attributes of vendors are kept as they are', () => {
    const text = 'pkcs11:token=a;slot-id=7;x-acme=%41b?x-softhsm2-conf=/c&x-acme-mode=z%26';
    const uri = parsePkcs11Uri(text);
    expect(uri.softhsmConf).toBe('/c');
    expect(uri.otherPath).toEqual(['slot-id=7', 'x-acme=%41b']);
    expect(printPkcs11Uri(uri)).toBe(text);
  });

  test('the vendor attribute x-library-parameters: any text, and another module setting is another module', () => {
    const libraryParameters = "configdir='sql:/a b' secmod='s&t.db' flags=";
    const uri = parsePkcs11Uri("pkcs11:token=a?x-library-parameters=configdir='sql:/a%20b'%20secmod='s%26t.db'%20flags=");
    expect(uri.libraryParameters).toBe(libraryParameters);
    expect(parsePkcs11Uri(printPkcs11Uri(uri))).toEqual(uri);
    expect(moduleSettings({ ...uri, softhsmConf: '/c' })).toEqual({ softhsmConf: '/c', libraryParameters });
    const here = { ...uri, modulePath: '/bin/sh' };
    expect(isSameModule(here, { ...here })).toBe(true);
    expect(isSameModule(here, { ...here, libraryParameters: 'other' })).toBe(false);
  });

  test('2.4: pin-value is refused wherever it stands, and the PIN is not repeated', () => {
    for (const text of ['pkcs11:token=a?pin-value=8765', 'pkcs11:?module-path=/x&pin-value=8765', 'pkcs11:token=a?PIN-VALUE=8765']) {
      expect(codeOf(() => parsePkcs11Uri(text))).toBe('pin/in-uri');
      expect(() => parsePkcs11Uri(text)).not.toThrow('8765');
    }
  });

  test.each([
    ['http://a', 'not starting with pkcs11:'],
    ['pkcs11:token', 'not name=value'],
    ['pkcs11:token=a;token=b', 'twice'],
    ['pkcs11:id=%01;id=%02', 'twice'],
    ['pkcs11:token=%zz', 'bad percent-encoding'],
    ['pkcs11:token=a%4', 'cut percent-encoding'],
    ['pkcs11:token=%ff', 'not UTF-8'],
    ['pkcs11:type=nonsense', 'unknown type'],
  ])('%s is refused: %s', (text) => {
    expect(codeOf(() => parsePkcs11Uri(text))).toBe('token/bad-uri');
  });

  test('parse ∘ print = identity', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 0, maxLength: 20 });
    const model = fc.record(
      {
        token: text,
        manufacturer: text,
        serial: text,
        model: text,
        object: text,
        id: fc.uint8Array({ maxLength: 20 }),
        modulePath: text,
        pinSource: text,
        softhsmConf: text,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(model, (fields) => {
        const uri: Pkcs11Uri = { ...fields, otherPath: [], otherQuery: [] };
        const wellFormed = Object.values(fields).every((v) => typeof v !== 'string' || v.isWellFormed());
        fc.pre(wellFormed);
        expect(parsePkcs11Uri(printPkcs11Uri(uri))).toEqual(uri);
      }),
    );
  });

  test('the token part of a key URI names the same token', () => {
    const key = parsePkcs11Uri('pkcs11:token=a;serial=1;id=%01;type=private?module-path=/x');
    expect(printPkcs11Uri(tokenPart(key))).toBe('pkcs11:token=a;serial=1?module-path=/x');
    expect(isSameToken(key, parsePkcs11Uri('pkcs11:serial=1;token=a;object=k?module-path=/x'))).toBe(true);
    expect(isSameToken(key, parsePkcs11Uri('pkcs11:serial=2;token=a?module-path=/x'))).toBe(false);
  });

  test('labels lose their padding and what OpenSC appends', () => {
    expect(plainLabel('coldsign                        ')).toBe('coldsign');
    expect(plainLabel('SmartCard-HSM (UserPIN)\0\0')).toBe('SmartCard-HSM');
  });

  test('a module that is not there, is relative, or logs PINs is refused', () => {
    expect(codeOf(() => modulePathOf(parsePkcs11Uri('pkcs11:?module-path=/nowhere/x.so')))).toBe('token/no-module');
    expect(codeOf(() => modulePathOf(parsePkcs11Uri('pkcs11:?module-path=x.so')))).toBe('token/bad-uri');
    expect(codeOf(() => modulePathOf(parsePkcs11Uri('pkcs11:?module-path=/usr/lib/pkcs11-spy.so')))).toBe('token/spy-module');
  });
});
