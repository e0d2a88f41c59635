import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KeyOnToken } from '../../keystore/key.ts';
import type { Keystore } from '../../keystore/keystore.ts';
import { destroyPair, findPair } from '../../keystore/pkcs11/destroy.ts';
import { generateKey } from '../../keystore/pkcs11/generation.ts';
import type { Slot } from '../../keystore/pkcs11/native.ts';
import { ObjectIndex } from '../../keystore/pkcs11/object-index.ts';
import { TokenSession } from '../../keystore/pkcs11/token-session.ts';
import { fromHex, toHex } from '../../signer/dns/bytes.ts';
import { parseName } from '../../signer/dns/name.ts';
import { dnskeyRdata } from '../../signer/dnssec/dnskey.ts';
import { FakeLibrary } from '../keystore/fake-library.ts';
import { makeTestToken, type TestToken } from '../support/token.ts';
import { makeForeign } from './foreign.ts';

const WISH = { zone: parseName('example.org.'), role: 'zsk', algorithm: 13 } as const;
const names = async (keystore: Keystore): Promise<string[]> =>
  (await keystore.findKeys({})).map(({ id, label }) => `${toHex(id)} ${label}`).sort();
const asRecord = ({ id, label, publicKey, shape }: KeyOnToken) => ({
  id,
  label,
  dnskey: dnskeyRdata(257, shape.kind === 'rsa' ? 8 : shape.kind === 'ec' && shape.curve === 'Ed25519' ? 15 : 13, publicKey!),
});

describe('a pair destroyed on SoftHSM', () => {
  let token: TestToken;
  beforeAll(async () => {
    token = await makeTestToken();
  });
  afterAll(() => token[Symbol.dispose]());

  test('the pair is gone, in new processes too; other keys of the same label stay and sign', async () => {
    await using keystore = await token.open({ workers: 2 });
    const [gone, stays] = [await keystore.generate(WISH), await keystore.generate(WISH)];
    const pids = keystore.childPids;
    // Signing first: the child holds the key open, and on a second batch a session copy of it.
    const opened = await keystore.openSigningKey({ uri: { id: gone.id } });
    await opened.sign({ bytes: new Uint8Array(6400), ends: Uint32Array.from({ length: 64 }, (_, i) => (i + 1) * 100) });
    expect(await keystore.presenceOf(gone)).toBe('present');
    expect(await keystore.destroyKey(gone)).toEqual({ outcome: 'destroyed', objects: 2, others: 2 });
    expect(keystore.childPids.filter((pid) => pids.includes(pid))).toEqual([]);
    await expect(opened.sign({ bytes: new Uint8Array(10), ends: Uint32Array.of(10) })).rejects.toMatchObject({ code: 'key/not-found' });
    await expect(keystore.openSigningKey({ uri: { id: gone.id } })).rejects.toMatchObject({ code: 'key/not-found' });
    await keystore.openSigningKey({ uri: { id: stays.id } });
    await using again = await token.open({ workers: 1 });
    expect(await names(again)).toEqual([`${toHex(stays.id)} ${stays.label}`]);
    expect(await again.destroyKey(gone)).toEqual({ outcome: 'absent', objects: 0, others: 2 });
    await again.destroyKey(stays);
  });

  test('a key of the same CKA_ID and label with another public key is refused, and nothing is changed', async () => {
    await using keystore = await token.open({ workers: 1 });
    const made = await keystore.generate(WISH);
    const other = await keystore.generate(WISH);
    const before = await names(keystore);
    expect(await keystore.presenceOf({ id: made.id, label: made.label, dnskey: other.dnskey })).toBe('other');
    const refusal = keystore.destroyKey({ id: made.id, label: made.label, dnskey: other.dnskey });
    await expect(refusal).rejects.toMatchObject({ name: 'Refusal', code: 'key/mismatch' });
    expect(await names(keystore)).toEqual(before);
    for (const key of [made, other]) await keystore.destroyKey(key);
  });

  test('odd names: no CKA_ID, no label, one CKA_ID for two pairs, quotes and letters beyond ASCII, no public object', async () => {
    makeForeign(token.uri, [
      { kind: 'pair', label: 'Kjqmt7v' },
      { kind: 'pair', label: 'Kjqmt8a', algorithm: 8 },
      { kind: 'pair', label: '', id: '0a' },
      { kind: 'pair', label: 'one', id: '0b' },
      { kind: 'pair', label: 'two', id: '0b' },
      { kind: 'pair', label: 'schlüssel "ä" \'%00\'', id: '0c', algorithm: 15 },
      { kind: 'pair', label: 'shut', id: '0d', algorithm: 8, publicObject: false },
      { kind: 'data', label: 'Kjqmt7v', application: 'another program' },
      { kind: 'secret', label: 'Kjqmt7v' },
    ]);
    await using keystore = await token.open({ workers: 1 });
    const all = await keystore.listKeys();
    expect(all).toHaveLength(7);
    let left = all.length;
    for (const key of all) {
      const isHalf = key.label === 'shut';
      expect(await keystore.destroyKey(asRecord(key)), key.label).toMatchObject({ outcome: 'destroyed', objects: isHalf ? 1 : 2 });
      expect(await names(keystore)).toHaveLength(--left);
    }
  });

  test('a key whose public half the token does not show is destroyed only if its signature proves it', async () => {
    await using keystore = await token.open({ workers: 1 });
    const made = await keystore.generate(WISH);
    makeForeign(token.uri, [{ kind: 'pair', label: 'half', id: '0e', publicObject: false }]);
    const half = { id: fromHex('0e')!, label: 'half', dnskey: made.dnskey };
    await expect(keystore.destroyKey(half)).rejects.toMatchObject({ code: 'sign/bad-signature' });
    expect(await names(keystore)).toContain('0e half');
  });
});

/** A token whose state can be chosen. */
class StatedLibrary extends FakeLibrary {
  present = true;
  flags = 0x40c;
  state = 3;
  C_GetSlotList = (): Buffer[] => (this.present ? [Buffer.alloc(8)] : []);
  C_GetTokenInfo = (): { flags: number } => ({ flags: this.flags });
  C_GetSessionInfo = (): { state: number } => ({ state: this.state });
}

describe('a token that does not do what it says', () => {
  const ID = Uint8Array.of(1, 2, 3);
  const made = (): { library: StatedLibrary; token: TokenSession; order: Parameters<typeof destroyPair>[1] } => {
    const library = new StatedLibrary();
    const token = new TokenSession(library.asLibrary(), Buffer.alloc(8) as Slot);
    const order = { id: ID, label: 'example.org. zsk 13', role: 'zsk', algorithm: 13, bits: 0 } as const;
    const { publicKey } = generateKey(token, order, new ObjectIndex(token));
    return { library, token, order: { id: ID, label: order.label, publicKey, proved: false } };
  };

  test('an object that is still there after C_DestroyObject is counted', () => {
    const { library, token, order } = made();
    library.trouble = (call, _times, act) => (call === 'C_DestroyObject' ? undefined : act());
    expect(destroyPair(token, order)).toEqual({ privateKeys: 1, publicKeys: 1, foreign: 0, unproved: 0, others: 0 });
  });

  test('the private key goes first, so that what an interruption leaves still has a public key to be told by', () => {
    const { library, token, order } = made();
    library.trouble = (call, times, act) => {
      if (call === 'C_DestroyObject' && times === 2) throw new Error('CKR_DEVICE_REMOVED:50');
      return act();
    };
    expect(() => destroyPair(token, order)).toThrow('CKR_DEVICE_REMOVED');
    expect(findPair(token, order)).toEqual({ privateKeys: 0, publicKeys: 1, foreign: 0, unproved: 0, others: 0 });
    library.trouble = (_call, _times, act) => act();
    expect(destroyPair(token, order)).toMatchObject({ privateKeys: 0, publicKeys: 0 });
  });

  test('"not found" is no answer of a token that is gone, was emptied, or has logged out', () => {
    for (const flaw of [{ present: false }, { flags: 0x4 }, { state: 2 }]) {
      const { library, token, order } = made();
      library.objects.clear();
      expect(findPair(token, order)).toMatchObject({ privateKeys: 0, publicKeys: 0 });
      Object.assign(library, flaw);
      expect(() => findPair(token, order)).toThrow(/not present|not initialised|nobody is logged in/);
    }
  });
});
