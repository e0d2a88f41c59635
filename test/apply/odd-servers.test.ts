import { createSocket } from 'node:dgram';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decode, encode } from 'dns-packet';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { tryRelease } from '../../src/apply/apply-release.ts';
import { runCommand } from '../../src/apply/run-command.ts';
import { untilServed } from '../../src/apply/served.ts';
import { readClock } from '../../src/config/time-text.ts';
import { KeptIo, SigningSide } from '../support/carried-release.ts';
import { ApplyBench } from '../support/reload-script.ts';

let side: SigningSide;
beforeEach(() => {
  side = new SigningSide(readClock());
});
afterEach(() => side[Symbol.dispose]());

const fileBefore = (bench: ApplyBench): string => join(bench.server.config.zoneDir, '.signed.example.signed.before');

test('the folder of the release is the one that one stands in', async () => {
  const bench = new ApplyBench(side);
  const { folder } = await side.release({ serial: 100 });
  const here = process.cwd();
  process.chdir(folder);
  try {
    expect(await tryRelease({ folder: '.', config: bench.config, now: side.now, nowGiven: false }, new KeptIo())).toMatchObject({
      outcome: 'would-apply',
    });
    expect(await bench.apply('.')).toMatchObject({ outcome: 'applied' });
  } finally {
    process.chdir(here);
  }
});

test.each([
  ['of another family', '::1', 9],
  ['that is none', '1.2.3.4.5', 53],
  ['with a port that is none', '127.0.0.1', 99_999],
])('an address %s cannot be asked: the file before is back', async (_what, address, port) => {
  const first = await side.release({ serial: 100 });
  const bench = new ApplyBench(side);
  await bench.apply(first.folder);
  const old = bench.server.content;
  const asking = new ApplyBench(side, { server: { ask: { address, port }, timeLimit: 1 } });
  const second = await side.release({ serial: 101, previous: first });
  expect(await asking.refusal(second.folder)).toMatchObject({
    code: 'release/reload-failed',
    message: expect.stringContaining('the file before is back'),
  });
  expect(asking.server.content).toBe(old);
});

test('a server is asked over IPv6', async () => {
  const socket = createSocket('udp6');
  const { promise: bound, resolve } = Promise.withResolvers<void>();
  socket.on('message', (message, { port, address }) => {
    const { id, questions } = decode(message);
    const soa = { mname: 'a.', rname: 'b.', serial: 7, refresh: 1, retry: 1, expire: 1, minimum: 1 };
    const answers = [{ type: 'SOA' as const, name: 'x', ttl: 0, data: soa }];
    socket.send(encode({ type: 'response', id: id ?? 0, questions: questions ?? [], answers }), port, address);
  });
  socket.bind(0, '::1', resolve);
  await bound;
  try {
    expect(await untilServed({ address: '::1', port: socket.address().port }, 'x.', 7, 20)).toMatchObject({ ok: true });
  } finally {
    socket.close();
  }
});

test('a program that has ended is not waited for because of a daemon that it leaves behind', async () => {
  const result = await runCommand(
    ['/bin/sh', '-c', 'sleep 30 & echo $! > "$0"; echo done', side.path('pid')],
    { zone: 'x', file: 'y' },
    25,
  );
  process.kill(Number(readFileSync(side.path('pid'), 'utf8')));
  expect(result).toMatchObject({ ok: true, text: expect.stringMatching(/exit status 0\n {2}done$/) });
});

describe('what a killed process kept', () => {
  test('is not put back where somebody has taken the file away since', async () => {
    const bench = new ApplyBench(side);
    const old = await side.release({ serial: 99 });
    writeFileSync(fileBefore(bench), readFileSync(join(old.folder, 'zone.signed')));
    bench.server.fail(2);
    expect((await bench.refusal((await side.release({ serial: 100, previous: old })).folder)).code).toBe('release/reload-failed');
    expect(bench.server.names).toEqual([]);
  });

  test('tells that a server was left without its reload, also when the release is on record', async () => {
    const bench = new ApplyBench(side);
    const { folder } = await side.release({ serial: 100 });
    await bench.apply(folder);
    // Somebody changed the file, the release was applied again, and that process was killed between rename and reload.
    writeFileSync(fileBefore(bench), 'changed');
    expect(await bench.apply(folder)).toMatchObject({ outcome: 'applied' });
    expect(bench.server.calls).toHaveLength(2);
    expect(existsSync(fileBefore(bench))).toBe(false);
    expect(await bench.apply(folder)).toMatchObject({ outcome: 'already-applied' });
    expect(bench.applied).toEqual([100]);
  });
});

test('RFC 1982 3.2: a release whose serial does not follow that of the release before it skips nothing', async () => {
  const bench = new ApplyBench(side);
  await bench.apply((await side.release({ serial: 100 })).folder);
  const previous = { folder: '', serial: 0x7000_0000, sha256: 'a'.repeat(64) };
  expect((await bench.refusal((await side.release({ serial: 101, previous })).folder)).code).toBe('release/foreign-history');
});

test('at another time than now production is looked at, not applied', async () => {
  const bench = new ApplyBench(side);
  const { folder } = await side.release({ serial: 100, now: side.now - 30 * 86_400 });
  const then = { now: side.now - 29 * 86_400, nowGiven: true };
  expect((await bench.refusal(folder)).code).toBe('release/expired');
  expect((await bench.refusal(folder, then)).code).toBe('release/now-refused');
  expect(bench.server.calls).toEqual([]);
  expect(await tryRelease({ folder, config: bench.config, ...then }, new KeptIo())).toMatchObject({ outcome: 'would-apply' });
});
