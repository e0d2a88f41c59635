/**
 * Numbers of PKCS#11 2.40 and 3.0 that coldsign uses.
 * Design note: pkcs11js lacks several of them, and an undefined constant in a template corrupts its heap; so none is taken from there.
 */

export const CKF_OS_LOCKING_OK = 0x2;
export const CKF_RW_SESSION = 0x2;
export const CKF_SERIAL_SESSION = 0x4;

export const CKU_SO = 0;
export const CKU_USER = 1;

/** Session states in which the user is logged in: read-only, read-write. */
export const CKS_USER_STATES: readonly number[] = [1, 3];

export const TOKEN_FLAG = {
  loginRequired: 0x4,
  userPinInitialized: 0x8,
  /** The token takes the PIN on a device of its own. */
  protectedPath: 0x100,
  tokenInitialized: 0x400,
  userPinCountLow: 0x1_0000,
  userPinFinalTry: 0x2_0000,
  userPinLocked: 0x4_0000,
  soPinFinalTry: 0x20_0000,
  soPinLocked: 0x40_0000,
} as const;

/** How close the user PIN is to being locked. */
export function userPinState(flags: number): 'fine' | 'count-low' | 'final-try' | 'locked' {
  if ((flags & TOKEN_FLAG.userPinLocked) !== 0) return 'locked';
  if ((flags & TOKEN_FLAG.userPinFinalTry) !== 0) return 'final-try';
  return (flags & TOKEN_FLAG.userPinCountLow) !== 0 ? 'count-low' : 'fine';
}

export const CKO = { data: 0, publicKey: 2, privateKey: 3 } as const;

export const CKK = { rsa: 0x00, ec: 0x03, ecEdwards: 0x40 } as const;

export const CKA = {
  class: 0x000,
  token: 0x001,
  private: 0x002,
  label: 0x003,
  application: 0x010,
  value: 0x011,
  keyType: 0x100,
  id: 0x102,
  sensitive: 0x103,
  encrypt: 0x104,
  decrypt: 0x105,
  wrap: 0x106,
  unwrap: 0x107,
  sign: 0x108,
  signRecover: 0x109,
  verify: 0x10a,
  derive: 0x10c,
  modulus: 0x120,
  modulusBits: 0x121,
  publicExponent: 0x122,
  privateExponent: 0x123,
  extractable: 0x162,
  local: 0x163,
  neverExtractable: 0x164,
  alwaysSensitive: 0x165,
  modifiable: 0x170,
  copyable: 0x171,
  wrapWithTrusted: 0x210,
  ecParams: 0x180,
  ecPoint: 0x181,
} as const;

export const CKM = {
  CKM_RSA_PKCS_KEY_PAIR_GEN: 0x0000,
  CKM_RSA_PKCS: 0x0001,
  CKM_RSA_X_509: 0x0003,
  CKM_SHA256_RSA_PKCS: 0x0040,
  CKM_SHA512_RSA_PKCS: 0x0042,
  CKM_EC_KEY_PAIR_GEN: 0x1040,
  CKM_ECDSA: 0x1041,
  CKM_ECDSA_SHA256: 0x1044,
  CKM_ECDSA_SHA384: 0x1045,
  CKM_EC_EDWARDS_KEY_PAIR_GEN: 0x1055,
  CKM_EDDSA: 0x1057,
} as const;

export type MechanismName = keyof typeof CKM;

/** DER of the curve's object identifier, for CKA_EC_PARAMS. */
export const CURVE_OID_HEX = {
  'P-256': '06082a8648ce3d030107',
  'P-384': '06052b81040022',
  Ed25519: '06032b6570',
  Ed448: '06032b6571',
} as const;

export type Curve = keyof typeof CURVE_OID_HEX;

/** Other spellings of a curve met in CKA_EC_PARAMS: PrintableString, and the object identifier from the time before RFC 8410. */
export const CURVE_OTHER_HEX: Readonly<Record<string, Curve>> = {
  '130c656477617264733235353139': 'Ed25519',
  '06092b06010401da470f01': 'Ed25519',
  '130a65647761726473343438': 'Ed448',
};
