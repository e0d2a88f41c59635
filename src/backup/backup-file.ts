import { existsSync, readFileSync, statSync } from 'node:fs';
import { openBackup, readBackup, type SealedBackup, sealBackup } from '../../keystore/backup/envelope.ts';
import type { BackupHeader } from '../../keystore/backup/header.ts';
import { kekOf } from '../../keystore/backup/wrapped-keys.ts';
import { Fault, Refusal } from '../../signer/errors.ts';
import { AtomicFile } from '../workspace/atomic-file.ts';
import { knownSecret, type SecretOptions } from './secret.ts';

/** Far above a token with a hundred thousand keys. */
const MAX_OCTETS = 1 << 30;

/** @throws Refusal backup/output-exists: a backup is never overwritten, not even by a newer one */
export function refuseExisting(path: string): void {
  if (!existsSync(path)) return;
  throw new Refusal(
    'backup/output-exists',
    `${path} exists, and may be the only backup of a key`,
    'write to another file, and drill it before an older backup is thrown away',
  );
}

/**
 * Seals and writes a backup, complete or absent, then reads it from the disk and opens it once more.
 * @returns sha256 of the file, hexadecimal
 * @throws Refusal backup/output-exists; Fault file/not-writable, backup/not-read-back
 */
export function writeBackup(path: string, header: BackupHeader, key: Uint8Array, payload: Uint8Array): string {
  // Once more: it may have come while PINs and passphrases were typed.
  refuseExisting(path);
  const octets = sealBackup(header, key, payload);
  using file = new AtomicFile(path, 0o600);
  file.write(octets);
  file.commit();
  const written = readBackupFile(path);
  if (Buffer.compare(openBackup(written, key, path), payload) === 0) return written.sha256;
  throw new Fault('backup/not-read-back', `${path} does not hold what was written to it`, 'use another disk, and do not keep this file');
}

/** @throws Refusal backup/not-a-backup, backup/damaged; Fault backup/unreadable */
export function readBackupFile(path: string): SealedBackup {
  let octets: Uint8Array;
  try {
    const { size } = statSync(path);
    if (size > MAX_OCTETS)
      throw new Refusal('backup/not-a-backup', `${path} has ${size} octets, a backup at most ${MAX_OCTETS}`, 'name the file of a backup');
    octets = readFileSync(path);
  } catch (cause) {
    if (cause instanceof Refusal) throw cause;
    const why = (cause as NodeJS.ErrnoException).code ?? 'error';
    throw new Fault('backup/unreadable', `${path} could not be read (${why})`, 'name the file that key backup has written', { cause });
  }
  return readBackup(octets, path);
}

/** What a backup holds; secret. */
export interface Opened {
  readonly payload: Uint8Array;
  /** Key-encryption key, for wrapped keys. */
  readonly kek: Uint8Array;
}

/** @throws Refusal backup/wrong-key, backup/damaged, pin/… */
export async function openBackupFile(backup: SealedBackup, path: string, options: SecretOptions): Promise<Opened> {
  const key = await knownSecret(backup.header, options);
  try {
    return { payload: openBackup(backup, key, path), kek: kekOf(key) };
  } finally {
    key.fill(0);
  }
}
