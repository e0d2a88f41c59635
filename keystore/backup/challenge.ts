import { randomBytes } from 'node:crypto';
import { equalBytes, fromHex, toHex } from '../../signer/dns/bytes.ts';
import { keyTag } from '../../signer/dnssec/dnskey.ts';
import { Fault, Refusal } from '../../signer/errors.ts';
import { algorithmOfShape, isAuditLabel, type KeyOnToken, parseKeyName, shapeFits, signatureOctets } from '../key.ts';
import type { Keystore } from '../keystore.ts';
import type { LaneKey } from '../pkcs11/lane.ts';
import { verifierOf, verifies } from '../public-key.ts';
import { type BackedKey, dnskeyOf } from './header.ts';

const RSASHA256 = 8;
const CHALLENGE_OCTETS = 32;

/** What a backup says of a key on the token. @returns undefined where the token does not give the public key, or no algorithm fits it */
export function backedKey({ id, label, shape, publicKey }: KeyOnToken, zone?: Pick<BackedKey, 'zone' | 'role'>): BackedKey | undefined {
  const name = isAuditLabel(label) ? undefined : parseKeyName(label);
  const algorithm = name?.algorithm ?? algorithmOfShape(shape) ?? (shape.kind === 'rsa' ? RSASHA256 : undefined);
  if (publicKey === undefined || algorithm === undefined || !shapeFits(shape, algorithm)) return undefined;
  const named = name === undefined ? {} : { zone: nameText(label), role: name.role };
  return { id: toHex(id), label, algorithm, publicKey: Buffer.from(publicKey).toString('base64'), ...named, ...zone };
}

/** The label of a key made here begins with its zone, as it is printed. */
const nameText = (label: string): string => label.slice(0, label.indexOf(' '));

/**
 * Every key of the backup is on the token: under its CKA_ID and label is the same public key, and a signature over a random challenge verifies
 * under it.
 * @throws Refusal backup/key-missing, backup/other-key; Fault sign/bad-signature, token/…
 */
export async function proveKeys(keystore: Keystore, keys: readonly BackedKey[]): Promise<void> {
  for (const key of keys) await proveKey(keystore, key);
}

/** For messages: `KSK 12345 of example.org.`, else the label. */
export function backedKeyName(key: BackedKey): string {
  if (key.zone === undefined || key.role === undefined) return `"${key.label}" (id ${key.id})`;
  return `${key.role.toUpperCase()} ${keyTag(dnskeyOf(key))} of ${key.zone}`;
}

async function proveKey(keystore: Keystore, key: BackedKey): Promise<void> {
  const id = fromHex(key.id) ?? new Uint8Array();
  const wanted = Buffer.from(key.publicKey, 'base64');
  const found = await keystore.findKeys({ id, label: key.label });
  const same = found.find(({ publicKey }) => publicKey !== undefined && equalBytes(publicKey, wanted));
  if (same === undefined) throw refuseKey(key, found);
  const dnskey = dnskeyOf(key);
  const { algorithm, label } = key;
  const laneKey: LaneKey = {
    id,
    label,
    algorithm,
    dnskey,
    signatureOctets: signatureOctets(algorithm, same.shape),
    verifier: verifierOf(dnskey),
  };
  const challenge = Uint8Array.from(randomBytes(CHALLENGE_OCTETS));
  const signature = await keystore.signMessage(laneKey, challenge);
  if (verifies(laneKey.verifier, challenge, signature)) return;
  throw new Fault(
    'sign/bad-signature',
    `the signature over a challenge by ${backedKeyName(key)} does not verify against its public key`,
    'this backup does not hold the key; make a new one while the key is there',
  );
}

function refuseKey(key: BackedKey, found: readonly KeyOnToken[]): Refusal {
  const other = found.find(({ publicKey }) => publicKey !== undefined);
  if (other === undefined) {
    return new Refusal(
      'backup/key-missing',
      `${backedKeyName(key)} is in the list of the backup, and ${found.length === 0 ? 'the key' : 'its public half'} is not on the restored token`,
      'this backup does not hold the key; make a new one while the key is there',
    );
  }
  const show = (octets: Uint8Array): string => `${toHex(octets.subarray(0, 8))}…`;
  return new Refusal(
    'backup/other-key',
    `${backedKeyName(key)}: the restored public key is ${show(other.publicKey!)}, the backup says ${show(Buffer.from(key.publicKey, 'base64'))}`,
    'this is the backup of another key; do not use it',
  );
}
