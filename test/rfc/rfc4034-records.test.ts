import { describe, expect, test } from 'vitest';
import { fromHex, toHex, WireWriter } from '../../signer/dns/bytes.ts';
import { compareNames, parseName, printName } from '../../signer/dns/name.ts';
import { TYPE } from '../../signer/dns/rrtype.ts';
import { dsRdata, keyTag } from '../../signer/dnssec/dnskey.ts';
import { rrsigLabels } from '../../signer/dnssec/signed-data.ts';
import { appendTypeBitmap } from '../../signer/dnssec/type-bitmap.ts';
import { makeSortKeys, sortByKey } from '../../signer/zone/sort-key.ts';
import { nameOf } from '../../signer/zone/zone.ts';
import { rdataText } from './support/denial-text.ts';
import { isGoodSignature, rdatasOf, signaturesOf, zoneFromText } from './support/vector-zone.ts';

const DSKEY = `dskey.example.com. 86400 IN DNSKEY 256 3 5 ( AQOeiiR0GOMYkDshWoSKz9Xz
                                             fwJr1AYtsmx3TGkJaNXVbfi/
                                             2pHm822aJ5iI9BMzNXxeYCmZ
                                             DRD99WYwYqUSdjMmmAphXdvx
                                             egXd/M5+X7OrzKBaMbCVdFLU
                                             Uh6DhweJBjEVv5f2wwjM9Xzc
                                             nOf+EPbtG9DMBmADjFDc2w/r
                                             ljwvFw==
                                             ) ;  key id = 60485
`;
const dskey = rdatasOf(zoneFromText(DSKEY, 'dskey.example.com.'), 0, TYPE.DNSKEY)[0]!;

describe('RFC 4034 5.4, DS RR example', () => {
  test('appendix B: the key tag is 60485', () => {
    expect(keyTag(dskey)).toBe(60485);
  });

  test.each([
    [1, '60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118', 'RFC 4034 5.4'],
    [2, '60485 5 2 D4B7D520E7BB5F0F67674A0CCEB1E3E0614B93C4F9E99B8383F6A1E4469DA50A', 'RFC 4509 2.3'],
  ])('digest type %i: %s', (digestType, text) => {
    const rdata = dsRdata(parseName('dskey.example.com.'), dskey, digestType);
    expect(rdataText(TYPE.DS, rdata).toUpperCase()).toBe(text);
  });

  // 5.1.4: the "DNSKEY owner name" is the fully qualified owner name in canonical form.
  test('the letter case of the owner does not matter', () => {
    expect(dsRdata(parseName('DSkey.Example.COM.'), dskey, 2)).toEqual(dsRdata(parseName('dskey.example.com.'), dskey, 2));
  });
});

// RFC 4034 appendix B: ac += (i & 1) ? key[i] : key[i] << 8; ac += (ac >> 16) & 0xFFFF; an RDATA of odd length ends in a high octet.
test('RFC 4034 appendix B, odd length and carry', () => {
  const reference = (key: Uint8Array): number => {
    let ac = 0n;
    key.forEach((octet, i) => {
      ac += (i & 1) === 1 ? BigInt(octet) : BigInt(octet) << 8n;
    });
    ac += (ac >> 16n) & 0xffffn;
    return Number(ac & 0xffffn);
  };
  for (const length of [4, 5, 6, 7, 68, 69, 260, 516, 1028]) {
    for (const fill of [0, 1, 0x7f, 0xfe, 0xff]) {
      const key = new Uint8Array(length).fill(fill);
      expect(keyTag(key)).toBe(reference(key));
    }
  }
});

// RFC 4034 3.3: host.example.com. 86400 IN RRSIG A 5 3 86400 20030322173103 20030220173103 2642 example.com. (…)
describe('RFC 4034 3.3, RRSIG RR example', () => {
  const text = `host.example.com. 86400 IN A 192.0.2.1
host.example.com. 86400 IN RRSIG A 5 3 86400 20030322173103 (
                                  20030220173103 2642 example.com.
                                  oJB1W6WNGv+ldvQ3WDG0MQkg5IEhjRip8WTr
                                  PYGv07h108dUKGMeDPKijVCHX3DDKdfb+v6o
                                  B9wfuh3DTJXUAfI/M0zmO/zz8bW0Rznl8O3t
                                  GNazPwQKkRN20XPXV6nwwfoXmJQbsLNrLfkG
                                  J5D6fwFm8nN+6pBzeDQfsS3Ap3o= )
`;
  const [signature] = signaturesOf(zoneFromText(text, 'example.com.'));

  test('the fields of the example', () => {
    const { fields } = signature!;
    expect({ ...fields, signerName: printName(fields.signerName) }).toEqual({
      typeCovered: TYPE.A,
      algorithm: 5,
      labels: 3,
      originalTtl: 86400,
      // 3.2: YYYYMMDDHHmmSS in UTC
      expiration: Date.UTC(2003, 2, 22, 17, 31, 3) / 1000,
      inception: Date.UTC(2003, 1, 20, 17, 31, 3) / 1000,
      keyTag: 2642,
      signerName: 'example.com.',
    });
  });

  test('the octets begin with the RRSIG RDATA without the signature', () => {
    const head = `0001 05 03 00015180 ${hex32(Date.UTC(2003, 2, 22, 17, 31, 3) / 1000)} ${hex32(Date.UTC(2003, 1, 20, 17, 31, 3) / 1000)} 0a52`;
    const record = `${toHex(parseName('host.example.com.'))} 0001 0001 00015180 0004 c0000201`;
    expect(toHex(signature!.octets)).toBe(`${head}${toHex(parseName('example.com.'))}${record}`.replaceAll(' ', ''));
    expect(() => isGoodSignature(dskey, signature!.octets, signature!.signature)).not.toThrow();
  });
});

const hex32 = (value: number): string => value.toString(16).padStart(8, '0');

// RFC 4034 3.1.3: "www.example.com." has a Labels field value of 3, "*.example.com." has a Labels field value of 2; "*." has 0.
test.each([
  ['www.example.com.', 3],
  ['*.example.com.', 2],
  ['*.', 0],
  ['.', 0],
  ['sub.*.example.com.', 4],
  ['**.example.com.', 3],
])('RFC 4034 3.1.3: the Labels field of %s is %i', (name, labels) => {
  expect(rrsigLabels(parseName(name))).toBe(labels);
});

describe('RFC 4034 4.3, NSEC RR example', () => {
  // alfa.example.com. 86400 IN NSEC host.example.com. ( A MX RRSIG NSEC TYPE1234 )
  const bitmap = `00 06 40 01 00 00 00 03
                  04 1b 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 20`;
  const octets = fromHex(bitmap.replaceAll(/\s/g, ''))!;

  test('the bitmap is encoded as printed there', () => {
    const out = new WireWriter();
    const types = Uint16Array.of(TYPE.A, TYPE.MX, TYPE.RRSIG, TYPE.NSEC, 1234);
    appendTypeBitmap(types, types.length, out);
    expect(toHex(out.slice())).toBe(toHex(octets));
  });

  test('the record has the wire form printed there', () => {
    const zone = zoneFromText('alfa.example.com. 86400 IN NSEC host.example.com. ( A MX RRSIG NSEC TYPE1234 )\n', 'example.com.');
    expect(toHex(rdatasOf(zone, 0, TYPE.NSEC)[0]!)).toBe(`04686f7374076578616d706c6503636f6d00${toHex(octets)}`);
  });

  // 4.1.2: blocks are present in the NSEC RR RDATA in increasing numerical order; blocks with no types present MUST NOT be included;
  // trailing zero octets in the bitmap MUST be omitted.
  test.each([
    [[1], '000140'],
    [[255], `0020${'00'.repeat(31)}01`],
    [[256], '010180'],
    [[65535], `ff20${'00'.repeat(31)}01`],
    [[1, 256, 32768], '000140' + '010180' + '800180'],
    [[], ''],
  ])('types %j', (types, hex) => {
    const out = new WireWriter();
    appendTypeBitmap(Uint16Array.from(types), types.length, out);
    expect(toHex(out.slice())).toBe(hex);
  });
});

describe('RFC 4034 6.1, canonical DNS name order', () => {
  // When sorted in canonical order, these names appear like this.
  const sorted = [
    'example.',
    'a.example.',
    'yljkjljk.a.example.',
    'Z.a.example.',
    'zABC.a.EXAMPLE.',
    'z.example.',
    '\\001.z.example.',
    '*.z.example.',
    '\\200.z.example.',
  ];

  test('compareNames', () => {
    sorted.forEach((a, i) => {
      sorted.forEach((b, k) => {
        expect(Math.sign(compareNames(parseName(a), parseName(b))), `${a} ${b}`).toBe(Math.sign(i - k));
      });
    });
  });

  test('sort keys', () => {
    const backwards = sorted.toReversed().map((name) => parseName(name.toLowerCase()));
    const out = new WireWriter();
    const at = Uint32Array.from(backwards, (name) => {
      const start = out.length;
      out.append(name);
      return start;
    });
    const lengths = Uint8Array.from(backwards, (name) => name.length);
    const order = sortByKey(makeSortKeys(out.bytes, at, lengths, backwards.length, parseName('example.').length));
    expect(Array.from(order, (i) => printName(backwards[i]!))).toEqual(sorted.map((name) => name.toLowerCase()));
  });

  test('a zone of these names', () => {
    const text = sorted
      .toReversed()
      .map((name) => `${name} 60 IN A 192.0.2.1\n`)
      .join('');
    const zone = zoneFromText(text, 'example.');
    expect(Array.from({ length: zone.nameCount }, (_, i) => printName(nameOf(zone, i)))).toEqual(sorted.map((name) => name.toLowerCase()));
  });

  // The absence of an octet sorts before a zero value octet, and uppercase US-ASCII letters are treated as if they were lowercase.
  test.each([
    ['a.example.', 'a\\000.example.'],
    ['a\\000.example.', 'a\\000\\000.example.'],
    ['\\000.example.', '\\000\\000.example.'],
    ['\\000.example.', '\\001.example.'],
    ['x.\\000.example.', '\\000\\000.example.'],
    ['z.a.example.', 'a\\000.example.'],
    ['A\\001.example.', 'b.example.'],
    ['[.example.', 'a.example.'],
  ])('%s comes before %s', (a, b) => {
    expect(compareNames(parseName(a), parseName(b))).toBeLessThan(0);
    expect(compareNames(parseName(b), parseName(a))).toBeGreaterThan(0);
  });
});

// RFC 4034 6.3: RRs with the same owner name, class, and type are sorted by treating the RDATA portion of the canonical form of each RR
// as a left-justified unsigned octet sequence in which the absence of an octet sorts before a zero octet.
test('RFC 4034 6.3, canonical RR ordering within an RRset', () => {
  const zone = zoneFromText(
    `@ 60 IN TXT "b" "a"
@ 60 IN TXT "b"
@ 60 IN TXT "a"
@ 60 IN TXT "aa"
@ 60 IN TXT ""
@ 60 IN MX 256 a.example.
@ 60 IN MX 1 Z.example.
@ 60 IN MX 1 b.example.
`,
    'example.',
  );
  expect(rdatasOf(zone, 0, TYPE.TXT).map(toHex)).toEqual(['00', '0161', '0162', '01620161', '026161']);
  expect(rdatasOf(zone, 0, TYPE.MX).map((rdata) => rdataText(TYPE.MX, rdata))).toEqual(['1 b.example.', '1 Z.example.', '256 a.example.']);
});
