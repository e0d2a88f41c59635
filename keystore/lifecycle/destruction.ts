import { toHex } from '../../signer/dns/bytes.ts';
import { keyTag } from '../../signer/dnssec/dnskey.ts';
import { Fault, Refusal } from '../../signer/errors.ts';
import { type KeyShape, signatureOctets } from '../key.ts';
import type { LaneKey } from '../pkcs11/lane.ts';
import type { SigningPool } from '../pkcs11/pool.ts';
import type { DestroyOrder, PairFound, TokenSummary } from '../pkcs11/protocol.ts';
import { tokenName } from '../pkcs11/token-refusal.ts';
import { verifierOf } from '../public-key.ts';

/** The one pair that is meant: name and public key must both fit. */
export interface KeyToDestroy {
  /** CKA_ID; empty for a key without one. */
  readonly id: Uint8Array;
  readonly label: string;
  /** DNSKEY RDATA. */
  readonly dnskey: Uint8Array;
}

export interface Destruction {
  /** `absent`: nothing of it was there, on a token that answers as it should. */
  readonly outcome: 'destroyed' | 'absent';
  /** Objects that were destroyed. */
  readonly objects: number;
  /** Other key objects that the token showed afterwards: it is not a token that shows nothing. */
  readonly others: number;
}

/**
 * Destroys a pair on a token and reads back that it is gone: by CKA_ID, and by label with public key, in a new session, and in a new child
 * process, since modules keep copies of what they have seen. All children of the token are replaced: session copies of the key end with them.
 * @throws Refusal key/mismatch where another key goes by this name; token/refused where the token does not allow it;
 *   Fault key/not-destroyed, token/…
 */
export async function destroyOnToken(pool: SigningPool, key: KeyToDestroy, token: TokenSummary): Promise<Destruction> {
  const order: DestroyOrder = { id: key.id, label: key.label, publicKey: key.dnskey.subarray(4), proved: false };
  const before = await pool.repeatable((lane) => lane.ask('find-pair', order));
  refuseForeign(before, key, token);
  if (before.unproved > 0) await prove(pool, key);
  const objects = before.privateKeys + before.publicKeys + before.unproved;
  if (objects > 0) {
    const proved = before.unproved > 0;
    refuseRemains(await pool.repeatable((lane) => lane.ask('destroy-pair', { ...order, proved })), key, token);
  }
  for (const lane of pool.lanes) await lane.recover('process', lane.era);
  const after = await pool.repeatable((lane) => lane.ask('find-pair', order));
  refuseRemains(after, key, token);
  return { outcome: objects > 0 ? 'destroyed' : 'absent', objects, others: after.others };
}

/** Is the pair, or part of it, on the token? Nothing is changed. @throws Fault token/… */
export async function findOnToken(pool: SigningPool, key: KeyToDestroy): Promise<PairFound> {
  const { id, label, dnskey } = key;
  return pool.repeatable((lane) => lane.ask('find-pair', { id, label, publicKey: dnskey.subarray(4), proved: false }));
}

/** Its signature proves a key whose public half the token does not show. */
async function prove(pool: SigningPool, { id, label, dnskey }: KeyToDestroy): Promise<void> {
  const algorithm = dnskey[3]!;
  const key: LaneKey = {
    id,
    label,
    algorithm,
    dnskey,
    signatureOctets: signatureOctets(algorithm, rsaShape(dnskey)),
    verifier: verifierOf(dnskey),
  };
  await pool.repeatable((lane) => lane.prepare(key));
}

/** Counts for RSA only: octets of the modulus (RFC 3110 2). */
function rsaShape(dnskey: Uint8Array): KeyShape {
  const exponent = dnskey[4] === 0 ? 3 + ((dnskey[5]! << 8) | dnskey[6]!) : 1 + dnskey[4]!;
  return { kind: 'rsa', bits: (dnskey.length - 4 - exponent) * 8 };
}

function refuseForeign({ foreign }: PairFound, key: KeyToDestroy, token: TokenSummary): void {
  if (foreign === 0) return;
  throw new Refusal(
    'key/mismatch',
    `${foreign} private ${foreign === 1 ? 'key' : 'keys'} on the ${tokenName(token)} with CKA_ID ${toHex(key.id) || '(none)'} and label "${key.label}" ${foreign === 1 ? 'has' : 'have'} another public key than ${keyTag(key.dnskey)}; nothing was destroyed`,
    'find out where that key comes from; it is another one, and is not touched',
  );
}

function refuseRemains({ privateKeys, publicKeys, unproved }: PairFound, key: KeyToDestroy, token: TokenSummary): void {
  if (privateKeys + publicKeys + unproved === 0) return;
  throw new Fault(
    'key/not-destroyed',
    `${tokenName(token)} reported the key ${keyTag(key.dnskey)} "${key.label}" as destroyed, and still shows ${privateKeys + unproved} private and ${publicKeys} public objects of it`,
    'do not count on it being gone; destroy it with the vendor tool, and see what is there with: coldsign key list --token URI',
  );
}
