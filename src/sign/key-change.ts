import { equalBytes } from '../../signer/dns/bytes.ts';
import { TYPE } from '../../signer/dns/rrtype.ts';
import { algorithmLabel } from '../../signer/dnssec/algorithm.ts';
import { dnskeyAlgorithm, dnskeyFlags, FLAG, keyTag } from '../../signer/dnssec/dnskey.ts';
import { findRrset, rdataOf, type Zone } from '../../signer/zone/zone.ts';
import { inPublishedForm, isPublished, isRevoked, signsKeys, signsZone, type ZoneKey } from '../../signer/zone-key.ts';

/**
 * What a change of keys against the zone that is served can break, as warnings: validators hold the DS, the DNSKEY RRset and signatures
 * in caches (RFC 7583 3). The command cannot know whether the time for it has come.
 * @param published DNSKEY RDATA beside that of the signing keys; what signs without being published is ignored by validators (RFC 6840 5.12)
 */
export function* keyChanges(previous: Zone, signers: readonly ZoneKey[], published: readonly Uint8Array[]): Generator<string> {
  const old = dnskeysOf(previous);
  const keys = inPublishedForm(signers.filter(isPublished));
  const all = [...keys.map(({ key }) => key.dnskey), ...published];
  const isIn = (set: readonly Uint8Array[], rdata: Uint8Array): boolean => set.some((other) => equalBytes(other, rdata));
  const oldSep = old.filter((rdata) => (dnskeyFlags(rdata) & (FLAG.sep | FLAG.revoke)) === FLAG.sep);
  const signing = keys.filter((key) => signsKeys(key) && !isRevoked(key)).map(({ key }) => key.dnskey);
  if (oldSep.length > 0 && !oldSep.some((rdata) => isIn(signing, rdata))) {
    yield `warning: no key that signed the DNSKEY RRset of the previous zone (${oldSep.map(name).join(', ')}) does so now: the zone is bogus unless the parent's DS names ${signing.map(name).join(', ')}, and has done so for its TTL`;
  }
  for (const rdata of old) {
    if (!isIn(all, rdata))
      yield `warning: key ${name(rdata)} leaves the DNSKEY RRset: signatures by it are in caches for as long as their TTL`;
  }
  for (const { dnskey: rdata } of keys.filter((key) => signsZone(key) && !signsKeys(key)).map(({ key }) => key)) {
    if (old.length > 0 && !isIn(old, rdata)) {
      yield `warning: key ${name(rdata)} signs the zone and was not in the DNSKEY RRset before: caches that hold the old RRset find its signatures bogus`;
    }
  }
}

function dnskeysOf(zone: Zone): readonly Uint8Array[] {
  const rrset = findRrset(zone, 0, TYPE.DNSKEY);
  if (rrset < 0) return [];
  const first = zone.rrsetFirstRecord[rrset]!;
  return Array.from({ length: zone.rrsetFirstRecord[rrset + 1]! - first }, (_, i) => rdataOf(zone, first + i));
}

const name = (rdata: Uint8Array): string => `${keyTag(rdata)} ${algorithmLabel(dnskeyAlgorithm(rdata))}`;
