import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Io } from '../../src/io.ts';
import { makeProgram } from '../../src/program.ts';
import type { TestToken } from '../support/token.ts';
import { FaultyToken } from './faulty-token.ts';
import { makeTokenWithKey, outcome } from './fixture.ts';

let token: TestToken;
beforeAll(async () => {
  token = await makeTokenWithKey();
});
afterAll(() => {
  token?.[Symbol.dispose]();
});

/** Each is a run of the program of its own, as far as PINs are concerned: only the record outlives it. */
function run(faults: FaultyToken, pinFile?: string): Promise<string> {
  const pin = pinFile === undefined ? {} : { pin: { kind: 'file', path: pinFile } as const };
  return outcome(async () => {
    await using _keystore = await faults.open(pin);
  });
}

const recordOf = (faults: FaultyToken): string => join(faults.dir, 'coldsign', 'refused-pins.json');
const logins = (faults: FaultyToken): number => faults.calls('C_Login').length;

test('a wrong PIN whose answer was lost is not tried by the next run either', async () => {
  using faults = new FaultyToken(token);
  const wrong = join(faults.dir, 'wrong-pin');
  writeFileSync(wrong, 'certainly-not-the-pin\n', { mode: 0o600 });
  faults.plan('C_Login 1 after 0x30');
  expect(await run(faults, wrong)).toBe('pin/incorrect');
  faults.plan();
  expect(await run(faults, wrong)).toBe('pin/refused-before');
  expect(logins(faults)).toBe(1);
  expect(await run(faults)).toBe('signed');
  expect(existsSync(recordOf(faults))).toBe(false);
});

test('a login is on record before it is tried: after one without outcome there is no other if the token counts a wrong PIN since', async () => {
  using faults = new FaultyToken(token);
  faults.plan('C_Login * exit');
  expect(await run(faults)).toMatch(/^token\//);
  const record = readFileSync(recordOf(faults), 'utf8');
  // The PIN may be the right one: nothing is kept of it.
  expect(JSON.parse(record).tokens).toMatchObject([{ digests: [], begun: 'fine' }]);
  const before = logins(faults);
  // CKF_USER_PIN_COUNT_LOW (PKCS#11 CK_TOKEN_INFO): a wrong PIN was entered since the last good login.
  faults.plan('flags 0x10000');
  expect(await run(faults)).toBe('pin/in-doubt');
  expect(logins(faults)).toBe(before);
  faults.plan();
  expect(await run(faults)).toBe('signed');
  expect(existsSync(recordOf(faults))).toBe(false);
});

test('the last try is taken where it is forced, and nowhere else', async () => {
  using faults = new FaultyToken(token);
  // CKF_USER_PIN_FINAL_TRY
  faults.plan('flags 0x20000');
  expect(await run(faults)).toBe('pin/final-try');
  expect(logins(faults)).toBe(0);
  await using keystore = await faults.open({ login: { forceFinalTry: true } });
  expect(keystore.token.userPin).toBe('final-try');
  expect(logins(faults)).toBe(1);
});

test('every command that logs in with a PIN takes shares and --force-final-try', () => {
  const commands = (command: Command): Command[] => [command, ...command.commands.flatMap((one) => commands(one as Command))];
  const io = { out: { write: () => {} }, err: { write: () => {} } } as unknown as Io;
  const options = commands(makeProgram(io, () => {}))
    .filter((command) => !(command.name() === 'init' && command.parent?.name() === 'token'))
    .map((command) => command.options.map(({ long }) => long));
  const withPin = options.filter((names) => names.includes('--pin-fd'));
  expect(withPin.length).toBeGreaterThan(20);
  for (const names of withPin) expect(names).toEqual(expect.arrayContaining(['--share-fd', '--force-final-try']));
});

test.each(['0xa1', '0xa2'])('a PIN that the token calls unacceptable (%s) is refused by the next run without a login', async (code) => {
  using faults = new FaultyToken(token);
  faults.plan(`C_Login * return ${code}`);
  expect(await run(faults)).toBe('pin/unacceptable');
  faults.plan();
  expect(await run(faults)).toBe('pin/refused-before');
  expect(logins(faults)).toBe(1);
});
