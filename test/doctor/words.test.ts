import { expect, test } from 'vitest';
import { judgeToken } from '../../keystore/doctor/rules.ts';
import { adviceLines, describeExamination } from '../../keystore/doctor/words.ts';
import { GOOD, GOOD_FACTS, withAlgorithms, works } from './examination.ts';

function text(head: string, examination = GOOD, everyMechanism = false): readonly string[] {
  const section = describeExamination(examination, everyMechanism).find((each) => each.head === head);
  return section!.rows.map(([name, words]) => `${name}: ${words}`);
}

test('what the token tells, with units and in words', () => {
  expect(text('token')).toEqual([
    'label: ksk',
    'serial: DE0102030',
    'model: Maker Model',
    'versions: firmware 3.1, hardware 1.0',
    'slot: Reader, a device',
    'flags: random generator, login required, user PIN set, clock on the token, initialised',
    'user PIN: no wrong one counted',
    'PIN length: 6 to 15',
    'sessions: at most 16, open 0; read-write no limit, open not told',
    'free memory: public not told, private 4096',
    "clock: 5 s off this machine's",
  ]);
});

test('the verdict: what the token is good for, and how long a zone takes', () => {
  const examination = withAlgorithms(works(13), works(8, { signMs: 160 }), { kind: 'absent', algorithm: 15, missing: 'CKM_EDDSA' });
  expect(text('verdict', examination)).toEqual([
    '13 (ECDSAP256SHA256): KSK and ZSK: about 500 signatures a second in one session, a zone of 100,000 signatures takes about 3 min',
    '8 (RSASHA256): KSK; as ZSK for small zones only: about 6.3 signatures a second in one session, a zone of 100,000 signatures takes about 4 h',
  ]);
  expect(text('algorithms', examination).at(-1)).toBe('15 (ED25519): no: the token lacks CKM_EDDSA');
});

test('mechanisms beside the point are printed on demand', () => {
  const more = { type: 0x220, name: 'CKM_SHA_1', minKeySize: 0, maxKeySize: 0, uses: ['digest'] };
  const examination = { ...GOOD, facts: { ...GOOD_FACTS, mechanisms: [...GOOD_FACTS.mechanisms, more] } };
  expect(text('mechanisms', examination)).toEqual(['CKM_ECDSA: keys 256 to 384; sign verify']);
  expect(text('mechanisms', examination, true)).toContain('CKM_SHA_1: digest');
});

test('a finding has its next step under it', () => {
  expect(adviceLines(judgeToken(GOOD))).toEqual([
    'info TOKEN-NO-PIN-PAD the token has no protected authentication path: the PIN passes through the memory of this machine',
    expect.stringMatching(/^ {4}next: /),
  ]);
});
