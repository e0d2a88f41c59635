import { createHash, randomBytes } from 'node:crypto';
import { combine, split } from 'shamir-secret-sharing';
import { equalBytes, toHex } from '../../signer/dns/bytes.ts';
import { Refusal } from '../../signer/errors.ts';

/** One of `count` pieces of a secret; any `threshold` of a set give it back, fewer say nothing of it. */
export interface Share {
  /** 16 random octets, the same in all shares of a set. */
  readonly set: Uint8Array;
  readonly threshold: number;
  readonly count: number;
  /** 1 to `count`. */
  readonly index: number;
  /** Digest of what the secret is for, 8 octets; see {@link subjectDigest}. */
  readonly subject: Uint8Array;
  /**
   * 8 octets of SHA-256 over the set's id and the secret: tells whether the right secret came out, before a token is asked.
   * It helps nobody to guess: secrets have 128 random bits or more, and it is no shorter way to any of them.
   */
  readonly check: Uint8Array;
  /** The piece itself: the secret's length and one more. */
  readonly octets: Uint8Array;
}

/** A share and the name of who brings it. */
export interface HeldShare {
  readonly holder: string;
  readonly share: Share;
}

export interface SplitWish {
  readonly threshold: number;
  readonly count: number;
  /** What the secret is for, e.g. label and serial number of a token. */
  readonly subject: string;
}

export const MAX_SHARES = 16;
const SET_OCTETS = 16;
const DIGEST_OCTETS = 8;

/** @param secret at least 16 octets with 128 bits of chance or more. @throws Refusal share/bad-threshold */
export async function splitSecret(secret: Uint8Array, { threshold, count, subject }: SplitWish): Promise<readonly Share[]> {
  refuseThreshold(threshold, count);
  const set = Uint8Array.from(randomBytes(SET_OCTETS));
  const common = { set, threshold, count, subject: subjectDigest(subject), check: checkValue(set, secret) };
  // The library takes nothing but plain Uint8Arrays.
  const pieces = await split(Uint8Array.from(secret), count, threshold);
  return pieces.map((octets, i) => ({ ...common, index: i + 1, octets: Uint8Array.from(octets) }));
}

/**
 * The secret that the shares are of; whatever does not fit is told before anything is computed, and nothing is returned that does not fit
 * the check value.
 * @throws Refusal share/too-few, share/duplicate, share/other-set, share/other-subject, share/check-failed
 */
export async function combineShares(held: readonly HeldShare[], subject: string): Promise<Uint8Array> {
  const [first] = held;
  if (first === undefined) throw tooFew(0, undefined);
  for (const [i, one] of held.entries()) {
    refuseForeign(one, first, subject);
    refuseDuplicate(one, held.slice(0, i));
  }
  const { threshold, set, check } = first.share;
  if (held.length < threshold) throw tooFew(held.length, first.share);
  const secret = await combine(held.slice(0, threshold).map(({ share }) => Uint8Array.from(share.octets)));
  if (equalBytes(checkValue(set, secret), check)) return secret;
  secret.fill(0);
  throw new Refusal(
    'share/check-failed',
    `${threshold} shares of the set ${setName(set)} were combined, and the result does not fit the check value in them`,
    'one of them is forged or was copied wrongly in all its parts: bring other shares of the set',
  );
}

export function isFor(share: Share, subject: string): boolean {
  return equalBytes(share.subject, subjectDigest(subject));
}

/** For shares as they come in one by one. @throws Refusal share/other-set, share/other-subject */
export function refuseForeign({ holder, share }: HeldShare, first: HeldShare, subject: string): void {
  if (!isFor(share, subject)) {
    throw new Refusal(
      'share/other-subject',
      `the share of ${holder} (set ${setName(share.set)}) is for another token than "${subject.replaceAll('\0', ' ')}"`,
      'look for the share that is marked with this token',
    );
  }
  if (isSameSet(share, first.share)) return;
  throw new Refusal(
    'share/other-set',
    `the share of ${holder} is of the set ${setName(share.set)}, that of ${first.holder} of the set ${setName(first.share.set)}`,
    'bring shares of one set: coldsign pin check tells which set a share is of',
  );
}

/** @throws Refusal share/duplicate */
export function refuseDuplicate({ holder, share }: HeldShare, before: readonly HeldShare[]): void {
  const sameShare = before.find((other) => other.share.index === share.index);
  if (sameShare !== undefined) {
    throw new Refusal(
      'share/duplicate',
      `the share of ${holder} is number ${share.index} of its set, and so is that of ${sameShare.holder}`,
      'each custodian brings an own share',
    );
  }
  if (!before.some((other) => other.holder === holder)) return;
  throw new Refusal('share/duplicate', `${holder} has entered a share already`, 'each custodian enters a share under an own name');
}

/** @throws Refusal share/bad-threshold */
export function refuseThreshold(threshold: number, count: number): void {
  if (threshold >= 2 && threshold <= count && count <= MAX_SHARES) return;
  throw new Refusal(
    'share/bad-threshold',
    `${threshold} of ${count} shares: at least 2 must be needed, no more than there are, and there can be ${MAX_SHARES}`,
    'choose for instance 3/5: three of five holders are needed, two may be away',
  );
}

export function subjectDigest(subject: string): Uint8Array {
  return digest('coldsign share subject', new TextEncoder().encode(subject));
}

/** The id of a set as the log has it: hexadecimal. */
export const setName = (set: Uint8Array): string => toHex(set);

function isSameSet(a: Share, b: Share): boolean {
  return (
    equalBytes(a.set, b.set) &&
    equalBytes(a.check, b.check) &&
    a.threshold === b.threshold &&
    a.count === b.count &&
    a.octets.length === b.octets.length
  );
}

function checkValue(set: Uint8Array, secret: Uint8Array): Uint8Array {
  return digest('coldsign share check', set, secret);
}

function digest(purpose: string, ...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash('sha256').update(`${purpose}\0`);
  for (const part of parts) hash.update(part);
  return Uint8Array.from(hash.digest().subarray(0, DIGEST_OCTETS));
}

export function tooFew(count: number, share: Share | undefined): Refusal {
  const needed = share === undefined ? 'none was entered' : `${share.threshold} of ${share.count} are needed`;
  const of = share === undefined ? '' : ` of the set ${setName(share.set)}`;
  return new Refusal('share/too-few', `${count} ${count === 1 ? 'share' : 'shares'}${of}: ${needed}`, 'bring further holders of the set');
}
