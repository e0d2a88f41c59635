import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DenialPolicy } from '../../signer/policy.ts';
import { JUDGES, type JudgeName, runJudges } from '../../src/release/judges.ts';
import { dsOf, makeFormKeys, rolloverForms } from '../signer/forms/forms.ts';
import { ORIGIN, signForm, verify } from '../signer/forms/sign-form.ts';
import { askServed } from '../support/servers.ts';
import type { SoftKey } from '../support/soft-keys.ts';
import { dnskey } from '../support/soft-records.ts';

/**
 * What four other implementations say of each step of each rollover. Where one rejects what the RFCs allow, that is written down here with its
 * words: the release gate knows it (src/release/blind-spots.ts), and a later version that has changed its mind is seen.
 */
interface Objection {
  readonly judge: JudgeName;
  readonly says: RegExp;
}

/** Knot 3.2.6 wants each CDNSKEY to be a DNSKEY of the zone (RFC 8078 3.1 does not). */
const CDNSKEY_IS_NO_DNSKEY: Objection = { judge: 'kzonecheck', says: /CDNSKEY not match DNSKEY/ };
/** Knot 3.2.6 takes a key with the SEP flag for one that signs data only where it is the one key of the zone. */
const SEP_SIGNS_NO_DATA: Objection = { judge: 'kzonecheck', says: /no valid signature for a record/ };
/** BIND 9.18 wants data signed by a key without the SEP flag as soon as there is one, unless told `-z`. */
const ZSK_THERE_BUT_IDLE: Objection = { judge: 'dnssec-verify', says: /Missing ZSK for algorithm/ };
/** BIND 9.18 does not count a revoked KSK, and then misses one of its algorithm, unless told `-z` or `-x`; RFC 6781 4.1.4.2 has this very step. */
const REVOKED_KSK_COUNTS_NOT: Objection = { judge: 'dnssec-verify', says: /Missing self-signed KSK for algorithm/ };

const OBJECTIONS: Readonly<Record<string, readonly Objection[]>> = {
  'KSK Double-DS, submitted': [CDNSKEY_IS_NO_DNSKEY],
  'KSK Double-DS, swapped': [CDNSKEY_IS_NO_DNSKEY],
  'a second operator': [CDNSKEY_IS_NO_DNSKEY],
  'CSK, the new one signs keys': [SEP_SIGNS_NO_DATA],
  'CSK, the new one signs data': [SEP_SIGNS_NO_DATA],
  'CSK, both sign everything': [SEP_SIGNS_NO_DATA],
  'CSK to KSK and ZSK': [ZSK_THERE_BUT_IDLE, SEP_SIGNS_NO_DATA],
  'KSK and ZSK to CSK, swapped': [ZSK_THERE_BUT_IDLE, SEP_SIGNS_NO_DATA],
  'algorithm, the old KSK revoked': [REVOKED_KSK_COUNTS_NOT],
};

const DENIALS: Readonly<Record<string, DenialPolicy>> = {
  NSEC: { kind: 'nsec' },
  NSEC3: { kind: 'nsec3', optOut: false, salt: new Uint8Array(), iterations: 0 },
};
const WWW = `www.${ORIGIN}`;
const QUESTIONS = [
  { name: ORIGIN, type: 'DNSKEY' },
  { name: ORIGIN, type: 'SOA' },
  { name: WWW, type: 'A' },
  { name: `any.wild.${ORIGIN}`, type: 'TXT' },
  { name: `absent.${ORIGIN}`, type: 'A' },
];

const keys = makeFormKeys(8, 13);
const forms = rolloverForms(keys);
const now = Math.floor(Date.now() / 1000);
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coldsign-forms-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const anchorOf = ({ rdata }: SoftKey): string => `${ORIGIN} 3600 IN DNSKEY ${dnskey(rdata).text}\n`;
let files = 0;

async function write(text: string): Promise<string> {
  const file = join(folder, `${++files}`);
  await writeFile(file, text);
  return file;
}

describe.each(Object.entries(DENIALS))('%s', (_name, denial) => {
  test.each(forms)('$name', async ({ name, form, parent, options }) => {
    const { text, zone } = await signForm({ ...form, now, policy: { denial, zonemd: ['sha384'] } });
    const { findings } = await verify(zone, { now, ds: parent.map(dsOf), ...options });
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    const request = { file: await write(text), anchorFile: await write(anchorOf(parent[0]!)), origin: ORIGIN, now, timeoutSeconds: 60 };
    const verdicts = await runJudges(request);
    const objections = OBJECTIONS[name] ?? [];
    const expected = JUDGES.map((judge) => [judge, objections.some((objection) => objection.judge === judge) ? 'reject' : 'accept']);
    expect(
      verdicts.map(({ judge, verdict }) => [judge, verdict]),
      verdicts.map((v) => `${v.judge} ${v.version}: ${v.text}`).join('\n'),
    ).toEqual(expected);
    for (const { judge, says } of objections) expect(verdicts.find((verdict) => verdict.judge === judge)?.text).toMatch(says);
  });
});

describe('a validating resolver that has the anchor proves each answer, of the forms too that a judge rejects', () => {
  const asked = forms.filter(({ name, options }) => OBJECTIONS[name] !== undefined || options?.unpublishedKeys !== undefined);

  test.each(asked)('$name', async ({ form, parent }) => {
    const { text } = await signForm({ ...form, now });
    const told = await askServed({ origin: ORIGIN, file: await write(text) }, anchorOf(parent[0]!), QUESTIONS);
    expect(told.map(({ name, ad, rcode }) => [name, ad, rcode])).toEqual(
      QUESTIONS.map(({ name }) => [name, true, name.startsWith('absent') ? 'NXDOMAIN' : 'NOERROR']),
    );
  });
});
