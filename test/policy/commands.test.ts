import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Refusal } from '../../signer/errors.ts';
import { defaultConfigText } from '../../src/config/default-config.ts';
import { addZone } from '../../src/config/edit-config.ts';
import { parseConfig } from '../../src/config/parse-config.ts';
import { policyCommands } from '../../src/program/policy.ts';

const SAMPLES = new URL('samples/', import.meta.url).pathname;
let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'coldsign-policy-'));
  const text = defaultConfigText({ origin: 'audit.example/a', tokens: { ksk: 'pkcs11:token=a' } });
  writeFileSync(join(dir, 'coldsign.yaml'), addZone(text, { name: 'example.org', source: 'a.zone' }));
  writeFileSync(join(dir, 'a.zone'), '$TTL 2d\n@ SOA ns h 1 3600 900 1209600 300\n@ NS ns.example.net.\nb NS ns.example.net.\n');
});

afterEach(() => rmSync(dir, { recursive: true }));

interface Run {
  readonly status: number;
  readonly out: string;
  readonly code?: string;
}

async function policy(...args: string[]): Promise<Run> {
  let out = '';
  let status = 0;
  const io = { out: { write: (text: string | Uint8Array) => (out += String(text)) }, err: process.stderr };
  const command = new Command('policy').exitOverride();
  policyCommands(command, io, (code) => {
    status = code;
  });
  try {
    await command.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { status: 1, out: error.message, code: error.code };
  }
  return { status, out };
}

const inDir = (...args: string[]) => policy(...args, '--dir', dir);
const configText = () => readFileSync(join(dir, 'coldsign.yaml'), 'utf8');

test('policy check reads the zone files, exits with 1 on an error, and says which inequality fails', async () => {
  const { status, out } = await inDir('check');
  expect(status).toBe(1);
  expect(out).toContain(
    'error POLICY-ZONE-TTL-ABOVE-MAX zone example.org. (policy default): the largest TTL 2d is above zone-max-ttl 1d\n',
  );
  expect(out).toMatch(/coldsign\.yaml: 1 policy, 1 zone: 1 error, 1 warning\n$/);
  writeFileSync(join(dir, 'coldsign.yaml'), configText().replace('# zone-max-ttl: 1d  ', 'zone-max-ttl: 2d  '));
  const json = await inDir('check', '--json');
  expect(json.status).toBe(0);
  expect(JSON.parse(json.out)).toMatchObject({ format: 1, zones: 1, errors: 0, warnings: 1 });
});

test('a zone file that is not there, or not one, is no error of the policy', async () => {
  writeFileSync(join(dir, 'a.zone'), 'this is not a zone (\n');
  expect((await inDir('check')).out).toContain('info POLICY-ZONE-UNREAD');
  rmSync(join(dir, 'a.zone'));
  const { status, out } = await inDir('check');
  expect({ status, hit: out.includes('info POLICY-ZONE-UNREAD') }).toEqual({ status: 0, hit: true });
});

test('policy explain and show, in words and as JSON', async () => {
  const { out } = await inDir('explain', '--zone', 'Example.org');
  expect(out).toContain('policy default, followed by 1 zone; figures for example.org.');
  // 1 d + 1 d + 5 d + 14 d + 2 d
  expect(out).toMatch(/\nsignatures-validity +auto \(coldsign\.yaml\): 23d for this zone\n/);
  expect(out).toMatch(/\ndnskey-ttl +1h \(default\)\n/);
  expect(JSON.parse((await inDir('explain', 'default', '--json')).out)).toMatchObject({ format: 1, policy: 'default', zones: 1 });
  expect((await inDir('explain', 'other')).code).toBe('policy/unknown');
  expect((await inDir('explain', '--zone', 'example.com')).code).toBe('workspace/unknown-zone');
  expect((await inDir('show')).out).toMatch(/^policy +zones +algorithm.*\ndefault +1 +13 +ksk-zsk/);
  const shown = (await inDir('show', 'default')).out;
  expect(shown).toContain('    signatures-refresh: 5d\n');
  expect(shown).toContain('      limits: { added: none, removed: { percent: 25 },');
  expect(JSON.parse((await inDir('show', 'default', '--json')).out).policies[0]).toMatchObject({
    name: 'default',
    nsec3: false,
    gate: { agree: 4 },
  });
});

test('policy schema needs no workspace', async () => {
  expect(JSON.parse((await policy('schema')).out)).toMatchObject({ title: 'coldsign.yaml' });
});

test('policy import puts policies into coldsign.yaml, keeps the rest, and reports', async () => {
  const before = configText();
  const { out } = await inDir('import', '--bind', join(SAMPLES, 'named.conf'), '--name', 'registry');
  expect(out).toContain('carried over:\n');
  expect(out).toContain('  10: registry nsec3param iterations 5 (0 iterations, as RFC 9276 3.1 asks for: the chain is made anew)\n');
  expect(out).toContain('policy registry: written to coldsign.yaml');
  expect(out).not.toContain('bare');
  const after = configText();
  const added = after.slice(after.indexOf('  registry:\n'), after.indexOf('\n# The zones:'));
  expect(after.replace(added, '')).toBe(before);
  expect(parseConfig(after, 'f', dir).policies['registry']).toMatchObject({ algorithm: 8, bits: 4096, kskLifetime: 31_536_000 });
  // The same name once more.
  const kasp = ['import', '--opendnssec', join(SAMPLES, 'kasp.xml'), '--name', 'registry'];
  expect((await inDir(...kasp)).code).toBe('policy/exists');
  expect(configText()).toBe(after);
  await inDir(...kasp, '--rename', 'other');
  expect(parseConfig(configText(), 'f', dir).policies['other']!.bits).toBe(2048);
  await inDir(...kasp, '--replace');
  expect(parseConfig(configText(), 'f', dir).policies['registry']!.bits).toBe(2048);
});

test('policy import that changes nothing: a dry run, and what is refused', async () => {
  const before = configText();
  const bind = join(SAMPLES, 'named.conf');
  expect(JSON.parse((await inDir('import', '--bind', bind, '--dry-run', '--json')).out).policies).toHaveLength(3);
  expect((await inDir('import')).code).toBe('usage/policy-source');
  expect((await inDir('import', '--bind', bind, '--opendnssec', bind)).code).toBe('usage/policy-source');
  expect((await inDir('import', '--bind', bind, '--rename', 'x')).code).toBe('usage/policy-rename');
  expect((await inDir('import', '--bind', bind, '--name', 'regisry')).code).toBe('policy/unknown');
  expect((await inDir('import', '--opendnssec', bind)).code).toBe('policy/bad-import');
  expect((await inDir('import', '--bind', join(dir, 'none'))).code).toBe('file/unreadable');
  expect((await inDir('import', '--bind', join(dir, 'coldsign.yaml'))).code).toBe('policy/bad-import');
  writeFileSync(join(dir, 'twice.conf'), 'dnssec-policy "a b" { };\ndnssec-policy a-b { };\n');
  expect((await inDir('import', '--bind', join(dir, 'twice.conf'), '--replace')).code).toBe('policy/exists');
  writeFileSync(join(dir, 'options.conf'), 'options { };');
  expect((await inDir('import', '--bind', join(dir, 'options.conf'))).code).toBe('policy/none-in-file');
  expect((await inDir('import', '--bind', bind, '--name', 'bare', '--rename', 'a b')).code).toBe('policy/bad-config');
  expect(configText()).toBe(before);
});
