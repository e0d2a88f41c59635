/** RR types by number and mnemonic: IANA registry "Resource Record (RR) TYPEs", copy of 2026-03-01. */
export const TYPE_REGISTRY_DATE = '2026-03-01';

export const TYPE = {
  A: 1,
  NS: 2,
  MD: 3,
  MF: 4,
  CNAME: 5,
  SOA: 6,
  MB: 7,
  MG: 8,
  MR: 9,
  NULL: 10,
  WKS: 11,
  PTR: 12,
  HINFO: 13,
  MINFO: 14,
  MX: 15,
  TXT: 16,
  RP: 17,
  AFSDB: 18,
  X25: 19,
  ISDN: 20,
  RT: 21,
  NSAP: 22,
  'NSAP-PTR': 23,
  SIG: 24,
  KEY: 25,
  PX: 26,
  GPOS: 27,
  AAAA: 28,
  LOC: 29,
  NXT: 30,
  EID: 31,
  NIMLOC: 32,
  SRV: 33,
  ATMA: 34,
  NAPTR: 35,
  KX: 36,
  CERT: 37,
  A6: 38,
  DNAME: 39,
  SINK: 40,
  OPT: 41,
  APL: 42,
  DS: 43,
  SSHFP: 44,
  IPSECKEY: 45,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  DHCID: 49,
  NSEC3: 50,
  NSEC3PARAM: 51,
  TLSA: 52,
  SMIMEA: 53,
  HIP: 55,
  NINFO: 56,
  RKEY: 57,
  TALINK: 58,
  CDS: 59,
  CDNSKEY: 60,
  OPENPGPKEY: 61,
  CSYNC: 62,
  ZONEMD: 63,
  SVCB: 64,
  HTTPS: 65,
  DSYNC: 66,
  HHIT: 67,
  BRID: 68,
  SPF: 99,
  UINFO: 100,
  UID: 101,
  GID: 102,
  UNSPEC: 103,
  NID: 104,
  L32: 105,
  L64: 106,
  LP: 107,
  EUI48: 108,
  EUI64: 109,
  NXNAME: 128,
  TKEY: 249,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
  MAILB: 253,
  MAILA: 254,
  ANY: 255,
  URI: 256,
  CAA: 257,
  AVC: 258,
  DOA: 259,
  AMTRELAY: 260,
  RESINFO: 261,
  WALLET: 262,
  CLA: 263,
  IPN: 264,
  TA: 32768,
  DLV: 32769,
} as const;

const MNEMONIC = new Map<number, string>(Object.entries(TYPE).map(([mnemonic, number]) => [number, mnemonic]));
const NUMBER = new Map<string, number>(Object.entries(TYPE));

export const CLASS_IN = 1;

/** `A`, or `TYPE731` where the registry has no mnemonic (RFC 3597 5). */
export function typeMnemonic(type: number): string {
  return MNEMONIC.get(type) ?? `TYPE${type}`;
}

/** Mnemonic in any letter case, or `TYPEn` with n in 0..65535. @returns undefined for anything else */
export function typeFromText(text: string): number | undefined {
  const upper = text.toUpperCase();
  const known = NUMBER.get(upper);
  if (known !== undefined) return known;
  if (!/^TYPE0*[0-9]{1,5}$/.test(upper)) return undefined;
  const number = Number(upper.slice(4));
  return number <= 0xffff ? number : undefined;
}

/** Query and meta types, which have no place in a zone (RFC 6895 3.1: 128..255, OPT, and type 0). */
export function isMetaType(type: number): boolean {
  return type === 0 || type === TYPE.OPT || (type >= 128 && type <= 255);
}

/** Types that the signer makes itself; taken out of the input and listed. */
export const SIGNER_OWNED: ReadonlySet<number> = new Set([
  TYPE.DNSKEY,
  TYPE.RRSIG,
  TYPE.NSEC,
  TYPE.NSEC3,
  TYPE.NSEC3PARAM,
  TYPE.CDS,
  TYPE.CDNSKEY,
  TYPE.ZONEMD,
]);

/** Of these only the RRset at the apex is the signer's; below it they are data (RFC 9615 2, RFC 8976 2). */
const OWNED_AT_APEX: ReadonlySet<number> = new Set([TYPE.CDS, TYPE.CDNSKEY, TYPE.ZONEMD]);

/** Does signing take a record of this type out of the input, to put its own in its place? */
export function isSignerOwned(type: number, isApex: boolean): boolean {
  return SIGNER_OWNED.has(type) && (isApex || !OWNED_AT_APEX.has(type));
}
