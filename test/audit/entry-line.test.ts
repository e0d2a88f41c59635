import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../src/audit/canonical-json.ts';
import { parseEntry } from '../../src/audit/entry-line.ts';
import { newEntry } from './entries.ts';

describe('one line of the log', () => {
  const good = { ...newEntry(4), seq: 4 };
  const line = (change: Record<string, unknown>): string => canonicalJson({ ...good, ...change });

  test('is what was written', () => {
    expect(parseEntry(line({}), 4)).toEqual({ ...newEntry(4), seq: 4 });
    expect(parseEntry(line({ witness: 'a member of a later version' }), 4).seq).toBe(4);
  });

  test.each([
    ['no JSON', '{"v":1', 'not JSON'],
    ['an array', '[]', 'an array'],
    ['a number', '17', '17'],
    ['blanks', line({}).replace(':', ': '), 'not written as'],
    ['members in another order', `{"v":1,${line({ v: undefined }).slice(1)}`, 'not written as'],
    ['a member twice', line({}).replace('"v":1', '"v":2,"v":1'), 'not written as'],
    ['a character beyond ASCII', line({ session: 'e' }).replace('"e"', '"é"'), 'not written as'],
    ['a fraction', line({ mono: 15 }).replace('15', '1.5'), 'not written as'],
    ['another version', line({ v: 2 }), 'v is 2, not 1'],
    ['the number of another line', line({ seq: 5 }), 'seq is 5, not 4'],
    ['a local time', line({ time: '2026-11-24T09:00:00+01:00' }), 'time is'],
    ['a day that does not exist', line({ time: '2026-13-24T09:00:00Z' }), 'time is'],
    ['a negative time since boot', line({ mono: -1 }), 'mono is -1'],
    ['another mode', line({ mode: 'test' }), 'mode is "test"'],
    ['no actor', line({ actor: undefined }), 'actor is missing'],
    ['an actor without name', line({ actor: { role: 'x' } }), 'actor is'],
    ['no data', line({ data: [] }), 'data is []'],
    ['the category of another type', line({ cat: 'key' }), 'cat is "key"'],
  ])('%s is refused, with the number of the line', (_, text, why) => {
    const refusal = expect.objectContaining({ code: 'audit/bad-entry', message: expect.stringMatching(/^line 5 /) });
    expect(() => parseEntry(text, 4)).toThrow(refusal);
    expect(() => parseEntry(text, 4)).toThrow(why);
  });

  test.each(['toString', 'future.type'])('a type that this version does not know (%s) is told apart from damage', (type) => {
    expect(() => parseEntry(line({ type }), 4)).toThrow(expect.objectContaining({ code: 'audit/unknown-entry' }));
  });
});
