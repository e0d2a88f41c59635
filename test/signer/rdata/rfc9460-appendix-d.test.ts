import { describe, expect, test } from 'vitest';
import { latin1, toHex, WireWriter } from '../../../signer/dns/bytes.ts';
import { FormatError } from '../../../signer/dns/format-error.ts';
import { checkRdata, parseRdata, printRdata } from '../../../signer/dns/rdata/registry.ts';
import { TYPE } from '../../../signer/dns/rrtype.ts';
import { entry } from './entry.ts';

function parse(text: string): string {
  const out = new WireWriter();
  parseRdata(TYPE.SVCB, entry(text), out);
  return toHex(out.slice());
}

function print(hex: string): string {
  const wire = Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  const out = new WireWriter();
  printRdata(TYPE.SVCB, wire, 0, wire.length, out);
  return latin1(out.slice());
}

const FOO_EXAMPLE_COM = '03666f6f076578616d706c6503636f6d00';
const FOO_EXAMPLE_ORG = '03666f6f076578616d706c65036f726700';

/** Text, wire, and the text that is printed. */
const GOOD: ReadonlyArray<readonly [figure: string, text: string, wire: string, printed: string]> = [
  ['D.1 figure 2: AliasMode', '0 foo.example.com.', `0000${FOO_EXAMPLE_COM}`, '0 foo.example.com.'],
  ['D.2 figure 3: TargetName is "."', '1 .', '000100', '1 .'],
  ['D.2 figure 4: a port', '16 foo.example.com. port=53', `0010${FOO_EXAMPLE_COM}000300020035`, '16 foo.example.com. port=53'],
  [
    'D.2 figure 5: a generic key and unquoted value',
    '1 foo.example.com. key667=hello',
    `0001${FOO_EXAMPLE_COM}029b000568656c6c6f`,
    '1 foo.example.com. key667="hello"',
  ],
  [
    'D.2 figure 6: a generic key and quoted value with a decimal escape',
    '1 foo.example.com. key667="hello\\210qoo"',
    `0001${FOO_EXAMPLE_COM}029b000968656c6c6fd2716f6f`,
    '1 foo.example.com. key667="hello\\210qoo"',
  ],
  [
    'D.2 figure 7: two quoted IPv6 hints',
    '1 foo.example.com. ( ipv6hint="2001:db8::1,2001:db8::53:1" )',
    `0001${FOO_EXAMPLE_COM}0006002020010db800000000000000000000000120010db8000000000000000000530001`,
    '1 foo.example.com. ipv6hint=2001:db8::1,2001:db8::53:1',
  ],
  [
    'D.2 figure 8: an IPv6 hint using the embedded IPv4 syntax',
    '1 example.com. ( ipv6hint="2001:db8:122:344::192.0.2.33" )',
    '0001076578616d706c6503636f6d000006001020010db8012203440000' + '0000c0000221',
    '1 example.com. ipv6hint=2001:db8:122:344::c000:221',
  ],
  [
    'D.2 figure 9: SvcParamKey ordering is arbitrary in presentation format but sorted in wire format',
    '16 foo.example.org. ( alpn=h2,h3-19 mandatory=ipv4hint,alpn ipv4hint=192.0.2.1 )',
    `0010${FOO_EXAMPLE_ORG}0000000400010004000100090268320568332d313900040004c0000201`,
    '16 foo.example.org. mandatory=alpn,ipv4hint alpn="h2,h3-19" ipv4hint=192.0.2.1',
  ],
  [
    'D.2 figure 10: an alpn value with an escaped comma and an escaped backslash, quoted',
    '16 foo.example.org. alpn="f\\\\\\\\oo\\\\,bar,h2"',
    `0010${FOO_EXAMPLE_ORG}0001000c08665c6f6f2c626172026832`,
    '16 foo.example.org. alpn="f\\\\\\\\oo\\\\,bar,h2"',
  ],
  [
    'D.2 figure 10: the same, unquoted',
    '16 foo.example.org. alpn=f\\\\\\092oo\\092,bar,h2',
    `0010${FOO_EXAMPLE_ORG}0001000c08665c6f6f2c626172026832`,
    '16 foo.example.org. alpn="f\\\\\\\\oo\\\\,bar,h2"',
  ],
];

test.each(GOOD)('RFC 9460 %s', (_figure, text, wire, printed) => {
  expect(parse(text)).toBe(wire);
  expect(print(wire)).toBe(printed);
  expect(parse(printed)).toBe(wire);
});

const OTHER: ReadonlyArray<readonly [text: string, value: string, printed: string]> = [
  ['alpn=h2 no-default-alpn', '000100030268320002 0000', 'alpn="h2" no-default-alpn'],
  ['alpn=h2 no-default-alpn=""', '000100030268320002 0000', 'alpn="h2" no-default-alpn'],
  ['port="0443"', '0003 0002 01bb', 'port=443'],
  ['ipv4hint=192.0.2.1,192.0.2.2', '0004 0008 c0000201c0000202', 'ipv4hint=192.0.2.1,192.0.2.2'],
  ['ech="aGVsbG8="', '0005 0005 68656c6c6f', 'ech=aGVsbG8='],
  ['dohpath="/q{?dns}"', '0007 0008 2f717b3f646e737d', 'key7="/q{?dns}"'],
  ['ohttp', '0008 0000', 'key8'],
  ['tls-supported-groups=29,23', '0009 0004 001d0017', 'key9="\\000\\029\\000\\023"'],
  ['docpath', '000a 0000', 'key10'],
  ['docpath=a,bc', '000a 0005 01 61 02 6263', 'key10="\\001a\\002bc"'],
  ['key1="\\002h2"', '0001 0003 026832', 'alpn="h2"'],
  ['key3=\\000\\053', '0003 0002 0035', 'port=53'],
  ['key667', '029b 0000', 'key667'],
  ['key667=', '029b 0000', 'key667'],
  ['key65535=a', 'ffff 0001 61', 'key65535="a"'],
  ['alpn="a b\\",c"', '0001 0007 04 61206222 01 63', 'alpn="a b\\",c"'],
];

test.each(OTHER)('value %s', (text, params, printed) => {
  const wire = `000100${params.replaceAll(' ', '')}`;
  expect(parse(`1 . ${text}`)).toBe(wire);
  expect(print(wire)).toBe(`1 . ${printed}`);
  expect(parse(`1 . ${printed}`)).toBe(wire);
});

test('RFC 9460 2.1: a quoted value that the lexer hands over as a field of its own belongs to the key before it', () => {
  const fields = entry('1 . alpn="h2,h3" port=1');
  const [start, end] = [fields.starts[2]!, fields.ends[2]!];
  const split = entry('1 .');
  split.bytes = fields.bytes;
  split.push(start, start + 5, false);
  split.push(start + 6, end - 1, true);
  const out = new WireWriter();
  parseRdata(TYPE.SVCB, split, out);
  expect(toHex(out.slice())).toBe(parse('1 . alpn=h2,h3'));
});

describe('refused', () => {
  test.each([
    ['D.3 figure 11: multiple instances of the same SvcParamKey', '1 foo.example.com. ( key123=abc key123=def )'],
    ['D.3 figure 12: mandatory without value', '1 foo.example.com. mandatory'],
    ['D.3 figure 12: alpn without value', '1 foo.example.com. alpn'],
    ['D.3 figure 12: port without value', '1 foo.example.com. port'],
    ['D.3 figure 12: ipv4hint without value', '1 foo.example.com. ipv4hint'],
    ['D.3 figure 12: ipv6hint without value', '1 foo.example.com. ipv6hint'],
    ['D.3 figure 13: no-default-alpn with a value', '1 foo.example.com. no-default-alpn=abc'],
    ['D.3 figure 14: a mandatory SvcParam is missing', '1 foo.example.com. mandatory=key123'],
    ['D.3 figure 15: mandatory lists itself', '1 foo.example.com. mandatory=mandatory'],
    ['D.3 figure 16: mandatory lists a key twice', '1 foo.example.com. ( mandatory=key123,key123 key123=abc )'],
    ['2.4.3, 7.1.1: no-default-alpn without alpn', '1 . no-default-alpn'],
    ['2.1: a key number with leading zero', '1 . key01=a'],
    ['2.1: a key number above 65535', '1 . key65536=a'],
    ['2.1: a key in capitals', '1 . ALPN=h2'],
    ['an unknown key', '1 . foo=bar'],
    ['quotes around key and value', '1 . "alpn=h2"'],
    ['a quote inside the value', '1 . alpn=h"2"'],
    ['text behind the closing quote', '1 . alpn="h2"port=1'],
    ['an empty protocol identifier', '1 . alpn=a,,abc'],
    ['an empty last item', '1 . ipv4hint=192.0.2.1,'],
    ['a protocol identifier of 256 octets', `1 . alpn=${'a'.repeat(256)}`],
    ['a backslash at the end of the list', '1 . alpn=a\\\\'],
    ['a port above 65535', '1 . port=65536'],
    ['ech without value', '1 . ech='],
    ['ech that is no base64', '1 . ech=abc'],
    ['a wrong address', '1 . ipv6hint=192.0.2.1'],
    ['a group twice', '1 . tls-supported-groups=29,29'],
    ['ohttp with a value', '1 . ohttp=1'],
    ['2.1: ohttp with = and no text', '1 . ohttp='],
    ['2.1: no-default-alpn with = and no text', '1 . alpn=h2 no-default-alpn='],
    ['8: an escape in mandatory', '1 . mandatory=alpn\\,port alpn=h2 port=1'],
    ['8: an escaped letter in mandatory', '1 . mandatory=\\097lpn alpn=h2'],
    ['7.2: an escape in port', '1 . port=8\\0480'],
    ['7.3: an escape in ipv4hint', '1 . ipv4hint="192.0.2.1\\,192.0.2.2"'],
    ['7.3: an escape in ipv6hint', '1 . ipv6hint=\\058:1'],
    ['an escape in ech (RFC 9848 3)', '1 . ech=\\065A=='],
    ['a wrong value in generic form', '1 . key4=abc'],
    ['no target', '1'],
    ['a priority above 65535', '65536 .'],
  ])('RFC 9460 %s', (_what, text) => {
    expect(() => parse(text)).toThrow(FormatError);
  });

  test.each([
    ['2.2: keys out of order', '000100 0004 0004 c0000201 0003 0002 0035'],
    ['2.2: a key twice', '000100 0003 0002 0035 0003 0002 0035'],
    ['a value that ends early', '000100 0003 0003 0035'],
    ['a port of one octet', '000100 0003 0001 35'],
    ['mandatory out of order', '000100 0000 0004 0004 0003 0003 0002 0035 0004 0004 c0000201'],
  ])('in the wire: %s', (_what, hex) => {
    const wire = Uint8Array.from(hex.replaceAll(' ', '').match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
    expect(checkRdata(TYPE.SVCB, wire, 0, wire.length)).toBeTypeOf('string');
  });
});
