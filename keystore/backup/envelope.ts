import { createCipheriv, createDecipheriv, createHash, hkdfSync, timingSafeEqual } from 'node:crypto';
import { Refusal } from '../../signer/errors.ts';
import { type BackupHeader, parseHeader, printHeader } from './header.ts';

/**
 * A backup file:
 *
 *     coldsign backup 1 LF
 *     header: one line of JSON LF
 *     check of the key(16) cipher text tag(16)
 *     SHA-256 of all octets before(32)
 *
 * The cipher is AES-256-GCM; both lines and the check of the key are its associated data. Encryption key, nonce and check are derived from the key of
 * the backup, which is made for this one file. The digest tells damage without any key; the tag tells forgery.
 */
export interface SealedBackup {
  readonly header: BackupHeader;
  /** sha256 of the whole file, hexadecimal. */
  readonly sha256: string;
  /** Associated data. */
  readonly head: Uint8Array;
  readonly check: Uint8Array;
  readonly sealed: Uint8Array;
}

const MAGIC = 'coldsign backup 1\n';
const CHECK_OCTETS = 16;
const TAG_OCTETS = 16;
const DIGEST_OCTETS = 32;
const LINE_FEED = 0x0a;
export const KEY_OCTETS = 32;

/** @param key made for this backup alone: never twice the same @param payload secret */
export function sealBackup(header: BackupHeader, key: Uint8Array, payload: Uint8Array): Uint8Array {
  const { cipherKey, nonce, check } = subkeys(key);
  const head = Buffer.concat([Buffer.from(`${MAGIC}${printHeader(header)}\n`), check]);
  const cipher = createCipheriv('aes-256-gcm', cipherKey, nonce);
  cipher.setAAD(head);
  const body = Buffer.concat([head, cipher.update(payload), cipher.final(), cipher.getAuthTag()]);
  return Buffer.concat([body, createHash('sha256').update(body).digest()]);
}

/**
 * Takes the file apart; no key is needed for it.
 * @param name of the file, for messages
 * @throws Refusal backup/not-a-backup, backup/damaged
 */
export function readBackup(octets: Uint8Array, name: string): SealedBackup {
  const file = Buffer.from(octets.buffer, octets.byteOffset, octets.length);
  if (file.toString('latin1', 0, MAGIC.length) !== MAGIC) {
    throw new Refusal(
      'backup/not-a-backup',
      `${name} does not begin like a backup of coldsign`,
      'name the file that key backup has written',
    );
  }
  const end = file.length - DIGEST_OCTETS;
  const found = createHash('sha256')
    .update(file.subarray(0, Math.max(0, end)))
    .digest();
  if (end < MAGIC.length || !found.equals(file.subarray(end))) {
    const told = file.subarray(Math.max(0, end)).toString('hex');
    throw damaged(name, `its octets have the sha256 ${found.toString('hex')}, its end says ${told}`);
  }
  const lineEnd = file.indexOf(LINE_FEED, MAGIC.length);
  const header = lineEnd < 0 ? undefined : parseHeader(file.toString('utf8', MAGIC.length, lineEnd));
  const start = lineEnd + 1 + CHECK_OCTETS;
  if (header === undefined || end - start < TAG_OCTETS) throw damaged(name, 'its header is not one that coldsign writes');
  return {
    header,
    sha256: createHash('sha256').update(file).digest('hex'),
    head: file.subarray(0, start),
    check: file.subarray(lineEnd + 1, start),
    sealed: file.subarray(start, end),
  };
}

/** @returns the payload, header and all authenticated. @throws Refusal backup/wrong-key, backup/damaged */
export function openBackup({ header, head, check, sealed }: SealedBackup, key: Uint8Array, name: string): Uint8Array {
  const keys = subkeys(key);
  if (!timingSafeEqual(keys.check, check)) {
    const what = header.protection.kind === 'passphrase' ? 'the passphrase is' : 'the shares are';
    throw new Refusal('backup/wrong-key', `${what} not that of ${name}`, 'use those that were given when this backup was made');
  }
  const end = sealed.length - TAG_OCTETS;
  const decipher = createDecipheriv('aes-256-gcm', keys.cipherKey, keys.nonce, { authTagLength: TAG_OCTETS });
  decipher.setAAD(head);
  decipher.setAuthTag(sealed.subarray(end));
  const payload = decipher.update(sealed.subarray(0, end));
  try {
    return Buffer.concat([payload, decipher.final()]);
  } catch {
    throw damaged(name, 'header or content was changed after it was made, and its digest with it');
  }
}

interface Subkeys {
  readonly cipherKey: Uint8Array;
  readonly nonce: Uint8Array;
  readonly check: Uint8Array;
}

function subkeys(key: Uint8Array): Subkeys {
  if (key.length !== KEY_OCTETS) throw new RangeError(`the key of a backup has ${KEY_OCTETS} octets, this one has ${key.length}`);
  const derive = (info: string, octets: number): Uint8Array => new Uint8Array(hkdfSync('sha256', key, new Uint8Array(), info, octets));
  return {
    cipherKey: derive('coldsign backup 1 cipher', 32),
    nonce: derive('coldsign backup 1 nonce', 12),
    check: derive('coldsign backup 1 check', CHECK_OCTETS),
  };
}

function damaged(name: string, why: string): Refusal {
  return new Refusal('backup/damaged', `${name} is damaged: ${why}`, 'use another copy of the backup; nothing was restored');
}
