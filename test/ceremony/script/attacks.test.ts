import { describe, expect, test } from 'vitest';
import { Refusal } from '../../../signer/errors.ts';
import { parse, SAMPLE } from './sample.ts';

/* A script is read by people before it is approved. Whoever wrote it may want them to read something else than the program does. */

/** What a refused text comes to; a script, or anything but a refusal, fails. */
function refused(text: string): string {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof Refusal && error.code === 'ceremony/bad-script') return error.message;
    throw error;
  }
  throw new Error('it was taken');
}

function changed(from: string, to: string): string {
  expect(SAMPLE).toContain(from);
  return SAMPLE.replace(from, () => to);
}
const say = (text: string): string => changed('say: We meet in {{place}}.', `say: "${text} {{place}}"`);
const place = (yaml: string): string => changed('place: room 3', `place: ${yaml}`);

test('what editors of other systems write is the same script', () => {
  const script = parse(SAMPLE);
  expect(parse(`\ufeff${SAMPLE}`)).toEqual(script);
  expect(parse(SAMPLE.replaceAll('\n', '\r\n'))).toEqual(script);
});

describe('a file that would break what reads it', () => {
  test.each([
    ['brackets', place(`${'['.repeat(20_000)}${']'.repeat(20_000)}`), 23],
    ['brackets that are not closed', place('['.repeat(50_000)), 23],
    ['brackets over many lines', place('[\n'.repeat(50_000)), 55],
    ['braces', place(`${'{a: '.repeat(20_000)}1${'}'.repeat(20_000)}`), 23],
    ['dashes', place(`\n    ${'- '.repeat(20_000)}x`), 24],
    ['keys by ?', place(`\n    ${'? '.repeat(20_000)}x`), 24],
  ])('%s within each other without end', (_, text, line) => {
    expect(refused(text)).toMatch(new RegExp(`^sample\\.yaml:${line}:\\d+: more than 32 lists and mappings within each other$`));
  });

  test('of thousands of mistakes the first ones are told', () => {
    const message = refused(SAMPLE + Array.from({ length: 500 }, (_, i) => `bad${i}: 1\n`).join(''));
    expect(message).toMatch(/^sample\.yaml has 500 mistakes:\n {2}sample\.yaml:68:1: bad0: [\s\S]*\n {2}and 450 more$/);
    expect(message.length).toBeLessThan(10_000);
  });
});

describe('what a number or a word is taken for', () => {
  test.each([
    ['count: 3, need: 2', 'count: 0x3, need: 2', '14:55: 0x3 is read as the number 3'],
    ['count: 3, need: 2', 'count: 3e0, need: 2', '14:55: 3e0 is read as the number 3'],
    ['count: 3, need: 2', 'count: .inf, need: 2', '14:55: .inf is read as the number Infinity'],
    ['count: 3, need: 2', "count: '3', need: 2", '14:55: roles.custodian.count: found "3", expected how many people'],
    ["tag: '12345'", 'tag: 0o17', '22:36: 0o17 is read as the number 15'],
    ['title: Approve the script', 'title: 2026', '39:12: steps.2.title: found 2026, expected text'],
    ['title: Approve the script', 'title: true', '39:12: steps.2.title: found true, expected text'],
    ['title: Approve the script', 'title: ~', '39:12: steps.2.title: found null, expected text'],
    ['[ada]', '[1]', '17:19: people.administrator.0: found 1, expected a name'],
    ['attendance: true', 'attendance: "true"', '30:23: steps.0.do.attendance: found "true", expected true'],
    [
      '  witness: { title: Witness',
      '  "\\x77itness": { title: W, duty: x, count: 1 }\n  witness: { title: Witness',
      '14:3: the key witness is given twice',
    ],
    ['    say: We meet in {{place}}.', '    say: We meet in {{place}}.\n    say: other', '30:5: the key say is given twice'],
    ['  witness: {', '\twitness: {', '13:1: Tabs are not allowed as indentation'],
  ])('%s → %s', (from, to, told) => {
    expect(refused(changed(from, to))).toContain(`sample.yaml:${told}`);
  });
});

describe('what the eye does not find', () => {
  test.each([
    ['a fill character', 'We \u3164 meet'],
    ['a variation selector', 'We \u{e0100}meet'],
    ['a joiner of graphemes', 'We\u034fmeet'],
    ['a braille blank', 'We\u2800meet'],
    ['half of a character', 'We \\ud800'],
    ['a character of nobody', 'We \ue000'],
    ['octets that are no text', 'We \ufffd'],
    ['a blank that is no space', 'We\u00a0meet'],
    ['marks over marks', `We m${'\u0301'.repeat(9)}eet`],
    ['words behind a gap', `We meet${' '.repeat(80)}and destroy all`],
    ['a tab', 'We\\tmeet'],
  ])('in a text: %s', (_, text) => {
    expect(refused(say(text))).toMatch(
      /^sample\.yaml:29:10: steps\.0\.say: found .*, expected text, without (?:characters that cannot be seen|tabs)$/su,
    );
  });

  test('in a comment, far to the right, behind the end, or before the beginning', () => {
    expect(refused(changed('mode: any', 'mode: any # \u001b[2J ok'))).toBe(
      'sample.yaml:5:13: a comment with characters that cannot be seen',
    );
    expect(refused(changed('mode: any', 'mode: any # o\u202ek'))).toBe('sample.yaml:5:14: a comment with characters that cannot be seen');
    const far = changed('duty: agrees, count: 3,', `duty: agrees, count: 3,${' '.repeat(200)}`);
    expect(refused(far)).toBe('sample.yaml:14:57: 201 blanks in a row: nobody sees what stands behind them');
    expect(refused(`${SAMPLE}---\nformat: other\n`)).toContain('sample.yaml:68:1: a second document begins here');
    expect(refused(`%TAG ! tag:x,2000:\n---\n${SAMPLE}`)).toContain(
      'sample.yaml:1:1: found %TAG ! tag:x,2000:: directives are not for a script',
    );
    // The same characters within a text mean nothing.
    expect(parse(say('# %TAG [[[ - - - 100 %')).steps[0]!.say).toContain('# %TAG [[[');
    expect(parse(changed('say: We meet in {{place}}.', 'say: |\n      # %TAG\n      [ {{place}}')).steps[0]!.say).toContain('# %TAG');
  });

  test('letters that look like others: a word of two alphabets, wide characters', () => {
    const mixed = 'whose words are each of one alphabet: here are letters that look like others';
    expect(refused(changed('[example.org, example.net]', '[ex\u0430mple.org, example.net]'))).toContain(
      `sample.yaml:21:11: values.zones.0: found "ex\u0430mple.org", expected text ${mixed}`,
    );
    expect(refused(changed('[zone, sign', '[z\u03bfne, sign'))).toContain(mixed);
    expect(refused(changed("type: '{{zones}}'", 'type: ex\u0430mple.org'))).toContain(mixed);
    expect(refused(say('the h\u0435ad'))).toContain(mixed);
    expect(refused(changed("type: '{{zones}}'", 'type: \uff45xample.org'))).toContain('in plain characters');
    expect(parse(say('\u041c\u044b \u0432\u0441\u0435 \u0437\u0434\u0435\u0441\u044c, caf\u00e9')).steps[0]!.say).toContain('caf\u00e9');
  });

  test('and what is quoted from it moves no terminal', () => {
    for (const text of [
      say('We \u202emeet'),
      say('We \u0085meet'),
      changed('mode: any', 'mode: "a\u202e"'),
      changed('mode: any', 'mode: any\n"\u009b2J": 1'),
    ]) {
      const message = refused(text);
      expect(message).not.toMatch(/[^\P{C}\n]/u);
      expect(message).toContain('\\u{');
    }
  });
});
