import { describe, expect, test } from 'vitest';
import type { Roll } from '../../keystore/rollover/model.ts';
import { describeEntry } from '../../src/audit/describe.ts';
import { CATEGORY, type EntryData, type EntryType, type LoggedKey, type LoggedRelease } from '../../src/audit/entry.ts';
import { fits, parseKeyWish } from '../../src/audit/filter.ts';
import { type SubjectSources, subjectsOf } from '../../src/audit/subjects.ts';
import type { AnyEntry } from '../../src/state/state.ts';

const SHA = '0123456789abcdef'.repeat(4);
const FILE = { sha256: SHA, size: 5, name: 'a.zone' };
const KEY: LoggedKey = {
  ...{
    zone: 'example.',
    role: 'ksk',
    algorithm: 13,
    keyTag: 4711,
    dnskey: 'AQ==',
    id: 'c0ffee0011223344',
    label: 'L',
    token: 'ksk',
    serial: 'S1',
  },
};
const RELEASE: LoggedRelease = {
  ...{ zone: 'example.', serial: 7, manifest: SHA, signed: SHA, input: [FILE], validFrom: 'A', validUntil: 'B', refreshAt: 'C' },
  ...{ keyTags: [4711], policy: SHA, records: 30 },
};
const REF = { zone: 'example.', keyTag: 4711, id: KEY.id } as const;
const TOKEN = { label: 'L', serial: 'S1' } as const;
const VERDICTS = [
  { rule: 'verifier', verdict: 'pass', text: 'fine' },
  { rule: 'margin', verdict: 'overridden', text: 'one day' },
  { rule: 'judges', verdict: 'fail', text: 'one of two' },
] as const;

const MOVE = { kind: 'record', key: '13-4711-a', record: 'dnskey', to: 'omnipresent' } as const;
const ROLL: Roll = {
  ...{ id: 3, kind: 'zsk', old: ['13-4711-a'], new: ['13-815-b'], started: 0, reason: 'lifetime is over', breaksChain: false },
  methods: { zsk: 'pre-publication', ksk: 'double-ksk', csk: 'pre-publication', algorithm: 'conservative' },
};

/** One of each type, and what must be among its words. A new type without a line here does not compile. */
const SAMPLES: { readonly [T in EntryType]: readonly [EntryData[T], ...words: string[]] } = {
  'log.genesis': [
    { origin: 'audit.example', vkey: 'V', key: { label: 'L', id: 'aa00bb11', serial: 'S1' }, version: '1' },
    'audit.example',
    'V',
    'S1',
  ],
  'log.anomaly': [{ kind: 'torn-line', text: '12 octets', artifact: FILE }, 'torn-line', '12 octets', 'a.zone'],
  'session.open': [
    { command: 'zone sign', version: '1.2', program: SHA, head: 'none', witnessed: 9 },
    'zone sign',
    '1.2',
    'not kept',
    '9 entries',
  ],
  'session.close': [{ outcome: 'refused', code: 'gate/refused', snapshot: SHA }, 'refused', 'gate/refused'],
  'clock.jump': [{ seconds: -90, since: 3 }, '-90 s'],
  'policy.loaded': [
    {
      config: FILE,
      diff: [
        { path: 'zones.example.owner', before: 'x', after: '' },
        { path: 'p', before: 'q' },
      ],
      approvals: ['ada'],
    },
    ...['a.zone', 'zones.example.owner x becomes ""', 'p goes (was q)', 'ada'],
  ],
  'input.accepted': [{ zone: 'example.', files: [FILE], serial: 6 }, 'example. serial 6', 'a.zone'],
  'input.rejected': [{ zone: 'example.', code: 'zone/unreadable', text: '2 errors' }, 'zone/unreadable', '2 errors'],
  'key.generate.intent': [
    { zone: 'example.', role: 'zsk', algorithm: 13, label: 'L', token: 'zsk', before: ['beef000011112222'] },
    'ZSK',
    'token zsk',
  ],
  'key.generate.result': [{ intent: 8, key: KEY }, 'KSK 4711', 'c0ffee0011223344', 'entry 8'],
  'key.imported': [{ key: KEY, from: 'knot', reason: 'move' }, 'KSK 4711 of example.', 'knot', 'because "move"'],
  'key.proved': [{ key: REF, tokens: [TOKEN], rrset: SHA }, 'key 4711 of example.', 'token L (S1)', 'challenge', 'DNSKEY RRset'],
  'key.refused': [{ key: REF, code: 'key/replicas-differ', text: 'two keys' }, 'key 4711', 'key/replicas-differ', 'two keys'],
  'key.destroy.intent': [{ key: KEY, tokens: [TOKEN], reason: 'retired' }, 'KSK 4711', 'token L (S1)', 'because "retired"'],
  'key.destroy.result': [{ intent: 3, key: KEY, tokens: [TOKEN] }, 'KSK 4711', 'found no more', 'entry 3'],
  'key.backup': [
    { method: 'token-archive', keys: [REF], token: TOKEN, sha256: SHA, place: 'usb 7' },
    ...['token-archive', 'key 4711', 'token L (S1)', 'usb 7'],
  ],
  'key.drill': [
    { method: 'wrap', keys: [REF], sha256: SHA, outcome: 'failed', text: 'no key' },
    ...['wrap', 'FAILED', 'key 4711', 'no key'],
  ],
  'key.restore.intent': [
    { method: 'wrap', keys: [REF], token: TOKEN, sha256: SHA, reason: 'broken token' },
    ...['wrap', 'key 4711', 'to be restored', 'token L (S1)', 'because "broken token"'],
  ],
  'key.restored': [
    { method: 'vendor', keys: [REF], token: TOKEN, reason: 'broken token' },
    ...['vendor', 'key 4711', 'token L (S1)', 'because "broken token"'],
  ],
  'pin.shares': [
    { act: 'reshared', set: SHA, token: TOKEN, threshold: 2, holders: ['ada', 'ben', 'eve'], replaces: SHA, reason: 'ben left' },
    ...['reshared', '2 of 3', 'ada, ben, eve', 'in place of', 'because "ben left"'],
  ],
  'pin.combined': [{ set: SHA, token: TOKEN, holders: ['ada', 'eve'] }, 'token L (S1)', 'ada, eve'],
  'sign.intent': [
    { zone: 'example.', serial: 7, signatures: 1, plan: SHA, keyTags: [4711], previous: 6 },
    '1 signature to',
    'key 4711',
    'serial 6',
  ],
  'sign.result': [
    { intent: 8, zone: 'example.', serial: 7, made: 5, kept: 2, signed: SHA, perKey: [{ keyTag: 4711, signatures: 5 }] },
    ...['5 made', '5 by 4711', '2 kept', 'entry 8'],
  ],
  'gate.passed': [{ zone: 'example.', serial: 7, verdicts: VERDICTS }, 'margin overridden (one day)', 'passed verifier'],
  'gate.refused': [{ zone: 'example.', serial: 7, verdicts: VERDICTS }, 'judges FAILED (one of two)'],
  'release.intent': [{ release: RELEASE, folder: 'example/7' }, 'serial 7', '30 records', 'A to B', 'example/7'],
  'release.result': [{ intent: 8, zone: 'example.', serial: 7 }, 'serial 7', 'entry 8'],
  'roll.started': [
    { zone: 'example.', roll: ROLL, change: {}, approvals: ['ada', 'bob'] },
    'rollover 3 (zsk)',
    '13-4711-a to 13-815-b',
    'ada, bob',
    'because "lifetime is over"',
  ],
  'roll.noted': [{ zone: 'example.', moves: [MOVE], change: {} }, 'example.', 'dnskey of 13-4711-a omnipresent'],
  'roll.step.intent': [{ zone: 'example.', plan: SHA, moves: [{ kind: 'revoke', key: '13-4711-a' }], change: {} }, '13-4711-a revoked'],
  'roll.cancelled': [{ zone: 'example.', roll: 3, how: 'the new key leaves', moves: [MOVE] }, 'rollover 3', 'the new key leaves'],
  'zone.observed': [
    { zone: 'example.', serial: 7, from: 0, source: 'evidence', servers: 2, artifact: FILE, notes: ['late'], change: {} },
    'serial 7',
    '1970-01-01T00:00:00Z',
    '2 servers',
    'a.zone',
    'late',
  ],
  'ds.observed': [
    { zone: 'example.', at: 0, agree: true, keys: ['13-4711-a'], ttl: 60, source: 'attested', servers: 0, change: {} },
    '13-4711-a',
    'attested',
  ],
  'ds.submitted': [{ zone: 'example.', keyTag: 4711, key: '13-4711-a', at: 0, change: {} }, '4711', 'handed in'],
  'ds.retracted': [{ zone: 'example.', keyTag: 4711, key: '13-4711-a', at: 0, change: {} }, '4711', 'removal'],
  'exception.opened': [{ rule: 'margin', zone: 'example.', serial: 7, reason: 'because', text: 'one day' }, 'margin', 'because', 'one day'],
  'intent.resolved': [{ intent: 8, outcome: 'completed', found: 'it is there', key: KEY }, 'entry 8 completed', 'it is there', '4711'],
  'batch.begun': [{ zones: ['example.', 'two.example.'] }, '2 zones'],
  'batch.zone': [{ zone: 'example.', outcome: 'failed', code: 'token/gone' }, 'example. failed', 'token/gone'],
  'batch.ended': [{ done: 1, refused: 2, failed: 3 }, '1 done, 2 refused, 3 failed'],
  'checkpoint.witnessed': [{ size: 1, witness: 'w', time: 'T', line: 'L' }, 'w', '1 entry', 'T'],
  'ceremony.opened': [
    { ceremony: 'C1', script: FILE, plan: SHA, title: 'Routine signing', people: { witness: ['bob'] }, environment: SHA, rehearsal: 'R1' },
    ...['C1', 'Routine signing', 'witness bob', 'rehearsed as R1'],
  ],
  'ceremony.attendance': [{ ceremony: 'C1', person: 'bob', role: 'witness', act: 'came' }, 'bob (witness) came'],
  'ceremony.step.begun': [{ ceremony: 'C1', step: 'clock', attempt: 2 }, 'clock', 'attempt 2'],
  'ceremony.step.ended': [
    { ceremony: 'C1', step: 'sign', outcome: 'failed', text: 'gate/refused', status: 1 },
    'sign FAILED (exit 1)',
    'gate/refused',
  ],
  'approval.given': [
    { ceremony: 'C1', step: 'sign', person: 'bob', role: 'witness', by: 'key', typed: 'sign it', note: 'N' },
    ...['bob (witness) agrees to step sign', 'own key', '"sign it"'],
  ],
  'approval.refused': [{ ceremony: 'C1', step: 'sign', person: 'bob', reason: 'another tag' }, 'bob does NOT agree', 'another tag'],
  'ceremony.exception': [
    { ceremony: 'C1', number: 2, step: 'bag', what: 'the bag is torn', why: 'it fell', agreed: ['bob', 'carol'], followUp: 'a new bag' },
    ...['EXCEPTION 2 at step bag', 'the bag is torn', 'it fell', 'bob, carol', 'a new bag'],
  ],
  'ceremony.exception.closed': [{ ceremony: 'C1', number: 2, text: 'new bag', agreed: ['bob'] }, 'exception 2 closed', 'new bag', 'bob'],
  'ceremony.handover': [
    { ceremony: 'C1', role: 'witness', from: 'bob', to: 'dave', reason: 'ill' },
    'witness',
    'dave takes over from bob',
    'ill',
  ],
  'ceremony.paused': [{ ceremony: 'C1', reason: 'lunch' }, 'pauses', 'lunch'],
  'ceremony.resumed': [{ ceremony: 'C1', text: 'step sign is next' }, 'goes on', 'step sign is next'],
  'ceremony.ended': [{ ceremony: 'C1', outcome: 'aborted', reason: 'fire' }, 'ABORTED', 'fire'],
  'env.checked': [
    {
      ceremony: 'C1',
      step: 'machine',
      findings: [
        { id: 'ENV-SWAP', severity: 'warn', text: 'swap is on' },
        { id: 'ENV-ROUTE', severity: 'pass', text: 'none' },
      ],
    },
    ...['ENV-SWAP warns (swap is on)', '1 of 2 checks'],
  ],
  'clock.checked': [{ ceremony: 'C1', machine: 90, witness: 60, tolerance: 60, person: 'bob' }, 'bob', '30 s apart', '60 s allowed'],
  'continuity.checked': [
    { ceremony: 'C1', size: 9, words: 'aardvark adroitness', outcome: 'MISMATCH', person: 'bob' },
    ...['size 9', 'aardvark adroitness', 'MISMATCH'],
  ],
  'export.created': [{ size: 12, sha256: SHA, files: 3 }, '12 entries', SHA],
};

const sample = (type: EntryType): AnyEntry => entry(type, SAMPLES[type][0]);
const types = Object.keys(SAMPLES) as EntryType[];

function entry(type: EntryType, data: unknown, seq = 9): AnyEntry {
  const common = { v: 1, seq, time: '2026-11-24T09:00:00Z', mono: 1, boot: 'b', session: 'S', mode: 'practice' };
  return { ...common, type, cat: CATEGORY[type], actor: { role: 'operator', name: 'Ada' }, data } as AnyEntry;
}

/** Entry 8 is what the samples point to. */
const sources = (intent: AnyEntry = sample('release.intent'), artifact?: unknown): SubjectSources => ({
  entry: () => intent,
  artifact: () => artifact,
});

describe('what an entry says', () => {
  test.each(types)('%s', (type) => {
    const [, ...words] = SAMPLES[type];
    const text = describeEntry(sample(type));
    for (const word of words) expect(text).toContain(word);
    expect(text).not.toMatch(/undefined|\[object|\n/);
  });

  test('a name that would move the cursor, or turn the text round, is shown by its code points', () => {
    const text = describeEntry(entry('input.accepted', { zone: 'example.', files: [{ ...FILE, name: 'a\u001b[2J\n\u202eb' }], serial: 1 }));
    expect(text).toContain('a\\u{1b}[2J\\u{a}\\u{202e}b');
  });

  test('a catalog is not signed: no validity, no keys', () => {
    const text = describeEntry(entry('release.intent', { release: { ...RELEASE, kind: 'catalog' }, folder: 'f' }));
    expect(text).toContain('catalog, 30 records');
    expect(text).not.toContain('valid');
  });
});

describe('what an entry speaks of', () => {
  test.each(types)('%s: of the zone when the name of the zone is in its data, or in those of its intent', (type) => {
    const made = sample(type);
    const { zones } = subjectsOf(made, sources());
    const isNamed = /"(zones\.)?example[."]/.test(JSON.stringify(made.data));
    expect(zones.includes('example.')).toBe(isNamed);
    expect(fits(made, { zone: 'example.' }, sources())).toBe(isNamed);
    expect(fits(made, { zone: 'other.' }, sources())).toBe(false);
  });

  test.each(types)('%s: of the key when its tag is in its data, or in those of its intent', (type) => {
    const made = sample(type);
    const isNamed = JSON.stringify(made.data).includes('4711') || type === 'release.result';
    expect(fits(made, { key: { kind: 'tag', tag: 4711 } }, sources())).toBe(isNamed);
    expect(fits(made, { key: { kind: 'tag', tag: 471 } }, sources())).toBe(false);
  });

  test('a CKA_ID: the entry that made it, those that saw it before, and signing with its tag in its zone alone', () => {
    const state = { zones: { 'example.': { keys: [KEY], past: [], facts: {}, releases: [] } } };
    const key = parseKeyWish('C0FFEE00', state);
    const found = types.filter((type) => fits(sample(type), { key }, sources()));
    expect(found).toEqual([
      ...['key.generate.result', 'key.imported', 'key.proved', 'key.refused', 'key.destroy.intent', 'key.destroy.result'],
      ...['key.backup', 'key.drill', 'key.restore.intent', 'key.restored'],
      ...[
        'sign.intent',
        'sign.result',
        'release.intent',
        'release.result',
        ...['roll.started', 'roll.noted', 'roll.step.intent', 'roll.cancelled', 'ds.observed', 'ds.submitted', 'ds.retracted'],
        'intent.resolved',
      ],
    ]);
    const elsewhere = { ...(sample('sign.intent').data as object), zone: 'two.example.' };
    expect(fits(entry('sign.intent', elsewhere), { key }, sources())).toBe(false);
    expect(types.filter((type) => fits(sample(type), { key: parseKeyWish('beef0000', state) }, sources()))).toEqual([
      'key.generate.intent',
    ]);
    expect(types.filter((type) => fits(sample(type), { key: parseKeyWish('aa00bb11', state) }, sources()))).toEqual(['log.genesis']);
  });

  test('zones that stand in an artifact are read from it; where it is gone, the entry is shown rather than hidden', () => {
    const begun = entry('batch.begun', { zones: FILE });
    expect(fits(begun, { zone: 'example.' }, sources(undefined, ['example.']))).toBe(true);
    expect(fits(begun, { zone: 'example.' }, sources(undefined, ['two.example.']))).toBe(false);
    expect(fits(begun, { zone: 'example.' }, sources())).toBe(true);
    const loaded = entry('policy.loaded', { config: FILE, diff: [], whole: FILE });
    expect(fits(loaded, { zone: '.' }, sources(undefined, [{ path: 'zones...owner' }]))).toBe(true);
    expect(fits(loaded, { zone: 'example.' }, sources(undefined, [{ path: 'zones.a.example.owner' }]))).toBe(false);
    expect(fits(loaded, { zone: 'example.' }, sources())).toBe(true);
    expect(fits(loaded, { key: { kind: 'tag', tag: 1 } }, sources())).toBe(false);
  });

  test('an entry that points to itself, forwards, or to no intent speaks of nothing more', () => {
    const resolved = (intent: number): AnyEntry => entry('intent.resolved', { intent, outcome: 'abandoned', found: 'nothing' });
    for (const intent of [9, 10, -1, 0.5]) expect(subjectsOf(resolved(intent), sources()).zones).toEqual([]);
    expect(subjectsOf(resolved(8), sources()).zones).toEqual(['example.']);
    expect(subjectsOf(resolved(8), sources(sample('release.result'))).zones).toEqual([]);
  });

  test('a person who agreed is one of those who are asked for', () => {
    expect(types.filter((type) => fits(sample(type), { person: 'ada' }, sources()))).toEqual(['policy.loaded']);
    expect(types.filter((type) => fits(sample(type), { person: 'Ada' }, sources()))).toEqual(types);
  });
});
