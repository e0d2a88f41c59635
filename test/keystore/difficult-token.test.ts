import { describe, expect, test } from 'vitest';
import { failureFromCode, failureFromThrown, TokenError } from '../../keystore/pkcs11/ckr.ts';
import { CKA, CKM } from '../../keystore/pkcs11/constants.ts';
import { generateKey as generateWithIndex } from '../../keystore/pkcs11/generation.ts';
import { checkTemplate, findKeys, mechanism, pinText, type Slot } from '../../keystore/pkcs11/native.ts';
import { ObjectIndex } from '../../keystore/pkcs11/object-index.ts';
import type { GeneratedKey, GenerateOrder } from '../../keystore/pkcs11/protocol.ts';
import { SigningDesk } from '../../keystore/pkcs11/signing.ts';
import { TokenSession } from '../../keystore/pkcs11/token-session.ts';
import { verifierOf, verifies } from '../../keystore/public-key.ts';
import { dnskeyRdata } from '../../signer/dnssec/dnskey.ts';
import { ckr, FakeLibrary } from './fake-library.ts';

const ID = Uint8Array.from({ length: 16 }, (_, i) => i);
const ORDER = { id: ID, label: 'example.org. zsk 13', role: 'zsk', algorithm: 13, bits: 0 } as const;
const TRIAL = { algorithm: 13, signatureOctets: 64, trial: Uint8Array.of(1, 2, 3) } as const;

function fakeToken(): { library: FakeLibrary; token: TokenSession } {
  const library = new FakeLibrary();
  return { library, token: new TokenSession(library.asLibrary(), Buffer.alloc(8) as Slot) };
}

function generateKey(token: TokenSession, order: GenerateOrder): GeneratedKey {
  return generateWithIndex(token, order, new ObjectIndex(token));
}

function failureOf(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return (error as TokenError).failure;
  }
  return undefined;
}

const has = (template: readonly { type: number }[], type: number): boolean => template.some((attribute) => attribute.type === type);

describe('key generation on tokens that refuse things', () => {
  test('steps down from the hardened template, never below private, sensitive and not extractable', () => {
    const { library, token } = fakeToken();
    library.trouble = (call, times, act) => {
      const made = act();
      if (call === 'C_GenerateKeyPair' && times < 3) throw ckr(times === 1 ? 0xd1 : 0x12);
      return made;
    };
    const made = generateKey(token, ORDER);
    expect(made).toMatchObject({ strength: 'minimal', orphansRemoved: 2, readable: false });
    expect(library.objects.size).toBe(2);
    expect(library.asked.map((t) => has(t, CKA.copyable))).toEqual([true, false, false]);
    for (const template of library.asked) {
      const value = (type: number): unknown => template.find((attribute) => attribute.type === type)?.value;
      expect([value(CKA.token), value(CKA.private), value(CKA.sensitive), value(CKA.extractable)]).toEqual([true, true, true, false]);
    }
  });

  test('other errors stop at once; the pair that a failed call left behind is removed, older keys stay', () => {
    const { library, token } = fakeToken();
    generateKey(token, { ...ORDER, id: Uint8Array.of(9) });
    library.trouble = (call, _times, act) => {
      const made = act();
      if (call === 'C_GenerateKeyPair') throw ckr(0x30);
      return made;
    };
    expect(failureOf(() => generateKey(token, ORDER))).toEqual({
      kind: 'device',
      ckr: 0x30,
      name: 'CKR_DEVICE_ERROR',
      call: 'C_GenerateKeyPair',
    });
    expect(library.asked).toHaveLength(2);
    expect(library.objects.size).toBe(2);
  });

  test('a CKA_ID in use is refused before anything is made', () => {
    const { library, token } = fakeToken();
    generateKey(token, ORDER);
    expect(failureOf(() => generateKey(token, ORDER))).toMatchObject({ kind: 'policy', name: 'the CKA_ID is in use' });
    expect(library.objects.size).toBe(2);
  });

  test('a token that gives out the private value is noticed', () => {
    const { library, token } = fakeToken();
    library.trouble = (call, _times, act) => {
      const made = act();
      if (call === 'C_GenerateKeyPair') for (const { attributes } of library.objects.values()) attributes.set(CKA.value, Buffer.of(1));
      return made;
    };
    expect(generateKey(token, ORDER).readable).toBe(true);
  });
});

describe('signing on tokens that misbehave', () => {
  test('falls back to the mechanism that hashes in the token, also when the raw one is listed and fails', () => {
    for (const mechanisms of [[CKM.CKM_ECDSA_SHA256], [CKM.CKM_ECDSA, CKM.CKM_ECDSA_SHA256]]) {
      const { token } = fakeToken();
      const { publicKey } = generateKey(token, ORDER);
      const desk = new SigningDesk(token, mechanisms);
      const prepared = desk.prepare(ORDER, TRIAL);
      expect(prepared.mechanism).toBe('CKM_ECDSA_SHA256');
      expect(prepared.publicKey).toEqual(publicKey);
      expect(verifies(verifierOf(dnskeyRdata(256, 13, publicKey)), TRIAL.trial, prepared.signature)).toBe(true);
      expect(desk.sign(prepared.key, Uint8Array.of(1, 2, 3), Uint32Array.of(1, 3)).length).toBe(128);
    }
  });

  // A TPM answers CKR_GENERAL_ERROR to CKM_RSA_PKCS with a key that may sign only, and signs with CKM_SHA256_RSA_PKCS.
  test.each([0x05, 0x21, 0x68])('return value %i to the first mechanism: the next one is tried; to all of them: it counts', (code) => {
    const { library, token } = fakeToken();
    generateKey(token, ORDER);
    library.trouble = (call, times, act) => {
      if (call === 'C_SignInit' && times === 1) throw ckr(code);
      return act();
    };
    expect(new SigningDesk(token, [CKM.CKM_ECDSA, CKM.CKM_ECDSA_SHA256]).prepare(ORDER, TRIAL).mechanism).toBe('CKM_ECDSA_SHA256');
    library.trouble = (call, _times, act) => {
      if (call === 'C_SignInit') throw ckr(code);
      return act();
    };
    const failure = failureOf(() => new SigningDesk(token, [CKM.CKM_ECDSA, CKM.CKM_ECDSA_SHA256]).prepare(ORDER, TRIAL));
    expect(failure).toMatchObject({ ckr: code });
  });

  test('a DER signature in place of r and s (RFC 6605 4): refused by its length', () => {
    const { library, token } = fakeToken();
    generateKey(token, ORDER);
    library.trouble = (call, _times, act) => {
      const result = act();
      return call === 'C_Sign' ? Buffer.concat([Buffer.from('3046022100', 'hex'), Buffer.alloc(67, 1)]) : result;
    };
    const failure = failureOf(() => new SigningDesk(token, [CKM.CKM_ECDSA_SHA256]).prepare(ORDER, TRIAL));
    expect(failure).toMatchObject({ kind: 'fatal', name: 'a signature of 72 octets where 64 were expected' });
  });

  test('no mechanism: unsupported, and named', () => {
    const { token } = fakeToken();
    generateKey(token, ORDER);
    expect(failureOf(() => new SigningDesk(token, [CKM.CKM_EDDSA]).prepare(ORDER, TRIAL))).toMatchObject({
      kind: 'unsupported',
      name: expect.stringContaining('CKM_ECDSA nor CKM_ECDSA_SHA256'),
    });
  });

  test.each([0, 63, 65])('a signature of %i octets is refused, and the session is not used again', (length) => {
    const { library, token } = fakeToken();
    generateKey(token, ORDER);
    const desk = new SigningDesk(token, [CKM.CKM_ECDSA_SHA256]);
    const { key } = desk.prepare(ORDER, TRIAL);
    library.trouble = (call, _times, act) => {
      const result = act();
      return call === 'C_Sign' ? Buffer.alloc(length) : result;
    };
    expect(failureOf(() => desk.sign(key, Uint8Array.of(1), Uint32Array.of(1)))).toMatchObject({ kind: 'fatal', call: 'C_Sign' });
    library.trouble = (_call, _times, act) => act();
    expect(failureOf(() => desk.sign(key, Uint8Array.of(1), Uint32Array.of(1)))).toMatchObject({ kind: 'session' });
  });

  test('two keys of one id and label, or none, are not guessed at', () => {
    const { library, token } = fakeToken();
    const desk = new SigningDesk(token, [CKM.CKM_ECDSA_SHA256]);
    expect(failureOf(() => desk.prepare(ORDER, TRIAL))).toMatchObject({
      kind: 'key-missing',
      name: expect.stringMatching(/^0 private keys/),
    });
    generateKey(token, ORDER);
    for (const [n, object] of [...library.objects]) library.objects.set(n + 100, object);
    expect(failureOf(() => new SigningDesk(token, [CKM.CKM_ECDSA_SHA256]).prepare(ORDER, TRIAL))).toMatchObject({
      name: expect.stringMatching(/^2 private keys/),
    });
  });

  test('key after key: each is found, at the cost of few searches', () => {
    const { library, token } = fakeToken();
    const ids = Array.from({ length: 40 }, (_, i) => Uint8Array.of(i));
    for (const id of ids) generateKey(token, { ...ORDER, id });
    const desk = new SigningDesk(token, [CKM.CKM_ECDSA_SHA256]);
    library.log.length = 0;
    for (const id of ids) desk.prepare({ id, label: ORDER.label }, TRIAL);
    expect(library.log.filter((call) => call === 'C_FindObjectsInit').length).toBeLessThanOrEqual(20);
    library.log.length = 0;
    for (let i = 40; i < 80; i++) {
      generateWithIndex(token, { ...ORDER, id: Uint8Array.of(i) }, desk.index);
      desk.prepare({ id: Uint8Array.of(i), label: ORDER.label }, TRIAL);
    }
    expect(library.log).not.toContain('C_FindObjectsInit');
    expect(failureOf(() => generateWithIndex(token, { ...ORDER, id: Uint8Array.of(7) }, desk.index))).toMatchObject({
      name: 'the CKA_ID is in use',
    });
  });

  test('a key that another process has made since is found; a key of another label is not taken for it', () => {
    const { token } = fakeToken();
    const desk = new SigningDesk(token, [CKM.CKM_ECDSA_SHA256]);
    for (let i = 0; i < 12; i++) {
      generateKey(token, { ...ORDER, id: Uint8Array.of(i) });
      desk.prepare({ id: Uint8Array.of(i), label: ORDER.label }, TRIAL);
    }
    generateKey(token, { ...ORDER, id: Uint8Array.of(99) });
    expect(desk.prepare({ id: Uint8Array.of(99), label: ORDER.label }, TRIAL).signature.length).toBe(64);
    expect(failureOf(() => desk.prepare({ id: Uint8Array.of(99), label: 'other' }, TRIAL))).toMatchObject({ kind: 'key-missing' });
  });

  test('a malformed batch never reaches the module', () => {
    const { library, token } = fakeToken();
    generateKey(token, ORDER);
    const desk = new SigningDesk(token, [CKM.CKM_ECDSA_SHA256]);
    const { key } = desk.prepare(ORDER, TRIAL);
    const before = library.log.filter((call) => call === 'C_Sign').length;
    expect(failureOf(() => desk.sign(key, Uint8Array.of(1), Uint32Array.of(2)))).toMatchObject({ kind: 'fatal' });
    expect(library.log.filter((call) => call === 'C_Sign')).toHaveLength(before);
  });
});

describe('what goes into and comes out of the native layer', () => {
  test.each([
    ['undefined type', { type: undefined, value: true }],
    ['bigint', { type: 1, value: 1n }],
    ['Date', { type: 1, value: new Date(0) }],
    ['null', { type: 1, value: null }],
    ['text', { type: 1, value: 'label' }],
    ['fraction', { type: 1, value: 0.5 }],
    ['negative number', { type: 1, value: -1 }],
  ])('a template with %s is refused before the call', (_what, attribute) => {
    expect(() => checkTemplate([attribute as never])).toThrow(TypeError);
  });

  test('mechanisms and handles are checked', () => {
    const { library } = fakeToken();
    expect(() => mechanism(undefined as never)).toThrow(TypeError);
    expect(() => findKeys(library.asLibrary(), Buffer.alloc(4), 'privateKey')).toThrow(TokenError);
    expect(failureOf(() => pinText(Uint8Array.of(0xff)))).toMatchObject({ kind: 'pin' });
  });

  test('more objects than one page', () => {
    const { library, token } = fakeToken();
    for (let i = 0; i < 3; i++) generateKey(token, { ...ORDER, id: Uint8Array.of(i) });
    const [one] = [...library.objects.values()];
    for (let n = 1000; n < 1600; n++) library.objects.set(n, one!);
    const kinds = (['privateKey', 'publicKey'] as const).map((kind) => findKeys(token.library, token.work, kind).length);
    expect(kinds.sort((a, b) => a - b)).toEqual([3, 603]);
  });

  test('return values are taken by number, whatever name pkcs11js gives them; messages are not kept', () => {
    expect(failureFromThrown(new Error('CKR_VENDOR_DEFINED:27\nsecret'), 'C_CopyObject')).toEqual({
      kind: 'policy',
      ckr: 0x1b,
      name: 'CKR_ACTION_PROHIBITED',
      call: 'C_CopyObject',
    });
    expect(failureFromThrown(Object.assign(new Error('x'), { code: 0xa0 }), 'C_Login')).toMatchObject({
      kind: 'pin',
      name: 'CKR_PIN_INCORRECT',
    });
    expect(JSON.stringify(failureFromThrown(new TypeError('pin 1234'), 'C_Login'))).not.toContain('1234');
    expect(failureFromCode(0x8000_0001, 'C_Sign')).toEqual({ kind: 'fatal', ckr: 0x8000_0001, name: 'CKR 0x80000001', call: 'C_Sign' });
  });
});
