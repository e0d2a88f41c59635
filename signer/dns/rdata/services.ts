import { FormatError } from '../format-error.ts';
import { TYPE } from '../rrtype.ts';
import { ipv4 } from './addresses.ts';
import { type Codec, format, type TypeRow } from './codec.ts';
import { type Mnemonics, mnemonic } from './numbers.ts';
import { fail, takeBare, uintOf } from './read.ts';
import { writeSpace, writeUint } from './write.ts';

/** IANA "Assigned Internet Protocol Numbers": those that hosts name in /etc/protocols and that had ports or bits in use. */
const PROTOCOLS: Mnemonics = new Map([
  ['ICMP', 1],
  ['IGMP', 2],
  ['GGP', 3],
  ['ST', 5],
  ['TCP', 6],
  ['EGP', 8],
  ['IGP', 9],
  ['PUP', 12],
  ['UDP', 17],
  ['HMP', 20],
  ['XNS-IDP', 22],
  ['RDP', 27],
  ['IPV6', 41],
  ['GRE', 47],
  ['ESP', 50],
  ['AH', 51],
  ['OSPF', 89],
  ['SCTP', 132],
]);

/** Names of well-known services (RFC 1010, 1700 and /etc/services), the same for TCP and UDP. */
const SERVICES: Mnemonics = new Map([
  ['TCPMUX', 1],
  ['RJE', 5],
  ['ECHO', 7],
  ['DISCARD', 9],
  ['SYSTAT', 11],
  ['USERS', 11],
  ['DAYTIME', 13],
  ['NETSTAT', 15],
  ['QOTD', 17],
  ['CHARGEN', 19],
  ['FTP-DATA', 20],
  ['FTP', 21],
  ['SSH', 22],
  ['TELNET', 23],
  ['SMTP', 25],
  ['NSW-FE', 27],
  ['MSG-ICP', 29],
  ['MSG-AUTH', 31],
  ['DSP', 33],
  ['TIME', 37],
  ['RLP', 39],
  ['GRAPHICS', 41],
  ['NAMESERVER', 42],
  ['NICNAME', 43],
  ['WHOIS', 43],
  ['MPM-FLAGS', 44],
  ['MPM', 45],
  ['MPM-SND', 46],
  ['NI-FTP', 47],
  ['LOGIN', 49],
  ['TACACS', 49],
  ['LA-MAINT', 51],
  ['DOMAIN', 53],
  ['ISI-GL', 55],
  ['BOOTPS', 67],
  ['BOOTPC', 68],
  ['TFTP', 69],
  ['GOPHER', 70],
  ['FINGER', 79],
  ['HTTP', 80],
  ['LINK', 87],
  ['KERBEROS', 88],
  ['SUPDUP', 95],
  ['HOSTNAMES', 101],
  ['HOSTNAME', 101],
  ['ISO-TSAP', 102],
  ['X400', 103],
  ['X400-SND', 104],
  ['CSNET-NS', 105],
  ['RTELNET', 107],
  ['POP2', 109],
  ['POP-2', 109],
  ['POP3', 110],
  ['POP-3', 110],
  ['SUNRPC', 111],
  ['AUTH', 113],
  ['SFTP', 115],
  ['UUCP-PATH', 117],
  ['NNTP', 119],
  ['ERPC', 121],
  ['NTP', 123],
  ['NETBIOS-NS', 137],
  ['NETBIOS-DGM', 138],
  ['NETBIOS-SSN', 139],
  ['IMAP2', 143],
  ['IMAP', 143],
  ['SNMP', 161],
  ['SNMP-TRAP', 162],
  ['XDMCP', 177],
  ['BGP', 179],
  ['IRC', 194],
  ['LDAP', 389],
  ['HTTPS', 443],
  ['SUBMISSION', 587],
  ['LDAPS', 636],
  ['IMAPS', 993],
  ['POP3S', 995],
]);

/** RFC 1035 3.4.2: bit n of the map stands for port n; no zero octets at its end. In text port numbers or names. */
const portMap: Codec = {
  parse: (fields, out) => {
    const at = out.length;
    while (fields.left > 0) {
      const what = 'a port number or the name of a service';
      const i = takeBare(fields, what);
      const number = uintOf(fields.bytes, fields.starts[i]!, fields.ends[i]!, 0xffff);
      const port = number >= 0 ? number : SERVICES.get(fields.text(i).toUpperCase());
      if (port === undefined) fail(fields, i, what);
      while (out.length - at <= port >> 3) out.u8(0);
      out.bytes[at + (port >> 3)]! |= 0x80 >> (port & 7);
    }
  },
  check: (_wire, at, end) => {
    if (end - at > 8192) throw new FormatError('a port map of at most 8192 octets', `${end - at}`);
    return end;
  },
  print: (wire, at, end, out) => {
    if (end > at && wire[end - 1] === 0) throw new FormatError('a port map without zero octets at its end', 'one');
    let first = true;
    for (let port = 0; port < (end - at) * 8; port++) {
      if ((wire[at + (port >> 3)]! & (0x80 >> (port & 7))) === 0) continue;
      if (!first) writeSpace(out);
      first = false;
      writeUint(port, out);
    }
    return end;
  },
};

const protocol = mnemonic(1, 'a protocol: number or name', (text) => PROTOCOLS.get(text));

export const SERVICE_TYPES: readonly TypeRow[] = [[TYPE.WKS, format(ipv4, protocol, portMap)]];
