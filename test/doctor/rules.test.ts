import { expect, test } from 'vitest';
import type { Examination } from '../../keystore/doctor/facts.ts';
import { duration, grouped, rate } from '../../keystore/doctor/rates.ts';
import { judgeToken, TOKEN_RULES } from '../../keystore/doctor/rules.ts';
import {
  GOOD,
  GOOD_ABILITIES,
  GOOD_FACTS,
  GOOD_TRIALS,
  withAbilities,
  withAlgorithms,
  withFacts,
  withFlag,
  withToken,
  withTrials,
  works,
} from './examination.ts';

const refused = { kind: 'refused', call: 'C_CreateObject', name: 'CKR_DEVICE_MEMORY' } as const;
const { trials: _trials, ...untried } = GOOD;

/** For each rule an examination that it speaks about, and words that it must say. */
const CASES: Readonly<Record<string, readonly [Examination, ...(string | RegExp)[]]>> = {
  'TOKEN-SPY': [{ ...GOOD, module: { ...GOOD.module, kind: 'spy' } }, '/usr/lib/maker.so', 'PINs'],
  'TOKEN-FORWARDING': [{ ...GOOD, module: { ...GOOD.module, kind: 'forwarding' } }, '/usr/lib/maker.so'],
  'TOKEN-SYMBOLS': [
    { ...GOOD, module: { ...GOOD.module, binding: { kind: 'bound', to: [{ file: '/n', isNode: true, functions: 7 }] } } },
    '7 OpenSSL functions',
  ],
  'TOKEN-SOFTWARE': [withFacts({ slot: { ...GOOD_FACTS.slot, isHardware: false } })],
  'TOKEN-SERIAL': [withToken({ serial: '0000000000000000' }), '"0000000000000000"'],
  'TOKEN-PIN-LOCKED': [withToken({ userPin: 'locked' })],
  'TOKEN-PIN-FINAL-TRY': [withToken({ userPin: 'final-try' })],
  'TOKEN-PIN-COUNT-LOW': [withToken({ userPin: 'count-low' })],
  'TOKEN-NO-PIN': [withToken({ userPinInitialized: false })],
  'TOKEN-PIN-TO-CHANGE': [withFlag('user PIN to be changed')],
  'TOKEN-SO-PIN': [withFlag('SO PIN locked')],
  'TOKEN-SO-PIN-FINAL-TRY': [withFlag('one try left for the SO PIN')],
  'TOKEN-NO-LOGIN': [withToken({ loginRequired: false })],
  'TOKEN-WRITE-PROTECTED': [withFlag('write-protected')],
  'TOKEN-ERROR-STATE': [withFlag('in error state')],
  'TOKEN-PROTECTED-PATH': [withFlag('protected authentication path')],
  'TOKEN-NO-PIN-PAD': [GOOD, 'no protected authentication path'],
  'TOKEN-CLOCK': [withFacts({ clock: 1_799_999_000 }), '2027-01-15T07:43:20Z', '2027-01-15T08:00:00Z'],
  'TOKEN-FEW-SESSIONS': [withFacts({ sessions: { ...GOOD_FACTS.sessions, max: 5 } }), 'no more than 5 sessions', '--threads 2'],
  'TOKEN-NOT-TRIED': [{ ...untried, untried: 'the user PIN is locked' }, 'the user PIN is locked'],
  'TOKEN-NO-ALGORITHM': [withAlgorithms({ kind: 'absent', algorithm: 13, missing: 'CKM_ECDSA' })],
  'TOKEN-BAD-SIGNATURE': [withAlgorithms(works(8), { kind: 'wrong', algorithm: 13, bad: 3, of: 9 }), '3 of 9 for 13'],
  'TOKEN-ALGORITHM-FAILS': [
    withAlgorithms(works(8), { kind: 'refused', algorithm: 13, call: 'C_Sign', name: 'CKR_DATA_LEN_RANGE' }),
    'C_Sign CKR_DATA_LEN_RANGE',
  ],
  'TOKEN-NO-P256': [withAlgorithms(works(8), { kind: 'absent', algorithm: 13, missing: 'CKM_ECDSA' })],
  'TOKEN-NO-EDDSA': [withAlgorithms(works(13), { kind: 'absent', algorithm: 15, missing: 'CKM_EDDSA' }), '15 (ED25519)'],
  'TOKEN-SESSION-KEYS': [withAlgorithms(works(13, { place: 'token' })), '13 (ECDSAP256SHA256)'],
  'TOKEN-EXTRACTABLE': [withAlgorithms(works(13, { isReadable: true })), '13 (ECDSAP256SHA256)'],
  'TOKEN-WRAPS-UNEXTRACTABLE': [
    withAbilities({ wrapping: [{ ...GOOD_ABILITIES.wrapping[0]!, takesUnextractable: true }] }),
    'CKM_AES_KEY_WRAP_PAD',
  ],
  'TOKEN-MODIFIABLE': [withAlgorithms(works(13, { couldModify: true }))],
  'TOKEN-DEFAULTS': [withAbilities({ defaults: { extractable: true, sensitive: false } }), 'extractable and not sensitive'],
  'TOKEN-TEMPLATE': [withAlgorithms(works(13, { strength: 'reduced' })), '13 (ECDSAP256SHA256) reduced'],
  'TOKEN-ATTESTATION': [withAlgorithms(works(13, { attestation: {} }))],
  'TOKEN-SLOW': [withAlgorithms(works(13, { signMs: 160 })), '100,000 signatures', '4 h'],
  'TOKEN-SLOW-KEYGEN': [withAlgorithms(works(8, { generateMs: 31_000 })), '31 s'],
  'TOKEN-NO-WRAP': [withAbilities({ wrapping: [] })],
  'TOKEN-NO-DATA': [withAbilities({ dataObject: refused }), 'CKR_DEVICE_MEMORY'],
  'TOKEN-RANDOM': [withAbilities({ random: { kind: 'repeated' } }), 'the same'],
  'TOKEN-NO-RANDOM': [withAbilities({ random: { ...refused, call: 'C_GenerateRandom' } }), 'C_GenerateRandom'],
  'TOKEN-TRIAL-REMAINS': [withTrials({ before: { ...GOOD_TRIALS.before, trials: 2 } }), '2 objects'],
  'TOKEN-REMAINS': [withTrials({ after: { objects: 3, sha256: 'cd'.repeat(32), trials: 0 } }), '2 objects then, 3 now'],
};

test('every rule has its case here, and the IDs are stable words', () => {
  expect(TOKEN_RULES.map(({ id }) => id).sort()).toEqual(Object.keys(CASES).sort());
  for (const { id } of TOKEN_RULES) expect(id).toMatch(/^TOKEN(-[A-Z0-9]+)+$/);
});

test.each(Object.entries(CASES))('%s', (id, [examination, ...words]) => {
  const found = judgeToken(examination).find((advice) => advice.id === id);
  expect(found).toBeDefined();
  for (const word of words) expect(`${found!.text} ${found!.next}`).toMatch(word);
});

test('about a good device with a PIN that is typed nothing else is said', () => {
  expect(judgeToken(GOOD).map(({ id }) => id)).toEqual(['TOKEN-NO-PIN-PAD']);
});

test('the worst comes first', () => {
  const ranks = judgeToken({
    ...withToken({ serial: '123', userPin: 'locked' }),
    trials: { ...GOOD_TRIALS, abilities: { ...GOOD_ABILITIES, wrapping: [] } },
  }).map(({ severity }) => severity);
  expect(ranks).toEqual(['error', 'warning', 'info', 'info']);
});

test.each(['', '123', '1234', '0', '0000000000000000', 'ffff'])('serial "%s" is no identity', (serial) => {
  expect(judgeToken(withToken({ serial })).map(({ id }) => id)).toContain('TOKEN-SERIAL');
});

test.each(['DE0102030', '12', '1111111111111112'])('serial "%s" is one', (serial) => {
  expect(judgeToken(withToken({ serial })).map(({ id }) => id)).not.toContain('TOKEN-SERIAL');
});

test('rates and times are rounded to what a short measurement can say', () => {
  expect([0.42, 3.1399, 14.7, 1776, 29_183].map(rate)).toEqual(['0.4', '3.1', '15', '1800', '29000']);
  expect([0.3, 55.4, 119, 121, 7000, 8000, 58_824].map(duration)).toEqual(['a second', '55 s', '119 s', '2 min', '117 min', '2 h', '16 h']);
  expect(['7', '999', '1000', '29000', '1234567'].map(grouped)).toEqual(['7', '999', '1,000', '29,000', '1,234,567']);
});
