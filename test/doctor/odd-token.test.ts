import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { PairOutcome, PairTrial } from '../../keystore/doctor/facts.ts';
import { tryAbilities } from '../../keystore/pkcs11/abilities.ts';
import { CKA, CKM, CKO } from '../../keystore/pkcs11/constants.ts';
import { tryPair } from '../../keystore/pkcs11/examine.ts';
import type { Slot } from '../../keystore/pkcs11/native.ts';
import { tokenFacts } from '../../keystore/pkcs11/survey.ts';
import { TokenSession } from '../../keystore/pkcs11/token-session.ts';
import { destroyTrials, takeInventory } from '../../keystore/pkcs11/trial-objects.ts';
import { verifierOf, verifies } from '../../keystore/public-key.ts';
import { dnskeyRdata } from '../../signer/dnssec/dnskey.ts';
import { ckr, FakeLibrary } from '../keystore/fake-library.ts';
import { GOOD_FACTS } from './examination.ts';

const MECHANISMS = [CKM.CKM_EC_KEY_PAIR_GEN, CKM.CKM_ECDSA_SHA256, 0x210a];

/** A token with all that an examination asks for; tests take some of it away. */
class WholeLibrary extends FakeLibrary {
  wrapsAnything = false;
  info: object = {};
  /** CKS_RW_USER_FUNCTIONS. */
  state = 3;

  C_GenerateRandom(_session: Buffer, output: Buffer): Buffer {
    return Buffer.from(randomBytes(output.length));
  }

  C_SetAttributeValue(_session: Buffer, _object: Buffer): void {
    throw ckr(0x10);
  }

  C_GenerateKey(session: Buffer, _mechanism: object, template: never): Buffer {
    return this.C_CreateObject(session, template);
  }

  C_WrapKey(session: Buffer, _mechanism: object, _kek: Buffer, key: Buffer): Buffer {
    const [extractable] = this.C_GetAttributeValue(session, key, [{ type: CKA.extractable }]);
    if (!this.wrapsAnything && extractable?.value[0] !== 1) throw ckr(0x6a);
    return Buffer.alloc(48, 1);
  }

  C_GetSessionInfo(): object {
    return { state: this.state };
  }

  C_GetInfo(): object {
    const version = { major: 2, minor: 40 };
    return { manufacturerID: 'Maker   ', libraryDescription: 'Module\0', libraryVersion: version, cryptokiVersion: version };
  }

  C_GetSlotInfo(): object {
    return { slotDescription: 'Reader', manufacturerID: 'Maker', flags: 0x7 };
  }

  C_GetTokenInfo(): object {
    return this.info;
  }
}

function odd(): { library: WholeLibrary; token: TokenSession } {
  const library = new WholeLibrary();
  return { library, token: new TokenSession(library.asLibrary(), Buffer.alloc(8) as Slot) };
}

function trialOf(place: PairTrial['place']): PairTrial {
  const bytes = Uint8Array.from(randomBytes(3 * 20));
  return { algorithms: [13], bits: 0, place, id: Uint8Array.from(randomBytes(16)), bytes, ends: Uint32Array.of(20, 40, 60) };
}

function made(outcome: PairOutcome): Extract<PairOutcome, { kind: 'made' }> {
  if (outcome.kind !== 'made') throw new Error(`${outcome.call} ${outcome.name}`);
  return outcome;
}

describe('a key pair on trial', () => {
  test.each(['session', 'token'] as const)('a %s key is made as that, signs, and is gone', (place) => {
    const { library, token } = odd();
    const trial = trialOf(place);
    const outcome = made(tryPair(token, trial, MECHANISMS));
    const [{ outcome: signed }] = outcome.signing as [(typeof outcome.signing)[number]];
    if (signed.kind !== 'signed') throw new Error('not signed');
    const verifier = verifierOf(dnskeyRdata(257, 13, outcome.publicKey));
    expect(signed.count).toBe(3);
    for (const i of [0, 1, 2]) {
      expect(verifies(verifier, trial.bytes.subarray(i * 20, i * 20 + 20), signed.signatures.subarray(i * 64, i * 64 + 64))).toBe(true);
    }
    expect(library.asked[0]!.find(({ type }) => type === CKA.token)!.value).toBe(place === 'token');
    expect(outcome).toMatchObject({ strength: 'hardened', couldModify: false, isReadable: false, remains: 0 });
    expect(library.objects.size).toBe(0);
  });

  test('a token without session keys says so, and nothing is left', () => {
    const { library, token } = odd();
    library.trouble = (call, _times, act) => {
      const result = act();
      if (call === 'C_GenerateKeyPair' && library.asked.at(-1)!.some(({ type, value }) => type === CKA.token && value === false))
        throw ckr(0xd1);
      return result;
    };
    expect(tryPair(token, trialOf('session'), MECHANISMS)).toEqual({
      kind: 'refused',
      call: 'C_GenerateKeyPair',
      name: 'CKR_TEMPLATE_INCONSISTENT',
    });
    expect(made(tryPair(token, trialOf('token'), MECHANISMS)).remains).toBe(0);
    expect(library.objects.size).toBe(0);
  });

  test('unmodifiable in name only, and private in name only', () => {
    const { library, token } = odd();
    library.C_SetAttributeValue = () => {};
    library.trouble = (call, _times, act) => {
      const result = act();
      if (call === 'C_GenerateKeyPair') for (const { attributes } of library.objects.values()) attributes.set(CKA.value, Buffer.of(1));
      return result;
    };
    expect(tryPair(token, trialOf('session'), MECHANISMS)).toMatchObject({ kind: 'made', couldModify: true, isReadable: true });
  });

  test.each([0, 63, 65])('signatures of %i octets are no signatures', (length) => {
    const { library, token } = odd();
    library.trouble = (call, _times, act) => {
      const result = act();
      return call === 'C_Sign' ? Buffer.alloc(length) : result;
    };
    const outcome = made(tryPair(token, trialOf('session'), MECHANISMS));
    expect(outcome.signing).toMatchObject([
      { outcome: { kind: 'refused', call: 'C_Sign', name: expect.stringContaining(`${length} octets`) } },
    ]);
    expect(library.objects.size).toBe(0);
  });

  test('a raw mechanism that is listed and fails: the next one is tried', () => {
    const { token } = odd();
    expect(made(tryPair(token, trialOf('token'), [CKM.CKM_ECDSA, ...MECHANISMS])).signing).toMatchObject([
      { outcome: { kind: 'signed', mechanism: 'CKM_ECDSA_SHA256' } },
    ]);
  });

  test('an object that the token keeps is counted', () => {
    const { library, token } = odd();
    library.C_DestroyObject = () => {};
    expect(made(tryPair(token, trialOf('token'), MECHANISMS)).remains).toBe(2);
  });

  test.each([
    [0x32, 'CKR_DEVICE_REMOVED'],
    [0x101, 'CKR_USER_NOT_LOGGED_IN'],
  ])('a device that is pulled out, or a lost login, is no answer (0x%x)', (code, name) => {
    const { library, token } = odd();
    library.trouble = (call, _times, act) => {
      if (call === 'C_Sign') throw ckr(code);
      return act();
    };
    expect(() => tryPair(token, trialOf('session'), MECHANISMS)).toThrow(name);
  });
});

describe('abilities', () => {
  test('a token with everything', () => {
    const { library, token } = odd();
    expect(tryAbilities(token, MECHANISMS, 'session')).toMatchObject({
      sessions: { opened: 16 },
      random: { kind: 'plausible' },
      dataObject: { kind: 'works' },
      wrapping: [{ mechanism: 'CKM_AES_KEY_WRAP_PAD', ability: { kind: 'works' }, takesUnextractable: false }],
      remains: 0,
    });
    expect(library.objects.size).toBe(0);
  });

  test('few sessions, no random numbers, no data objects, no AES keys', () => {
    const { library, token } = odd();
    library.trouble = (call, times, act) => {
      // Two are open; three more, and then none until one is closed.
      if (call === 'C_OpenSession' && times === 6) throw ckr(0xb1);
      if (call === 'C_GenerateRandom' || call === 'C_GenerateKey' || call === 'C_CreateObject') throw ckr(0x54);
      return act();
    };
    expect(tryAbilities(token, MECHANISMS, 'session')).toMatchObject({
      sessions: { opened: 3, stopped: { call: 'C_OpenSession', name: 'CKR_SESSION_COUNT' } },
      random: { kind: 'refused', name: 'CKR_FUNCTION_NOT_SUPPORTED' },
      dataObject: { kind: 'refused', call: 'C_CreateObject' },
      wrapping: [{ ability: { kind: 'refused' }, takesUnextractable: false }],
    });
  });

  test('a broken random number generator is noticed', () => {
    for (const [octet, kind] of [
      [0, 'zero'],
      [7, 'repeated'],
    ] as const) {
      const { library, token } = odd();
      library.C_GenerateRandom = (_session, output) => output.fill(octet);
      expect(tryAbilities(token, MECHANISMS, 'session').random).toEqual({ kind });
    }
  });

  test('a token that wraps keys which are not extractable', () => {
    const { library, token } = odd();
    library.wrapsAnything = true;
    expect(tryAbilities(token, MECHANISMS, 'session').wrapping).toMatchObject([{ takesUnextractable: true }]);
  });
});

describe('objects of others', () => {
  const template = (label: string): never =>
    [
      { type: CKA.class, value: CKO.data },
      { type: CKA.token, value: true },
      { type: CKA.label, value: Buffer.from(label) },
    ] as never;

  test('only objects with the label of trials are ever destroyed, and only wholesale removal touches those of other trials', () => {
    const { library, token } = odd();
    const session = Buffer.alloc(8);
    for (const label of ['zone key', 'coldsign trial, to be destroyed', 'coldsign trial']) library.C_CreateObject(session, template(label));
    const before = takeInventory(token);
    expect(before).toMatchObject({ objects: 3, trials: 1 });
    tryPair(token, trialOf('token'), MECHANISMS);
    tryAbilities(token, MECHANISMS, 'token');
    expect(takeInventory(token)).toEqual(before);
    expect(destroyTrials(token)).toBe(0);
    expect(takeInventory(token)).toMatchObject({ objects: 2, trials: 0 });
  });

  test('an inventory is not taken where the login is lost: it would lack the private objects', () => {
    const { library, token } = odd();
    library.state = 2;
    expect(() => takeInventory(token)).toThrow('CKR_USER_NOT_LOGGED_IN');
  });

  test('a module that ignores the search template gets nothing destroyed but trials', () => {
    const { library, token } = odd();
    library.C_CreateObject(Buffer.alloc(8), template('zone key'));
    const find = library.C_FindObjectsInit.bind(library);
    library.C_FindObjectsInit = (session) => find(session, []);
    destroyTrials(token);
    expect(library.objects.size).toBe(1);
  });
});

describe('what a token tells of itself', () => {
  const info = {
    hardwareVersion: { major: 1, minor: 4 },
    flags: 0x1 | 0x2 | 0x4 | 0x8 | 0x40 | 0x100 | 0x400 | 0x1_0000,
    minPinLen: 6,
    maxPinLen: 15,
    maxSessionCount: 0,
    sessionCount: 0xffff_ffff,
    maxRwSessionCount: 16,
    rwSessionCount: -1,
    freePublicMemory: 0xffff_ffff_ffff_ffffn,
    freePrivateMemory: 0,
    utcTime: '2026112413500300',
  };
  const facts = (more: object = {}): ReturnType<typeof tokenFacts> => {
    const { library } = odd();
    library.info = { ...info, ...more };
    return tokenFacts(library.asLibrary(), Buffer.alloc(8) as Slot, GOOD_FACTS.token);
  };

  // PKCS#11 3.0 3.2: CK_UNAVAILABLE_INFORMATION "(CK_ULONG)-1", CK_EFFECTIVELY_INFINITE 0.
  test('numbers that it keeps to itself are not taken for numbers', () => {
    expect(facts()).toMatchObject({
      sessions: { max: 'no limit', open: 'not told', maxReadWrite: 16, openReadWrite: 'not told' },
      memory: { freePublic: 'not told', freePrivate: 0 },
      pinLength: { min: 6, max: 15 },
    });
  });

  // PKCS#11 3.0 3.2: utcTime "in the form of the 16 character string YYYYMMDDhhmmssxx … only valid for tokens equipped with a clock".
  test('the clock, where there is one', () => {
    expect(facts().clock).toBe(Date.parse('2026-11-24T13:50:03Z') / 1000);
    expect(facts({ utcTime: '                ' }).clock).toBeUndefined();
    expect(facts({ flags: 0x404 })).not.toHaveProperty('clock');
  });

  test('flags in words, padding removed', () => {
    expect(facts()).toMatchObject({
      flags: expect.arrayContaining(['write-protected', 'protected authentication path', 'wrong user PIN entered since the last good one']),
      slot: { isHardware: true, isRemovable: true },
      library: { manufacturer: 'Maker', description: 'Module', version: '2.40' },
    });
  });
});
