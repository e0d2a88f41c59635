import { dnskeyFlags, FLAG, keyTag, withFlags } from './dnssec/dnskey.ts';
import type { SigningKey } from './signing-key.ts';

/**
 * The same private key under its DNSKEY with the REVOKE bit: flags 257 become 385, and with them the key tag changes (RFC 5011 2.1). What it
 * signs carries that tag and is verified under that DNSKEY. A key that has the bit is returned as it is.
 */
export function revokedForm(key: SigningKey): SigningKey {
  if (isRevokedForm(key.dnskey)) return key;
  const flags = dnskeyFlags(key.dnskey) | FLAG.revoke;
  const dnskey = withFlags(key.dnskey, flags);
  const { algorithm, signatureOctets } = key;
  return { algorithm, keyTag: keyTag(dnskey), flags, dnskey, signatureOctets, sign: (batch) => key.sign(batch) };
}

/** @param rdata DNSKEY RDATA */
export function isRevokedForm(rdata: Uint8Array): boolean {
  return (dnskeyFlags(rdata) & FLAG.revoke) !== 0;
}
