import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findingPlaces, read, recordLines } from './memory-files.ts';

/** Modifiers are written with %{ here: a dollar sign and a brace within quotes look like a slip. */
const dollar = (text: string): string => text.replaceAll('%{', '\u0024{');

const HEAD = '$TTL 1\n@ SOA ns hm 1 1 1 1 1\n@ NS ns\nns A 192.0.2.1\n';

/** Lines after $GENERATE that BIND and we must read alike. */
const ALIKE = [
  '1-3 a$ A 192.0.2.$',
  '0-20/7 a$ A 192.0.2.$',
  '00-02 a$ A 192.0.2.$',
  '5-5 a$ 7 A 192.0.2.$',
  '5-6 a$ 7 IN A 192.0.2.$',
  '5-6 a$ IN 7 A 192.0.2.$',
  '1-2 a%{0,3} TXT x',
  '1-2 a%{1,3,x} TXT x',
  '1-2 a%{-5} TXT x',
  '1-2 a%{-5,4} TXT x',
  '1-2 a%{-5,4,x} TXT x',
  '1-2 a%{-5,0,X} TXT x',
  '8-9 a%{0,3,o} TXT x',
  '1-1 %{0,0,n} TXT x',
  '1-1 a%{2730,0,N} TXT x',
  '1-1 a%{2730,4,n} TXT x',
  '1-1 a%{2730,3,n} TXT x',
  '1-1 a%{2730,5,n} TXT x',
  '1-1 a%{-5,3,n} TXT x',
  '0-1 %{0,3,n}.ip6 PTR $.%{0,3,N}',
  '16-17 %{0,2,n} TXT x',
  '0-1 %{0,7,n}.r PTR h$',
  '1-1 x$$ TXT x',
  '1-1 $$a$ TXT x',
  '1-1 \\$a$ TXT x',
  '1-1 x\\$$ TXT x',
  '1-1 x\\\\$ TXT x',
  '1-1 $%{1} TXT x',
  '1-1 a%{0,3,d}z TXT x',
  '1-1 a%{+1} TXT x',
  '1-2 a$ TXT "x $"',
  '1-2 a$ TXT "\\"x $\\""',
  '1-2 @ MX "1$ mx$"',
  '1-2 a\\.$ A 192.0.2.$',
  '1-2 a$ CNAME b$.other.',
  '1-2 a$ CNAME "$"',
  '1-2 a$ TXT "a;b$"',
  '1-2 a$ CNAME @',
  '1-2 a$ TYPE16 "\\# 2 01%{0,2,x}"',
  '1-2 a$ type16 \\065$',
];

test('$GENERATE as BIND reads it (named-compilezone)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'coldsign-generate-'));
  try {
    const file = join(folder, 'zone');
    for (const line of ALIKE) {
      const text = `${HEAD}$GENERATE ${dollar(line)}\n`;
      writeFileSync(file, text);
      const ours = recordLines(read(text)).filter((record) => !/ SOA | NS |^ns\./.test(record));
      const printed = execFileSync('named-compilezone', ['-q', '-i', 'none', '-f', 'text', '-F', 'text', '-o', '-', 'example.', file], {
        encoding: 'utf8',
        timeout: 20_000,
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const theirs = recordLines(read(printed.replace(/^(?:OK|zone|dns_).*$/gm, ''))).filter((record) => !/ SOA | NS |^ns\./.test(record));
      expect(ours.length, line).toBeGreaterThan(0);
      expect(ours.toSorted(), line).toEqual(theirs.toSorted());
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.each(['1-3/0', '3-1', '1', '1-', 'a-b', '-1-3', '1-3/', '0-3000000000', '1-3/-1', '"1-3"'])('range %s is refused', (range) => {
  expect(findingPlaces(read(`$GENERATE ${range} x$ 5 A 192.0.2.$\n`))).toEqual([
    expect.stringMatching(/^1:1[12] ZONEFILE-GENERATE$|^1:11 ZONEFILE-GENERATE$/),
  ]);
});

test.each(['%{', '%{}', '%{1', '%{,3}', '%{1,2,q}', '%{1x}', '%{1,2,d', '%{0,300}', '%{0,3,dd}', '%{0,,d}', '%{2147483647}', '%{0,-2}'])(
  'modifier %s is refused',
  (modifier) => {
    const reading = read(`b 5 A 192.0.2.1\n$GENERATE 1-3 x${dollar(modifier)} 5 TXT x\nc 5 A 192.0.2.1\n`);
    expect(findingPlaces(reading)).toEqual([expect.stringMatching(/^2:[0-9]+ ZONEFILE-GENERATE$/)]);
    expect(reading.store.count).toBe(2);
  },
);

test('the RDATA may be several fields, quoted ones among them', () => {
  expect(recordLines(read('$GENERATE 1-2 a$ 5 TXT x$ "y $" z\n'))).toEqual([
    'a1.example. 5 IN TXT "x1" "y 1" "z"',
    'a2.example. 5 IN TXT "x2" "y 2" "z"',
  ]);
});

test('owner and origin are as before after it', () => {
  expect(recordLines(read('a 5 TXT x\n$ORIGIN sub\n$GENERATE 1-1 g$ TXT y\n TXT z\n'))).toEqual([
    'a.example. 5 IN TXT "x"',
    'g1.sub.example. 5 IN TXT "y"',
    'a.example. 5 IN TXT "z"',
  ]);
});

test('records are bounded over the whole zone, before any is made', () => {
  const reading = read('$GENERATE 1-60 a$ 5 A 192.0.2.1\n$GENERATE 1-60 b$ 5 A 192.0.2.1\n', 'example.', { maxGenerated: 100 });
  expect(findingPlaces(reading)).toEqual(['2:11 ZONEFILE-GENERATE-LIMIT']);
  expect(reading.store.count).toBe(60);
  expect(findingPlaces(read('$GENERATE 0-2147483647 a$ 5 A 192.0.2.1\n'))).toEqual(['1:11 ZONEFILE-GENERATE-LIMIT']);
});

test('so is the text that they make', () => {
  const long = `"${'x'.repeat(250)}"`;
  const reading = read(`$GENERATE 1-2 a$ 5 TXT ${long}\n$GENERATE 0-899999 b$ 5 TXT ${long} ${long}\n$GENERATE 1-1 c$ 5 TXT x\n`);
  expect(findingPlaces(reading)).toEqual(['2:11 ZONEFILE-GENERATE-LIMIT']);
  expect(reading.findings[0]?.text).toContain('octets of text');
  expect(reading.store.count).toBe(3);
});

test('a text that opens a parenthesis for ever is one finding', () => {
  expect(findingPlaces(read('$GENERATE 1-500000 a$ 5 TXT "( x"\nb 5 FOO\n'))).toEqual(['1:1 ZONEFILE-ENTRY-TOO-LONG', '2:5 ZONEFILE-TYPE']);
});
