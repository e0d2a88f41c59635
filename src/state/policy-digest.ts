import { createHash } from 'node:crypto';
import { toHex } from '../../signer/dns/bytes.ts';
import type { Policy } from '../config/config.ts';

/** sha256 over what a policy says about signatures, hexadecimal: what decides whether a zone would be signed otherwise today. */
export function policyDigest(policy: Policy): string {
  const { name: _name, given: _given, gate: _gate, ceremonyInterval: _interval, ceremonySlack: _slack, ...values } = policy;
  const text = JSON.stringify(values, (_key, value: unknown) => (value instanceof Uint8Array ? toHex(value) : value));
  return createHash('sha256').update(text).digest('hex');
}
