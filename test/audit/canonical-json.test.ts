import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../src/audit/canonical-json.ts';

describe('one form for each value', () => {
  test('RFC 8785 3.2.3: members are sorted by UTF-16 code units, in objects at every depth', () => {
    expect(canonicalJson({ b: 1, a: { d: [], c: {} }, B: true, '10': 1, '9': 2 })).toBe(
      '{"10":1,"9":2,"B":true,"a":{"c":{},"d":[]},"b":1}',
    );
    // The example of the section: the name with a surrogate pair stands before the one from the private use area.
    expect(canonicalJson({ '\ufb33': 1, '\u{1f600}': 2, '\u20ac': 3, '\r': 4, '1': 5 })).toBe(
      String.raw`{"\r":4,"1":5,"\u20ac":3,"\ud83d\ude00":2,"\ufb33":1}`,
    );
  });

  test('ASCII alone, escapes in lower case, the short ones of RFC 8785 3.2.2.2', () => {
    expect(canonicalJson('\u0000\b\t\n\u000b\f\r\u001f"\\/\u007f\u0080é\u{1f600}')).toBe(
      '"\\u0000\\b\\t\\n\\u000b\\f\\r\\u001f\\"\\\\/\u007f\\u0080\\u00e9\\ud83d\\ude00"',
    );
  });

  test('undefined members are left out, numbers are whole', () => {
    expect(canonicalJson({ a: undefined, b: -0, c: 2 ** 53 - 1, d: -5 })).toBe('{"b":0,"c":9007199254740991,"d":-5}');
  });

  test.each([null, 1.5, Number.NaN, 2 ** 53, undefined, [undefined], 1n, () => 1, new Date(0), new Map(), { a: null }])(
    '%s has none',
    (value) => {
      expect(() => canonicalJson(value)).toThrow(RangeError);
    },
  );

  test('it reads back as the same value, and the order of members does not matter', () => {
    const scalar = fc.oneof(fc.maxSafeInteger(), fc.boolean(), fc.string({ unit: 'binary' }));
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        scalar,
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(
          fc.string({ unit: 'binary' }).filter((name) => name !== '__proto__'),
          tie('value'),
          { maxKeys: 4, noNullPrototype: true },
        ),
      ),
    }));
    fc.assert(
      fc.property(value, (value) => {
        const text = canonicalJson(value);
        expect(text).toMatch(/^[\x20-\x7f]*$/);
        expect(JSON.parse(text)).toEqual(normal(value));
        expect(canonicalJson(reversed(value))).toBe(text);
      }),
      { numRuns: 60 },
    );
  });
});

/** Minus zero is zero in JSON. */
const normal = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, reversed(member)]),
  );
}
