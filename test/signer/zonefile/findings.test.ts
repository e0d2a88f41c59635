import { expect, test } from 'vitest';
import { findingPlaces, read, recordLines } from './memory-files.ts';

test.each<[name: string, text: string, places: string[]]>([
  ['unknown type', 'a 5 FOO x\n', ['1:5 ZONEFILE-TYPE']],
  ['no type', 'a 5 IN\n', ['1:7 ZONEFILE-TYPE']],
  ['type in quotes', 'a 5 "TXT" x\n', ['1:5 ZONEFILE-TYPE']],
  ['TYPEn out of range', 'a 5 TYPE65536 \\# 0\n', ['1:5 ZONEFILE-TYPE']],
  [
    'query type',
    'a 5 AXFR \\# 0\nb 5 TYPE255 \\# 0\nc 5 OPT \\# 0\n',
    ['1:5 ZONEFILE-TYPE-META', '2:5 ZONEFILE-TYPE-META', '3:5 ZONEFILE-TYPE-META'],
  ],
  ['type in the query range', 'a 5 TYPE200 \\# 0\n', ['1:5 ZONEFILE-TYPE-RANGE']],
  ['other class', 'a 5 CH TXT x\nb HS TXT x\nc CLASS2 TXT x\n', ['1:5 ZONEFILE-CLASS', '2:3 ZONEFILE-CLASS', '3:3 ZONEFILE-CLASS']],
  ['class in quotes', 'a 5 "IN" TXT x\n', ['1:5 ZONEFILE-TYPE']],
  ['class twice', 'a IN IN TXT x\n', ['1:6 ZONEFILE-TYPE']],
  ['not a TTL', 'a 5x TXT x\nb 4294967296 TXT x\n', ['1:3 ZONEFILE-TTL', '2:3 ZONEFILE-TTL']],
  ['TTL beyond RFC 2181', 'a 2147483648 TXT x\n', ['1:3 ZONEFILE-TTL-RANGE']],
  ['no TTL known', 'a TXT x\n', ['1:1 ZONEFILE-TTL-MISSING']],
  ['nothing to inherit', '  5 TXT x\n  5 TXT y\nb 5 TXT z\n', ['1:3 ZONEFILE-OWNER-MISSING']],
  ['bad owner', '..a 5 TXT x\n 5 TXT y\n', ['1:1 ZONEFILE-OWNER']],
  ['label too long', `${'a'.repeat(64)} 5 TXT x\n`, ['1:1 ZONEFILE-OWNER']],
  ['inherited after $ORIGIN', 'a 5 TXT x\n$ORIGIN b\n 5 TXT y\n', ['3:2 ZONEFILE-OWNER-INHERITED']],
  ['RDATA: wrong field', 'a 5 MX ten b\n', ['1:8 ZONEFILE-RDATA']],
  ['RDATA: field on another line', 'a 5 SOA ns hm (\n 1 ; serial\n\t2 x\n 4 5 )\n', ['3:4 ZONEFILE-RDATA']],
  ['RDATA: missing', 'a 5 MX 10 ; b\n', ['1:10 ZONEFILE-RDATA']],
  ['RDATA: left over', 'a 5 A 192.0.2.1 "x"\n', ['1:17 ZONEFILE-RDATA']],
  ['unknown directive', '$DATE 2020\n$\n', ['1:1 ZONEFILE-DIRECTIVE', '2:1 ZONEFILE-DIRECTIVE']],
  ['directive not in the first column', ' $TTL 5\n', ['1:2 ZONEFILE-OWNER-MISSING', '1:2 ZONEFILE-TYPE']],
  [
    'arguments of directives',
    '$TTL\n$TTL 5 6\n$TTL x\n$ORIGIN\n$ORIGIN a b\n$ORIGIN a..b\n$ORIGIN "a"\n$INCLUDE\n',
    [
      '1:5 ZONEFILE-DIRECTIVE',
      '2:8 ZONEFILE-DIRECTIVE',
      '3:6 ZONEFILE-TTL',
      '4:8 ZONEFILE-DIRECTIVE',
      '5:11 ZONEFILE-DIRECTIVE',
      '6:9 ZONEFILE-DIRECTIVE',
      '7:9 ZONEFILE-DIRECTIVE',
      '8:9 ZONEFILE-DIRECTIVE',
    ],
  ],
  ['NUL', 'a 5 TXT x\0y\nb 5 TXT "\0"\n', ['1:10 ZONEFILE-NUL', '2:10 ZONEFILE-NUL']],
  ['control character', 'a 5 TXT x\x01y\n', ['1:10 ZONEFILE-CONTROL']],
  ['quoted string over the line end', 'a 5 TXT "x\nb 5 TXT y\n', ['1:9 ZONEFILE-QUOTE-OPEN']],
  ['quoted string over the line end in parentheses', 'a 5 TXT ( "x\ny )\nb 5 FOO\n', ['1:11 ZONEFILE-QUOTE-OPEN', '3:5 ZONEFILE-TYPE']],
  ['escaped line break in a quoted string', 'a 5 TXT "x\\\ny"\nb 5 FOO\n', ['3:5 ZONEFILE-TYPE']],
  ['closing parenthesis alone', 'a 5 TXT x )\n', ['1:11 ZONEFILE-PAREN-CLOSE']],
  ['parenthesis never closed', 'a 5 TXT (\n x\nb 5 FOO x\n', ['1:9 ZONEFILE-PAREN-OPEN', '2:2 ZONEFILE-TYPE', '3:5 ZONEFILE-TYPE']],
  ['UTF-8 with BOM', '\xef\xbb\xbfa 5 FOO x\n', ['1:1 ZONEFILE-ENCODING']],
  ['UTF-16', '\xff\xfea\0 \0', ['1:1 ZONEFILE-ENCODING']],
  ['UTF-16, big end first', '\xfe\xff\0a', ['1:1 ZONEFILE-ENCODING']],
  ['column after a lone CR', 'a 5 TXT x\rb 5 FOO\n', ['1:15 ZONEFILE-TYPE']],
  [
    '$GENERATE: range',
    '$GENERATE 3-1 a$ A 192.0.2.$\n$GENERATE 1-2/0 a$ A 192.0.2.$\n',
    ['1:11 ZONEFILE-GENERATE', '2:11 ZONEFILE-GENERATE'],
  ],
  [
    '$GENERATE: arguments',
    '$GENERATE 1-2 a$\n$GENERATE\n$GENERATE 1-2 a$ CH A 192.0.2.$\n',
    ['1:17 ZONEFILE-GENERATE', '2:10 ZONEFILE-GENERATE', '3:18 ZONEFILE-CLASS'],
  ],
  [
    '$GENERATE: the first record that fails',
    'b 5 A 192.0.2.1\n$GENERATE 254-300 a$ 5 A 192.0.2.$\nc 5 FOO\n',
    ['2:1 ZONEFILE-RDATA', '3:5 ZONEFILE-TYPE'],
  ],
])('%s', (_, text, places) => {
  expect(findingPlaces(read(text))).toEqual(places);
});

test('a finding says what was found and what was expected', () => {
  expect(read('a 5 MX ten b\n').findings).toEqual([
    {
      id: 'ZONEFILE-RDATA',
      severity: 'error',
      text: 'RDATA of MX: expected a number from 0 to 65535, found ten',
      type: 'MX',
      found: 'ten',
      expected: 'a number from 0 to 65535',
      file: 'zone',
      line: 1,
      column: 8,
    },
  ]);
});

test('what is found is shortened and safe to print', () => {
  const [finding] = read(`a 5 \x1b[31m${'x'.repeat(500)} y\n`).findings.filter(({ severity }) => severity === 'error');
  expect(finding?.found).toBe(`\\027[31m${'x'.repeat(55)}…`);
});

test('a record that fails leaves the others alone', () => {
  expect(recordLines(read('a 5 A 192.0.2.1\nb 5 A 192.0.2\n 5 TXT x\n..c 5 TXT y\n 5 TXT z\nd 5 TXT w\n'))).toEqual([
    'a.example. 5 IN A 192.0.2.1',
    'b.example. 5 IN TXT "x"',
    'd.example. 5 IN TXT "w"',
  ]);
});

test('reading stops after 100 errors', () => {
  const reading = read('a 5 FOO\n'.repeat(500));
  expect(reading.findings).toHaveLength(101);
  expect(findingPlaces(reading).at(-1)).toBe('101:5 ZONEFILE-TOO-MANY-ERRORS');
});

test('the limit of errors can be set; warnings have their own', () => {
  expect(findingPlaces(read('a 5 FOO\n'.repeat(5), 'example.', { maxErrors: 2 }))).toEqual([
    '1:5 ZONEFILE-TYPE',
    '2:5 ZONEFILE-TYPE',
    '3:5 ZONEFILE-TOO-MANY-ERRORS',
  ]);
  const reading = read('a 5 TXT \x01\n'.repeat(300));
  expect(reading.errors).toBe(0);
  expect(reading.store.count).toBe(300);
  expect(reading.findings).toHaveLength(101);
  expect(reading.findings.at(-1)?.id).toBe('ZONEFILE-MORE-WARNINGS');
});

test('a line without end is one error, and what follows it is read', () => {
  const long = 'x'.repeat(3_000_000);
  const reading = read(`a 5 TXT ${long}\nb 5 TXT y\n5 FOO\nc 5 TXT ; ${long}\n`);
  expect(findingPlaces(reading)).toEqual(['1:1 ZONEFILE-ENTRY-TOO-LONG', '3:3 ZONEFILE-TYPE', '4:1 ZONEFILE-ENTRY-TOO-LONG']);
  expect(recordLines(reading)).toEqual(['b.example. 5 IN TXT "y"']);
});

test('a parenthesis that swallows a large file is reported where it opens', () => {
  const reading = read(`a 5 TXT (\n${'b 5 A 192.0.2.1\n'.repeat(200_000)}`);
  expect(findingPlaces(reading)).toEqual(['1:9 ZONEFILE-ENTRY-TOO-LONG']);
  expect(reading.store.count).toBe(200_000);
});

test('parentheses a million deep', () => {
  expect(recordLines(read(`a 5 TXT ${'('.repeat(500_000)} x ${')'.repeat(500_000)}\n`))).toEqual(['a.example. 5 IN TXT "x"']);
});
