import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { readPlainYaml } from '../../src/audit/verifier/yaml.ts';
import { SCRIPT } from './support/ceremony-log.ts';
import { askSecondVerifier } from './support/second-verifier.ts';

/* Each verifier has a reader of its own for the YAML that scripts may use. Both are held against each other and against the library that the program takes. */

const FOLDER = new URL('../../src/ceremony/scripts/', import.meta.url).pathname;
const SCRIPTS = [SCRIPT, ...readdirSync(FOLDER).map((name) => readFileSync(`${FOLDER}${name}`, 'utf8'))];

interface Answer {
  readonly value?: unknown;
}

/** What each makes of each text; without a value: it is none. */
async function readings(texts: readonly string[]): Promise<{ text: string; first: Answer; second: Answer }[]> {
  const second = await askSecondVerifier<Answer>(texts.map((yaml) => ({ yaml })));
  return texts.map((text, i) => {
    const value = readPlainYaml(text);
    return { text, first: value === undefined ? {} : { value }, second: second[i]! };
  });
}

const WORDS = [
  'a',
  'the zone',
  ' ',
  '"',
  "'",
  ':',
  ': ',
  ' #',
  '-',
  '- ',
  '{{x}}',
  '[',
  ']',
  '{',
  ',',
  '\n',
  '\n\n',
  ' \n',
  '\\',
  'é',
  '日本',
];
const MORE = [
  '%',
  '&a',
  '*',
  '!',
  '|',
  '>',
  '@',
  '`',
  '1',
  'true',
  'null',
  '~',
  '?',
  '0x1f',
  '1e3',
  'words that go on and on, so that they fold',
];
const TEXT = fc.array(fc.constantFrom(...WORDS, ...MORE), { minLength: 1, maxLength: 12 }).map((parts) => parts.join(''));
const DOCUMENT = fc.record({
  a: TEXT,
  list: fc.tuple(TEXT, fc.record({ b: TEXT, c: fc.tuple(TEXT, fc.tuple(TEXT)) }), fc.constant([])),
  d: fc.record({ 'e-f': TEXT, g: fc.constant({}) }),
  n: fc.nat(9),
  t: fc.boolean(),
});
const sampled = <T>(arbitrary: fc.Arbitrary<T>, count: number): T[] => fc.sample(arbitrary, { numRuns: count, seed: 7 });

test('the scripts that are shipped, and whatever the library prints, in lines of any width, are read as they were meant', async () => {
  const printed = sampled(fc.tuple(DOCUMENT, fc.constantFrom(20, 40, 120)), 600).map(([value, lineWidth]) =>
    stringify(value, { aliasDuplicateObjects: false, lineWidth }),
  );
  const again = SCRIPTS.flatMap((text) => [text, ...[40, 120].map((lineWidth) => stringify(parse(text), { lineWidth }))]);
  for (const { text, first, second } of await readings([...again, ...printed])) {
    expect(first, text).toEqual({ value: parse(text) });
    expect(second, text).toEqual(first);
  }
});

test('a text that somebody has changed is the same to both, or is none to both', async () => {
  const part = fc.constantFrom(...SCRIPTS).chain((text) => {
    const lines = text.split('\n');
    return fc
      .tuple(fc.nat(lines.length - 1), fc.integer({ min: 1, max: 20 }))
      .map(([from, count]) => lines.slice(from, from + count).join('\n'));
  });
  const put = [
    '\n',
    '\n  ',
    '#',
    '|-\n   ',
    '>+\n   ',
    '&a ',
    '*a',
    '!x ',
    '? ',
    '\\x41',
    '1.0',
    '.5',
    '\u00a0',
    '\u2028',
    '\t',
    '\r',
    '---',
    '...',
    '',
  ];
  const edit = fc.tuple(fc.nat(), fc.constantFrom(...WORDS, ...MORE, ...put), fc.nat(3));
  const changed = sampled(fc.tuple(part, fc.array(edit, { minLength: 1, maxLength: 3 })), 1500).map(([text, edits]) =>
    edits.reduce((now, [at, word, gone]) => {
      const place = at % (now.length + 1);
      return now.slice(0, place) + word + now.slice(place + gone);
    }, text),
  );
  for (const { text, first, second } of await readings(changed))
    expect(second, JSON.stringify(text)).toEqual(JSON.parse(JSON.stringify(first)));
});

test('what hides something from whoever reads it is none', async () => {
  const none = [
    ...[
      'a: &x 1\nb: *x\n',
      'a: !!str 1\n',
      '%YAML 1.2\n---\na: 1\n',
      'a: 1\n---\nb: 2\n',
      'a: 1\n...\n',
      '? a\n: 1\n',
      '? [a]\n: 1\n',
      '<<: {}\n',
    ],
    ...[
      'a: 1\na: 2\n',
      '{ a: 1, a: 2 }',
      'a:\n\tb: 1\n',
      'a: 1\u0007\n',
      'a: "\\q"\n',
      'a: "\n',
      "a: 'b\n",
      'a: [b\n',
      'a: {b: c\n',
      'a: b: c\n',
    ],
    ...[
      'a: [b] c\n',
      'a: "b" c\n',
      '- a\nb: c\n',
      'a: b\n c: d\n',
      '1: a\n',
      `${'- '.repeat(40)}a\n`,
      `a: ${'['.repeat(40)}${']'.repeat(40)}\n`,
    ],
  ];
  for (const { text, first, second } of await readings(none)) expect([first, second], text).toEqual([{}, {}]);
});
