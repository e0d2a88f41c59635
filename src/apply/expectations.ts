import { equalBytes } from '../../signer/dns/bytes.ts';
import { TYPE } from '../../signer/dns/rrtype.ts';
import { dnskeyAlgorithm, dnskeyFlags, FLAG, keyTag } from '../../signer/dnssec/dnskey.ts';
import { Refusal } from '../../signer/errors.ts';
import { readRrsig } from '../../signer/verify/rrsig.ts';
import type { Zone } from '../../signer/zone/zone.ts';
import { type ExpectedForms, readForms } from '../release/expected-forms.ts';
import type { Manifest, ManifestExpectation } from '../release/manifest.ts';
import { contentsOfZone } from '../release/zone-contents.ts';
import { apexRecords } from './companions.ts';

/**
 * What the verifier of this side is to take as it is in the midst of a rollover: what the signing side has signed as meant, and nothing else. Each of it
 * must be so in the zone; an expectation of what the zone does not have would only make the verifier blind.
 * @throws Refusal release/disagrees
 */
export function expectedOf({ expected }: Pick<Manifest, 'expected'>, zone: Zone): ExpectedForms {
  for (const expectation of expected) {
    const instead = contradiction(expectation, zone);
    if (instead !== undefined) throw unfounded(expectation, instead);
  }
  return readForms(expected);
}

/** An expectation in words. */
export function expectationWords(expectation: ManifestExpectation): string {
  switch (expectation.form) {
    case 'unpublished':
      return `the key ${keyWords(expectation.dnskey)} signs and is not published: meant, by a rollover`;
    case 'requested':
      return `the parent is asked for the key ${keyWords(expectation.dnskey)}, which is not published: meant, by a rollover`;
    case 'incomplete':
      return `not everything is signed with algorithm ${expectation.algorithm}, of which keys are published: meant, by a rollover`;
    case 'no-ds':
      return 'the parent is to have no DS: meant, the zone goes insecure';
  }
}

/** What the zone has in place of what is expected; undefined: it has what is expected. */
function contradiction(expectation: ManifestExpectation, zone: Zone): string | undefined {
  switch (expectation.form) {
    case 'unpublished': {
      const key = rdataIn(expectation.dnskey);
      if (isPublished(zone, key)) return 'it is in the DNSKEY RRset';
      return hasSigned(zone, key) ? undefined : 'the zone has no signature of it';
    }
    case 'requested': {
      const key = rdataIn(expectation.dnskey);
      if (isPublished(zone, key)) return 'it is in the DNSKEY RRset';
      return apexRecords(zone, TYPE.CDNSKEY).some((one) => equalBytes(one, key)) ? undefined : 'no CDNSKEY record asks for it';
    }
    case 'incomplete':
      return completeness(zone, expectation.algorithm);
    case 'no-ds':
      return isDeleteAsked(zone) || haveAnchorsLeft(zone)
        ? undefined
        : 'no CDS or CDNSKEY record asks the parent to remove the DS, and its keys are not all revoked';
  }
}

const rdataIn = (dnskey: string): Uint8Array => Buffer.from(dnskey, 'base64');

/** With the REVOKE bit a key is the same key (RFC 5011 2.1). */
function isPublished(zone: Zone, key: Uint8Array): boolean {
  return apexRecords(zone, TYPE.DNSKEY).some(
    (one) => (dnskeyFlags(one) & ~FLAG.revoke) === (dnskeyFlags(key) & ~FLAG.revoke) && equalBytes(one.subarray(2), key.subarray(2)),
  );
}

function hasSigned(zone: Zone, key: Uint8Array): boolean {
  const tag = keyTag(key);
  const algorithm = dnskeyAlgorithm(key);
  for (let r = 0; r < zone.rrsetCount; r++) {
    if (zone.rrsetType[r] !== TYPE.RRSIG) continue;
    for (let k = zone.rrsetFirstRecord[r]!; k < zone.rrsetFirstRecord[r + 1]!; k++) {
      const rrsig = readRrsig(zone.wire, zone.rdataAt[k]!, zone.rdataLength[k]!);
      if (rrsig?.keyTag === tag && rrsig.algorithm === algorithm) return true;
    }
  }
  return false;
}

/** By the DNSKEY RRset, which keys of both roles sign, and the SOA RRset, which stands for the data. */
function completeness(zone: Zone, algorithm: number): string | undefined {
  const { keys, apex, signersOf } = contentsOfZone(zone);
  if (!keys.some((key) => key.algorithm === algorithm && !key.isRevoked)) return 'no key of it is in the DNSKEY RRset';
  const signs = (type: number): boolean => signersOf(apex, type).some((key) => key.algorithm === algorithm && !key.isRevoked);
  return signs(TYPE.DNSKEY) && signs(TYPE.SOA) ? 'it signs keys and data' : undefined;
}

/** RFC 8078 4: algorithm 0. */
function isDeleteAsked(zone: Zone): boolean {
  return (
    apexRecords(zone, TYPE.CDS).some((cds) => cds[2] === 0) || apexRecords(zone, TYPE.CDNSKEY).some((key) => dnskeyAlgorithm(key) === 0)
  );
}

/** RFC 5011 5: all trust anchors are revoked. */
function haveAnchorsLeft(zone: Zone): boolean {
  const anchors = contentsOfZone(zone).keys.filter(({ isSep }) => isSep);
  return anchors.length > 0 && anchors.every(({ isRevoked }) => isRevoked);
}

function keyWords(dnskey: string): string {
  const rdata = rdataIn(dnskey);
  return `${keyTag(rdata)} (algorithm ${dnskeyAlgorithm(rdata)})`;
}

function unfounded(expectation: ManifestExpectation, instead: string): Refusal {
  return new Refusal(
    'release/disagrees',
    `MANIFEST says that ${expectationWords(expectation)}; but ${instead}`,
    'the release was not made by a sound signing side: do not use it, and have it made anew',
  );
}
