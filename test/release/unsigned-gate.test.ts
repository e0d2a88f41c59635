import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseName } from '../../signer/dns/name.ts';
import { checkZone } from '../../signer/zone/checks/check-zone.ts';
import type { OverridableRule } from '../../src/config/config.ts';
import type { RawGate } from '../../src/config/schema.ts';
import { checkOverrides, type JudgePanel, makeJudgePanel } from '../../src/release/gate.ts';
import type { GateOutcome } from '../../src/release/gate-types.ts';
import { runJudges } from '../../src/release/judges.ts';
import { inputZone } from '../../src/release/preservation.ts';
import { writeUnsignedFile } from '../../src/release/unsigned-file.ts';
import { runUnsignedGate } from '../../src/release/unsigned-gate.ts';
import { NOW, ORIGIN, read, readZone, signText } from '../properties/support/sign-text.ts';
import { keyPair } from '../properties/support/software-signing-key.ts';
import { panelOf, policyWith, SILENT_IO, ZONE_TEXT } from './workbench.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'coldsign-unsigned-gate-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SERIAL = 2026010100;
const DS = `sub.${ORIGIN} 3600 IN DS 4711 13 2 ${'00'.repeat(32)}\n`;
/** RFC 9615 2: signalling records below the apex are data of the zone. */
const SIGNAL = `_dsboot.www.${ORIGIN} 3600 IN CDS 4711 13 2 ${'00'.repeat(32)}\n`;

interface Wish {
  readonly text?: string;
  /** What is on the disk in place of it. */
  readonly file?: string;
  readonly gate?: Partial<RawGate>;
  readonly judges?: JudgePanel;
  readonly previous?: { readonly text: string; readonly serial: number };
  readonly serial?: number;
  readonly overrides?: ReadonlyMap<OverridableRule, string>;
}

async function ask({ text = ZONE_TEXT, file, gate, judges = panelOf(), previous, serial = SERIAL, overrides = new Map() }: Wish = {}) {
  const path = join(folder, 'zone.unsigned');
  const { store, findings } = read(text);
  const input = inputZone(store, parseName(ORIGIN));
  if (file === undefined) writeUnsignedFile(readZone(text), path);
  else writeFileSync(path, file, 'latin1');
  return await runUnsignedGate({
    apex: parseName(ORIGIN),
    origin: ORIGIN,
    serial,
    now: NOW,
    file: path,
    input,
    previous: previous && { zone: readZone(previous.text), serial: previous.serial },
    policy: policyWith(gate),
    findings: [...findings, ...checkZone(input, { records: store })],
    overrides,
    judges,
    io: SILENT_IO,
  });
}

function rule({ verdicts }: GateOutcome, name: string): readonly [verdict: string, text: string] {
  const { verdict, text } = verdicts.find((one) => one.rule === name)!;
  return [verdict, text];
}

test('neither verifier nor margin has a part in it; DS of delegations and signalling records are data', async () => {
  const gate = await ask({ text: `${ZONE_TEXT}${DS}${SIGNAL}` });
  expect(gate.verdicts.map((one) => `${one.rule} ${one.verdict}`)).toEqual(
    [
      'unsigned',
      'preservation',
      'serial',
      'findings',
      'judges',
      ...['added', 'removed', 'changed', 'delegations', 'ds', 'apex'].map((name) => `limit-${name}`),
    ].map((name) => `${name} pass`),
  );
  expect(gate).toMatchObject({
    passed: true,
    signed: { serial: SERIAL, validFrom: undefined, validUntil: undefined, keys: [], records: 7 },
  });
});

// RFC 4035 2: only a signed zone has them. A NSEC3PARAM that stays, and servers that load the zone, look for a chain that is not there.
describe('no record of the signer is anywhere', () => {
  test.each([
    ['apex', 'NSEC3PARAM', '1 0 0 -'],
    ['apex', 'DNSKEY', '257 3 13 AQID'],
    ['apex', 'CDS', '0 0 0 00'],
    ['apex', 'CDNSKEY', '0 3 0 AA=='],
    ['apex', 'ZONEMD', `${SERIAL} 1 1 ${'00'.repeat(48)}`],
    ['www', 'NSEC', `${ORIGIN} A NSEC`],
    ['sub', 'RRSIG', `DS 13 2 3600 20270101000000 20260101000000 4711 ${ORIGIN} AAAA`],
    ['0p9mhaveqvm6t7vbl5lop2u3t2rp3tom', 'NSEC3', '1 0 0 - 2t7b4g4vsa5smi47k61mv5bv1a22bojr A'],
  ])('%s %s', async (owner, type, rdata) => {
    const judges = panelOf();
    const name = owner === 'apex' ? ORIGIN : `${owner}.${ORIGIN}`;
    const gate = await ask({ file: `${ZONE_TEXT}${name} 3600 IN ${type} ${rdata}\n`, judges });
    expect(gate.passed).toBe(false);
    expect(rule(gate, 'unsigned')).toEqual(['fail', `${name} has ${type} records, which only a signed zone has`]);
    expect(rule(gate, 'preservation')[0]).toBe('pass');
    expect([judges.asked, rule(gate, 'judges')[0]]).toEqual([[], 'fail']);
  });

  test('a signed zone under the name of an unsigned one', async () => {
    const { text } = await signText(ZONE_TEXT, keyPair(15));
    expect(rule(await ask({ file: text }), 'unsigned')[0]).toBe('fail');
  });
});

describe('the file is read anew from the disk', () => {
  test.each([
    ['a record that is not of the zone', (text: string) => `${text}other.example. 3600 IN A 192.0.2.1\n`, 'unsigned'],
    ['a record twice', (text: string) => `${text}www.${ORIGIN} 3600 IN A 192.0.2.1\n`, 'unsigned'],
    ['a line that is none', (text: string) => `${text}www.${ORIGIN} 3600 IN A 192.0.2.\n`, 'unsigned'],
    ['an address that was changed', (text: string) => text.replace('192.0.2.1', '192.0.2.2'), 'preservation'],
    ['a record that is lost', (text: string) => text.replace(/www.*\n/, ''), 'preservation'],
    ['another serial', (text: string) => text.replace(`${SERIAL}`, `${SERIAL + 1}`), 'serial'],
  ])('%s', async (_, change, name) => {
    const gate = await ask({ file: change(ZONE_TEXT) });
    expect(gate.passed).toBe(false);
    expect(rule(gate, name)[0]).toBe('fail');
  });

  test('against the release before, signed or not, serial and data are judged as ever', async () => {
    const { text } = await signText(ZONE_TEXT.replace('192.0.2.1', '192.0.2.7'), keyPair(15));
    const gate = await ask({ gate: { limits: { changed: 0 } }, previous: { text, serial: SERIAL } });
    expect(rule(gate, 'serial')[0]).toBe('fail');
    expect(rule(gate, 'limit-changed')).toEqual(['fail', '1 RRsets changed, the last release has 3 RRsets; the limit is 0']);
    expect(rule(gate, 'limit-apex')[0]).toBe('pass');
  });
});

describe('judges', () => {
  test('those that know nothing but signatures are not asked, which is told; as many as agree must of the others', async () => {
    const judges = panelOf();
    const gate = await ask({ judges });
    expect(judges.asked).toEqual(['named-checkzone', 'kzonecheck']);
    expect(rule(gate, 'judges')[0]).toBe('pass');
    expect(rule(gate, 'judges')[1]).toMatch(
      /^2 of 2 judges accept, 2 must; .*; not asked, since there are no signatures: dnssec-verify, ldns-verify-zone$/,
    );
  });

  test.each([
    ['one rejects', { kzonecheck: { verdict: 'reject' } }, {}, 'fail'],
    ['one gives no verdict, and both must', { kzonecheck: { verdict: 'unavailable' } }, {}, 'fail'],
    ['one gives no verdict, and one must', { kzonecheck: { verdict: 'unavailable' } }, { agree: 1 }, 'pass'],
    ['none but those for signatures', {}, { judges: ['dnssec-verify', 'ldns-verify-zone'], agree: 1 }, 'fail'],
    ['none are asked for', {}, { judges: [], agree: 0 }, 'pass'],
  ] as const)('%s', async (_, said, gate, verdict) => {
    expect(rule(await ask({ judges: panelOf(said), gate: gate as Partial<RawGate> }), 'judges')[0]).toBe(verdict);
  });

  test('that there is none who could judge it may be overridden, that it is signed may not', async () => {
    const gate: Partial<RawGate> = { judges: ['dnssec-verify'], agree: 1, overridable: ['judges'] };
    const overrides = new Map<OverridableRule, string>([['judges', 'looked at by two people']]);
    const passed = await ask({ gate, overrides });
    expect([passed.passed, ...rule(passed, 'judges')]).toEqual([true, 'overridden', expect.stringContaining('one of them must accept')]);
    const signed = await ask({ gate, overrides, file: `${ZONE_TEXT}${ORIGIN} 3600 IN DNSKEY 257 3 13 AQID\n` });
    expect([signed.passed, rule(signed, 'judges')[0]]).toEqual([false, 'fail']);
    expect(() => checkOverrides(policyWith(gate), new Map([['unsigned', 'why not']]))).toThrow(
      expect.objectContaining({ code: 'gate/not-overridable' }),
    );
  });

  test('the installed ones accept an unsigned zone, and reject what servers would not load', async () => {
    expect(rule(await ask({ text: `${ZONE_TEXT}${DS}`, judges: makeJudgePanel() }), 'judges')[0]).toBe('pass');
    const file = join(folder, 'broken');
    writeFileSync(file, `${ZONE_TEXT}www.${ORIGIN} 3600 IN CNAME ${ORIGIN}\n`);
    const verdicts = await runJudges({ file, origin: ORIGIN, now: NOW, isUnsigned: true });
    expect(verdicts.map(({ judge, verdict, clock }) => [judge, verdict, clock])).toEqual([
      ['named-checkzone', 'reject', 'none'],
      ['kzonecheck', 'reject', 'none'],
    ]);
    await expect(runJudges({ file, origin: ORIGIN, judges: ['dnssec-verify'], isUnsigned: true })).rejects.toThrow(RangeError);
  });
});
