import { keyTag } from '../signer/dnssec/dnskey.ts';
import { Fault } from '../signer/errors.ts';
import type { Packed, SigningKey } from '../signer/signing-key.ts';
import { cutBatch } from './batches.ts';
import type { LaneKey } from './pkcs11/lane.ts';

/** `off-for-benchmark` measures what verification costs; signatures made with it must not be published. */
export type Verification = 'every-signature' | 'off-for-benchmark';

interface Means {
  readonly sign: (bytes: Uint8Array, ends: Uint32Array) => Promise<Uint8Array>;
  readonly verify: (data: Packed, signatures: Uint8Array) => Promise<Uint8Array>;
  readonly verification: Verification;
  /** Key and token, for messages. */
  readonly name: string;
}

/** The port of the signer over a key in a token: cuts batches, signs, verifies each signature against the DNSKEY to be published. */
export function makeSigningKey(key: LaneKey, means: Means): SigningKey {
  const { dnskey, algorithm, signatureOctets } = key;
  return {
    algorithm,
    keyTag: keyTag(dnskey),
    flags: (dnskey[0]! << 8) | dnskey[1]!,
    dnskey,
    signatureOctets,
    async sign(batch: Packed): Promise<Uint8Array> {
      const signatures = new Uint8Array(batch.ends.length * signatureOctets);
      if (batch.ends.length === 0) return signatures;
      await Promise.all(
        cutBatch(batch).map(async (piece) => {
          const made = await means.sign(piece.bytes, piece.ends);
          if (means.verification === 'every-signature') refuseBad(await means.verify(piece, made), means.name);
          signatures.set(made, piece.first * signatureOctets);
        }),
      );
      return signatures;
    },
  };
}

function refuseBad(verdicts: Uint8Array, name: string): void {
  const bad = verdicts.filter((verdict) => verdict !== 1).length;
  if (bad === 0) return;
  throw new Fault(
    'sign/bad-signature',
    `${bad} of ${verdicts.length} signatures by ${name} do not verify against its DNSKEY`,
    'do not trust this token until the cause is found; nothing was written',
  );
}
