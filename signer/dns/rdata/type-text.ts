import type { WireWriter } from '../bytes.ts';
import { TYPE, typeMnemonic } from '../rrtype.ts';
import { writeAscii } from './write.ts';

/**
 * Types whose mnemonic and presentation format all name servers of today read: BIND 9.18, Knot DNS 3.2, NSD 4.6,
 * PowerDNS 4.7. Anything else is written for them as TYPEn with generic RDATA (RFC 3597 5).
 */
const KNOWN_EVERYWHERE: ReadonlySet<number> = new Set([
  TYPE.A,
  TYPE.NS,
  TYPE.CNAME,
  TYPE.SOA,
  TYPE.PTR,
  TYPE.HINFO,
  TYPE.MINFO,
  TYPE.MX,
  TYPE.TXT,
  TYPE.RP,
  TYPE.AFSDB,
  TYPE.KEY,
  TYPE.AAAA,
  TYPE.LOC,
  TYPE.SRV,
  TYPE.NAPTR,
  TYPE.KX,
  TYPE.CERT,
  TYPE.DNAME,
  TYPE.APL,
  TYPE.DS,
  TYPE.SSHFP,
  TYPE.IPSECKEY,
  TYPE.RRSIG,
  TYPE.NSEC,
  TYPE.DNSKEY,
  TYPE.DHCID,
  TYPE.NSEC3,
  TYPE.NSEC3PARAM,
  TYPE.TLSA,
  TYPE.SMIMEA,
  TYPE.CDS,
  TYPE.CDNSKEY,
  TYPE.OPENPGPKEY,
  TYPE.CSYNC,
  TYPE.ZONEMD,
  TYPE.SVCB,
  TYPE.HTTPS,
  TYPE.SPF,
  TYPE.NID,
  TYPE.L32,
  TYPE.L64,
  TYPE.LP,
  TYPE.EUI48,
  TYPE.EUI64,
  TYPE.URI,
  TYPE.CAA,
]);

/** Do all name servers know the mnemonic and the presentation format? Else the type is written as TYPEn with generic RDATA. */
export function isKnownEverywhere(type: number): boolean {
  return KNOWN_EVERYWHERE.has(type);
}

const TEXT = new Map<number, Uint8Array>();
for (const type of Object.values(TYPE))
  TEXT.set(
    type,
    Uint8Array.from(isKnownEverywhere(type) ? typeMnemonic(type) : `TYPE${type}`, (c) => c.charCodeAt(0)),
  );

/** Appends the type as every name server reads it: mnemonic or TYPEn. */
export function writeType(type: number, out: WireWriter): void {
  const text = TEXT.get(type);
  if (text !== undefined) out.append(text);
  else writeAscii(`TYPE${type}`, out);
}
