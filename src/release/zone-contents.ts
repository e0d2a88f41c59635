import { equalBytes } from '../../signer/dns/bytes.ts';
import type { WireName } from '../../signer/dns/name.ts';
import { TYPE } from '../../signer/dns/rrtype.ts';
import { dnskeyAlgorithm, dnskeyFlags, FLAG } from '../../signer/dnssec/dnskey.ts';
import { isRevokedForm } from '../../signer/revoked-form.ts';
import { readRrsig } from '../../signer/verify/rrsig.ts';
import { keyTagOf } from '../../signer/verify/zone-keys.ts';
import { findName, findRrset, rdataOf, type Zone } from '../../signer/zone/zone.ts';

/** What a signed zone says of its keys and of who signs what: by its records, not by what was meant. */
export interface ZoneContents {
  /** The DNSKEY RRset. */
  readonly keys: readonly ContentKey[];
  /** CDNSKEY asks for a key that the DNSKEY RRset does not have; the delete form (RFC 8078 4) does not. */
  readonly asksForUnpublished: boolean;
  /** Keys of the DNSKEY RRset that have signed an RRset, by key tag and algorithm. Not there, or not signed: none. */
  signersOf(owner: WireName, type: number): readonly ContentKey[];
  readonly apex: WireName;
}

export interface ContentKey {
  readonly tag: number;
  readonly algorithm: number;
  readonly isSep: boolean;
  readonly isRevoked: boolean;
}

const DELETE_ALGORITHM = 0;

/** Costs nothing that grows with the zone: signatures are looked at where they are asked for. */
export function contentsOfZone(zone: Zone): ZoneContents {
  const apex = findName(zone, zone.apex);
  const dnskeys = rdatas(zone, apex, TYPE.DNSKEY);
  const keys = dnskeys.map(
    (rdata): ContentKey => ({
      tag: keyTagOf(rdata),
      algorithm: dnskeyAlgorithm(rdata),
      isSep: (dnskeyFlags(rdata) & FLAG.sep) !== 0,
      isRevoked: isRevokedForm(rdata),
    }),
  );
  const asked = rdatas(zone, apex, TYPE.CDNSKEY).filter((rdata) => dnskeyAlgorithm(rdata) !== DELETE_ALGORITHM);
  return {
    keys,
    apex: zone.apex,
    asksForUnpublished: asked.some((rdata) => !dnskeys.some((published) => equalBytes(published, rdata))),
    signersOf: (owner, type) => {
      const name = findName(zone, owner);
      if (findRrset(zone, name, type) < 0) return [];
      return keys.filter((key) =>
        signatures(zone, name, type).some(({ keyTag, algorithm }) => keyTag === key.tag && algorithm === key.algorithm),
      );
    },
  };
}

function signatures(zone: Zone, name: number, type: number) {
  return rdatas(zone, name, TYPE.RRSIG)
    .map((rdata) => readRrsig(rdata, 0, rdata.length))
    .filter((rrsig) => rrsig !== undefined)
    .filter(({ covered }) => covered === type);
}

function rdatas(zone: Zone, name: number, type: number): readonly Uint8Array[] {
  const rrset = findRrset(zone, name, type);
  if (rrset < 0) return [];
  const first = zone.rrsetFirstRecord[rrset]!;
  return Array.from({ length: zone.rrsetFirstRecord[rrset + 1]! - first }, (_, i) => rdataOf(zone, first + i));
}
