import { join } from 'node:path';
import type { SealedBackup } from '../../keystore/backup/envelope.ts';
import type { Pkcs11Uri } from '../../keystore/pkcs11/uri.ts';
import { placeToken } from '../../softhsm/place.ts';
import type { Io } from '../io.ts';
import { openBackupFile } from './backup-file.ts';
import { ScratchFolder } from './scratch.ts';
import type { SecretOptions } from './secret.ts';
import { openArchive, placedUri, proveToken, refuseNone } from './token-archive.ts';

export interface DrillAccess extends SecretOptions {
  /** How the token of the backup is reached, if that is known: the copy has its PIN. */
  readonly original: Pkcs11Uri | undefined;
  readonly tokenPinFd?: number;
}

/**
 * Restores into a scratch token, has every key sign a random challenge, destroys the scratch token and looks that it is gone. When this
 * returns, all of it was seen.
 * @throws Refusal backup/…, pin/…, token/…; Fault backup/scratch-remains, sign/bad-signature, token/…, file/not-writable
 */
export async function runDrill(backup: SealedBackup, path: string, access: DrillAccess, io: Io): Promise<void> {
  const { header } = backup;
  refuseNone(header.keys, header.token);
  const files = await openArchive(await openBackupFile(backup, path, access), header);
  using scratch = new ScratchFolder(io);
  const folder = placeToken(join(scratch.dir, 'token'), files);
  await proveToken(placedUri(folder, header, access.original), header.keys, access.tokenPinFd, io);
  scratch.destroy();
}
