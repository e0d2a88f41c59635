import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Refusal } from '../../../signer/errors.ts';
import { expandHead, expandScript } from '../../../src/ceremony/script/expand.ts';
import { parse, SAMPLE } from './sample.ts';

function mistakesOf(text: string, part?: (name: string) => string | undefined): string {
  try {
    parse(text, part);
  } catch (error) {
    if (error instanceof Refusal) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'none';
}

/** One change, which must be one. */
function changed(from: string | RegExp, to: string, text = SAMPLE): string {
  const after = text.replace(from, () => to);
  expect(after, String(from)).not.toBe(text);
  return after;
}

const mistake = (from: string | RegExp, to: string): string => mistakesOf(changed(from, to));

test('a script is read into what kinds of steps it has, each with exactly its own data', () => {
  const script = parse(SAMPLE);
  expect(script.fill).toEqual({
    kind: 'filled',
    origin: 'audit.example/test',
    prepared: { at: 1_795_521_600, plan: 'ab'.repeat(32), log: { size: 12, words: 'music customer waffle consensus' } },
    people: { administrator: ['ada'], witness: ['wim'], custodian: ['ben', 'cyd', 'dan'] },
  });
  expect(script.roles['witness']).toEqual({ title: 'Witness', duty: 'watches', count: 1, need: 1 });
  expect(script.steps.map(({ do: { kind } }) => kind)).toEqual([
    'attendance',
    'check',
    'approve',
    'command',
    'command',
    'manual',
    'checkpoint',
  ]);
});

test('expanded, a step with each is there once for each item, and no placeholder is left', () => {
  const script = parse(SAMPLE);
  const steps = expandScript(script);
  expect(steps.map(({ number, id }) => `${number} ${id}`)).toEqual([
    '1 attendance',
    '2 continuity',
    '3 approve',
    '4 sign:example.org',
    '5 sign:example.net',
    '6 destroy:example.org/12345',
    '7 bag',
    '8 checkpoint',
  ]);
  expect(steps[4]?.do).toEqual({ kind: 'command', argv: ['zone', 'sign', 'example.net'] });
  expect(steps[5]?.confirm).toEqual({ roles: { custodian: 2 }, by: 'share', type: '12345' });
  expect(steps[2]?.confirm?.roles).toEqual({ custodian: 2, witness: 1 });
  expect(steps[0]?.say).toBe('We meet in room 3.');
  expect(expandHead(script).title).toBe('Signing of example.org, example.net');
  expect(JSON.stringify([steps, expandHead(script)])).not.toContain('{{');
});

test('a list that is a whole word of a command becomes a word for each; an empty one leaves its steps out', () => {
  const all = parse(
    changed(/each: zones\n {4}do: .*/, `do: { command: [zone, sign, '{{zones}}'] }`, SAMPLE.replace('title: Sign {{item}}', 'title: Sign')),
  );
  expect(expandScript(all)[3]?.do).toEqual({ kind: 'command', argv: ['zone', 'sign', 'example.org', 'example.net'] });
  const none = parse(changed(/keys: .*/, 'keys: []'));
  expect(expandScript(none).some(({ id }) => id.startsWith('destroy'))).toBe(false);
});

test('every mistake of a file is told, in the order of the file, with line and column', () => {
  const text = changed(
    'role: witness\n    title: Everybody',
    'role: witnes\n    title: Everybody',
    changed('place: room 3', 'plaze: room 3'),
  );
  expect(mistakesOf(text)).toBe(
    [
      'ceremony/bad-script sample.yaml has 4 mistakes:',
      'sample.yaml:23:3: values.plaze: nothing in the script uses {{plaze}}',
      'sample.yaml:27:11: steps.0.role: there is no role witnes; did you mean witness?',
      'sample.yaml:29:10: steps.0.say: {{place}} stands for nothing; did you mean {{plaze}}?',
      'sample.yaml:56:93: steps.4.do.command.7: {{place}} stands for nothing; did you mean {{plaze}}?',
    ].join('\n  '),
  );
});

test.each([
  ['a key that is unknown', 'title: Everybody', 'tile: Everybody', 'unknown key tile; did you mean title?'],
  ['an act of two kinds', '{ check: continuity }', '{ check: continuity, attendance: true }', 'expected one of command'],
  ['an act of no kind', '{ check: continuity }', '{ chek: continuity }', 'found {"chek":"continuity"}, expected one of command'],
  ['a check that is none', '{ check: continuity }', '{ check: weather }', 'do.check: found "weather", expected one of environment'],
  ['manual without evidence', ', evidence: number of the bag', '', 'do.evidence: it is missing; expected text'],
  ['a time that is none', '2026-11-24T12', '2026-11-31T12', 'prepared.at: found "2026-11-31T12:00:00Z", expected a time'],
  ['a plan that is no hash', /ab{1}ab.*/, 'xyz', 'prepared.plan: found "xyz", expected a sha256'],
  ['a type of entry that is none', 'sign.result,', 'sign.done,', 'record.0: found "sign.done", expected a type of entries'],
  ['characters that are not seen', 'say: We', 'say: "W\\u200be"', 'bad-script'],
  ['an escape sequence', 'say: We meet', 'say: "\\x1b[2J', 'bad-script'],
])('the form: %s', (_, from, to, told) => {
  expect(mistake(from, to)).toContain(told);
});

test.each([
  ['an alias', 'purpose: Show what a script is.', 'purpose: &p Show what a script is.\n', '&p is an anchor'],
  ['a tag', 'purpose: Show', 'purpose: !!str Show', 'the tag tag:yaml.org,2002:str is not for a script'],
  ['a key twice', 'mode: any', 'mode: any\nmode: practice', 'the key mode is given twice'],
  ['a second document', 'mode: any', '---\nmode: any', 'bad-script'],
  ['a merge key', 'mode: any', 'mode: any\n<<: {}', 'merge key'],
])('what YAML could hide is refused: %s', (_, from, to, told) => {
  expect(mistake(from, to)).toContain(told);
});

test.each([
  ['an id twice', 'id: bag', 'id: checkpoint', 'the id checkpoint is that of step 7 too'],
  ['a quorum of more than there are', '{ custodian: 2 }', '{ custodian: 4 }', 'found 4, expected at most the 3 people of the role'],
  ['a need of more than there are', 'need: 2', 'need: 4', 'roles.custodian.need: found 4, expected at most the 3 people'],
  ['a person in two roles that are separate', 'witness: [wim]', 'witness: [ada]', 'ada is administrator and witness, which are separate'],
  ['a person in a role twice', '[ben, cyd, dan]', '[ben, cyd, ben]', 'ben is in the role custodian twice'],
  ['too few people', '[ben, cyd, dan]', '[ben, cyd]', 'people.custodian: found 2 people for custodian, expected 3'],
  ['a role that nobody has', '  witness: [wim]\n', '', 'found 0 people for witness, expected 1'],
  ['half a filled script', /origin: .*\n/, '', 'a filled script has origin, prepared, people; missing: origin'],
  ['a value left to fill', 'place: room 3', 'place: { ask: where, example: room }', 'it still asks for where'],
  ['an include in a filled script', 'steps:\n', 'steps:\n  - include: opening\n', 'a filled script is one whole file'],
  ['each over a text', 'each: zones', 'each: place', 'the value place is a text, expected a list'],
  ['an item where there is none', 'title: Bag the token', 'title: Bag {{item}}', '{{item}} is for the items of a list'],
  ['braces that are no placeholder', 'title: Bag the token', 'title: Bag {{ token }}', '{{ token }} is no placeholder'],
  ['a value that would be an option', 'place: room 3', 'place: --force', 'expected text'],
])('the rules: %s', (_, from, to, told) => {
  expect(mistake(from, to)).toContain(told);
});

test.each([
  ['a verb that is not there', '[zone, sign,', '[zone, sig,', 'coldsign zone sig is not there; did you mean sign?'],
  ['no verb', `[zone, sign, '{{item}}']`, '[zone]', 'coldsign zone is without what it is to do'],
  ['an option that it does not know', '--reason,', '--raeson,', 'given --raeson, which it does not know; did you mean --reason?'],
  ['a value that it does not take', `--key, '{{item.tag}}'`, '--key, abc', 'wrong: '],
  ['an option that is missing', `--key, '{{item.tag}}', `, '', 'without --key <tag>, which it must have'],
  ['too many arguments', 'zone, sign,', 'audit, export, file,', 'given 2 arguments (file, example.org), and it takes file'],
  ['a ceremony in a ceremony', `[zone, sign, '{{item}}']`, '[init]', 'coldsign init is no part of a ceremony'],
  ['another workspace', `sign, '{{item}}'`, `sign, '{{item}}', --dir, /tmp`, 'given --dir, which is not for a script'],
  ['another time', `sign, '{{item}}'`, `sign, '{{item}}', --now=+1d`, 'given --now, which is not for a script'],
  ['a descriptor for a PIN', `sign, '{{item}}'`, `sign, '{{item}}', --pin-fd, '3'`, 'given --pin-fd, which is not for a script'],
])('commands are those of the program: %s', (_, from, to, told) => {
  expect(mistake(from, to)).toContain(told);
});

test.each([
  ['without a confirmation', / {4}confirm: \{ roles: \{ custodian: 2 .*\n/, '', 'cannot be taken back: the step needs confirm with type'],
  ['with nothing to type', `by: share, type: '{{item.tag}}'`, 'by: share', 'cannot be taken back: the step needs confirm with type'],
  ['with yes', `type: '{{item.tag}}'`, 'type: Yes', 'found "Yes", expected what is of this act alone'],
  ['with what is of another act', `type: '{{item.tag}}'`, 'type: destroy it', 'expected a word of the command that cannot be taken back'],
])('an act that cannot be taken back, %s, is refused', (_, from, to, told) => {
  expect(mistake(from, to)).toContain(told);
});

test('keys are used after the script was approved, and no command runs before the log was found to be the one of last time', () => {
  const steps = SAMPLE.slice(SAMPLE.indexOf('steps:\n') + 'steps:\n'.length).split(/(?=^ {2}- id: )/m);
  const head = SAMPLE.slice(0, SAMPLE.indexOf('steps:\n') + 'steps:\n'.length);
  const without = (id: string): string => head + steps.filter((step) => !step.includes(`id: ${id}\n`)).join('');
  expect(mistakesOf(without('approve'))).toContain('coldsign zone sign before the step { approve: script }');
  expect(mistakesOf(without('continuity'))).toContain('a command before the step { check: continuity }');
  const late = head + [steps[0], steps[1], steps[3], steps[2], ...steps.slice(4)].join('');
  expect(mistakesOf(late)).toContain('steps.2.do: coldsign zone sign before the step { approve: script }');
});

test('shares are brought to a command that logs in, and to nothing else', () => {
  const bag = 'evidence: number of the bag }';
  expect(mistake(bag, `${bag}\n    confirm: { roles: { witness: 1 }, by: share }`)).toContain('by: share is for commands');
});

test('a list in a word of a command makes as many words of it', () => {
  const text = changed(`[zone, sign, '{{item}}']`, `[pin, reshare, --shares, 2/2, '--holder={{zones}}']`);
  const script = parse(changed('minutes: 2', `confirm: { roles: { witness: 1 }, by: key, type: 2/2 }`, text));
  expect(expandScript(script)[3]?.do).toEqual({
    kind: 'command',
    argv: ['pin', 'reshare', '--shares', '2/2', '--holder=example.org', '--holder=example.net'],
  });
});

test('nobody approves a script by being in the room', () => {
  expect(mistake('by: key', 'by: screen')).toContain('a script is approved by people with keys of their own');
  expect(mistake(/ {4}confirm: \{ roles: \{ custodian: need.*\n/, '')).toContain('a script is approved by people with keys of their own');
});

const TEMPLATE = SAMPLE.replace(/origin[\s\S]*?(?=roles:)/, '')
  .replace(/people:[\s\S]*?(?=values:)/, '')
  .replace('place: room 3', 'place: { ask: where we are, example: room 9 }')
  .replace('steps:\n', 'steps:\n  - include: opening\n');
const PART = `format: coldsign-ceremony-part/1
steps:
  - id: cameras
    act: Opening
    role: administrator
    title: Start the cameras
    do: { manual: Start them., evidence: what they show }
`;

test('a template has parts, whose mistakes are told with their file, and stands with its examples', () => {
  const script = parse(TEMPLATE, (name) => (name === 'opening' ? PART : undefined));
  expect(script.fill).toEqual({ kind: 'template' });
  expect(expandScript(script).map(({ id }) => id)[0]).toBe('cameras');
  expect(expandScript(script)[1]?.say).toBe('We meet in room 9.');
  expect(mistakesOf(TEMPLATE)).toContain('steps.0.include: there is no part opening');
  const wrong = PART.replace('role: administrator', 'role: admin');
  expect(mistakesOf(TEMPLATE, () => wrong)).toContain('opening.part.yaml:5:11: steps.0.role: there is no role admin');
});

test('a file that is too large to be read by people is not read by the program', () => {
  expect(mistakesOf(`${SAMPLE}${'#'.repeat(262_144)}\n`)).toContain('ceremony/script-too-large sample.yaml has');
});

test('whatever becomes of a file, it is a script or is refused, and never a crash', () => {
  const lines = SAMPLE.split('\n');
  const line = fc.nat({ max: lines.length - 1 });
  const odd = fc.constantFrom(
    '',
    '- ',
    '  x: 1',
    '{',
    '[[',
    '{{zones}}',
    '"',
    "'",
    '*a',
    '&a',
    '!!int 5',
    '---',
    'null',
    '~',
    ': :',
    '\t',
    '1e999',
    '\u0000',
    '\u202e',
  );
  const roles = fc.constantFrom('constructor', '__proto__', 'witness', 'zones', 'item');
  const change = fc.oneof(
    fc.tuple(line, odd).map(
      ([at, text]) =>
        (all: string[]) =>
          all.toSpliced(at, 1, text),
    ),
    fc.tuple(line, odd).map(
      ([at, text]) =>
        (all: string[]) =>
          all.toSpliced(at, 0, text),
    ),
    fc.tuple(line, line).map(
      ([from, to]) =>
        (all: string[]) =>
          all.toSpliced(to, 0, all[from] ?? ''),
    ),
    fc.tuple(line, roles).map(
      ([at, name]) =>
        (all: string[]) =>
          all.with(Math.min(at, all.length - 1), (all[at] ?? '').replace(/[a-z]+/, name)),
    ),
    fc.tuple(line, fc.nat({ max: 80 }), odd).map(([at, column, text]) => (all: string[]) => {
      const old = all[at] ?? '';
      return all.with(Math.min(at, all.length - 1), `${old.slice(0, column)}${text}${old.slice(column + 1)}`);
    }),
  );
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
      const text = changes.reduce((all, one) => one(all), lines).join('\n');
      expect(mistakesOf(text)).toMatch(/^(?:none|ceremony\/)/);
    }),
    { numRuns: 300 },
  );
});
