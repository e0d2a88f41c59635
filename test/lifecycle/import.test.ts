import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Keystore, openKeystore } from '../../keystore/keystore.ts';
import { choosePinSource } from '../../keystore/pin/source.ts';
import { parsePkcs11Uri } from '../../keystore/pkcs11/uri.ts';
import { toHex } from '../../signer/dns/bytes.ts';
import { parseName } from '../../signer/dns/name.ts';
import { DIGEST, dnskeyRdata, dsRdata, keyTag } from '../../signer/dnssec/dnskey.ts';
import type { KeyFacts } from '../../src/state/state.ts';
import { readWorkspace } from '../../src/workspace/read-only.ts';
import { EXAMPLE_ZONE, makeTestWorkspace, type TestWorkspace } from '../support/workspace.ts';
import { addForeign, keysOf, tokenUri, WITHOUT_JUDGES } from './stage.ts';

const KNOT_ID = '00112233445566778899aabbccddeeff00112233';
const ODS_ID = 'fedcba9876543210fedcba9876543210';

/** What is on the token, as DNSKEY records. */
interface Found {
  readonly id: string;
  readonly label: string;
  readonly publicKey: Uint8Array;
}

describe('keys of other programs', () => {
  let original: TestWorkspace;
  let found: readonly Found[];
  beforeAll(async () => {
    original = await makeTestWorkspace({ config: WITHOUT_JUDGES });
    const file = original.write('example.zone', EXAMPLE_ZONE);
    await original.must('zone', 'add', 'example.', '--source', file, '--apply');
    addForeign(original, [
      { kind: 'pair', label: 'Kjqmt7v', algorithm: 8 },
      { kind: 'pair', label: 'Kjqmt8a', algorithm: 8 },
      { kind: 'pair', label: ODS_ID, id: ODS_ID },
      { kind: 'pair', label: '', id: KNOT_ID },
      { kind: 'pair', label: 'example-ksk "ä" 100%', id: 'aa01' },
      { kind: 'pair', label: 'example-zsk', id: 'aa02', privateLabel: 'example-zsk' },
      { kind: 'pair', label: 'loose', id: 'aa03', extractable: true, sensitive: false },
      { kind: 'pair', label: 'edwards', id: 'aa04', algorithm: 15 },
      { kind: 'pair', label: 'rsa-zsk', id: 'aa05', algorithm: 8 },
    ]);
    await using keystore = await open(original);
    found = (await keystore.listKeys())
      .filter(({ label }) => !label.startsWith('coldsign audit'))
      .map(({ id, label, publicKey }) => ({ id: toHex(id), label, publicKey: publicKey! }));
  });
  afterAll(() => original[Symbol.dispose]());

  const open = (workspace: TestWorkspace): Promise<Keystore> => {
    const uri = parsePkcs11Uri(tokenUri(workspace));
    return openKeystore({ uri, pin: choosePinSource(uri), workers: 1 });
  };
  const rdata = (label: string, flags: number, algorithm = 13): Uint8Array =>
    dnskeyRdata(flags, algorithm, found.find((key) => key.label === label)!.publicKey);
  const record = (octets: Uint8Array, owner = 'example.'): string =>
    `${owner} 3600 IN DNSKEY ${(octets[0]! << 8) | octets[1]!} 3 ${octets[3]} ${Buffer.from(octets.subarray(4)).toString('base64')}\n`;
  const imported = async (name: string, text: string, ...args: readonly string[]) => {
    using workspace = copy();
    const path = workspace.write(name, text);
    const result = await workspace.run('key', 'import', '--zone', 'example.', '--from', path, ...args);
    return { ...result, keys: keysOf(workspace), facts: readWorkspace(workspace.dir).state.zones['example.']?.facts ?? {} };
  };
  let copies = 0;
  const copy = (): TestWorkspace => original.copyTo(join(original.dir, '..', `copy-${copies++}`, 'workspace'));

  test('DNSKEY records: found by public key, whatever the label says; all of them or none', async () => {
    const both = record(rdata('example-ksk "ä" 100%', 257)) + record(rdata('edwards', 256, 15));
    const { status, keys, facts, err } = await imported('keys', both);
    expect(status, err).toBe(0);
    expect(keys.map(({ role, id, algorithm }) => `${role} ${id} ${algorithm}`)).toEqual(
      expect.arrayContaining(['ksk aa01 13', 'zsk aa04 15']),
    );
    expect(keys).toHaveLength(2);
    expect(factsOf(facts, 'aa01')).toEqual({ imported: 'other' });
    expect(err).toContain('has the algorithm 15 (ED25519)');
    const unknown = await imported('keys', both + record(NO_TOKEN_HAS_IT));
    expect([unknown.status, unknown.keys]).toEqual([1, []]);
    expect(unknown.err).toContain('error key/not-found');
  });

  test('BIND: a folder of K*.key and K*.private with Engine and Label in base64, other zones left aside', async () => {
    using workspace = copy();
    const folder = workspace.path('keys');
    mkdirSync(folder);
    const nul = (text: string): string => Buffer.from(`${text}\0`).toString('base64');
    const write = (octets: Uint8Array, label: string, owner = 'example.'): void => {
      const base = join(folder, `K${owner}+013+${String(keyTag(octets)).padStart(5, '0')}`);
      writeFileSync(`${base}.key`, `; This is a key, keyid ${keyTag(octets)}, for ${owner}\n${record(octets, owner)}`);
      writeFileSync(
        `${base}.private`,
        `Private-key-format: v1.3\nAlgorithm: 13 (ECDSAP256SHA256)\nEngine: ${nul('pkcs11')}\nLabel: ${nul(label)}\nCreated: 20260101000000\n`,
      );
    };
    write(rdata('example-ksk "ä" 100%', 257), 'pkcs11:token=x;object=example-ksk%20%22%c3%a4%22%20100%25;type=private?pin-source=/etc/pin');
    write(rdata('example-zsk', 256), 'pkcs11:id=%aa%02');
    write(rdata('edwards', 256, 15), 'pkcs11:object=edwards', 'other.');
    const done = await workspace.run('key', 'import', '--zone', 'example.', '--from', folder);
    expect(`${done.status} ${done.err}`).toBe('0 ');
    expect(
      keysOf(workspace)
        .map(({ role, id }) => `${role} ${id}`)
        .sort(),
    ).toEqual(['ksk aa01', 'zsk aa02']);
    // Imported keys are used as they are, and shown as imported for ever.
    await workspace.must('zone', 'sign', 'example.');
    const listed = await workspace.must('key', 'list');
    expect(listed.out.match(/published .*imported from bind/g)).toHaveLength(2);
    const again = await workspace.run('key', 'import', '--zone', 'example.', '--from', folder);
    expect([again.status, again.err]).toEqual([0, expect.stringContaining('the log has all of them')]);
    writeFileSync(join(folder, 'Kexample.+013+00001.key'), record(rdata('loose', 257)));
    writeFileSync(join(folder, 'Kexample.+013+00001.private'), 'Private-key-format: v1.3\nAlgorithm: 13\nPrivateKey: c2VjcmV0IQ==\n');
    const open = await workspace.run('key', 'import', '--zone', 'example.', '--from', folder);
    expect([open.status, open.err]).toEqual([1, expect.stringContaining('error key/bad-claims')]);
    expect(open.err).not.toContain('c2VjcmV0');
  });

  test('Knot: key ids are CKA_IDs; the key tag must be the one on record', async () => {
    const tag = keyTag(rdata('', 256));
    const brief = `${KNOT_ID} ${String(tag).padStart(5)} ZSK ECDSAP256SHA256 publish=1699999999 active=1700000000\n`;
    const full = `${KNOT_ID} ksk=no zsk=yes tag=${String(tag).padStart(5, '0')} algorithm=13 size=256  public-only=no  publish=-1D\n`;
    for (const text of [brief, full]) {
      const { status, keys, facts, err } = await imported('list', text);
      expect(`${status} ${err}`).toBe('0 ');
      expect(keys).toMatchObject([{ role: 'zsk', keyTag: tag, id: KNOT_ID, label: '' }]);
      expect(factsOf(facts, KNOT_ID)?.imported).toBe('knot');
    }
    const wrong = await imported('list', brief.replace(String(tag), String(tag === 7 ? 8 : 7)));
    expect([wrong.status, wrong.err]).toEqual([1, expect.stringContaining('error key/mismatch')]);
  });

  test('OpenDNSSEC: the verbose key list, blanks in its columns, other zones left aside', async () => {
    const tag = keyTag(rdata(ODS_ID, 257));
    const text = [
      'Keys:',
      'Zone:                           Keytype: State:    Date of next transition: Size: Algorithm: CKA_ID:                          Repository: KeyTag:',
      `example                         KSK      ready     waiting for ds-seen      512   13         ${ODS_ID} SoftHSM     ${tag}`,
      `other                           ZSK      active    2026-12-01 00:00:00      512   13         ${KNOT_ID.slice(0, 32)} SoftHSM     1`,
      '',
    ].join('\n');
    const { status, keys, facts, err } = await imported('list', text);
    expect(`${status} ${err}`).toBe('0 ');
    expect(keys).toMatchObject([{ role: 'ksk', keyTag: tag, id: ODS_ID, label: ODS_ID }]);
    expect(factsOf(facts, ODS_ID)?.imported).toBe('opendnssec');
  });

  test('kskm: keys without CKA_ID, told apart by the DS digest, can sign afterwards', async () => {
    using workspace = copy();
    const rsa = rdata('Kjqmt8a', 257, 8);
    const digest = toHex(dsRdata(parseName('example.'), rsa, DIGEST.sha256).subarray(4)).toUpperCase();
    const yaml = (label: string, ds: string): string =>
      `hsm:\n  softhsm:\n    module: /x.so\nkeys:\n  ksk_current:\n    description: the key\n    label: ${label}\n    key_tag: ${keyTag(rsa)}\n    algorithm: RSASHA256\n    rsa_size: 2048\n    rsa_exponent: 65537\n    ds_sha256: ${ds}\n`;
    // The digest decides: the label is that of another key.
    const path = workspace.write('ksrsigner.yaml', yaml('Kjqmt8a', digest));
    const zsk = workspace.write('zsk', record(rdata('rsa-zsk', 256, 8)));
    const done = await workspace.run('key', 'import', '--zone', 'example.', '--from', path, '--dnskey', zsk);
    expect(`${done.status} ${done.err}`).toContain('0 ');
    expect(done.out).toContain('no CKA_ID, "Kjqmt8a"');
    expect(keysOf(workspace)).toMatchObject([
      { role: 'ksk', id: '', label: 'Kjqmt8a', keyTag: keyTag(rsa) },
      { role: 'zsk', id: 'aa05' },
    ]);
    const listed = await workspace.must('key', 'list', '--live');
    expect(listed.err).toBe('');
    await workspace.must('zone', 'sign', 'example.');
    const foreign = await imported('ksrsigner.yaml', yaml('Kjqmt8a', digest.replace(/^../, digest.startsWith('00') ? '11' : '00')));
    expect([foreign.status, foreign.err]).toEqual([1, expect.stringContaining('error key/mismatch')]);
  });

  test('a key that could have left its token is adopted with a reason only, and the log has it', async () => {
    const refused = await imported('keys', record(rdata('loose', 257)));
    expect([refused.status, refused.err]).toEqual([1, expect.stringContaining('error key/extractable-import')]);
    const unreasoned = await imported('keys', record(rdata('loose', 257)), '--accept-extractable');
    expect(unreasoned.err).toContain('error gate/no-reason');
    const taken = await imported('keys', record(rdata('loose', 257)), '--accept-extractable', '--reason', 'until the rollover in spring');
    expect(taken.keys).toMatchObject([{ id: 'aa03' }]);
  });

  test('flags decide the role; a CSK is one by --role or policy', async () => {
    const text = record(rdata('example-ksk "ä" 100%', 257));
    expect((await imported('keys', text, '--role', 'csk')).keys).toMatchObject([{ role: 'csk' }]);
    expect((await imported('keys', text, '--role', 'zsk')).err).toContain('error key/role-mismatch');
    expect((await imported('keys', 'nothing of the kind\n')).err).toContain('error key/bad-claims');
    expect((await imported('keys', record(rdata('example-zsk', 256), 'other.'))).err).toContain('error key/bad-claims');
  });

  test('two private keys of one public key: none is taken; softhsm2-util has imported them', async () => {
    using workspace = copy();
    // The token folder of a copy is its own from the first use on.
    await workspace.must('key', 'list', '--live');
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pem = workspace.write('key.pem', privateKey.export({ format: 'pem', type: 'pkcs8' }) as string);
    const text = record(dnskeyRdata(257, 13, publicKey.export({ format: 'der', type: 'spki' }).subarray(-64)));
    importPem(workspace, pem, 'first', 'bb01');
    const path = workspace.write('keys', text);
    const args = ['key', 'import', '--zone', 'example.', '--from', path] as const;
    importPem(workspace, pem, 'second', 'bb02');
    const refused = await workspace.run(...args);
    expect([refused.status, refused.err]).toEqual([1, expect.stringContaining('CKA_ID bb01 "first", CKA_ID bb02 "second"')]);
    expect(refused.err).toContain('error key/ambiguous');
  });

  test('one key in two roles of a zone is refused: its flags would make it two DNSKEYs', async () => {
    const both = record(rdata('example-zsk', 256)) + record(rdata('example-zsk', 257));
    const { status, err, keys } = await imported('keys', both);
    expect([status, err, keys]).toEqual([1, expect.stringContaining('error key/two-roles'), []]);
  });
});

function factsOf(facts: Readonly<Record<string, KeyFacts>>, id: string): KeyFacts | undefined {
  return Object.entries(facts).find(([name]) => name.endsWith(` ${id}`))?.[1];
}

/** The generator of the curve as a public key: a key that no token has. */
const NO_TOKEN_HAS_IT = dnskeyRdata(
  256,
  13,
  Uint8Array.fromHex(
    '6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5',
  ),
);

function importPem(workspace: TestWorkspace, pem: string, label: string, id: string): void {
  const { token, pinSource, softhsmConf } = parsePkcs11Uri(tokenUri(workspace));
  const pin = readFileSync(pinSource!.replace('file:', ''), 'utf8').trim();
  const args = ['--import', pem, '--token', token!, '--label', label, '--id', id, '--pin', pin];
  execFileSync('softhsm2-util', args, { env: { ...process.env, SOFTHSM2_CONF: softhsmConf! }, stdio: 'pipe' });
}
