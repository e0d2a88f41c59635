import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { benchToken, cleanToken } from '../../keystore/doctor/bench-token.ts';
import { examineToken } from '../../keystore/doctor/examine-token.ts';
import type { Examination } from '../../keystore/doctor/facts.ts';
import { judgeToken } from '../../keystore/doctor/rules.ts';
import { choosePinSource } from '../../keystore/pin/source.ts';
import { FaultyToken } from '../faults/faulty-token.ts';
import { makeTestToken, type TestToken } from '../support/token.ts';

let token: TestToken;
let faults: FaultyToken;
beforeAll(async () => {
  token = await makeTestToken('faulty');
});
afterAll(() => token[Symbol.dispose]());
beforeEach(() => {
  faults = new FaultyToken(token);
});
afterEach(() => faults[Symbol.dispose]());

function examine(tokenKeys = false): Promise<Examination> {
  const { signal } = new AbortController();
  return examineToken({ uri: faults.uri, pin: choosePinSource(faults.uri), tokenKeys, now: 1_800_000_000, signal, progress: () => {} });
}

const kinds = ({ trials }: Examination): string[] => trials!.algorithms.map(({ kind }) => kind);
const ids = (examination: Examination): string[] => judgeToken(examination).map(({ id }) => id);
const ALL_WORK = Array.from({ length: 6 }, () => 'works');

test('a token with one session forgets the login when it is renewed: the examination logs in again and is complete', async () => {
  faults.plan('sessions 1');
  const examination = await examine();
  expect(kinds(examination)).toEqual(ALL_WORK);
  expect(examination.trials!.abilities.sessions).toMatchObject({ opened: 0, stopped: { name: 'CKR_SESSION_COUNT' } });
  expect(examination.trials!.after).toEqual(examination.trials!.before);
  expect(ids(examination)).toContain('TOKEN-FEW-SESSIONS');
});

test('a module that crashes on one kind of key loses that kind alone, and nothing is left', async () => {
  // The second pair is P-256: RSA serves two algorithms.
  faults.plan('C_GenerateKeyPair 2 segv');
  const examination = await examine();
  expect(kinds(examination)).toEqual(['works', 'works', 'refused', 'works', 'works', 'works']);
  expect(examination.trials!.after).toEqual(examination.trials!.before);
  expect(ids(examination)).toContain('TOKEN-ALGORITHM-FAILS');
});

test.each(['corrupt 5', 'zero', 'previous'])('signatures that come back as %s are found out', async (action) => {
  faults.plan(`C_Sign 3+ ${action}`);
  const examination = await examine();
  expect(kinds(examination)).not.toContain('works');
  expect(ids(examination).slice(0, 2)).toEqual(['TOKEN-NO-ALGORITHM', 'TOKEN-BAD-SIGNATURE']);
});

test('a pair that is made although the call fails is found by its id and destroyed', async () => {
  faults.plan('C_GenerateKeyPair * after 0x30');
  const examination = await examine(true);
  expect(kinds(examination)).not.toContain('works');
  expect(examination.trials).toMatchObject({ before: { objects: 0 }, after: { objects: 0 } });
});

test('a token that gives out EC points without OCTET STRING is understood', async () => {
  faults.plan('raw-point');
  expect(kinds(await examine())).toEqual(ALL_WORK);
});

test('zeros for random numbers', async () => {
  faults.plan('C_GenerateRandom * zero');
  expect(ids(await examine())[0]).toBe('TOKEN-RANDOM');
});

test.each([
  ['0x20000', 'one try is left for the user PIN', 'TOKEN-PIN-FINAL-TRY'],
  ['0x40000', 'the user PIN is locked', 'TOKEN-PIN-LOCKED'],
  ['0x100', 'the token takes its PIN on a device of its own', 'TOKEN-PROTECTED-PATH'],
])('flags %s: no login is risked', async (flags, untried, id) => {
  faults.plan(`flags ${flags}`);
  const examination = await examine();
  expect(examination).toMatchObject({ untried });
  expect(ids(examination)[0]).toBe(id);
  expect(faults.calls('C_Login')).toEqual([]);
});

test('a token that is pulled out ends the examination with its fault', async () => {
  faults.plan('C_Sign 40 gone 0xe0');
  await expect(examine()).rejects.toMatchObject({ name: 'Fault' });
});

test('a token that goes away under a bench: the operator is told of the keys, and they are removed when it is back', async () => {
  faults.plan('C_Sign 40 gone 0xe0');
  const told: string[] = [];
  const pin = choosePinSource(faults.uri);
  const { signal } = new AbortController();
  const progress = (step: string): void => {
    told.push(step);
  };
  const bench = benchToken({ uri: faults.uri, pin, workers: [1], algorithms: [13], seconds: 0.05, signal, progress });
  await expect(bench).rejects.toMatchObject({ name: 'Fault' });
  expect(told.at(-1)).toContain('--clean');
  faults.plan();
  expect(await cleanToken({ uri: faults.uri, pin })).toEqual({ before: 2, after: 0 });
});
