import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { tryRelease } from '../../src/apply/apply-release.ts';
import { readClock } from '../../src/config/time-text.ts';
import { WorkspaceLock } from '../../src/workspace/lock.ts';
import { KeptIo, SigningSide } from '../support/carried-release.ts';
import { ApplyBench } from '../support/reload-script.ts';

const DAY = 86_400;
let side: SigningSide;
beforeEach(() => {
  side = new SigningSide(readClock());
});
afterEach(() => side[Symbol.dispose]());

describe('one release after the other', () => {
  test('the first one: exactly its octets are placed, the server is reloaded once, and it is recorded', async () => {
    const bench = new ApplyBench(side);
    const first = await side.release({ serial: 100 });
    const applied = await bench.apply(side.carry(first));
    expect(applied).toMatchObject({ outcome: 'applied', sha256: first.sha256, servers: [{ kind: 'bind', before: undefined }] });
    expect(bench.server.content).toBe(readFileSync(join(first.folder, 'zone.signed'), 'utf8'));
    expect(bench.server.calls).toEqual(['reload signed.example']);
    expect(bench.server.names).toEqual(['signed.example.signed']);
    expect(bench.applied).toEqual([100]);
    expect(readdirSync(bench.config.state)).toEqual(['signed.example.json']);
    expect(bench.told).toContain('serial 100 is the first');
  });

  test('the next one follows; the same again changes nothing and says so', async () => {
    const bench = new ApplyBench(side);
    const first = await side.release({ serial: 100 });
    const second = await side.release({ serial: 101, previous: first, address: '192.0.2.81', zonemd: true });
    await bench.apply(first.folder);
    expect(await bench.apply(second.folder)).toMatchObject({ outcome: 'applied', servers: [{ before: 100 }] });
    const { modified } = bench.server;
    expect(await bench.apply(second.folder)).toMatchObject({ outcome: 'already-applied', examination: undefined });
    expect(bench.server.modified).toBe(modified);
    expect(bench.server.calls).toHaveLength(2);
    expect(bench.applied).toEqual([100, 101]);
  });

  test('a release that was skipped is told, not refused', async () => {
    const bench = new ApplyBench(side);
    const first = await side.release({ serial: 100 });
    const second = await side.release({ serial: 101, previous: first });
    const third = await side.release({ serial: 102, previous: second });
    await bench.apply(first.folder);
    await bench.apply(third.folder);
    expect(bench.told).toContain('between serial 100, applied last, and 102 there are releases that were not applied here (101)');
    expect(bench.applied).toEqual([100, 102]);
  });

  test('RFC 1982: serials wrap around', async () => {
    const bench = new ApplyBench(side);
    const first = await side.release({ serial: 0xffff_fff0 });
    await bench.apply(first.folder);
    await bench.apply((await side.release({ serial: 5, previous: first })).folder);
    expect(bench.applied).toEqual([0xffff_fff0, 5]);
  });

  test('a placed file that was changed by somebody is placed again from the same release', async () => {
    const bench = new ApplyBench(side);
    const first = await side.release({ serial: 100 });
    await bench.apply(first.folder);
    writeFileSync(bench.server.file, bench.server.content.replace('192.0.2.80', '192.0.2.99'));
    expect((await bench.apply(first.folder)).outcome).toBe('applied');
    expect(bench.server.content).toContain('192.0.2.80');
    expect(bench.told).toContain('a file has changed since');
    expect(bench.applied).toEqual([100]);
  });

  test('a new server in the configuration gets the release that the others have', async () => {
    const one = new ApplyBench(side);
    const first = await side.release({ serial: 100 });
    await one.apply(first.folder);
    const two = new ApplyBench(side, { servers: 2 });
    await two.apply(first.folder);
    expect(two.servers.map(({ content }) => content.length)).toEqual([one.server.content.length, one.server.content.length]);
  });
});

describe('what is refused leaves everything as it was', () => {
  /** A server with serial 100 applied, and the release that is to be refused. */
  async function refused(
    make: (bench: ApplyBench) => Promise<string>,
    config: ConstructorParameters<typeof ApplyBench>[1] = {},
  ): Promise<string> {
    const bench = new ApplyBench(side, config);
    const first = await side.release({ serial: 100 });
    if (!existsRecord(bench)) await bench.apply(first.folder, { config: { ...bench.config, practice: true } });
    const before = { content: bench.server.content, names: bench.server.names, calls: bench.server.calls, modified: bench.server.modified };
    const { code, message } = await bench.refusal(await make(bench));
    expect({
      content: bench.server.content,
      names: bench.server.names,
      calls: bench.server.calls,
      modified: bench.server.modified,
    }).toEqual(before);
    expect(bench.applied).toEqual([100]);
    expect(readdirSync(bench.config.state).filter((name) => name !== 'signed.example.json')).toEqual([]);
    return `${code}: ${message}`;
  }
  const existsRecord = (bench: ApplyBench): boolean => bench.applied.length > 0;
  const first = { folder: '', serial: 100 };
  /** The first release is the same every time but for its signatures: what comes next has to name the one that was applied. */
  const appliedBefore = (bench: ApplyBench) => {
    const record = JSON.parse(readFileSync(join(bench.config.state, 'signed.example.json'), 'utf8'));
    return { ...first, sha256: record.releases[0].manifest as string };
  };
  const next = async (bench: ApplyBench, changes = {}): Promise<string> =>
    (await side.release({ serial: 101, previous: appliedBefore(bench), ...changes })).folder;
  const flip = (folder: string, name: string): string => {
    const octets = readFileSync(join(folder, name));
    octets[octets.length >> 1]! ^= 1;
    writeFileSync(join(folder, name), octets);
    return folder;
  };

  test('corrupted: an octet of the zone', async () => {
    expect(await refused(async (bench) => flip(await next(bench), 'zone.signed'))).toMatch(/^release\/bad-file: .*MANIFEST says/);
  });
  test('corrupted: an octet of the manifest', async () => {
    expect(await refused(async (bench) => flip(await next(bench), 'MANIFEST'))).toMatch(/^release\/bad-(signature|manifest): /);
  });
  test('reordered: two lines of the manifest', async () => {
    const swap = async (bench: ApplyBench): Promise<string> => {
      const folder = await next(bench);
      const lines = readFileSync(join(folder, 'MANIFEST'), 'utf8').split('\n');
      [lines[3], lines[4]] = [lines[4]!, lines[3]!];
      writeFileSync(join(folder, 'MANIFEST'), lines.join('\n'));
      return folder;
    };
    expect(await refused(swap)).toMatch(/^release\/bad-signature: /);
  });
  test('incomplete, and with a file too many', async () => {
    const without = async (bench: ApplyBench): Promise<string> => {
      const folder = await next(bench);
      rmSync(join(folder, 'dsset'));
      return folder;
    };
    const withMore = async (bench: ApplyBench): Promise<string> => {
      const folder = await next(bench);
      writeFileSync(join(folder, 'README'), 'hello');
      return folder;
    };
    expect(await refused(without)).toMatch(/^release\/missing-file: /);
    expect(await refused(withMore)).toMatch(/^release\/unknown-file: /);
  });
  test('foreign: signed by another key of the same name', async () => {
    using other = new SigningSide(side.now);
    expect(await refused(async () => (await other.release({ serial: 101 })).folder)).toMatch(/^release\/foreign: /);
  });
  test('stale: its first signature has expired', async () => {
    const old = side.now - 20 * DAY;
    expect(await refused((bench) => next(bench, { now: old }))).toMatch(/^release\/expired: serial 101 .* was valid until/);
  });
  test('from the future', async () => {
    expect(await refused((bench) => next(bench, { now: side.now + 2 * DAY }))).toMatch(/^release\/not-yet-valid: /);
  });
  test('about to expire: the margin of the verifier', async () => {
    expect(await refused((bench) => next(bench, { days: 1 }))).toMatch(/^release\/bad-zone: /);
  });
  test('practice', async () => {
    expect(await refused((bench) => next(bench, { mode: 'practice' }))).toMatch(/^release\/practice: /);
  });
  test('an older serial', async () => {
    const old = async (): Promise<string> => (await side.release({ serial: 99 })).folder;
    expect(await refused(old)).toMatch(/^release\/serial-backwards: serial 99 of signed.example. is not ahead of 100/);
  });
  test('RFC 1982 3.2: a serial exactly 2^31 ahead is not ahead', async () => {
    const far = async (bench: ApplyBench): Promise<string> =>
      (await side.release({ serial: 100 + 2 ** 31, previous: appliedBefore(bench) })).folder;
    expect(await refused(far)).toMatch(/^release\/serial-backwards: /);
  });
  test('the same serial in another release', async () => {
    expect(await refused(async () => (await side.release({ serial: 100, address: '192.0.2.66' })).folder)).toMatch(
      /^release\/serial-reused: /,
    );
  });
  test('a fork: it follows a release that nobody here has seen, and none that came later', async () => {
    const sha256 = 'f'.repeat(64);
    for (const serial of [100, 99])
      expect(await refused((bench) => next(bench, { previous: { ...first, serial, sha256 } }))).toMatch(/^release\/foreign-history: /);
    expect(await refused(async () => (await side.release({ serial: 101 })).folder)).toMatch(
      /^release\/foreign-history: .* is none, but serial 100/,
    );
  });
  test('the placed file is ahead of the record', async () => {
    const ahead = async (bench: ApplyBench): Promise<string> => {
      const { mtime, atime } = statSync(bench.server.file);
      writeFileSync(bench.server.file, bench.server.content.replace('. 100 7200', '. 300 7200'));
      utimesSync(bench.server.file, atime, mtime);
      return await next(bench);
    };
    const bench = new ApplyBench(side);
    await bench.apply((await side.release({ serial: 100 })).folder);
    const { code, message } = await bench.refusal(await ahead(bench));
    expect(`${code}: ${message}`).toMatch(
      /^release\/serial-backwards: serial 101 .* not ahead of 300, which is in .*signed.example.signed/,
    );
    expect(bench.server.content).toContain('. 300 7200');
  });
  test('the check of the server says no', async () => {
    const check = ['/bin/sh', '-c', 'echo "$0 of $1 is bad"; exit 1', '{file}', '{zone}'];
    const bench = new ApplyBench(side, { server: { check } });
    const { code, message } = await bench.refusal((await side.release({ serial: 100 })).folder);
    expect(code).toBe('release/check-failed');
    expect(message).toMatch(/\.partial of signed\.example is bad/);
    expect({ names: bench.server.names, calls: bench.server.calls, applied: bench.applied }).toEqual({ names: [], calls: [], applied: [] });
  });
  test('a record that cannot be read', async () => {
    const bench = new ApplyBench(side);
    await bench.apply((await side.release({ serial: 100 })).folder);
    writeFileSync(join(bench.config.state, 'signed.example.json'), '{"format":1}');
    expect((await bench.refusal((await side.release({ serial: 101 })).folder)).code).toBe('release/bad-state');
  });
  test('the place is taken by something that is no zone file', async () => {
    const bench = new ApplyBench(side);
    const { folder } = await side.release({ serial: 100 });
    writeFileSync(bench.server.file, 'hello\n');
    expect((await bench.refusal(folder)).code).toBe('release/placed-unreadable');
    rmSync(bench.server.file);
    symlinkSync('/etc/passwd', bench.server.file);
    expect((await bench.refusal(folder)).code).toBe('release/placed-unreadable');
  });
  test('another process is at it', async () => {
    const bench = new ApplyBench(side);
    mkdirSync(bench.config.state);
    using _lock = new WorkspaceLock(join(bench.config.state, 'signed.example.lock'), 'test');
    expect((await bench.refusal((await side.release({ serial: 100 })).folder)).code).toBe('release/locked');
    expect(bench.server.names).toEqual([]);
  });
});

describe('a server that does not take the release', () => {
  test('the file before is back with a new time, the server is reloaded again, and nothing is recorded', async () => {
    const bench = new ApplyBench(side);
    const first = await side.release({ serial: 100 });
    await bench.apply(first.folder);
    const { content, modified } = bench.server;
    bench.server.fail(1);
    const second = await side.release({ serial: 101, previous: first, address: '192.0.2.81' });
    const { code, message } = await bench.refusal(second.folder);
    expect(code).toBe('release/reload-failed');
    expect(message).toContain('exit status 3\n  cannot load reload');
    expect(message).toContain('the file before is back, and the server has loaded it');
    expect(bench.server.content).toBe(content);
    // Servers do not load a file again that is not newer than the one they have.
    expect(bench.server.modified).toBeGreaterThan(modified);
    expect(bench.server.calls).toHaveLength(3);
    expect(bench.server.names).toEqual(['signed.example.signed']);
    expect(bench.applied).toEqual([100]);
    await bench.apply(second.folder);
    expect(bench.applied).toEqual([100, 101]);
  });

  test('the second reload fails too: it is said', async () => {
    const bench = new ApplyBench(side);
    bench.server.fail(2);
    const { message } = await bench.refusal((await side.release({ serial: 100 })).folder);
    expect(message).toContain('but the server does not reload now either');
    expect(bench.server.names).toEqual([]);
  });

  test('the second of three: the first one keeps the new release, the third one is not touched; the next run finishes', async () => {
    const bench = new ApplyBench(side, { servers: 3 });
    const first = await side.release({ serial: 100 });
    await bench.apply(first.folder);
    const { content } = bench.server;
    bench.servers[1]!.fail(1);
    const second = await side.release({ serial: 101, previous: first });
    const { message } = await bench.refusal(second.folder);
    expect(message).toContain('server-0/zones/signed.example.signed has the new release');
    expect(message).toContain('1 more server was not touched');
    expect(bench.servers.map((server) => server.content === content)).toEqual([false, true, true]);
    expect(bench.servers.map(({ calls }) => calls.length)).toEqual([2, 3, 1]);
    expect(bench.applied).toEqual([100]);
    await bench.apply(second.folder);
    expect(bench.servers.map((server) => server.content === content)).toEqual([false, false, false]);
    expect(bench.applied).toEqual([100, 101]);
  });

  test('a program that is not there, and one that takes too long', async () => {
    const none = new ApplyBench(side, { server: { reload: ['no-such-rndc', '{zone}'] } });
    const { folder } = await side.release({ serial: 100 });
    expect((await none.refusal(folder)).message).toContain('no-such-rndc is not installed');
    const slow = new ApplyBench(side, { server: { reload: ['/bin/sh', '-c', 'read forever < "$0"', side.path('pipe')], timeLimit: 0.2 } });
    const { spawnSync } = await import('node:child_process');
    spawnSync('mkfifo', [side.path('pipe')]);
    expect((await slow.refusal(folder)).message).toContain('no end within 0.2 s');
  });
});

describe('after a kill', () => {
  test('what was left is taken up: copies removed, the reload made up for, the record written', async () => {
    const bench = new ApplyBench(side);
    const first = await side.release({ serial: 100 });
    await bench.apply(first.folder);
    const old = bench.server.content;
    const second = await side.release({ serial: 101, previous: first });
    // Killed between rename and reload: the new file stands, the one before is kept, nothing is recorded.
    writeFileSync(join(bench.server.config.zoneDir, '.signed.example.signed.before'), old);
    writeFileSync(bench.server.file, readFileSync(join(second.folder, 'zone.signed')));
    bench.server.fail(1);
    expect((await bench.refusal(second.folder)).message).toContain('the file before is back, and the server has loaded it');
    expect(bench.server.content).toBe(old);
    await bench.apply(second.folder);
    expect(bench.server.names).toEqual(['signed.example.signed']);
    expect(bench.applied).toEqual([100, 101]);
  });

  test('a copy of a killed process is removed; that of a zone with a longer name is not', async () => {
    const bench = new ApplyBench(side);
    const mine = '.signed.example.signed.4194999.0123456789abcdef.partial';
    const others = '.signed.example.signed.x.4194999.0123456789abcdef.partial';
    for (const name of [mine, others]) writeFileSync(join(bench.server.config.zoneDir, name), '');
    mkdirSync(bench.config.state);
    writeFileSync(join(bench.config.state, '.incoming.4194999.0123456789abcdef'), '');
    await bench.apply((await side.release({ serial: 100 })).folder);
    expect(bench.server.names).toEqual([others, 'signed.example.signed']);
    expect(readdirSync(bench.config.state)).toEqual(['signed.example.json']);
  });

  test('the new file is there and no other: a failing reload does not take it away', async () => {
    const bench = new ApplyBench(side);
    const { folder } = await side.release({ serial: 100 });
    writeFileSync(bench.server.file, readFileSync(join(folder, 'zone.signed')));
    bench.server.fail(1);
    expect((await bench.refusal(folder)).message).toContain('the file is the new one, there is no other');
    expect(bench.server.content).not.toBe('');
  });
});

test('a dry run checks everything and writes nothing', async () => {
  const bench = new ApplyBench(side);
  const first = await side.release({ serial: 100 });
  const request = { folder: first.folder, config: bench.config, now: side.now, nowGiven: false };
  expect(await tryRelease(request, new KeptIo())).toMatchObject({
    outcome: 'would-apply',
    servers: [{ before: undefined, said: undefined }],
  });
  expect({ names: bench.server.names, calls: bench.server.calls, state: readdirSync(side.dir).includes('state') }).toEqual({
    names: [],
    calls: [],
    state: false,
  });
});

test('the file keeps the permissions of the one before', async () => {
  const bench = new ApplyBench(side);
  const first = await side.release({ serial: 100 });
  await bench.apply(first.folder);
  expect(statSync(bench.server.file).mode & 0o777).toBe(0o644);
  chmodSync(bench.server.file, 0o640);
  await bench.apply((await side.release({ serial: 101, previous: first })).folder);
  expect(statSync(bench.server.file).mode & 0o777).toBe(0o640);
});

describe('catalog zones', () => {
  test('are held against RFC 9432, and follow each other by the same rules', async () => {
    const bench = new ApplyBench(side);
    const first = await side.catalog(1, ['a.example.']);
    const second = await side.catalog(2, ['a.example.', 'b.example.'], first);
    expect(await bench.apply(first.folder)).toMatchObject({ outcome: 'applied', examination: { members: 1, counts: undefined } });
    expect((await bench.apply(second.folder)).examination?.members).toBe(2);
    expect(bench.server.names).toEqual(['catalog.invalid.signed']);
    expect(bench.server.calls).toEqual(['reload catalog.invalid', 'reload catalog.invalid']);
    expect((await bench.refusal(first.folder)).code).toBe('release/serial-backwards');
  });

  test('that consumers would not take are refused', async () => {
    const bench = new ApplyBench(side);
    const { folder } = await side.catalog(1, ['a.example.']);
    const file = join(folder, 'catalog.zone');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"2"', '"1"'));
    const bad = await side.reseal(folder);
    expect((await bench.refusal(bad.folder)).code).toBe('release/bad-catalog');
    expect(bench.server.names).toEqual([]);
  });
});
