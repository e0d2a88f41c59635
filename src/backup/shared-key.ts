import { randomBytes } from 'node:crypto';
import { KEY_OCTETS } from '../../keystore/backup/envelope.ts';
import type { BackupHeader, Protection } from '../../keystore/backup/header.ts';
import { readShares } from '../../keystore/shares/collect.ts';
import { handOutShares } from '../../keystore/shares/hand-out.ts';
import { combineShares, setName, splitSecret } from '../../keystore/shares/share.ts';
import { Refusal } from '../../signer/errors.ts';
import type { NewSecret } from './secret.ts';

/** A backup key that exists only in shares. */
export interface SharesWish {
  readonly threshold: number;
  /** One share each. */
  readonly holders: readonly string[];
  /** Folder for the shares, in place of the screen. */
  readonly folder?: string;
}

type ByShares = Extract<Protection, { kind: 'shares' }>;

/** A random key, in the hands of its holders when this returns: a backup that nobody can open is never written. @throws Refusal share/…, pin/… */
export async function newSharedKey(token: BackupHeader['token'], { threshold, holders, folder }: SharesWish): Promise<NewSecret> {
  const key = Uint8Array.from(randomBytes(KEY_OCTETS));
  const subject = subjectOf(token);
  const shares = await splitSecret(key, { threshold, count: holders.length, subject });
  await handOutShares(
    shares.map((share, i) => ({ share, holder: holders[i]! })),
    subject,
    folder,
  );
  return { protection: { kind: 'shares', set: setName(shares[0]!.set), threshold, holders }, key };
}

/** The key from as many shares as are needed. @throws Refusal share/…, pin/…, backup/wrong-key: they are of another backup of the token */
export async function sharedKey(token: BackupHeader['token'], { set, holders }: ByShares, fd: number | undefined): Promise<Uint8Array> {
  const subject = subjectOf(token);
  const held = await readShares({ fd, shownFd: fd, what: 'key of the backup', subject, sets: [{ set, holders }] });
  const brought = setName(held[0]!.share.set);
  if (brought === set) return await combineShares(held, subject);
  throw new Refusal(
    'backup/wrong-key',
    `the shares are of the set ${brought}, the backup is under the set ${set}`,
    'bring the shares of this backup',
  );
}

/** Shares of a backup are never taken for shares of the PIN. */
const subjectOf = ({ label, serial }: BackupHeader['token']): string => `${label}\0${serial}\0backup`;
