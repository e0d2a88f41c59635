import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Bench, type BenchOptions, benchToken } from '../../keystore/doctor/bench-token.ts';
import { choosePinSource } from '../../keystore/pin/source.ts';
import { coldsign, NODE } from '../support/cli.ts';
import { makeTestToken, type TestToken } from '../support/token.ts';

const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

let token: TestToken;
beforeAll(async () => {
  token = await makeTestToken('bench');
});
afterAll(() => token[Symbol.dispose]());

function bench(more: Partial<BenchOptions> = {}): Promise<Bench> {
  const { signal } = new AbortController();
  const options = { workers: [2, 1, 2], algorithms: [13], seconds: 0.05, signal, progress: () => {} };
  return benchToken({ uri: token.uri, pin: choosePinSource(token.uri), ...options, ...more });
}

async function objects(): Promise<number> {
  await using keystore = await token.open({ workers: 1 });
  return (await keystore.findKeys({})).length;
}

test('every number of processes, with and without verification; the key is gone', async () => {
  const { measurements, absent, ...rest } = await bench();
  expect(measurements.map(({ algorithm, workers, verified }) => [algorithm, workers, verified])).toEqual([
    [13, 1, false],
    [13, 1, true],
    [13, 2, false],
    [13, 2, true],
  ]);
  for (const { signatures, seconds, perSecond } of measurements) {
    expect(signatures).toBeGreaterThan(0);
    expect(perSecond).toBeGreaterThan(0);
    expect(Math.abs(signatures / perSecond - seconds)).toBeLessThan(0.1);
  }
  expect(absent).toEqual([]);
  expect(rest).toMatchObject({ isInterrupted: false, trialsBefore: 0, trialsAfter: 0, token: { label: 'bench' } });
  expect(await objects()).toBe(0);
});

test('algorithms that the token does not do are told, not measured', async () => {
  const { measurements, absent } = await bench({ algorithms: [15, 200], workers: [1] });
  expect(measurements.map(({ algorithm }) => algorithm)).toEqual([15, 15]);
  expect(absent).toEqual([{ algorithm: 200, missing: 'the token lacks key generation' }]);
});

test.each(['making a key', 'signing'])('an interruption while %s leaves nothing behind', async (moment) => {
  const controller = new AbortController();
  const progress = (step: string): void => {
    if (step.includes(moment)) controller.abort();
  };
  const { isInterrupted, measurements, trialsAfter } = await bench({ signal: controller.signal, seconds: 3600, workers: [1], progress });
  expect({ isInterrupted, trialsAfter }).toEqual({ isInterrupted: true, trialsAfter: 0 });
  expect(measurements.length).toBeLessThanOrEqual(1);
  expect(await objects()).toBe(0);
});

/** Starts the command, and sends the signal when it tells of a step with this word. */
async function interrupt(
  args: readonly string[],
  word: string,
  signal: NodeJS.Signals,
): Promise<{ readonly status: number | null; readonly out: string }> {
  const child = spawn(NODE, [CLI, 'token', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let sent = false;
  child.stdout.on('data', (piece) => {
    out += piece;
  });
  child.stderr.on('data', (piece) => {
    if (sent || !String(piece).includes(word)) return;
    sent = true;
    child.kill(signal);
  });
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, out };
}

const endless = (): string[] => ['bench', token.uriText, '--workers', '1', '--algorithms', '13', '--seconds', '3600'];

test('Ctrl-C: what was measured is printed, and the trial keys are destroyed', async () => {
  const { status, out } = await interrupt(endless(), 'signing', 'SIGINT');
  expect(status).toBe(130);
  expect(out).toMatch(/^ALGORITHM +PROCESSES +SIGNATURES\/S +VERIFIED\/S\n13 \(ECDSAP256SHA256\) +1 +[\d,.]+ +-\ninterrupted/);
  expect(await objects()).toBe(0);
});

test('Ctrl-C while doctor tries keys that are stored on the token: the trial is finished, no report, nothing is left', async () => {
  expect(await interrupt(['doctor', token.uriText, '--token-keys'], 'trying', 'SIGINT')).toEqual({ status: 130, out: '' });
  expect(await objects()).toBe(0);
});

test('killed outright: the next examination tells of the remains, and --clean removes them', async () => {
  expect((await interrupt(endless(), 'signing', 'SIGKILL')).status).toBeNull();
  expect(await objects()).toBe(1);
  const told = JSON.parse((await coldsign(['token', 'doctor', token.uriText, '--json'])).out);
  expect(told.findings.map(({ id }: { id: string }) => id)).toContain('TOKEN-TRIAL-REMAINS');
  expect(await objects()).toBe(1);
  const cleaned = await coldsign(['token', 'bench', token.uriText, '--clean', '--json']);
  expect(JSON.parse(cleaned.out)).toEqual({ format: 1, removed: 2, left: 0 });
  expect(await objects()).toBe(0);
});

test.each([
  ['--workers', '0'],
  ['--workers', '1,x'],
  ['--algorithms', '256'],
  ['--seconds', '0'],
])('%s %s is refused', async (option, value) => {
  expect((await coldsign(['token', 'bench', token.uriText, option, value])).status).toBe(2);
});
