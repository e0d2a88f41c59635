import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ALGORITHM_REGISTRY_DATE } from '../../signer/dnssec/algorithm.ts';
import { type CliResult, coldsign, NODE } from '../support/cli.ts';
import { type Bench, makeBench, ORIGIN, withAttribute, ZONE } from './bench.ts';

const unprivileged = withoutPrivilege();

let bench: Bench;
beforeAll(async () => {
  bench = await makeBench();
});
afterAll(() => bench[Symbol.dispose]());

/** A code, both lines of the message, nothing on standard output, no stack. */
function expectRefusal({ status, out, err }: CliResult, code: string, expected = 1): void {
  expect(err).toContain(`coldsign: error ${code}: `);
  expect(err).toMatch(/\n {2}next: \S/);
  expect(err).not.toMatch(/\n\s+at /);
  expect(status).toBe(expected);
  expect(out).toBe('');
}

describe('the PIN', () => {
  test('a wrong one is tried once, and is never shown', async () => {
    const wrong = '87654321-wrong-pin';
    writeFileSync(bench.path('wrong-pin'), wrong, { mode: 0o600 });
    const uri = withAttribute(bench.token, 'pin-source', `file:${bench.path('wrong-pin')}`);
    const result = await bench.run(['key', 'list', '--token', uri]);
    expectRefusal(result, 'pin/incorrect');
    expect(result.err).toContain('CKR_PIN_INCORRECT');
    expect(result.out + result.err).not.toContain(wrong);
    expect(result.out + result.err).not.toContain(bench.pin);
    const signing = ['zone', 'sign', 'zone.db', '-o', ORIGIN, '-f', 'wrong.db', '--ksk', uri, '--zsk', uri, '--threads', '2'];
    // The same PIN in another run of the program: known, and not tried.
    const again = await bench.run(signing);
    expectRefusal(again, 'pin/refused-before');
    expect(again.err).not.toContain('CKR_PIN_INCORRECT');
    writeFileSync(bench.path('wrong-pin'), `${wrong}-2`, { mode: 0o600 });
    const sign = await bench.run(signing);
    expectRefusal(sign, 'pin/incorrect');
    expect(sign.err.match(/CKR_PIN_INCORRECT/g)).toHaveLength(1);
    expect(existsSync(bench.path('wrong.db'))).toBe(false);
    // The right one still works: nothing has been locked.
    expect((await bench.run(['key', 'list', '--token', bench.token])).status).toBe(0);
  });

  test('a file that others may read is refused', async () => {
    const file = bench.path('open-pin');
    writeFileSync(file, bench.pin, { mode: 0o600 });
    chmodSync(file, 0o644);
    const result = await bench.run(['key', 'list', '--token', withAttribute(bench.token, 'pin-source', `file:${file}`)]);
    expectRefusal(result, 'pin/file-mode');
    expect(result.err).toMatch(/mode 0644, expected 0600/);
    expect(result.err).not.toContain(bench.pin);
  });

  test('in the URI it is refused, and not repeated', async () => {
    const uri = `${bench.token.replace(/&pin-source=[^&]*/, '')}&pin-value=s3cret-value`;
    for (const args of [
      ['key', 'list', '--token', uri],
      ['zone', 'sign', 'zone.db', '-o', ORIGIN, '-f', 'value.db', '--ksk', uri, '--zsk', uri],
    ]) {
      const result = await bench.run(args);
      expectRefusal(result, 'pin/in-uri');
      expect(result.err).not.toContain('s3cret');
    }
  });

  test('without terminal and source there is none', async () => {
    expectRefusal(await bench.run(['key', 'list', '--token', bench.token.replace(/pin-source=[^&]*&/, '')]), 'pin/no-terminal');
  });
});

describe('the token and its keys', () => {
  test('a token that is not there', async () => {
    const ksk = withAttribute(bench.ksk, 'serial', '0000000000000000');
    const result = await bench.run(['zone', 'sign', 'zone.db', '-o', ORIGIN, '-f', 'none.db', '--ksk', ksk, '--zsk', ksk]);
    expectRefusal(result, 'token/not-found');
    expect(result.err).toContain('present: token=lab');
    expect(existsSync(bench.path('none.db'))).toBe(false);
  });

  test('a module that is not there', async () => {
    const token = withAttribute(bench.token, 'module-path', '/nowhere/libnone.so');
    const result = await bench.run(['key', 'list', '--token', token]);
    expect(result.err).toMatch(/^coldsign: error token\//m);
    expect(result.err).toContain('/nowhere/libnone.so');
    expect(result.status === 1 || result.status === 3).toBe(true);
  });

  test('a key that is not there', async () => {
    const zsk = withAttribute(bench.zsk, 'id', '%01%02%03');
    const result = await bench.run(['zone', 'sign', 'zone.db', '-o', ORIGIN, '-f', 'none.db', '--ksk', bench.ksk, '--zsk', zsk]);
    expectRefusal(result, 'key/not-found');
    expect(existsSync(bench.path('none.db'))).toBe(false);
  });

  test.each([
    ['--ksk', ['--zsk'], 'key/role-missing'],
    ['--zsk', ['--ksk'], 'key/role-missing'],
    ['either', [], 'key/none'],
  ])('without %s', async (_missing, given, code) => {
    const keys = given.flatMap((option) => [option, option === '--ksk' ? bench.ksk : bench.zsk]);
    const result = await bench.run(['zone', 'sign', 'zone.db', '-o', ORIGIN, '-f', 'none.db', ...keys]);
    expectRefusal(result, code);
    expect(existsSync(bench.path('none.db'))).toBe(false);
  });

  test.each(['1', '3', 'RSASHA1', '6', 'RSASHA1-NSEC3-SHA1', '12'])('algorithm %s is not made', async (algorithm) => {
    const result = await bench.run(['key', 'generate', '--token', bench.token, '--zone', ORIGIN, '--role', 'zsk', '--alg', algorithm]);
    expectRefusal(result, 'key/algorithm-refused');
    expect(result.err).toMatch(/MD5|DSA|SHA-1|GOST/);
    expect(ALGORITHM_REGISTRY_DATE).toMatch(/^\d{4}-\d{2}-\d{2}$/);
  });
});

describe('the zone', () => {
  test('no SOA at the origin that was given', async () => {
    const result = await bench.run([
      'zone',
      'sign',
      'zone.db',
      '-o',
      'other.test',
      '-f',
      'other.db',
      '--ksk',
      bench.ksk,
      '--zsk',
      bench.zsk,
    ]);
    expectRefusal(result, 'zone/no-soa');
    expect(result.err).toContain('other.test.');
    expect(existsSync(bench.path('other.db'))).toBe(false);
  });

  test('zone check lists every error with line and column, and the rest is read', async () => {
    bench.write(
      'errors.db',
      '$TTL 60\nt.test. IN SOA a. b. 1 2 3 4 5\nt.test. IN A 192.0.2.256\n  IN AAAA x::y::z\nwww IN WHAT 1\nok IN A 192.0.2.1\n',
    );
    const { status, out } = await bench.run(['zone', 'check', 'errors.db', '-o', ORIGIN]);
    expect(status).toBe(1);
    const lines = out.split('\n').filter((line) => line.includes(': error '));
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^errors\.db:3:14: error ZONEFILE-RDATA .*192\.0\.2\.256/);
    expect(lines[1]).toMatch(/^errors\.db:4:11: error ZONEFILE-RDATA .*x::y::z/);
    expect(lines[2]).toMatch(/^errors\.db:5:8: error ZONEFILE-TYPE .*WHAT/);
    expect(out).toContain('3 errors');
  });

  test('a zone with errors is not signed', async () => {
    bench.write('broken.db', `${bench.read('zone.db')}www.t.test. 60 IN A 1.2.3\n`);
    const result = await bench.sign('broken.db', 'broken-out.db');
    expectRefusal(result, 'zone/unreadable');
    expect(result.err).toMatch(/^broken\.db:5:\d+: error ZONEFILE-RDATA /m);
    expect(existsSync(bench.path('broken-out.db'))).toBe(false);
  });

  test('a file that is not there, a folder, a named pipe that nobody writes', async () => {
    expectRefusal(await bench.sign('nothing.db', 'x.db'), 'file/not-found');
    expectRefusal(await bench.sign('token', 'x.db'), 'file/not-regular');
    expectRefusal(await bench.run(['zone', 'check', '/dev/zero', '-o', ORIGIN]), 'file/not-regular');
  });

  test.each([
    ['a file that is not there', '$INCLUDE missing.db', /missing\.db does not exist/],
    ['a file outside of the folder', '$INCLUDE /etc/hostname', /outside/],
    ['a folder', '$INCLUDE token', /not a regular file/],
    ['itself', '$INCLUDE include.db', /include/i],
  ])('$INCLUDE of %s', async (_what, directive, message) => {
    bench.write('include.db', `${bench.read('zone.db')}${directive}\n`);
    const check = await bench.run(['zone', 'check', 'include.db', '-o', ORIGIN]);
    expect(check.status).toBe(1);
    expect(check.out).toMatch(/^include\.db:5:10: error ZONEFILE-INCLUDE/m);
    expect(check.out).toMatch(message);
    expectRefusal(await bench.sign('include.db', 'include-out.db'), 'zone/unreadable');
    expect(existsSync(bench.path('include-out.db'))).toBe(false);
  });

  test.skipIf(unprivileged === undefined)('$INCLUDE of a file that may not be read', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'coldsign-unreadable-'));
    try {
      chmodSync(folder, 0o755);
      writeFileSync(join(folder, 'secret.db'), 'x 60 IN A 192.0.2.1\n', { mode: 0o000 });
      writeFileSync(join(folder, 'zone.db'), `${ZONE}$INCLUDE secret.db\n`);
      const args = ['zone', 'check', 'zone.db', '-o', ORIGIN];
      const { status, out } = await coldsign(args, { cwd: folder, launcher: unprivileged! });
      expect(out).toMatch(/^zone\.db:5:10: error ZONEFILE-INCLUDE .*EACCES/m);
      expect(status).toBe(1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('a serial that goes backwards', async () => {
    const first = await bench.sign('zone.db', 'newer.db', '--serial', 'keep');
    expect(first.status).toBe(0);
    const before = readFileSync(bench.path('newer.db'));
    bench.write('ahead.db', bench.read('zone.db').replace('2026010100', '2026010200'));
    bench.write('behind.db', bench.read('zone.db').replace('2026010100', '2025123199'));
    expect((await bench.sign('ahead.db', 'ahead-out.db', '--serial', 'keep', '--previous', 'newer.db')).status).toBe(0);
    const result = await bench.sign('behind.db', 'newer.db', '--serial', 'keep', '--previous', 'newer.db');
    expectRefusal(result, 'sign/serial-backwards');
    expect(result.err).toMatch(/2025123199 .* 2026010100/);
    expect(readFileSync(bench.path('newer.db')).equals(before)).toBe(true);
  });
});

describe('usage, exit status 2', () => {
  test.each([
    [['zone', 'sign', 'zone.db', '-o', ORIGIN, '-f', 'x.db', '--nonsense'], 'unknown option'],
    [['zone', 'polish', 'zone.db'], 'polish'],
    [['zone', 'sign', 'zone.db', '-f', 'x.db'], '--origin'],
    [['zone', 'sign', 'zone.db', '-o', ORIGIN], '--output'],
    [['zone', 'sign', 'zone.db', '-o', ORIGIN, '-f', 'x.db', '--nsec3', '--iterations', '5'], 'usage/rfc9276'],
    [['zone', 'sign', 'zone.db', '-o', ORIGIN, '-f', 'x.db', '--nsec3', '--salt', 'ab'], 'usage/rfc9276'],
    [['zone', 'sign', 'zone.db', '-o', ORIGIN, '-f', 'x.db', '--nsec3', '--salt', 'abc', '--i-know-rfc9276'], 'usage/salt'],
    [['zone', 'sign', 'zone.db', '-o', ORIGIN, '-f', 'x.db', '--iterations', '0'], 'usage/nsec3'],
    [['zone', 'sign', 'zone.db', '-o', ORIGIN, '-f', 'x.db', '--validity', '5m'], 'usage/duration'],
    [['zone', 'sign', 'zone.db', '-o', ORIGIN, '-f', 'x.db', '--serial', 'random'], 'usage/serial'],
    [['zone', 'check', 'zone.db', '-o', ORIGIN, '--generic', '--json'], 'usage/two-formats'],
    [['zone', 'check', 'zone.db', '-o', 'a..b'], 'usage/origin'],
    [['zone', 'verify', 'zone.db', '-o', ORIGIN, '--now', 'yesterday'], 'usage/time'],
  ])('%j', async (args, said) => {
    const { status, out, err } = await bench.run(args);
    expect(err).toContain(said);
    expect(err).not.toMatch(/\n\s+at /);
    expect(out).toBe('');
    expect(status).toBe(2);
    expect(existsSync(bench.path('x.db'))).toBe(false);
  });
});

/** What runs a command as somebody whom file modes stop; root is not. Undefined: this checkout is closed to others. */
function withoutPrivilege(): readonly string[] | undefined {
  if (process.getuid?.() !== 0) return [];
  const launcher = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
  const [command, ...rest] = [...launcher, NODE, '--version'];
  return spawnSync(command!, rest).status === 0 ? launcher : undefined;
}
