import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ZoneKey } from '../../signer/zone-key.ts';
import { checkOverrides } from '../../src/release/gate.ts';
import type { GateResult, RuleVerdict } from '../../src/release/gate-types.ts';
import { NOW, ORIGIN, readZone, signText } from '../properties/support/sign-text.ts';
import { keyPair } from '../properties/support/software-signing-key.ts';
import { panelOf, policyWith, throughGate, type Wish, ZONE_TEXT } from './workbench.ts';

const DAY = 86_400;
let keys: readonly ZoneKey[];
let folder = '';

beforeAll(() => {
  keys = keyPair(15);
  folder = mkdtempSync(join(tmpdir(), 'coldsign-gate-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function ask(wish: Partial<Wish> = {}): Promise<GateResult> {
  return (await throughGate({ keys, folder, ...wish })).gate;
}

function rule(gate: GateResult, name: string): Pick<RuleVerdict, 'verdict' | 'text'> {
  const { verdict, text } = gate.verdicts.find((v) => v.rule === name)!;
  return { verdict, text };
}

const failing = ({ verdicts }: GateResult): readonly string[] => verdicts.filter(({ verdict }) => verdict === 'fail').map((v) => v.rule);

const signedBefore = async (text = ZONE_TEXT): Promise<string> => (await signText(text, keys)).text;

describe('a good zone', () => {
  test('passes all rules, in the order of the gate', async () => {
    const gate = await ask();
    expect(gate.passed).toBe(true);
    expect(gate.verdicts.map((v) => [v.rule, v.verdict])).toEqual(
      [
        'verifier',
        'preservation',
        'serial',
        'findings',
        'judges',
        'added',
        'removed',
        'changed',
        'delegations',
        'ds',
        'apex',
        'margin',
      ].map((name, i) => [i > 4 && i < 11 ? `limit-${name}` : name, 'pass']),
    );
    expect(rule(gate, 'verifier').text).toMatch(/^(\d+) of \1 signatures verify over \d+ RRsets; no findings$/);
    expect(rule(gate, 'preservation').text).toBe(`the data of input and output have the digest ${gate.preservation}`);
    expect(rule(gate, 'serial').text).toBe('2026010100, no earlier release');
    expect(gate.changes).toBeUndefined();
  });

  test('what the gate says of the file is what is on the disk', async () => {
    const { gate, signed } = await throughGate({ keys, folder, signing: { cds: true, zonemd: ['sha384'] } });
    const octets = readFileSync(join(folder, 'zone.signed'));
    const { signed: facts } = gate;
    expect(facts).toMatchObject({
      sha256: createHash('sha256').update(octets).digest('hex'),
      size: octets.length,
      records: readZone(signed).recordCount,
      serial: 2026010100,
      validFrom: NOW - 3600,
    });
    // RFC 4034 3.1.5: expiration and inception in the RRSIG, as the text has them.
    const expirations = [...signed.matchAll(/\tRRSIG\t\S+ \d+ \d+ \d+ (\d{14}) /g)].map(([, time]) => time!).sort();
    expect(new Date(facts.validUntil! * 1000).toISOString().replace(/\D/g, '').slice(0, 14)).toBe(expirations[0]);
    expect(facts.keys.map(({ tag }) => tag).sort()).toEqual(keys.map(({ key }) => key.keyTag).sort());
    const lines = (types: string): string =>
      signed
        .split('\n')
        .filter((line) => new RegExp(`\tIN\t(${types})\t`).test(line))
        .map((line) => `${line}\n`)
        .join('');
    expect(facts.cds).toBe(lines('CDS') + lines('CDNSKEY'));
    expect(facts.zonemd).toBe(lines('ZONEMD'));
    expect(facts.cds).toContain('CDNSKEY');
    expect(gate.verification).toMatchObject({
      format: 1,
      zone: ORIGIN,
      serial: 2026010100,
      good: true,
      errors: 0,
      now: '2026-01-01T00:00:00Z',
    });
  });

  test('many signatures are verified by threads', async () => {
    const hosts = Array.from({ length: 1600 }, (_, i) => `h${i}.${ORIGIN} 3600 IN A 192.0.2.1\n`).join('');
    const gate = await ask({ text: ZONE_TEXT + hosts });
    expect(failing(gate)).toEqual([]);
  });
});

describe('verifier and preservation', () => {
  test('a damaged signature fails the verifier; the judges are not started', async () => {
    const judges = panelOf();
    const damage = (signed: string): string =>
      signed.replace(/(www\S+\t3600\tIN\tRRSIG\tA .*)([A-Za-z0-9+/])(==)/, (_, a, c, e) => `${a}${c === 'A' ? 'Q' : 'A'}${e}`);
    const gate = await ask({ damage, judges });
    expect(gate.passed).toBe(false);
    expect(failing(gate)).toEqual(['verifier', 'judges']);
    expect(rule(gate, 'verifier').text).toMatch(/^\d errors?.*; the first error: VERIFY-RRSIG-/);
    expect(rule(gate, 'judges').text).toBe('not asked: the verifier has found the zone bad already');
    expect(judges.asked).toEqual([]);
  });

  test('a file that is no zone file fails, told by the reading', async () => {
    const gate = await ask({ damage: (signed) => `${signed}www IN A 192.0.2.300\n` });
    expect(gate.verification).toMatchObject({ good: false, counts: undefined, errors: 1 });
    expect(rule(gate, 'verifier')).toMatchObject({ verdict: 'fail' });
  });

  test('a signed zone that includes another file is no release', async () => {
    const gate = await ask({ damage: (signed) => `${signed}$INCLUDE zone.signed\n` });
    expect(rule(gate, 'verifier')).toMatchObject({ verdict: 'fail', text: expect.stringContaining('a release is one file') });
  });

  test('a record too many, well signed, is not the input: preservation', async () => {
    const signedWithMail = (await signText(`${ZONE_TEXT}mail.${ORIGIN} 3600 IN A 192.0.2.25\n`, keys)).text;
    const gate = await ask({ damage: () => signedWithMail });
    expect(failing(gate)).toEqual(['preservation']);
    expect(rule(gate, 'preservation').text).toMatch(
      new RegExp(
        `^mail.${ORIGIN} A: in the output 192.0.2.25, not in the input; the data of the input have the digest [0-9a-f]{64}, those of the output ${gate.preservation}$`,
      ),
    );
  });

  test('a digest that was taken when the input was read holds against memory that changed', async () => {
    const gate = await ask({ change: { inputDigest: 'f'.repeat(64) } });
    expect(rule(gate, 'preservation')).toMatchObject({ verdict: 'fail', text: expect.stringContaining('the memory was changed') });
  });

  test('a DS of the parent that no key has', async () => {
    const gate = await ask({ change: { ds: [Uint8Array.of(0, 1, 15, 2, ...new Uint8Array(32))] } });
    expect(failing(gate)).toEqual(['verifier', 'judges']);
    expect(rule(gate, 'verifier').text).toContain('VERIFY-DS-');
  });
});

describe('serial', () => {
  test.each([
    ['2026010101', '2026010101 is ahead of 2026010100', 'pass'],
    ['2026010100', '2026010100 is not ahead of 2026010100 (RFC 1982): secondaries would not take the zone', 'fail'],
    ['1', '1 is not ahead of 2026010100 (RFC 1982): secondaries would not take the zone', 'fail'],
    // RFC 1982 3.2: 2026010100 + 2^31 - 1 is the last one that is ahead.
    ['4173493747', '4173493747 is ahead of 2026010100', 'pass'],
    ['4173493748', '4173493748 is not ahead of 2026010100 (RFC 1982): secondaries would not take the zone', 'fail'],
  ])('%s after 2026010100', async (serial, text, verdict) => {
    const gate = await ask({ text: ZONE_TEXT.replace('2026010100', serial), previous: await signedBefore() });
    expect(rule(gate, 'serial')).toEqual({ verdict, text });
  });

  test('the serial of the release and of the file differ', async () => {
    const gate = await ask({ change: { serial: 7 } });
    expect(rule(gate, 'serial')).toEqual({ verdict: 'fail', text: 'the file has a SOA with the serial 2026010100, the release is 7' });
  });
});

describe('findings, limits and margin', () => {
  const withDname = `${ZONE_TEXT}d.${ORIGIN} 60 IN DNAME example.net.\nx.d.${ORIGIN} 60 IN A 192.0.2.7\n`;

  test('a finding that the policy refuses', async () => {
    const gate = await ask({ text: withDname });
    expect(failing(gate)).toEqual(['findings']);
    expect(rule(gate, 'findings').text).toMatch(/^1 finding that the policy refuses; the first: ZONE-DNAME-DESCENDANTS /);
    const lenient = await ask({ text: withDname, policy: policyWith({ 'refuse-findings': [] }) });
    expect(rule(lenient, 'findings')).toMatchObject({
      verdict: 'pass',
      text: expect.stringMatching(/none of them of the 0 kinds that the policy refuses$/),
    });
  });

  test('half of the data gone', async () => {
    const hosts = Array.from({ length: 10 }, (_, i) => `h${i}.${ORIGIN} 3600 IN A 192.0.2.1\n`).join('');
    const gate = await ask({ text: ZONE_TEXT.replace('2026010100', '2026010101'), previous: await signedBefore(ZONE_TEXT + hosts) });
    expect(failing(gate)).toEqual(['limit-removed']);
    expect(rule(gate, 'limit-removed').text).toBe('10 records removed, the last release has 14 records; the limit is 25 %');
    expect(gate.changes).toMatchObject({ added: 0, removed: 10, changed: 0, records: 4 });
  });

  test('the first signature must outlast the next visit', async () => {
    const signing = { signaturesValidity: 20 * DAY, signaturesValidityDnskey: 20 * DAY, signaturesJitter: 0 };
    const visit = (days: number) => policyWith({}, { 'ceremony-interval': `${days}d`, 'ceremony-slack': '1d' });
    const good = await ask({ signing, policy: visit(19) });
    expect(rule(good, 'margin')).toEqual({
      verdict: 'pass',
      text: 'the first signature ends 2026-01-21T00:00:00Z, not before the latest next visit 2026-01-21T00:00:00Z (ceremony-interval 19d, ceremony-slack 1d)',
    });
    const bad = await ask({ signing, policy: visit(20) });
    expect(failing(bad)).toEqual(['margin']);
    expect(rule(bad, 'margin').text).toBe(
      'the first signature ends 2026-01-21T00:00:00Z, before the latest next visit 2026-01-22T00:00:00Z (ceremony-interval 20d, ceremony-slack 1d)',
    );
  });

  test('RFC 4034 3.1.5: times of signatures are serial numbers, also beyond February 2106', async () => {
    const now = 2 ** 32 - 5 * DAY;
    const gate = await ask({ now });
    expect(failing(gate)).toEqual([]);
    expect(rule(gate, 'margin').text).toContain('the first signature ends 2106-02-15T');
  });
});

describe('judges', () => {
  const four = ['named-checkzone', 'dnssec-verify', 'ldns-verify-zone', 'kzonecheck'] as const;

  test('all accept', async () => {
    const judges = panelOf();
    const gate = await ask({ judges });
    expect(judges.asked).toEqual(four);
    expect(rule(gate, 'judges').text).toBe(
      '4 of 4 judges accept, 4 must; named-checkzone 1.0, dnssec-verify 1.0, ldns-verify-zone 1.0, kzonecheck 1.0',
    );
  });

  test('one gives no verdict: the policy says how many must agree', async () => {
    const judges = panelOf({ kzonecheck: { verdict: 'unavailable', text: 'much\nno verdict within 600 s: stopped' } });
    expect(rule(await ask({ judges }), 'judges').verdict).toBe('fail');
    const three = await ask({ judges, policy: policyWith({ agree: 3 }) });
    expect(rule(three, 'judges')).toEqual({
      verdict: 'pass',
      text: '3 of 4 judges accept, 3 must; named-checkzone 1.0, dnssec-verify 1.0, ldns-verify-zone 1.0; kzonecheck gives no verdict: no verdict within 600 s: stopped',
    });
  });

  test('one that rejects refuses the zone, however few must agree', async () => {
    const judges = panelOf({ 'ldns-verify-zone': { verdict: 'reject', text: 'Error: \u001b[31mbad\n' } });
    const gate = await ask({ judges, policy: policyWith({ agree: 1 }) });
    expect(gate.passed).toBe(false);
    expect(rule(gate, 'judges')).toEqual({
      verdict: 'fail',
      text: '3 of 4 judges accept, 1 must and none may reject; named-checkzone 1.0, dnssec-verify 1.0, kzonecheck 1.0; ldns-verify-zone rejects: Error: ?[31mbad',
    });
  });

  test('at a time that was given, a judge that knows only the clock of the machine does not count', async () => {
    const judges = panelOf({ 'dnssec-verify': { verdict: 'reject' } });
    expect(rule(await ask({ judges }), 'judges').verdict).toBe('fail');
    const rehearsal = await ask({ judges, change: { isTimeGiven: true } });
    expect(rule(rehearsal, 'judges')).toMatchObject({
      verdict: 'pass',
      text: expect.stringMatching(
        /^3 of 3 judges accept, 3 must; .*; dnssec-verify knows only the clock of this machine and does not count/,
      ),
    });
  });
});

describe('overrides', () => {
  test('a rule that failed and may be overridden is overridden; the zone passes', async () => {
    const overrides = new Map([['margin', 'next visit is on Monday']] as const);
    const policy = policyWith({}, { 'ceremony-interval': '90d' });
    const gate = await ask({ policy, overrides });
    expect(rule(gate, 'margin').verdict).toBe('overridden');
    expect(gate.passed).toBe(true);
    expect((await ask({ policy })).passed).toBe(false);
  });

  test('a rule that passed stays passed, and it is told', async () => {
    const gate = await ask({ overrides: new Map([['limit-ds', 'new registrar']] as const) });
    expect(rule(gate, 'limit-ds')).toEqual({
      verdict: 'pass',
      text: 'no earlier release to compare with (it was to be overridden, which was not needed)',
    });
  });

  test('a rule that the policy does not name fails all the same', async () => {
    const policy = policyWith({ overridable: ['findings'] }, { 'ceremony-interval': '90d' });
    const gate = await ask({ policy, overrides: new Map([['margin', 'please']] as const) });
    expect(failing(gate)).toEqual(['margin']);
  });

  test('judges that were not asked cannot be overridden', async () => {
    const policy = policyWith({ overridable: ['judges'] });
    const gate = await ask({ policy, overrides: new Map([['judges', 'please']] as const), damage: (signed) => `${signed}www IN A 1\n` });
    expect(failing(gate)).toContain('judges');
  });

  test('before signing: what cannot be overridden is refused', () => {
    const policy = policyWith({ overridable: ['margin', 'limit-removed'] });
    expect(() => checkOverrides(policy, new Map([['margin', 'x']]))).not.toThrow();
    expect(() => checkOverrides(policy, new Map())).not.toThrow();
    for (const name of ['judges', 'verifier', 'preservation', 'serial', 'nonsense']) {
      expect(
        () =>
          checkOverrides(
            policy,
            new Map([
              ['margin', 'x'],
              [name, 'x'],
            ]),
          ),
        name,
      ).toThrow(
        expect.objectContaining({
          code: 'gate/not-overridable',
          message: `--override ${name}: the policy default lets margin, limit-removed be overridden`,
        }),
      );
    }
    // A configuration cannot make the verifier overridable, whatever it says.
    expect(() =>
      checkOverrides({ ...policy, gate: { ...policy.gate, overridable: ['verifier' as 'margin'] } }, new Map([['verifier', 'x']])),
    ).toThrow(expect.objectContaining({ code: 'gate/not-overridable' }));
  });
});
