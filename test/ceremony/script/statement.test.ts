import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseStatement, type Statement, statementOf } from '../../../src/ceremony/script/statement.ts';

const STATEMENT: Statement = {
  ceremony: '2026-11-24.1',
  mode: 'production',
  scriptSha256: '01'.repeat(32),
  planSha256: '23'.repeat(32),
  step: 'sign:example.org',
  person: 'ben',
  role: 'custodian',
  typed: 'example.org',
  at: 1_795_521_600,
  log: { origin: 'audit.example/test', size: 412, root: '45'.repeat(32) },
};

const TEXT = `coldsign ceremony statement 1
ceremony: 2026-11-24.1
mode: production
script: ${'01'.repeat(32)}
plan: ${'23'.repeat(32)}
step: sign:example.org
person: ben
role: custodian
typed: example.org
time: 2026-11-24T12:00:00Z
log: audit.example/test 412 ${'45'.repeat(32)}
`;

test('what a person signs is text that says what, of which script and plan, on which log', () => {
  expect(statementOf(STATEMENT)).toBe(TEXT);
  expect(parseStatement(TEXT)).toEqual(STATEMENT);
});

test('a statement has one form: whatever else stands there, down to a blank, is none', () => {
  const line = fc.integer({ min: 0, max: 10 });
  const changes: ((text: string) => string)[] = [
    (text) => text.slice(0, -1),
    (text) => `${text}\n`,
    (text) => text.replaceAll('\n', '\r\n'),
    (text) => text.replace('ben', 'ben '),
    (text) => text.replace('typed: ', 'typed:'),
    (text) => text.replace('412', '0412'),
    (text) => text.replace('2026-11-24T', '2026-11-31T'),
    (text) => text.replace('production', 'rehearsal'),
    (text) => text.replace('0101', '01AB'),
    (text) => text.replace('statement 1', 'statement 2'),
    (text) => text.replace('ben', 'ben\u202e'),
  ];
  for (const change of changes) expect(() => parseStatement(change(TEXT)), change(TEXT)).toThrow(/is no statement of a ceremony/);
  const swap = (i: number, k: number): string => {
    const lines = TEXT.split('\n');
    [lines[i], lines[k]] = [lines[k]!, lines[i]!];
    return lines.join('\n');
  };
  fc.assert(
    fc.property(line, line, (i, k) => {
      fc.pre(i !== k);
      expect(() => parseStatement(swap(i, k))).toThrow(/is no statement/);
    }),
  );
});

test('parse and print are each the way back of the other', () => {
  const hex = fc.stringMatching(/^[0-9a-f]{64}$/);
  const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,10}$/);
  const text = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((one) => !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(one));
  const statements = fc.record<Statement>({
    ceremony: fc.stringMatching(/^[!-~]{1,30}$/),
    mode: fc.constantFrom('production', 'practice'),
    scriptSha256: hex,
    planSha256: hex,
    step: text.filter((one) => one !== ''),
    person: name,
    role: fc.stringMatching(/^[a-z][a-z0-9-]{0,10}$/),
    typed: text,
    at: fc.integer({ min: 0, max: 0xffff_ffff }),
    log: fc.record({ origin: fc.stringMatching(/^[!-*,-~]{1,20}$/), size: fc.nat(), root: hex }),
  });
  fc.assert(
    fc.property(statements, (statement) => {
      expect(parseStatement(statementOf(statement))).toEqual(statement);
    }),
  );
});

test('what no line can hold is not put into one: a line feed would be a line of its own', () => {
  expect(() => statementOf({ ...STATEMENT, typed: 'example.org\nrole: witness' })).toThrow(RangeError);
});
