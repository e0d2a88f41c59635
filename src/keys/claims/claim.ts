import type { KeyRole } from '../../../signer/zone-key.ts';

/** Program whose key it is, as the log has it. */
export type Origin = 'bind' | 'knot' | 'opendnssec' | 'kskm' | 'other';

/**
 * What a file of another program says of a key. At least one of `dnskey`, `dsSha256` and `keyTag` with `id` or `label` is there, so that what is
 * found on a token can be held against it.
 */
export interface KeyClaim {
  readonly from: Origin;
  /** File, and line where it has several keys. */
  readonly where: string;
  /** What the file says; KSK and CSK have the same flags, so a DNSKEY tells only whether it is a ZSK. */
  readonly role?: KeyRole;
  readonly algorithm: number;
  readonly keyTag?: number;
  /** RDATA, without REVOKE. */
  readonly dnskey?: Uint8Array;
  /** Digest field of a DS record of type 2, lower-case hexadecimal. */
  readonly dsSha256?: string;
  /** CKA_ID. */
  readonly id?: Uint8Array;
  readonly label?: string;
}

/** A text that is to be read, and the zone whose keys are wanted. */
export interface ClaimSource {
  readonly text: string;
  /** Name of the file, for messages. */
  readonly file: string;
  /** As in the configuration: absolute, lower-case. */
  readonly zone: string;
}

/** Not what it was taken for, or a key in it that cannot be adopted. Made into a refusal by who has asked. */
export class ClaimProblem extends Error {
  override readonly name = 'ClaimProblem';
}
