import { expect, test } from 'vitest';
import { WireWriter } from '../../../signer/dns/bytes.ts';
import { FormatError } from '../../../signer/dns/format-error.ts';
import { parseRdata } from '../../../signer/dns/rdata/registry.ts';
import { typeFromText } from '../../../signer/dns/rrtype.ts';
import { entry } from './entry.ts';
import { VECTORS } from './vectors.ts';

const KEY = 'AQID';
const HASH = '2T7B4G4VSA5SMI47K61MV5BV1A22BOJR';

/** Type, texts that are refused. */
const REFUSED: ReadonlyArray<readonly [type: string, ...texts: string[]]> = [
  [
    'A',
    '',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.04',
    '1..2.3',
    '1.2.3.4.',
    '.1.2.3.4',
    '0x1.2.3.4',
    'a',
    '"1.2.3.4"',
    '1.2.3.4 x',
  ],
  [
    'AAAA',
    ':',
    ':::',
    '1::2::3',
    '12345::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '1:',
    ':1',
    '1:2:3:4:5:6:7:1.2.3.4',
  ],
  ['AAAA', '::1.2.3', '::1.2.3.4.5', '::1.2.3.4:5', 'fe80::1%eth0', 'g::', '192.0.2.1', '::1.2.3.456'],
  ['NS', '', '""', 'a..b', '.a', '..', 'a\\25', 'a\\256', 'a\\', `${'a'.repeat(64)}`, `${'a.'.repeat(128)}`, '"a."', 'a b'],
  [
    'SOA',
    'a b 1 2 3 4',
    'a b 1 2 3 4 5 6',
    'a b 4294967296 2 3 4 5',
    'a b 1h 2 3 4 5',
    'a b 1 2 3 4 1x',
    'a b -1 2 3 4 5',
    'a b 1 2 3 4 4294967296',
  ],
  ['MX', '10', '65536 a', '-1 a', '+1 a', '0x1 a', 'a 10', '"10" a', '10 a b'],
  ['HINFO', 'a', 'a b c', `a ${'b'.repeat(256)}`],
  ['TXT', '', 'a'.repeat(256), '"\\256"', '\\25', '\\', `"${'\\001'.repeat(256)}"`],
  ['WKS', '1.2.3.4', '1.2.3.4 tcp foo', '1.2.3.4 foo', '1.2.3.4 256', '1.2.3.4 6 65536', '1.2.3 6'],
  ['ISDN', '', 'a b c'],
  ['NSAP', '47', '0x', '0x4', '0xg0', '0x47 00'],
  ['GPOS', 'a b', 'a b c d'],
  ['LOC', '42 N', '42 N 71 W', '91 N 71 W 0', '90 N 181 W 0', '42 60 N 71 W 0', '42 0 60 N 71 W 0', '42 0 0.0001 N 71 W 0', '-1 N 71 W 0'],
  ['LOC', '90 N 180 0 60 E 0', '42 W 71 N 0', '42 N 71 W -100000.01', '42 N 71 W 42849672.96', '42 N 71 W 1.123', '42 N 71 W 1km'],
  [
    'LOC',
    '42 N 71 W 0 90000001',
    '42 N 71 W 0 -1',
    '42 N 71 W 0 1 1 1 1',
    '42 0 0 0 N 71 W 0',
    '42.5 N 71 W 0',
    '42 n 71 W 0',
    '42 "N" 71 W 0',
  ],
  ['NXT', 'a TYPE128', 'a TYPE0', 'a FOO'],
  ['EID', '', 'abc', 'xx'],
  ['SRV', '0 0 65536 a', '0 0 a', '0 0 0 a b'],
  ['ATMA', '', '+', '+12a', 'abc', '12..34', '.12'],
  ['NAPTR', '0 0 a b c', '65536 0 a b c .', `0 0 ${'a'.repeat(256)} b c .`],
  [
    'CERT',
    `FOO 0 0 ${KEY}`,
    `65536 0 0 ${KEY}`,
    `1 65536 0 ${KEY}`,
    `1 0 256 ${KEY}`,
    '1 0 0',
    '1 0 0 A',
    '1 0 0 AQI',
    '1 0 0 AQI=A',
    '1 0 0 A===',
  ],
  ['A6', '129 a', '0 ::1 a', '64 ::1', '128 ::1 a', '1 a'],
  ['SINK', '1 2', '256 0 0'],
  [
    'APL',
    '1.2.3.4/8',
    '1:1.2.3.4',
    '1:1.2.3/8',
    '1:1.2.3.4/33',
    '2:::/129',
    '2:1.2.3.4/8',
    '3:1.2.3.4/8',
    '!!1:1.2.3.4/8',
    '!',
    '1:1.2.3.4/',
  ],
  [
    'DS',
    '1 8 1 00',
    `1 8 2 ${'00'.repeat(31)}`,
    `1 8 4 ${'00'.repeat(32)}`,
    '1 8 250',
    '1 8 250 a',
    '1 8 250 xy',
    '65536 8 250 ab',
    '1 256 250 ab',
    '1 FOO 250 ab',
  ],
  ['SSHFP', '1 1', '1 1 a', '256 1 ab'],
  [
    'IPSECKEY',
    `10 4 2 a ${KEY}`,
    `10 0 2 a ${KEY}`,
    `10 1 2 ::1 ${KEY}`,
    `10 2 2 1.2.3.4 ${KEY}`,
    '10 0 2 .',
    '10 1 0',
    '256 0 0 .',
    '10 0 256 .',
  ],
  ['RRSIG', `FOO 8 1 1 20010101000000 20010101000000 1 . ${KEY}`, `A 256 1 1 20010101000000 20010101000000 1 . ${KEY}`],
  ['RRSIG', `A 8 1 1 20010229000000 20010101000000 1 . ${KEY}`, `A 8 1 1 20010101240000 20010101000000 1 . ${KEY}`],
  ['RRSIG', `A 8 1 1 20010101006000 20010101000000 1 . ${KEY}`, `A 8 1 1 20011301000000 20010101000000 1 . ${KEY}`],
  ['RRSIG', `A 8 1 1 20010431000000 20010101000000 1 . ${KEY}`, `A 8 1 1 19691231235959 20010101000000 1 . ${KEY}`],
  ['RRSIG', `A 8 1 1 4294967296 20010101000000 1 . ${KEY}`, `A 8 1 1 200101010000 20010101000000 1 . ${KEY}`, 'A 8 1 1 0 0 1 .'],
  ['NSEC', '', 'a FOO', 'a TYPE65536', 'a TYPE', 'a 1', 'a TYPE-1', '"a" A'],
  [
    'DNSKEY',
    '256 3 8',
    '65536 3 8 AQID',
    '256 256 8 AQID',
    '256 3 FOO AQID',
    '256 3 8 AQI',
    '256 3 8 AQI*',
    '256 3 8 "AQID"',
    '256 3 8 AR==',
  ],
  ['DHCID', '', 'A'],
  [
    'NSEC3',
    `1 0 0 a ${HASH}`,
    `1 0 0 x ${HASH}`,
    '1 0 0 -',
    '1 0 0 - 2',
    '1 0 0 - 2T=',
    '1 0 0 - wx',
    '1 0 0 - 21',
    `1 0 65536 - ${HASH}`,
    `1 0 0 ${'00'.repeat(256)} ${HASH}`,
  ],
  ['NSEC3', `256 0 0 - ${HASH}`, `1 0 0 - ${HASH} FOO`, `1 0 0 - ${'00'.repeat(210)}`],
  ['NSEC3PARAM', '1 0 0', '1 0 0 - A', '1 0 0 a', '1 0 0 00 00'],
  ['TLSA', '3 1 1', '3 1 256 ab', '3 1 1 abc', '3 1 1 xy'],
  ['HIP', `2 ${HASH}`, '2 abc AQID', '2 - AQID', '2 ab', '2 ab AQI', '256 ab AQID', '2 ab AQID a..b', `2 ${'ab'.repeat(256)} AQID`],
  ['CSYNC', '1', '1 65536 A', '4294967296 0 A', '1 0 FOO'],
  [
    'ZONEMD',
    '1 1 1 ab',
    `1 1 1 ${'ab'.repeat(47)}`,
    `1 1 2 ${'ab'.repeat(48)}`,

    `1 256 240 ${'ab'.repeat(12)}`,
    '1 1 240',
  ],
  ['DSYNC', 'CDS FOO 1 a', 'FOO 1 1 a', 'CDS 256 1 a', 'CDS 1 65536 a', 'CDS 1 1'],
  ['NID', '10 1:2:3', '10 1:2:3:4:5', '10 00001:2:3:4', '10 ::1', '10 1:2:3:g', '65536 1:2:3:4'],
  ['L32', '10 1.2.3', '10'],
  ['EUI48', '00-00-5e-00-53', '00-00-5e-00-53-2a-00', '00:00:5e:00:53:2a', '0000-5e-00-53-2a', '00-00-5e-00-53-2g', '0-00-5e-00-53-2a'],
  ['EUI64', '00-00-5e-00-53-2a', '00-00-5e-ef-10-00-00-2'],
  ['URI', '10 1', '10 1 a b', '65536 1 a'],
  ['CAA', '0 issue', '256 issue a', '0 is-sue a', '0 "" a', '0 issue a b', `0 ${'a'.repeat(256)} b`],
  ['DOA', '0 0 0 a', '0 0 256 a -', '4294967296 0 0 a -', '0 0 0 a - -'],
  ['AMTRELAY', '10 2 0 .', '10 0 4 a', '10 0 0 a', '10 0 1 ::1', '10 0 128 .'],
  ['IPN', '18446744073709551616', '-1', 'a', ''],
  ['NULL', 'abcd', ''],
  ['UINFO', 'a'],
  ['TYPE731', 'abcd', '\\#', '\\# 1', '\\# 1 abcd', '\\# 2 ab', '\\# 1 a', '\\# 65536 00', '\\# 0 00', '\\# x', '"\\#" 1 ab', '\\# 1 xy'],
  ['A', '\\# 3 010203', '\\# 5 0102030405'],
  ['NS', '\\# 2 c000', '\\# 1 01', '\\# 0'],
  ['MX', '\\# 2 000a'],
  ['TKEY', 'a. 0 0 0 0 0 AQID 0 AQID'],
];

test.each(REFUSED.flatMap(([type, ...texts]) => texts.map((text) => ({ type, text }))))('$type $text', ({ type, text }) => {
  expect(() => parseRdata(typeFromText(type)!, entry(text), new WireWriter())).toThrow(FormatError);
});

test('a field too many is refused for every type, and named', () => {
  const openEnd = /^(TXT|HINFO|ISDN|SPF|NINFO|AVC|RESINFO|WALLET|CLA|HIP|NSEC|NSEC3|CSYNC|APL|WKS|NXT|SVCB|HTTPS)$/;
  for (const { type, text } of VECTORS) {
    if (openEnd.test(type)) continue;
    const out = new WireWriter();
    expect(() => parseRdata(typeFromText(type)!, entry(`${text} ~`), out), `${type} ${text}`).toThrow(FormatError);
  }
});

test('a record that ends early is refused at the place where the next field should stand', () => {
  const fields = entry('10');
  try {
    parseRdata(typeFromText('MX')!, fields, new WireWriter());
    expect.unreachable();
  } catch (error) {
    expect(error).toMatchObject({ name: 'FormatError', expected: 'a name', field: 1 });
  }
});

test('the field that is wrong is named', () => {
  const wrongAt = (type: string, text: string): number | undefined => {
    try {
      parseRdata(typeFromText(type)!, entry(text), new WireWriter());
    } catch (error) {
      return (error as FormatError).field;
    }
    return undefined;
  };
  expect(wrongAt('SOA', 'a b 1 2 x 4 5')).toBe(4);
  expect(wrongAt('NSEC', 'a A FOO MX')).toBe(2);
  expect(wrongAt('DS', '1 8 250 ab cx')).toBe(4);
  expect(wrongAt('DNSKEY', '256 3 8 AQID A*== ')).toBe(4);
  expect(wrongAt('SVCB', '1 . alpn=h2 port=x')).toBe(3);
});

test('RDATA is at most 65535 octets', () => {
  const strings = (octets: number): string =>
    [...Array(Math.floor(octets / 256)).fill('a'.repeat(255)), 'a'.repeat((octets % 256) - 1)].join(' ');
  const out = new WireWriter();
  parseRdata(typeFromText('TXT')!, entry(strings(65_535)), out);
  expect(out.length).toBe(65_535);
  expect(() => parseRdata(typeFromText('TXT')!, entry(`${strings(65_535)} ""`), new WireWriter())).toThrow(FormatError);
});
