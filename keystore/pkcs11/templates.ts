import type { KeyRole } from '../../signer/zone-key.ts';
import { CKA, CURVE_OID_HEX } from './constants.ts';
import { curveOf } from './mechanisms.ts';
import type { Attribute } from './native.ts';

export interface KeyPairTemplate {
  /** hardened: all that PKCS#11 can restrict. reduced: for tokens that refuse some attributes. minimal: the least that is safe. */
  readonly strength: 'hardened' | 'reduced' | 'minimal';
  readonly publicKey: readonly Attribute[];
  readonly privateKey: readonly Attribute[];
}

const RSA_EXPONENT = Uint8Array.of(1, 0, 1);

/**
 * Templates for C_GenerateKeyPair, strictest first.
 * Design note: what a token assumes for an absent attribute differs (extractable here, not sensitive there), so TOKEN, PRIVATE, SENSITIVE
 * and EXTRACTABLE are always said. A KSK or audit key cannot be copied or modified. A ZSK or CSK can be copied, since a session copy of it signs about
 * twice as fast in SoftHSM; a copy can be made neither extractable nor less sensitive. SoftHSM copies a key as a session object only if
 * it is modifiable, which leaves label and permitted uses of these keys open to change, never their secrecy.
 * @param isWrappable it may leave the token, wrapped with a key that the security officer trusts, and no other
 */
export function keyPairTemplates(
  role: KeyRole | 'audit',
  algorithm: number,
  bits: number,
  id: Uint8Array,
  label: string,
  isWrappable = false,
): readonly KeyPairTemplate[] {
  const isCopyable = role === 'zsk' || role === 'csk';
  const names: Attribute[] = [
    { type: CKA.id, value: id },
    { type: CKA.label, value: new TextEncoder().encode(label) },
  ];
  const curve = curveOf(algorithm);
  const parameters: Attribute[] =
    curve === undefined
      ? [
          { type: CKA.modulusBits, value: bits },
          { type: CKA.publicExponent, value: RSA_EXPONENT },
        ]
      : [{ type: CKA.ecParams, value: Uint8Array.fromHex(CURVE_OID_HEX[curve]) }];
  const publicMinimal: Attribute[] = [{ type: CKA.token, value: true }, { type: CKA.private, value: false }, ...names, ...parameters];
  const privateMinimal: Attribute[] = [
    { type: CKA.token, value: true },
    { type: CKA.private, value: true },
    { type: CKA.sensitive, value: true },
    { type: CKA.extractable, value: isWrappable },
    ...(isWrappable ? [{ type: CKA.wrapWithTrusted, value: true }] : []),
    { type: CKA.sign, value: true },
    ...names,
  ];
  const privateReduced: Attribute[] = [
    ...privateMinimal,
    { type: CKA.decrypt, value: false },
    { type: CKA.unwrap, value: false },
    { type: CKA.derive, value: false },
    { type: CKA.signRecover, value: false },
    { type: CKA.modifiable, value: isCopyable },
  ];
  return [
    {
      strength: 'hardened',
      publicKey: [
        ...publicMinimal,
        { type: CKA.verify, value: true },
        { type: CKA.encrypt, value: false },
        { type: CKA.wrap, value: false },
        { type: CKA.modifiable, value: false },
      ],
      privateKey: [...privateReduced, { type: CKA.copyable, value: isCopyable }],
    },
    { strength: 'reduced', publicKey: publicMinimal, privateKey: privateReduced },
    { strength: 'minimal', publicKey: publicMinimal, privateKey: privateMinimal },
  ];
}
