import { randomBytes } from 'node:crypto';
import { equalBytes } from '../../signer/dns/bytes.ts';
import { dnskeyRdata } from '../../signer/dnssec/dnskey.ts';
import { Fault } from '../../signer/errors.ts';
import type { KeyRole } from '../../signer/zone-key.ts';
import { flagsOfRole, type KeyOnToken } from '../key.ts';
import type { KeySelector } from '../key-choice.ts';
import type { Keystore } from '../keystore.ts';
import { verifierOf, verifies } from '../public-key.ts';

/** A key that several tokens are to have. */
export interface ReplicatedKey {
  /** CKA_ID; empty for a key without one. */
  readonly id: Uint8Array;
  readonly label: string;
  readonly role: KeyRole;
  readonly algorithm: number;
  /** DNSKEY RDATA on record. */
  readonly dnskey: Uint8Array;
}

/** What a token has under the name of the key. */
export type ReplicaFinding =
  /** This very key: it has signed all that it was given, and every signature verifies under the DNSKEY on record. */
  | { readonly kind: 'proved' }
  | { readonly kind: 'absent' }
  /** Other keys: their DNSKEY RDATA with the flags and the algorithm of the one on record; undefined where the token does not show it. */
  | { readonly kind: 'other'; readonly dnskeys: readonly (Uint8Array | undefined)[] };

const CHALLENGE_OCTETS = 32;
/** Read as the type that an RRSIG covers, its first octets are none that is assigned: a signed challenge is no signature over records. */
const CHALLENGE_HEAD = new TextEncoder().encode('coldsign challenge ');

/**
 * A key on a token is the one on record only if its public key is, and only its signature shows that the private key belongs to it.
 * Label, CKA_ID and key tag prove nothing.
 * @param known other keys on record: they may have the label too. DNSKEY RDATA
 * @param data what the key is to sign beside a random challenge: RRSIG RDATA without signature, then the RRset (RFC 4034 3.1.8.1)
 * @throws Fault token/…, sign/bad-signature where the public key is the right one and the private key is not
 */
export async function examineReplica(
  keystore: Keystore,
  key: ReplicatedKey,
  known: readonly Uint8Array[],
  data: readonly Uint8Array[],
): Promise<ReplicaFinding> {
  const named = await keysNamed(keystore, key, known);
  const others = named.filter(({ publicKey }) => publicKey !== undefined && !isSame(publicKey, key));
  const own = named.filter(({ publicKey }) => publicKey === undefined || isSame(publicKey, key));
  const twins = own.length > 0 ? others.filter(({ id }) => key.id.length > 0 && equalBytes(id, key.id)) : others;
  if (twins.length > 0) return { kind: 'other', dnskeys: twins.map(({ publicKey }) => asDnskey(publicKey!, key)) };
  const [found] = own;
  if (found === undefined) return { kind: 'absent' };
  try {
    await challenge(keystore, key, data);
    return { kind: 'proved' };
  } catch (error) {
    const isHidden = found.publicKey === undefined && error instanceof Fault && error.code === 'sign/bad-signature';
    if (isHidden) return { kind: 'other', dnskeys: [undefined] };
    throw error;
  }
}

/** Private keys with its CKA_ID or its label, without those that are other keys on record. */
async function keysNamed(keystore: Keystore, { id, label }: ReplicatedKey, known: readonly Uint8Array[]): Promise<readonly KeyOnToken[]> {
  const byId = id.length === 0 ? [] : await keystore.findKeys({ id });
  const byLabel = (await keystore.findKeys({ label })).filter((key) => !byId.some((one) => equalBytes(one.id, key.id)));
  return [...byId, ...byLabel].filter(
    ({ publicKey }) => publicKey === undefined || !known.some((rdata) => equalBytes(rdata.subarray(4), publicKey)),
  );
}

/** The keystore verifies what it signs; here it is verified once more, against the DNSKEY on record and nothing that the token says. */
async function challenge(keystore: Keystore, key: ReplicatedKey, data: readonly Uint8Array[]): Promise<void> {
  const { id, label, role, algorithm, dnskey } = key;
  const uri: KeySelector['uri'] = id.length === 0 ? { object: label } : { id, object: label };
  const opened = await keystore.openSigningKey({ uri, role, algorithm, expected: dnskey });
  const random = Uint8Array.from([...CHALLENGE_HEAD, ...randomBytes(CHALLENGE_OCTETS)]);
  const verifier = verifierOf(dnskey);
  for (const message of [random, ...data]) {
    const signature = await opened.sign({ bytes: message, ends: Uint32Array.of(message.length) });
    if (verifies(verifier, message, signature)) continue;
    throw new Fault(
      'sign/bad-signature',
      `a signature by "${label}" on token ${keystore.token.label} (serial ${keystore.token.serial}) does not verify against its DNSKEY`,
      'do not trust this token until the cause is found; nothing was written',
    );
  }
}

const isSame = (publicKey: Uint8Array, { dnskey }: ReplicatedKey): boolean => equalBytes(publicKey, dnskey.subarray(4));

const asDnskey = (publicKey: Uint8Array, { role, algorithm }: ReplicatedKey): Uint8Array =>
  dnskeyRdata(flagsOfRole(role), algorithm, publicKey);
