import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Lane } from '../../keystore/pkcs11/lane.ts';
import { SigningPool } from '../../keystore/pkcs11/pool.ts';
import type { TokenSummary } from '../../keystore/pkcs11/protocol.ts';
import { refuseNoMatch } from '../../keystore/pkcs11/token-refusal.ts';
import type { TestToken } from '../support/token.ts';
import { FaultyToken, type LoggedCall } from './faulty-token.ts';
import { makeTokenWithKey, untilGone } from './fixture.ts';

let token: TestToken;
beforeAll(async () => {
  token = await makeTokenWithKey();
});
afterAll(() => {
  token?.[Symbol.dispose]();
});

/** Has a process begun what is asked of it for a login? The flags are read first, by C_GetTokenInfo after the token was opened. */
function isLoggingIn(calls: readonly LoggedCall[]): boolean {
  const names = calls.map(({ name }) => name);
  return names.lastIndexOf('C_GetTokenInfo') > names.lastIndexOf('C_GetMechanismList') && names.includes('C_GetMechanismList');
}

// PKCS#11 C_Login: SoftHSM answers it by writing the token's own file anew, first to nothing. A process killed meanwhile takes the token along.
test('a keystore that is closed while a further process logs in lets the login end, then ends the process', async () => {
  using faults = new FaultyToken(token);
  faults.plan('C_Login 2 delay 500');
  const keystore = await faults.open({ workers: 2 });
  const [first] = keystore.childPids;
  const ofSecond = (): LoggedCall[] => faults.calls().filter(({ pid }) => pid !== first);
  await expect.poll(() => isLoggingIn(ofSecond()), { timeout: 20_000, interval: 5 }).toBe(true);
  await keystore[Symbol.asyncDispose]();
  expect(faults.calls('C_Login').map(({ result }) => result)).toEqual(['0x0', '0x0']);
  await untilGone(faults.calls().map(({ pid }) => pid));
});

test('a keystore that is closed before a further process logs in has no login more', async () => {
  using faults = new FaultyToken(token);
  const keystore = await faults.open({ workers: 2 });
  await keystore[Symbol.asyncDispose]();
  expect(faults.calls('C_Login')).toHaveLength(1);
  await untilGone(faults.calls().map(({ pid }) => pid));
});

/** A lane that finds no token in the first tries. */
function laneThatMisses(times: number): { readonly lane: Lane; readonly starts: () => number } {
  let starts = 0;
  const found = { label: 'faults' } as TokenSummary;
  const start = async (): Promise<TokenSummary> => {
    if (++starts <= times) throw refuseNoMatch({ token: 'faults' }, 'no-match', []);
    return found;
  };
  return { lane: { start, [Symbol.dispose]: () => {} } as unknown as Lane, starts: () => starts };
}

test('a token that is not there is looked for once more: another process may be logging in to it', async () => {
  const { lane, starts } = laneThatMisses(1);
  using pool = new SigningPool(lane, 1);
  expect(await pool.open(() => {})).toMatchObject({ label: 'faults' });
  expect(starts()).toBe(2);
});

test('and then it is missed', async () => {
  const { lane, starts } = laneThatMisses(9);
  using pool = new SigningPool(lane, 1);
  await expect(pool.open(() => {})).rejects.toMatchObject({ code: 'token/not-found' });
  expect(starts()).toBe(2);
});
