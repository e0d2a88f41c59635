import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseName } from '../../signer/dns/name.ts';
import { tryRelease } from '../../src/apply/apply-release.ts';
import { isoText, readClock } from '../../src/config/time-text.ts';
import { writeUnsignedBundle } from '../../src/release/bundle.ts';
import type { Manifest } from '../../src/release/manifest.ts';
import { readSignedFile } from '../../src/release/signed-file.ts';
import { CARRIED_ZONE, type Carried, KeptIo, SigningSide } from '../support/carried-release.ts';
import { release } from '../support/release-cli.ts';
import { ApplyBench } from '../support/reload-script.ts';

const ZONE = `$TTL 3600
signed.example. IN SOA ns1.signed.example. hostmaster.signed.example. SERIAL 7200 900 604800 300
signed.example. IN NS ns1.signed.example.
ns1.signed.example. IN A 192.0.2.1
www.signed.example. IN A 192.0.2.80
`;
/** A delegation's DS is data of the zone, signed or not. */
const CHILD = `sub.signed.example. IN NS ns1.signed.example.\nsub.signed.example. IN DS 4711 13 2 ${'AB'.repeat(32)}\n`;

let side: SigningSide;
let count = 0;
beforeEach(() => {
  side = new SigningSide(readClock());
});
afterEach(() => side[Symbol.dispose]());

async function unsigned(serial: number, previous: Carried | undefined, text = `${ZONE}${CHILD}`): Promise<Carried> {
  const staging = side.path(`unsigned-${++count}`);
  mkdirSync(staging);
  writeFileSync(join(staging, 'zone.unsigned'), text.replace('SERIAL', `${serial}`));
  const apex = parseName(CARRIED_ZONE);
  const { signed } = readSignedFile(join(staging, 'zone.unsigned'), apex, side.now);
  const gate = { passed: true, verdicts: [], preservation: '0'.repeat(64), signed, changes: undefined, seconds: {} };
  const head = { apex, zone: CARRIED_ZONE, serial, created: isoText(side.now), mode: 'production' as const, log: serial };
  const before = previous === undefined ? undefined : { serial: previous.serial, sha256: previous.sha256 };
  const { sha256 } = await writeUnsignedBundle(staging, { ...head, previous: before, gate }, side.signer);
  return { folder: staging, serial, sha256 };
}

const verify = (folder: string, ...args: readonly string[]) => release('verify', folder, '--key', side.vkey, ...args);

describe('release apply', () => {
  // RFC 4035 5.2: below a DS that a resolver has everything must be signed: the DS goes first, then the signatures.
  test('signatures are taken off only where that is accepted; then unsigned ones follow, and signed ones too', async () => {
    const bench = new ApplyBench(side);
    const signed = await side.release({ serial: 100 });
    await bench.apply(signed.folder);
    const first = await unsigned(101, signed);
    const { code, message } = await bench.refusal(first.folder);
    expect([code, message]).toEqual(['release/unsigned', expect.stringContaining('Its parent must have no DS of it any more')]);
    expect(message).toContain('caches must have forgotten it');
    expect([bench.applied, bench.server.content]).toEqual([[100], expect.stringContaining('RRSIG')]);
    expect((await bench.apply(first.folder, { acceptUnsigned: true })).outcome).toBe('applied');
    expect(bench.server.content).not.toContain('RRSIG');
    expect((await bench.apply(first.folder)).outcome).toBe('already-applied');
    const second = await unsigned(102, first);
    expect((await bench.apply(second.folder)).outcome).toBe('applied');
    const again = await side.release({ serial: 103, previous: second });
    expect((await bench.apply(again.folder)).outcome).toBe('applied');
    expect((await bench.refusal((await unsigned(104, again)).folder)).code).toBe('release/unsigned');
    expect(bench.applied).toEqual([100, 101, 102, 103]);
  });

  test('without a record the zone may be served signed', async () => {
    const bench = new ApplyBench(side);
    const first = await unsigned(101, undefined);
    expect((await bench.refusal(first.folder)).code).toBe('release/unsigned');
    expect((await bench.apply(first.folder, { acceptUnsigned: true })).outcome).toBe('applied');
  });

  test('serial and history are as for any other', async () => {
    const bench = new ApplyBench(side);
    const signed = await side.release({ serial: 100 });
    await bench.apply(signed.folder);
    const accepted = { acceptUnsigned: true };
    expect((await bench.refusal((await unsigned(99, signed)).folder, accepted)).code).toBe('release/serial-backwards');
    expect((await bench.refusal((await unsigned(100, signed)).folder, accepted)).code).toBe('release/serial-reused');
    expect((await bench.refusal((await unsigned(101, undefined)).folder, accepted)).code).toBe('release/foreign-history');
  });

  test('--dry-run tells what it means, and that it has to be accepted', async () => {
    const bench = new ApplyBench(side);
    const signed = await side.release({ serial: 100 });
    await bench.apply(signed.folder);
    const { folder } = await unsigned(101, signed);
    const tried = async (acceptUnsigned: boolean): Promise<string> => {
      const io = new KeptIo();
      const request = { folder, config: bench.config, now: side.now, nowGiven: false, threads: 1, acceptUnsigned };
      expect((await tryRelease(request, io)).outcome).toBe('would-apply');
      return io.text;
    };
    expect(await tried(false)).toMatch(/has no signatures: the zone goes insecure.*refuses it without --accept-unsigned/s);
    expect(await tried(true)).not.toContain('refuses it');
    expect(bench.applied).toEqual([100]);
  });
});

describe('release verify', () => {
  test('tells that the zone is unsigned, what that takes, and asks the judges that can judge it', async () => {
    const text = await verify((await unsigned(101, undefined)).folder, '--judges', 'all');
    expect(text).toMatch(/warning: .* dig \+norecurse DS signed\.example\. @SERVER has to give no answer/);
    expect(text).toMatch(/^signed\.example\. serial 101, UNSIGNED$/m);
    expect([...text.matchAll(/ judge {9}(\S+) .*: accept$/gm)].map(([, name]) => name)).toEqual(['named-checkzone', 'kzonecheck']);
    expect(text).toMatch(/serial 101: good\n$/);
  });

  test('judges that know nothing but signatures cannot be the only ones', async () => {
    const { folder } = await unsigned(101, undefined);
    expect(await verify(folder, '--judges', 'dnssec-verify,ldns-verify-zone')).toMatch(/^release\/judges: .*one of them must accept/);
    expect(await verify(folder, '--judges', 'dnssec-verify,kzonecheck')).toContain('serial 101: good');
  });

  test('a judge that rejects it refuses it', async () => {
    const { folder } = await unsigned(
      101,
      undefined,
      `${ZONE}mail.signed.example. IN MX 10 www.signed.example.\n`.replace('IN NS', 'IN TXT'),
    );
    expect(await verify(folder, '--judges', 'all')).toMatch(/^release\/(judges|bad-zone): /);
  });

  // RFC 4035 5.2: with a DS at the parent a zone without signatures is bogus.
  test('with a DS of the parent it is refused', async () => {
    writeFileSync(side.path('ds'), `${side.ds}\n`);
    const { folder } = await unsigned(101, undefined);
    expect(await verify(folder, '--ds', side.path('ds'))).toMatch(/^release\/bad-zone: .*1 DS records/);
  });

  test.each([
    ['a DNSKEY', 'signed.example. IN DNSKEY 257 3 13 AQID\n'],
    ['a CDS', `signed.example. IN CDS 4711 13 2 ${'AB'.repeat(32)}\n`],
    ['an NSEC below the apex', 'www.signed.example. IN NSEC signed.example. A NSEC\n'],
    ['an NSEC3PARAM', 'signed.example. IN NSEC3PARAM 1 0 0 -\n'],
    ['a ZONEMD', `signed.example. IN ZONEMD 101 1 1 ${'AB'.repeat(48)}\n`],
    ['a record outside of the zone', 'www.other.example. IN A 192.0.2.1\n'],
    ['a line that is none', 'www.signed.example. IN A hello\n'],
  ])('%s left in it: refused', async (_what, record) => {
    expect(await verify((await unsigned(101, undefined, `${ZONE}${record}`)).folder)).toMatch(/^release\/bad-zone: /);
  });

  test.each<readonly [string, Partial<Manifest>, string]>([
    ['a key', { keys: [{ tag: 1, algorithm: 13, flags: 257 }] }, '1 keys'],
    ['an expectation', { expected: [{ form: 'no-ds' }] }, '1 forms of a rollover'],
    ['times of signatures', { validUntil: '2099-01-01T00:00:00Z' }, 'times of signatures'],
  ])('%s in its MANIFEST: refused', async (_what, words, said) => {
    const { folder } = await side.reseal((await unsigned(101, undefined)).folder, (manifest) => ({ ...manifest, ...words }));
    expect(await verify(folder)).toMatch(new RegExp(`^release/disagrees: .*lists ${said}`));
  });
});
