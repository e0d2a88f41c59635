import { appendFileSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { printPkcs11Uri } from '../../keystore/pkcs11/uri.ts';
import { parseName } from '../../signer/dns/name.ts';
import { type CliResult, coldsign } from '../support/cli.ts';
import { makeTestToken, type TestToken, withToken } from '../support/token.ts';

let token: TestToken;
beforeAll(async () => {
  token = await makeTestToken('doctor');
});
afterAll(() => token[Symbol.dispose]());

const doctor = (...args: string[]): Promise<CliResult> => coldsign(['token', 'doctor', ...args]);
const parsed = ({ out }: CliResult) => JSON.parse(out);
const ids = (report: { findings: { id: string }[] }): string[] => report.findings.map(({ id }) => id);

describe('SoftHSM', () => {
  test('all algorithms work, every signature verifies, and the token holds what it held', async () => {
    await using keystore = await token.open({ workers: 1 });
    await keystore.generate({ zone: parseName('example.'), role: 'ksk', algorithm: 13 });
    const before = await keystore.findKeys({});
    const result = await doctor(token.uriText, '--json');
    expect(result.status, result.err).toBe(0);
    const report = parsed(result);
    const names = 'at findings flags format hardwareVersion library login mechanisms memory module pinLength sessions slot token trials';
    expect(Object.keys(report).sort()).toEqual(names.split(' '));
    expect(report.format).toBe(1);
    const lengths = report.trials.algorithms.map((a: { algorithm: number; kind: string; signatureOctets: number }) => [
      a.algorithm,
      a.kind,
      a.signatureOctets,
    ]);
    // RFC 3110 3, RFC 6605 4, RFC 8080 4: octets of a signature.
    expect(lengths).toEqual([
      [8, 'works', 256],
      [10, 'works', 256],
      [13, 'works', 64],
      [14, 'works', 96],
      [15, 'works', 64],
      [16, 'works', 114],
    ]);
    expect(report.trials).toMatchObject({ before: { objects: 2, trials: 0 }, remains: 0, abilities: { sessions: { opened: 16 } } });
    expect(report.trials.after).toEqual(report.trials.before);
    expect(report.module.binding).toMatchObject({ kind: 'bound', to: [{ isNode: true }] });
    expect(ids(report)).toEqual(['TOKEN-DEFAULTS', 'TOKEN-SYMBOLS', 'TOKEN-SOFTWARE', 'TOKEN-NO-PIN-PAD']);
    expect(await keystore.findKeys({})).toEqual(before);
    expect(result.out + result.err).not.toContain(readFileSync(token.folder.pinFile, 'utf8'));
  });

  test('the report in words', async () => {
    const { out, err, status } = await doctor('--token', token.uriText, '--token-keys');
    expect(status, err).toBe(0);
    for (const head of ['module', 'token', 'mechanisms', 'algorithms', 'abilities', 'verdict', 'findings'])
      expect(out).toMatch(new RegExp(`^${head}$`, 'm'));
    expect(out).toMatch(/^ {2}label {8}doctor$/m);
    expect(out).toMatch(
      /^ {2}15 \(ED25519\) +KSK and ZSK: about [\d,]+ signatures a second in one session, a zone of 100,000 signatures takes about/m,
    );
    expect(out).toMatch(
      /^ {2}warning TOKEN-DEFAULTS a key is not sensitive on this token unless its maker says otherwise; coldsign does\n {6}next: /m,
    );
  });

  test('without a login no PIN is read, and what was not tried is said', async () => {
    const { pinSource: _pin, ...bare } = token.uri;
    const result = await doctor(printPkcs11Uri(bare), '--no-login', '--json');
    expect(result.status, result.err).toBe(0);
    const report = parsed(result);
    expect(report).toMatchObject({ login: false, untried: 'no login was wanted', token: { label: 'doctor' } });
    expect(report).not.toHaveProperty('trials');
    expect(ids(report)).toContain('TOKEN-NOT-TRIED');
  });
});

test('a SoftHSM without EdDSA: the others work, and the absence is told', async () => {
  await withToken(async (poor) => {
    // SoftHSM ignores the first name of a negative list.
    appendFileSync(poor.folder.config, 'slots.mechanisms = -X,CKM_EDDSA,CKM_AES_KEY_WRAP,CKM_AES_KEY_WRAP_PAD\n');
    const report = parsed(await doctor(poor.uriText, '--json'));
    const kinds = report.trials.algorithms.map((verdict: { kind: string }) => verdict.kind);
    expect(kinds).toEqual(['works', 'works', 'works', 'works', 'absent', 'absent']);
    expect(report.trials.algorithms.at(-1)).toEqual({ kind: 'absent', algorithm: 16, missing: 'CKM_EDDSA' });
    expect(ids(report)).toEqual(expect.arrayContaining(['TOKEN-NO-EDDSA', 'TOKEN-NO-WRAP']));
  });
});

test('a module that writes PINs down is looked at, and gets none', async () => {
  const spy = join(token.folder.dir, 'tokens-log.so');
  copyFileSync(token.uri.modulePath!, spy);
  appendFileSync(spy, '\0PKCS11SPY_OUTPUT\0');
  const result = await doctor(printPkcs11Uri({ ...token.uri, modulePath: spy }), '--json');
  expect(result.status).toBe(1);
  expect(parsed(result)).toMatchObject({ login: false, untried: 'the module writes PINs to a log', module: { kind: 'spy' } });
  expect(ids(parsed(result))[0]).toBe('TOKEN-SPY');
});

test('a wrong PIN is tried once, and the report of the counter follows', async () => {
  await withToken(async (mistaken) => {
    const wrong = join(mistaken.folder.dir, 'wrong-pin');
    writeFileSync(wrong, 'not the PIN of this token\n', { mode: 0o600 });
    const refused = await doctor(printPkcs11Uri({ ...mistaken.uri, pinSource: `file:${wrong}` }));
    expect(refused.status).toBe(1);
    expect(refused.err).toContain('pin/incorrect');
    expect(ids(parsed(await doctor(mistaken.uriText, '--json', '--no-login')))).toContain('TOKEN-PIN-COUNT-LOW');
    expect(ids(parsed(await doctor(mistaken.uriText, '--json')))).toContain('TOKEN-PIN-COUNT-LOW');
    expect(ids(parsed(await doctor(mistaken.uriText, '--json', '--no-login')))).not.toContain('TOKEN-PIN-COUNT-LOW');
  });
});

test.each([
  [['token', 'doctor'], 'usage/no-token', 2],
  [['token', 'doctor', 'pkcs11:token=a', '--token', 'pkcs11:token=b'], 'usage/two-tokens', 2],
  [['token', 'doctor', 'pkcs11:token=absent', '--no-login'], 'token/not-found', 1],
  [['token', 'doctor', 'pkcs11:', '--no-login'], 'token/bad-uri', 1],
] as const)('%j: %s', async (args, code, status) => {
  const result = await coldsign(args, { env: { SOFTHSM2_CONF: token.folder.config } });
  expect(result.err).toContain(code);
  expect(result.status).toBe(status);
});
