/** Zones in master file form, one for each group of things that signers get wrong. Origin `shape.example.`. */
export const ORIGIN = 'shape.example.';

const HEAD = `$ORIGIN ${ORIGIN}
$TTL 3600
@ IN SOA ns1 hostmaster 2026010101 7200 900 604800 300
@ NS ns.example.net.
`;

const LABEL63 = 'l'.repeat(63);
/** 3 × 64 octets, one of 48, and the 15 of the origin: 255, the most a name may have (RFC 1035 2.3.4). */
export const LONGEST = `${LABEL63}.${LABEL63}.${LABEL63}.${'m'.repeat(255 - 3 * 64 - 15 - 1)}`;
/**
 * NSD 4.6.1 crashes when it loads an NSEC3 zone with a name of 254 or 255 octets, whoever signed it: for each name it hashes the wildcard below it,
 * and `*.` does not fit in front of such a name.
 */
export const LONGEST_THAT_NSD_LOADS_WITH_NSEC3 = LONGEST.slice(0, -2);

export interface Shape {
  readonly text: string;
  /** Names with a type that the resolver must prove, and what it says. AD is expected unless `insecure`. */
  readonly questions: readonly Question[];
}

export interface Question {
  readonly name: string;
  readonly type: string;
  readonly rcode: 'NOERROR' | 'NXDOMAIN';
  readonly count: number;
  /** `opt-out`: not proven where the chain has opt-out (RFC 5155 9.2). */
  readonly insecure?: 'opt-out';
}

export const SHAPES: Readonly<Record<string, Shape>> = {
  'apex only': {
    text: HEAD,
    questions: [
      { name: ORIGIN, type: 'SOA', rcode: 'NOERROR', count: 1 },
      { name: ORIGIN, type: 'MX', rcode: 'NOERROR', count: 0 },
      { name: `absent.${ORIGIN}`, type: 'A', rcode: 'NXDOMAIN', count: 0, insecure: 'opt-out' },
      { name: ORIGIN, type: 'DNSKEY', rcode: 'NOERROR', count: 2 },
    ],
  },
  'wildcards and empty non-terminals': {
    text: `${HEAD}
* TXT "at the apex"
*.wild A 192.0.2.1
*.wild MX 10 mail.example.net.
host.wild A 192.0.2.2
a.b.c.deep TXT "three empty non-terminals above"
*.under.empty TXT "wildcard below an empty non-terminal"
sub.*.star TXT "an asterisk that is no wildcard"
_25._tcp.mail TLSA 3 1 1 ${'ab'.repeat(32)}
`,
    questions: [
      { name: `x.y.wild.${ORIGIN}`, type: 'A', rcode: 'NOERROR', count: 1, insecure: 'opt-out' },
      { name: `x.wild.${ORIGIN}`, type: 'TXT', rcode: 'NOERROR', count: 0, insecure: 'opt-out' },
      { name: `host.wild.${ORIGIN}`, type: 'MX', rcode: 'NOERROR', count: 0 },
      { name: `below.host.wild.${ORIGIN}`, type: 'A', rcode: 'NXDOMAIN', count: 0, insecure: 'opt-out' },
      { name: `c.deep.${ORIGIN}`, type: 'TXT', rcode: 'NOERROR', count: 0 },
      { name: `any.${ORIGIN}`, type: 'TXT', rcode: 'NOERROR', count: 1, insecure: 'opt-out' },
      { name: `q.under.empty.${ORIGIN}`, type: 'TXT', rcode: 'NOERROR', count: 1, insecure: 'opt-out' },
      { name: `x.star.${ORIGIN}`, type: 'A', rcode: 'NOERROR', count: 0, insecure: 'opt-out' },
    ],
  },
  'delegations, glue and occluded names': {
    text: `${HEAD}
@ NS ns1
ns1 A 192.0.2.1
insecure NS ns.insecure
insecure NS ns1
ns.insecure A 192.0.2.10
ns.insecure AAAA 2001:db8::10
secure NS ns.secure
secure DS 12345 13 2 ${'5a'.repeat(32)}
secure DS 12345 13 4 ${'5b'.repeat(48)}
ns.secure A 192.0.2.11
text.secure TXT "occluded by the delegation"
a.b.ns.secure A 192.0.2.12
only.for.one NS ns.example.net.
guarded.branch NS ns.example.net.
guarded.branch DS 23456 8 2 ${'5c'.repeat(32)}
plain.branch NS ns.example.net.
above A 192.0.2.13
cut.above NS ns.cut.above
ns.cut.above A 192.0.2.14
dnamed DNAME elsewhere.example.net.
`,
    questions: [
      { name: `insecure.${ORIGIN}`, type: 'DS', rcode: 'NOERROR', count: 0, insecure: 'opt-out' },
      { name: `only.for.one.${ORIGIN}`, type: 'DS', rcode: 'NOERROR', count: 0, insecure: 'opt-out' },
      { name: `secure.${ORIGIN}`, type: 'DS', rcode: 'NOERROR', count: 2 },
      { name: `guarded.branch.${ORIGIN}`, type: 'DS', rcode: 'NOERROR', count: 1 },
      { name: `branch.${ORIGIN}`, type: 'A', rcode: 'NOERROR', count: 0 },
      { name: `dnamed.${ORIGIN}`, type: 'DNAME', rcode: 'NOERROR', count: 1 },
      { name: `absent.${ORIGIN}`, type: 'A', rcode: 'NXDOMAIN', count: 0, insecure: 'opt-out' },
    ],
  },
  'long names and many types': {
    text: `${HEAD}
${LONGEST} A 192.0.2.1
UPPER.Case A 192.0.2.2
upper MX 10 MAIL.Example.NET.
\\001\\200\\255 TXT "octets outside ASCII"
a\\.b TXT "a dot inside a label"
many A 192.0.2.3
many AAAA 2001:db8::3
many MX 5 many
many TXT "one" "two three"
many SRV 0 5 5060 many
many NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:desk@example.net!" .
many CAA 0 issue "ca.example.net"
many SSHFP 4 2 ${'cd'.repeat(32)}
many TLSA 3 1 1 ${'ef'.repeat(32)}
many LOC 47 22 2.000 N 8 32 29.000 E 408.00m 10m 100m 10m
many HINFO "CPU" "OS"
many RP ops.example.net. many
many URI 10 1 "https://example.net/"
many CERT 1 0 0 ${Buffer.from('not a certificate').toString('base64')}
many DHCID ${Buffer.alloc(35, 7).toString('base64')}
many EUI48 00-11-22-33-44-55
many TYPE65280 \\# 3 010203
many TYPE1025 \\# 1 ff
https HTTPS 1 . alpn="h2,h3" ipv4hint=192.0.2.80 ipv6hint=2001:db8::80
svcb SVCB 0 many
alias CNAME many
ttl 60 A 192.0.2.4
ttl0 0 A 192.0.2.5
`,
    questions: [
      { name: `many.${ORIGIN}`, type: 'TXT', rcode: 'NOERROR', count: 1 },
      { name: `many.${ORIGIN}`, type: 'MX', rcode: 'NOERROR', count: 1 },
      { name: `upper.case.${ORIGIN}`, type: 'A', rcode: 'NOERROR', count: 1 },
      { name: `upper.${ORIGIN}`, type: 'MX', rcode: 'NOERROR', count: 1 },
      { name: `${LONGEST}.${ORIGIN}`, type: 'A', rcode: 'NOERROR', count: 1 },
      { name: `ttl0.${ORIGIN}`, type: 'A', rcode: 'NOERROR', count: 1 },
    ],
  },
};
