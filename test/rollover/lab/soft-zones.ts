import { dsDigest, type SoftKey } from '../../support/soft-keys.ts';
import { a, at, dnskey, ds, ns, printZone, type Rr, type RrData, soa, txt } from '../../support/soft-records.ts';
import { signZone } from '../../support/soft-signer.ts';

/** What both zones of a lab have in common. Seconds, unix seconds. */
export interface ZoneVersion {
  readonly origin: string;
  readonly serial: number;
  /** In the DNSKEY RRset. */
  readonly published: readonly SoftKey[];
  /** Sign the DNSKEY RRset. */
  readonly ksks: readonly SoftKey[];
  /** Sign everything else. */
  readonly zsks: readonly SoftKey[];
  readonly keyTtl: number;
  readonly dataTtl: number;
  readonly negativeTtl: number;
  readonly inception: number;
  readonly expiration: number;
}

export interface ParentVersion extends ZoneVersion {
  readonly child: string;
  /** Keys of the child that DS records stand for, or the records; none makes it an insecure delegation. */
  readonly ds: readonly (SoftKey | RrData)[];
  readonly dsTtl: number;
}

/** A signed parent zone that delegates one child. */
export function parentZone(version: ParentVersion): string {
  const { child, dsTtl } = version;
  const digests = version.ds.map((key) => ('type' in key ? key : ds(key.tag, key.algorithm, 2, dsDigest(child, key, 2))));
  return sign(version, [
    ...at(child, version.dataTtl, ns(`ns.${child}`)),
    ...at(`ns.${child}`, version.dataTtl, a('127.0.0.1')),
    ...at(child, dsTtl, ...digests),
  ]);
}

/** A signed child zone with the names one.ORIGIN to four.ORIGIN, each with an address and a text. */
export function childZone(version: ZoneVersion): string {
  const names = ['one', 'two', 'three', 'four'].map((label) => `${label}.${version.origin}`);
  return sign(
    version,
    names.flatMap((name, i) => at(name, version.dataTtl, a(`192.0.2.${i + 1}`), txt(`serial ${version.serial}`))),
  );
}

function sign(version: ZoneVersion, content: readonly Rr[]): string {
  const { origin, serial, dataTtl, negativeTtl, ksks, zsks, inception, expiration } = version;
  const timers = { refresh: 7200, retry: 900, expire: 604_800, minimum: negativeTtl };
  const apex = [
    ...at(origin, dataTtl, soa({ mname: `ns.${origin}`, rname: `hostmaster.${origin}`, serial, ...timers })),
    ...at(origin, dataTtl, ns(`ns.${origin}`)),
    ...at(`ns.${origin}`, dataTtl, a('127.0.0.1')),
    ...at(origin, version.keyTtl, ...version.published.map((key) => dnskey(key.rdata))),
  ];
  return printZone(signZone([...apex, ...content], { origin, ksks, zsks, denial: { kind: 'nsec' }, inception, expiration }));
}

/** The keys as a resolver is told to trust them. */
export function trustAnchor(origin: string, keys: readonly SoftKey[]): string {
  return keys.map((key) => `${origin} 3600 IN DNSKEY ${dnskey(key.rdata).text}`).join('\n');
}
