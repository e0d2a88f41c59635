import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseName } from '../../signer/dns/name.ts';
import { checkZone } from '../../signer/zone/checks/check-zone.ts';
import { makeJudgePanel, runGate } from '../../src/release/gate.ts';
import type { GateResult } from '../../src/release/gate-types.ts';
import { JUDGES, type JudgeName, type Verdict } from '../../src/release/judges.ts';
import { inputZone } from '../../src/release/preservation.ts';
import { contentsOfZone } from '../../src/release/zone-contents.ts';
import { read, serialOf } from '../properties/support/sign-text.ts';
import { makeFormKeys, type NamedForm, rolloverForms } from '../signer/forms/forms.ts';
import { key, ORIGIN, PLAIN, PUBLISHED_ONLY, REVOKED, signForm } from '../signer/forms/sign-form.ts';
import { zoneFromText } from '../signer/verify/load-zone.ts';
import { policyWith, SILENT_IO } from './workbench.ts';

const DAY = 86_400;
const now = Math.floor(Date.now() / 1000);
const panel = makeJudgePanel();
const keys = makeFormKeys(8, 13);
const { k1, z1, k2, kOther } = keys;
const cds = (...asked: readonly { readonly rdata: Buffer }[]) =>
  ({ kind: 'keys', dnskeys: asked.map(({ rdata }) => Uint8Array.from(rdata)) }) as const;

/** Beside the steps of each rollover, those where two of them meet. */
const forms: readonly NamedForm[] = [
  ...rolloverForms(keys),
  {
    name: 'going insecure, all anchors revoked',
    form: { keys: [key('ksk', k1, REVOKED), key('zsk', z1)], allowRevokedAlone: true },
    parent: [],
    options: { allowDelete: true },
  },
  { name: 'CSK revoked', form: { keys: [key('csk', k2), key('csk', k1, REVOKED)], cdsSet: cds(k2) }, parent: [k2] },
  { name: 'CSK with a standby KSK', form: { keys: [key('csk', k1), key('ksk', k2, PUBLISHED_ONLY)] }, parent: [k1] },
  {
    name: 'CSK Double-DS beside an idle ZSK',
    form: { keys: [key('csk', k1), key('zsk', z1, PUBLISHED_ONLY)], cdsSet: cds(k1, k2) },
    parent: [k1],
    options: { requestedKeys: [k2.rdata] },
  },
  { name: 'algorithm of a CSK, new keys', form: { keys: [key('csk', k1), key('csk', kOther)] }, parent: [k1] },
  {
    name: 'algorithm, KSK and ZSK to CSK',
    form: { keys: [key('ksk', k1), key('zsk', z1), key('csk', kOther)] },
    parent: [k1],
  },
];
const formOf = (name: string): NamedForm => forms.find((form) => form.name === name)!;

let folder = '';
let files = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'coldsign-rollover-gate-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(text: string): string {
  const file = join(folder, `${++files}.signed`);
  writeFileSync(file, text, 'latin1');
  return file;
}

const signed = async ({ form }: NamedForm): Promise<string> => {
  const policy = { signaturesValidity: 20 * DAY, signaturesValidityDnskey: 20 * DAY, ...form.policy };
  return (await signForm({ ...form, now, policy })).text;
};

/** The gate of a workspace with its default policy: all four judges are asked, and must agree. */
async function throughGate({ options }: NamedForm, text: string): Promise<GateResult> {
  const { store } = read(PLAIN);
  const input = inputZone(store, parseName(ORIGIN));
  return await runGate({
    apex: parseName(ORIGIN),
    origin: ORIGIN,
    serial: serialOf(zoneFromText(PLAIN, ORIGIN)),
    now,
    file: write(text),
    input,
    previous: undefined,
    policy: policyWith(),
    findings: checkZone(input, { records: store }),
    overrides: new Map(),
    judges: panel,
    io: SILENT_IO,
    ...(options === undefined ? {} : { expected: options }),
  });
}

const failing = ({ verdicts }: GateResult) => verdicts.filter(({ verdict }) => verdict === 'fail').map(({ rule, text }) => [rule, text]);
const saidBy = ({ verdicts }: GateResult): readonly Verdict[] => verdicts.find(({ rule }) => rule === 'judges')!.judges!;
const judged = async (text: string, names: readonly JudgeName[] = JUDGES): Promise<readonly Verdict[]> => {
  const contents = contentsOfZone(zoneFromText(text, ORIGIN));
  return await panel.judge({ file: write(text), origin: ORIGIN, now, judges: names, timeoutSeconds: 60, contents });
};

const UNPUBLISHED_CDS =
  /^does not know a CDS of a key that is not published; its complaint was: \[roll\.example\.\] CDNSKEY not match DNSKEY$/;
const SEP =
  /^lets a key with the SEP flag sign data only where it is the one key; its complaint was: \[\S+\] no valid signature for a record \(record type \S+\)$/;
const BOTH = /^does not know a CDS .* and lets a key .*; its complaint was: \[\S+\] CDNSKEY not match DNSKEY, \[\S+\] no valid /;
const IDLE_ZSK = /^was asked with -z, as it wants data signed by a key without the SEP flag as soon as there is one$/;
const REVOKED_KSK = /^was asked with -z, as it does not count a revoked KSK, and then misses one of its algorithm$/;

const NO_ANCHOR = {
  kzonecheck:
    /^counts no signature of a revoked key .*; its complaint was: \[roll\.example\.\] no valid signature for a record \(record type DNSKEY\)$/,
  'dnssec-verify': /^counts no signature of a revoked key .*; its complaint was: No self-signed DNSKEY found$/,
};

/** What is noted of a judge; of all others nothing, and they accept. */
const NOTES: Readonly<Record<string, Partial<Record<JudgeName, RegExp>>>> = {
  'KSK Double-DS, submitted': { kzonecheck: UNPUBLISHED_CDS },
  'KSK Double-DS, swapped': { kzonecheck: UNPUBLISHED_CDS },
  'a second operator': { kzonecheck: UNPUBLISHED_CDS },
  'CSK, the new one signs keys': { kzonecheck: SEP },
  'CSK, the new one signs data': { kzonecheck: SEP },
  'CSK, both sign everything': { kzonecheck: SEP },
  'CSK to KSK and ZSK': { kzonecheck: SEP, 'dnssec-verify': IDLE_ZSK },
  'KSK and ZSK to CSK, swapped': { kzonecheck: SEP, 'dnssec-verify': IDLE_ZSK },
  'algorithm, the old KSK revoked': { 'dnssec-verify': REVOKED_KSK },
  'going insecure, all anchors revoked': NO_ANCHOR,
  'CSK revoked': { kzonecheck: SEP },
  'CSK with a standby KSK': { kzonecheck: SEP },
  'CSK Double-DS beside an idle ZSK': { kzonecheck: BOTH, 'dnssec-verify': IDLE_ZSK },
  'algorithm of a CSK, new keys': { kzonecheck: SEP },
  'algorithm, KSK and ZSK to CSK': { 'dnssec-verify': IDLE_ZSK },
};

describe('each form of each rollover passes the gate with four judges', () => {
  test.each(forms)('$name', async (named) => {
    const gate = await throughGate(named, await signed(named));
    expect(failing(gate)).toEqual([]);
    const notes = NOTES[named.name] ?? {};
    const abstains = (judge: JudgeName): boolean => notes[judge] !== undefined && (judge === 'kzonecheck' || notes === NO_ANCHOR);
    expect(saidBy(gate).map(({ judge, verdict }) => [judge, verdict])).toEqual(JUDGES.map((j) => [j, abstains(j) ? 'abstain' : 'accept']));
    const { text } = gate.verdicts.find(({ rule }) => rule === 'judges')!;
    const count = JUDGES.filter((judge) => !abstains(judge)).length;
    expect(text).toContain(`${count} of 4 judges accept, ${count} must;`);
    for (const { judge, note } of saidBy(gate)) {
      expect([judge, note ?? '']).toEqual([judge, notes[judge] === undefined ? '' : expect.stringMatching(notes[judge])]);
      // The log has the first 400 characters of it: what is noted has to be among them.
      if (note !== undefined) expect(text.slice(0, 400)).toContain(`${judge} ${note}`.slice(0, 90));
    }
  });
});

const lines = (text: string, change: (line: string) => string | undefined): string =>
  text
    .split('\n')
    .map(change)
    .filter((line) => line !== undefined)
    .join('\n');
const droppedSignature = (text: string): string => lines(text, (line) => (/^www\S+\t.*\tRRSIG\tA /.test(line) ? undefined : line));
const wrongCds = (text: string): string =>
  lines(text, (line) => (/\tCDS\t/.test(line) ? line.replace(/.$/, (digit) => (digit === '0' ? '1' : '0')) : line));
const unsignedRrset = (text: string): string => `${text}new.${ORIGIN}\t3600\tIN\tA\t192.0.2.9\n`;
const badSignature = (text: string): string =>
  lines(text, (line) =>
    /^www\S+\t.*\tRRSIG\tA /.test(line) ? line.replace(/ (\w)(\S+)$/, (_, a, b) => ` ${a === 'A' ? 'B' : 'A'}${b}`) : line,
  );

describe('the same forms with a real defect are refused', () => {
  const forgiven = forms.filter(({ name }) => NOTES[name] !== undefined);
  const defects = { droppedSignature, unsignedRrset, badSignature, wrongCds };

  test.each(forgiven)('$name', async (named) => {
    const good = await signed(named);
    for (const [defect, damage] of Object.entries(defects)) {
      const bad = damage(good);
      if (bad === good) continue;
      const gate = await throughGate(named, bad);
      expect([defect, gate.passed]).toEqual([defect, false]);
      // And without the own verifier: at least one judge that takes part rejects.
      const verdicts = await judged(bad);
      expect([defect, verdicts.some(({ verdict }) => verdict === 'reject')]).toEqual([defect, true]);
    }
  });

  test('a judge with a second complaint rejects: its note and its verdict are of no blind spot', async () => {
    const good = await signed(formOf('KSK Double-DS, submitted'));
    for (const damage of [droppedSignature, badSignature, wrongCds, unsignedRrset]) {
      const [verdict] = await judged(damage(good), ['kzonecheck']);
      expect(verdict).toMatchObject({ verdict: 'reject', text: expect.stringContaining('CDNSKEY not match DNSKEY') });
      expect(verdict?.note).toBeUndefined();
    }
  });

  test('the complaint without the form rejects: an RRset that ought to have the signature of a ZSK', async () => {
    const named = formOf('KSK Double-KSK, submitted');
    const [verdict] = await judged(droppedSignature(await signed(named)), ['kzonecheck']);
    expect(verdict).toMatchObject({ verdict: 'reject', text: expect.stringContaining('no valid signature for a record (record type A)') });
  });

  test('a CDS of a key that nobody has announced fails the verifier, whatever a judge knows', async () => {
    const { options: _, ...untold } = formOf('KSK Double-DS, submitted');
    const gate = await throughGate(untold, await signed(untold));
    expect(failing(gate).map(([rule]) => rule)).toEqual(['verifier', 'judges']);
  });

  test('who has nothing but a judge that abstains has no judge', async () => {
    const named = formOf('KSK Double-DS, submitted');
    const [verdict] = await judged(await signed(named), ['kzonecheck']);
    expect(verdict?.verdict).toBe('abstain');
  });
});
