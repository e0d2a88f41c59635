import { concatBytes } from '../../../signer/dns/bytes.ts';
import type { SignatureCheck } from '../../../signer/sign.ts';
import type { Packed, SigningKey } from '../../../signer/signing-key.ts';
import { verifyBatch } from '../../../signer/verify/public-key.ts';
import type { KeyRole, ZoneKey } from '../../../signer/zone-key.ts';
import { KSK, type SoftKey, signWith, softKey, ZSK } from '../../support/soft-keys.ts';

/** The port of the signer with a private key in memory. Counts what it signs. */
export class SoftwareSigningKey implements SigningKey {
  readonly #key: SoftKey;
  readonly algorithm: number;
  readonly keyTag: number;
  readonly flags: number;
  readonly dnskey: Uint8Array;
  readonly signatureOctets: number;
  signed = 0;

  constructor(key: SoftKey) {
    this.#key = key;
    this.algorithm = key.algorithm;
    this.keyTag = key.tag;
    this.flags = key.flags;
    this.dnskey = Uint8Array.from(key.rdata);
    this.signatureOctets = signWith(key, Buffer.alloc(1)).length;
  }

  async sign({ bytes, ends }: Packed): Promise<Uint8Array> {
    this.signed += ends.length;
    return concatBytes(...Array.from(ends, (end, i) => signWith(this.#key, Buffer.from(bytes.subarray(i === 0 ? 0 : ends[i - 1]!, end)))));
  }
}

/** KSK and ZSK of one algorithm. */
export function keyPair(algorithm: number): readonly ZoneKey[] {
  const ksk = softKey(KSK, algorithm);
  return [zoneKey('ksk', ksk), zoneKey('zsk', softKey(ZSK, algorithm, [ksk]))];
}

export const zoneKey = (role: KeyRole, key: SoftKey): ZoneKey => ({ role, key: new SoftwareSigningKey(key) });

/** Kept signatures are all of one length here, end to end. */
export const checkSignatures: SignatureCheck = async (dnskey, data, signatures) => {
  const each = signatures.length / data.ends.length;
  return verifyBatch(dnskey, data, { bytes: signatures, ends: data.ends.map((_, i) => (i + 1) * each) });
};
