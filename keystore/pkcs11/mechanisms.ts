import { algorithmByNumber } from '../../signer/dnssec/algorithm.ts';
import type { Curve, MechanismName } from './constants.ts';

/**
 * What C_Sign is given: the digest, the digest inside a DigestInfo (RFC 8017 9.2), that filled up to the length of the modulus (EM of
 * RFC 8017 9.2), or the whole message.
 */
export type SignInput =
  | { readonly kind: 'digest'; readonly hash: 'sha256' | 'sha384' }
  | { readonly kind: 'digest-info' | 'encoded-message'; readonly hash: 'sha256' | 'sha512'; readonly prefix: Uint8Array }
  | { readonly kind: 'message' };

export interface SignForm {
  readonly mechanism: MechanismName;
  readonly input: SignInput;
}

const MESSAGE: SignInput = { kind: 'message' };
const SHA256_INFO = Uint8Array.fromHex('3031300d060960864801650304020105000420');
const SHA512_INFO = Uint8Array.fromHex('3051300d060960864801650304020305000440');

/**
 * How a token may sign for a DNSSEC algorithm, best first.
 * Design note: raw mechanisms with hashing on the host come first: tokens differ far more in their hashing mechanisms, and hash slower.
 */
const SIGN_FORMS: ReadonlyMap<number, readonly SignForm[]> = new Map([
  [
    8,
    [
      { mechanism: 'CKM_RSA_PKCS', input: { kind: 'digest-info', hash: 'sha256', prefix: SHA256_INFO } },
      { mechanism: 'CKM_SHA256_RSA_PKCS', input: MESSAGE },
      { mechanism: 'CKM_RSA_X_509', input: { kind: 'encoded-message', hash: 'sha256', prefix: SHA256_INFO } },
    ],
  ],
  [
    10,
    [
      { mechanism: 'CKM_RSA_PKCS', input: { kind: 'digest-info', hash: 'sha512', prefix: SHA512_INFO } },
      { mechanism: 'CKM_SHA512_RSA_PKCS', input: MESSAGE },
      { mechanism: 'CKM_RSA_X_509', input: { kind: 'encoded-message', hash: 'sha512', prefix: SHA512_INFO } },
    ],
  ],
  [
    13,
    [
      { mechanism: 'CKM_ECDSA', input: { kind: 'digest', hash: 'sha256' } },
      { mechanism: 'CKM_ECDSA_SHA256', input: MESSAGE },
    ],
  ],
  [
    14,
    [
      { mechanism: 'CKM_ECDSA', input: { kind: 'digest', hash: 'sha384' } },
      { mechanism: 'CKM_ECDSA_SHA384', input: MESSAGE },
    ],
  ],
  [15, [{ mechanism: 'CKM_EDDSA', input: MESSAGE }]],
  [16, [{ mechanism: 'CKM_EDDSA', input: MESSAGE }]],
]);

export function signForms(algorithm: number): readonly SignForm[] {
  return SIGN_FORMS.get(algorithm) ?? [];
}

export function generationMechanism(algorithm: number): MechanismName | undefined {
  switch (algorithmByNumber(algorithm)?.form.kind) {
    case 'rsa':
      return 'CKM_RSA_PKCS_KEY_PAIR_GEN';
    case 'ecdsa':
      return 'CKM_EC_KEY_PAIR_GEN';
    case 'eddsa':
      return 'CKM_EC_EDWARDS_KEY_PAIR_GEN';
    default:
      return undefined;
  }
}

/** The curve of an algorithm, undefined for RSA. */
export function curveOf(algorithm: number): Curve | undefined {
  const form = algorithmByNumber(algorithm)?.form;
  return form?.kind === 'ecdsa' || form?.kind === 'eddsa' ? form.curve : undefined;
}
