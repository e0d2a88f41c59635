import { createHash } from 'node:crypto';
import { toHex } from '../../signer/dns/bytes.ts';
import type { Policy } from '../config/config.ts';

/** sha256 over what a policy says about the signed zone, hexadecimal: tells whether a zone would be signed otherwise today. */
export function policyDigest(policy: Policy): string {
  const { denial, zonemd, dnskeyTtl, cdsCdnskeyPublish, cdsDigestTypes, serialPolicy, inceptionOffset } = policy;
  const { signaturesValidity, signaturesValidityDnskey, signaturesRefresh, signaturesJitter } = policy;
  const spans = { dnskeyTtl, inceptionOffset, signaturesValidity, signaturesValidityDnskey, signaturesRefresh, signaturesJitter };
  const values = { denial, zonemd, cdsCdnskeyPublish, cdsDigestTypes, serialPolicy, ...spans };
  const text = JSON.stringify(values, (_key, value: unknown) => (value instanceof Uint8Array ? toHex(value) : value));
  return createHash('sha256').update(text).digest('hex');
}
