import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseName } from '../../signer/dns/name.ts';
import { TYPE } from '../../signer/dns/rrtype.ts';
import { abstention, askingOf } from '../../src/release/blind-spots.ts';
import { complaintsOf } from '../../src/release/complaints.ts';
import { judgeJudges } from '../../src/release/gate-rules.ts';
import type { JudgeName, Verdict } from '../../src/release/judges.ts';
import type { ContentKey, ZoneContents } from '../../src/release/zone-contents.ts';

const APEX = parseName('roll.example.');
const KSK: ContentKey = { tag: 1, algorithm: 13, isSep: true, isRevoked: false };
const ZSK: ContentKey = { tag: 2, algorithm: 13, isSep: false, isRevoked: false };

/** A zone of which all data has the same signers. */
function contents(more: {
  keys: readonly ContentKey[];
  ofKeys: readonly ContentKey[];
  ofData: readonly ContentKey[];
  asks?: boolean;
}): ZoneContents {
  const isKeys = (type: number): boolean => type === TYPE.DNSKEY || type === TYPE.CDS || type === TYPE.CDNSKEY;
  return {
    apex: APEX,
    keys: more.keys,
    asksForUnpublished: more.asks ?? false,
    signersOf: (_owner, type) => (isKeys(type) ? more.ofKeys : more.ofData),
  };
}

const SPLIT = contents({ keys: [KSK, ZSK], ofKeys: [KSK], ofData: [ZSK] });
const DOUBLE_DS = contents({ keys: [KSK, ZSK], ofKeys: [KSK], ofData: [ZSK], asks: true });
const CSK_BESIDE_ZSK = contents({ keys: [KSK, ZSK], ofKeys: [KSK], ofData: [KSK] });
const REVOKED = { ...KSK, isRevoked: true };
const OTHER = { ...KSK, algorithm: 8 };
const REVOKED_LAST = contents({ keys: [REVOKED, ZSK, OTHER], ofKeys: [REVOKED, OTHER], ofData: [ZSK, OTHER] });

const ALL_REVOKED = contents({ keys: [REVOKED, ZSK], ofKeys: [REVOKED], ofData: [ZSK] });

const CDNSKEY = '[roll.example.] CDNSKEY not match DNSKEY';
const NO_SIGNATURE = '[www.roll.example.] no valid signature for a record (record type A)';
const kind = (line: string): string => line.replace(/^\[\S+\] /, '').replace(/ \(record type \S+\)$/, '');

function knot(complaints: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const line of complaints) counts.set(kind(line), (counts.get(kind(line)) ?? 0) + 1);
  const summary = [...counts].map(([text, count]) => `${`${count}`.padStart(4)}\t${text}`);
  return `${complaints.join('\n')}\n\nError summary:\n${summary.join('\n')}\n`;
}

const bind = (complaints: readonly string[], failed = 'ECDSAP256SHA256'): string =>
  [
    ...complaints,
    "Loading zone 'roll.example.' from file '/tmp/zone'",
    '',
    'Verifying the zone using the following algorithms:',
    '- ECDSAP256SHA256',
    'The zone is not fully signed for the following algorithms:',
    ` ${failed}`,
    '.',
    'DNSSEC completeness test failed.',
    '',
  ].join('\n');
const NO_ZSK = 'Missing ZSK for algorithm ECDSAP256SHA256';
const NO_KSK = 'Missing self-signed KSK for algorithm ECDSAP256SHA256';

const NO_KEY_SIGNATURE = '[roll.example.] no valid signature for a record (record type DNSKEY)';
const noKey = (what: string): string => `No self-signed ${what} found\nLoading zone 'roll.example.' from file '/tmp/zone'\n`;

/** Judge, its words, a zone that has the form, and one that does not. */
const KNOWN: readonly (readonly [JudgeName, string, ZoneContents, ZoneContents])[] = [
  ['kzonecheck', knot([CDNSKEY]), DOUBLE_DS, SPLIT],
  ['kzonecheck', knot([NO_SIGNATURE]), CSK_BESIDE_ZSK, SPLIT],
  ['dnssec-verify', bind([NO_ZSK]), CSK_BESIDE_ZSK, SPLIT],
  ['dnssec-verify', bind([NO_KSK]), REVOKED_LAST, SPLIT],
  ['kzonecheck', knot([NO_KEY_SIGNATURE]), ALL_REVOKED, SPLIT],
  ['dnssec-verify', noKey('KSK DNSKEY'), ALL_REVOKED, SPLIT],
  ['dnssec-verify', noKey('DNSKEY'), ALL_REVOKED, REVOKED_LAST],
];

describe('a rejection is an abstention only with the form and the exact complaint', () => {
  test.each(KNOWN)('%s: %s', (judge, output, form, other) => {
    expect(abstention(judge, output, form)).toContain('; its complaint was: ');
    expect(abstention(judge, output, other)).toBeUndefined();
    expect(abstention(judge, output, undefined)).toBeUndefined();
    for (const stranger of ['named-checkzone', 'ldns-verify-zone'] as const) expect(abstention(stranger, output, form)).toBeUndefined();
  });

  test('each complaint has to be of what has the form', () => {
    expect(abstention('kzonecheck', knot(['[sub.roll.example.] CDNSKEY not match DNSKEY']), DOUBLE_DS)).toBeUndefined();
    for (const type of ['DNSKEY', 'CDS', 'CDNSKEY', 'NONSENSE'])
      expect(abstention('kzonecheck', knot([NO_SIGNATURE.replace('type A', `type ${type}`)]), CSK_BESIDE_ZSK)).toBeUndefined();
    const oneKey = contents({ keys: [KSK], ofKeys: [KSK], ofData: [KSK] });
    expect(abstention('kzonecheck', knot([NO_SIGNATURE]), oneKey)).toBeUndefined();
    const unsigned = contents({ keys: [KSK, ZSK], ofKeys: [KSK], ofData: [] });
    expect(abstention('kzonecheck', knot([NO_SIGNATURE]), unsigned)).toBeUndefined();
    const byRevoked = contents({ keys: [REVOKED, ZSK], ofKeys: [REVOKED], ofData: [REVOKED] });
    expect(abstention('kzonecheck', knot([NO_SIGNATURE]), byRevoked)).toBeUndefined();
    expect(abstention('dnssec-verify', bind([NO_ZSK.replace('ECDSAP256SHA256', 'ED25519')], 'ED25519'), CSK_BESIDE_ZSK)).toBeUndefined();
    // Failed for an algorithm that no complaint explains.
    expect(abstention('dnssec-verify', bind([NO_ZSK], 'ECDSAP256SHA256 RSASHA256'), CSK_BESIDE_ZSK)).toBeUndefined();
  });

  test('RFC 5011 5: all who sign the DNSKEY RRset are revoked, and none less', () => {
    const told = (zone: ZoneContents, line = NO_KEY_SIGNATURE) => abstention('kzonecheck', knot([line]), zone);
    expect(told(ALL_REVOKED)).toMatch(/^counts no signature of a revoked key /);
    expect(told(contents({ keys: [REVOKED, ZSK, KSK], ofKeys: [REVOKED, KSK], ofData: [ZSK] }))).toBeUndefined();
    expect(told(contents({ keys: [REVOKED, ZSK], ofKeys: [], ofData: [ZSK] }))).toBeUndefined();
    expect(told(contents({ keys: [REVOKED, ZSK], ofKeys: [REVOKED], ofData: [REVOKED] }))).toBeUndefined();
    expect(told(ALL_REVOKED, NO_KEY_SIGNATURE.replace('[roll', '[sub.roll'))).toBeUndefined();
    for (const type of ['CDS', 'SOA']) expect(told(ALL_REVOKED, NO_KEY_SIGNATURE.replace('DNSKEY', type))).toBeUndefined();
  });

  test('two forms in one zone, two complaints', () => {
    const both = contents({ keys: [KSK, ZSK], ofKeys: [KSK], ofData: [KSK], asks: true });
    expect(abstention('kzonecheck', knot([CDNSKEY, NO_SIGNATURE]), both)).toMatch(
      /^does not know a CDS .* and lets a key .*: \[roll.*, \[www/,
    );
    expect(abstention('kzonecheck', knot([CDNSKEY, NO_SIGNATURE]), DOUBLE_DS)).toBeUndefined();
    expect(abstention('kzonecheck', knot([CDNSKEY, NO_SIGNATURE]), CSK_BESIDE_ZSK)).toBeUndefined();
  });

  test('output that is cut, without words, or with a summary that tells something else is not understood', () => {
    for (const output of ['', 'Error summary:\n', CDNSKEY, `${CDNSKEY}\n\nError summary:\n   2\tCDNSKEY not match DNSKEY\n`])
      expect(abstention('kzonecheck', output, DOUBLE_DS)).toBeUndefined();
    expect(
      complaintsOf('kzonecheck', `${CDNSKEY}\nError summary:\n   1\tCDNSKEY not match DNSKEY\n   1\twrong NSEC(3) bitmap\n`),
    ).toBeUndefined();
    expect(abstention('dnssec-verify', NO_ZSK, CSK_BESIDE_ZSK)).toBeUndefined();
    expect(abstention('dnssec-verify', bind([]), CSK_BESIDE_ZSK)).toBeUndefined();
  });

  test('property: a blind spot never hides a second complaint, wherever it stands', () => {
    const real = fc.constantFrom(
      '[www.roll.example.] wrong NSEC(3) bitmap ',
      '[roll.example.] CDS not match CDNSKEY',
      '[roll.example.] no valid signature for a record (record type CDS)',
      '[www.roll.example.] another record exists beside CNAME',
      'Serious semantic error detected',
      'No correct ECDSAP256SHA256 signature for www.roll.example A',
      'Bad NSEC record for www.roll.example, bit map mismatch',
      'The zone is not fully signed for the following algorithms:',
      'DNSSEC completeness test failed.',
    );
    const noise = fc
      .string({ minLength: 1, maxLength: 60, unit: 'grapheme-ascii' })
      .filter((text) => text.trim() !== '' && !/^- [A-Z0-9-]+$/.test(text));
    const second = fc.oneof(real, noise);
    fc.assert(
      fc.property(fc.constantFrom(...KNOWN), second, fc.nat(), (known, line, at) => {
        const [judge, output, form] = known;
        const lines = output.split('\n');
        const place = at % lines.length;
        expect(abstention(judge, [...lines.slice(0, place), line, ...lines.slice(place)].join('\n'), form)).toBeUndefined();
      }),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(fc.shuffledSubarray([CDNSKEY, NO_SIGNATURE], { minLength: 1 }), real, (explained, line) => {
        const both = contents({ keys: [KSK, ZSK], ofKeys: [KSK], ofData: [KSK], asks: true });
        expect(abstention('kzonecheck', knot(explained), both)).toBeDefined();
        expect(abstention('kzonecheck', knot([...explained, line]), both)).toBeUndefined();
        expect(abstention('kzonecheck', knot([line, ...explained]), both)).toBeUndefined();
      }),
    );
  });
});

describe('options that loosen a judge', () => {
  test('are given where the zone has the form that asks for them, and nowhere else', () => {
    expect(askingOf('dnssec-verify', CSK_BESIDE_ZSK)).toMatchObject({
      options: ['-z'],
      note: expect.stringContaining('was asked with -z, as it wants'),
    });
    expect(askingOf('dnssec-verify', REVOKED_LAST)).toMatchObject({ options: ['-z'], note: expect.stringContaining('a revoked KSK') });
    for (const zone of [SPLIT, DOUBLE_DS, undefined]) expect(askingOf('dnssec-verify', zone).options).toEqual([]);
    for (const judge of ['kzonecheck', 'ldns-verify-zone', 'named-checkzone'] as const)
      for (const zone of [SPLIT, DOUBLE_DS, CSK_BESIDE_ZSK, REVOKED_LAST]) expect(askingOf(judge, zone).options).toEqual([]);
  });
});

describe('how many must agree', () => {
  const said = (...verdicts: readonly Verdict['verdict'][]): readonly Verdict[] =>
    verdicts.map((verdict) => ({
      judge: 'kzonecheck',
      version: '1.0',
      verdict,
      exit: verdict === 'accept' ? 0 : 1,
      clock: 'given',
      seconds: 0,
      text: 'words',
      ...(verdict === 'abstain' ? { note: 'does not know it; its complaint was: words' } : {}),
    }));
  const ask = (agree: number, ...verdicts: readonly Verdict['verdict'][]) => judgeJudges(said(...verdicts), { agree, isTimeGiven: false });

  test('one that abstains neither agrees nor rejects, and is told', () => {
    const verdict = ask(4, 'accept', 'accept', 'accept', 'abstain');
    expect(verdict.verdict).toBe('pass');
    expect(verdict.text).toMatch(/^3 of 4 judges accept, 3 must; kzonecheck does not know it; its complaint was: words; kzonecheck 1.0, /);
  });

  test('one that rejects, or says nothing, is as it was', () => {
    expect(ask(4, 'accept', 'accept', 'reject', 'abstain').verdict).toBe('fail');
    expect(ask(4, 'accept', 'accept', 'unavailable', 'abstain').verdict).toBe('fail');
    expect(ask(1, 'accept', 'reject').verdict).toBe('fail');
    expect(ask(0, 'unavailable').verdict).toBe('pass');
    expect(ask(0).verdict).toBe('pass');
  });

  test('never below one judge', () => {
    expect(ask(1, 'abstain').verdict).toBe('fail');
    expect(ask(4, 'abstain', 'abstain', 'abstain', 'abstain').verdict).toBe('fail');
    expect(ask(2, 'abstain', 'abstain', 'unavailable').verdict).toBe('fail');
    expect(ask(4, 'abstain', 'abstain', 'abstain', 'accept').verdict).toBe('pass');
  });
});
