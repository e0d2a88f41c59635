import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Keystore } from '../../keystore/keystore.ts';
import { parseName } from '../../signer/dns/name.ts';
import type { SigningKey } from '../../signer/signing-key.ts';
import type { TestToken } from '../support/token.ts';
import { FaultyToken, loginsAfterRefusal } from './faulty-token.ts';
import { allVerify, LABEL, makeBatch, makeTokenWithKey, outcome, SELECTOR, untilGone } from './fixture.ts';

const HEADER = fileURLToPath(new URL('../../node_modules/pkcs11js/includes/pkcs11/pkcs11t.h', import.meta.url));
/** All return values that PKCS#11 2.40 names, and the later ones and vendors' that modules use. */
const CODES = [...readFileSync(HEADER, 'utf8').matchAll(/^#define (CKR_\w+)\s+0x([0-9A-Fa-f]{8})UL/gm)].map(([, name, hex]) => ({
  name: name!,
  code: Number.parseInt(hex!, 16),
}));
const ALL = [...CODES, { name: 'CKR_ACTION_PROHIBITED', code: 0x1b }, { name: 'a vendor code', code: 0x8000_0005 }].filter(
  ({ code }) => code !== 0,
);

// Which failures a new session helps against, and which a new process; nothing helps against others.
const SESSION = [0x50, 0x60, 0x82, 0x90, 0x91, 0xb0, 0xb3, 0x101];
const DEVICE = [0x02, 0x03, 0x05, 0x06, 0x30, 0x31, 0x32, 0xe0, 0xe1, 0x190];
const PIN = [0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0x102, 0x1b8];

const BATCH = makeBatch(3);
let token: TestToken;
beforeAll(async () => {
  token = await makeTokenWithKey();
});
afterAll(() => {
  token?.[Symbol.dispose]();
});

/** A keystore and its key over a token of its own faults; `watchdogMs` short enough to wait for. */
class Rig implements AsyncDisposable {
  readonly faults = new FaultyToken(token);
  #keystore: Keystore | undefined;
  #key: SigningKey | undefined;

  async open(watchdogMs = 20_000): Promise<this> {
    this.#keystore = await this.faults.open({ watchdogMs });
    this.#key = await this.#keystore.openSigningKey(SELECTOR);
    return this;
  }

  get keystore(): Keystore {
    return this.#keystore!;
  }

  get key(): SigningKey {
    return this.#key!;
  }

  /** Signs, and every signature that comes out must be right. */
  sign(batch = BATCH): Promise<string> {
    return outcome(async () => expect(allVerify(this.key, batch, await this.key.sign(batch))).toBe(true));
  }

  /** Processes that the module was loaded by, the first included. */
  get processes(): number {
    return new Set(this.faults.calls().map(({ pid }) => pid)).size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#keystore?.[Symbol.asyncDispose]();
    await untilGone([...new Set(this.faults.calls().map(({ pid }) => pid))]);
    expect(loginsAfterRefusal(this.faults.calls())).toEqual([]);
    this.faults[Symbol.dispose]();
  }
}

describe('one failed call while signing', () => {
  test.each(['C_SignInit', 'C_Sign'])('%s: each return value of PKCS#11', async (name) => {
    await using rig = await new Rig().open();
    const told: Record<string, string> = {};
    const expected: Record<string, string> = {};
    for (const { name: ckr, code } of ALL) {
      const [before] = rig.keystore.childPids;
      rig.faults.plan(`${name} 2 return 0x${code.toString(16)}`);
      const result = await rig.sign();
      const isNew = before !== rig.keystore.childPids[0];
      told[ckr] = `${result === 'signed' ? 'signed' : 'stopped'} ${isNew ? 'by a new process' : 'by the same process'}`;
      const helps = SESSION.includes(code) || DEVICE.includes(code);
      expected[ckr] = `${helps ? 'signed' : 'stopped'} ${DEVICE.includes(code) ? 'by a new process' : 'by the same process'}`;
      rig.faults.plan();
      expect(await rig.sign(), `after ${ckr}`).toBe('signed');
    }
    expect(told).toEqual(expected);
  });

  test.each(['hang', 'segv', 'abort', 'exit'])('%s: a new process signs', async (action) => {
    await using rig = await new Rig().open(1500);
    rig.faults.plan(`C_Sign 2 ${action}`);
    expect(await rig.sign()).toBe('signed');
    expect(rig.processes).toBe(2);
  });

  test('unplugged in the middle of a batch: sessions are gone, the token is looked for again, and the batch is signed whole', async () => {
    await using rig = await new Rig().open();
    rig.faults.plan('C_Sign 100 unplug 0x32');
    expect(await rig.sign(makeBatch(300))).toBe('signed');
    expect(rig.faults.calls('C_Login')).toHaveLength(2);
  });

  test('a token that is not seen for a moment while it is connected again', async () => {
    await using rig = await new Rig().open();
    rig.faults.plan('C_Sign 2 return 0x32', 'C_GetTokenInfo 1-2 return 0xe0');
    expect(await rig.sign()).toBe('signed');
  });

  test('a slow token is not a dead one', async () => {
    await using rig = await new Rig().open(3000);
    rig.faults.plan('C_Sign 2 delay 400');
    expect(await rig.sign()).toBe('signed');
    expect(rig.processes).toBe(1);
  });
});

describe('failures that do not end', () => {
  test.each(['return 0x30', 'return 0xb3', 'segv', 'gone 0x32', 'unplug 0x32'])(
    'C_Sign * %s: bounded tries, then a fault',
    async (action) => {
      await using rig = await new Rig().open();
      rig.faults.plan(`C_Sign * ${action}`);
      expect(await rig.sign(makeBatch(1000))).toMatch(/^token\/(device|session)$/);
      expect(rig.processes).toBeLessThanOrEqual(10);
      const spent = rig.processes;
      expect(await rig.sign()).toMatch(/^token\//);
      expect(rig.processes - spent).toBeLessThanOrEqual(10);
    },
  );

  test('a token that is there again signs again after an error', async () => {
    await using rig = await new Rig().open();
    rig.faults.plan('C_Sign 1-4 return 0x30');
    expect(await rig.sign()).toBe('token/device');
    rig.faults.plan();
    expect(await rig.sign()).toBe('signed');
  });
});

describe('a spoilt signature is no passing trouble: nothing comes out, and nothing is tried again', () => {
  test.each([
    ['corrupt 0', 'sign/bad-signature'],
    ['corrupt 63', 'sign/bad-signature'],
    ['zero', 'sign/bad-signature'],
    ['swap', 'sign/bad-signature'],
    ['previous', 'sign/bad-signature'],
    ['short', 'token/failed'],
  ])('%s: %s', async (action, code) => {
    await using rig = await new Rig().open();
    rig.faults.plan(`C_Sign 2 ${action}`);
    expect(await rig.sign()).toBe(code);
    expect(rig.faults.calls('C_Sign').filter(({ detail }) => detail !== '')).toHaveLength(1);
    expect(rig.processes).toBe(1);
  });

  test('in the trial signature, too', async () => {
    await using rig = new Rig();
    rig.faults.plan('C_Sign 1 swap');
    expect(await outcome(() => rig.open())).toBe('sign/bad-signature');
  });
});

describe('one failed call while the token is opened', () => {
  const CALLS = ['C_Initialize', 'C_GetSlotList', 'C_GetTokenInfo', 'C_OpenSession', 'C_GetMechanismList', 'C_Login', 'C_GetSessionInfo'];
  const FINDING = ['C_FindObjectsInit', 'C_FindObjects', 'C_FindObjectsFinal', 'C_GetAttributeValue', 'C_SignInit', 'C_Sign'];
  test.each([...CALLS, ...FINDING])('%s: a device error is overcome', async (name) => {
    for (const code of ['0x30', '0x32']) {
      await using rig = new Rig();
      rig.faults.plan(`${name} 1 return ${code}`);
      await rig.open();
      expect(await rig.sign()).toBe('signed');
      expect(rig.processes).toBeLessThanOrEqual(2);
    }
  });

  test.each([...CALLS, ...FINDING])('%s: a process that dies is replaced', async (name) => {
    await using rig = new Rig();
    rig.faults.plan(`${name} 1 segv`);
    await rig.open();
    expect(await rig.sign()).toBe('signed');
  });
});

describe('listing keys', () => {
  test('of several failures of one search the first one counts', async () => {
    await using rig = await new Rig().open();
    rig.faults.plan('C_FindObjects 1 return 0xb3', 'C_FindObjectsFinal 1 return 0x07');
    expect(await outcome(() => rig.keystore.findKeys({ label: LABEL }))).toBe('signed');
  });

  test.each(['C_FindObjectsInit 1', 'C_FindObjects 2', 'C_GetAttributeValue 5'])('%s hang: a new process lists', async (call) => {
    await using rig = await new Rig().open(1500);
    rig.faults.plan(`${call} hang`);
    expect(await rig.keystore.findKeys({})).toHaveLength(1);
    expect(rig.processes).toBe(2);
  });

  test('takes its time, call by call: a token that answers is not a dead one', async () => {
    await using rig = await new Rig().open(1500);
    rig.faults.plan('C_GetAttributeValue * delay 250');
    expect(await rig.keystore.findKeys({})).toHaveLength(1);
    expect(rig.faults.calls('C_GetAttributeValue').length).toBeGreaterThan(8);
    expect(rig.processes).toBe(1);
  });
});

describe('C_Login', () => {
  test.each(PIN.map((code) => [`0x${code.toString(16)}`]))('%s stops at once', async (code) => {
    await using rig = new Rig();
    rig.faults.plan(`C_Login * return ${code}`);
    expect(await outcome(() => rig.open())).toMatch(/^pin\//);
    expect(rig.faults.calls('C_Login')).toHaveLength(1);
  });

  test.each(['0x30', '0xb3'])('a wrong PIN, and %s for an answer: it shows in the flags, and is not tried again', async (lost) => {
    await using rig = new Rig();
    const wrong = join(rig.faults.dir, 'wrong-pin');
    writeFileSync(wrong, 'certainly-not-the-pin\n', { mode: 0o600 });
    rig.faults.plan(`C_Login 1 after ${lost}`);
    const opening = outcome(() => rig.faults.open({ pin: { kind: 'file', path: wrong } }));
    expect(await opening).toBe('pin/incorrect');
    expect(rig.faults.calls('C_Login')).toHaveLength(1);
    // A good login clears the token's counter for the other tests.
    await rig.open();
  });

  test.each(['return 0x30', 'return 0xb3', 'return 0x101', 'exit', 'hang'])('%s for ever: two logins, no third', async (action) => {
    await using rig = new Rig();
    rig.faults.plan(`C_Login * ${action}`);
    expect(await outcome(() => rig.open(1000))).toMatch(/^token\//);
    expect(rig.faults.calls('C_Login')).toHaveLength(2);
  });

  test('a PIN that is refused when the child is replaced is not tried a second time, whatever is asked then', async () => {
    await using rig = await new Rig().open();
    rig.faults.plan('C_Sign * return 0x30', 'C_Login * return 0xa0');
    expect(await rig.sign()).toBe('pin/incorrect');
    expect(await rig.sign()).toMatch(/^(pin|token)\//);
    expect(await outcome(() => rig.keystore.findKeys({}))).toMatch(/^(pin|token)\//);
    expect(rig.faults.calls('C_Login').filter(({ result }) => result === '0xa0')).toHaveLength(1);
  });

  test.each([
    ['0x40000', 'pin/locked'],
    ['0x20000', 'pin/'],
  ])('token flags %s: no login at all', async (flags, code) => {
    await using rig = new Rig();
    rig.faults.plan(`flags ${flags}`);
    expect(await outcome(() => rig.open())).toContain(code);
    expect(rig.faults.calls('C_Login')).toEqual([]);
  });
});

describe('sessions', () => {
  test('a token with one session is enough', async () => {
    await using rig = new Rig();
    rig.faults.plan('sessions 1', 'C_Sign 5 return 0xb3');
    await rig.open();
    expect(await rig.sign(makeBatch(40))).toBe('signed');
    expect(rig.processes).toBe(1);
  });

  test('CKR_SESSION_COUNT: fewer processes sign', async () => {
    await using rig = new Rig();
    const notes: string[] = [];
    rig.faults.plan('sessions 3');
    await using keystore = await rig.faults.open({ workers: 4, warn: (text) => notes.push(text) });
    await keystore.complete();
    const key = await keystore.openSigningKey(SELECTOR);
    const batch = makeBatch(600);
    expect(allVerify(key, batch, await key.sign(batch))).toBe(true);
    expect(keystore.childPids).toHaveLength(2);
    expect(notes).toEqual([expect.stringContaining('CKR_SESSION_COUNT')]);
  });
});

describe('no key found is not a key deleted', () => {
  test('a key that was there is looked for in a new process before it is missed', async () => {
    await using rig = await new Rig().open();
    rig.faults.plan('C_Sign 1 return 0x60', 'C_FindObjects 1-2 nothing');
    expect(await rig.sign()).toBe('signed');
    expect(rig.processes).toBe(2);
  });

  test('and then it is missed', async () => {
    await using rig = await new Rig().open();
    rig.faults.plan('C_Sign 1 return 0x60', 'C_FindObjects * nothing');
    expect(await rig.sign()).toBe('key/not-found');
    expect(rig.faults.calls('C_GenerateKeyPair')).toEqual([]);
  });
});

describe('an error after a key pair was made', () => {
  const wish = { zone: parseName('orphan.example.'), role: 'zsk', algorithm: 13 } as const;
  test.each([
    ['C_GenerateKeyPair 1 after 0x30', 'the module says so'],
    ['C_GenerateKeyPair 1 after 0xb3', 'the session is lost'],
    ['C_GenerateKeyPair 1 unplug 0x32', 'nothing was made'],
    ['C_GetAttributeValue %9 segv', 'the process dies while the pair is read'],
    ['C_Sign 1 segv', 'the process dies at the trial signature'],
    ['C_Sign 1 corrupt 1', 'the trial signature is wrong'],
  ])('%s: %s, and no pair stays', async (line) => {
    await using rig = await new Rig().open();
    const before = await rig.keystore.findKeys({});
    rig.faults.plan(line);
    expect(await outcome(() => rig.keystore.generate(wish))).toMatch(/^(token\/(device|session)|sign\/bad-signature)$/);
    rig.faults.plan();
    expect((await rig.keystore.findKeys({})).map(({ label }) => label)).toEqual(before.map(({ label }) => label));
  });

  test('a pair that is thrown away because of its key tag goes, although the session is lost at that moment', async () => {
    await using rig = await new Rig().open();
    const before = await rig.keystore.findKeys({});
    rig.faults.plan('C_DestroyObject 1 return 0xb3');
    const avoidTags = Array.from({ length: 0x1_0000 }, (_, tag) => tag);
    expect(await outcome(() => rig.keystore.generate({ ...wish, avoidTags }))).toBe('key/tag-collisions');
    expect(rig.faults.calls('C_DestroyObject').some(({ result }) => result === '0xb3')).toBe(true);
    rig.faults.plan();
    expect(await rig.keystore.findKeys({})).toEqual(before);
  });

  test('where it cannot be looked for, its CKA_ID is told', async () => {
    await using rig = await new Rig().open();
    rig.faults.plan('C_GenerateKeyPair 1 after 0x30', 'C_FindObjectsInit 2+ return 0x30', 'C_DestroyObject * return 0x30');
    await expect(rig.keystore.generate(wish)).rejects.toMatchObject({
      code: 'token/device',
      message: expect.stringMatching(/"orphan\.example\. zsk 13" \(CKA_ID [0-9a-f]{32}\) may be left on the token/),
    });
  });
});
