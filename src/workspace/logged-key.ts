import type { KeyOnToken } from '../../keystore/key.ts';
import { flagsOfRole } from '../../keystore/key.ts';
import type { KeySelector } from '../../keystore/key-choice.ts';
import { fromHex, toHex } from '../../signer/dns/bytes.ts';
import { dnskeyRdata, keyTag } from '../../signer/dnssec/dnskey.ts';
import type { KeyRole } from '../../signer/zone-key.ts';
import type { LoggedKey } from '../audit/entry.ts';

export interface KeyPurpose {
  readonly zone: string;
  readonly role: KeyRole;
  readonly algorithm: number;
  readonly label: string;
  /** Role of the token. */
  readonly token: string;
}

/** What the log says of a key that is on the token. Its public key must be known. */
export function loggedKey(found: Pick<KeyOnToken, 'id' | 'publicKey'>, purpose: KeyPurpose, serial: string): LoggedKey {
  const { zone, role, algorithm, label, token } = purpose;
  const dnskey = dnskeyRdata(flagsOfRole(role), algorithm, found.publicKey!);
  return {
    zone,
    role,
    algorithm,
    keyTag: keyTag(dnskey),
    dnskey: Buffer.from(dnskey).toString('base64'),
    id: toHex(found.id),
    label,
    token,
    serial,
  };
}

/** What finds the key on a token, and nothing but this key. Some programs give their keys no CKA_ID. */
export function keySelector({ id, label, role, algorithm, dnskey }: LoggedKey): KeySelector {
  const uri = id === '' ? { object: label } : { id: fromHex(id)!, object: label };
  return { uri, role, algorithm, expected: Buffer.from(dnskey, 'base64') };
}
