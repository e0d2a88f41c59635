import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseName } from '../../../signer/dns/name.ts';
import { type ZoneVerifyOptions, zoneVerify } from '../../../src/commands/zone-verify.ts';
import { type Base, makeBase, NSEC, ORIGIN, signBase } from '../../mutations/base-zone.ts';
import { dsDigest } from '../../support/soft-keys.ts';
import { ds, printZone } from '../../support/soft-records.ts';

const now = 1_790_000_000;
let folder: string;
let base: Base;
let good: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'zone-verify-'));
  base = makeBase(NSEC, now, { algorithm: 15 });
  good = file('good.zone', printZone(signBase(base)));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

async function run(options: Omit<ZoneVerifyOptions, 'apex' | 'now'>): Promise<{ status: number; out: string }> {
  let out = '';
  const sink = { write: (text: string | Uint8Array) => (out += text) };
  const status = await zoneVerify({ apex: parseName(ORIGIN), now, threads: 1, ...options }, { out: sink, err: process.stderr });
  return { status, out };
}

const dsText = (digestType: number): string =>
  ds(base.ksk.tag, base.ksk.algorithm, digestType, dsDigest(ORIGIN, base.ksk, digestType)).text;

test('a good zone: counts, verdict, status 0', async () => {
  const { status, out } = await run({ file: good });
  expect(out).toMatch(/^\d+ names, .+; (\d+) of \1 signatures verify\nzone\.example\.: good: no findings\n$/);
  expect(status).toBe(0);
});

test('a bad zone: the finding with file and line, status 1', async () => {
  const text = printZone(signBase(base)).replace('192.0.2.25', '192.0.2.26');
  const line = text.split('\n').findIndex((l) => l.startsWith('mail.zone.example.') && /\sRRSIG\s+A\s/.test(l)) + 1;
  const bad = file('bad.zone', text);
  const { status, out } = await run({ file: bad });
  expect(out.split('\n')[0]).toMatch(`${bad}:${line}: error VERIFY-RRSIG-BAD RRSIG over mail.zone.example. A by `);
  expect(out).toContain('zone.example.: bad: 1 error\n');
  expect(status).toBe(1);
});

test('--json: one document, format 1', async () => {
  const { status, out } = await run({ file: good, json: true });
  expect(JSON.parse(out)).toMatchObject({
    format: 1,
    zone: ORIGIN,
    file: good,
    now,
    good: true,
    errors: 0,
    counts: { keys: 2 },
    findings: [],
  });
  expect(status).toBe(0);
});

test('a file that cannot be read as a zone is not verified: its own findings, status 1', async () => {
  const { status, out } = await run({ file: file('broken.zone', `${printZone(signBase(base))}broken 3600 IN A 192.0.2.\n`) });
  expect(out).toMatch(/error ZONEFILE-/);
  expect(out).not.toContain('signatures verify');
  expect(status).toBe(1);
});

test('--previous: a change is an error, with --allow-changes a warning', async () => {
  const before = file('before.zone', printZone(signBase(base).filter(({ owner }) => !owner.startsWith('mail.'))));
  const plain = await run({ file: good, previous: before });
  expect(plain.out).toContain('error VERIFY-ADDED mail.zone.example.');
  expect(plain.status).toBe(1);
  const allowed = await run({ file: good, previous: before, allowChanges: true });
  expect(allowed.out).toContain('warning VERIFY-ADDED mail.zone.example.');
});

describe('--ds', () => {
  test.each([
    ['without TTL, as key ds and dnssec-dsfromkey print', () => `${ORIGIN} IN DS ${dsText(2)}\n`],
    [
      'with TTL, comments and other records',
      () => `; parent\n${ORIGIN} 3600 IN DS ${dsText(4)}\nsub.${ORIGIN} 60 IN DS 1 13 2 ${'ab'.repeat(32)}\n`,
    ],
  ])('%s', async (_what, text) => {
    const { status, out } = await run({ file: good, ds: file('good.ds', text()) });
    expect(out).toContain('good: no findings');
    expect(status).toBe(0);
  });

  test('that matches no key', async () => {
    const { status, out } = await run({ file: good, ds: file('other.ds', `${ORIGIN} IN DS 1 15 2 ${'ab'.repeat(32)}\n`) });
    expect(out).toContain('error VERIFY-DS-NO-MATCH');
    expect(status).toBe(1);
  });

  test.each([
    ['no DS of this zone', 'sub.zone.example. IN DS 1 13 2 ab\n', /cannot be used/],
    ['a line that is no record, told by its own line', '; fine\nnonsense\n', /line 2:/],
  ])('a file with %s is refused', async (_what, text, message) => {
    await expect(run({ file: good, ds: file('bad.ds', text) })).rejects.toMatchObject({
      code: 'verify/no-ds',
      message: expect.stringMatching(message),
    });
  });
});

test('a previous zone that cannot be read is refused', async () => {
  await expect(run({ file: good, previous: file('previous.zone', 'nonsense\n') })).rejects.toMatchObject({ code: 'verify/previous' });
});
