import { expect, test } from 'vitest';
import { read, recordLines } from './memory-files.ts';

test('RFC 1035 5.3: the example, blank owners, relative names and escapes', () => {
  const text = `@   IN  SOA     VENERA      Action\\.domains (
                                 20     ; SERIAL
                                 7200   ; REFRESH
                                 600    ; RETRY
                                 3600000; EXPIRE
                                 60)    ; MINIMUM

        NS      A.ISI.EDU.
        NS      VENERA
        NS      VAXA
        MX      10      VENERA
        MX      20      VAXA

A       A       26.3.0.103

VENERA  A       10.1.0.52
        A       128.9.0.32

VAXA    A       10.2.0.27
        A       128.9.0.33


$INCLUDE <SUBSYS>ISI-MAILBOXES.TXT
`;
  const mailboxes = `MOE     MB      A.ISI.EDU.
LARRY   MB      A.ISI.EDU.
CURLEY  MB      A.ISI.EDU.
STOOGES MG      MOE
        MG      LARRY
        MG      CURLEY
`;
  const reading = read({ zone: text, '<SUBSYS>ISI-MAILBOXES.TXT': mailboxes }, 'ISI.EDU.');
  expect(reading.findings).toEqual([]);
  expect(recordLines(reading)).toEqual([
    'isi.edu. 60 IN SOA VENERA.isi.edu. Action\\.domains.isi.edu. 20 7200 600 3600000 60',
    'isi.edu. 60 IN NS A.ISI.EDU.',
    'isi.edu. 60 IN NS VENERA.isi.edu.',
    'isi.edu. 60 IN NS VAXA.isi.edu.',
    'isi.edu. 60 IN MX 10 VENERA.isi.edu.',
    'isi.edu. 60 IN MX 20 VAXA.isi.edu.',
    'a.isi.edu. 60 IN A 26.3.0.103',
    'venera.isi.edu. 60 IN A 10.1.0.52',
    'venera.isi.edu. 60 IN A 128.9.0.32',
    'vaxa.isi.edu. 60 IN A 10.2.0.27',
    'vaxa.isi.edu. 60 IN A 128.9.0.33',
    'moe.isi.edu. 60 IN MB A.ISI.EDU.',
    'larry.isi.edu. 60 IN MB A.ISI.EDU.',
    'curley.isi.edu. 60 IN MB A.ISI.EDU.',
    'stooges.isi.edu. 60 IN MG MOE.isi.edu.',
    'stooges.isi.edu. 60 IN MG LARRY.isi.edu.',
    'stooges.isi.edu. 60 IN MG CURLEY.isi.edu.',
  ]);
});

const SOA = '@ IN SOA ns hm 1 2 3 4 77\n';

test.each<[name: string, text: string, lines: string[]]>([
  ['TTL then class', 'a 5 IN A 192.0.2.1\n', ['a.example. 5 IN A 192.0.2.1']],
  ['class then TTL', 'a IN 5 A 192.0.2.1\n', ['a.example. 5 IN A 192.0.2.1']],
  ['class and type in any letter case', 'a 5 in txt x\n', ['a.example. 5 IN TXT "x"']],
  ['RFC 3597 5: CLASS1 and TYPEn', 'a 5 CLASS1 TYPE731 \\# 6 abcdef ( 01 23 45 )\n', ['a.example. 5 IN TYPE731 \\# 6 ABCDEF012345']],
  ['TTL with units', 'a 1h30m A 192.0.2.1\nb 1W A 192.0.2.1\n', ['a.example. 5400 IN A 192.0.2.1', 'b.example. 604800 IN A 192.0.2.1']],
  [
    'owners that look like something else',
    'IN 5 A 192.0.2.1\nA 5 A 192.0.2.1\n7 5 A 192.0.2.1\n',
    ['in.example. 5 IN A 192.0.2.1', 'a.example. 5 IN A 192.0.2.1', '7.example. 5 IN A 192.0.2.1'],
  ],
  ['owner in capitals, RDATA as it is', 'WWW 5 CNAME Host.Example.\n', ['www.example. 5 IN CNAME Host.Example.']],
  [
    'RFC 2308 4: $TTL for what comes after it',
    '$TTL 9\na A 192.0.2.1\n$TTL 8\nb A 192.0.2.1\nc 7 A 192.0.2.1\nd A 192.0.2.1\n',
    ['a.example. 9 IN A 192.0.2.1', 'b.example. 8 IN A 192.0.2.1', 'c.example. 7 IN A 192.0.2.1', 'd.example. 8 IN A 192.0.2.1'],
  ],
  [
    'RFC 1035 5.1: without $TTL the last stated TTL',
    'a 7 A 192.0.2.1\nb A 192.0.2.1\n',
    ['a.example. 7 IN A 192.0.2.1', 'b.example. 7 IN A 192.0.2.1'],
  ],
  [
    'without any TTL the SOA MINIMUM',
    `${SOA}a A 192.0.2.1\nb 3 A 192.0.2.1\nc A 192.0.2.1\n`,
    [
      'example. 77 IN SOA ns.example. hm.example. 1 2 3 4 77',
      'a.example. 77 IN A 192.0.2.1',
      'b.example. 3 IN A 192.0.2.1',
      'c.example. 77 IN A 192.0.2.1',
    ],
  ],
  ['RFC 2181 8: a TTL with the top bit set is 0', 'a 4294967295 A 192.0.2.1\n', ['a.example. 0 IN A 192.0.2.1']],
  [
    '$ORIGIN, absolute and relative',
    '$ORIGIN Sub\n@ 5 A 192.0.2.1\n$ORIGIN deep\na 5 A 192.0.2.1\n$ORIGIN other.\nb 5 CNAME c\n$ORIGIN .\nd 5 CNAME e\n',
    ['sub.example. 5 IN A 192.0.2.1', 'a.deep.sub.example. 5 IN A 192.0.2.1', 'b.other. 5 IN CNAME c.other.', 'd. 5 IN CNAME e.'],
  ],
  [
    'the same relative owner under two origins',
    'a 5 A 192.0.2.1\n$ORIGIN sub\na 5 A 192.0.2.1\n',
    ['a.example. 5 IN A 192.0.2.1', 'a.sub.example. 5 IN A 192.0.2.1'],
  ],
  [
    'escapes in owners',
    'a\\.b 5 TXT x\n\\097 5 TXT x\n\\@ 5 TXT x\n\\$x 5 TXT x\na\\ b 5 TXT x\n\\065 5 TXT x\n',
    [
      'a\\.b.example. 5 IN TXT "x"',
      'a.example. 5 IN TXT "x"',
      '\\@.example. 5 IN TXT "x"',
      '\\$x.example. 5 IN TXT "x"',
      'a\\032b.example. 5 IN TXT "x"',
      'a.example. 5 IN TXT "x"',
    ],
  ],
  ['escapes in text', 'a 5 TXT "q\\"q" s\\;s b\\ b \\000\\255 "(;)"\n', ['a.example. 5 IN TXT "q\\"q" "s;s" "b b" "\\000\\255" "(;)"']],
  ['strings side by side', 'a 5 TXT "x""y" z"w" k="v w"\n', ['a.example. 5 IN TXT "x" "y" "z" "w" "k=" "v w"']],
  [
    'RFC 9460 2.1: a quoted value belongs to its key',
    'a 5 SVCB 1 . alpn="h2,h3" port=53\n',
    ['a.example. 5 IN SVCB 1 . alpn="h2,h3" port=53'],
  ],
  ['a comment ends a field', 'a 5 TXT x;y\nb 5 TXT "x";y\n', ['a.example. 5 IN TXT "x"', 'b.example. 5 IN TXT "x"']],
  ['parentheses everywhere', '(a 5) (TXT\n(x ; c )\n\n y))\n', ['a.example. 5 IN TXT "x" "y"']],
  [
    'CRLF, lone CR, no last line feed',
    'a 5 TXT x\r\nb 5 TXT ( y\r\n)\r\nc 5 TXT z\rd 5 TXT w',
    ['a.example. 5 IN TXT "x"', 'b.example. 5 IN TXT "y"', 'c.example. 5 IN TXT "z"', 'd.example. 5 IN TXT "w"'],
  ],
  ['tabs and blank lines', '\n \t\n;c\n  ; c\na\t5\tTXT\tx\t \n\t5\tTXT\ty\n', ['a.example. 5 IN TXT "x"', 'a.example. 5 IN TXT "y"']],
  ['directives in any letter case', '$ttl 5\n$Origin sub ; c\na A 192.0.2.1\n', ['a.sub.example. 5 IN A 192.0.2.1']],
  ['names outside the zone are kept', 'a.other. 5 A 192.0.2.1\n', ['a.other. 5 IN A 192.0.2.1']],
])('%s', (_, text, lines) => {
  const reading = read(text);
  expect(reading.findings.filter((finding) => finding.severity === 'error')).toEqual([]);
  expect(recordLines(reading)).toEqual(lines);
});

test('an owner that comes again at once has its name but once', () => {
  const { store } = read('a 5 A 192.0.2.1\na 5 A 192.0.2.2\nA 5 A 192.0.2.3\na.example. 5 A 192.0.2.4\n 5 A 192.0.2.5\nb 5 A 192.0.2.6\n');
  expect([...store.owner.subarray(0, store.count)]).toEqual([0, 0, 0, 0, 0, 1]);
  expect(store.nameCount).toBe(2);
});

test('each record knows its line', () => {
  const { store } = read('\na 5 A 192.0.2.1\nb 5 TXT ( x\ny )\n$GENERATE 1-2 g$ 5 A 192.0.2.$\nc 5 A 192.0.2.1\n');
  expect([...store.line.subarray(0, store.count)]).toEqual([2, 3, 5, 5, 6]);
});

test('RDATA of 65535 octets, written as \\DDD', () => {
  const text = `a 5 TYPE65280 \\# 65535 ${'ab'.repeat(65_535)}\nb 5 TXT ${`"${'\\001'.repeat(255)}" `.repeat(255)}"${'\\001'.repeat(254)}"\n`;
  const { store, findings } = read(text);
  expect(findings).toEqual([]);
  expect([...store.rdataLength.subarray(0, 2)]).toEqual([65_535, 65_535]);
});
