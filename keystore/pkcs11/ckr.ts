/**
 * What a failed PKCS#11 call means for the caller.
 * - pin, pin-locked: never tried again
 * - session: a new session, a new search for the key, and the call may be repeated
 * - device: only a new process (C_Finalize, C_Initialize) can help
 * - key-missing, unsupported, policy: the same call will fail again
 * - fatal: anything else
 */
export type TokenErrorClass = 'pin' | 'pin-locked' | 'device' | 'session' | 'key-missing' | 'unsupported' | 'policy' | 'fatal';

type Row = readonly [code: number, name: string, kind: TokenErrorClass];

/** Return values of PKCS#11 3.0 that a signer can meet. */
const TABLE: readonly Row[] = [
  [0x01, 'CKR_CANCEL', 'fatal'],
  [0x02, 'CKR_HOST_MEMORY', 'device'],
  [0x03, 'CKR_SLOT_ID_INVALID', 'device'],
  [0x05, 'CKR_GENERAL_ERROR', 'device'],
  [0x06, 'CKR_FUNCTION_FAILED', 'device'],
  [0x07, 'CKR_ARGUMENTS_BAD', 'fatal'],
  [0x0a, 'CKR_CANT_LOCK', 'fatal'],
  [0x10, 'CKR_ATTRIBUTE_READ_ONLY', 'policy'],
  [0x11, 'CKR_ATTRIBUTE_SENSITIVE', 'policy'],
  [0x12, 'CKR_ATTRIBUTE_TYPE_INVALID', 'unsupported'],
  [0x13, 'CKR_ATTRIBUTE_VALUE_INVALID', 'unsupported'],
  [0x1b, 'CKR_ACTION_PROHIBITED', 'policy'],
  [0x20, 'CKR_DATA_INVALID', 'fatal'],
  [0x21, 'CKR_DATA_LEN_RANGE', 'fatal'],
  [0x30, 'CKR_DEVICE_ERROR', 'device'],
  [0x31, 'CKR_DEVICE_MEMORY', 'device'],
  [0x32, 'CKR_DEVICE_REMOVED', 'device'],
  [0x50, 'CKR_FUNCTION_CANCELED', 'session'],
  [0x54, 'CKR_FUNCTION_NOT_SUPPORTED', 'unsupported'],
  [0x60, 'CKR_KEY_HANDLE_INVALID', 'session'],
  [0x62, 'CKR_KEY_SIZE_RANGE', 'unsupported'],
  [0x63, 'CKR_KEY_TYPE_INCONSISTENT', 'unsupported'],
  [0x68, 'CKR_KEY_FUNCTION_NOT_PERMITTED', 'policy'],
  [0x6a, 'CKR_KEY_UNEXTRACTABLE', 'policy'],
  [0x70, 'CKR_MECHANISM_INVALID', 'unsupported'],
  [0x71, 'CKR_MECHANISM_PARAM_INVALID', 'unsupported'],
  [0x82, 'CKR_OBJECT_HANDLE_INVALID', 'session'],
  [0x90, 'CKR_OPERATION_ACTIVE', 'session'],
  [0x91, 'CKR_OPERATION_NOT_INITIALIZED', 'session'],
  [0xa0, 'CKR_PIN_INCORRECT', 'pin'],
  [0xa1, 'CKR_PIN_INVALID', 'pin'],
  [0xa2, 'CKR_PIN_LEN_RANGE', 'pin'],
  [0xa3, 'CKR_PIN_EXPIRED', 'pin'],
  [0xa4, 'CKR_PIN_LOCKED', 'pin-locked'],
  [0xb0, 'CKR_SESSION_CLOSED', 'session'],
  [0xb1, 'CKR_SESSION_COUNT', 'policy'],
  [0xb3, 'CKR_SESSION_HANDLE_INVALID', 'session'],
  [0xb5, 'CKR_SESSION_READ_ONLY', 'policy'],
  [0xb6, 'CKR_SESSION_EXISTS', 'policy'],
  [0xc0, 'CKR_SIGNATURE_INVALID', 'fatal'],
  [0xc1, 'CKR_SIGNATURE_LEN_RANGE', 'fatal'],
  [0xd0, 'CKR_TEMPLATE_INCOMPLETE', 'unsupported'],
  [0xd1, 'CKR_TEMPLATE_INCONSISTENT', 'unsupported'],
  [0xe0, 'CKR_TOKEN_NOT_PRESENT', 'device'],
  [0xe1, 'CKR_TOKEN_NOT_RECOGNIZED', 'device'],
  [0xe2, 'CKR_TOKEN_WRITE_PROTECTED', 'policy'],
  [0x100, 'CKR_USER_ALREADY_LOGGED_IN', 'policy'],
  [0x101, 'CKR_USER_NOT_LOGGED_IN', 'session'],
  [0x102, 'CKR_USER_PIN_NOT_INITIALIZED', 'pin'],
  [0x103, 'CKR_USER_TYPE_INVALID', 'policy'],
  [0x104, 'CKR_USER_ANOTHER_ALREADY_LOGGED_IN', 'policy'],
  [0x105, 'CKR_USER_TOO_MANY_TYPES', 'policy'],
  [0x120, 'CKR_RANDOM_SEED_NOT_SUPPORTED', 'unsupported'],
  [0x130, 'CKR_DOMAIN_PARAMS_INVALID', 'unsupported'],
  [0x140, 'CKR_CURVE_NOT_SUPPORTED', 'unsupported'],
  [0x150, 'CKR_BUFFER_TOO_SMALL', 'fatal'],
  [0x190, 'CKR_CRYPTOKI_NOT_INITIALIZED', 'device'],
  [0x191, 'CKR_CRYPTOKI_ALREADY_INITIALIZED', 'fatal'],
  [0x1b8, 'CKR_PIN_TOO_WEAK', 'pin'],
  [0x200, 'CKR_FUNCTION_REJECTED', 'policy'],
  [0x202, 'CKR_TOKEN_RESOURCE_EXCEEDED', 'policy'],
  [0x203, 'CKR_KEY_EXHAUSTED', 'policy'],
];

const BY_CODE = new Map(TABLE.map(([code, name, kind]) => [code, { name, kind }] as const));

export const CKR_PIN_INCORRECT = 0xa0;
export const CKR_PIN_INVALID = 0xa1;
export const CKR_PIN_LEN_RANGE = 0xa2;
export const CKR_SESSION_COUNT = 0xb1;
export const CKR_USER_ALREADY_LOGGED_IN = 0x100;
export const CKR_CRYPTOKI_ALREADY_INITIALIZED = 0x191;

/** A failed call, as it travels from the child process to the parent. */
export interface TokenFailure {
  readonly kind: TokenErrorClass;
  /** Return value of the module; undefined where the failure is ours (a check before or after the call). */
  readonly ckr?: number;
  /** `CKR_…`, or what failed. */
  readonly name: string;
  /** `C_…` function of PKCS#11. */
  readonly call: string;
  /** What became of what the call had begun. */
  readonly aftermath?: string;
}

/** Thrown inside the child process only. */
export class TokenError extends Error {
  override readonly name = 'TokenError';
  readonly failure: TokenFailure;
  constructor(failure: TokenFailure) {
    super(`${failure.call}: ${failure.name}`);
    this.failure = failure;
  }
}

export function failureFromCode(ckr: number, call: string): TokenFailure {
  const known = BY_CODE.get(ckr);
  return { kind: known?.kind ?? 'fatal', ckr, name: known?.name ?? `CKR 0x${ckr.toString(16)}`, call };
}

/**
 * Whatever pkcs11js or graphene threw, as one shape.
 * Design note: C_FindObjects, C_CopyObject and others throw a plain Error whose text is `CKR_NAME:number`, and names beyond v2.40 are
 * wrong (CKR_VENDOR_DEFINED); only the number is trusted. No other part of the message is kept: it could quote an argument.
 */
export function failureFromThrown(thrown: unknown, call: string): TokenFailure {
  if (thrown instanceof TokenError) return thrown.failure;
  const code = (thrown as { code?: unknown }).code;
  if (typeof code === 'number' && code > 0) return failureFromCode(code, call);
  const text = thrown instanceof Error ? `${thrown.message}\n${thrown.stack ?? ''}` : '';
  const match = /CKR_\w+:(\d+)/.exec(text);
  if (match?.[1] !== undefined) return failureFromCode(Number(match[1]), call);
  return { kind: 'fatal', name: thrown instanceof Error ? thrown.name : 'unknown error', call };
}

/** `C_Sign failed with CKR_DEVICE_REMOVED (0x32)`, or `sign: no answer within 30000 ms`. */
export function describeFailure({ call, name, ckr, aftermath }: TokenFailure): string {
  const told = ckr === undefined ? `${call}: ${name}` : `${call} failed with ${name} (0x${ckr.toString(16)})`;
  return aftermath === undefined ? told : `${told}; ${aftermath}`;
}
