import { verifierOf } from '../../keystore/public-key.ts';
import { TYPE } from '../../signer/dns/rrtype.ts';
import { algorithmByNumber } from '../../signer/dnssec/algorithm.ts';
import { dnskeyAlgorithm, dnskeyFlags, keyTag } from '../../signer/dnssec/dnskey.ts';
import { lostSignature } from '../../signer/lost-key.ts';
import type { SigningKey } from '../../signer/signing-key.ts';

/**
 * A key whose private half is gone, so far as its public one tells of it: its signatures can be kept, and none can be made.
 * @param rdata DNSKEY RDATA
 */
export function lostKey(rdata: Uint8Array): SigningKey {
  const tag = keyTag(rdata);
  return {
    algorithm: dnskeyAlgorithm(rdata),
    keyTag: tag,
    flags: dnskeyFlags(rdata),
    dnskey: rdata,
    signatureOctets: signatureOctetsOf(rdata),
    // A signature that was kept and does not verify: the file it came from was changed.
    sign: () => Promise.reject(lostSignature(tag, Uint8Array.of(0), TYPE.RRSIG)),
  };
}

/** RFC 5702 3, RFC 6605 4, RFC 8080 4. */
function signatureOctetsOf(rdata: Uint8Array): number {
  const form = algorithmByNumber(dnskeyAlgorithm(rdata))?.form;
  switch (form?.kind) {
    case 'ecdsa':
      return 2 * form.fieldOctets;
    case 'eddsa':
      return form.signatureOctets;
    default:
      return Math.ceil((verifierOf(rdata).key.key.asymmetricKeyDetails?.modulusLength ?? 0) / 8);
  }
}
