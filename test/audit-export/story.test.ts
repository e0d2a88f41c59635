import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canonicalJson } from '../../src/audit/canonical-json.ts';
import { CATEGORY } from '../../src/audit/entry.ts';
import { KNOWN_TYPES } from '../../src/audit/export-verifier.ts';
import { memoryNoteSigner } from '../support/memory-note-signer.ts';
import { type Case, judgeCases, mistakesIn } from './support/cases.ts';
import {
  type Forged,
  linesOf,
  resealed,
  sha256,
  withEntries,
  withEntry,
  withFile,
  withLines,
  withReleaseManifest,
} from './support/forge.ts';
import { makeSampleExport, type SampleExport, TestFolder } from './support/sample-export.ts';
import { type Files, relisted, textOf } from './support/second-verifier.ts';

/* Logs that carry the right signatures and say what cannot have happened: by a program that errs, or by somebody who has the key. */

const folder = new TestFolder();
let log: SampleExport;
let files: Files;

beforeAll(async () => {
  log = await makeSampleExport(folder.path, 'log');
  files = log.files;
});
afterAll(() => folder[Symbol.dispose]());

async function sealed(name: string, changed: Files, ...errors: readonly string[]): Promise<Case> {
  return { name, files: relisted(await resealed(changed, log.signers)), errors };
}

async function expectAll(cases: readonly Promise<Case>[]): Promise<void> {
  expect(cases.length).toBeGreaterThan(0);
  expect(mistakesIn(await judgeCases(log, await Promise.all(cases)))).toEqual([]);
}

/** Places in the sample log. */
const AT = {
  genesis: 0,
  policy: 2,
  generated: 6,
  opened: 8,
  signed: 11,
  gate: 12,
  exception: 13,
  release: 14,
  released: 15,
  closed: 16,
  lost: 19,
  resolved: 23,
  second: 28,
};

/** With an entry less before it, a MANIFEST was made after more entries than there are. */
const EARLY = 'AUDIT-RELEASE-MANIFEST';

test('the verifier knows every type of entry, and its category', () => {
  expect(Object.fromEntries(KNOWN_TYPES)).toEqual(CATEGORY);
});

test('the log sealed again as it is', async () => {
  await expectAll([sealed('as it is', files)]);
});

test('what is worth knowing is a note, and keeps nothing from being in order', async () => {
  const [whole, closed] = await judgeCases(log, [
    await sealed('as it is', files),
    await sealed('up to the end of the fifth session', withLines(files, linesOf(files).slice(0, 32))),
  ]);
  expect(whole?.first).toEqual([true, ['AUDIT-INPUT-ABSENT', 'AUDIT-SESSION-OPEN', 'AUDIT-SESSION-UNCLOSED']]);
  expect(closed?.first).toEqual([true, ['AUDIT-INPUT-ABSENT', 'AUDIT-SESSION-UNCLOSED']]);
});

describe('form of an entry', () => {
  const raw = (index: number, change: (line: string) => string): Files =>
    withLines(
      files,
      linesOf(files).map((line, i) => (i === index ? change(line) : line)),
    );
  // An artifact that only a spoilt entry names is named by none.
  const at = AT.closed;
  const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;

  test('one JSON object in canonical form, ASCII, up to 16384 octets', async () => {
    const bad = 'AUDIT-ENTRY-FORM';
    await expectAll([
      sealed(
        'not JSON',
        raw(at, () => 'no'),
        bad,
      ),
      sealed(
        'empty',
        raw(at, () => ''),
        bad,
      ),
      sealed(
        'an array',
        raw(at, () => '[]'),
        bad,
      ),
      sealed(
        'null',
        raw(at, () => 'null'),
        bad,
      ),
      sealed(
        'a blank',
        raw(at, (line) => line.replace(':', ': ')),
        bad,
      ),
      sealed(
        'carriage return',
        raw(at, (line) => `${line}\r`),
        bad,
      ),
      sealed(
        'members not sorted',
        raw(at, (line) => line.replace(/"mode":"production","mono":(\d+)/, '"mono":$1,"mode":"production"')),
        bad,
      ),
      sealed(
        'a member twice',
        raw(at, (line) => line.replace('"v":1', '"v":1,"v":1')),
        bad,
      ),
      sealed(
        'a fraction',
        raw(at, (line) => line.replace('"v":1', '"v":1.0')),
        bad,
      ),
      sealed(
        'an exponent',
        raw(at, (line) => line.replace('"v":1', '"v":1e0')),
        bad,
      ),
      sealed(
        'minus zero',
        raw(at, (line) => line.replace(/"mono":\d+/, '"mono":-0')),
        bad,
      ),
      sealed(
        'above 2^53',
        raw(at, (line) => line.replace(/"mono":\d+/, '"mono":9007199254740992')),
        bad,
      ),
      sealed(
        'thousands of digits',
        raw(at, (line) => line.replace(/"mono":\d+/, `"mono":${'9'.repeat(5000)}`)),
        bad,
      ),
      sealed(
        'NaN',
        raw(at, (line) => line.replace(/"mono":\d+/, '"mono":NaN')),
        bad,
      ),
      sealed(
        'null within',
        raw(at, (line) => line.replace('"snapshot":"dd"', '"snapshot":null')),
        bad,
      ),
      sealed(
        'not ASCII',
        raw(at, (line) => line.replace('ada', 'ad\u00e9')),
        bad,
      ),
      sealed(
        'an escape that need not be',
        raw(at, (line) => line.replace('ada', '\\u0061da')),
        bad,
      ),
      sealed(
        'an escape in capitals',
        raw(at, (line) => line.replace('ada', 'ad\\u00E9')),
        bad,
      ),
      sealed(
        'too long',
        raw(at, (line) => line.replace('ada', 'a'.repeat(16_384))),
        bad,
      ),
      sealed(
        '65 deep',
        raw(at, (line) => line.replace('"snapshot"', `"extra":${nested(64)},"snapshot"`)),
        bad,
      ),
      sealed(
        'much too deep',
        raw(at, (line) => line.replace('"snapshot"', `"extra":${nested(7_000)},"snapshot"`)),
        bad,
      ),
    ]);
  });

  test('what is unusual and allowed', async () => {
    const name = (text: string) =>
      withEntry(files, at, (entry) => {
        entry.actor.name = text;
      });
    await expectAll([
      sealed(
        '62 deep',
        raw(at, (line) => line.replace('"outcome"', `"extra":${nested(62)},"outcome"`)),
      ),
      sealed('characters beyond ASCII, escaped', name('Zo\u00eb \u{1f511} \ud800')),
      sealed('DEL, tab, quotes', name('\x7f\t"\\')),
      sealed(
        'members with names beyond ASCII, sorted by UTF-16',
        withEntry(files, at, ({ data }) => Object.assign(data, { '\u{1f511}': 1, '\uff01': 2, 10: 3, 9: 4 })),
      ),
      sealed(
        'a member more',
        withEntry(files, at, (entry) => Object.assign(entry, { step: 'c5' })),
      ),
    ]);
  });

  test('members that every entry has', async () => {
    const set = (index: number, members: object, ...errors: string[]) =>
      sealed(
        JSON.stringify(members),
        withEntry(files, index, (entry) => Object.assign(entry, members)),
        ...errors,
      );
    const bad = 'AUDIT-ENTRY-FIELDS';
    await expectAll([
      set(at, { v: 2 }, bad),
      set(at, { v: true }, bad),
      set(at, { seq: '16' }, bad),
      set(at, { seq: -1 }, bad),
      set(at, { time: '2026-11-24 09:00:00Z' }, bad),
      set(at, { time: '2026-02-30T09:00:00Z' }, bad),
      set(at, { time: '2026-11-24T24:00:00Z' }, bad),
      set(at, { time: '2026-11-24T23:59:60Z' }, bad),
      set(at, { time: '1969-12-31T23:59:59Z' }, bad),
      set(at, { mono: 'x' }, bad),
      set(at, { boot: 1 }, bad),
      set(at, { session: {} }, bad),
      set(at, { mode: 'rehearsal' }, bad),
      set(at, { type: 1 }, bad),
      set(at, { cat: 'key' }, bad),
      set(at, { actor: { name: 'ada' } }, bad),
      set(at, { data: [] }, bad),
      set(at, { type: 'session.shut' }, 'AUDIT-ENTRY-TYPE'),
      set(at, { type: 'toString' }, 'AUDIT-ENTRY-TYPE'),
      set(at, { data: {} }, 'AUDIT-ENTRY-DATA'),
      set(at, { data: { outcome: 'done', log: { name: 'x', sha256: 'F'.repeat(64), size: 1 } } }, 'AUDIT-ENTRY-DATA'),
      set(at, { seq: 17 }, 'AUDIT-ENTRY-SEQ'),
    ]);
  });

  test('an entry that cannot be read takes no part: what hangs on it is missed', async () => {
    const spoilt = (index: number, ...errors: string[]) =>
      sealed(
        `${index}`,
        raw(index, () => '{}'),
        'AUDIT-ENTRY-FIELDS',
        ...errors,
      );
    await expectAll([
      spoilt(AT.policy, 'AUDIT-ARTIFACT-UNREFERENCED'),
      spoilt(AT.opened, 'AUDIT-SESSION'),
      spoilt(AT.signed - 1, 'AUDIT-INTENT'),
      spoilt(AT.signed, 'AUDIT-RELEASE-SIGN'),
      spoilt(AT.gate, 'AUDIT-RELEASE-GATE', 'AUDIT-RELEASE-MANIFEST'),
      spoilt(AT.exception, 'AUDIT-EXCEPTION'),
      spoilt(AT.release, 'AUDIT-ARTIFACT-UNREFERENCED', 'AUDIT-INTENT', 'AUDIT-RELEASE-CHAIN'),
      spoilt(AT.released, 'AUDIT-RELEASE-CHAIN'),
    ]);
  });
});

describe('order of the entries', () => {
  test('the first one, and no other, is the genesis', async () => {
    await expectAll([
      sealed(
        'none',
        withEntries(files, (entries) => entries.slice(1)),
        'AUDIT-GENESIS',
        EARLY,
      ),
      sealed(
        'two',
        withEntries(files, (entries) => entries.toSpliced(1, 0, { ...entries[0], seq: 'again' })),
        'AUDIT-GENESIS',
      ),
    ]);
  });

  test('clocks', async () => {
    const set = (name: string, index: number, members: object, ...errors: string[]) =>
      sealed(
        name,
        withEntry(files, index, (entry) => Object.assign(entry, members)),
        ...errors,
      );
    await expectAll([
      set('time goes back', AT.closed, { time: '2026-11-24T08:00:00Z' }, 'AUDIT-TIME'),
      set('time leaps, and is back with the next', AT.closed, { time: '2026-12-24T08:00:00Z' }, 'AUDIT-TIME'),
      set('the same second', AT.closed, { time: JSON.parse(linesOf(files)[15]!).time }),
      set('time since boot goes back', AT.closed, { mono: 1 }, 'AUDIT-MONO'),
      set('another boot', AT.closed, { mono: 1, boot: 'b9' }),
      set('practice among production', AT.closed, { mode: 'practice' }, 'AUDIT-MODE'),
    ]);
  });

  test('sessions', async () => {
    const set = (name: string, index: number, session: string, ...errors: string[]) =>
      sealed(
        name,
        withEntry(files, index, (entry) => Object.assign(entry, { session })),
        ...errors,
      );
    await expectAll([
      set('an entry of another session', AT.policy, 's9', 'AUDIT-SESSION'),
      set('closed by another', AT.closed, 's9', 'AUDIT-SESSION'),
      set('the same id again', 4, 's1', 'AUDIT-SESSION'),
      sealed(
        'an entry between sessions',
        withEntries(files, (entries) => entries.toSpliced(4, 0, { ...entries[2], seq: 'extra' })),
        'AUDIT-SESSION',
        'AUDIT-TIME',
        'AUDIT-MONO',
      ),
      sealed(
        'never opened',
        withEntries(files, (entries) => entries.toSpliced(4, 1)),
        'AUDIT-SESSION',
        EARLY,
      ),
      sealed(
        'never closed: the next one tells',
        withEntries(files, (entries) => entries.toSpliced(AT.closed, 1)),
        EARLY,
      ),
    ]);
  });
});

describe('an intent has one result, in its session, about the same thing', () => {
  const data = (name: string, index: number, change: (data: Forged) => void, ...errors: string[]) =>
    sealed(
      name,
      withEntry(files, index, (entry) => change(entry.data)),
      ...errors,
    );

  test('results', async () => {
    const repeated = withEntries(files, (entries) => entries.toSpliced(AT.signed + 1, 0, { ...entries[AT.signed], seq: 'again' }));
    const before = withEntries(files, (entries) => entries.toSpliced(5, 2, entries[6], entries[5]));
    await expectAll([
      sealed('twice', repeated, 'AUDIT-INTENT'),
      sealed('before its intent', before, 'AUDIT-INTENT', 'AUDIT-TIME', 'AUDIT-MONO'),
      data('of an entry that is no intent', AT.generated, (d) => Object.assign(d, { intent: 4 }), 'AUDIT-INTENT'),
      data('of an entry to come', AT.generated, (d) => Object.assign(d, { intent: 99 }), 'AUDIT-INTENT'),
      data('of another kind', AT.released, (d) => Object.assign(d, { intent: 10 }), 'AUDIT-INTENT', 'AUDIT-RELEASE-CHAIN'),
      data('of another zone', AT.generated, ({ key }) => Object.assign(key, { zone: 'b.example.' }), 'AUDIT-INTENT'),
      data('of another role', AT.generated, ({ key }) => Object.assign(key, { role: 'ksk' }), 'AUDIT-INTENT'),
      data('of another serial', AT.released, (d) => Object.assign(d, { serial: 9 }), 'AUDIT-INTENT'),
    ]);
  });

  test('a resolution is of an intent that is open; one that is left open is a note', async () => {
    const unresolved = withEntries(files, (entries) => entries.toSpliced(AT.resolved, 1));
    await expectAll([
      data('of nothing', AT.resolved, (d) => Object.assign(d, { intent: 3 }), 'AUDIT-INTENT'),
      data('of one that has its result', AT.resolved, (d) => Object.assign(d, { intent: 10 }), 'AUDIT-INTENT'),
      sealed('none', unresolved, EARLY),
    ]);
    const [judged] = await judgeCases(log, [await sealed('none', unresolved, EARLY)]);
    expect(judged?.first[1]).toContain('AUDIT-INTENT-OPEN');
  });

  test('a release that was resolved as completed stands; an abandoned one does not', async () => {
    const resolve = (outcome: string) =>
      withEntry(files, AT.released, (entry) =>
        Object.assign(entry, { type: 'intent.resolved', cat: 'incident', data: { intent: AT.release, outcome, found: 'x' } }),
      );
    await expectAll([sealed('completed', resolve('completed')), sealed('abandoned', resolve('abandoned'), 'AUDIT-RELEASE-CHAIN')]);
  });
});

describe('releases', () => {
  test('each was signed and passed the gate', async () => {
    const other = sha256('another zone');
    const set = (name: string, index: number, change: (data: Forged) => void, ...errors: string[]) =>
      sealed(
        name,
        withEntry(files, index, (entry) => change(entry.data)),
        ...errors,
      );
    const refused = withEntry(files, AT.gate, (entry) => Object.assign(entry, { type: 'gate.refused' }));
    await expectAll([
      set('another zone was signed', AT.signed, (d) => Object.assign(d, { signed: other }), 'AUDIT-RELEASE-SIGN'),
      set(
        'another zone is released',
        AT.release,
        ({ release }) => Object.assign(release, { signed: other }),
        'AUDIT-RELEASE-MANIFEST',
        'AUDIT-RELEASE-SIGN',
      ),
      set('another serial passed', AT.gate, (d) => Object.assign(d, { serial: 9 }), 'AUDIT-EXCEPTION', 'AUDIT-RELEASE-GATE'),
      sealed('the gate refused', refused, 'AUDIT-RELEASE-GATE'),
      sealed(
        'the gate was left out: its last word is of the release before, with an override',
        withEntries(files, (entries) => entries.toSpliced(27, 1)),
        'AUDIT-RELEASE-GATE',
        EARLY,
      ),
      sealed(
        'overridden without exception',
        withEntries(files, (entries) => entries.toSpliced(AT.exception, 1)),
        'AUDIT-EXCEPTION',
        EARLY,
      ),
      set('exception for another rule', AT.exception, (d) => Object.assign(d, { rule: 'margin' }), 'AUDIT-EXCEPTION'),
    ]);
  });

  test('RFC 1982: the serial is ahead of the one before', async () => {
    const back = async (serial: number) =>
      withReleaseManifest(
        withEntry(
          withEntry(
            withEntry(withEntry(withEntry(files, 25, change(serial)), 26, change(serial)), 27, change(serial)),
            AT.second,
            ({ data }) => Object.assign(data.release, { serial }),
          ),
          29,
          change(serial),
        ),
        AT.second,
        log.signers,
        (text) => text.replace('serial 2', `serial ${serial}`),
      );
    const change =
      (serial: number) =>
      ({ data }: Forged) =>
        Object.assign(data, { serial });
    await expectAll([
      back(1).then((f) => sealed('the same', f, 'AUDIT-RELEASE-SERIAL')),
      back(0).then((f) => sealed('behind', f, 'AUDIT-RELEASE-SERIAL')),
      back(2 ** 31).then((f) => sealed('2^31 - 1 ahead', f)),
      back(2 ** 31 + 1).then((f) => sealed('2^31 ahead: undefined, and no successor', f, 'AUDIT-RELEASE-SERIAL')),
    ]);
  });

  test('MANIFEST says what the log says, is signed by its key, and names the release before', async () => {
    const manifest = (name: string, index: number, from: string | RegExp, to: string, ...errors: string[]) =>
      withReleaseManifest(files, index, log.signers, (text) => {
        expect(text, name).toMatch(from);
        return text.replace(from, to);
      }).then((f) => sealed(name, f, ...errors));
    // The second release names the first by the sha256 of its MANIFEST: a first one that is another breaks the chain as well.
    const first = (name: string, from: string | RegExp, to: string, ...errors: string[]) =>
      manifest(name, AT.release, from, to, 'AUDIT-RELEASE-CHAIN', ...errors);
    const second = (name: string, from: string | RegExp, to: string, ...errors: string[]) => manifest(name, AT.second, from, to, ...errors);
    const foreign = memoryNoteSigner('log.example');
    await expectAll([
      second('another zone', 'zone a.example.', 'zone b.example.', 'AUDIT-RELEASE-MANIFEST'),
      second('another serial', 'serial 2', 'serial 3', 'AUDIT-RELEASE-MANIFEST'),
      second('practice', 'mode production', 'mode practice', 'AUDIT-RELEASE-MANIFEST'),
      second('another time', 'valid-until 2026-12-06', 'valid-until 2027-12-06', 'AUDIT-RELEASE-MANIFEST'),
      second('no time', /valid-from .*/, 'valid-from none', 'AUDIT-RELEASE-MANIFEST'),
      second('another file', /file [0-9a-f]{64}/, `file ${'0'.repeat(64)}`, 'AUDIT-RELEASE-MANIFEST'),
      second('no zone in it', 'zone.signed', 'zone.other', 'AUDIT-RELEASE-MANIFEST'),
      second('made later than the log says', /log \d+/, 'log 4000', 'AUDIT-RELEASE-MANIFEST'),
      second('an override that was none', 'file ', 'override margin\nfile ', 'AUDIT-RELEASE-MANIFEST'),
      first('an override not told', 'override limit-removed\n', '', 'AUDIT-RELEASE-MANIFEST'),
      second('no release before', /previous .*/, 'previous none', 'AUDIT-RELEASE-CHAIN'),
      second('another release before', /previous 1 ./, 'previous 1 x', 'AUDIT-RELEASE-FORM'),
      second('the serial of another before', /previous 1/, 'previous 0', 'AUDIT-RELEASE-CHAIN'),
      second('lines exchanged', /(mode .*\n)(log .*\n)/, '$2$1', 'AUDIT-RELEASE-FORM'),
      second('a line more', /$/, 'more\n', 'AUDIT-RELEASE-FORM'),
      second('a file twice', /(file .*\n)/, '$1$1', 'AUDIT-RELEASE-FORM'),
      second('a catalog: neither signed nor gated, but in the chain', 'kind zone', 'kind catalog'),
      withReleaseManifest(files, AT.second, [foreign], (text) => text).then((f) => sealed('by another key', f, 'AUDIT-NOT-SIGNED')),
    ]);
  });

  test('a MANIFEST whose signature is of another text', async () => {
    const { manifest } = JSON.parse(linesOf(files)[AT.second]!).data.release;
    const note = textOf(files, `artifacts/${manifest}`).replace('created 2026', 'created 2025');
    const moved = withFile(files, `artifacts/${sha256(note)}`, note);
    const left = new Map([...moved].filter(([path]) => path !== `artifacts/${manifest}`));
    const changed = withEntry(left, AT.second, ({ data }) => Object.assign(data.release, { manifest: sha256(note) }));
    await expectAll([sealed('created', changed, 'AUDIT-BAD-SIGNATURE')]);
  });
});

test('entries of the sample are what the program writes', () => {
  for (const line of linesOf(files)) expect(canonicalJson(JSON.parse(line))).toBe(line);
});
