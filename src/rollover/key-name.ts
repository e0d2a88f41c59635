import { createHash } from 'node:crypto';
import type { KeyName } from '../../keystore/rollover/model.ts';
import type { LoggedKey } from '../audit/entry.ts';

/**
 * The name by which rollovers know a key: `13-4711-0123456789abcdef`, its algorithm, its key tag, and the beginning of the SHA-256 over the
 * public key. The same whether it is revoked or not, but for the tag, which is that of the key as it was made.
 * @param rdata DNSKEY RDATA with the REVOKE bit clear
 */
export function keyNameOf(rdata: Uint8Array, keyTag: number): KeyName {
  return `${rdata[3]}-${keyTag}-${createHash('sha256').update(rdata.subarray(4)).digest('hex').slice(0, 16)}`;
}

export const nameOfKey = ({ dnskey, keyTag }: Pick<LoggedKey, 'dnskey' | 'keyTag'>): KeyName =>
  keyNameOf(Buffer.from(dnskey, 'base64'), keyTag);
