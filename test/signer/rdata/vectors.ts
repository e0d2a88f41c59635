/**
 * Presentation and wire forms of every type. The wire forms follow from the RDATA diagrams of the RFCs by hand; texts
 * are examples of the RFCs where they have one. Origin is `example.`, in the wire 076578616d706c6500.
 */
export interface Vector {
  readonly type: string;
  readonly text: string;
  /** Hexadecimal, blanks between the parts. */
  readonly wire: string;
  /** What is printed; absent: the text itself. */
  readonly printed?: string;
}

const v = (type: string, text: string, wire: string, printed?: string): Vector =>
  printed === undefined ? { type, text, wire } : { type, text, wire, printed };

const EXAMPLE = '076578616d706c6500';
const A_EXAMPLE = `0161${EXAMPLE}`;
const ascii = (text: string): string => [...text].map((c) => c.charCodeAt(0).toString(16).padStart(2, '0')).join('');
const KEY_TEXT =
  'AQPSKmynfzW4kyBv015MUG2DeIQ3Cbl+BBZH4b/0PY1kxkmvHjcZc8nokfzj31GajIQKY+5CptLr3buXA10hWqTkF7H6RfoRqXQeogmMHfpftf6zMv1LyBUgia7za6ZEzOJBOztyvhjL742iU/TpPSEDhm2SNKLijfUppn1UaNvv4w==';
const KEY_WIRE = [...atob(KEY_TEXT)].map((c) => c.charCodeAt(0).toString(16).padStart(2, '0')).join('');
const SHA1 = '2bb183af5f22588179a53b0a98631fad1a292118';
const HIT = '200100107b1a74df365639cc39f1d578';

export const VECTORS: readonly Vector[] = [
  // RFC 1035 3.4.1
  v('A', '192.0.2.1', 'c0000201'),
  v('A', '0.0.0.0', '00000000'),
  v('A', '255.255.255.255', 'ffffffff'),
  // RFC 1035 3.3
  v('NS', 'a.example.', A_EXAMPLE),
  v('NS', 'a', A_EXAMPLE, 'a.example.'),
  v('NS', '@', EXAMPLE, 'example.'),
  v('NS', '.', '00'),
  v('NS', 'a\\.b.Example.', `03612e62074578616d706c6500`),
  v('NS', '\\000\\@\\"\\032.', '04 00 40 22 20 00'),
  v('MD', 'a.example.', A_EXAMPLE),
  v('MF', 'a.example.', A_EXAMPLE),
  v('CNAME', '*.example.', `012a${EXAMPLE}`),
  v(
    'SOA',
    'a hostmaster 2024010101 1h30m 900 1W 0',
    `${A_EXAMPLE} 0a${ascii('hostmaster')}${EXAMPLE} 78a3f175 00001518 00000384 00093a80 00000000`,
    'a.example. hostmaster.example. 2024010101 5400 900 604800 0',
  ),
  v('MB', 'a.example.', A_EXAMPLE),
  v('MG', 'a.example.', A_EXAMPLE),
  v('MR', 'a.example.', A_EXAMPLE),
  v('PTR', 'a.example.', A_EXAMPLE),
  v('MINFO', 'a.example. example.', `${A_EXAMPLE} ${EXAMPLE}`),
  v('MX', '10 a.example.', `000a ${A_EXAMPLE}`),
  v('MX', '65535 .', 'ffff 00'),
  // RFC 1035 3.4.2: SMTP on TCP is bit 25, the map is 4 octets then
  v('WKS', '192.0.2.1 tcp smtp', 'c0000201 06 00000040', '192.0.2.1 6 25'),
  v('WKS', '192.0.2.1 17 domain 0 7', 'c0000201 11 81000000000004', '192.0.2.1 17 0 7 53'),
  v('WKS', '192.0.2.1 UDP', 'c0000201 11', '192.0.2.1 17'),
  v('HINFO', '"PDP-11/70" UNIX', `09${ascii('PDP-11/70')} 04${ascii('UNIX')}`, '"PDP-11/70" "UNIX"'),
  v('TXT', '"a b" c', '03612062 0163', '"a b" "c"'),
  v('TXT', '""', '00'),
  v('TXT', '"\\"\\\\\\000\\255;"', '05 22 5c 00 ff 3b'),
  v('TXT', `"${'x'.repeat(255)}"`, `ff${'78'.repeat(255)}`),
  // RFC 1183
  v('RP', 'a.example. .', `${A_EXAMPLE} 00`),
  v('AFSDB', '1 a.example.', `0001 ${A_EXAMPLE}`),
  v('X25', '"311061700956"', `0c${ascii('311061700956')}`),
  v('ISDN', '"150862028003217" "004"', `0f${ascii('150862028003217')} 03${ascii('004')}`),
  v('ISDN', '"150862028003217"', `0f${ascii('150862028003217')}`),
  v('RT', '10 a.example.', `000a ${A_EXAMPLE}`),
  // RFC 1706 5 and 6
  v(
    'NSAP',
    '0x47.0005.80.005a00.0000.0001.e133.ffffff000161.00',
    '47000580005a0000000001e133ffffff00016100',
    '0x47000580005a0000000001e133ffffff00016100',
  ),
  v('NSAP-PTR', 'a.example.', A_EXAMPLE),
  // RFC 4034 3 (SIG has the format of RRSIG: RFC 2931)
  v('SIG', 'A 5 3 86400 20030322173103 20030220173103 2642 example. AQID', `0001 05 03 00015180 3e7c9dd7 3e5510d7 0a52 ${EXAMPLE} 010203`),
  v('KEY', `256 3 5 ${KEY_TEXT}`, `0100 03 05 ${KEY_WIRE}`),
  v('PX', '10 a.example. example.', `000a ${A_EXAMPLE} ${EXAMPLE}`),
  v('GPOS', '"-32.6882" "116.8652" "10.0"', `08${ascii('-32.6882')} 08${ascii('116.8652')} 04${ascii('10.0')}`),
  // RFC 4291 2.2, printed as RFC 5952 4
  v('AAAA', '2001:db8::1', '20010db8000000000000000000000001'),
  v('AAAA', '2001:DB8:0:0:8:800:200C:417A', '20010db80000000000080800200c417a', '2001:db8::8:800:200c:417a'),
  v('AAAA', '::', '00000000000000000000000000000000'),
  v('AAAA', '::1', '00000000000000000000000000000001'),
  v('AAAA', '1::', '00010000000000000000000000000000'),
  v('AAAA', '::ffff:192.0.2.1', '00000000000000000000ffffc0000201', '::ffff:c000:201'),
  v('AAAA', '1:2:3:4:5:6:192.0.2.1', '000100020003000400050006c0000201', '1:2:3:4:5:6:c000:201'),
  v('AAAA', '1:0:3:4:5:6:7:8', '00010000000300040005000600070008'),
  v('AAAA', '1:0:0:4:0:0:7:8', '00010000000000040000000000070008', '1::4:0:0:7:8'),
  v('AAAA', '1:2:3:4:5:6:7::', '00010002000300040005000600070000', '1:2:3:4:5:6:7:0'),
  // RFC 1876 4: cambridge-net.kei.com, loiosh.kei.com, pipex.net, rwy04L.logan-airport.boston
  v(
    'LOC',
    '42 21 54 N 71 06 18 W -24m 30m',
    '00 33 16 13 8917 2dd0 70be 15f0 0098 8d20',
    '42 21 54.000 N 71 6 18.000 W -24.00m 30.00m 10000.00m 10.00m',
  ),
  v(
    'LOC',
    '42 21 43.952 N 71 5 6.344 W -24m 1m 200m',
    '00 12 24 13 8917 0690 70bf 2dd8 0098 8d20',
    '42 21 43.952 N 71 5 6.344 W -24.00m 1.00m 200.00m 10.00m',
  ),
  v(
    'LOC',
    '052 014 005 N 00 08 50 E 10m',
    '00 12 16 13 8b35 56c8 8008 1650 0098 9a68',
    '52 14 5.000 N 0 8 50.000 E 10.00m 1.00m 10000.00m 10.00m',
  ),
  v(
    'LOC',
    '42 21 28.764 N 71 00 51.617 W -44m 2000m',
    '00 25 16 13 8916 cb3c 70c3 10df 0098 8550',
    '42 21 28.764 N 71 0 51.617 W -44.00m 2000.00m 10000.00m 10.00m',
  ),
  v(
    'LOC',
    '90 S 180 W -100000m 0 0 0',
    '00 00 00 00 6cb0 2700 5960 4e00 0000 0000',
    '90 0 0.000 S 180 0 0.000 W -100000.00m 0.00m 0.00m 0.00m',
  ),
  v(
    'LOC',
    '90 N 180 E 42849672.95m 90000000m 0.01m 0.09',
    '00 99 10 90 934f d900 a69f b200 ffff ffff',
    '90 0 0.000 N 180 0 0.000 E 42849672.95m 90000000.00m 0.01m 0.09m',
  ),
  // RFC 2535 5.2: A (1), MX (15), SIG (24), NXT (30)
  v('NXT', 'a.example. A MX SIG NXT', `${A_EXAMPLE} 40010082`, 'a.example. A MX TYPE24 TYPE30'),
  v('EID', 'E32C6F78163A9348', 'e32c6f78163a9348'),
  v('NIMLOC', '32251A030067', '32251a030067'),
  v('SRV', '0 5 5060 a.example.', `0000 0005 13c4 ${A_EXAMPLE}`),
  v('ATMA', '+61200000000', `01${ascii('61200000000')}`),
  v('ATMA', '39.246f', '00 39246f', '39246f'),
  // RFC 3403 6.2
  v('NAPTR', '100 50 "s" "http+I2L" "" a.example.', `0064 0032 0173 08${ascii('http+I2L')} 00 ${A_EXAMPLE}`),
  v(
    'NAPTR',
    '100 10 u sip+E2U "!^.*$!sip:info@foo.example!i" .',
    `0064 000a 0175 07${ascii('sip+E2U')} 1c${ascii('!^.*$!sip:info@foo.example!i')} 00`,
    '100 10 "u" "sip+E2U" "!^.*$!sip:info@foo.example!i" .',
  ),
  v('KX', '10 a.example.', `000a ${A_EXAMPLE}`),
  v('CERT', 'PKIX 65535 RSASHA256 AQID', '0001 ffff 08 010203', '1 65535 8 AQID'),
  v('CERT', '253 0 0 AQID', '00fd 0000 00 010203'),
  // RFC 2874 3.1
  v('A6', '0 2001:db8::1', '00 20010db8000000000000000000000001'),
  v('A6', '64 ::1:2:3:4 a.example.', `40 0001000200030004 ${A_EXAMPLE}`, '64 ::1:2:3:4 a.example.'),
  v('A6', '128 a.example.', `80 ${A_EXAMPLE}`),
  v('DNAME', 'a.example.', A_EXAMPLE),
  v('SINK', '1 2 3 AQID', '01 02 03 010203'),
  // RFC 3123 8
  v('APL', '1:192.168.32.0/21 !1:192.168.38.0/28', '0001 15 03 c0a820 0001 1c 83 c0a826'),
  v('APL', '1:224.0.0.0/4 2:FF00:0:0:0:0:0:0:0/8', '0001 04 01 e0 0002 08 01 ff', '1:224.0.0.0/4 2:ff00::/8'),
  v('APL', '!1:0.0.0.0/0', '0001 00 80'),
  v('APL', '', ''),
  // RFC 4034 5.4
  v('DS', `60485 5 1 ${SHA1.toUpperCase()}`, `ec45 05 01 ${SHA1}`),
  v('DS', `60485 RSASHA1 1 ( 2BB183AF5F22588179A53B0A 98631FAD1A292118 )`, `ec45 05 01 ${SHA1}`, `60485 5 1 ${SHA1.toUpperCase()}`),
  v('DS', '1 13 250 AB', '0001 0d fa ab'),
  v('SSHFP', '2 1 123456789ABCDEF67890123456789ABCDEF67890', '02 01 123456789abcdef67890123456789abcdef67890'),
  // RFC 4025 3.2
  v(
    'IPSECKEY',
    '10 1 2 192.0.2.38 AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==',
    '0a 01 02 c0000226 0103515379 86ed35533b6064478eeeb27b5bd74dae149b6e81ba3a0521af82ab7801',
  ),
  v('IPSECKEY', '10 0 2 . AQID', '0a 00 02 010203'),
  v('IPSECKEY', '10 0 0 .', '0a 00 00', '\\# 3 0A0000'),
  // Knot DNS reads no key with algorithm 0.
  v('IPSECKEY', '10 0 0 . AQID', '0a 00 00 010203', '\\# 6 0A0000010203'),
  v('IPSECKEY', '10 3 2 a.example. AQID', `0a 03 02 ${A_EXAMPLE} 010203`),
  v('IPSECKEY', '10 2 2 2001:db8::1 AQID', '0a 02 02 20010db8000000000000000000000001 010203'),
  // RFC 4034 3.3
  v(
    'RRSIG',
    'A 5 3 86400 20030322173103 20030220173103 2642 example. AQID',
    `0001 05 03 00015180 3e7c9dd7 3e5510d7 0a52 ${EXAMPLE} 010203`,
  ),
  v(
    'RRSIG',
    'TYPE731 ECDSAP256SHA256 3 86400 1048354263 1045762263 2642 @ AQ ID',
    `02db 0d 03 00015180 3e7c9dd7 3e5510d7 0a52 ${EXAMPLE} 010203`,
    'TYPE731 13 3 86400 20030322173103 20030220173103 2642 example. AQID',
  ),
  // RFC 4034 4.3
  v('NSEC', 'host.example. A MX RRSIG NSEC TYPE1234', `04686f7374${EXAMPLE} 0006 400100000003 041b ${'00'.repeat(26)}20`),
  v('NSEC', 'a.example. nsec a A rrsig', `${A_EXAMPLE} 0006 400000000003`, 'a.example. A RRSIG NSEC'),
  v('DNSKEY', `256 3 5 ${KEY_TEXT}`, `0100 03 05 ${KEY_WIRE}`),
  v('DNSKEY', '257 dnssec ED25519 AQID', '0101 03 0f 010203', '257 3 15 AQID'),
  v('DHCID', 'AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA=', '000201636fc0b8271c82825bb1ac5c41cf5351aa69b4febd94e8f17cdb95000da48c40'),
  // RFC 5155 appendix A: 0p9mhaveqvm6t7vbl5lop2u3t2rp3tom
  v(
    'NSEC3',
    '1 1 12 AABBCCDD 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR MX DNSKEY NS SOA NSEC3PARAM RRSIG',
    '01 01 000c 04aabbccdd 14 174eb2409fe28bcb4887a1836f957f0a8425e27b 0007 22010000000290',
    '1 1 12 AABBCCDD 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR NS SOA MX RRSIG DNSKEY NSEC3PARAM',
  ),
  v(
    'NSEC3',
    '1 0 0 - 2t7b4g4vsa5smi47k61mv5bv1a22bojr',
    '01 00 0000 00 14 174eb2409fe28bcb4887a1836f957f0a8425e27b',
    '1 0 0 - 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR',
  ),
  v('NSEC3PARAM', '1 0 12 AABBCCDD', '01 00 000c 04aabbccdd'),
  v('NSEC3PARAM', '1 0 0 -', '01 00 0000 00'),
  v('TLSA', '3 1 1 ABCD', '03 01 01 abcd'),
  v('SMIMEA', '3 1 1 AB CD', '03 01 01 abcd', '3 1 1 ABCD'),
  // RFC 8005 6
  v('HIP', `2 ${HIT.toUpperCase()} AQID a.example. b.example.`, `10 02 0003 ${HIT} 010203 ${A_EXAMPLE} 0162${EXAMPLE}`),
  v('HIP', `2 ${HIT.toUpperCase()} AQID`, `10 02 0003 ${HIT} 010203`),
  v('NINFO', '"a" "b"', '0161 0162'),
  v('RKEY', '0 3 5 AQID', '0000 03 05 010203'),
  v('TALINK', 'a.example. .', `${A_EXAMPLE} 00`),
  v('CDS', `60485 5 1 ${SHA1.toUpperCase()}`, `ec45 05 01 ${SHA1}`),
  // RFC 8078 4
  v('CDS', '0 0 0 00', '0000 00 00 00'),
  v('CDNSKEY', '0 3 0 AA==', '0000 03 00 00'),
  v('CDNSKEY', '257 3 15 AQID', '0101 03 0f 010203'),
  v('OPENPGPKEY', 'AQID', '010203'),
  // RFC 7477 2.1.2
  v('CSYNC', '66 3 A NS AAAA', '00000042 0003 0004 60000008'),
  v('CSYNC', '66 0', '00000042 0000'),
  v('ZONEMD', `2018031500 1 1 ${'AB'.repeat(48)}`, `7848b78c 01 01 ${'ab'.repeat(48)}`),
  v('ZONEMD', `2018031500 1 240 ${'AB'.repeat(12)}`, `7848b78c 01 f0 ${'ab'.repeat(12)}`),
  // RFC 9859 2.1
  v('DSYNC', 'CDS NOTIFY 5359 a.example.', `003b 01 14ef ${A_EXAMPLE}`, 'CDS 1 5359 a.example.'),
  v('HHIT', 'AQID', '010203'),
  v('BRID', 'AQID', '010203'),
  v('SPF', '"v=spf1 -all"', `0b${ascii('v=spf1 -all')}`),
  // RFC 6742 2
  v('NID', '10 0014:4fff:ff20:ee64', '000a 00144fffff20ee64'),
  v('NID', '10 14:4fff:0:ee64', '000a 00144fff0000ee64', '10 0014:4fff:0000:ee64'),
  v('L32', '10 10.1.2.0', '000a 0a010200'),
  v('L64', '10 2001:0db8:1140:1000', '000a 20010db811401000'),
  v('LP', '10 a.example.', `000a ${A_EXAMPLE}`),
  v('EUI48', '00-00-5e-00-53-2a', '00005e00532a'),
  v('EUI64', '00-00-5E-EF-10-00-00-2A', '00005eef1000002a', '00-00-5e-ef-10-00-00-2a'),
  v('URI', '10 1 "ftp://ftp1.example/public"', `000a 0001 ${ascii('ftp://ftp1.example/public')}`),
  v('CAA', '0 issue "ca.example; account=1"', `00 05${ascii('issue')} ${ascii('ca.example; account=1')}`),
  v('CAA', '128 tbs Unknown', `80 03${ascii('tbs')} ${ascii('Unknown')}`, '128 tbs "Unknown"'),
  v('CAA', '0 issue ""', `00 05${ascii('issue')}`),
  // NSD reads neither capitals in a tag nor more than 15 characters.
  v('CAA', '0 ISSUE a', `00 05${ascii('ISSUE')}61`, '\\# 8 0005495353554561'),
  v('CAA', '0 abcdefghijklmnop a', `00 10${ascii('abcdefghijklmnop')}61`, '\\# 19 00106162636465666768696A6B6C6D6E6F7061'),
  // Knot DNS reads letters, digits, * - / and _ as they are, other characters behind a backslash only.
  v('NS', `aZ09-_*/\\!\\#\\%\\&\\'\\,\\:\\+\\=\\?\\^\\[\\]\\~\\|\\<\\>\\{\\}.`, `1b${ascii(`aZ09-_*/!#%&',:+=?^[]~|<>{}`)}00`),
  v('AVC', '"app-name:WOLFGANG"', `11${ascii('app-name:WOLFGANG')}`),
  v('DOA', '1234567890 1234567890 1 "image/gif" AQID', `499602d2 499602d2 01 09${ascii('image/gif')} 010203`),
  v('DOA', '0 1 2 "" -', '00000000 00000001 02 00'),
  // RFC 8777 4.3.1
  v('AMTRELAY', '10 0 1 203.0.113.15', '0a 01 cb00710f'),
  v('AMTRELAY', '10 1 2 2001:db8::15', '0a 82 20010db8000000000000000000000015'),
  v('AMTRELAY', '128 1 3 a.example.', `80 83 ${A_EXAMPLE}`),
  v('AMTRELAY', '10 0 0 .', '0a 00'),
  v('RESINFO', '"qnamemin" "exterr=15-17"', `08${ascii('qnamemin')} 0c${ascii('exterr=15-17')}`),
  v('WALLET', '"BTC" "x"', `03${ascii('BTC')} 0178`),
  v('CLA', '"a"', '0161'),
  v('IPN', '18446744073709551615', 'ffffffffffffffff'),
  v('TA', `60485 5 1 ${SHA1.toUpperCase()}`, `ec45 05 01 ${SHA1}`),
  v('DLV', `60485 5 1 ${SHA1.toUpperCase()}`, `ec45 05 01 ${SHA1}`),
  // RFC 3597 5
  v('NULL', '\\# 2 abcd', 'abcd', '\\# 2 ABCD'),
  v('NULL', '\\# 0', ''),
  v('UINFO', '\\# 1 ab', 'ab', '\\# 1 AB'),
  v('TYPE731', '\\# 6 abcd ( ef 01 23 45 )', 'abcdef012345', '\\# 6 ABCDEF012345'),
  v('TYPE62347', '\\# 0', ''),
  v('A', '\\# 4 0A000001', '0a000001', '10.0.0.1'),
];
