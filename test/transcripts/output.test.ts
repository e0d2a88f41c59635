import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { coldsign, NODE, quote, shell } from '../support/cli.ts';
import { type Bench, largeZone, makeBench, ORIGIN, ZONE } from './bench.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** How often a test looks for what it waits for. */
const POLL_MS = 5;

let bench: Bench;
beforeAll(async () => {
  bench = await makeBench();
});
afterAll(() => bench[Symbol.dispose]());

describe('output is complete or absent', () => {
  test('a disk that fills up (limit of the file size): exit 3, the old file as it was, no remains', async () => {
    mkdirSync(bench.path('limited'));
    expect((await bench.sign('zone.db', 'limited/out.db')).status).toBe(0);
    const before = bench.read('limited/out.db');
    bench.write('large.db', largeZone(2000));
    const { status, err, out } = await bench.run(bench.signArguments('large.db', 'limited/out.db'), {
      launcher: ['prlimit', '--fsize=65536'],
    });
    expect(err).toMatch(/^coldsign: error file\/not-writable: .*(EFBIG|ENOSPC)/m);
    expect(err).toMatch(/^ {2}next: \S/m);
    expect(out).toBe('');
    expect(status).toBe(3);
    expect(bench.read('limited/out.db')).toBe(before);
    expect(readdirSync(bench.path('limited'))).toEqual(['out.db']);
  });

  test.skipIf(!canMount())('a disk that is full (64 KiB of tmpfs): exit 3, nothing there afterwards', async () => {
    mkdirSync(bench.path('tiny'));
    bench.write('large.db', largeZone(2000));
    const words = [NODE, `${ROOT}src/cli.ts`, ...bench.signArguments('large.db', 'tiny/out.db')].map(quote).join(' ');
    const line = `mount -t tmpfs -o size=64k none ${quote(bench.path('tiny'))} && { ${words}; code=$?; ls -A tiny >&2; exit $code; }`;
    const { status, err } = await shell(`unshare -m bash -c ${quote(line)}`, { cwd: bench.dir });
    expect(err).toMatch(/^coldsign: error file\/not-writable: .*ENOSPC/m);
    expect(err).toMatch(/make room/);
    expect(err.trimEnd().split('\n').at(-1)).toMatch(/^ {2}next: /);
    expect(status).toBe(3);
  });

  test.each(['/dev/full', '/dev/null', '.'])('%s is no place for a zone', async (output) => {
    const { status, err } = await bench.sign('zone.db', output);
    expect(err).toMatch(/^coldsign: error file\/not-writable: .*not a regular file/m);
    expect(status).toBe(3);
  });

  test('a folder that is not there', async () => {
    const { status, err } = await bench.sign('zone.db', 'nowhere/out.db');
    expect(err).toMatch(/^coldsign: error file\/not-writable: .*ENOENT.*nothing was signed/m);
    expect(status).toBe(1);
  });

  test.each([false, true])(
    'killed while it writes (old output there: %s): old or absent; the next run works and clears up',
    async (hasOld) => {
      const folder = `killed-${hasOld}`;
      mkdirSync(bench.path(folder));
      if (hasOld) expect((await bench.sign('zone.db', `${folder}/out.db`)).status).toBe(0);
      const before = hasOld ? bench.read(`${folder}/out.db`) : undefined;
      bench.write('large.db', largeZone(20_000));
      const args = [`${ROOT}src/cli.ts`, ...bench.signArguments('large.db', `${folder}/out.db`)];
      const child = spawn(NODE, args, { cwd: bench.dir, stdio: 'ignore' });
      const ended = once(child, 'exit');
      // Killed as soon as there is something of the output on the disk.
      while (!bench.partials(folder).some((name) => statSync(bench.path(`${folder}/${name}`)).size > 0)) {
        expect(child.exitCode, 'it must be killed before it is done').toBeNull();
        await wait(POLL_MS);
      }
      child.kill('SIGKILL');
      expect((await ended)[1]).toBe('SIGKILL');
      if (before === undefined) expect(existsSync(bench.path(`${folder}/out.db`))).toBe(false);
      else expect(bench.read(`${folder}/out.db`)).toBe(before);
      expect(bench.partials(folder)).toHaveLength(1);
      expect((await bench.sign('zone.db', `${folder}/out.db`)).status).toBe(0);
      expect(readdirSync(bench.path(folder))).toEqual(['out.db']);
      expect((await bench.run(['zone', 'verify', `${folder}/out.db`, '-o', ORIGIN])).status).toBe(0);
    },
  );

  test('the token’s child processes do not outlive a killed run', async () => {
    bench.write('large.db', largeZone(20_000));
    const child = spawn(NODE, [`${ROOT}src/cli.ts`, ...bench.signArguments('large.db', 'orphans.db')], { cwd: bench.dir, stdio: 'ignore' });
    const ended = once(child, 'exit');
    while (bench.partials().length === 0) {
      expect(child.exitCode).toBeNull();
      await wait(POLL_MS);
    }
    const children = childrenOf(child.pid!);
    expect(children.length).toBeGreaterThan(0);
    child.kill('SIGKILL');
    await ended;
    while (children.some(isAlive)) await wait(POLL_MS);
    expect(children.filter(isAlive)).toEqual([]);
    for (const name of bench.partials()) rmSync(bench.path(name));
  });
});

/** May this process mount a file system of its own? */
function canMount(): boolean {
  return process.getuid?.() === 0 && spawnSync('unshare', ['-m', 'sh', '-c', 'mount -t tmpfs none /mnt'], { stdio: 'ignore' }).status === 0;
}

function childrenOf(pid: number): readonly number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}

/** A zombie is dead. */
function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

describe('what is printed', () => {
  test('--json is one JSON document, on standard output alone', async () => {
    const sign = await bench.sign('zone.db', 'json.db', '--json', '--report', 'report.json');
    expect(sign.status).toBe(0);
    const report = JSON.parse(sign.out);
    expect(report).toMatchObject({
      format: 1,
      zone: 't.test.',
      inputSerial: 2026010100,
      serial: 2026010101,
      signatures: { made: 6, kept: 0 },
    });
    expect(JSON.parse(bench.read('report.json'))).toEqual(report);
    expect(report.keys.map((key: { role: string }) => key.role)).toEqual(['ksk', 'zsk']);
    for (const args of [
      ['zone', 'verify', 'json.db', '-o', ORIGIN, '--json'],
      ['zone', 'check', 'zone.db', '-o', ORIGIN, '--json'],
      ['key', 'list', '--token', bench.token, '--json'],
      ['token', 'list', '--token', bench.token, '--json'],
      ['key', 'ds', '--token', bench.token, '--zone', ORIGIN, '--json'],
    ]) {
      const { status, out } = await bench.run(args);
      expect(status, args.join(' ')).toBe(0);
      expect(() => JSON.parse(out), args.join(' ')).not.toThrow();
    }
  });

  test('--json of a zone with errors: exit 1, findings with their places', async () => {
    bench.write('bad.db', `${bench.read('zone.db')}a.t.test. 60 IN A 300.1.1.1\n`);
    const { status, out } = await bench.run(['zone', 'check', 'bad.db', '-o', ORIGIN, '--json']);
    expect(status).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ readable: false, errors: 1 });
    expect(JSON.parse(out).findings[0]).toMatchObject({ severity: 'error', file: 'bad.db', line: 5, column: 19 });
  });

  test('a signed zone that was damaged: exit 1, the rule named', async () => {
    expect((await bench.sign('zone.db', 'good.db')).status).toBe(0);
    bench.write('damaged.db', bench.read('good.db').replace('192.0.2.1', '192.0.2.2'));
    const { status, out } = await bench.run(['zone', 'verify', 'damaged.db', '-o', ORIGIN]);
    expect(status).toBe(1);
    expect(out).toMatch(/^damaged\.db:\d+: error VERIFY-RRSIG-BAD /m);
    expect(out).toMatch(/^t\.test\.: bad: 1 error/m);
  });

  test('a reader that goes away ends it quietly', async () => {
    bench.write('large.db', largeZone(20_000));
    const { status, out, err } = await shell(`coldsign zone check large.db -o ${ORIGIN} --generic 2>notes | head -n 1`, { cwd: bench.dir });
    expect(out).toMatch(/^t\.test\.\t3600\tIN\tTYPE2\t\\# 17 [0-9A-Fa-f]{34}\n$/);
    expect(err).toBe('');
    expect(bench.read('notes')).not.toMatch(/EPIPE|\n\s+at /);
    expect(status).toBe(0);
  });

  test('a bad zone stays bad when nobody reads what is wrong with it', async () => {
    bench.write('bad.db', `${ZONE}x.t.test. 300 IN NOSUCHTYPE a\n`);
    const { status } = await shell(`coldsign zone check bad.db -o ${ORIGIN} | true`, { cwd: bench.dir });
    expect(status).toBe(1);
  });

  test('the PIN is in nothing that was printed or written', async () => {
    const { out, err } = await bench.sign('zone.db', 'pin.db', '--json');
    expect(out + err + bench.read('pin.db')).not.toContain(bench.pin);
    expect(bench.pin.length).toBeGreaterThan(5);
  });

  test('help and version', async () => {
    const help = await bench.run(['zone', 'sign', '--help']);
    expect(help.status).toBe(0);
    for (const option of ['--ksk', '--zsk', '--previous', '--nsec3', '--zonemd', '--serial', '--now']) expect(help.out).toContain(option);
    const version = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')).version;
    expect((await bench.run(['--version'])).out.trim()).toBe(version);
  });
});

const olderNode = findOlderNode();

describe('under the Node that the shell has', () => {
  // Sources run under the pinned Node only: the built program is what an older one meets.
  const dist = `${ROOT}test/out/dist-${process.pid}`;
  beforeAll(() => {
    const built = spawnSync(NODE, [`${ROOT}node_modules/typescript/bin/tsc`, '-p', `${ROOT}src/tsconfig.build.json`, '--outDir', dist], {
      encoding: 'utf8',
    });
    expect(existsSync(`${dist}/src/cli.js`), built.stdout).toBe(true);
  });
  afterAll(() => rmSync(dist, { recursive: true, force: true }));

  test.skipIf(olderNode === undefined)('an older one hands over to the pinned one: same output, same status', async () => {
    const program = [olderNode!, `${dist}/src/cli.js`];
    const check = ['zone', 'check', 'zone.db', '-o', ORIGIN, '--generic'];
    const older = await coldsign(check, { cwd: bench.dir, program });
    expect(older).toEqual(await bench.run(check));
    expect(older.status).toBe(0);
    expect((await coldsign(['zone', 'check', 'nothing.db', '-o', ORIGIN], { cwd: bench.dir, program })).status).toBe(1);
    expect((await coldsign(['--nonsense'], { cwd: bench.dir, program })).status).toBe(2);
  });

  test.skipIf(olderNode === undefined)('an older one signs, with the PIN from a descriptor', async () => {
    const bare = (uri: string): string => uri.replace(/pin-source=[^&]*&/, '');
    const words = [
      ...[olderNode!, `${dist}/src/cli.js`, 'zone', 'sign', 'zone.db', '-o', ORIGIN, '-f', 'older.db'],
      ...['--ksk', bare(bench.ksk), '--zsk', bare(bench.zsk), '--pin-fd', '3'],
    ];
    const { status, err } = await shell(`${words.map(quote).join(' ')} 3< token/pin`, { cwd: bench.dir });
    expect(err).toBe('');
    expect(status).toBe(0);
    expect((await bench.run(['zone', 'verify', 'older.db', '-o', ORIGIN])).status).toBe(0);
  });
});

/** A Node before 26 on this machine, if there is one. */
function findOlderNode(): string | undefined {
  return ['/usr/bin/node', '/usr/local/bin/node'].find((path) => {
    const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' });
    return typeof stdout === 'string' && /^v\d+/.test(stdout) && Number.parseInt(stdout.slice(1), 10) < 26;
  });
}
