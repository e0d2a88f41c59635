import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FaultyToken } from '../faults/faulty-token.ts';
import { outcome } from '../faults/fixture.ts';
import { makeTestToken, type TestToken } from '../support/token.ts';

let token: TestToken;
beforeAll(async () => {
  token = await makeTestToken('renewed');
});
afterAll(() => {
  token?.[Symbol.dispose]();
});

/** `signed`: the token has the new PIN, and shares of it are in the folder. */
async function renew(faults: FaultyToken, name: string): Promise<string> {
  const folder = join(faults.dir, name);
  mkdirSync(folder, { mode: 0o700 });
  return outcome(async () => {
    await using keystore = await faults.open();
    await keystore.renewPin({ threshold: 2, holders: ['Ada', 'Ben'], folder });
  });
}

test('C_SetPIN that is refused leaves the PIN; one without a clear answer is told as such, and shares are kept', async () => {
  using faults = new FaultyToken(token);
  // CKR_PIN_LEN_RANGE: the token has not taken it.
  faults.plan('C_SetPIN 1 return 0xa2');
  expect(await renew(faults, 'refused')).toBe('pin/unacceptable');
  for (const [name, plan] of [
    ['lost', 'C_SetPIN 1 return 0x30'],
    ['died', 'C_SetPIN 1 exit'],
  ] as const) {
    faults.plan(plan);
    expect(await renew(faults, name)).toBe('pin/set-unclear');
    expect(readdirSync(join(faults.dir, name))).toHaveLength(4);
  }
  // Said to be done, and not done: the login with the new PIN tells.
  faults.plan('C_SetPIN 1 return 0x0');
  expect(await renew(faults, 'lied')).toBe('pin/set-unclear');
});

test('a new PIN is logged in with before it is told', async () => {
  using faults = new FaultyToken(token);
  faults.plan();
  expect(await renew(faults, 'good')).toBe('signed');
  expect(faults.calls('C_Login').map(({ result }) => result)).toEqual(['0x0', '0x0']);
  const [before, after] = faults.calls('C_Login').map(({ detail }) => detail);
  expect(after).not.toBe(before);
});
