import { describe, expect, test } from 'vitest';
import { CATEGORY } from '../../src/audit/entry.ts';
import { KNOWN_TYPES } from '../../src/audit/verifier/entries.ts';
import { judgeCases } from './support/cases.ts';
import { linesOf, withEntries, withEntry, withLines } from './support/forge.ts';
import { AT, EARLY, sharedSealedLog } from './support/sealed-log.ts';
import type { Files } from './support/second-verifier.ts';

/* Logs that carry the right signatures and say what cannot have happened: by a program that errs, or by somebody who has the key. */

const log = sharedSealedLog();

test('the verifier knows every type of entry, and its category', () => {
  expect(Object.fromEntries(KNOWN_TYPES)).toEqual(CATEGORY);
});

test('the log sealed again as it is', async () => {
  await log.expectAll([log.sealed('as it is', log.files)]);
});

test('what is worth knowing is a note, and keeps nothing from being in order', async () => {
  const [whole, closed] = await judgeCases(log.log, [
    await log.sealed('as it is', log.files),
    await log.sealed('up to the end of the fifth session', withLines(log.files, linesOf(log.files).slice(0, 32))),
  ]);
  expect(whole?.first).toEqual([true, ['AUDIT-INPUT-ABSENT', 'AUDIT-SESSION-OPEN', 'AUDIT-SESSION-UNCLOSED']]);
  expect(closed?.first).toEqual([true, ['AUDIT-INPUT-ABSENT', 'AUDIT-SESSION-UNCLOSED']]);
});

describe('form of an entry', () => {
  const raw = (index: number, change: (line: string) => string): Files =>
    withLines(
      log.files,
      linesOf(log.files).map((line, i) => (i === index ? change(line) : line)),
    );
  // An artifact that only a spoilt entry names is named by none.
  const at = AT.closed;
  const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;

  test('one JSON object in canonical form, ASCII, up to 16384 octets', async () => {
    const bad = 'AUDIT-ENTRY-FORM';
    await log.expectAll([
      log.sealed(
        'not JSON',
        raw(at, () => 'no'),
        bad,
      ),
      log.sealed(
        'empty',
        raw(at, () => ''),
        bad,
      ),
      log.sealed(
        'an array',
        raw(at, () => '[]'),
        bad,
      ),
      log.sealed(
        'null',
        raw(at, () => 'null'),
        bad,
      ),
      log.sealed(
        'a blank',
        raw(at, (line) => line.replace(':', ': ')),
        bad,
      ),
      log.sealed(
        'carriage return',
        raw(at, (line) => `${line}\r`),
        bad,
      ),
      log.sealed(
        'members not sorted',
        raw(at, (line) => line.replace(/"mode":"production","mono":(\d+)/, '"mono":$1,"mode":"production"')),
        bad,
      ),
      log.sealed(
        'a member twice',
        raw(at, (line) => line.replace('"v":1', '"v":1,"v":1')),
        bad,
      ),
      log.sealed(
        'a fraction',
        raw(at, (line) => line.replace('"v":1', '"v":1.0')),
        bad,
      ),
      log.sealed(
        'an exponent',
        raw(at, (line) => line.replace('"v":1', '"v":1e0')),
        bad,
      ),
      log.sealed(
        'minus zero',
        raw(at, (line) => line.replace(/"mono":\d+/, '"mono":-0')),
        bad,
      ),
      log.sealed(
        'above 2^53',
        raw(at, (line) => line.replace(/"mono":\d+/, '"mono":9007199254740992')),
        bad,
      ),
      log.sealed(
        'thousands of digits',
        raw(at, (line) => line.replace(/"mono":\d+/, `"mono":${'9'.repeat(5000)}`)),
        bad,
      ),
      log.sealed(
        'NaN',
        raw(at, (line) => line.replace(/"mono":\d+/, '"mono":NaN')),
        bad,
      ),
      log.sealed(
        'null within',
        raw(at, (line) => line.replace('"snapshot":"dd"', '"snapshot":null')),
        bad,
      ),
      log.sealed(
        'not ASCII',
        raw(at, (line) => line.replace('ada', 'ad\u00e9')),
        bad,
      ),
      log.sealed(
        'an escape that need not be',
        raw(at, (line) => line.replace('ada', '\\u0061da')),
        bad,
      ),
      log.sealed(
        'an escape in capitals',
        raw(at, (line) => line.replace('ada', 'ad\\u00E9')),
        bad,
      ),
      log.sealed(
        'too long',
        raw(at, (line) => line.replace('ada', 'a'.repeat(16_384))),
        bad,
      ),
      log.sealed(
        '65 deep',
        raw(at, (line) => line.replace('"snapshot"', `"extra":${nested(64)},"snapshot"`)),
        bad,
      ),
      log.sealed(
        'much too deep',
        raw(at, (line) => line.replace('"snapshot"', `"extra":${nested(7_000)},"snapshot"`)),
        bad,
      ),
    ]);
  });

  test('what is unusual and allowed', async () => {
    const name = (text: string) =>
      withEntry(log.files, at, (entry) => {
        entry.actor.name = text;
      });
    await log.expectAll([
      log.sealed(
        '62 deep',
        raw(at, (line) => line.replace('"outcome"', `"extra":${nested(62)},"outcome"`)),
      ),
      log.sealed('characters beyond ASCII, escaped', name('Zo\u00eb \u{1f511} \ud800')),
      log.sealed('DEL, tab, quotes', name('\x7f\t"\\')),
      log.sealed(
        'members with names beyond ASCII, sorted by UTF-16',
        withEntry(log.files, at, ({ data }) => Object.assign(data, { '\u{1f511}': 1, '\uff01': 2, 10: 3, 9: 4 })),
      ),
      log.sealed(
        'a member more',
        withEntry(log.files, at, (entry) => Object.assign(entry, { step: 'c5' })),
      ),
    ]);
  });

  test('members that every entry has', async () => {
    const set = (index: number, members: object, ...errors: string[]) =>
      log.sealed(
        JSON.stringify(members),
        withEntry(log.files, index, (entry) => Object.assign(entry, members)),
        ...errors,
      );
    const bad = 'AUDIT-ENTRY-FIELDS';
    await log.expectAll([
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
      log.sealed(
        `${index}`,
        raw(index, () => '{}'),
        'AUDIT-ENTRY-FIELDS',
        ...errors,
      );
    await log.expectAll([
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
    await log.expectAll([
      log.sealed(
        'none',
        withEntries(log.files, (entries) => entries.slice(1)),
        'AUDIT-GENESIS',
        EARLY,
      ),
      log.sealed(
        'two',
        withEntries(log.files, (entries) => entries.toSpliced(1, 0, { ...entries[0], seq: 'again' })),
        'AUDIT-GENESIS',
      ),
    ]);
  });

  test('clocks', async () => {
    const set = (name: string, index: number, members: object, ...errors: string[]) =>
      log.sealed(
        name,
        withEntry(log.files, index, (entry) => Object.assign(entry, members)),
        ...errors,
      );
    await log.expectAll([
      set('time goes back', AT.closed, { time: '2026-11-24T08:00:00Z' }, 'AUDIT-TIME'),
      set('time leaps, and is back with the next', AT.closed, { time: '2026-12-24T08:00:00Z' }, 'AUDIT-TIME'),
      set('the same second', AT.closed, { time: JSON.parse(linesOf(log.files)[15]!).time }),
      set('time since boot goes back', AT.closed, { mono: 1 }, 'AUDIT-MONO'),
      set('another boot', AT.closed, { mono: 1, boot: 'b9' }),
      set('practice among production', AT.closed, { mode: 'practice' }, 'AUDIT-MODE'),
    ]);
  });

  test('sessions', async () => {
    const set = (name: string, index: number, session: string, ...errors: string[]) =>
      log.sealed(
        name,
        withEntry(log.files, index, (entry) => Object.assign(entry, { session })),
        ...errors,
      );
    await log.expectAll([
      set('an entry of another session', AT.policy, 's9', 'AUDIT-SESSION'),
      set('closed by another', AT.closed, 's9', 'AUDIT-SESSION'),
      set('the same id again', 4, 's1', 'AUDIT-SESSION'),
      log.sealed(
        'an entry between sessions',
        withEntries(log.files, (entries) => entries.toSpliced(4, 0, { ...entries[2], seq: 'extra' })),
        'AUDIT-SESSION',
        'AUDIT-TIME',
        'AUDIT-MONO',
      ),
      log.sealed(
        'never opened',
        withEntries(log.files, (entries) => entries.toSpliced(4, 1)),
        'AUDIT-SESSION',
        EARLY,
      ),
      log.sealed(
        'never closed: the next one tells',
        withEntries(log.files, (entries) => entries.toSpliced(AT.closed, 1)),
        EARLY,
      ),
    ]);
  });
});
