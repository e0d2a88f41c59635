import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readClock } from '../../src/config/time-text.ts';
import { freePort } from '../../src/demo/loopback.ts';
import { CARRIED_CATALOG, CARRIED_ZONE, type Carried, SigningSide } from '../support/carried-release.ts';
import { type Named, type Nsd, startNamed, startNsd, startUnbound, until } from '../support/name-servers.ts';
import { release } from '../support/release-cli.ts';

/** Releases of the signing side, carried as folders, applied to a running NSD and a running named, and looked at through unbound. */
const WWW = `www.${CARRIED_ZONE}`;
const ends = new AsyncDisposableStack();
let side: SigningSide;
let nsd: Nsd;
let named: Named;
let looks = 0;
let first: Carried;
let second: Carried;

beforeAll(async () => {
  side = ends.use(new SigningSide(readClock()));
  [nsd, named] = await Promise.all([startNsd(folder('nsd'), [CARRIED_ZONE]), startNamed(folder('named'), { zones: [CARRIED_ZONE] })]);
  ends.use(nsd);
  ends.use(named);
  first = await side.release({ serial: 2026112401, zonemd: true });
  second = await side.release({ serial: 2026112402, previous: first, address: '192.0.2.81' });
});
afterAll(() => ends.disposeAsync());

function folder(name: string): string {
  mkdirSync(side.path(name), { recursive: true });
  return side.path(name);
}

function config(name: string, changes: { readonly nsdReload?: readonly string[]; readonly namedAsk?: number } = {}): string {
  const file = side.path(`${name}.yaml`);
  const list = (words: readonly string[]): string => JSON.stringify(words);
  writeFileSync(
    file,
    `format: 1
keys: ["${side.vkey}"]
state: ${side.path('state')}
judges: all
servers:
  - kind: nsd
    zone-dir: ${nsd.zoneDir}
    reload: ${list(changes.nsdReload ?? nsd.reload)}
    ask: 127.0.0.1@${nsd.port}
    time-limit: 30s
  - kind: bind
    zone-dir: ${named.zoneDir}
    reload: ${list(named.reload)}
    ask: 127.0.0.1@${changes.namedAsk ?? named.port}
    time-limit: ${changes.namedAsk === undefined ? '30s' : '1s'}
`,
  );
  return file;
}

const apply = (carried: string, file = config('apply')): Promise<string> => release('apply', carried, '--config', file);

/** What a validating resolver sees through each server. */
function validated(): Promise<readonly string[]> {
  return Promise.all([nsd, named].map(({ port }) => look(port)));
}

async function look(port: number): Promise<string> {
  await using resolver = await startUnbound(folder(`unbound-${++looks}`), port, CARRIED_ZONE, side.ds);
  const { rcode, ad, answers } = await resolver.ask(WWW, 'A');
  const address = answers.find(({ type }) => type === 'A');
  const nothing = await resolver.ask(`nothing.${CARRIED_ZONE}`, 'A');
  return `${rcode} ${ad} ${address?.type === 'A' ? address.data : ''}, ${nothing.rcode} ${nothing.ad}`;
}

const both = (text: string): readonly string[] => [text, text];
const files = (): readonly string[] => [nsd, named].map(({ zoneDir }) => readFileSync(join(zoneDir, `${CARRIED_ZONE}signed`), 'utf8'));

describe('from the medium to the resolver', () => {
  test('before the first release there is nothing to serve', async () => {
    expect(await validated()).toEqual(both('SERVFAIL false , SERVFAIL false'));
  });

  test('the first release: checked, placed, loaded by both, and validated from the DS', async () => {
    const told = await apply(side.carry(first));
    expect(told).toContain('signed.example. serial 2026112401: applied\n');
    expect(told).toMatch(/judge {9}kzonecheck .*: accept/);
    expect(told).toContain('serves serial 2026112401');
    expect(await validated()).toEqual(both('NOERROR true 192.0.2.80, NXDOMAIN true'));
  });

  test('the second one, with a changed record', async () => {
    expect(await apply(side.carry(second))).toContain('serial 2026112402: applied\n');
    expect(await validated()).toEqual(both('NOERROR true 192.0.2.81, NXDOMAIN true'));
    expect(await apply(side.carry(second))).toContain('serial 2026112402: already applied\n');
  });

  test('a server that does not reload: its file before is back, and nothing changes for anybody', async () => {
    const before = files();
    const third = await side.release({ serial: 2026112403, previous: second, address: '192.0.2.83' });
    const broken = config('broken', { nsdReload: ['nsd-control', '-c', side.path('nothing.conf'), 'reload', '{zone}'] });
    const told = await apply(side.carry(third), broken);
    expect(told).toMatch(/^release\/reload-failed: the server of .*nsd\/zones\/signed\.example\.signed did not take serial 2026112403/);
    expect(told).toContain('1 more server was not touched');
    expect(files()).toEqual(before);
    expect(await validated()).toEqual(both('NOERROR true 192.0.2.81, NXDOMAIN true'));
    // With the configuration put right the same release goes through.
    expect(await apply(side.carry(third))).toContain('serial 2026112403: applied\n');
    expect(await validated()).toEqual(both('NOERROR true 192.0.2.83, NXDOMAIN true'));
    second = third;
  });

  test('a server that has loaded it, but is not seen to serve it, goes back to the file before', async () => {
    const next = await side.release({ serial: second.serial + 1, previous: second, address: '192.0.2.84' });
    const told = await apply(side.carry(next), config('blind', { namedAsk: await freePort() }));
    expect(told).toMatch(/^release\/reload-failed: .* does not serve serial 2026112404 within 1 s/);
    expect(told).toContain('nsd/zones/signed.example.signed has the new release');
    // Had the old file its old time, named would say "up-to-date" and go on with the new zone.
    await until(
      'named serves the zone before',
      () => look(named.port),
      (seen) => seen === 'NOERROR true 192.0.2.83, NXDOMAIN true',
    );
    expect(await look(nsd.port)).toBe('NOERROR true 192.0.2.84, NXDOMAIN true');
    expect(await apply(side.carry(next))).toContain('serial 2026112404: applied\n');
    second = next;
  });
});

describe('bad releases: each has its code, and the servers do not notice', () => {
  const edit = (carried: string, name: string, change: (text: string) => string): string => {
    writeFileSync(join(carried, name), change(readFileSync(join(carried, name), 'utf8')));
    return carried;
  };
  const next = (changes = {}): Promise<Carried> =>
    side.release({ serial: second.serial + 1, previous: second, address: '192.0.2.99', ...changes });
  const swapLines = (text: string): string => text.replace(/^(serial .*\n)(created .*\n)/m, '$2$1');

  test.each<readonly [string, () => Promise<string>, string]>([
    ['corrupted', async () => edit((await next()).folder, 'zone.signed', (t) => t.replace('192.0.2.99', '192.0.2.98')), 'release/bad-file'],
    ['reordered', async () => edit((await next()).folder, 'MANIFEST', swapLines), 'release/bad-signature'],
    ['stale', async () => (await next({ now: side.now - 30 * 86_400 })).folder, 'release/expired'],
    ['of an older serial', async () => side.carry(first), 'release/serial-backwards'],
    ['of a serial that is used', async () => (await next({ serial: second.serial })).folder, 'release/serial-reused'],
    ['of another history', async () => (await next({ previous: undefined })).folder, 'release/foreign-history'],
    [
      'signed by a stranger',
      async () => (await ends.use(new SigningSide(side.now)).release({ serial: second.serial + 1 })).folder,
      'release/foreign',
    ],
  ])('%s', async (_what, make, code) => {
    const before = files();
    expect(await apply(await make())).toMatch(new RegExp(`^${code}: `));
    expect(files()).toEqual(before);
    expect(await validated()).toEqual(both('NOERROR true 192.0.2.84, NXDOMAIN true'));
  });
});

test('RFC 9432: a secondary with the catalog zone picks a new zone up by itself', async () => {
  const port = await freePort();
  await using primary = await startNamed(folder('primary'), { zones: [CARRIED_ZONE, CARRIED_CATALOG], notify: [port] });
  const file = side.path('catalog.yaml');
  writeFileSync(
    file,
    `format: 1
keys: ["${side.vkey}"]
state: ${side.path('primary', 'state')}
servers: [{ kind: bind, zone-dir: ${primary.zoneDir}, reload: ${JSON.stringify(primary.reload)}, ask: 127.0.0.1@${primary.port} }]
`,
  );
  const empty = await side.catalog(1, []);
  expect(await apply(side.carry(empty), file)).toContain('catalog.invalid. serial 1: applied\n');
  expect(await apply(side.carry(first), file)).toContain('signed.example. serial 2026112401: applied\n');
  await using secondary = await startNamed(folder('secondary'), {
    zones: [],
    port,
    catalog: { zone: CARRIED_CATALOG, primary: primary.port },
  });
  const serialAt = async (zone: string): Promise<number> => {
    const { answers } = await secondary.ask(zone, 'SOA');
    const soa = answers.find(({ type }) => type === 'SOA');
    return soa?.type === 'SOA' ? (soa.data.serial ?? -1) : -1;
  };
  await until(
    'the catalog is transferred',
    () => serialAt(CARRIED_CATALOG),
    (serial) => serial === 1,
  );
  expect(await serialAt(CARRIED_ZONE)).toBe(-1);
  const full = await side.catalog(2, [CARRIED_ZONE], empty);
  expect(await apply(side.carry(full), file)).toContain('catalog.invalid. serial 2: applied\n');
  await until(
    'the member is served',
    () => serialAt(CARRIED_ZONE),
    (serial) => serial === first.serial,
  );
  const { answers } = await secondary.ask(WWW, 'A');
  expect(answers.map(({ type }) => type)).toEqual(['A', 'RRSIG']);
});
