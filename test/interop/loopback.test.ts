import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask } from '../../src/demo/dns-client.ts';
import { Loopback } from '../../src/demo/loopback.ts';
import { DAY, makeBase, NSEC, NSEC3_OPT_OUT, ORIGIN, signBase } from '../mutations/base-zone.ts';
import { at, dnskey, printZone, txt } from '../support/soft-records.ts';

const now = Math.floor(Date.now() / 1000);
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coldsign-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function serve(name: string, denial: typeof NSEC, at?: number, damage: (zone: string) => string = (zone) => zone): Promise<Loopback> {
  const base = makeBase(denial, now);
  const extended = { ...base, content: [...base.content, ...longTexts()] };
  const file = join(folder, `${name}.zone`);
  await writeFile(file, damage(printZone(signBase(extended))));
  const trustAnchor = `${ORIGIN} 3600 IN DNSKEY ${dnskey(base.ksk.rdata).text}`;
  return Loopback.start({ zones: [{ origin: ORIGIN, file }], trustAnchor, ...(at === undefined ? {} : { now: at }) });
}

/** More than fits into one UDP answer. */
const longTexts = () => at(`long.${ORIGIN}`, 3600, ...Array.from({ length: 12 }, (_, i) => txt(`${i}`.padEnd(200, 'x'))));

describe('NSD and unbound on loopback', () => {
  test('NSEC: positive, NODATA, NXDOMAIN, wildcard and delegation are answered with AD; large answers come over TCP', async () => {
    await using servers = await serve('nsec', NSEC);
    const verdicts: unknown[] = [];
    const questions = [
      [`www.${ORIGIN}`, 'AAAA'],
      [`www.${ORIGIN}`, 'MX'],
      [`absent.${ORIGIN}`, 'A'],
      [`x.y.wild.${ORIGIN}`, 'TXT'],
      [`under.ent.${ORIGIN}`, 'A'],
      [`insecure.${ORIGIN}`, 'DS'],
      [`long.${ORIGIN}`, 'TXT'],
    ] as const;
    for (const [name, type] of questions) {
      const { rcode, ad, answers } = await servers.ask(name, type);
      verdicts.push([name, type, rcode, ad, answers.length]);
    }
    expect(verdicts).toEqual([
      [`www.${ORIGIN}`, 'AAAA', 'NOERROR', true, 2],
      [`www.${ORIGIN}`, 'MX', 'NOERROR', true, 0],
      [`absent.${ORIGIN}`, 'A', 'NXDOMAIN', true, 0],
      [`x.y.wild.${ORIGIN}`, 'TXT', 'NOERROR', true, 2],
      [`under.ent.${ORIGIN}`, 'A', 'NOERROR', true, 0],
      [`insecure.${ORIGIN}`, 'DS', 'NOERROR', true, 0],
      [`long.${ORIGIN}`, 'TXT', 'NOERROR', true, 13],
    ]);
  });

  test('RFC 5155 9.2: answers proven by an opt-out span have no AD', async () => {
    await using servers = await serve('opt-out', NSEC3_OPT_OUT);
    expect(await servers.ask(`insecure.${ORIGIN}`, 'DS')).toMatchObject({ rcode: 'NOERROR', ad: false });
    expect(await servers.ask(`secure.${ORIGIN}`, 'DS')).toMatchObject({ rcode: 'NOERROR', ad: true });
  });

  test('a changed record is SERVFAIL, though the name server serves it', async () => {
    await using servers = await serve('tampered', NSEC, undefined, (zone) => zone.replace('192.0.2.80', '192.0.2.66'));
    expect(await servers.ask(`www.${ORIGIN}`, 'A')).toMatchObject({ rcode: 'SERVFAIL', ad: false });
    expect((await servers.askAuthoritative(`www.${ORIGIN}`, 'A')).answers).toContainEqual(expect.objectContaining({ data: '192.0.2.66' }));
    expect(await servers.ask(`mail.${ORIGIN}`, 'A')).toMatchObject({ rcode: 'NOERROR', ad: true });
  });

  test('the resolver lives at the time it is given', async () => {
    await using servers = await serve('later', NSEC, now + 30 * DAY);
    expect(await servers.ask(`www.${ORIGIN}`, 'A')).toMatchObject({ rcode: 'SERVFAIL' });
  });

  test('at the end the servers are gone, and their folder too', async () => {
    const before = await loopbackFolders();
    const servers = await serve('ended', NSEC);
    expect((await loopbackFolders()).length).toBeGreaterThan(before.length);
    const { authoritative } = servers;
    await servers[Symbol.asyncDispose]();
    expect(await loopbackFolders()).toEqual(before);
    await expect(ask(authoritative, ORIGIN, 'SOA', 500)).rejects.toMatchObject({ code: 'setup/no-answer' });
  });

  test('a zone that NSD cannot load is a fault with the reason, and leaves nothing behind', async () => {
    const before = await loopbackFolders();
    const file = join(folder, 'broken.zone');
    await writeFile(file, 'this is no zone\n');
    const start = Loopback.start({ zones: [{ origin: ORIGIN, file }], trustAnchor: '', readyWithinMs: 1500 });
    await expect(start).rejects.toMatchObject({ code: 'setup/server-failed', message: expect.stringContaining('broken.zone') });
    expect(await loopbackFolders()).toEqual(before);
  });
});

async function loopbackFolders(): Promise<string[]> {
  const mine = `coldsign-loopback-${process.pid}-`;
  return (await readdir(tmpdir())).filter((name) => name.startsWith(mine)).sort();
}
