import { dsDigest, KSK, type SoftKey, softKey, ZSK } from '../support/soft-keys.ts';
import { a, aaaa, at, caa, cname, dname, dnskey, ds, mx, ns, type Rr, soa, srv, tlsa, txt, unknown } from '../support/soft-records.ts';
import { type Denial, type SignOptions, signZone } from '../support/soft-signer.ts';

export const ORIGIN = 'zone.example.';
export const TTL = 3600;
export const MINIMUM = 300;
export const HOUR = 3600;
export const DAY = 86400;
export const SERIAL = 2026010101;

export const NSEC: Denial = { kind: 'nsec' };
export const NSEC3: Denial = { kind: 'nsec3', optOut: false, salt: Buffer.alloc(0), iterations: 0 };
export const NSEC3_OPT_OUT: Denial = { kind: 'nsec3', optOut: true, salt: Buffer.alloc(0), iterations: 0 };

/** The zone all mutations start from: each shape that DNSSEC treats in its own way, each once. */
export interface Base {
  readonly ksk: SoftKey;
  readonly zsk: SoftKey;
  /** Belongs to nobody: not in the DNSKEY RRset. */
  readonly stranger: SoftKey;
  readonly content: readonly Rr[];
  readonly options: SignOptions;
}

export function makeBase(denial: Denial, now: number, extra: { readonly zonemd?: boolean; readonly algorithm?: number } = {}): Base {
  const algorithm = extra.algorithm ?? 13;
  const ksk = softKey(KSK, algorithm);
  const zsk = softKey(ZSK, algorithm, [ksk]);
  const stranger = softKey(ZSK, algorithm, [ksk, zsk]);
  const options: SignOptions = {
    origin: ORIGIN,
    ksks: [ksk],
    zsks: [zsk],
    denial,
    inception: now - HOUR,
    expiration: now + 14 * DAY,
    ...(extra.zonemd === undefined ? {} : { zonemd: extra.zonemd }),
  };
  return { ksk, zsk, stranger, content: [...plainRecords(), ...keyRecords(ksk, zsk)], options };
}

export function signBase(base: Base): Rr[] {
  return signZone(base.content, base.options);
}

export function keyRecords(ksk: SoftKey, zsk: SoftKey): Rr[] {
  return [
    ...at(ORIGIN, TTL, dnskey(ksk.rdata), dnskey(zsk.rdata)),
    ...at(ORIGIN, TTL, ds(ksk.tag, ksk.algorithm, 2, dsDigest(ORIGIN, ksk, 2), 'CDS')),
    ...at(ORIGIN, TTL, dnskey(ksk.rdata, 'CDNSKEY')),
  ];
}

const soaData = {
  mname: `ns1.${ORIGIN}`,
  rname: `hostmaster.${ORIGIN}`,
  serial: SERIAL,
  refresh: 7200,
  retry: 900,
  expire: 7 * DAY,
  minimum: MINIMUM,
};

export function soaRecord(changes: Partial<typeof soaData> = {}): Rr {
  return at(ORIGIN, TTL, soa({ ...soaData, ...changes }))[0]!;
}

function plainRecords(): Rr[] {
  const digest = Buffer.alloc(32, 0x5a);
  return [
    soaRecord(),
    ...at(ORIGIN, TTL, ns(`ns1.${ORIGIN}`), ns(`ns2.${ORIGIN}`)),
    ...at(ORIGIN, TTL, mx(10, `mail.${ORIGIN}`), txt('v=spf1 mx -all'), caa(0, 'issue', 'ca.example.net')),
    ...at(`ns1.${ORIGIN}`, TTL, a('192.0.2.1'), aaaa('2001:db8::1')),
    ...at(`ns2.${ORIGIN}`, TTL, a('192.0.2.2')),
    ...at(`mail.${ORIGIN}`, TTL, a('192.0.2.25')),
    ...at(`_25._tcp.mail.${ORIGIN}`, TTL, tlsa(3, 1, 1, 'ab'.repeat(32))),
    ...at(`www.${ORIGIN}`, TTL, a('192.0.2.80'), a('192.0.2.81'), aaaa('2001:db8::80')),
    ...at(`alias.${ORIGIN}`, TTL, cname(`www.${ORIGIN}`)),
    ...at(`*.wild.${ORIGIN}`, TTL, txt('wildcard')),
    ...at(`deep.under.ent.${ORIGIN}`, TTL, a('192.0.2.33')),
    ...at(`_sip._udp.${ORIGIN}`, TTL, srv(0, 5, 5060, `mail.${ORIGIN}`)),
    ...at(`odd.${ORIGIN}`, TTL, unknown(65400, 'c01d5164')),
    ...at(`moved.${ORIGIN}`, TTL, dname('elsewhere.example.')),
    ...at(`secure.${ORIGIN}`, TTL, ns(`ns.secure.${ORIGIN}`), ds(12345, 13, 2, digest)),
    ...at(`ns.secure.${ORIGIN}`, TTL, a('192.0.2.53')),
    ...at(`insecure.${ORIGIN}`, TTL, ns(`ns.insecure.${ORIGIN}`)),
    ...at(`ns.insecure.${ORIGIN}`, TTL, a('192.0.2.54')),
    ...at(`guarded.branch.${ORIGIN}`, TTL, ns('ns.example.net.'), ds(23456, 13, 2, digest)),
    ...at(`open.twig.${ORIGIN}`, TTL, ns('ns.example.net.')),
  ];
}
