import { describe, expect, test } from 'vitest';
import { toHex } from '../../signer/dns/bytes.ts';
import { typeFromText } from '../../signer/dns/rrtype.ts';
import { rdataText } from './support/denial-text.ts';
import { rdatasOf, readText, zoneFromText } from './support/vector-zone.ts';

/** Wire form as RFC 9460 prints it. */
const wire = (hex: string): string => hex.replaceAll(/\s/g, '');

const FOO_EXAMPLE_COM = '03 66 6f 6f 07 65 78 61 6d 70 6c 65 03 63 6f 6d 00';
const FOO_EXAMPLE_ORG = '03 66 6f 6f 07 65 78 61 6d 70 6c 65 03 6f 72 67 00';

const VECTORS: readonly (readonly [figure: string, type: 'SVCB' | 'HTTPS', text: string, wire: string])[] = [
  ['figure 2, AliasMode', 'HTTPS', '0 foo.example.com.', `00 00 ${FOO_EXAMPLE_COM}`],
  ['figure 3, TargetName is "."', 'SVCB', '1 .', '00 01 00'],
  ['figure 4, port', 'SVCB', '16 foo.example.com. port=53', `00 10 ${FOO_EXAMPLE_COM} 00 03 00 02 00 35`],
  ['figure 5, generic key, unquoted', 'SVCB', '1 foo.example.com. key667=hello', `00 01 ${FOO_EXAMPLE_COM} 02 9b 00 05 68 65 6c 6c 6f`],
  [
    'figure 6, generic key, quoted value with a decimal escape',
    'SVCB',
    '1 foo.example.com. key667="hello\\210qoo"',
    `00 01 ${FOO_EXAMPLE_COM} 02 9b 00 09 68 65 6c 6c 6f d2 71 6f 6f`,
  ],
  [
    'figure 7, two quoted IPv6 hints',
    'SVCB',
    '1 foo.example.com. ( ipv6hint="2001:db8::1,2001:db8::53:1" )',
    `00 01 ${FOO_EXAMPLE_COM} 00 06 00 20 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01 20 01 0d b8 00 00 00 00 00 00 00 00 00 53 00 01`,
  ],
  [
    'figure 8, an IPv6 hint using the embedded IPv4 syntax',
    'SVCB',
    '1 example.com. ( ipv6hint="2001:db8:122:344::192.0.2.33" )',
    '00 01 07 65 78 61 6d 70 6c 65 03 63 6f 6d 00 00 06 00 10 20 01 0d b8 01 22 03 44 00 00 00 00 c0 00 02 21',
  ],
  [
    'figure 9, keys and mandatory list in any order',
    'SVCB',
    '16 foo.example.org. ( alpn=h2,h3-19 mandatory=ipv4hint,alpn ipv4hint=192.0.2.1 )',
    `00 10 ${FOO_EXAMPLE_ORG} 00 00 00 04 00 01 00 04 00 01 00 09 02 68 32 05 68 33 2d 31 39 00 04 00 04 c0 00 02 01`,
  ],
  [
    'figure 10, alpn with an escaped comma and backslash, quoted',
    'SVCB',
    '16 foo.example.org. alpn="f\\\\\\\\oo\\\\,bar,h2"',
    `00 10 ${FOO_EXAMPLE_ORG} 00 01 00 0c 08 66 5c 6f 6f 2c 62 61 72 02 68 32`,
  ],
  [
    'figure 10, the same unquoted',
    'SVCB',
    '16 foo.example.org. alpn=f\\\\\\092oo\\092,bar,h2',
    `00 10 ${FOO_EXAMPLE_ORG} 00 01 00 0c 08 66 5c 6f 6f 2c 62 61 72 02 68 32`,
  ],
];

const read = (type: string, text: string): Uint8Array =>
  rdatasOf(zoneFromText(`example.com. 7200 IN ${type} ${text}\n`, 'example.com.'), 0, typeFromText(type)!)[0]!;

describe('RFC 9460 appendix D, test vectors', () => {
  test.each(VECTORS)('%s', (_figure, type, text, hex) => {
    expect(toHex(read(type, text))).toBe(wire(hex));
  });

  test.each(VECTORS)('%s: generic form and back', (_figure, type, text, hex) => {
    const octets = wire(hex);
    const generic = read(type, `\\# ${octets.length / 2} ${octets}`);
    expect(toHex(generic)).toBe(octets);
    expect(toHex(read(type, rdataText(typeFromText(type)!, generic)))).toBe(octets);
    expect(toHex(read(type, rdataText(typeFromText(type)!, read(type, text))))).toBe(octets);
  });
});

describe('RFC 9460 D.3, failure cases', () => {
  test.each([
    ['multiple instances of the same SvcParamKey', '1 foo.example.com. key123=abc key123=def'],
    ['mandatory without value', '1 foo.example.com. mandatory'],
    ['alpn without value', '1 foo.example.com. alpn'],
    ['port without value', '1 foo.example.com. port'],
    ['ipv4hint without value', '1 foo.example.com. ipv4hint'],
    ['ipv6hint without value', '1 foo.example.com. ipv6hint'],
    ['no-default-alpn with a value', '1 foo.example.com. no-default-alpn=abc'],
    ['a mandatory SvcParam is missing', '1 foo.example.com. mandatory=key123'],
    ['the "mandatory" SvcParamKey MUST NOT be included in the mandatory list', '1 foo.example.com. mandatory=mandatory'],
    ['multiple instances of the same SvcParamKey in the mandatory list', '1 foo.example.com. ( mandatory=key123,key123 key123=abc )'],
  ])('%s', (_title, text) => {
    for (const type of ['SVCB', 'HTTPS']) {
      const { findings, errors } = readText(`example.com. 7200 IN ${type} ${text}\n`, 'example.com.');
      expect(errors).toBe(1);
      expect(findings[0]!.id).toBe('ZONEFILE-RDATA');
      expect(findings[0]!.line).toBe(1);
    }
  });
});
