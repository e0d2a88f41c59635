import { createHash } from 'node:crypto';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toHex } from '../../signer/dns/bytes.ts';
import { parseName } from '../../signer/dns/name.ts';
import { dsRdata } from '../../signer/dnssec/dnskey.ts';
import type { ZoneKey } from '../../signer/zone-key.ts';
import { signNote } from '../../src/audit/note.ts';
import { vkeyOf } from '../../src/audit/vkey.ts';
import { type BundleParts, dsSet, readBundle, writeBundle, writeCatalogBundle } from '../../src/release/bundle.ts';
import { parseManifest, printManifest } from '../../src/release/manifest.ts';
import { ORIGIN } from '../properties/support/sign-text.ts';
import { keyPair } from '../properties/support/software-signing-key.ts';
import { memoryNoteSigner } from '../support/memory-note-signer.ts';
import { policyWith, throughGate } from './workbench.ts';

const audit = memoryNoteSigner('audit.example.net/site-a');
const pinned = [vkeyOf(audit)];
const HASH = 'cd'.repeat(32);
const HEAD = {
  apex: parseName(ORIGIN),
  zone: ORIGIN,
  serial: 2026010100,
  created: '2026-01-01T00:00:00Z',
  mode: 'production',
  log: 42,
} as const;
let root = '';
let keys: readonly ZoneKey[];
let parts: BundleParts;
let good = '';
let written: Awaited<ReturnType<typeof writeBundle>>;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'coldsign-bundle-'));
  keys = keyPair(13);
  good = join(root, 'good');
  mkdirSync(good);
  const policy = policyWith({}, { 'ceremony-interval': '90d' });
  const overrides = new Map([['margin', 'holidays']] as const);
  const { gate } = await throughGate({ keys, folder: good, policy, overrides, signing: { cds: true, zonemd: ['sha384'] } });
  parts = {
    ...HEAD,
    previous: { serial: 2026010099, sha256: HASH },
    gate,
    signReport: { format: 1, made: 7 },
    expected: {},
    dsDigestTypes: [2, 4],
  };
  written = await writeBundle(good, parts, audit);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

let copies = 0;
function copy(): string {
  const folder = join(root, `copy-${copies++}`);
  cpSync(good, folder, { recursive: true });
  return folder;
}

const sha256 = (octets: Uint8Array | string): string => createHash('sha256').update(octets).digest('hex');
const json = (name: string): Record<string, unknown> => JSON.parse(readFileSync(join(good, name), 'utf8'));
const code = (expected: string, text?: string | RegExp) =>
  expect.objectContaining({ code: expected, ...(text === undefined ? {} : { message: expect.stringMatching(text) }) });

describe('a release is written', () => {
  test('with its files, MANIFEST over all of them', () => {
    const manifest = parseManifest(written.manifest.slice(0, written.manifest.indexOf('\n\n') + 1));
    expect(manifest).toEqual({
      kind: 'zone',
      zone: ORIGIN,
      serial: 2026010100,
      created: '2026-01-01T00:00:00Z',
      mode: 'production',
      log: 42,
      validFrom: '2025-12-31T23:00:00Z',
      validUntil: new Date(parts.gate.signed.validUntil! * 1000).toISOString().replace('.000', ''),
      previous: { serial: 2026010099, sha256: HASH },
      preservation: parts.gate.preservation,
      keys: parts.gate.signed.keys.map(({ tag, algorithm, flags }) => ({ tag, algorithm, flags })),
      expected: [],
      judges: ['coldsign-verifier', 'named-checkzone', 'dnssec-verify', 'ldns-verify-zone', 'kzonecheck'].map((name, i) => ({
        name,
        version: i === 0 ? expect.stringMatching(/^\d/) : '1.0',
        verdict: 'accept',
      })),
      overrides: ['margin'],
      files: ['cds', 'dsset', 'gate-report.json', 'sign-report.json', 'verify-report.json', 'zone.signed', 'zonemd'].map((path) => {
        const octets = readFileSync(join(good, path));
        return { path, sha256: sha256(octets), size: octets.length };
      }),
    });
    expect(readdirSync(good).sort()).toEqual([...manifest.files.map(({ path }) => path), 'MANIFEST'].sort());
    expect(readFileSync(join(good, 'MANIFEST'), 'utf8')).toBe(written.manifest);
    expect(written.sha256).toBe(sha256(written.manifest));
  });

  test('dsset: the DS of the KSK alone, in each digest of the policy', () => {
    const ksk = keys.find(({ role }) => role === 'ksk')!.key;
    const line = (type: number): string => {
      const ds = dsRdata(parseName(ORIGIN), ksk.dnskey, type);
      return `${ORIGIN} IN DS ${ksk.keyTag} 13 ${type} ${toHex(ds.subarray(4)).toUpperCase()}\n`;
    };
    expect(readFileSync(join(good, 'dsset'), 'utf8')).toBe(line(2) + line(4));
  });

  test('RFC 5011 2.1: a revoked key is no entry point', () => {
    const [first] = parts.gate.signed.keys.filter(({ flags }) => flags === 257);
    expect(dsSet(parseName(ORIGIN), [{ ...first!, flags: 257 | 128 }], [2])).toBe('');
  });

  test('cds and zonemd are the records of the zone; what is not there has no file', async () => {
    const signed = readFileSync(join(good, 'zone.signed'), 'utf8').split('\n');
    const lines = (type: string): string =>
      signed
        .filter((line) => line.includes(`\tIN\t${type}\t`))
        .map((line) => `${line}\n`)
        .join('');
    expect(readFileSync(join(good, 'cds'), 'utf8')).toBe(lines('CDS') + lines('CDNSKEY'));
    expect(readFileSync(join(good, 'zonemd'), 'utf8')).toBe(lines('ZONEMD'));
    const plain = join(root, 'plain');
    mkdirSync(plain);
    const { gate } = await throughGate({ keys, folder: plain });
    await writeBundle(plain, { ...parts, previous: undefined, gate }, audit);
    expect([existsSync(join(plain, 'cds')), existsSync(join(plain, 'zonemd'))]).toEqual([false, false]);
    expect(readBundle(plain, pinned).manifest.previous).toBeUndefined();
  });

  test('the reports', () => {
    expect(json('sign-report.json')).toEqual({ format: 1, made: 7 });
    expect(json('verify-report.json')).toMatchObject({ format: 1, zone: ORIGIN, good: true, counts: { keys: 2 } });
    expect(json('gate-report.json')).toMatchObject({
      format: 1,
      passed: true,
      verdicts: expect.arrayContaining([expect.objectContaining({ rule: 'margin', verdict: 'overridden' })]),
    });
  });

  test('not when the zone on the disk is no longer the one that was judged', async () => {
    const folder = join(root, 'swapped');
    mkdirSync(folder);
    const { gate } = await throughGate({ keys, folder });
    appendFileSync(join(folder, 'zone.signed'), '; a comment\n');
    await expect(writeBundle(folder, { ...parts, gate }, audit)).rejects.toMatchObject({ code: 'release/not-what-was-judged' });
    rmSync(join(folder, 'zone.signed'));
    await expect(writeBundle(folder, { ...parts, gate }, audit)).rejects.toMatchObject({ code: 'release/not-what-was-judged' });
    expect(readdirSync(folder)).toEqual([]);
  });

  test('not what the gate has refused', async () => {
    await expect(writeBundle(good, { ...parts, gate: { ...parts.gate, passed: false } }, audit)).rejects.toThrow(RangeError);
  });

  test('not over what is there', async () => {
    await expect(writeBundle(copy(), parts, audit)).rejects.toMatchObject({
      code: 'file/not-writable',
      message: expect.stringContaining('EEXIST'),
    });
  });
});

describe('a release is read', () => {
  test('every file held against the manifest', () => {
    const pieces: Buffer[] = [];
    const bundle = readBundle(good, pinned, (piece) => pieces.push(Buffer.from(piece)));
    expect(bundle).toMatchObject({ folder: good, sha256: written.sha256, signers: pinned, zoneFile: join(good, 'zone.signed') });
    expect([...bundle.files.keys()].sort()).toEqual([
      'cds',
      'dsset',
      'gate-report.json',
      'sign-report.json',
      'verify-report.json',
      'zonemd',
    ]);
    expect(Buffer.from(bundle.files.get('dsset')!).toString()).toBe(readFileSync(join(good, 'dsset'), 'utf8'));
    expect(Buffer.concat(pieces).equals(readFileSync(join(good, 'zone.signed')))).toBe(true);
  });

  test('several keys pinned: one of them has signed; that of a second one under it is a second form of the same release', async () => {
    const folder = copy();
    const text = written.manifest.slice(0, written.manifest.indexOf('\n\n') + 1);
    const other = memoryNoteSigner('other.example', 'p256');
    expect(readBundle(folder, [vkeyOf(other), ...pinned]).signers).toEqual(pinned);
    writeFileSync(join(folder, 'MANIFEST'), await signNote(text, [other, audit]));
    for (const keys of [pinned, [...pinned, vkeyOf(other)]])
      expect(() => readBundle(folder, keys)).toThrow(expect.objectContaining({ code: 'release/bad-signature' }));
  });

  test('a catalog zone', async () => {
    const folder = join(root, 'catalog');
    mkdirSync(folder);
    const text = 'catalog.example. 0 IN SOA invalid. invalid. 1 3600 600 2147483646 0\n';
    await writeCatalogBundle(
      folder,
      { ...HEAD, apex: parseName('catalog.example.'), zone: 'catalog.example.', previous: undefined },
      text,
      audit,
    );
    const bundle = readBundle(folder, pinned);
    expect(bundle.manifest).toMatchObject({ kind: 'catalog', keys: [], preservation: undefined, validUntil: undefined });
    expect([bundle.zoneFile, bundle.files.size]).toEqual([join(folder, 'catalog.zone'), 0]);
  });
});

describe('a release that was tampered with', () => {
  const files = ['cds', 'dsset', 'gate-report.json', 'sign-report.json', 'verify-report.json', 'zone.signed', 'zonemd'];

  test.each(files)('%s: an octet changed, one more, one less, gone, a link, a folder', (name) => {
    const tamper = (change: (path: string) => void): string => {
      const folder = copy();
      change(join(folder, name));
      return folder;
    };
    const flipped = tamper((path) => {
      const octets = readFileSync(path);
      octets[octets.length >> 1]! ^= 1;
      writeFileSync(path, octets);
    });
    expect(() => readBundle(flipped, pinned)).toThrow(code('release/bad-file', /has the sha256 [0-9a-f]{64}, MANIFEST says [0-9a-f]{64}$/));
    const size = readFileSync(join(good, name)).length;
    expect(() =>
      readBundle(
        tamper((path) => appendFileSync(path, 'x')),
        pinned,
      ),
    ).toThrow(code('release/bad-file', `has ${size + 1} octets, MANIFEST says ${size}$`));
    expect(() =>
      readBundle(
        tamper((path) => truncateSync(path, size - 1)),
        pinned,
      ),
    ).toThrow(code('release/bad-file', `has ${size - 1} octets, MANIFEST says ${size}$`));
    expect(() =>
      readBundle(
        tamper((path) => rmSync(path)),
        pinned,
      ),
    ).toThrow(code('release/missing-file', `has no ${name};`));
    const linked = tamper((path) => {
      renameSync(path, `${path}.target`);
      renameSync(`${path}.target`, join(root, `target-${name}`));
      symlinkSync(join(root, `target-${name}`), path);
    });
    expect(() => readBundle(linked, pinned)).toThrow(code('release/bad-file', /is a link; a release holds plain files only$/));
    const folder = tamper((path) => {
      rmSync(path);
      mkdirSync(path);
    });
    expect(() => readBundle(folder, pinned)).toThrow(code('release/bad-file', /is a folder; a release holds plain files only$/));
  });

  test('two files exchanged', () => {
    const folder = copy();
    renameSync(join(folder, 'sign-report.json'), join(folder, 'x'));
    renameSync(join(folder, 'gate-report.json'), join(folder, 'sign-report.json'));
    renameSync(join(folder, 'x'), join(folder, 'gate-report.json'));
    expect(() => readBundle(folder, pinned)).toThrow(code('release/bad-file'));
  });

  test('a file too many, hidden or not, and a folder of something else', () => {
    for (const name of ['README', '.hidden', 'zone.signed.old', '-']) {
      const folder = copy();
      writeFileSync(join(folder, name), 'x');
      expect(() => readBundle(folder, pinned), name).toThrow(
        code('release/unknown-file', `/${name} is not one of the files of this release`),
      );
    }
    const crowded = copy();
    for (let i = 0; i < 40; i++) writeFileSync(join(crowded, `f${i}`), '');
    expect(() => readBundle(crowded, pinned)).toThrow(code('release/unknown-file', /has 48 files; a release has at most 32$/));
    expect(() => readBundle(join(root, 'nowhere'), pinned)).toThrow(code('release/not-found', /ENOENT/));
  });

  test('MANIFEST: gone, empty, too large, no note, a link', () => {
    const withManifest = (content: string | Uint8Array): string => {
      const folder = copy();
      writeFileSync(join(folder, 'MANIFEST'), content);
      return folder;
    };
    const gone = copy();
    rmSync(join(gone, 'MANIFEST'));
    expect(() => readBundle(gone, pinned)).toThrow(code('release/missing-file', /has no MANIFEST;/));
    expect(() => readBundle(withManifest(''), pinned)).toThrow(code('release/bad-manifest'));
    expect(() => readBundle(withManifest(Buffer.alloc((1 << 20) + 1, 0x61)), pinned)).toThrow(
      code('release/bad-file', /1048576 is the limit$/),
    );
    expect(() => readBundle(withManifest(Uint8Array.of(0xff, 0xfe)), pinned)).toThrow(code('release/bad-manifest', /not UTF-8/));
    expect(() => readBundle(withManifest(`\ufeff${written.manifest}`), pinned)).toThrow(code('release/bad-signature'));
    const linked = copy();
    rmSync(join(linked, 'MANIFEST'));
    symlinkSync(join(good, 'MANIFEST'), join(linked, 'MANIFEST'));
    expect(() => readBundle(linked, pinned)).toThrow(code('release/bad-file', /is a link/));
  });

  test('MANIFEST: any line changed, removed, doubled or moved breaks the signature', () => {
    const end = written.manifest.indexOf('\n\n');
    const lines = written.manifest.slice(0, end).split('\n');
    const rest = written.manifest.slice(end);
    const folder = copy();
    const refused = (changed: readonly string[], what: string): void => {
      writeFileSync(join(folder, 'MANIFEST'), changed.join('\n') + rest);
      expect(() => readBundle(folder, pinned), what).toThrow(code('release/bad-signature'));
    };
    for (let i = 0; i < lines.length; i++) {
      refused(lines.toSpliced(i, 1), `without line ${i + 1}`);
      refused(lines.toSpliced(i, 0, lines[i]!), `line ${i + 1} twice`);
      refused(lines.toSpliced(i, 1, `${lines[i]}x`), `line ${i + 1} changed`);
      if (i > 0) refused(lines.toSpliced(i - 1, 2, lines[i]!, lines[i - 1]!), `line ${i + 1} moved up`);
    }
  });

  test('of another signing side, or under the name of ours', async () => {
    const folder = copy();
    const text = written.manifest.slice(0, written.manifest.indexOf('\n\n') + 1);
    const stranger = memoryNoteSigner('audit.example.net/site-b');
    const impostor = memoryNoteSigner('audit.example.net/site-a');
    for (const signer of [stranger, impostor]) {
      writeFileSync(join(folder, 'MANIFEST'), await signNote(text, [signer]));
      expect(() => readBundle(folder, pinned)).toThrow(
        code('release/foreign', /^MANIFEST is signed by audit.example.net\/site-[ab]\+[0-9a-f]{8}, but none/),
      );
    }
    expect(() => readBundle(good, [vkeyOf(stranger)])).toThrow(code('release/foreign'));
    expect(() => readBundle(good, [])).toThrow(code('release/foreign'));
    // The key id of ours over the signature of another key.
    const [, id] = /^— \S+ (\S+)$/m.exec(written.manifest)!;
    const forged = (await signNote(text, [impostor])).replace(/^(— \S+ )(\S+)$/m, (_, head: string, base64: string) => {
      const octets = Buffer.concat([Buffer.from(id!, 'base64').subarray(0, 4), Buffer.from(base64, 'base64').subarray(4)]);
      return head + octets.toString('base64');
    });
    writeFileSync(join(folder, 'MANIFEST'), forged);
    expect(() => readBundle(folder, pinned)).toThrow(code('release/bad-signature'));
  });

  test('signed by the right key, but not the manifest of a release', async () => {
    const folder = copy();
    const text = written.manifest.slice(0, written.manifest.indexOf('\n\n') + 1);
    const manifest = parseManifest(text);
    const resigned = async (changed: string): Promise<string> => {
      writeFileSync(join(folder, 'MANIFEST'), await signNote(changed, [audit]));
      return folder;
    };
    // Lines that change places within the note, with a signature over them as they are.
    const lines = text.split('\n');
    const reordered = lines.toSpliced(-3, 2, lines.at(-2)!, lines.at(-3)!).join('\n');
    expect(() => parseManifest(reordered)).toThrow(code('release/bad-manifest'));
    await resigned(reordered);
    expect(() => readBundle(folder, pinned)).toThrow(code('release/bad-manifest'));
    await resigned(printManifest({ ...manifest, files: manifest.files.filter(({ path }) => path !== 'dsset') }));
    expect(() => readBundle(folder, pinned)).toThrow(code('release/unknown-file', /\/dsset is not one of/));
    await resigned(printManifest({ ...manifest, files: [...manifest.files, { path: 'extra', sha256: HASH, size: 1 }] }));
    expect(() => readBundle(folder, pinned)).toThrow(code('release/unknown-file', /\/extra is not one of/));
    rmSync(join(folder, 'dsset'));
    await resigned(printManifest({ ...manifest, files: manifest.files.filter(({ path }) => path !== 'dsset') }));
    expect(() => readBundle(folder, pinned)).toThrow(code('release/missing-file', /has no dsset/));
    await resigned('origin\n12\nAAAA\n');
    expect(() => readBundle(folder, pinned)).toThrow(code('release/bad-manifest', /^line 1 of MANIFEST is "origin"/));
  });
});
