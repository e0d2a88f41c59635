import { mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readClock } from '../../src/config/time-text.ts';
import { type Carried, SigningSide } from '../support/carried-release.ts';
import { release } from '../support/release-cli.ts';
import { softKey } from '../support/soft-keys.ts';

const DAY = 86_400;
let side: SigningSide;
let good: Carried;
beforeEach(async () => {
  side = new SigningSide(readClock());
  good = await side.release({ serial: 100, zonemd: true });
});
afterEach(() => side[Symbol.dispose]());

const verify = (folder: string, ...args: readonly string[]): Promise<string> =>
  release('verify', folder, '--key', side.vkey, '--threads', '1', ...args);
const edit = (folder: string, name: string, change: (text: string) => string): void =>
  writeFileSync(join(folder, name), change(readFileSync(join(folder, name), 'utf8')));

describe('release show', () => {
  test('without a key it says that nothing is checked', async () => {
    const text = await release('show', good.folder);
    expect(text).toContain('signed.example. serial 100\n');
    expect(text).toContain(`manifest      ${good.sha256}`);
    expect(text).toMatch(/file {10}zone\.signed, \d+ octets, [0-9a-f]{64}/);
    expect(text).toContain('signature     not checked: give --key or --config');
  });

  test('with a key, also one from a file: signature and files are checked', async () => {
    writeFileSync(side.path('vkeys'), `# the signing side\n\n${side.vkey}\n`);
    expect(await release('show', good.folder, '--key', side.path('vkeys'))).toContain(`signed by     ${side.vkey}`);
    writeFileSync(join(good.folder, 'dsset'), '');
    expect(await release('show', good.folder, '--key', side.vkey)).toMatch(/^release\/bad-file: /);
    expect(await release('show', good.folder)).toContain('not checked');
  });

  test('as JSON', async () => {
    const { format, signature, manifest } = JSON.parse(await release('show', good.folder, '--key', side.vkey, '--json'));
    expect({ format, signature, zone: manifest.zone, serial: manifest.serial }).toEqual({
      format: 1,
      signature: 'good',
      zone: 'signed.example.',
      serial: 100,
    });
  });

  test('a folder without a release, and a key that is none', async () => {
    expect(await release('show', side.dir)).toMatch(/^release\/not-found: /);
    writeFileSync(side.path('empty'), '# nothing\n');
    expect(await release('show', good.folder, '--key', side.path('empty'))).toMatch(/^release\/no-key: /);
    expect(await release('show', good.folder, '--key', side.path('nothing'))).toMatch(/^file\/not-found: /);
  });
});

describe('release verify', () => {
  test('a good release: signature, files, zone, and all judges that are installed', async () => {
    const text = await verify(good.folder, '--judges', 'all');
    expect(text).toMatch(/signatures {4}(\d+) of \1 verify/);
    expect(text).toMatch(/judge {9}dnssec-verify [\d.]+.*: accept/);
    expect(text).toContain('signed.example. serial 100: good\n');
  });

  test('more judges must accept than can be asked', async () => {
    const said = await verify(good.folder, '--judges', 'kzonecheck', '--agree', '2');
    expect(said).toBe('release/judges: the judges do not take signed.example.: 2 must accept, and only 1 can be asked');
    expect(await verify(good.folder, '--judges', 'kzonecheck,named-checkzone', '--agree', '1')).toContain('serial 100: good');
  });

  test('as JSON, with the DS of the parent and the zone that is served', async () => {
    writeFileSync(side.path('ds'), `${side.ds}\n`);
    const next = await side.release({ serial: 101, previous: good, address: '192.0.2.9' });
    const previous = join(good.folder, 'zone.signed');
    const { good: isGood, counts } = JSON.parse(await verify(next.folder, '--json', '--ds', side.path('ds'), '--previous', previous));
    expect({ isGood, signatures: counts.signatures }).toEqual({ isGood: true, signatures: counts.goodSignatures });
    expect(await verify(good.folder, '--previous', join(next.folder, 'zone.signed'))).toMatch(
      /^release\/serial-backwards: serial 100 .* ahead of 101/,
    );
  });

  test('the parent has the DS of another key', async () => {
    writeFileSync(side.path('ds'), `signed.example. IN DS 4711 13 2 ${'ab'.repeat(32)}`);
    expect(await verify(good.folder, '--ds', side.path('ds'))).toMatch(/^release\/bad-zone: /);
  });

  test('without a key nothing is believed', async () => {
    expect(await release('verify', good.folder)).toMatch(/^release\/no-key: /);
  });

  test('times: before, after, and at the last second', async () => {
    const at = (seconds: number): string => new Date((side.now + seconds) * 1000).toISOString();
    expect(await verify(good.folder, '--now', at(-2 * DAY))).toMatch(/^release\/not-yet-valid: /);
    expect(await verify(good.folder, '--now', at(14 * DAY))).toMatch(/^release\/expired: /);
    expect(await verify(good.folder, '--now', at(14 * DAY - 1), '--margin', '0s')).toContain('serial 100: good');
    expect(await verify(good.folder, '--now', at(12 * DAY))).toMatch(/^release\/bad-zone: /);
  });

  test('practice only on request', async () => {
    const { folder } = await side.release({ serial: 100, mode: 'practice' });
    expect(await verify(folder)).toMatch(/^release\/practice: /);
    expect(await verify(folder, '--practice')).toContain('serial 100: good');
  });

  test('a catalog zone', async () => {
    const { folder } = await side.catalog(1, ['a.example.', 'b.example.']);
    expect(await verify(folder)).toMatch(/catalog {7}2 members\ncatalog\.invalid\. serial 1: good\n$/);
  });

  test('a link, a folder and a cut file in the place of a file', async () => {
    const dsset = join(good.folder, 'dsset');
    truncateSync(dsset, 10);
    expect(await verify(good.folder)).toMatch(/^release\/bad-file: .*10 octets/);
    rmSync(dsset);
    symlinkSync('/etc/passwd', dsset);
    expect(await verify(good.folder)).toMatch(/^release\/bad-file: .*a link/);
    rmSync(dsset);
    mkdirSync(dsset);
    expect(await verify(good.folder)).toMatch(/^release\/bad-file: .*a folder/);
  });
});

/** Sealed with the right key over content that does not fit together: a signing side that is not sound. */
describe('what disagrees with itself is refused although it is signed', () => {
  const otherKey = softKey(257, 13);
  const cases: readonly (readonly [string, (folder: string) => void, RegExp])[] = [
    [
      'another zone',
      (f) => edit(f, 'zone.signed', (t) => t.replaceAll('signed.example.', 'other.example.')),
      /^release\/other-zone: .*MANIFEST says signed\.example\./,
    ],
    ['another serial', (f) => edit(f, 'zone.signed', (t) => t.replace('. 100 7200', '. 99 7200')), /^release\/other-serial: .* 100, .* 99/],
    ['a record that was changed', (f) => edit(f, 'zone.signed', (t) => t.replace('192.0.2.80', '192.0.2.81')), /^release\/bad-zone: /],
    ['a record of another zone', (f) => edit(f, 'zone.signed', (t) => `${t}www.example.net. 60 IN A 192.0.2.1\n`), /^release\/bad-zone: /],
    [
      'no zone file',
      (f) => writeFileSync(join(f, 'zone.signed'), 'hello world\n'),
      /^release\/other-zone: .*first of \d+ errors is in line 1/,
    ],
    ['an $INCLUDE', (f) => edit(f, 'zone.signed', (t) => `${t}$INCLUDE /etc/hostname\n`), /^release\/(bad-zone|include): /],
    [
      'a DS of a key that is not published',
      (f) => writeFileSync(join(f, 'dsset'), `signed.example. IN DS ${otherKey.tag} 13 2 ${'ab'.repeat(32)}\n`),
      /^release\/disagrees: dsset .*a DS names key/,
    ],
    ['a DS with another digest', (f) => edit(f, 'dsset', (t) => t.replace(/[0-9A-F]{8}\n/, '00000000\n')), /^release\/disagrees: dsset /],
    ['something else among the DS', (f) => edit(f, 'dsset', (t) => `${t}signed.example. IN A 192.0.2.1\n`), /^release\/disagrees: dsset /],
    ['a CDS less', (f) => edit(f, 'cds', (t) => t.replace(/.*\sCDS\s.*\n/, '')), /^release\/disagrees: cds .*it has 0 CDS records/],
    ['no CDS file', (f) => rmSync(join(f, 'cds')), /^release\/disagrees: cds /],
    ['another ZONEMD', (f) => edit(f, 'zonemd', (t) => t.replace(/[0-9a-fA-F]{8}\n/, '00000000\n')), /^release\/disagrees: zonemd /],
  ];
  test.each(cases)('%s', async (_what, change, said) => {
    change(good.folder);
    expect(await verify((await side.reseal(good.folder)).folder)).toMatch(said);
  });

  test('keys and times of the manifest', async () => {
    const keys = await side.reseal(side.carry(good), (m) => ({ ...m, keys: m.keys.slice(1) }));
    expect(await verify(keys.folder)).toMatch(/^release\/disagrees: the keys of the release .*MANIFEST says/);
    const until = await side.reseal(side.carry(good), (m) => ({ ...m, validUntil: '2099-01-01T00:00:00Z' }));
    expect(await verify(until.folder)).toMatch(/^release\/disagrees: valid-until of the release .*2099-01-01T00:00:00Z/);
    const from = await side.reseal(side.carry(good), (m) => ({ ...m, validFrom: undefined }));
    expect(await verify(from.folder)).toMatch(/^release\/disagrees: valid-from of the release .*MANIFEST says none/);
  });
});
