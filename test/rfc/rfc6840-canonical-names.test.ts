import { describe, expect, test } from 'vitest';
import { toHex, WireWriter } from '../../signer/dns/bytes.ts';
import { parseName } from '../../signer/dns/name.ts';
import { TYPE, typeFromText } from '../../signer/dns/rrtype.ts';
import { appendSignedRecord } from '../../signer/dnssec/signed-data.ts';
import { rdatasOf, zoneFromText } from './support/vector-zone.ts';

/** RDATA as it is signed: the signed record less owner(9) type(2) class(2) TTL(4) length(2). */
function signedRdata(type: string, rdata: string): Uint8Array {
  const zone = zoneFromText(`@ 60 IN ${type} ${rdata}\n`, 'example.');
  const [wire] = rdatasOf(zone, 0, typeFromText(type)!);
  const out = new WireWriter();
  appendSignedRecord(parseName('example.'), typeFromText(type)!, 60, wire!, 0, wire!.length, out);
  return out.slice(parseName('example.').length + 10);
}

const plainRdata = (type: string, rdata: string): Uint8Array =>
  rdatasOf(zoneFromText(`@ 60 IN ${type} ${rdata}\n`, 'example.'), 0, typeFromText(type)!)[0]!;

// RFC 4034 6.2, 3: if the type of the RR is NS, MD, MF, CNAME, SOA, MB, MG, MR, PTR, HINFO, MINFO, MX, HINFO, RP, AFSDB, RT, SIG, PX,
// NXT, NAPTR, KX, SRV, DNAME, A6, RRSIG, or NSEC, all uppercase US-ASCII letters in the DNS names contained within the RDATA are
// replaced by the corresponding lowercase US-ASCII letters.
describe('RFC 4034 6.2: names in RDATA in lower case', () => {
  test.each([
    ['NS', 'NS1.Example.', 'ns1.example.'],
    ['MD', 'A.Example.', 'a.example.'],
    ['MF', 'A.Example.', 'a.example.'],
    ['CNAME', 'A.Example.', 'a.example.'],
    ['SOA', 'NS.Example. Host.Example. 1 2 3 4 5', 'ns.example. host.example. 1 2 3 4 5'],
    ['MB', 'A.Example.', 'a.example.'],
    ['MG', 'A.Example.', 'a.example.'],
    ['MR', 'A.Example.', 'a.example.'],
    ['PTR', 'A.Example.', 'a.example.'],
    ['MINFO', 'A.Example. B.Example.', 'a.example. b.example.'],
    ['MX', '10 Mail.Example.', '10 mail.example.'],
    ['RP', 'A.Example. B.Example.', 'a.example. b.example.'],
    ['AFSDB', '1 A.Example.', '1 a.example.'],
    ['RT', '1 A.Example.', '1 a.example.'],
    ['PX', '1 A.Example. B.Example.', '1 a.example. b.example.'],
    ['NAPTR', '1 2 "U" "E2U+Sip" "!^.*$!SIP:Info@Example!" Next.Example.', '1 2 "U" "E2U+Sip" "!^.*$!SIP:Info@Example!" next.example.'],
    ['KX', '1 A.Example.', '1 a.example.'],
    ['SRV', '1 2 443 A.Example.', '1 2 443 a.example.'],
    ['DNAME', 'A.Example.', 'a.example.'],
    ['RRSIG', 'A 13 1 60 20260101000000 20250101000000 1 Example. AAAA', 'A 13 1 60 20260101000000 20250101000000 1 example. AAAA'],
  ])('%s %s', (type, mixed, lower) => {
    expect(toHex(plainRdata(type, mixed))).not.toBe(toHex(plainRdata(type, lower)));
    expect(toHex(signedRdata(type, mixed))).toBe(toHex(plainRdata(type, lower)));
  });

  // A6 (RFC 2874 3.1): prefix length 64, 8 octets of suffix, prefix name.
  test('A6', () => {
    const name = (text: string): string => `40 0000000000000001 ${toHex(parseName(text))}`.replaceAll(' ', '');
    const generic = (hex: string): string => `\\# ${hex.length / 2} ${hex}`;
    expect(toHex(signedRdata('TYPE38', generic(name('Subnet.Example.'))))).toBe(name('subnet.example.'));
  });

  // SIG and NXT have the layouts of RRSIG and NSEC (RFC 2535 4.1, 5.2).
  test('SIG and NXT', () => {
    const generic = (hex: string): string => `\\# ${hex.length / 2} ${hex}`;
    const sig = (name: string): string => `0001050100000e10${'00'.repeat(10)}${toHex(parseName(name))}ff41`;
    expect(toHex(signedRdata('TYPE24', generic(sig('Example.'))))).toBe(sig('example.'));
    const nxt = (name: string): string => `${toHex(parseName(name))}4041`;
    expect(toHex(signedRdata('TYPE30', generic(nxt('Next.Example.'))))).toBe(nxt('next.example.'));
  });
});

// RFC 6840 5.1: HINFO RRs contain no domain names, and NSEC: names in its RDATA are not to be converted to lower case. RFC 3597 7: no other
// types have their names changed.
describe('RFC 6840 5.1 and RFC 3597 7: RDATA left as it is', () => {
  test.each([
    ['NSEC', 'Next.Example. A RRSIG NSEC'],
    ['HINFO', '"ARM64" "Linux"'],
    ['TXT', '"Example."'],
    ['LP', '10 L64.Example.'],
    ['TALINK', 'A.Example. B.Example.'],
    ['SVCB', '1 Svc.Example. alpn=H2'],
    ['HTTPS', '1 Svc.Example.'],
    ['IPSECKEY', '10 3 2 Gateway.Example. AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ=='],
    ['AMTRELAY', '10 0 3 Relay.Example.'],
    ['DSYNC', 'CDS NOTIFY 53 Notify.Example.'],
    ['TYPE65400', '\\# 9 074578616d706c6500'],
    ['CAA', '0 issue "CA.Example"'],
    ['URI', '1 1 "https://Example/Path"'],
  ])('%s %s', (type, rdata) => {
    expect(toHex(signedRdata(type, rdata))).toBe(toHex(plainRdata(type, rdata)));
  });
});

// RFC 4034 6.2, 2: all uppercase US-ASCII letters in the owner name are replaced; only US-ASCII ones.
test('RFC 4034 6.2: owner names in lower case, octets above 127 unchanged', () => {
  const zone = zoneFromText('WWW.\\196\\228.Example. 60 IN A 192.0.2.1\n', 'example.');
  expect(toHex(zone.wire.subarray(zone.nameAt[0]!, zone.nameAt[0]! + zone.nameLength[0]!))).toBe('0377777702c4e4076578616d706c6500');
  expect(TYPE.A).toBe(1);
});

// RDATA of a listed type in generic form that ends in the middle of a name must not be read beyond its end.
test('RDATA that is too short for its type is signed as it stands', () => {
  const out = new WireWriter();
  const wire = Uint8Array.of(0, 10, 5, 0x41, 0x42, 0x41, 0x41);
  appendSignedRecord(parseName('example.'), TYPE.MX, 60, wire, 0, 5, out);
  expect(toHex(out.slice(parseName('example.').length + 10))).toBe('000a054142');
});
