import { chmodSync, existsSync, lstatSync, mkdirSync, symlinkSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Bench, makeBench, ZONE } from './bench.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await makeBench();
});
afterAll(() => bench[Symbol.dispose]());

describe('keys in the wrong place', () => {
  test('KSK and ZSK exchanged: other flags, other key tag, and the DS at the parent would fit nothing', async () => {
    const { status, err } = await bench.run([
      'zone',
      'sign',
      'zone.db',
      '-o',
      't.test',
      '-f',
      'swapped',
      '--ksk',
      bench.zsk,
      '--zsk',
      bench.ksk,
    ]);
    expect(err).toMatch(/^coldsign: error key\/role-mismatch: .*made as ZSK and is named as KSK/m);
    expect(status).toBe(1);
    expect(existsSync(bench.path('swapped'))).toBe(false);
  });

  test('one key twice, its URI spelled in two ways', async () => {
    const other = bench.ksk.replace('type=private;', '');
    expect(other).not.toBe(bench.ksk);
    const { status, err } = await bench.run([
      'zone',
      'sign',
      'zone.db',
      '-o',
      't.test',
      '-f',
      'twice',
      '--ksk',
      bench.ksk,
      '--ksk',
      other,
      '--zsk',
      bench.zsk,
    ]);
    expect(err).toMatch(/^coldsign: error key\/same-key-twice/m);
    expect(status).toBe(1);
  });

  test('other keys than those of the zone that is served: signed, with a warning for each thing that caches hold', async () => {
    expect((await bench.sign('zone.db', 'before')).status).toBe(0);
    const make = async (role: string): Promise<string> =>
      (await bench.run(['key', 'generate', '--token', bench.token, '--zone', 't.test', '--role', role])).out.trim();
    const keys = ['--ksk', await make('ksk'), '--zsk', await make('zsk')];
    const { status, err } = await bench.run(['zone', 'sign', 'zone.db', '-o', 't.test', '-f', 'after', '--previous', 'before', ...keys]);
    expect(status).toBe(0);
    expect(err).toMatch(/no key that signed the DNSKEY RRset of the previous zone/);
    expect(err.match(/leaves the DNSKEY RRset/g)).toHaveLength(2);
    expect(err).toMatch(/signs the zone and was not in the DNSKEY RRset before/);
    expect((await bench.sign('zone.db', 'again', '--previous', 'before')).err).toBe('');
  });

  test('a key that cannot verify is not published', async () => {
    bench.write('short.key', 't.test. IN DNSKEY 257 3 13 AAAA\n');
    const { status, err } = await bench.sign('zone.db', 'out', '--publish', 'short.key');
    expect(err).toMatch(/^coldsign: error key\/no-dnskey: .*could verify/m);
    expect(status).toBe(1);
  });

  test('what key ds --dnskey prints can be published, without TTL as it is', async () => {
    const made = await bench.run(['key', 'generate', '--token', bench.token, '--zone', 't.test', '--role', 'zsk']);
    const { out } = await bench.run(['key', 'ds', '--token', made.out.trim(), '--dnskey']);
    bench.write('standby.key', out);
    const { status, err } = await bench.sign('zone.db', 'published', '--publish', 'standby.key');
    expect(err).toBe('');
    expect(status).toBe(0);
    expect(bench.read('published').match(/\tDNSKEY\t/g)).toHaveLength(3);
  });

  test('keys of the root are found by their zone', async () => {
    await bench.run(['key', 'generate', '--token', bench.token, '--zone', '.', '--role', 'ksk']);
    const { out } = await bench.run(['key', 'ds', '--token', bench.token, '--zone', '.']);
    expect(out).toMatch(/^\. IN DS /);
  });
});

describe('nothing that is read is overwritten', () => {
  test.each([
    ['the zone file', 'zone.db', []],
    ['a link to the zone file', 'link.db', []],
    ['the report over the signed zone', 'fresh', ['--report', 'fresh']],
    ['the PIN', 'fresh', ['--report', 'token/pin']],
    ['the signed zone over the PIN', 'token/pin', []],
  ])('%s', async (_what, output, more) => {
    if (!existsSync(bench.path('link.db'))) symlinkSync(bench.path('zone.db'), bench.path('link.db'));
    const pin = bench.read('token/pin');
    const { status, err } = await bench.sign('zone.db', output, ...more);
    expect(err).toMatch(/^coldsign: error file\/would-overwrite/m);
    expect(status).toBe(1);
    expect(bench.read('zone.db')).toBe(ZONE);
    expect(bench.read('token/pin')).toBe(pin);
  });

  test('an included file', async () => {
    bench.write('part.db', 'part 300 A 192.0.2.9\n');
    bench.write('whole.db', `${ZONE}$INCLUDE part.db\n`);
    expect((await bench.sign('whole.db', 'part.db')).err).toMatch(/would-overwrite/);
    expect(bench.read('part.db')).toBe('part 300 A 192.0.2.9\n');
  });

  test('the signed zone may take the place of the one it follows, and keeps its mode', async () => {
    expect((await bench.sign('zone.db', 'served')).status).toBe(0);
    chmodSync(bench.path('served'), 0o640);
    expect((await bench.sign('zone.db', 'served', '--previous', 'served')).status).toBe(0);
    expect(lstatSync(bench.path('served')).mode & 0o777).toBe(0o640);
  });
});

test('a PIN anywhere in the URI is refused', async () => {
  const { status, err } = await bench.run(['key', 'list', '--token', bench.token.replace('?', ';pin-value=SEKRIT?')]);
  expect(err).toMatch(/^coldsign: error pin\/in-uri/m);
  expect(err).not.toContain('SEKRIT');
  expect(status).toBe(1);
});

test('a token is not put into a folder that holds other things and that others can enter', async () => {
  mkdirSync(bench.path('shared'), { mode: 0o755 });
  bench.write('shared/named.conf', '');
  const { status, err } = await bench.run(['token', 'init', '--dir', 'shared', '--generate-pin']);
  expect(err).toMatch(/^coldsign: error token\/folder/m);
  expect(status).toBe(1);
  expect(lstatSync(bench.path('shared')).mode & 0o777).toBe(0o755);
});
