import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Keystore } from '../../keystore/keystore.ts';
import type { TokenError } from '../../keystore/pkcs11/ckr.ts';
import { CKA, CKO } from '../../keystore/pkcs11/constants.ts';
import { readObjects, replaceObject } from '../../keystore/pkcs11/data-objects.ts';
import type { Slot } from '../../keystore/pkcs11/native.ts';
import { TokenSession } from '../../keystore/pkcs11/token-session.ts';
import { parseName } from '../../signer/dns/name.ts';
import { makeTestToken, type TestToken } from '../support/token.ts';
import { ckr, FakeLibrary } from './fake-library.ts';

const octets = (text: string): Uint8Array => new TextEncoder().encode(text);
const texts = (values: readonly Uint8Array[]): string[] => values.map((value) => new TextDecoder().decode(value)).sort();

describe('data objects in a SoftHSM token', () => {
  let token: TestToken;
  let keystore: Keystore;
  beforeAll(async () => {
    token = await makeTestToken();
    keystore = await token.open({ workers: 1, verifyWorkers: 1 });
  });
  afterAll(async () => {
    await keystore[Symbol.asyncDispose]();
    token[Symbol.dispose]();
  });

  test('stored, replaced, and there for the next session; labels do not mix', async () => {
    expect(await keystore.readObjects('head a')).toEqual([]);
    expect(await keystore.replaceObject('head a', octets('one'))).toBe('stored');
    expect(await keystore.replaceObject('head b', octets('other'))).toBe('stored');
    expect(await keystore.replaceObject('head a', octets('two'))).toBe('stored');
    expect(texts(await keystore.readObjects('head a'))).toEqual(['two']);
    await using next = await token.open({ workers: 1, verifyWorkers: 1 });
    expect(texts(await next.readObjects('head a'))).toEqual(['two']);
    expect(await next.replaceObject('head a', octets('three'))).toBe('stored');
    expect(texts(await keystore.readObjects('head a'))).toEqual(['three']);
    expect(texts(await keystore.readObjects('head b'))).toEqual(['other']);
    expect(await keystore.readObjects('head')).toEqual([]);
  });

  test('a checkpoint with cosignatures fits', async () => {
    const large = Uint8Array.from({ length: 4096 }, (_, i) => i & 255);
    expect(await keystore.replaceObject('large', large)).toBe('stored');
    expect(await keystore.readObjects('large')).toEqual([large]);
  });

  test('keys with the same label stay', async () => {
    const { label } = await keystore.generate({ zone: parseName('example.org.'), role: 'ksk', algorithm: 13 });
    for (const value of ['one', 'two']) expect(await keystore.replaceObject(label, octets(value))).toBe('stored');
    expect(await keystore.findKeys({ label })).toHaveLength(1);
  });
});

describe('data objects in difficult tokens', () => {
  function fakeToken(): { library: FakeLibrary; token: TokenSession } {
    const library = new FakeLibrary();
    return { library, token: new TokenSession(library.asLibrary(), Buffer.alloc(8) as Slot) };
  }

  test('PKCS#11 2.40 4.5: private data objects on the token, with application, label and value', () => {
    const { library, token } = fakeToken();
    expect(replaceObject(token, 'head', octets('one'))).toBe('stored');
    const [object] = [...library.objects.values()];
    expect(object!.attributes.get(CKA.class)!.readBigUInt64LE()).toBe(BigInt(CKO.data));
    expect([CKA.token, CKA.private].map((type) => object!.attributes.get(type))).toEqual([Buffer.of(1), Buffer.of(1)]);
    expect([CKA.application, CKA.label, CKA.value].map((type) => object!.attributes.get(type)?.toString())).toEqual([
      'coldsign',
      'head',
      'one',
    ]);
  });

  test('after a crash between making and destroying both are returned, and the next replacement takes both away', () => {
    const { library, token } = fakeToken();
    replaceObject(token, 'head', octets('one'));
    library.trouble = (name, _times, act) => {
      if (name === 'C_DestroyObject') throw ckr(0x30);
      return act();
    };
    expect(() => replaceObject(token, 'head', octets('two'))).toThrow('C_DestroyObject');
    library.trouble = (_name, _times, act) => act();
    expect(texts(readObjects(token, 'head'))).toEqual(['one', 'two']);
    expect(replaceObject(token, 'head', octets('three'))).toBe('stored');
    expect(texts(readObjects(token, 'head'))).toEqual(['three']);
  });

  test('the new object is there before an old one goes', () => {
    const { library, token } = fakeToken();
    replaceObject(token, 'head', octets('one'));
    library.log.length = 0;
    replaceObject(token, 'head', octets('two'));
    expect(library.log.filter((name) => ['C_CreateObject', 'C_DestroyObject'].includes(name))).toEqual([
      'C_CreateObject',
      'C_DestroyObject',
    ]);
  });

  test.each([
    ['CKR_ATTRIBUTE_VALUE_INVALID', 0x13],
    ['CKR_TEMPLATE_INCONSISTENT', 0xd1],
    ['CKR_FUNCTION_NOT_SUPPORTED', 0x54],
    ['CKR_DEVICE_MEMORY', 0x31],
    ['CKR_TOKEN_WRITE_PROTECTED', 0xe2],
  ])('%s at the making: unsupported, and what was there stays', (_name, code) => {
    const { library, token } = fakeToken();
    replaceObject(token, 'head', octets('one'));
    library.trouble = (name, _times, act) => {
      if (name === 'C_CreateObject') throw ckr(code);
      return act();
    };
    expect(replaceObject(token, 'head', octets('two'))).toBe('unsupported');
    expect(texts(readObjects(token, 'head'))).toEqual(['one']);
  });

  // CKR_GENERAL_ERROR says nothing: neither that the token lacks data objects, nor that it has failed.
  test.each([
    ['shows its keys and never took an object: unsupported', { keys: 1, objects: 0 }, 'unsupported'],
    ['shows no keys: a failure', { keys: 0, objects: 0 }, 'device'],
    ['took an object before: a failure', { keys: 1, objects: 1 }, 'device'],
  ])('CKR_GENERAL_ERROR at the making, by a token that %s', (_what, before, outcome) => {
    const { library, token } = fakeToken();
    const onToken = [{ type: CKA.token, value: true }];
    for (let i = 0; i < before.keys; i++) library.C_GenerateKeyPair(Buffer.alloc(8), {}, onToken, onToken);
    for (let i = 0; i < before.objects; i++) replaceObject(token, 'head', octets('one'));
    library.trouble = (name, _times, act) => {
      if (name === 'C_CreateObject') throw ckr(0x05);
      return act();
    };
    const replace = (): string => replaceObject(token, 'head', octets('two'));
    expect(outcome === 'device' ? failureKind(replace) : replace()).toBe(outcome);
  });

  test('a token that does not know the attributes has no objects', () => {
    const { library, token } = fakeToken();
    library.trouble = (name, _times, act) => {
      if (name === 'C_FindObjectsInit') throw ckr(0x12);
      return act();
    };
    expect(readObjects(token, 'head')).toEqual([]);
  });

  test.each([
    ['CKR_DEVICE_REMOVED', 0x32, 'device'],
    ['CKR_SESSION_HANDLE_INVALID', 0xb3, 'session'],
  ])('%s is a failure, not an answer', (_name, code, kind) => {
    const { library, token } = fakeToken();
    library.trouble = () => {
      throw ckr(code);
    };
    for (const action of [() => readObjects(token, 'head'), () => replaceObject(token, 'head', octets('one'))]) {
      expect(failureKind(action)).toBe(kind);
    }
  });

  test.each([
    ['cuts values', CKA.value, Buffer.from('o')],
    ['forgets the application', CKA.application, Buffer.alloc(0)],
  ])('a token that %s: unsupported, and nothing is left', (_what, type, kept) => {
    const { library, token } = fakeToken();
    library.trouble = (name, _times, act) => {
      const result = act();
      if (name === 'C_CreateObject') for (const { attributes } of library.objects.values()) attributes.set(type, kept);
      return result;
    };
    expect(replaceObject(token, 'head', octets('one'))).toBe('unsupported');
    expect(library.objects.size).toBe(0);
  });

  test('a module that ignores the search template gets nothing foreign destroyed', () => {
    const { library, token } = fakeToken();
    const asLibrary = library.asLibrary();
    const foreign = (attributes: readonly (readonly [number, Buffer])[]): void => {
      asLibrary.C_CreateObject(
        Buffer.alloc(8),
        attributes.map(([type, value]) => ({ type, value })),
      );
    };
    const data = Buffer.alloc(8);
    const key = Buffer.from(data).fill(CKO.privateKey, 0, 1);
    foreign([
      [CKA.class, data],
      [CKA.application, Buffer.from('elsewhere')],
      [CKA.label, Buffer.from('head')],
    ]);
    foreign([
      [CKA.class, data],
      [CKA.application, Buffer.from('coldsign')],
      [CKA.label, Buffer.from('head 2')],
    ]);
    foreign([
      [CKA.class, key],
      [CKA.application, Buffer.from('coldsign')],
      [CKA.label, Buffer.from('head')],
    ]);
    foreign([
      [CKA.class, data],
      [CKA.label, Buffer.from('head')],
    ]);
    const before = [...library.objects.values()];
    library.trouble = (name, _times, act) => {
      if (name !== 'C_FindObjectsInit') return act();
      return library.C_FindObjectsInit(Buffer.alloc(8), []);
    };
    for (const value of ['one', 'two']) expect(replaceObject(token, 'head', octets(value))).toBe('stored');
    expect([...library.objects.values()].slice(0, before.length)).toEqual(before);
    expect(texts(readObjects(token, 'head'))).toEqual(['two']);
  });
});

function failureKind(action: () => unknown): string | undefined {
  try {
    action();
  } catch (error) {
    return (error as TokenError).failure.kind;
  }
  return undefined;
}
